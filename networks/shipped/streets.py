"""From two-way streets on a map to lanes, turns, crossings and stages.

Junctions have at most one arm in each compass direction. The rules are the usual
ones of an urban street: a turn pocket or the left one of two lanes is for left
turns only where the plan says so, right turns leave from the rightmost lane, every
arm with sidewalks has a crossing, and a stage never mixes the two axes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TypeAlias

from signalctl.networks.shipped.roads import (
    LANE_WIDTH_M,
    URBAN_SPEED_MPS,
    Connection,
    Crossing,
    Edge,
    Node,
    StageSource,
)

Turn: TypeAlias = tuple[str, str]
"""(edge, next edge)."""

_OPPOSITE = {"N": "S", "E": "W", "S": "N", "W": "E"}
_LEFT = {"N": "E", "E": "S", "S": "W", "W": "N"}
"""The arm on the left hand of traffic coming from an arm."""
_RIGHT = {left: arm for arm, left in _LEFT.items()}
AXES = {"EW": ("W", "E"), "NS": ("N", "S")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street between two nodes, both ways unless `one_way` (from a to b).

    `pocket_m` is the length of the left-turn pocket towards a signal with an arm
    to the left (0: none); a street with pockets has a median of one lane's width.
    `left_lane` reserves the left one of several lanes for left turns.
    """

    a: str
    b: str
    lanes: int = 1
    pocket_m: float = 0.0
    left_lane: bool = False
    one_way: bool = False
    speed_mps: float = URBAN_SPEED_MPS
    priority: int = 1
    sidewalk: bool = True


