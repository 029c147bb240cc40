"""Time-space diagram (时距图): lamps, bands and vehicles along a corridor.

Time runs to the right, distance upward from the first outbound stop line. Above
each junction's line lies the outbound bar, below it the inbound one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from signalctl.diagrams.heights import Heights, heights
from signalctl.diagrams.lamps import BAR_PT, Lane, draw_lamps, legend_entries
from signalctl.diagrams.paper import (
    AXIS,
    BANDS,
    INK,
    INK_2,
    POINTS_PER_INCH,
    axes_at,
    picture_format,
    sheet,
    shortened,
)
from signalctl.diagrams.time_space_bands import draw_band, draw_binding_edges, notch_entry
from signalctl.diagrams.time_space_margins import (
    View,
    headline,
    left_column,
    right_column,
    time_axis,
)
from signalctl.domain.band import Band
from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MOST_VEHICLES: Final = 300
"""Trajectories drawn at most; above that every k-th of each direction."""
STANDING_MPS: Final = 0.5
MOST_CYCLES: Final = 20

_WIDTH_IN = 12.6
_TOP_IN, _BOTTOM_IN, _RIGHT_IN = 1.0, 0.78, 1.08
_ROW_PT = 40.0
_LEAST_ROW_PT = 25.0
_LANE_PT = 27.0


class Trajectory(Protocol):
    """A vehicle's way along a direction: points are (time s, position m along it)."""

    @property
    def vehicle_id(self) -> str:
        """Which vehicle."""
        ...

    @property
    def direction(self) -> str:
        """`outbound` or `inbound`."""
        ...

    @property
    def points(self) -> Sequence[tuple[float, float]]:
        """(time s, position m), by time."""
        ...


def draw_time_space(
    corridor: Corridor,
    programs: Mapping[str, Program],
    bands: Mapping[str, Band],
    path: Path,
    *,
    cycles: float = 3.0,
    title: str = "",
    trajectories: Sequence[Trajectory] = (),
    begin_s: int = 0,
) -> None:
    """Draw a corridor's time-space diagram to an svg, png or pdf file.

    `programs` maps junction id to its program in system time, `bands` direction
    to its band (a direction may lack one). The picture shows `cycles` of the
    longest cycle from system second `begin_s` on. Raises InputError for a
    junction without program, an unknown direction, another suffix.
    """
    picture_format(path)
    _must_fit(corridor, programs, bands, trajectories, cycles)
    cycle_s = max(program.cycle_s for program in programs.values())
    end_s = begin_s + max(1, round(cycles * cycle_s))
    levels = heights(corridor)
    row_heights = [row.height_m for row in levels.rows]
    extent_m = row_heights[-1] - row_heights[0]
    plot_pt = _plot_height_pt(row_heights)
    names = [shortened(row.junction_id, 26) for row in levels.rows]
    left_in = 0.85 + 0.071 * max(len(name) for name in names)
    height_in = (plot_pt + 2 * _LANE_PT) / POINTS_PER_INCH + _TOP_IN + _BOTTOM_IN
    with sheet(path, _WIDTH_IN, height_in) as figure:
        axes = axes_at(figure, left_in, _BOTTOM_IN, _RIGHT_IN, _TOP_IN)
        unit = extent_m / plot_pt if plot_pt else 1.0
        axes.set_xlim(begin_s, end_s)
        axes.set_ylim(row_heights[0] - _LANE_PT * unit, row_heights[-1] + _LANE_PT * unit)
        second_pt = (_WIDTH_IN - left_in - _RIGHT_IN) * POINTS_PER_INCH / (end_s - begin_s)
        view = View(begin_s=begin_s, end_s=end_s, cycle_s=cycle_s, unit=unit, second_pt=second_pt)
        time_axis(axes, view)
        entries: list[tuple[Artist, str]] = []
        for direction, band in sorted(bands.items(), reverse=True):
            entries += draw_band(
                axes, corridor.directions[direction], direction, band, levels, view
            )
        note = _vehicles(axes, trajectories, levels)
        lanes = _lanes(levels, view)
        notched = False
        used = _rows(axes, levels, programs, lanes, view)
        for direction, band in sorted(bands.items(), reverse=True):
            way = corridor.directions[direction]
            if draw_binding_edges(axes, way, direction, band, programs, levels, lanes, view):
                notched = True
        left_column(axes, levels, names, view)
        right_column(axes, levels, programs, view)
        entries = [*legend_entries(used), *entries, *([notch_entry()] if notched else [])]
        figure.legend(
            [artist for artist, _ in entries],
            [label for _, label in entries],
            loc="lower left",
            bbox_to_anchor=(left_in / _WIDTH_IN - 0.008, 0.004),
            ncols=len(entries),
            frameon=False,
            fontsize=7.5,
            handlelength=2.2,
            columnspacing=1.6,
        )
        if note:
            axes.annotate(
                note,
                (1, 0),
                (0, -30),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=7,
                color=INK_2,
            )
        figure.text(
            left_in / _WIDTH_IN,
            1 - 0.17 / height_in,
            title or corridor.name,
            fontsize=12.5,
            fontweight="bold",
            va="top",
        )
        figure.text(
            left_in / _WIDTH_IN,
            1 - 0.46 / height_in,
            headline(corridor, bands, cycle_s),
            fontsize=8.5,
            va="top",
            color=INK_2,
        )


