"""Starts of a wary search: no turn waits for gaps on a road too short for it."""

from __future__ import annotations

from collections.abc import Mapping

from signalctl.domain.errors import SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.search.demand import GroupLoad, group_loads
from signalctl.optimiser.search.flow_lengths import flow_lengths
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint, at_cycle
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.starts import Starts
from signalctl.workflow.optimise.tools_start import LABEL as TOOLS

CLEARED = ", short turns protected"
"""What the label of such a start says more."""


def clear_starts(problem: Problem) -> Starts:
    """The problem's starts, each with its short turns protected, and the tools' as it is too.

    That one is what peers run: it stays in the race whatever it locks up.
    """
    found: list[tuple[str, NetworkPoint]] = []
    for label, point in problem.starts:
        clear = cleared(problem, point)
        if clear is None or label == TOOLS:
            found.append((label, point))
        if clear is not None:
            found.append((label + CLEARED, clear))
    return tuple(found)


def cleared(problem: Problem, point: NetworkPoint) -> NetworkPoint | None:
    """The point with clear stages wherever it has others; None where there is nothing to do."""
    if not any(each.clear for each in problem.planned.values()):
        return None
    loads: dict[str, dict[str, GroupLoad]] = {}
    for (junction, group), load in group_loads(problem.model.traffic).items():
        loads.setdefault(junction, {})[group] = load
    changed: dict[str, JunctionPoint] = {}
    for junction_id, each in point.items():
        clear = problem.planned[junction_id].clear
        if not clear or any(each.skeleton.base == skeleton.base for skeleton in clear):
            continue
        instead = _instead(clear[0], each, loads.get(junction_id, {}))
        if instead is not None:
            changed[junction_id] = instead
    return FrozenMap({**point, **changed}) if changed else None


def _instead(
    skeleton: Skeleton, point: JunctionPoint, loads: Mapping[str, GroupLoad]
) -> JunctionPoint | None:
    """Other stages at a point's cycle, by flow, or the shortest they allow."""
    cycle_s = max(point.cycle_s, skeleton.shortest_cycle_s)
    lengths = flow_lengths(skeleton, cycle_s, loads)
    if lengths is not None:
        return JunctionPoint(skeleton=skeleton, lengths=lengths, offset_s=point.offset_s % cycle_s)
    try:
        return at_cycle(skeleton, cycle_s, point.offset_s)
    except SolveError:
        return None
