"""Traffic of a few lanes for the queue model, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import Program
from signalctl.domain.traffic import DueTrip, QueueLane, QueueLink, Traffic
from signalctl.optimiser.queue_model.model import QueueModel
from signalctl.optimiser.signal_table import SignalTable, table_of

SPEED_MPS = 13.89
CLASSES = frozenset({"passenger", "bus"})
GROUPS = ("g", "h")


def due(depart_s: float, route: int = 0, v_class: str = "passenger") -> DueTrip:
    return DueTrip(depart_s=depart_s, route=route, v_class=v_class, length_m=7.5)


def table(*letters: str) -> SignalTable:
    names = GROUPS[: len(letters)]
    return table_of(Program.of(dict(zip(names, letters, strict=True))), names)


def model_of(
    traffic: Traffic, lamps: Mapping[str, SignalTable], drain_limit_s: float = 3600.0
) -> QueueModel:
    groups = {light: GROUPS[: len(shown.codes)] for light, shown in lamps.items()}
    return QueueModel(traffic, groups, lamps, drain_limit_s=drain_limit_s)


def road(
    trips: Sequence[DueTrip],
    lengths_m: Sequence[float] = (400.0, 200.0),
    lights: Sequence[str | None] = ("J",),
) -> Traffic:
    """One lane after the other; `lights` hang at the ends of all but the last."""
    lanes = tuple(_lane(number, length) for number, length in enumerate(lengths_m))
    links = tuple(
        _link(number, number + 1, light, "g" if light else None)
        for number, light in enumerate(lights)
    )
    return _traffic(lanes, links, (tuple(range(len(lanes))),), trips, 0.0)


def crossing(
    *,
    straight_every_s: float,
    left_every_s: float,
    waits_inside: bool = False,
    begin_s: float = 0.0,
) -> Traffic:
    """A straight stream of group g and, facing it, a left turn of group h that gives way."""
    lanes = tuple(_lane(number, 400.0) for number in range(4))
    straight = _link(0, 1, "J", "g")
    left = _link(2, 3, "J", "h", gives_way_to=(0,), waits_inside=waits_inside)
    trips = [
        due(begin_s + every_s * number, route)
        for route, every_s in enumerate((straight_every_s, left_every_s))
        for number in range(int(3600 / every_s))
    ]
    trips.sort(key=lambda trip: trip.depart_s)
    return _traffic(lanes, (straight, left), ((0, 1), (2, 3)), trips, begin_s)


def fork(trips: Sequence[DueTrip], length_m: float = 400.0) -> Traffic:
    """One edge of two lanes: the first leads to the left road behind light J's group g, the
    second to the right one behind group h; route 0 takes the left, 1 the right, 2 a third
    road that both lanes lead to without a light."""
    lanes = (
        replace(_lane(0, length_m), id="e0_0"),
        replace(_lane(0, length_m), id="e0_1"),
        *(_lane(number, 200.0) for number in (1, 2, 3)),
    )
    links = (
        _link(0, 2, "J", "g"),
        _link(1, 3, "J", "h"),
        _link(0, 4, None, None),
        _link(1, 4, None, None),
    )
    made = _traffic(lanes, links, ((0, 1), (0, 2), (0, 3)), trips, 0.0)
    return replace(made, edges=tuple(f"e{number}" for number in range(4)))


def blocked_node(*, crosses: bool) -> Traffic:
    """A stream over a wide node onto 12 m before light J's group g, and one across that node.

    The first stream comes in platoons of three, 2 s apart, the second all the time.
    """
    lanes = (_lane(0, 300.0), _lane(1, 12.0), _lane(2, 300.0), _lane(3, 300.0), _lane(4, 300.0))
    over = _link(0, 1, None, None, crosses=(2,) if crosses else (), length_m=60.0)
    on = _link(1, 2, "J", "g")
    across = _link(3, 4, None, None, crosses=(0,) if crosses else ())
    trips = [due(60.0 * at + 2.0 * each) for at in range(50) for each in range(3)]
    trips += [due(3.0 * at, 1) for at in range(1000)]
    trips.sort(key=lambda trip: trip.depart_s)
    return _traffic(lanes, (over, on, across), ((0, 1, 2), (3, 4)), trips, 0.0)


def _lane(number: int, length_m: float) -> QueueLane:
    return QueueLane(
        id=f"e{number}_0", edge=number, length_m=length_m, speed_mps=SPEED_MPS, classes=CLASSES
    )


def _link(
    start: int,
    end: int,
    light: str | None,
    group: str | None,
    *,
    gives_way_to: tuple[int, ...] = (),
    crosses: tuple[int, ...] = (),
    length_m: float = 15.0,
    waits_inside: bool = False,
) -> QueueLink:
    return QueueLink(
        from_lane=start,
        to_lane=end,
        direction="l" if gives_way_to else "s",
        length_m=length_m,
        speed_mps=SPEED_MPS,
        junction_id=light,
        group_id=group,
        node_id="n",
        gives_way_to=gives_way_to,
        crosses=crosses,
        minor=bool(gives_way_to),
        waits_inside=waits_inside,
        inside_m=8.0 if waits_inside else 0.0,
    )


def _traffic(
    lanes: tuple[QueueLane, ...],
    links: tuple[QueueLink, ...],
    routes: tuple[tuple[int, ...], ...],
    trips: Sequence[DueTrip],
    begin_s: float,
) -> Traffic:
    return Traffic(
        begin_s=begin_s,
        end_s=begin_s + 3600.0,
        step_s=1.0,
        edges=tuple(f"e{number}" for number in range(len(lanes))),
        lanes=lanes,
        links=links,
        routes=routes,
        trips=tuple(trips),
        lost=FrozenMap({}),
    )
