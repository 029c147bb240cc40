"""Roads as SUMO's networks describe them: edges, lanes, connections, nodes.

A node is SUMO's junction; *junction* here always means what one light controls,
which may be several nodes. Coordinates are metres, x east, y north. Reading
them from a file: road_reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

Point: TypeAlias = tuple[float, float]
Polyline: TypeAlias = tuple[Point, ...]
T = TypeVar("T")

NORMAL: Final = "normal"
INTERNAL: Final = "internal"
CROSSING: Final = "crossing"
WALKINGAREA: Final = "walkingarea"

RAIL_CLASSES: Final = frozenset(
    {"tram", "rail_urban", "rail", "rail_electric", "rail_fast", "subway", "cable_car"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One lane. `allowed` and `denied` are SUMO vehicle classes; None: not stated."""

    id: str
    edge_id: str
    index: int
    length_m: float
    speed_mps: float
    width_m: float
    shape: Polyline
    allowed: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()

    def allows(self, vehicle_class: str) -> bool:
        """Whether vehicles of this SUMO class (`passenger`, `bicycle`...) may use it."""
        if self.allowed is not None:
            return vehicle_class in self.allowed
        return vehicle_class not in self.denied

    def only(self, classes: frozenset[str]) -> bool:
        """Whether it is reserved for some of these classes."""
        return self.allowed is not None and bool(self.allowed) and self.allowed <= classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A road in one direction, or a piece of a node (internal, crossing, walkingarea).

    `from_node` and `to_node` are the node's own id for pieces of a node.
    `priority` is netconvert's road class rank; `crossed` are the edges a
    crossing leads over. `lanes` are from the outer edge (right, in right-hand
    traffic) to the middle.
    """

    id: str
    from_node: str
    to_node: str
    function: str
    speed_mps: float
    length_m: float
    priority: int
    lanes: tuple[Lane, ...]
    type: str
    shape: Polyline
    crossed: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A way from one lane to another over a node.

    `from_lane` and `to_lane` are lane indices; `via` the first internal lane's
    id. `direction` is SUMO's letter (s l L r R t, `invalid` for none); `state`
    its right-of-way letter (M m = s w Z y o O). `tl` and `link_index` name the
    light and its lamp, None where none stands (a light may leave one unsignalled).
    """

    from_edge: str
    to_edge: str
    from_lane: int
    to_lane: int
    via: str | None
    tl: str | None
    link_index: int | None
    direction: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Right of way of one link of a node; sets hold request indices of that node.

    `response`: links this one gives way to; `foes`: links whose paths cross or
    merge with its own; `waits_inside`: may wait in the middle of the node.
    """

    response: frozenset[int]
    foes: frozenset[int]
    waits_inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A SUMO junction. `internal_lanes[i]` ends the path of request index i."""

    id: str
    type: str
    x_m: float
    y_m: float
    incoming_lanes: tuple[str, ...]
    internal_lanes: tuple[str, ...]
    requests: FrozenMap[int, Request]
    shape: Polyline


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the network lies: offset to its projection, box in metres, projection."""

    net_offset: Point = (0.0, 0.0)
    boundary_m: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    projection: str = "!"


@dataclass(frozen=True, kw_only=True)
class RoadGraph:
    """All roads of a network, with the look-ups everybody needs."""

    version: str
    left_hand: bool
    location: Location
    edges: FrozenMap[str, Edge]
    nodes: FrozenMap[str, Node]
    connections: tuple[Connection, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def lanes(self) -> Mapping[str, Lane]:
        """Every lane by id, internal ones included."""
        return {lane.id: lane for edge in self.edges.values() for lane in edge.lanes}

    @cached_property
    def _from_edge(self) -> Mapping[str, tuple[Connection, ...]]:
        return _grouped((c.from_edge, c) for c in self.connections)

    @cached_property
    def _of_light(self) -> Mapping[str, tuple[Connection, ...]]:
        return _grouped((c.tl, c) for c in self.connections if c.tl is not None)

    @cached_property
    def _leaving(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped((e.from_node, e) for e in self.edges.values() if e.function == NORMAL)

    @cached_property
    def _entering(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped((e.to_node, e) for e in self.edges.values() if e.function == NORMAL)

    @cached_property
    def _request_of_lane(self) -> Mapping[str, tuple[str, int]]:
        return {
            lane: (node.id, index)
            for node in self.nodes.values()
            for index, lane in enumerate(node.internal_lanes)
        }

    @property
    def light_ids(self) -> tuple[str, ...]:
        """Ids of every light that controls a connection, sorted."""
        return tuple(sorted(self._of_light))

    @property
    def crossings(self) -> tuple[Edge, ...]:
        """Pedestrian crossings."""
        return tuple(e for e in self.edges.values() if e.function == CROSSING)

    @property
    def walkingareas(self) -> tuple[Edge, ...]:
        """Areas where pedestrians wait and turn."""
        return tuple(e for e in self.edges.values() if e.function == WALKINGAREA)

    def edge(self, edge_id: str) -> Edge:
        """The edge with this id; raises InputError for an unknown one."""
        found = self.edges.get(edge_id)
        if found is None:
            raise InputError(f"There is no edge {edge_id!r} in the network.")
        return found

    def outgoing(self, edge_id: str) -> tuple[Connection, ...]:
        """Connections that leave an edge, in file order."""
        return self._from_edge.get(edge_id, ())

    def of_light(self, light_id: str) -> tuple[Connection, ...]:
        """Connections a light controls, in file order; () for an unknown light."""
        return self._of_light.get(light_id, ())

    def leaving(self, node_id: str) -> tuple[Edge, ...]:
        """Ordinary edges that start at a node."""
        return self._leaving.get(node_id, ())

    def entering(self, node_id: str) -> tuple[Edge, ...]:
        """Ordinary edges that end at a node."""
        return self._entering.get(node_id, ())

    def node_of(self, connection: Connection) -> Node | None:
        """The node a connection leads over, None when the file does not say."""
        edge = self.edges.get(connection.from_edge)
        return None if edge is None else self.nodes.get(edge.to_node)

    def start_lane(self, connection: Connection) -> Lane:
        """The lane a connection starts from; raises InputError for an unknown edge."""
        return self.edge(connection.from_edge).lanes[connection.from_lane]

    def crossing_of(self, connection: Connection) -> Edge | None:
        """The crossing a connection leads onto (or off, from its far end), None for vehicles."""
        for edge_id in (connection.to_edge, connection.from_edge):
            edge = self.edges.get(edge_id)
            if edge is not None and edge.function == CROSSING:
                return edge
        return None

    def internal_path(self, connection: Connection) -> tuple[Lane, ...]:
        """Internal lanes a connection drives over, in order, through internal junctions.

        A crossing's own lane for a connection into or out of a crossing. Empty where the
        network was built without internal lanes.
        """
        crossing = self.crossing_of(connection)
        if crossing is not None:
            return crossing.lanes[:1]
        path: list[Lane] = []
        via, seen = connection.via, set[str]()
        while via is not None and via in self.lanes and via not in seen:
            seen.add(via)
            lane = self.lanes[via]
            path.append(lane)
            via = next(
                (
                    c.via
                    for c in self.outgoing(lane.edge_id)
                    if c.from_lane == lane.index
                    and c.to_edge == connection.to_edge
                    and c.to_lane == connection.to_lane
                ),
                None,
            )
        return tuple(path)

    def request_of(self, connection: Connection) -> tuple[str, int] | None:
        """(node id, request index) of a connection; None when the node has no such request.

        Request i of a node is the one whose path ends on its i-th internal lane
        (netconvert writes both lists in the same order).
        """
        path = self.internal_path(connection)
        if path:
            return self._request_of_lane.get(path[-1].id)
        return self._request_by_order.get(
            (connection.from_edge, connection.from_lane, connection.to_edge, connection.to_lane)
        )

    @cached_property
    def _request_by_order(self) -> Mapping[tuple[str, int, str, int], tuple[str, int]]:
        """Requests of nodes without internal lanes: in the order of lanes and connections."""
        found: dict[tuple[str, int, str, int], tuple[str, int]] = {}
        for node in self.nodes.values():
            index = 0
            for lane_id in node.incoming_lanes:
                lane = self.lanes.get(lane_id)
                for c in self.outgoing(lane.edge_id) if lane is not None else ():
                    if lane is not None and c.from_lane == lane.index:
                        found[c.from_edge, c.from_lane, c.to_edge, c.to_lane] = (node.id, index)
                        index += 1
        return found


def _grouped(pairs: Iterable[tuple[str, T]]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
