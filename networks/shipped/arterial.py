"""The arterial: eight unevenly spaced signals on a two-way street of 2.5 km.

At the street's pace of about 13 m/s half a cycle of 92 to 96 s is about 600 m: the
distance between the two critical junctions J3 and J6 is twice that. The others lie
up to 190 m off the rhythm; a full two-way green wave still exists, though only with
one left turn leading and the other lagging at some of them, and not at every cycle.

Uncoordinated means here: each junction alone, at its own best cycle (`timing`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.shipped.demand import BusLine, Demand, Stream, WalkStream
from signalctl.networks.shipped.roads import BusStop, Node, Sources
from signalctl.networks.shipped.streets import Street, StreetMap

_END_M = 420.0
_SIDE_M = 260.0
_POCKET_M = 80.0


@dataclass(frozen=True, slots=True)
class _Arm:
    """A side street: lanes each way, and peak flows (veh/h) towards the arterial."""

    lanes: int
    left: float
    through: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossroads:
    """A junction of the arterial; no arm on one side makes it a T.

    `off_eastbound` and `off_westbound` are vehicles an hour in the peak that turn
    off the arterial here: (left, right). `protected` are the axes whose left turns
    have a stage of their own.
    """

    x_m: float
    north: _Arm | None
    south: _Arm | None
    off_eastbound: tuple[float, float]
    off_westbound: tuple[float, float]
    protected: frozenset[str] = frozenset({"EW"})

    @property
    def arms(self) -> dict[str, _Arm]:
        """The side streets by compass letter."""
        both = {"N": self.north, "S": self.south}
        return {letter: arm for letter, arm in both.items() if arm is not None}


_JUNCTIONS = {
    "J1": _Crossroads(
        x_m=0,
        north=_Arm(2, 40, 90, 40),
        south=_Arm(2, 40, 100, 40),
        off_eastbound=(40, 40),
        off_westbound=(40, 40),
        protected=frozenset(),
    ),
    "J2": _Crossroads(
        x_m=200,
        north=_Arm(1, 30, 60, 30),
        south=_Arm(1, 20, 50, 30),
        off_eastbound=(30, 30),
        off_westbound=(30, 20),
    ),
    "J3": _Crossroads(
        x_m=590,
        north=_Arm(2, 100, 180, 70),
        south=_Arm(2, 90, 190, 80),
        off_eastbound=(110, 70),
        off_westbound=(100, 60),
        protected=frozenset({"EW", "NS"}),
    ),
    "J4": _Crossroads(
        x_m=815,
        north=None,
        south=_Arm(2, 70, 0, 80),
        off_eastbound=(0, 80),
        off_westbound=(70, 0),
    ),
    "J5": _Crossroads(
        x_m=1275,
        north=_Arm(1, 80, 0, 60),
        south=None,
        off_eastbound=(80, 0),
        off_westbound=(0, 60),
    ),
    "J6": _Crossroads(
        x_m=1785,
        north=_Arm(2, 100, 170, 70),
        south=_Arm(2, 90, 180, 80),
        off_eastbound=(110, 80),
        off_westbound=(100, 60),
        protected=frozenset({"EW", "NS"}),
    ),
    "J7": _Crossroads(
        x_m=2000,
        north=_Arm(1, 30, 50, 30),
        south=_Arm(1, 30, 60, 30),
        off_eastbound=(30, 30),
        off_westbound=(30, 30),
    ),
    "J8": _Crossroads(
        x_m=2510,
        north=_Arm(1, 30, 60, 40),
        south=_Arm(1, 30, 60, 40),
        off_eastbound=(30, 40),
        off_westbound=(30, 40),
        protected=frozenset(),
    ),
}
_LINE = ("W", *_JUNCTIONS, "E")

# Peak flows entering at the ends (veh/h): all the way through, and local.
_THROUGH = {"eastbound": 710.0, "westbound": 610.0}
_LOCAL = {"eastbound": 650.0, "westbound": 480.0}
_OFFPEAK = 0.6
_WALKERS_ALONG, _WALKERS_ACROSS = 15.0, 12.0

# Far-side bus stops on the blocks long enough for them.
_BUS_BLOCKS = (("J2", "J3"), ("J4", "J5"), ("J5", "J6"), ("J7", "J8"))
_BUS_STOP_M = (40.0, 65.0)


def arterial() -> Sources:
    """The sources of the arterial with its peak and off-peak demand."""
    streets = _streets()
    return Sources(
        nodes=tuple(streets.nodes),
        edges=tuple(streets.edges),
        connections=tuple(streets.connections),
        crossings=tuple(streets.crossings),
        stages=FrozenMap(
            {n: streets.stages(n, protected=j.protected) for n, j in _JUNCTIONS.items()}
        ),
        demand=FrozenMap(
            {
                "peak": _demand(streets, seed=1, share=1.0),
                "offpeak": _demand(streets, seed=2, share=_OFFPEAK),
            }
        ),
        stops=tuple(BusStop(f"stop_{edge}", edge, *_BUS_STOP_M) for edge in _bus_edges()),
    )


def _streets() -> StreetMap:
    last_m = max(place.x_m for place in _JUNCTIONS.values())
    nodes = [Node(id="W", x_m=-_END_M, y_m=0.0)]
    streets = [
        Street(a=a, b=b, lanes=2, pocket_m=_POCKET_M, priority=3)
        for a, b in itertools.pairwise(_LINE)
    ]
    for name, place in _JUNCTIONS.items():
        nodes.append(Node(id=name, x_m=place.x_m, y_m=0.0, signal=True))
        for letter, arm in place.arms.items():
            end = _arm_end(letter, name)
            y_m = _SIDE_M if letter == "N" else -_SIDE_M
            nodes.append(Node(id=end, x_m=place.x_m, y_m=y_m))
            streets.append(Street(a=end, b=name, lanes=arm.lanes, left_lane=True))
    nodes.append(Node(id="E", x_m=last_m + _END_M, y_m=0.0))
    return StreetMap(tuple(nodes), tuple(streets))


def _arm_end(letter: str, junction: str) -> str:
    """The outer node of a side street: N3 is north of J3."""
    return f"{letter}{junction[1:]}"


def _demand(streets: StreetMap, *, seed: int, share: float) -> Demand:
    trips = {**_along("eastbound"), **_along("westbound"), **_across()}
    return Demand(
        seed=seed,
        cars=tuple(
            Stream(streets.route(*_path(origin, target)), vph * share)
            for (origin, target), vph in trips.items()
            if vph > 0
        ),
        walkers=_walkers(share),
        buses=tuple(
            BusLine(id=f"bus_{way}", route=route, stops=_stops_on(route))
            for way, route in (
                ("eastbound", streets.route(*_LINE)),
                ("westbound", streets.route(*reversed(_LINE))),
            )
        ),
    )


def _along(way: str) -> dict[tuple[str, str], float]:
    """Arterial trips one way (veh/h): end to end, and local between arms and ends.

    At each junction those who turn off are drawn evenly from the local traffic on
    the carriageway, whatever arm it came from; then the side streets feed it again.
    """
    east = way == "eastbound"
    line = _LINE if east else _LINE[::-1]
    left_letter, right_letter = ("N", "S") if east else ("S", "N")
    trips: defaultdict[tuple[str, str], float] = defaultdict(float)
    trips[line[0], line[-1]] = _THROUGH[way]
    local = {line[0]: _LOCAL[way]}
    for name in line[1:-1]:
        place = _JUNCTIONS[name]
        left, right = place.off_eastbound if east else place.off_westbound
        total = sum(local.values())
        for letter, leaving in ((left_letter, left), (right_letter, right)):
            for origin, vph in local.items():
                trips[origin, _arm_end(letter, name)] += leaving * vph / total
        local = {origin: vph * (1 - (left + right) / total) for origin, vph in local.items()}
        for letter, arm in place.arms.items():
            local[_arm_end(letter, name)] = arm.left if letter == left_letter else arm.right
    for origin, vph in local.items():
        trips[origin, line[-1]] += vph
    return dict(trips)


def _across() -> dict[tuple[str, str], float]:
    """Side-street trips straight over the arterial (veh/h)."""
    return {
        (_arm_end(letter, name), _arm_end("S" if letter == "N" else "N", name)): arm.through
        for name, place in _JUNCTIONS.items()
        for letter, arm in place.arms.items()
    }


def _path(origin: str, target: str) -> tuple[str, ...]:
    """The nodes from one side street or end of the arterial to another."""
    first = origin if origin in _LINE else f"J{origin[1:]}"
    last = target if target in _LINE else f"J{target[1:]}"
    a, b = _LINE.index(first), _LINE.index(last)
    line = _LINE[a : b + 1] if a <= b else _LINE[b : a + 1][::-1]
    head = () if origin == first else (origin,)
    tail = () if target == last else (target,)
    return (*head, *line, *tail)


def _walkers(share: float) -> tuple[WalkStream, ...]:
    """People along the arterial, and over it from one side street to the other."""
    walks = []
    for before, name, after in zip(_LINE, _LINE[1:-1], _LINE[2:], strict=False):
        north, south = _arm_end("N", name), _arm_end("S", name)
        if len(_JUNCTIONS[name].arms) == 2:
            walks.append(WalkStream(f"{north}_{name}", f"{name}_{south}", _WALKERS_ACROSS * share))
            walks.append(WalkStream(f"{south}_{name}", f"{name}_{north}", _WALKERS_ACROSS * share))
        walks.append(WalkStream(f"{before}_{name}", f"{name}_{after}", _WALKERS_ALONG * share))
        walks.append(WalkStream(f"{after}_{name}", f"{name}_{before}", _WALKERS_ALONG * share))
    return tuple(walks)


def _bus_edges() -> tuple[str, ...]:
    return tuple(name for a, b in _BUS_BLOCKS for name in (f"{a}_{b}", f"{b}_{a}"))


def _stops_on(route: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"stop_{edge}" for edge in route if edge in _bus_edges())
