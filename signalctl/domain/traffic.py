"""Traffic on lanes: what a queue model of a network drives on, and who drives where and when.

Read from roads and demand by `networks`, simulated by `optimiser`. Numbers inside
refer by position: a link names its lanes, a lane its edge, a route its edges by
their place in the tuples of one `Traffic`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity

OCCUPANCY: Final[dict[str, float]] = {
    "passenger": 1.3,
    "taxi": 1.3,
    "bus": 20.0,
    "coach": 30.0,
    "tram": 60.0,
    "rail_urban": 100.0,
    "rail": 200.0,
}
"""Persons in a vehicle by SUMO class; every other class carries one. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """What a vehicle spends at a stop in the way of others, as a bus does in its lane; not parked.

    On the route's edge number `leg`, `at_m` from its begin, for `duration_s` and at least
    until `until_s`. It is no delay to the one who dwells.
    """

    leg: int
    at_m: float
    duration_s: float
    until_s: float = -math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class DueVehicle:
    """One vehicle of the demand: when it is due and its whole route, edge by edge.

    `length_m` includes the gap it keeps when standing. What stands after the route
    is how it drives (SUMO's maxSpeed, accel, decel, tau, sigma, with the values of its
    default car); `departs_moving` says that it is let in at speed, not from standing,
    `departs_close` that it is put close behind the one before wherever that is by then,
    not at the begin of the road; `departs_on` is the index of the one lane on which it is
    let in, None where it may choose.
    `picks_route` says that the simulation chooses its way when it departs, by what the
    roads ahead take then: another plan, another way.
    """

    id: str
    depart_s: float
    v_class: str
    length_m: float
    edges: tuple[str, ...]
    max_speed_mps: float = math.inf
    accel_mps2: float = 2.6
    decel_mps2: float = 4.5
    tau_s: float = 1.0
    sigma: float = 0.5
    departs_moving: bool = True
    departs_close: bool = False
    departs_on: int | None = None
    dwells: tuple[Dwell, ...] = ()
    picks_route: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLane:
    """One lane of a road. `edge` is the place of its edge in `Traffic.edges`."""

    id: str
    edge: int
    length_m: float
    speed_mps: float
    classes: frozenset[str]
    """Vehicle classes of the demand that may use it."""
    capacity: LaneCapacity | None = None
    """How it discharges at its signal, where that is known; else by the drivers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLink:
    """A way from lane to lane over a node.

    `junction_id` and `group_id` name the signal that holds it back, None where no
    light stands. `gives_way_to` are links (places in `Traffic.links`) that go first
    when the light does not separate them: for a permissive green, and always without
    light. `waits_inside` says that a vehicle may wait in the middle of the node.
    """

    from_lane: int
    to_lane: int
    direction: str
    length_m: float
    speed_mps: float
    junction_id: str | None
    group_id: str | None
    node_id: str
    gives_way_to: tuple[int, ...] = ()
    crosses: tuple[int, ...] = ()
    """Links whose paths cross or merge with this one's, whoever goes first."""
    minor: bool = False
    """Gives way to somebody, be it to links that nobody of this traffic drives: so it is
    approached slowly."""
    stops_first: bool = False
    """A stop sign: a full stop before giving way."""
    waits_inside: bool = False
    inside_m: float = 0.0
    """From the stop line to where it waits inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTrip:
    """A vehicle of the demand as the model drives it: `route` is a place in `Traffic.routes`.

    The rest as in `DueVehicle`.
    """

    depart_s: float
    route: int
    v_class: str
    length_m: float
    max_speed_mps: float = math.inf
    accel_mps2: float = 2.6
    decel_mps2: float = 4.5
    tau_s: float = 1.0
    sigma: float = 0.5
    departs_moving: bool = True
    departs_close: bool = False
    departs_on: int | None = None
    dwells: tuple[Dwell, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Lanes, links, routes and due vehicles of one period, in order of departure.

    `routes` are edges by their place in `edges`. `step_s` is the time step of the
    simulation the model stands for, because capacity depends on it. `lost` counts
    vehicles that could not be placed, by reason.
    """

    begin_s: float
    end_s: float
    step_s: float
    edges: tuple[str, ...]
    lanes: tuple[QueueLane, ...]
    links: tuple[QueueLink, ...]
    routes: tuple[tuple[int, ...], ...]
    trips: tuple[DueTrip, ...]
    lost: FrozenMap[str, int]
    time_to_teleport_s: float = -1.0
    """After so long a standing vehicle is moved on by the simulation; not above 0: never."""
