"""The expressway: two off-ramps and two on-ramps at three signals of a surface street.

One carriageway of an elevated expressway (eastbound, three lanes, 80 km/h) above a
parallel surface street. Both off-ramps end at signals and store about 50 vehicles
each: when a ramp's green is short its queue reaches the expressway's right lane.
"""

from __future__ import annotations

from itertools import pairwise

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.shipped.demand import Demand, Stream, WalkStream
from signalctl.networks.shipped.roads import LANE_WIDTH_M, Connection, Edge, Node, Sources
from signalctl.networks.shipped.streets import Street, StreetMap

_EXPRESSWAY_MPS = 22.22
_RAMP_MPS = 13.89
_DECK_Y_M = 240.0
_POCKET_M = 80.0
_TAPER_M = 60.0

_SIGNALS = {"J1": 0.0, "J2": 450.0, "J3": 1250.0}
_SIDE_M = 260.0
_END_M = 400.0
_RAMP_END_Y_M = 140.0

# The deck from west to east: position (m) and lanes of the edge that starts there.
# A lane is added before each exit (D1, D2) and with each entry (M1, M2).
_DECK = {
    "X0": (-1100.0, 3),
    "A1": (-520.0, 4),
    "D1": (-320.0, 3),
    "M1": (720.0, 4),
    "D2": (1040.0, 3),
    "M2": (1520.0, 4),
    "L2": (1800.0, 3),
    "X1": (2150.0, 0),
}
# Where ramps and signals are joined: signal, exit from the deck, entry to the deck.
_RAMPS = {"R1": ("J1", "D1", None), "R2": ("J2", None, "M1"), "R3": ("J3", "D2", "M2")}

_OFFPEAK = 0.6
# Peak trips (veh/h) by nodes.
_LINE = ("W", "J1", "J2", "J3", "E")
_TO_EXIT_1 = ("X0", "A1", "D1", "R1", "J1")
_TO_EXIT_2 = ("X0", "A1", "D1", "M1", "D2", "R3", "J3")
_FROM_ENTRY_1 = ("J2", "R2", "M1", "D2", "M2", "L2", "X1")
_FROM_ENTRY_2 = ("J3", "R3", "M2", "L2", "X1")
_TRIPS: dict[tuple[str, ...], float] = {
    tuple(_DECK): 2700,
    (*_TO_EXIT_1, "J2", "J3", "E"): 170,
    (*_TO_EXIT_1, "J2", "S2"): 90,
    (*_TO_EXIT_1, "W"): 190,
    (*_TO_EXIT_1, "S1"): 130,
    (*_TO_EXIT_2, "E"): 230,
    (*_TO_EXIT_2, "S3"): 130,
    (*_TO_EXIT_2, "J2", "S2"): 60,
    (*_TO_EXIT_2, "J2", "J1", "W"): 120,
    ("W", "J1", *_FROM_ENTRY_1): 170,
    ("S1", "J1", *_FROM_ENTRY_1): 60,
    ("S2", *_FROM_ENTRY_1): 110,
    ("E", "J3", *_FROM_ENTRY_1): 120,
    ("W", "J1", "J2", *_FROM_ENTRY_2): 110,
    ("S3", *_FROM_ENTRY_2): 120,
    ("E", *_FROM_ENTRY_2): 140,
    _LINE: 900,
    _LINE[::-1]: 820,
    ("W", "J1", "S1"): 90,
    ("W", "J1", "J2", "S2"): 80,
    ("W", "J1", "J2", "J3", "S3"): 60,
    ("E", "J3", "S3"): 90,
    ("E", "J3", "J2", "S2"): 80,
    ("E", "J3", "J2", "J1", "S1"): 80,
    ("S1", "J1", "W"): 70,
    ("S1", "J1", "J2", "J3", "E"): 70,
    ("S2", "J2", "J1", "W"): 80,
    ("S2", "J2", "J3", "E"): 90,
    ("S3", "J3", "J2", "J1", "W"): 80,
    ("S3", "J3", "E"): 100,
}
_WALKERS_PER_HOUR = 15.0


def expressway() -> Sources:
    """The sources of the expressway with its peak and off-peak demand."""
    streets = _streets()
    deck_edges, deck_connections = _deck()
    return Sources(
        nodes=(*streets.nodes, *_deck_nodes()),
        edges=(*streets.edges, *deck_edges),
        connections=(*streets.connections, *deck_connections),
        crossings=tuple(streets.crossings),
        stages=FrozenMap(
            {name: streets.stages(name, protected=frozenset({"EW"})) for name in _SIGNALS}
        ),
        demand=FrozenMap(
            {
                "peak": _demand(streets, seed=5, share=1.0),
                "offpeak": _demand(streets, seed=6, share=_OFFPEAK),
            }
        ),
    )


