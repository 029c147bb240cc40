"""The arterial: eight unevenly spaced signals on a two-way street of 2.9 km.

Half a cycle of 84 to 88 s at the street's pace is about 560 m. The junctions lie
in pairs about 100 m on either side of multiples of that distance, or near them:
a full two-way green wave exists, but at the pairs only when one left turn leads
and the other lags.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.shipped.demand import BusLine, Demand, Stream, WalkStream
from signalctl.networks.shipped.roads import (
    LANE_WIDTH_M,
    BusStop,
    Connection,
    Crossing,
    Edge,
    Node,
    Sources,
    StageSource,
)

_END_M = 420.0
_SIDE_M = 260.0
_POCKET_M = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """A side street: lanes towards the junction, peak flows out of it (veh/h)."""

    lanes: int
    left: float
    through: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossroads:
    """A junction of the arterial; no arm on one side makes it a T.

    `out_east` and `out_west` are vehicles an hour in the peak that leave the
    eastbound and the westbound carriageway here: (left, right).
    """

    x_m: float
    north: _Arm | None
    south: _Arm | None
    out_east: tuple[float, float]
    out_west: tuple[float, float]
    protected_left: bool


_JUNCTIONS = (
    _Crossroads(
        x_m=0,
        north=_Arm(lanes=1, left=90, through=110, right=80),
        south=_Arm(lanes=1, left=70, through=120, right=100),
        out_east=(110, 60),
        out_west=(120, 70),
        protected_left=True,
    ),
    _Crossroads(
        x_m=190,
        north=_Arm(lanes=1, left=60, through=90, right=70),
        south=_Arm(lanes=1, left=60, through=100, right=80),
        out_east=(120, 50),
        out_west=(110, 40),
        protected_left=True,
    ),
    _Crossroads(
        x_m=560,
        north=_Arm(lanes=2, left=130, through=330, right=100),
        south=_Arm(lanes=2, left=110, through=300, right=110),
        out_east=(140, 90),
        out_west=(130, 70),
        protected_left=True,
    ),
    _Crossroads(
        x_m=775,
        north=None,
        south=_Arm(lanes=1, left=130, through=0, right=150),
        out_east=(0, 150),
        out_west=(130, 0),
        protected_left=True,
    ),
    _Crossroads(
        x_m=1215,
        north=_Arm(lanes=1, left=130, through=0, right=110),
        south=None,
        out_east=(40, 0),
        out_west=(0, 90),
        protected_left=False,
    ),
    _Crossroads(
        x_m=1700,
        north=_Arm(lanes=2, left=120, through=310, right=90),
        south=_Arm(lanes=2, left=130, through=340, right=120),
        out_east=(130, 80),
        out_west=(140, 80),
        protected_left=True,
    ),
    _Crossroads(
        x_m=1904,
        north=_Arm(lanes=1, left=70, through=90, right=60),
        south=_Arm(lanes=1, left=60, through=100, right=90),
        out_east=(110, 50),
        out_west=(120, 50),
        protected_left=True,
    ),
    _Crossroads(
        x_m=2390,
        north=_Arm(lanes=1, left=80, through=100, right=90),
        south=_Arm(lanes=1, left=70, through=100, right=90),
        out_east=(40, 70),
        out_west=(40, 60),
        protected_left=False,
    ),
)

_THROUGH_EAST, _THROUGH_WEST = 760.0, 560.0
_LOCAL_EAST, _LOCAL_WEST = 480.0, 340.0
_OFFPEAK = 0.6


def arterial() -> Sources:
    """The sources of the arterial with its peak and off-peak demand."""
    names = [f"J{k}" for k in range(1, len(_JUNCTIONS) + 1)]
    builder = _Builder(names)
    return builder.sources()


class _Builder:
    """Collects the parts of the street from west to east."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._line = ["W", *names, "E"]
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._connections: list[Connection] = []
        self._crossings: list[Crossing] = []
        self._stages: dict[str, tuple[StageSource, ...]] = {}
        self._x_m = {n: j.x_m for n, j in zip(names, _JUNCTIONS, strict=True)}
        self._x_m |= {"W": -_END_M, "E": _JUNCTIONS[-1].x_m + _END_M}

    def sources(self) -> Sources:
        """Everything, in a fixed order."""
        for name in self._line:
            self._nodes.append(Node(id=name, x_m=self._x_m[name], y_m=0, signal=name[0] == "J"))
        for west, east in zip(self._line, self._line[1:], strict=False):
            self._block(west, east)
            self._block(east, west)
        for name, place in zip(self._names, _JUNCTIONS, strict=True):
            self._junction(name, place)
        stops = _bus_stops(self._line, self._x_m)
        demand = {
            "peak": self._demand(seed=1, share=1.0),
            "offpeak": self._demand(seed=2, share=_OFFPEAK),
        }
        return Sources(
            nodes=tuple(self._nodes),
            edges=tuple(self._edges),
            connections=tuple(self._connections),
            crossings=tuple(self._crossings),
            stages=FrozenMap(self._stages),
            demand=FrozenMap(demand),
            stops=stops,
        )

    def _place(self, name: str) -> _Crossroads | None:
        return _JUNCTIONS[self._names.index(name)] if name in self._names else None

    def _left_arm(self, start: str, end: str) -> bool:
        """Whether the traffic from start to end can turn left at end."""
        place = self._place(end)
        if place is None:
            return False
        eastbound = self._x_m[start] < self._x_m[end]
        return (place.north if eastbound else place.south) is not None

    def _block(self, start: str, end: str) -> None:
        """One carriageway between two junctions, with its turn pocket if it has one."""
        if not self._left_arm(start, end):
            self._edges.append(_carriageway(f"{start}_{end}", start, end))
            return
        direction = 1 if self._x_m[start] < self._x_m[end] else -1
        widen = f"{start}_{end}_widens"
        self._nodes.append(Node(id=widen, x_m=self._x_m[end] - direction * _POCKET_M, y_m=0))
        block, stop = f"{start}_{end}", f"{start}_{end}_stop"
        self._edges.append(_carriageway(block, start, widen))
        self._edges.append(Edge(id=stop, start=widen, end=end, lanes=3, priority=3))
        self._connections += [
            Connection(block, stop, 1, 1),
            Connection(block, stop, 2, 2),
            Connection(block, stop, 2, 3),
        ]

    def _into(self, start: str, end: str) -> str:
        """The edge at the stop line of `end`, coming from `start`."""
        return f"{start}_{end}_stop" if self._left_arm(start, end) else f"{start}_{end}"

    def _junction(self, name: str, place: _Crossroads) -> None:
        at = self._line.index(name)
        west, east = self._line[at - 1], self._line[at + 1]
        arms = {"N": place.north, "S": place.south}
        for letter, arm in arms.items():
            if arm is not None:
                self._side_street(name, place, letter, arm)
        for start, end in ((west, east), (east, west)):
            self._arterial_links(name, start, end, arms)
        for letter, arm in arms.items():
            if arm is not None:
                self._side_links(name, letter, arm, west, east, arms)
        for neighbour in (west, east):
            self._crossings.append(
                Crossing(name, _arm_edges(self._into(neighbour, name), neighbour, name))
            )
        for letter in (k for k, arm in arms.items() if arm is not None):
            end = f"{letter}{name[1:]}"
            self._crossings.append(Crossing(name, (f"{end}_{name}", f"{name}_{end}")))
        self._stages[name] = self._junction_stages(name, place, west, east)

    def _side_street(self, name: str, place: _Crossroads, letter: str, arm: _Arm) -> None:
        end = f"{letter}{name[1:]}"
        y_m = _SIDE_M if letter == "N" else -_SIDE_M
        self._nodes.append(Node(id=end, x_m=place.x_m, y_m=y_m))
        self._edges.append(Edge(id=f"{end}_{name}", start=end, end=name, lanes=arm.lanes))
        self._edges.append(Edge(id=f"{name}_{end}", start=name, end=end, lanes=arm.lanes))

    def _arterial_links(
        self, name: str, start: str, end: str, arms: dict[str, _Arm | None]
    ) -> None:
        into, out = self._into(start, name), f"{name}_{end}"
        self._connections += [Connection(into, out, 1, 1), Connection(into, out, 2, 2)]
        eastbound = self._x_m[start] < self._x_m[end]
        left, right = ("N", "S") if eastbound else ("S", "N")
        if arms[right] is not None:
            self._connections.append(Connection(into, f"{name}_{right}{name[1:]}", 1, 1))
        left_arm = arms[left]
        if left_arm is not None:
            target = f"{name}_{left}{name[1:]}"
            self._connections.append(Connection(into, target, 3, left_arm.lanes))

    def _side_links(
        self,
        name: str,
        letter: str,
        arm: _Arm,
        west: str,
        east: str,
        arms: dict[str, _Arm | None],
    ) -> None:
        into = f"{letter}{name[1:]}_{name}"
        right, left = (west, east) if letter == "N" else (east, west)
        self._connections.append(Connection(into, f"{name}_{right}", 1, 1))
        other = "S" if letter == "N" else "N"
        opposite = arms[other]
        if opposite is not None:
            # Where there are two lanes the left one is for left turns only.
            self._connections.append(Connection(into, f"{name}_{other}{name[1:]}", 1, 1))
        self._connections.append(Connection(into, f"{name}_{left}", arm.lanes, 2))

    def _junction_stages(
        self, name: str, place: _Crossroads, west: str, east: str
    ) -> tuple[StageSource, ...]:
        from_west, from_east = self._into(west, name), self._into(east, name)
        north, south = f"{name}_N{name[1:]}", f"{name}_S{name[1:]}"
        through = [(from_west, f"{name}_{east}"), (from_east, f"{name}_{west}")]
        rights: list[tuple[str, str]] = []
        lefts: list[tuple[str, str]] = []
        sides: list[tuple[str, str]] = []
        walks: list[tuple[str, ...]] = []
        if place.north is not None:
            rights.append((from_east, north))
            lefts.append((from_west, north))
            sides += self._side_turns(name, "N", west, east, other=place.south)
            walks.append((f"N{name[1:]}_{name}", north))
        if place.south is not None:
            rights.append((from_west, south))
            lefts.append((from_east, south))
            sides += self._side_turns(name, "S", west, east, other=place.north)
            walks.append((f"S{name[1:]}_{name}", south))
        over = tuple(_arm_edges(self._into(n, name), n, name) for n in (west, east))
        side = StageSource(tuple(sides), over)
        if not place.protected_left:
            return (StageSource((*through, *rights, *lefts), tuple(walks)), side)
        leading = list(lefts)
        if len(lefts) == 1:
            # At a T the through traffic beside the one left turn runs with it.
            leading.append(next(m for m in through if m[0] == lefts[0][0]))
        return (
            StageSource(tuple(leading)),
            StageSource((*through, *rights), tuple(walks)),
            side,
        )

    def _side_turns(
        self, name: str, letter: str, west: str, east: str, other: _Arm | None
    ) -> list[tuple[str, str]]:
        into = f"{letter}{name[1:]}_{name}"
        turns = [(into, f"{name}_{west}"), (into, f"{name}_{east}")]
        if other is not None:
            opposite = "S" if letter == "N" else "N"
            turns.append((into, f"{name}_{opposite}{name[1:]}"))
        return turns

    def _demand(self, *, seed: int, share: float) -> Demand:
        cars = [
            *self._direction(eastbound=True, share=share),
            *self._direction(eastbound=False, share=share),
            *self._across(share),
        ]
        return Demand(
            seed=seed,
            cars=tuple(s for s in cars if s.vph > 0),
            walkers=self._walkers(share),
            buses=self._buses(),
        )

    def _direction(self, *, eastbound: bool, share: float) -> list[Stream]:
        """Arterial traffic one way: through, and local trips between arms.

        At each junction those who leave are drawn evenly from the local traffic on
        the carriageway, whatever arm it came from; then the arms feed it again.
        """
        line = self._line if eastbound else self._line[::-1]
        start, final = line[0], line[-1]
        through = (_THROUGH_EAST if eastbound else _THROUGH_WEST) * share
        pool = {start: (_LOCAL_EAST if eastbound else _LOCAL_WEST) * share}
        flows: defaultdict[tuple[str, str], float] = defaultdict(float)
        flows[start, final] = through
        for name in line[1:-1]:
            place = self._place(name)
            assert place is not None
            left, right = place.out_east if eastbound else place.out_west
            arm_left, arm_right = ("N", "S") if eastbound else ("S", "N")
            total = sum(pool.values())
            for letter, leaving in ((arm_left, left), (arm_right, right)):
                for origin in pool:
                    flows[origin, f"{letter}{name[1:]}"] += leaving * share * pool[origin] / total
            staying = 1 - (left + right) * share / total
            pool = {origin: flow * staying for origin, flow in pool.items()}
            for letter, arm in (("N", place.north), ("S", place.south)):
                if arm is not None:
                    entering = arm.left if (letter == "N") == eastbound else arm.right
                    pool[f"{letter}{name[1:]}"] = entering * share
        for origin, flow in pool.items():
            flows[origin, final] += flow
        return [
            Stream(self._route(origin, target), flow) for (origin, target), flow in flows.items()
        ]

    def _across(self, share: float) -> list[Stream]:
        """Side-street traffic straight over the arterial."""
        streams = []
        for name, place in zip(self._names, _JUNCTIONS, strict=True):
            for letter, other, arm in (("N", "S", place.north), ("S", "N", place.south)):
                if arm is not None and arm.through:
                    number = name[1:]
                    route = (f"{letter}{number}_{name}", f"{name}_{other}{number}")
                    streams.append(Stream(route, arm.through * share))
        return streams

    def _route(self, origin: str, target: str) -> tuple[str, ...]:
        """The edges from one arm or end of the street to another."""
        first = origin if origin in "WE" else f"J{origin[1:]}"
        last = target if target in "WE" else f"J{target[1:]}"
        a, b = self._line.index(first), self._line.index(last)
        line = self._line[a : b + 1] if a <= b else self._line[b : a + 1][::-1]
        route = [] if origin == first else [f"{origin}_{first}"]
        for start, end in zip(line, line[1:], strict=False):
            route.append(f"{start}_{end}")
            if self._left_arm(start, end):
                route.append(f"{start}_{end}_stop")
        return (*route, *([] if target == last else [f"{last}_{target}"]))

    def _walkers(self, share: float) -> tuple[WalkStream, ...]:
        """People along the street, and over it from one side street to the other."""
        streams = []
        for name, place in zip(self._names, _JUNCTIONS, strict=True):
            number, at = name[1:], self._line.index(name)
            west, east = self._line[at - 1], self._line[at + 1]
            if place.north is not None and place.south is not None:
                streams.append(WalkStream(f"N{number}_{name}", f"{name}_S{number}", 30 * share))
                streams.append(WalkStream(f"S{number}_{name}", f"{name}_N{number}", 30 * share))
            streams.append(WalkStream(f"{west}_{name}", f"{name}_{east}", 25 * share))
            streams.append(WalkStream(f"{east}_{name}", f"{name}_{west}", 25 * share))
        return tuple(streams)

    def _buses(self) -> tuple[BusLine, ...]:
        lines = []
        for name, line in (("eastbound", self._line), ("westbound", self._line[::-1])):
            route = self._route(line[0], line[-1])
            stops = tuple(f"stop_{edge}" for edge in route if edge in _stop_edges(self._line))
            lines.append(BusLine(id=f"bus_{name}", route=route, stops=stops))
        return tuple(lines)


def _carriageway(name: str, start: str, end: str) -> Edge:
    return Edge(id=name, start=start, end=end, lanes=2, priority=3, median_m=LANE_WIDTH_M)


def _arm_edges(into: str, neighbour: str, name: str) -> tuple[str, str]:
    """The two carriageways of an arm of the arterial at a junction."""
    return (into, f"{name}_{neighbour}")


def _stop_edges(line: list[str]) -> frozenset[str]:
    """Blocks with a bus stop: those long enough for one, in both directions."""
    return frozenset(
        name
        for a, b in (("J2", "J3"), ("J4", "J5"), ("J5", "J6"), ("J7", "J8"))
        for name in (f"{a}_{b}", f"{b}_{a}")
    )


def _bus_stops(line: list[str], x_m: dict[str, float]) -> tuple[BusStop, ...]:
    """Far-side stops: 40 m behind the junction the block starts at."""
    return tuple(BusStop(f"stop_{edge}", edge, 40.0, 65.0) for edge in sorted(_stop_edges(line)))
