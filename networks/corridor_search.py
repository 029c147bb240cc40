"""Where a corridor runs: the edges driven through a row of lights, and where a street goes on."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from signalctl.networks.arteries import Arteries
from signalctl.networks.driving import STRAIGHT_ON_DEGREES, DrivingGraph, Step

TURN_S_PER_DEGREE: Final = 10.0 / 90.0
"""A right-angled turn costs as much as 10 s: a corridor prefers to go straight on."""
OTHER_STREET_S: Final = 2.0
"""Leaving a named street for another name costs this: decides between equal ways."""
U_TURN_S: Final = 120.0
MAX_STOP_LINES: Final = 4
"""Stop lines of one light in a row that are followed at either end of a corridor."""
END_SKIPS: Final = 3.0
"""Leaving out a light at an end costs so many times as much: it also shortens the corridor."""
_END: Final = ""
"""The state after the last light; no edge has this id."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a way through lights costs besides its time.

    `skip_s`: leaving out a listed light (None: forbidden), for lights that stand
    on the other carriageway only; `turns`: how much dearer turns are than usual.
    """

    skip_s: float | None = None
    turns: float = 1.0


ALL_LIGHTS: Final = Prices()
SOME_LIGHTS: Final = (Prices(300.0), Prices(60.0), Prices(60.0, 20.0))
"""Tried in turn: dear skips first, so that no light is left out but one that does not stand
on the way; at last dear turns, for carriageways joined at every junction."""


def way_through(
    arteries: Arteries,
    ids: Sequence[str],
    prices: Prices = ALL_LIGHTS,
    within: frozenset[str] | None = None,
) -> tuple[str, ...] | int:
    """Edges driven through lights `ids` in order, from before the first to after the last.

    The fastest way, straight on preferred; other lights may lie on it (the
    caller judges). A light whose stop lines follow each other (a wide median)
    is taken whole. Where `prices` allow it lights may be left out, as long as
    two remain; `within` keeps the way to some edges. When no way exists, the
    number of lights that could be reached in a row is returned instead: ids[:n]
    are connected, ids[n] is not.
    """
    graph, skip_s = arteries.graph, prices.skip_s
    queue: list[tuple[float, str, int]] = []
    before: dict[tuple[str, int], tuple[str, int]] = {}
    origin: dict[tuple[str, int], tuple[float, tuple[str, int]]] = {}
    place = {junction: i for i, junction in enumerate(ids)}
    last = len(ids) - 1

    def offer(cost: float, source: tuple[str, int], state: tuple[str, int]) -> None:
        known = origin.get(state)
        if state not in before and (known is None or (cost, source) < known):
            origin[state] = (cost, source)
            heapq.heappush(queue, (cost, *state))

    for layer, junction_id in enumerate(ids if skip_s is not None else ids[:1]):
        for step in arteries.steps_over(junction_id):
            cost = _penalty_s(graph, step, prices) + layer * (skip_s or 0.0) * END_SKIPS
            offer(cost, (step.from_edge, -1), (step.to_edge, layer - len(ids)))
    reached = -1
    while queue:
        cost, edge, layer = heapq.heappop(queue)
        state = (edge, layer)
        if state in before:
            continue
        before[state] = origin[state][1]
        if edge == _END:
            return _whole(arteries, _back(before, before[state]))
        # Layers below 0 have met their first light only: no way ends there.
        alone, at = layer < 0, layer % len(ids)
        reached = max(reached, at)
        if not alone and (at == last or skip_s is not None):
            left_out = last - at
            offer(cost + left_out * (skip_s or 0.0) * END_SKIPS, state, (_END, layer))
        run_s = graph.run_s(edge)
        for step in graph.steps.get(edge, ()):
            if within is not None and step.to_edge not in within:
                continue
            spent = cost + run_s + step.crossing_s + _penalty_s(graph, step, prices)
            to_layer = place.get(arteries.light(step) or "", -1)
            left_out = to_layer - at - 1
            if left_out < 0 or (left_out > 0 and skip_s is None):
                to_layer = layer
            elif skip_s is not None:
                spent += left_out * skip_s
            offer(spent, state, (step.to_edge, to_layer))
    return min(reached + 1, last)


def way_between(graph: DrivingGraph, from_edge: str, to_edge: str) -> tuple[str, ...] | None:
    """Edges of the fastest way between two edges, straight on preferred; None without one."""
    before: dict[str, str | None] = {}
    queue: list[tuple[float, str, str]] = [(0.0, from_edge, "")]
    while queue:
        cost, edge, via = heapq.heappop(queue)
        if edge in before:
            continue
        before[edge] = via or None
        if edge == to_edge:
            way = [edge]
            while (previous := before[way[-1]]) is not None:
                way.append(previous)
            return tuple(reversed(way))
        for step in graph.steps.get(edge, ()):
            spent = cost + graph.run_s(edge) + step.crossing_s + _penalty_s(graph, step, ALL_LIGHTS)
            heapq.heappush(queue, (spent, step.to_edge, edge))
    return None


def lights_on(arteries: Arteries, edges: Sequence[str]) -> tuple[str, ...]:
    """Lights met on a way in order, each run of stop lines of one light once."""
    met: list[str] = []
    for step in steps_on(arteries.graph, edges):
        passed = arteries.light(step)
        if passed is not None and (not met or met[-1] != passed):
            met.append(passed)
    return tuple(met)


def steps_on(graph: DrivingGraph, edges: Sequence[str]) -> Iterable[Step]:
    """Steps of a driven way; pairs without a step are left out."""
    for a, b in pairwise(edges):
        step = graph.step(a, b)
        if step is not None:
            yield step


@dataclass(frozen=True, slots=True)
class Chain:
    """Lights in a row along a street: their ids and the edges driven."""

    ids: tuple[str, ...]
    edges: tuple[str, ...]


def chain_from(arteries: Arteries, first: Step, max_gap_m: float) -> Chain:
    """The row of lights met straight on, beginning with the light of a step.

    Ends where the next light is further than `max_gap_m`, the street ends, or
    a light comes again. A street that ends at a light (the stem of a T) ends
    there with the turn that bends least.
    """
    graph, light = arteries.graph, arteries.light
    ids = [light(first) or ""]
    edges = [first.from_edge, first.to_edge]
    kept = len(edges)
    gap_m, seen = first.crossing_m, set(edges)
    while True:
        gap_m += graph.roads.edges[edges[-1]].length_m
        onward = graph.straight_on(edges[-1])
        last = onward is None
        if onward is None:
            onward = graph.least_bent(edges[-1])
        passed = None if onward is None else light(onward)
        if onward is None or onward.to_edge in seen or (last and passed is None):
            break
        if passed is not None and passed != ids[-1]:
            if gap_m > max_gap_m or passed in ids:
                break
            ids.append(passed)
        edges.append(onward.to_edge)
        seen.add(onward.to_edge)
        if passed is not None:
            kept, gap_m = len(edges), 0.0
        gap_m += onward.crossing_m
        if last or gap_m > max_gap_m:
            break
    return Chain(tuple(ids), tuple(edges[:kept]))


def _penalty_s(graph: DrivingGraph, step: Step, prices: Prices) -> float:
    if step.u_turn:
        return U_TURN_S * prices.turns
    bend = abs(step.degrees)
    cost = bend * TURN_S_PER_DEGREE * prices.turns if bend > STRAIGHT_ON_DEGREES / 2 else 0.0
    before, after = graph.roads.edges[step.from_edge], graph.roads.edges[step.to_edge]
    if before.name and after.name and before.name != after.name:
        cost += OTHER_STREET_S
    # Between equal ways the wider road counts: less than any second of driving.
    return cost + 0.1 / len(before.lanes)


def _back(before: dict[tuple[str, int], tuple[str, int]], state: tuple[str, int]) -> list[str]:
    way = [state[0]]
    while state in before:
        state = before[state]
        way.append(state[0])
    return way[::-1]


def _whole(arteries: Arteries, way: list[str]) -> tuple[str, ...]:
    """The way with every stop line of its first and its last light in a row."""
    graph, light = arteries.graph, arteries.light
    met = lights_on(arteries, way)
    for _ in range(MAX_STOP_LINES):
        into = graph.straight_back(way[0])
        if into is None or light(into) != met[0] or into.from_edge in way:
            break
        way.insert(0, into.from_edge)
    for _ in range(MAX_STOP_LINES):
        onward = graph.straight_on(way[-1])
        if onward is None or light(onward) != met[-1] or onward.to_edge in way:
            break
        way.append(onward.to_edge)
    return tuple(way)
