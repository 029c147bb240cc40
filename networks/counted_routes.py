"""Routes that traffic could take past counted places, each with how likely it is beforehand."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from signalctl.networks.counted_places import Place
from signalctl.networks.driving import DrivingGraph, way_to
from signalctl.networks.network import Network

Route: TypeAlias = tuple[str, ...]

NEAREST: Final = 4
"""Ends of the network tried for each counted place, beside the fastest ways across."""
WALKS: Final = 200
"""Ways tried from each entry that turn at random by the counted shares."""
MAX_EDGES: Final = 300
"""A walk of more edges has lost its way."""
ACROSS: Final = 1.0
DETOUR: Final = 0.1
ONE_END_INSIDE: Final = 0.01
BOTH_ENDS_INSIDE: Final = 0.0001
"""Weights beforehand: traffic comes from one end of the network and leaves at another by the
fastest way; detours are rarer, and trips that begin or end between two counted junctions are
the last resort that makes counts agree which otherwise would not."""
MAX_ROUTES: Final = 300_000
"""More candidates are not tried: ways across are then left to those past counted places."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route and its weight beforehand."""

    edges: Route
    weight: float

    @property
    def places(self) -> Iterator[Place]:
        """Every edge and movement on it."""
        for edge in self.edges:
            yield (edge,)
        yield from pairwise(self.edges)


def candidates(
    network: Network, v_class: str, counted: Mapping[Place, float], random_: random.Random
) -> tuple[Candidate, ...]:
    """Routes for a vehicle class past places with a count, none past those counted empty.

    The fastest ways across the network, ways that turn at random by the shares
    counted, and ways through each counted place, sorted by edges. Every place has at
    least the route that consists of it alone, so that any counts can be met as far
    as they do not contradict each other.
    """
    places = {place for place, vehicles in counted.items() if vehicles > 0}
    shut = set(counted) - places
    graph = DrivingGraph(network.roads, v_class)
    usable = sorted(edge for edge in network.roads.edges if graph.usable(edge))
    entries = [edge for edge in usable if all(s.u_turn for s in graph.steps_into.get(edge, ()))]
    exits = [edge for edge in usable if all(s.u_turn for s in graph.steps.get(edge, ()))]
    trees = {entry: graph.fastest_from(entry) for entry in entries}
    found: dict[Route, float] = {}

    def add(edges: Route, weight: float) -> None:
        if edges and len(set(edges)) == len(edges):
            found[edges] = max(weight, found.get(edges, 0.0))

    if len(entries) * len(exits) <= MAX_ROUTES:
        for entry in entries:
            for exit_ in exits:
                way = way_to(trees[entry], exit_)
                if way is not None:
                    add(way, ACROSS)
    leaving = set(exits)
    for entry in entries:
        for _ in range(WALKS):
            add(_walk(graph, entry, leaving, counted, random_), DETOUR)
    for place in sorted(places):
        first, last = place[0], place[-1]
        middle = place[1:]
        before = _nearest(way_to(trees[entry], first) for entry in entries)
        onward = graph.fastest_from(last)
        after = _nearest(way_to(onward, exit_) for exit_ in exits)
        for head in before or [(first,)]:
            for tail in after or [(last,)]:
                add((*head, *middle, *tail[1:]), DETOUR)
            add((*head, *middle), ONE_END_INSIDE)
        for tail in after:
            add((first, *middle, *tail[1:]), ONE_END_INSIDE)
        add(place, BOTH_ENDS_INSIDE)
    kept = (Candidate(edges, weight) for edges, weight in sorted(found.items()))
    return tuple(
        each
        for each in kept
        if not shut.intersection(each.places) and places.intersection(each.places)
    )


def _walk(
    graph: DrivingGraph,
    entry: str,
    exits: Collection[str],
    counted: Mapping[Place, float],
    random_: random.Random,
) -> Route:
    """A way from an entry that turns by the shares counted, anywhere else by chance."""
    way = [entry]
    while way[-1] not in exits and len(way) < MAX_EDGES:
        steps = [s for s in graph.steps.get(way[-1], ()) if s.to_edge not in way]
        shares = [counted.get((s.from_edge, s.to_edge), 0.0) for s in steps]
        if not any((s.from_edge, s.to_edge) in counted for s in steps):
            shares = [0.0 if s.u_turn else 1.0 for s in steps]
        if not any(shares):
            break
        way.append(random_.choices(steps, shares)[0].to_edge)
    return tuple(way) if way[-1] in exits else ()


def _nearest(ways: Iterable[Route | None]) -> list[Route]:
    """The shortest few of those that exist."""
    return sorted((way for way in ways if way is not None), key=lambda w: (len(w), w))[:NEAREST]