class StreetMap:
    """Streets laid out: nodes, edges, connections, crossings, and stages on request."""

    def __init__(self, nodes: tuple[Node, ...], streets: tuple[Street, ...]) -> None:
        self._node = {node.id: node for node in nodes}
        self._street: dict[tuple[str, str], Street] = {}
        for street in streets:
            self._street[street.a, street.b] = street
            if not street.one_way:
                self._street[street.b, street.a] = street
        self._arms = {node.id: self._arms_of(node.id) for node in nodes}
        self.nodes = list(nodes)
        self.edges: list[Edge] = []
        self.connections: list[Connection] = []
        self.crossings: list[Crossing] = []
        self._edge: dict[str, Edge] = {}
        for start, end in self._street:
            self._block(start, end)
        for node in nodes:
            self._junction(node.id)

    def arms(self, node: str) -> dict[str, str]:
        """Compass direction -> neighbour, for every arm of a node."""
        return self._arms[node]

    def into(self, start: str, end: str) -> str:
        """The edge at the stop line of `end`, coming from `start`."""
        return f"{start}_{end}_stop" if self._pocketed(start, end) else f"{start}_{end}"

    def route(self, *nodes: str) -> tuple[str, ...]:
        """The edges along a chain of neighbouring nodes."""
        edges: list[str] = []
        for start, end in itertools.pairwise(nodes):
            edges.append(f"{start}_{end}")
            if self._pocketed(start, end):
                edges.append(f"{start}_{end}_stop")
        return tuple(edges)

    def stages(self, node: str, *, protected: frozenset[str]) -> tuple[StageSource, ...]:
        """East-west, then north-south; leading lefts on the `protected` axes.

        On other axes the left turns are permissive. Pedestrians walk beside the
        through traffic of their axis.
        """
        stages: list[StageSource] = []
        for axis, ends in AXES.items():
            arms = self.arms(node)
            lefts, others = [], []
            for direction in ends:
                others += self._turns(node, direction, _OPPOSITE[direction])
                others += self._turns(node, direction, _RIGHT[direction])
                lefts += self._turns(node, direction, _LEFT[direction])
            walks = tuple(
                self._carriageways(node, arms[direction])
                for other, pair in AXES.items()
                if other != axis
                for direction in pair
                if direction in arms and self._walkable(node, arms[direction])
            )
            if not (lefts or others):
                continue
            if axis in protected and lefts:
                # Beside a single left turn the through traffic of its approach runs too.
                beside = [t for t in others if len(lefts) == 1 and t[0] == lefts[0][0]]
                stages.append(StageSource((*lefts, *beside)))
                stages.append(StageSource(tuple(others), walks))
            else:
                stages.append(StageSource((*others, *lefts), walks))
        return tuple(stages)

    def _arms_of(self, node: str) -> dict[str, str]:
        neighbours = {b for a, b in self._street if a == node}
        neighbours |= {a for a, b in self._street if b == node}
        found = {self._direction(node, other): other for other in sorted(neighbours)}
        return {direction: found[direction] for direction in "NESW" if direction in found}

    def _direction(self, node: str, other: str) -> str:
        dx = self._node[other].x_m - self._node[node].x_m
        dy = self._node[other].y_m - self._node[node].y_m
        if abs(dx) > abs(dy):
            return "E" if dx > 0 else "W"
        return "N" if dy > 0 else "S"

    def _exit(self, node: str, direction: str) -> str | None:
        """The neighbour one can leave to in a direction."""
        other = self.arms(node).get(direction)
        return other if other is not None and (node, other) in self._street else None

    def _turns(self, node: str, origin: str, target: str) -> list[Turn]:
        """The turn from one arm to another, if the street network has it."""
        start, end = self.arms(node).get(origin), self._exit(node, target)
        if start is None or end is None or (start, node) not in self._street:
            return []
        return [(self.into(start, node), f"{node}_{end}")]

    def _pocketed(self, start: str, end: str) -> bool:
        street = self._street[start, end]
        if not street.pocket_m or not self._node[end].signal:
            return False
        return self._exit(end, _LEFT[self._direction(end, start)]) is not None

    def _block(self, start: str, end: str) -> None:
        """One carriageway, with its turn pocket if it has one."""
        street = self._street[start, end]
        median_m = LANE_WIDTH_M if street.pocket_m else 0.0
        name, widens = f"{start}_{end}", end
        if self._pocketed(start, end):
            widens = f"{name}_widens"
            self.nodes.append(_between(widens, self._node[end], self._node[start], street.pocket_m))
            self._lay(f"{name}_stop", widens, end, street, street.lanes + 1, 0.0)
            lanes = range(street.lanes)
            first = 1 if street.sidewalk else 0
            pairs = [(k + first, k + first) for k in lanes]
            pairs.append((street.lanes - 1 + first, street.lanes + first))
            self.connections += [Connection(name, f"{name}_stop", a, b) for a, b in pairs]
        self._lay(name, start, widens, street, street.lanes, median_m)

    def _lay(
        self, name: str, start: str, end: str, street: Street, lanes: int, median_m: float
    ) -> None:
        edge = Edge(
            id=name,
            start=start,
            end=end,
            lanes=lanes,
            speed_mps=street.speed_mps,
            priority=street.priority,
            sidewalk=street.sidewalk,
            median_m=median_m,
        )
        self.edges.append(edge)
        self._edge[name] = edge

    def _junction(self, node: str) -> None:
        if not self._node[node].signal:
            return
        for direction, start in self.arms(node).items():
            if (start, node) in self._street:
                self._links(node, direction, start)
            if self._walkable(node, start):
                self.crossings.append(Crossing(node, self._carriageways(node, start)))

    def _links(self, node: str, direction: str, start: str) -> None:
        """Which lane leads where at a signal."""
        name = self.into(start, node)
        edge = self._edge[name]
        lanes = range(edge.first_lane, edge.last_lane + 1)
        left = self._exit(node, _LEFT[direction])
        ahead = self._exit(node, _OPPOSITE[direction])
        right = self._exit(node, _RIGHT[direction])
        own_lane = edge.lanes > 1 and (
            self._pocketed(start, node) or self._street[start, node].left_lane
        )
        if right is not None:
            target = self._edge[f"{node}_{right}"]
            self.connections.append(Connection(name, target.id, lanes[0], target.first_lane))
        if ahead is not None:
            target = self._edge[f"{node}_{ahead}"]
            for lane in lanes[:-1] if own_lane and left is not None else lanes:
                to = min(lane - edge.first_lane + target.first_lane, target.last_lane)
                self.connections.append(Connection(name, target.id, lane, to))
        if left is not None:
            target = self._edge[f"{node}_{left}"]
            self.connections.append(Connection(name, target.id, lanes[-1], target.last_lane))

    def _walkable(self, node: str, other: str) -> bool:
        pair = [self._street.get(way) for way in ((node, other), (other, node))]
        return all(street.sidewalk for street in pair if street is not None)

    def _carriageways(self, node: str, other: str) -> tuple[str, ...]:
        """The edges of an arm at a junction: in, out."""
        edges = []
        if (other, node) in self._street:
            edges.append(self.into(other, node))
        if (node, other) in self._street:
            edges.append(f"{node}_{other}")
        return tuple(edges)


def _between(name: str, node: Node, towards: Node, distance_m: float) -> Node:
    """A point on the straight line from one node towards another."""
    dx, dy = towards.x_m - node.x_m, towards.y_m - node.y_m
    share = distance_m / (dx * dx + dy * dy) ** 0.5
    return Node(id=name, x_m=node.x_m + share * dx, y_m=node.y_m + share * dy)
