"""Roads and due vehicles as the queue model drives them: lanes, links, routes, trips.

Only what the vehicles use is kept: the edges of their routes, the lanes of those
edges that are open to one of their classes, and the links between them. A place
in the node counts through its links' length and time; it is no lane of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity
from signalctl.domain.traffic import DueTrip, DueVehicle, QueueLane, QueueLink, Traffic
from signalctl.networks.network import Network
from signalctl.networks.roads import NORMAL, Connection, RoadGraph

NO_ROUTE: Final = "no route"
UNKNOWN_ROAD: Final = "a road that the network does not have"
NO_LANE: Final = "no lane for its class"
NO_CONNECTION: Final = "no connection along its route"
OUTSIDE: Final = "due outside the period"
_SLOWEST_MPS: Final = 0.1
_STOP_SIGN: Final = frozenset("sw")
"""SUMO's letters for a stop sign and for an all-way stop."""

Pair = tuple[str, str]
_NONE: Final[Mapping[str, LaneCapacity]] = FrozenMap({})


def lane_traffic(
    network: Network,
    vehicles: Sequence[DueVehicle],
    begin_s: float,
    end_s: float,
    step_s: float,
    time_to_teleport_s: float = -1.0,
    capacities: Mapping[str, LaneCapacity] = _NONE,
) -> Traffic:
    """What the vehicles due in [begin_s, end_s) drive on, and how.

    Vehicles that cannot be placed are counted in `lost` by reason and left out.
    `capacities` of signalled lanes by lane id, where they are known.
    Right of way is the network's: bit j of a link's response says that it gives way
    to link j (SUMO user documentation, "SUMO Road Networks", junctions and right of way).
    Raises InputError for an empty period and a step that is not above 0.
    """
    if not end_s > begin_s or not step_s > 0:
        raise InputError(
            f"A period from {begin_s:g} to {end_s:g} s in steps of {step_s:g} s is none.",
            remedy="Give an end after the begin and a step above 0 s.",
        )
    placing = _Placing(network.roads)
    placed = [
        vehicle
        for vehicle in sorted(vehicles, key=lambda v: (v.depart_s, v.id))
        if placing.takes(vehicle, begin_s, end_s)
    ]
    edges = sorted({edge for vehicle in placed for edge in vehicle.edges})
    number_of = {edge: number for number, edge in enumerate(edges)}
    classes = {vehicle.v_class for vehicle in placed}
    lanes = _lanes(network.roads, edges, classes, capacities)
    pairs = {pair for v in placed for pair in pairwise(v.edges)}
    links = _links(network, lanes, pairs)
    routes: dict[tuple[int, ...], int] = {}
    trips = [
        DueTrip(
            depart_s=v.depart_s,
            route=routes.setdefault(tuple(number_of[edge] for edge in v.edges), len(routes)),
            v_class=v.v_class,
            length_m=v.length_m,
            max_speed_mps=v.max_speed_mps,
            accel_mps2=v.accel_mps2,
            decel_mps2=v.decel_mps2,
            tau_s=v.tau_s,
            sigma=v.sigma,
            departs_moving=v.departs_moving,
            departs_close=v.departs_close,
            departs_on=v.departs_on,
            dwells=v.dwells,
        )
        for v in placed
    ]
    return Traffic(
        begin_s=begin_s,
        end_s=end_s,
        step_s=step_s,
        edges=tuple(edges),
        lanes=tuple(lanes),
        links=tuple(links),
        routes=tuple(routes),
        trips=tuple(trips),
        lost=FrozenMap(dict(sorted(placing.lost.items()))),
        time_to_teleport_s=time_to_teleport_s,
    )


@dataclass(slots=True)
class _Placing:
    """Which vehicles find lanes all along their route; the others counted by reason."""

    roads: RoadGraph
    lost: Counter[str] = field(default_factory=Counter)
    _judged: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    _ways: dict[tuple[str, str, str], frozenset[Pair]] = field(default_factory=dict)

    def takes(self, vehicle: DueVehicle, begin_s: float, end_s: float) -> bool:
        if begin_s <= vehicle.depart_s < end_s:
            key = (vehicle.edges, vehicle.v_class)
            if key not in self._judged:
                self._judged[key] = self._obstacle(*key)
            reason = self._judged[key]
        else:
            reason = OUTSIDE
        if reason:
            self.lost[reason] += 1
        return not reason

    def _obstacle(self, route: tuple[str, ...], v_class: str) -> str:
        if not route:
            return NO_ROUTE
        edges = [self.roads.edges.get(edge) for edge in route]
        if any(edge is None or edge.function != NORMAL for edge in edges):
            return UNKNOWN_ROAD
        if not all(any(lane.allows(v_class) for lane in e.lanes) for e in edges if e is not None):
            return NO_LANE
        for source, target in pairwise(route):
            if not any(
                _open(self.roads, c, v_class)
                for c in self.roads.outgoing(source)
                if c.to_edge == target
            ):
                return NO_CONNECTION
        return ""