def _plot_height_pt(row_heights: Sequence[float]) -> float:
    """Points from the lowest to the highest row: room for every row, within a sheet."""
    extent_m = row_heights[-1] - row_heights[0]
    if extent_m <= 0:
        return 0.0
    rows = len(row_heights)
    closest_m = min(b - a for a, b in pairwise(row_heights) if b > a)
    wanted = max(_ROW_PT * (rows - 1), _LEAST_ROW_PT * extent_m / closest_m)
    return min(max(wanted, 190.0), max(560.0, _ROW_PT * (rows - 1)))


def _vehicles(axes: Axes, trajectories: Sequence[Trajectory], levels: Heights) -> str:
    """Thin lines of vehicles, thicker where they stand; what was left out, said."""
    from matplotlib.collections import LineCollection

    every = max(1, math.ceil(len(trajectories) / MOST_VEHICLES))
    moving: list[list[tuple[float, float]]] = []
    standing: list[list[tuple[float, float]]] = []
    for direction in BANDS:
        own = [t for t in trajectories if t.direction == direction]
        for way in own[::every]:
            points = [(t, levels.at(direction, p)) for t, p in way.points]
            moving.append(points)
            standing += [
                [points[i], points[i + 1]]
                for i, ((t0, p0), (t1, p1)) in enumerate(pairwise(way.points))
                if t1 > t0 and (p1 - p0) / (t1 - t0) < STANDING_MPS
            ]
    if not moving:
        return ""
    axes.add_collection(
        LineCollection(moving, colors=INK, linewidths=0.55, alpha=0.42, zorder=2.5),
        autolim=False,
    )
    axes.add_collection(
        LineCollection(standing, colors=INK, linewidths=1.5, alpha=0.5, zorder=2.6),
        autolim=False,
    )
    told = f"{len(moving)} simulated vehicles, thick where they stand"
    return told if every == 1 else f"{told}; 1 of {every} shown"


def _lanes(levels: Heights, view: View) -> dict[tuple[str, int], Lane]:
    """Where each bar lies, by direction and row; thinner where rows are very close."""
    lanes = {}
    for index, row in enumerate(levels.rows):
        for direction in row.groups:
            sign = 1 if direction == "outbound" else -1
            beside = index + sign
            bar_pt = BAR_PT
            if 0 <= beside < len(levels.rows):
                other = levels.rows[beside]
                gap_pt = abs(other.height_m - row.height_m) / view.unit
                shared = len(other.groups) > 1 or len(row.groups) > 1
                bar_pt = min(BAR_PT, max(2.5, (0.4 if shared else 0.75) * gap_pt))
            lanes[direction, index] = Lane(
                base=row.height_m + sign * 0.9 * view.unit,
                height=sign * bar_pt * view.unit,
                unit=view.unit,
            )
    return lanes


def _rows(
    axes: Axes,
    levels: Heights,
    programs: Mapping[str, Program],
    lanes: Mapping[tuple[str, int], Lane],
    view: View,
) -> set[str]:
    used: set[str] = set()
    for index, row in enumerate(levels.rows):
        axes.axhline(row.height_m, color=AXIS, linewidth=0.8, zorder=6)
        program = programs[row.junction_id]
        for direction, group in sorted(row.groups.items()):
            lane = lanes[direction, index]
            used |= draw_lamps(axes, program, group, lane, view.begin_s, view.end_s)
    return used


def _must_fit(
    corridor: Corridor,
    programs: Mapping[str, Program],
    bands: Mapping[str, Band],
    trajectories: Sequence[Trajectory],
    cycles: float,
) -> None:
    where = f"corridor {corridor.name}"
    ways = corridor.directions
    for direction, way in ways.items():
        for line in way.stop_lines:
            program = programs.get(line.junction_id)
            if program is None or line.group_id not in program.group_ids:
                raise InputError(
                    f"No program shows group {line.group_id} of junction {line.junction_id}.",
                    where=where,
                    remedy="Give every junction of the corridor a plan.",
                )
        band = bands.get(direction)
        if band is not None and len(band.travel_times_s) != len(way.stop_lines):
            raise InputError(
                f"The {direction} band passes {len(band.travel_times_s)} stop lines, the corridor "
                f"has {len(way.stop_lines)}.",
                where=where,
            )
    for direction in sorted({*bands, *(t.direction for t in trajectories)} - set(ways)):
        raise InputError(
            f"The corridor has no direction {direction!r}.",
            where=where,
            remedy=f"Directions: {', '.join(ways)}.",
        )
    if not 0 < cycles <= MOST_CYCLES:
        raise InputError(f"{cycles} cycles cannot be drawn: at most {MOST_CYCLES}, above 0.")
