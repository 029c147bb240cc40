"""Lamps as bars: every aspect told by height, place and texture, and only then by colour.

protected green   full height, solid
permissive green  full height, outlined, vertical stripes
amber             two thirds, slanted hatch, dark outline
red-amber         half height, hatch slanted the other way, over the red line
red               a thin line on the bar's outer edge
after stop        the red line, dashed
flashing          full height, outlined, dotted
dark              nothing
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.paper import (
    AMBER,
    AMBER_EDGE,
    GREEN,
    GREEN_TINT,
    INK_2,
    PAPER,
    RED,
    SOLID,
    Dashes,
)
from signalctl.domain.aspect import Aspect
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


BAR_PT: Final = 7.0
"""Usual height of a bar that shares its row with another, in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where a bar lies: from `base` (inner edge) to `base + height` (outer edge).

    In the axes' vertical unit; a negative height makes a bar that hangs down.
    `unit` is one point of print in that unit. `red_at_base` puts the red line on
    the inner edge, for a bar that has its row to itself.
    """

    base: float
    height: float
    unit: float
    red_at_base: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How an aspect is drawn; `share` of the lane's height, from the inner edge."""

    name: str
    share: float
    face: str
    edge: str
    hatch: str | None = None


LOOKS: Final[dict[Aspect, _Look]] = {
    Aspect.PROTECTED: _Look(name="green", share=1.0, face=GREEN, edge=GREEN),
    Aspect.PERMISSIVE: _Look(
        name="permissive green", share=1.0, face=GREEN_TINT, edge=GREEN, hatch="||||||"
    ),
    Aspect.AMBER: _Look(name="amber", share=2 / 3, face=AMBER, edge=AMBER_EDGE, hatch="//////"),
    Aspect.AMBER_PRIORITY: _Look(
        name="amber", share=2 / 3, face=AMBER, edge=AMBER_EDGE, hatch="//////"
    ),
    Aspect.RED_AMBER: _Look(
        name="red and amber", share=1 / 2, face=AMBER, edge=AMBER_EDGE, hatch="\\\\\\\\\\\\"
    ),
    Aspect.FLASHING: _Look(name="flashing", share=1.0, face=PAPER, edge=INK_2, hatch="...."),
}
_DASHED: Final[Dashes] = (0.0, (2.0, 1.2))
_ON_RED_LINE: Final = {Aspect.RED: "red", Aspect.RED_AMBER: "red", Aspect.AFTER_STOP: "after stop"}


def stretches(
    program: Program, group: str, begin_s: int, end_s: int
) -> Iterator[tuple[Aspect, int, int]]:
    """(aspect, from, to) of a group from begin_s up to end_s, the cycle repeated."""
    at = begin_s
    while at < end_s:
        aspect = program.aspect(group, at)
        until = at + 1
        while until < end_s and program.aspect(group, until) is aspect:
            until += 1
        yield aspect, at, until
        at = until


def draw_lamps(
    axes: Axes, program: Program, group: str, lane: Lane, begin_s: int, end_s: int, z: float = 5.0
) -> set[str]:
    """Draw what a group shows from begin_s to end_s; returns names of the looks used."""
    used: set[str] = set()
    spans: dict[Aspect, list[tuple[float, float]]] = {}
    for aspect, start, end in stretches(program, group, begin_s, end_s):
        spans.setdefault(aspect, []).append((float(start), float(end - start)))
    casing = 0.9 * lane.unit
    low, high = sorted((lane.base, lane.base + lane.height))
    shown = [span for aspect, own in spans.items() if aspect in LOOKS for span in own]
    axes.broken_barh(
        shown, (low - casing, high - low + 2 * casing), facecolor=PAPER, linewidth=0, zorder=z
    )
    for aspect, own in sorted(spans.items()):
        if aspect in _ON_RED_LINE:
            used.add(_ON_RED_LINE[aspect])
            _red_line(axes, own, lane, dashed=aspect is Aspect.AFTER_STOP, z=z + 0.2)
        look = LOOKS.get(aspect)
        if look is None:
            continue
        used.add(look.name)
        reach = lane.height * look.share
        axes.broken_barh(
            own,
            (min(lane.base, lane.base + reach), abs(reach)),
            facecolor=look.face,
            edgecolor=look.edge,
            hatch=look.hatch,
            linewidth=0.5,
            zorder=z + 0.1,
        )
    return used


def _red_line(
    axes: Axes, spans: list[tuple[float, float]], lane: Lane, *, dashed: bool, z: float
) -> None:
    inward = lane.unit * (0.75 if lane.height > 0 else -0.75)
    level = lane.base + inward if lane.red_at_base else lane.base + lane.height - inward
    axes.hlines(
        [level] * len(spans),
        [start for start, _ in spans],
        [start + length for start, length in spans],
        colors=RED,
        linewidth=1.5,
        linestyles=_DASHED if dashed else SOLID,
        zorder=z,
    )


def legend_entries(names: Iterable[str]) -> list[tuple[Artist, str]]:
    """Samples of the looks named, in a fixed order, for a legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    wanted = set(names)
    entries: list[tuple[Artist, str]] = []
    for look in LOOKS.values():
        if look.name in wanted:
            wanted.discard(look.name)
            patch = Patch(facecolor=look.face, edgecolor=look.edge, hatch=look.hatch, linewidth=0.6)
            entries.append((patch, look.name))
    for name in ("red", "after stop"):
        if name in wanted:
            style = SOLID if name == "red" else _DASHED
            entries.append((Line2D([], [], color=RED, linewidth=1.6, linestyle=style), name))
    return entries