def _open(roads: RoadGraph, connection: Connection, v_class: str) -> bool:
    """Whether both lanes of a connection exist and let the class in."""
    source, target = roads.edges[connection.from_edge], roads.edges[connection.to_edge]
    return (
        connection.from_lane < len(source.lanes)
        and connection.to_lane < len(target.lanes)
        and source.lanes[connection.from_lane].allows(v_class)
        and target.lanes[connection.to_lane].allows(v_class)
    )


def _lanes(
    roads: RoadGraph,
    edges: Sequence[str],
    classes: Iterable[str],
    capacities: Mapping[str, LaneCapacity],
) -> list[QueueLane]:
    """Lanes of the edges that one of the classes may use, from the outer to the inner."""
    found = []
    for number, edge in enumerate(edges):
        for lane in roads.edges[edge].lanes:
            allowed = frozenset(c for c in classes if lane.allows(c))
            if allowed:
                found.append(
                    QueueLane(
                        id=lane.id,
                        edge=number,
                        length_m=lane.length_m,
                        speed_mps=max(lane.speed_mps, _SLOWEST_MPS),
                        classes=allowed,
                        capacity=capacities.get(lane.id),
                    )
                )
    return found


def _links(network: Network, lanes: Sequence[QueueLane], pairs: Iterable[Pair]) -> list[QueueLink]:
    """Links between the lanes on the pairs of edges that a route drives one after the other."""
    roads = network.roads
    place = {lane.id: number for number, lane in enumerate(lanes)}
    used: list[tuple[Connection, int, int]] = []
    for source, target in sorted(pairs):
        for connection in roads.outgoing(source):
            ends = (connection.from_lane, connection.to_lane)
            if connection.to_edge != target or not (
                ends[0] < len(roads.edges[source].lanes)
                and ends[1] < len(roads.edges[target].lanes)
            ):
                continue
            start = place.get(roads.edges[source].lanes[ends[0]].id)
            end = place.get(roads.edges[target].lanes[ends[1]].id)
            if start is not None and end is not None and lanes[start].classes & lanes[end].classes:
                used.append((connection, start, end))
    requests = {roads.request_of(connection): at for at, (connection, _, _) in enumerate(used)}
    groups = {
        (junction.id, link): group.id
        for junction in network.junctions.values()
        for group in junction.groups
        for link in group.links
    }
    return [_link(network, lanes, one, requests=requests, groups=groups) for one in used]


def _link(
    network: Network,
    lanes: Sequence[QueueLane],
    one: tuple[Connection, int, int],
    *,
    requests: dict[tuple[str, int] | None, int],
    groups: dict[tuple[str, int], str],
) -> QueueLink:
    connection, start, end = one
    roads = network.roads
    path = roads.internal_path(connection)
    length_m = sum(lane.length_m for lane in path)
    time_s = sum(lane.length_m / max(lane.speed_mps, _SLOWEST_MPS) for lane in path)
    slower_mps = min(lanes[start].speed_mps, lanes[end].speed_mps)
    request_at = roads.request_of(connection)
    node = roads.node_of(connection)
    request = None
    if request_at is not None:
        request = roads.nodes[request_at[0]].requests.get(request_at[1])
    first = () if request is None or request_at is None else sorted(request.response)
    foes = () if request is None or request_at is None else sorted(request.foes)
    group = None
    if connection.tl is not None and connection.link_index is not None:
        group = groups.get((connection.tl, connection.link_index))
    waits = request is not None and request.waits_inside and len(path) > 1
    return QueueLink(
        from_lane=start,
        to_lane=end,
        direction=connection.direction,
        length_m=length_m,
        speed_mps=length_m / time_s if time_s > 0 else slower_mps,
        junction_id=None if group is None else connection.tl,
        group_id=group,
        node_id="" if node is None else node.id,
        gives_way_to=tuple(
            requests[key]
            for key in ((request_at[0], index) for index in first if request_at is not None)
            if key in requests
        ),
        crosses=tuple(
            requests[key]
            for key in ((request_at[0], index) for index in foes if request_at is not None)
            if key in requests
        ),
        minor=bool(first),
        stops_first=group is None and connection.state in _STOP_SIGN,
        waits_inside=waits,
        inside_m=sum(lane.length_m for lane in path[:-1]) if waits else 0.0,
    )
