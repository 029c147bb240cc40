"""What stands around a time-space diagram: the time axis, names, greens, the headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.heights import Heights, label_places
from signalctl.diagrams.paper import AXIS, GRID, INK, INK_2, span_in_words, tick_every_s
from signalctl.domain.band import Band
from signalctl.domain.corridor import Corridor, Progression
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ARROWS: Final = {"outbound": "↗", "inbound": "↘"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of time is shown, and how large: `unit` m and `second_pt` points."""

    begin_s: int
    end_s: int
    cycle_s: int
    unit: float
    second_pt: float

    @property
    def rules_s(self) -> range:
        """Multiples of the cycle within the picture."""
        first = -(-self.begin_s // self.cycle_s) * self.cycle_s
        return range(first, self.end_s + 1, self.cycle_s)


def time_axis(axes: Axes, view: View) -> None:
    """Ticks as fine as there is room for, a rule and a number at each cycle."""
    label_s = tick_every_s(view.second_pt, 8.0 + 5.0 * len(str(view.end_s)), 5)
    ticks = [t for t in range(view.begin_s, view.end_s + 1) if t % label_s == 0]
    fine_s = tick_every_s(view.second_pt, 3.5)
    axes.set_xticks(ticks)
    axes.set_xticks([t for t in range(view.begin_s, view.end_s + 1) if t % fine_s == 0], minor=True)
    axes.tick_params(axis="x", which="major", length=5, color=AXIS, labelsize=7.5)
    axes.tick_params(axis="x", which="minor", length=2.2, color=AXIS)
    axes.set_yticks([])
    axes.set_xlabel("system time, s", fontsize=8, color=INK_2, labelpad=3)
    for t in ticks:
        axes.axvline(t, color=GRID, linewidth=0.6, zorder=0.5)
    for number, t in enumerate(view.rules_s, start=1):
        axes.axvline(t, color=AXIS, linewidth=1.0, zorder=0.9)
        if view.end_s - t > 0.2 * view.cycle_s:
            axes.annotate(
                f"cycle {number}",
                (t, 1),
                (3, 3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                fontsize=7.5,
                color=INK_2,
                va="bottom",
            )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def left_column(axes: Axes, levels: Heights, names: Sequence[str], view: View) -> None:
    """Names and distances, spread where rows are too close, with leaders to their rows."""
    rows = [row.height_m for row in levels.rows]
    for row, name, place in zip(levels.rows, names, _places(levels, view), strict=True):
        far = abs(place - row.height_m) > 2 * view.unit
        if far:
            _leader(axes, 0, row.height_m, -12, (place - row.height_m) / view.unit)
        x = -14 if far else -6
        distance = f"{row.height_m - rows[0]:.0f} m"
        _beside(axes, place, x, 1.2, name, size=9, va="bottom", weight="bold")
        _beside(axes, place, x, -1.2, distance, size=7.5, va="top", colour=INK_2)


def right_column(axes: Axes, levels: Heights, programs: Mapping[str, Program], view: View) -> None:
    """Green start and end of the coordinated groups, seconds of system time in the cycle."""
    axes.annotate(
        "green from-to, s",
        (1, 1),
        (6, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=7,
        color=INK_2,
        va="bottom",
    )
    for row, place in zip(levels.rows, _places(levels, view), strict=True):
        program = programs[row.junction_id]
        far = abs(place - row.height_m) > 2 * view.unit
        if far:
            _leader(axes, 1, row.height_m, 12, (place - row.height_m) / view.unit)
        for direction, group in sorted(row.groups.items()):
            spans = program.green_spans(group)
            told = ", ".join(span_in_words(start, end, program.cycle_s) for start, end in spans[:2])
            if len(spans) > 2:
                told += " …"
            if program.cycle_s != view.cycle_s:
                told += f" of {program.cycle_s}"
            up = direction == "outbound"
            axes.annotate(
                f"{ARROWS[direction]} {told or 'never'}",
                (1, place),
                (14 if far else 6, 1.0 if up else -1.0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                fontsize=7,
                va="bottom" if up else "top",
                color=INK,
            )


def _places(levels: Heights, view: View) -> list[float]:
    return label_places([row.height_m for row in levels.rows], 22.0 * view.unit)


def _leader(axes: Axes, side: int, height: float, x: float, y: float) -> None:
    """A thin line from a row's end to its displaced label, in points from the row."""
    axes.annotate(
        "",
        (side, height),
        (x, y),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "-",
            "color": AXIS,
            "linewidth": 0.6,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def headline(corridor: Corridor, bands: Mapping[str, Band], cycle_s: int) -> str:
    """Cycle, bands and speeds in one line."""
    told = [f"cycle {cycle_s} s"]
    for direction, way in corridor.directions.items():
        band = bands.get(direction)
        speed = _speed(way)
        if band is None:
            told.append(f"{ARROWS[direction]} {direction} {speed}")
            continue
        share = f" ({100 * band.width_s / cycle_s:.0f} %)" if band.width_s > 0 else ""
        told.append(f"{ARROWS[direction]} {direction} band {number(band.width_s)} s{share} {speed}")
    return "   ·   ".join(part.rstrip() for part in told)


def number(value: float) -> str:
    """A number of seconds with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def _speed(way: Progression) -> str:
    speeds = [round(speed * 3.6) for speed in way.speeds_mps]
    if not speeds:
        return ""
    low, high = min(speeds), max(speeds)
    return f"at {low} km/h" if low == high else f"at {low} to {high} km/h"


def _beside(
    axes: Axes,
    place: float,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    va: str,
    weight: str = "normal",
    colour: str = INK,
) -> None:
    axes.annotate(
        text,
        (0, place),
        (x, y),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va=va,
        fontsize=size,
        fontweight=weight,
        color=colour,
    )
