"""Turns that would wait for gaps on a road too short to hold who waits, behind another signal.

Two signals a few car lengths apart lock each other up that way: who turns off the road
between them waits for the opposing stream, whose head stands behind those who wait to
turn at the other end.
"""

from __future__ import annotations

from typing import Final

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.networks.network import Network

SHORT_M: Final = 30.0
"""Room for four cars: two get away as the lights change, the third and fourth are a cycle's
turners at some 120 veh/h; who comes then stands in the node behind."""
_ON_WHEELS: Final = frozenset({GroupKind.VEHICLE, GroupKind.BUS, GroupKind.TRAM})


def turns_on_short_roads(network: Network) -> FrozenMap[tuple[str, str], float]:
    """Length, m, of the road on which each such turn waits, by (junction id, group id).

    Turns across the opposing stream that give way to vehicles, from a road shorter than
    `SHORT_M` that begins at a node of another signal.
    """
    across = "rR" if network.roads.left_hand else "lL"
    found: dict[tuple[str, str], float] = {}
    for junction in network.junctions.values():
        for group in junction.groups:
            length_m = _short_road_m(network, junction, group, across)
            if length_m is not None and _gives_way(junction, group):
                found[junction.id, group.id] = length_m
    return FrozenMap(found)


def _short_road_m(
    network: Network, junction: Junction, group: SignalGroup, across: str
) -> float | None:
    """The shortest road that feeds a group's turns from another signal; None without any."""
    roads = network.roads
    lengths = [
        edge.length_m
        for turn in roads.of_light(junction.id)
        if turn.link_index in group.links and turn.direction in across
        for edge in [roads.edges.get(turn.from_edge)]
        if edge is not None
        and edge.length_m < SHORT_M
        and any(
            into.to_edge == edge.id and into.tl not in (None, junction.id)
            for before in roads.entering(edge.from_node)
            for into in roads.outgoing(before.id)
        )
    ]
    return min(lengths, default=None)


def _gives_way(junction: Junction, group: SignalGroup) -> bool:
    """Whether the matrix lets the group be green beside vehicles that it gives way to."""
    return any(
        other.kind in _ON_WHEELS and junction.conflicts.gives_way(group.id, other.id)
        for other in junction.groups
    )
