"""Starts of a search that chooses among fewer stages: each junction's others are replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from signalctl.domain.errors import SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.search.demand import GroupLoad, group_loads
from signalctl.optimiser.search.flow_lengths import flow_lengths
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint, at_cycle
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.starts import Starts
from signalctl.workflow.optimise.tools_start import LABEL as TOOLS

NARROWED: Final = ", fewer permissive turns"
"""What the label of such a start says more."""

Choice = Mapping[str, Sequence[Skeleton]]
"""The stages each junction may show, the quickest first."""


def narrowed_starts(problem: Problem, choice: Choice) -> Starts:
    """The problem's starts, each with stages of the choice, and the tools' as it is too.

    That one is what peers run: it stays in the race whatever it locks up.
    """
    found: list[tuple[str, NetworkPoint]] = []
    for label, point in problem.starts:
        instead = narrowed(problem, point, choice)
        if instead is None or label == TOOLS:
            found.append((label, point))
        if instead is not None:
            found.append((label + NARROWED, instead))
    return tuple(found)


def narrowed(problem: Problem, point: NetworkPoint, choice: Choice) -> NetworkPoint | None:
    """The point with stages of the choice wherever it has others; None where it has none."""
    loads: dict[str, dict[str, GroupLoad]] | None = None
    changed: dict[str, JunctionPoint] = {}
    for junction_id, each in point.items():
        among = choice[junction_id]
        if any(each.skeleton.base == skeleton.base for skeleton in among):
            continue
        if loads is None:
            loads = {}
            for (junction, group), load in group_loads(problem.model.traffic).items():
                loads.setdefault(junction, {})[group] = load
        instead = _instead(among[0], each, loads.get(junction_id, {}))
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
