"""Delay by scenario and variant: one strip a scenario, one mark a variant, on a log scale.

Variants are told apart by colour (Okabe and Ito 2008, safe for colour-blind readers),
by shape and by their line within the strip, so that no meaning rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.paper import AXIS, GRID, INK, INK_2, axes_at, sheet, shortened
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOOKS: Final = (
    ("#000000", "s"),
    ("#E69F00", "^"),
    ("#56B4E9", "v"),
    ("#CC79A7", "D"),
    ("#D55E00", "<"),
    ("#0072B2", ">"),
    ("#999933", "P"),
    ("#882255", "X"),
)
"""Colour and mark of each variant in order; the plan has its own."""
_PLAN_LOOK: Final = ("#009E73", "o")
_LINE_IN: Final = 0.13
_GAP_IN: Final = 0.16
_WIDTH_IN: Final = 8.6
_LEFT_IN, _RIGHT_IN, _BOTTOM_IN, _TOP_IN = 1.75, 0.35, 0.55, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One variant in one scenario: median and range of the delay over seeds, s/veh.

    `open` marks a lower bound: vehicles were left unfinished.
    """

    variant: str
    median_s: float
    lowest_s: float
    highest_s: float
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One scenario's marks, in any order of variants."""

    scenario: str
    seeds: int
    marks: tuple[Mark, ...]


def draw_bench(strips: Sequence[Strip], plan: str, path: Path) -> None:
    """Draw the strips from top to bottom and write the picture.

    `plan` names the variant that is drawn last and filled. Raises InputError when
    there is nothing to draw or the file cannot be written.
    """
    shown = [strip for strip in strips if strip.marks]
    if not shown:
        raise InputError("There is no delay to draw.", where=str(path))
    names = list(dict.fromkeys(mark.variant for strip in shown for mark in strip.marks))
    names.sort(key=lambda name: name == plan)
    look = {name: _LOOKS[i % len(_LOOKS)] for i, name in enumerate(names)}
    if plan in look:
        look[plan] = _PLAN_LOOK
    strip_in = len(names) * _LINE_IN + _GAP_IN
    height_in = len(shown) * strip_in + _BOTTOM_IN + _TOP_IN
    with sheet(path, _WIDTH_IN, height_in) as figure:
        axes = axes_at(figure, _LEFT_IN, _BOTTOM_IN, _RIGHT_IN, _TOP_IN)
        axes.set_xscale("log")
        for row, strip in enumerate(shown):
            _draw_strip(axes, strip, row * strip_in, strip_in, names, look)
        axes.set_ylim(len(shown) * strip_in, 0.0)
        axes.set_yticks([row * strip_in + strip_in / 2 for row in range(len(shown))])
        axes.set_yticklabels([f"{shortened(s.scenario, 24)}\n{_seeds(s.seeds)}" for s in shown])
        _label_delays(axes)
        _legend(axes, names, look)


def _draw_strip(
    axes: Axes,
    strip: Strip,
    top: float,
    height: float,
    names: Sequence[str],
    look: dict[str, tuple[str, str]],
) -> None:
    axes.axhline(top + height, color=GRID, linewidth=0.8, zorder=0)
    for mark in strip.marks:
        colour, shape = look[mark.variant]
        at = top + _GAP_IN / 2 + (names.index(mark.variant) + 0.5) * _LINE_IN
        axes.plot(
            [mark.lowest_s, mark.highest_s],
            [at, at],
            color=colour,
            linewidth=1.6,
            solid_capstyle="butt",
            zorder=2,
        )
        axes.plot(
            [mark.median_s],
            [at],
            linestyle="none",
            marker=shape,
            markersize=5.5,
            markerfacecolor="white" if mark.open else colour,
            markeredgecolor=colour,
            markeredgewidth=1.2,
            zorder=3,
        )


def _label_delays(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.xaxis.set_major_locator(LogLocator(base=10.0, subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", which="major", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", colors=INK_2, which="both")
    axes.tick_params(axis="y", length=0, colors=INK)
    axes.set_xlabel(
        "total delay, s per vehicle due (log scale): median and range over seeds; "
        "open mark: vehicles left unfinished, a lower bound",
        color=INK_2,
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(AXIS)


def _legend(axes: Axes, names: Sequence[str], look: dict[str, tuple[str, str]]) -> None:
    from matplotlib.lines import Line2D

    axes.legend(
        handles=[
            Line2D([], [], color=look[n][0], marker=look[n][1], markersize=5.5, label=n)
            for n in names
        ],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=4,
        frameon=False,
        borderaxespad=0.4,
    )


def _seeds(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"
