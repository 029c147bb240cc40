"""To which approach of a signal each edge leads."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees
from typing import Final

from signalctl.networks.roads import NORMAL, Connection, RoadGraph

COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Approach:
    """A road that ends at a signal: its junction and its last edge."""

    junction_id: str
    edge_id: str


def approaches(roads: RoadGraph) -> dict[str, Approach]:
    """Edge -> the approach it belongs to.

    An edge belongs to the signal at its end; one without a signal to the approach that
    every way from it leads to (turning round apart). Edges that lead to several approaches
    or out of the network belong to none.
    """
    found: dict[str, Approach] = {}
    after: dict[str, frozenset[str]] = {}
    for edge in sorted(roads.edges):
        if roads.edges[edge].function != NORMAL:
            continue
        ways = [c for c in roads.outgoing(edge) if _is_driven(c, roads)]
        lights = sorted({c.tl for c in ways if c.tl is not None})
        if lights:
            found[edge] = Approach(junction_id=lights[0], edge_id=edge)
        after[edge] = frozenset(c.to_edge for c in ways if c.direction != "t")
    for edge in sorted(after):
        _led(edge, after, found)
    return found


def _led(edge: str, after: dict[str, frozenset[str]], found: dict[str, Approach]) -> None:
    """Follow the only way from an edge until its approach is known, and tell all on the way."""
    way: list[str] = []
    while edge not in found:
        if edge in way or len(after.get(edge, frozenset())) != 1:
            return
        way.append(edge)
        (edge,) = after[edge]
    for each in way:
        found[each] = found[edge]


def compass(roads: RoadGraph, approach: Approach) -> str:
    """Where the approach comes from, one of COMPASS; y is north in a network."""
    shape = roads.edges[approach.edge_id].shape
    if len(shape) < 2:
        return ""
    (x0, y0), (x1, y1) = shape[-2], shape[-1]
    return COMPASS[round(degrees(atan2(x0 - x1, y0 - y1)) / 45.0) % 8]


def _is_driven(connection: Connection, roads: RoadGraph) -> bool:
    target = roads.edges.get(connection.to_edge)
    return target is not None and target.function == NORMAL
