"""Whether counts agree with each other: what enters a road between two counts must leave it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from signalctl.networks.counted_fit import sliced
from signalctl.networks.counted_places import Place, PlaceCount
from signalctl.networks.driving import EVERYWHERE, DrivingGraph, Step
from signalctl.networks.network import Network

WITHIN = 0.1
LEAST_VEHICLES = 10.0
"""Differences of a tenth or of ten vehicles are what counting by hand leaves."""


def imbalances(
    network: Network, counts: Sequence[PlaceCount], begin_s: float, end_s: float
) -> tuple[str, ...]:
    """A sentence for each road and slice whose counts contradict each other.

    A road's inflow is known where every movement into it is counted, its outflow
    where every movement out of it is, u-turns aside; a count on the road itself
    stands for either. Edges in a row without a turning in between are one road.
    Nothing is changed: a car park in between may be the reason.
    """
    graph = DrivingGraph(network.roads, EVERYWHERE)
    said = []
    for (low_s, high_s), found in sliced(counts, begin_s, end_s).items():
        at: dict[Place, float] = defaultdict(float)
        for (place, _), vehicles in found.items():
            at[place] += vehicles
        roads = {_road(graph, each) for place in at for each in place}
        for road in sorted(roads):
            edge = road[0]
            sums = {
                "turn into it": _sum(at, graph.steps_into.get(road[0], ())),
                "leave it": _sum(at, graph.steps.get(road[-1], ())),
                **{f"are counted on {each}": at.get((each,)) for each in road},
            }
            known = [(what, n) for what, n in sums.items() if n is not None]
            for (what, one), (other_what, other) in pairwise(known):
                if abs(one - other) > max(WITHIN * max(one, other), LEAST_VEHICLES):
                    said.append(
                        f"Road {edge}, {clock(low_s)} to {clock(high_s)}: {one:.0f} vehicles "
                        f"{what}, {other:.0f} {other_what}."
                    )
    return tuple(said)


def _road(graph: DrivingGraph, edge: str) -> tuple[str, ...]:
    """The edges in a row without a turning in between that an edge is part of."""
    road = [edge]
    while (before := _only(graph, graph.steps_into.get(road[0], ()))) and (
        before.from_edge not in road
    ):
        road.insert(0, before.from_edge)
    while (after := _only(graph, graph.steps.get(road[-1], ()))) and after.to_edge not in road:
        road.append(after.to_edge)
    return tuple(road)


def _only(graph: DrivingGraph, steps: Sequence[Step]) -> Step | None:
    """The step that nobody can avoid and nobody else can join, u-turns aside."""
    ways = [step for step in steps if not step.u_turn]
    if len(ways) != 1:
        return None
    onward = [s for s in graph.steps.get(ways[0].from_edge, ()) if not s.u_turn]
    joining = [s for s in graph.steps_into.get(ways[0].to_edge, ()) if not s.u_turn]
    return ways[0] if len(onward) == len(joining) == 1 else None


def _sum(at: dict[Place, float], steps: Sequence[Step]) -> float | None:
    """Vehicles over all of these steps; None where one that is no u-turn is not counted.

    None as well at an end of the network, where nothing but u-turns leads on.
    """
    if all(step.u_turn for step in steps):
        return None
    total = 0.0
    for step in steps:
        counted = at.get((step.from_edge, step.to_edge))
        if counted is None and not step.u_turn:
            return None
        total += counted or 0.0
    return total


def clock(time_s: float) -> str:
    """A time of day, H:MM:SS."""
    hours, rest = divmod(round(time_s), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
