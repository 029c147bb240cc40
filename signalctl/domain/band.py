"""The green band: the seconds in which a vehicle at progression speed meets only green.

Computed here from programs alone, in real travel times and without any solver,
so that every band an optimiser claims can be checked independently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signalctl.domain.corridor import Progression
from signalctl.domain.errors import InputError
from signalctl.domain.program import Program

Arc = tuple[float, float]
"""(start_s, length_s) on the cycle, 0 <= start_s < cycle, 0 < length_s <= cycle."""

_EPSILON_S = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band by its passage of the first stop line, and its arrival at each.

    `start_s` is the system second, modulo the cycle, at which the band's front
    passes the first stop line; 0 width means there is no band. `binding` are
    the stop lines (by index) whose green the band's front or tail touches.
    """

    start_s: float
    width_s: float
    travel_times_s: tuple[float, ...]
    binding: tuple[int, ...]


def intersect_arcs(a: Iterable[Arc], b: Iterable[Arc], cycle_s: float) -> list[Arc]:
    """Intersection of two sets of disjoint arcs on a cycle, by start."""
    b = list(b)
    cut: list[Arc] = []
    for start_a, length_a in a:
        for start_b, length_b in b:
            gap = (start_b - start_a) % cycle_s
            if min(gap, cycle_s - gap) < _EPSILON_S:
                cut.append((start_a, min(length_a, length_b)))
                continue
            # b begins inside a, or a begins inside b; both when together they pass the cycle.
            if gap < length_a - _EPSILON_S:
                cut.append((start_b, min(length_b, length_a - gap)))
            if cycle_s - gap < length_b - _EPSILON_S:
                cut.append((start_a, min(length_a, length_b - (cycle_s - gap))))
    return sorted(cut)


def widest_band(progression: Progression, programs: Mapping[str, Program], cycle_s: int) -> Band:
    """The widest band of one direction under programs in system time.

    `programs` maps junction id to its `timed` program; a program whose cycle
    divides `cycle_s` counts once per lap. Any kind of green carries the band.
    """
    times = progression.travel_times_s
    shifted: list[list[Arc]] = []
    for line, travel_s in zip(progression.stop_lines, times, strict=True):
        program = programs.get(line.junction_id)
        if program is None or line.group_id not in program.seconds:
            raise InputError(
                f"There is no program for group {line.group_id} to carry a band.",
                where=f"junction {line.junction_id}",
                remedy="Give every junction of the corridor a plan that names its groups.",
            )
        if cycle_s % program.cycle_s:
            raise InputError(
                f"A cycle of {program.cycle_s} s does not divide {cycle_s} s: no band repeats.",
                where=f"junction {line.junction_id}",
                remedy="Give the corridor one cycle, or a junction half of it.",
            )
        spans = program.green_spans(line.group_id)
        if any(end - start >= program.cycle_s for start, end in spans):
            shifted.append([(0.0, float(cycle_s))])
            continue
        shifted.append(
            [
                ((start + lap * program.cycle_s - travel_s) % cycle_s, float(end - start))
                for start, end in spans
                for lap in range(cycle_s // program.cycle_s)
            ]
        )
    # None is the whole cycle: as an arc it would need a start, and every green over that
    # second would be cut in two.
    common: list[Arc] | None = None
    for arcs in shifted:
        if any(length >= cycle_s for _, length in arcs):
            continue
        common = arcs if common is None else intersect_arcs(common, arcs, cycle_s)
    if common is None:
        common = [(0.0, float(cycle_s))]
    if not common:
        return Band(start_s=0.0, width_s=0.0, travel_times_s=times, binding=())
    start, width = max(common, key=lambda arc: (arc[1], -arc[0]))
    binding = tuple(
        i
        for i, arcs in enumerate(shifted)
        if any(a[1] < cycle_s and _touches(a, start, width, cycle_s) for a in arcs)
    )
    return Band(start_s=start % cycle_s, width_s=width, travel_times_s=times, binding=binding)


def _touches(arc: Arc, start: float, width: float, cycle_s: float) -> bool:
    lead = (start - arc[0]) % cycle_s
    slack = arc[1] - lead - width
    return min(lead, cycle_s - lead) < 1e-6 or abs(slack) < 1e-6