def _streets() -> StreetMap:
    """The surface street, its side streets and the last metres of the ramps."""
    places = {"W": -_END_M, **_SIGNALS, "E": _SIGNALS["J3"] + _END_M}
    nodes = [Node(id=n, x_m=x_m, y_m=0.0, signal=n in _SIGNALS) for n, x_m in places.items()]
    streets = [
        Street(a=a, b=b, lanes=2, pocket_m=_POCKET_M, priority=3) for a, b in pairwise(_LINE)
    ]
    for name, x_m in _SIGNALS.items():
        side = f"S{name[1:]}"
        nodes.append(Node(id=side, x_m=x_m, y_m=-_SIDE_M))
        streets.append(Street(a=side, b=name, lanes=2, left_lane=True))
    for ramp, (signal, leaves, enters) in _RAMPS.items():
        nodes.append(Node(id=ramp, x_m=_SIGNALS[signal], y_m=_RAMP_END_Y_M))
        if leaves:
            streets.append(_ramp_street(ramp, signal, lanes=2))
        if enters:
            streets.append(_ramp_street(signal, ramp, lanes=1))
    return StreetMap(tuple(nodes), tuple(streets))


def _ramp_street(a: str, b: str, *, lanes: int) -> Street:
    return Street(a=a, b=b, lanes=lanes, left_lane=True, one_way=True, sidewalk=False, priority=2)


def _deck_nodes() -> tuple[Node, ...]:
    return tuple(Node(id=n, x_m=x_m, y_m=_DECK_Y_M) for n, (x_m, _) in _DECK.items())


def _deck() -> tuple[list[Edge], list[Connection]]:
    """The carriageway on the deck and the ramps between it and the surface."""
    edges = [
        Edge(
            id=f"{a}_{b}",
            start=a,
            end=b,
            lanes=_DECK[a][1],
            speed_mps=_EXPRESSWAY_MPS,
            priority=10,
            sidewalk=False,
        )
        for a, b in pairwise(_DECK)
    ]
    connections: list[Connection] = []
    for before, after in pairwise(edges):
        # The lanes of the carriageway are counted from the left: an added or ended
        # lane is always the rightmost one.
        gained = after.lanes - before.lanes
        connections += [
            Connection(before.id, after.id, lane, lane + gained)
            for lane in range(max(0, -gained), before.lanes)
        ]
        if before.end.startswith("A"):
            connections.append(Connection(before.id, after.id, 0, 0))
    for ramp, (signal, leaves, enters) in _RAMPS.items():
        if leaves:
            edges.append(_ramp(leaves, ramp))
            deck = next(edge.id for edge in edges if edge.end == leaves)
            connections.append(Connection(deck, f"{leaves}_{ramp}", 0, 0))
            connections += [
                Connection(f"{leaves}_{ramp}", f"{ramp}_{signal}", 0, lane) for lane in (0, 1)
            ]
        if enters:
            edges.append(_ramp(ramp, enters))
            deck = next(edge.id for edge in edges if edge.start == enters)
            connections.append(Connection(f"{signal}_{ramp}", f"{ramp}_{enters}", 0, 0))
            connections.append(Connection(f"{ramp}_{enters}", deck, 0, 0))
    return edges, connections


def _ramp(start: str, end: str) -> Edge:
    """A ramp: beside the right lane of the deck first (or last), then straight."""
    beside_m = _DECK_Y_M - 3 * LANE_WIDTH_M
    if start in _DECK:
        x_m, ground_x_m = _DECK[start][0], _SIGNALS[_RAMPS[end][0]]
    else:
        x_m, ground_x_m = _DECK[end][0], _SIGNALS[_RAMPS[start][0]]
    side = 1 if ground_x_m > x_m else -1
    shape = (
        (x_m, beside_m),
        (x_m + side * _TAPER_M, beside_m - LANE_WIDTH_M),
        (ground_x_m, _RAMP_END_Y_M),
    )
    return Edge(
        id=f"{start}_{end}",
        start=start,
        end=end,
        lanes=1,
        speed_mps=_RAMP_MPS,
        priority=5,
        sidewalk=False,
        shape_m=shape if start in _DECK else shape[::-1],
    )


def _demand(streets: StreetMap, *, seed: int, share: float) -> Demand:
    along = [(a, b, c) for a, b, c in zip(_LINE, _LINE[1:], _LINE[2:], strict=False)]
    walks = [
        WalkStream(f"{a}_{b}", f"{b}_{c}", _WALKERS_PER_HOUR * share)
        for x, b, z in along
        for a, c in ((x, z), (z, x))
    ]
    return Demand(
        seed=seed,
        cars=tuple(Stream(_route(streets, nodes), vph * share) for nodes, vph in _TRIPS.items()),
        walkers=tuple(walks),
    )


def _route(streets: StreetMap, nodes: tuple[str, ...]) -> tuple[str, ...]:
    """The edges along a trip; on the deck and the ramps each pair of nodes is one edge."""
    edges: list[str] = []
    for a, b in pairwise(nodes):
        on_deck = a in _DECK or b in _DECK
        edges += (f"{a}_{b}",) if on_deck else streets.route(a, b)
    return tuple(edges)
