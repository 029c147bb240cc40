"""Bands in a time-space diagram, repeated every cycle, with their widths and speeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.heights import Heights
from signalctl.diagrams.lamps import BAR_PT, Lane
from signalctl.diagrams.paper import BANDS, GREEN, PAPER, SOLID, Dashes
from signalctl.diagrams.time_space_margins import ARROWS, View, number
from signalctl.domain.band import Band
from signalctl.domain.corridor import Progression
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.markers import MarkerStyle

_DASHES: Final[dict[str, Dashes]] = {"outbound": SOLID, "inbound": (0.0, (5.0, 2.0))}
_TOUCH_S: Final = 0.02
_LABEL_PT: Final = 70.0
"""Cycles narrower than this get no width written but the first."""
_INTO: Final = 0.75
_OUT_OF: Final = -0.75
_NO_BAND: Final[Dashes] = (0.0, (2.0, 3.0))


def draw_band(
    axes: Axes, way: Progression, direction: str, band: Band, levels: Heights, view: View
) -> list[tuple[Artist, str]]:
    """One direction's band in every cycle; its sample for the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, Polygon

    colour = BANDS[direction]
    hatch = {"outbound": "//", "inbound": "\\\\"}[direction]
    dashes = _DASHES[direction]
    ys = [levels.at(direction, line.position_m) for line in way.stop_lines]
    ts = [band.start_s + travel_s for travel_s in band.travel_times_s]
    outward = -1.0 if direction == "outbound" else 1.0
    first_lap = math.floor((view.begin_s - max(ts) - band.width_s) / view.cycle_s)
    labelled = False
    for lap in range(first_lap, math.ceil((view.end_s - min(ts)) / view.cycle_s) + 1):
        front = [t + lap * view.cycle_s for t in ts]
        if band.width_s <= 0:
            axes.plot(front, ys, color=colour, linewidth=1.0, linestyle=_NO_BAND, zorder=1.5)
        else:
            tail = [t + band.width_s for t in front]
            outline = [*zip(front, ys, strict=True), *reversed([*zip(tail, ys, strict=True)])]
            axes.add_patch(Polygon(outline, facecolor=colour, alpha=0.16, linewidth=0, zorder=1.0))
            axes.add_patch(
                Polygon(
                    outline,
                    facecolor="none",
                    edgecolor=colour,
                    hatch=hatch,
                    alpha=0.28,
                    linewidth=0,
                    zorder=1.1,
                )
            )
            for edge in (front, tail):
                axes.plot(edge, ys, color=colour, linewidth=1.4, linestyle=dashes, zorder=1.6)
        centre = front[0] + band.width_s / 2
        inside = view.begin_s + 20 / view.second_pt <= centre <= view.end_s - 20 / view.second_pt
        if inside and (not labelled or view.cycle_s * view.second_pt >= _LABEL_PT):
            text = f"{number(band.width_s)} s"
            if not labelled:
                text = f"{ARROWS[direction]} {text}"
                if band.width_s > 0:
                    text += f" · {100 * band.width_s / view.cycle_s:.0f} %"
            axes.annotate(
                text,
                (centre, ys[0]),
                (0, outward * 12.0),
                textcoords="offset points",
                ha="center",
                va="top" if outward < 0 else "bottom",
                fontsize=8,
                color=colour,
                fontweight="bold",
                zorder=9,
                bbox={"facecolor": PAPER, "linewidth": 0, "pad": 1.0},
            )
            labelled = True
        _speeds(axes, way, front, band.width_s, ys, colour, view)
    label = f"{direction} band {ARROWS[direction]}"
    if band.width_s <= 0:
        return [(Line2D([], [], color=colour, linewidth=1.0, linestyle=_NO_BAND), label)]
    return [
        (
            Patch(
                facecolor=f"{colour}30",
                edgecolor=colour,
                hatch=hatch * 2,
                linewidth=1.0,
                linestyle=dashes,
            ),
            label,
        )
    ]


def _speeds(
    axes: Axes,
    way: Progression,
    front: Sequence[float],
    width_s: float,
    ys: Sequence[float],
    colour: str,
    view: View,
) -> None:
    """Progression speeds along the links of one lap, where they differ from link to link."""
    if len({round(speed * 3.6) for speed in way.speeds_mps}) < 2:
        return
    for i, speed in enumerate(way.speeds_mps):
        # Short of half way, so that the figures of both directions keep apart.
        at = 0.6 * front[i] + 0.4 * front[i + 1] + width_s / 2
        height = 0.6 * ys[i] + 0.4 * ys[i + 1]
        tall = abs(ys[i + 1] - ys[i]) / view.unit > 2 * BAR_PT + 12
        first = view.begin_s <= at - 8 / view.second_pt < view.begin_s + view.cycle_s
        if tall and first:
            axes.text(
                at,
                height,
                f"{speed * 3.6:.0f}",
                fontsize=7,
                color=colour,
                ha="center",
                va="center",
                zorder=4,
                bbox={"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 0.8},
            )


def draw_binding_edges(
    axes: Axes,
    way: Progression,
    direction: str,
    band: Band,
    programs: Mapping[str, Program],
    levels: Heights,
    lanes: Mapping[tuple[str, int], Lane],
    view: View,
) -> bool:
    """White notches in the ends of green that the band's front or tail touches.

    Returns whether any was drawn. `lanes` maps direction and row index to where the bars lie.
    """
    starts: list[tuple[float, float]] = []
    ends: list[tuple[float, float]] = []
    for i in band.binding:
        line = way.stop_lines[i]
        front = band.start_s + band.travel_times_s[i]
        lane = lanes[direction, levels.order[direction][i]]
        middle = lane.base + lane.height / 2
        c = view.cycle_s
        program = programs[line.junction_id]
        for start, end in program.green_spans(line.group_id):
            for edge, at, found in ((start, front, starts), (end, front + band.width_s, ends)):
                gap = (edge - at) % program.cycle_s
                if min(gap, program.cycle_s - gap) > _TOUCH_S:
                    continue
                first = math.floor((view.begin_s - at) / c) * c + at
                found += [
                    (first + lap * c, middle)
                    for lap in range(math.ceil((view.end_s - first) / c) + 1)
                    if view.begin_s <= first + lap * c <= view.end_s
                ]
    for reach, places in ((_INTO, starts), (_OUT_OF, ends)):
        if places:
            axes.plot(
                [t for t, _ in places],
                [y for _, y in places],
                linestyle="none",
                marker=_wedge(reach),
                markersize=5.5,
                markerfacecolor=PAPER,
                markeredgewidth=0,
                zorder=7,
            )
    return bool(starts or ends)


def _wedge(reach: float) -> MarkerStyle:
    """A triangle from an edge into the green, to the right for positive reach."""
    from matplotlib.markers import MarkerStyle
    from matplotlib.path import Path

    return MarkerStyle(Path([(0.0, -0.5), (0.0, 0.5), (reach, 0.0), (0.0, -0.5)]))


def notch_entry() -> tuple[Artist, str]:
    """A sample of the notch for the legend."""
    from matplotlib.lines import Line2D

    sample = Line2D(
        [],
        [],
        color=GREEN,
        linewidth=6.0,
        solid_capstyle="butt",
        marker=_wedge(_INTO),
        markersize=5.5,
        markerfacecolor=PAPER,
        markeredgewidth=0,
        markevery=[0],
    )
    return sample, "limits the band"
