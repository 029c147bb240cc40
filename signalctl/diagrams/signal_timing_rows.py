"""Rows of a signal timing diagram: one bar a signal group, its seconds and its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.lamps import Lane, draw_lamps
from signalctl.diagrams.paper import (
    AXIS,
    GRID,
    INK,
    INK_2,
    PAPER,
    shortened,
    span_in_words,
    tick_every_s,
)
from signalctl.domain.aspect import RESTS, Aspect
from signalctl.domain.junction import GroupKind, SignalGroup
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_PT: Final = 21.0
_BAR_PT = 13.0
_COLUMNS: Final = (("green", 8.0), ("s", 92.0), ("min", 118.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingView:
    """The program shown, points a second, and the height of all rows in points."""

    program: Program
    second_pt: float
    rows_pt: float


def time_axis(axes: Axes, view: TimingView) -> None:
    """A tick each second where there is room, labels each 5 or 10, grid through the rows."""
    c = view.program.cycle_s
    label_s = tick_every_s(view.second_pt, 8.0 + 5.0 * len(str(c)), 5)
    fine_s = tick_every_s(view.second_pt, 3.0)
    ticks = [t for t in range(0, c, label_s) if c - t >= 0.7 * label_s]
    axes.set_xticks([*ticks, c])
    axes.set_xticks(range(0, c + 1, fine_s), minor=True)
    axes.tick_params(axis="x", which="major", length=6, color=AXIS, labelsize=8)
    axes.tick_params(axis="x", which="minor", length=3, color=AXIS)
    axes.set_yticks([])
    axes.set_xlabel("second of the plan", fontsize=8, color=INK_2, labelpad=2)
    for t in range(0, c + 1, label_s):
        axes.plot([t, t], [0, view.rows_pt], color=GRID, linewidth=0.7, zorder=0.5)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)


def draw_row(axes: Axes, group: SignalGroup, name: str, y: float, view: TimingView) -> set[str]:
    """A group's name, bar and times at height `y`; returns names of the looks used."""
    program = view.program
    base = y + (ROW_PT - _BAR_PT) / 2
    axes.axhline(y, color=GRID, linewidth=0.7, zorder=0.4)
    lane = Lane(base=base, height=_BAR_PT, unit=1.0, red_at_base=True)
    used = draw_lamps(axes, program, group.id, lane, 0, program.cycle_s)
    middle = y + ROW_PT / 2
    word = "walk" if group.kind is GroupKind.PEDESTRIAN else group.kind.value
    if group.kind is GroupKind.VEHICLE:
        # Ids usually name the movement; then the approach tells more.
        named = group.movement in group.id
        word = f"from {shortened(group.approach, 16)}" if named else group.movement
    for x, dy, text, size, weight, colour in (
        (-7, 4.4, name, 8.5, "bold", INK),
        (-7, -4.8, word, 6.8, "normal", INK_2),
    ):
        axes.annotate(
            text,
            (0, middle),
            (x, dy),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=size,
            fontweight=weight,
            color=colour,
        )
    spans = program.green_spans(group.id)
    for start, end in spans:
        _edges(axes, group.id, start, end, middle, view)
    if any(end - start >= program.cycle_s for start, end in spans):
        told = "always"
    elif len(spans) > 2:
        told = f"{len(spans)} greens"
    else:
        told = (
            ", ".join(span_in_words(start, end, program.cycle_s) for start, end in spans) or "never"
        )
    total_s = sum(end - start for start, end in spans)
    _cells(axes, middle, (told, total_s, group.min_green_s))
    return used


def _edges(axes: Axes, group: str, start: int, end: int, middle: float, view: TimingView) -> None:
    """Start and end seconds inside a green, where there is room for them."""
    c = view.program.cycle_s
    if end - start >= c:
        return
    head = min(end, c) - start
    tail = end - c if end > c else head
    both = end <= c
    if head * view.second_pt >= (34 if both else 17):
        _second(axes, start, start, middle, "left", view.program.aspect(group, start))
    if tail * view.second_pt >= (34 if both else 17):
        last = end if both else end - c
        _second(axes, last, last, middle, "right", view.program.aspect(group, end - 1))
    elif both and end < c:
        # Too short to write in: start and end together after the amber.
        after = end
        while after < c and view.program.aspect(group, after) not in RESTS:
            after += 1
        _second(axes, after, f"{start}-{end}", middle, "left", Aspect.RED)


def _second(axes: Axes, at: int, text: object, middle: float, side: str, aspect: Aspect) -> None:
    axes.annotate(
        str(text),
        (at, middle),
        (3 if side == "left" else -3, -0.4),
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize=7.5,
        fontweight="bold" if aspect is Aspect.PROTECTED else "normal",
        color=PAPER if aspect is Aspect.PROTECTED else INK,
        zorder=8,
        bbox=(
            {"facecolor": PAPER, "linewidth": 0, "pad": 0.6}
            if aspect is Aspect.PERMISSIVE
            else None
        ),
    )


def _cells(axes: Axes, y: float, cells: Sequence[object]) -> None:
    for (_, x), cell in zip(_COLUMNS, cells, strict=True):
        axes.annotate(
            str(cell),
            (1, y),
            (x, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=7.8,
            color=INK,
        )


def column_heads(axes: Axes, view: TimingView) -> None:
    """What the columns at the right say."""
    for head, x in _COLUMNS:
        axes.annotate(
            head,
            (1, view.rows_pt),
            (x, 4),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="bottom",
            fontsize=7.2,
            color=INK_2,
        )
    axes.axhline(view.rows_pt, color=GRID, linewidth=0.7, zorder=0.4)
