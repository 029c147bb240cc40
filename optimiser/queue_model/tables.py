"""The traffic of a queue model as arrays: roads, rights of way, drivers, routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.domain.traffic import OCCUPANCY, DueTrip, Traffic
from signalctl.optimiser.queue_model.parameters import Parameters
from signalctl.optimiser.queue_model.route_lanes import RouteLanes

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int32]


class Roads(NamedTuple):
    """Lanes, links and right of way. Lists of lists are flat, `*_ptr` tells the parts."""

    lane_edge: Ints
    lane_rank: Ints
    room_m: Floats
    """Queue a lane holds."""
    hole_s: Floats
    """Time a freed place takes to the lane's begin."""
    link_from: Ints
    link_to: Ints
    signal: Ints
    """Number of the link's signal table, -1 without light."""
    row: Ints
    merges: Ints
    """1 where links of several lanes end in the target lane."""
    stop_sign: Ints
    inside: Ints
    """Vehicles that may wait in the node."""
    foe_ptr: Ints
    foe: Ints
    mutual: Ints
    """1 where the foe gives way as well: first come, first served."""


class Drivers(NamedTuple):
    """By kind of vehicle (rows) and lane or link (columns): times in s."""

    length_m: Floats
    accel_mps2: Floats
    weight: Floats
    """Persons."""
    entry_s: Floats
    """Between two departures on one edge."""
    start_s: Floats
    """Lost in getting to speed after departure."""
    run_s: Floats
    run_lost_s: Floats
    headway_s: Floats
    link_s: Floats
    inside_s: Floats
    turn_lost_s: Floats
    link_mps: Floats
    after_mps: Floats
    gap_moving_s: Floats
    gap_standing_s: Floats
    gap_inside_s: Floats


class Trips(NamedTuple):
    """Vehicles by departure; a visit is one vehicle on one edge of its route."""

    due_s: Floats
    kind: Ints
    visit_ptr: Ints
    visit_vehicle: Ints
    step: Ints
    """Of each visit: which lanes serve the route from here on."""
    option_ptr: Ints
    option_lane: Ints
    option_link: Ints
    option_cost_m: Floats
    entry_ptr: Ints
    """Vehicles that start on each edge, in `entry`."""
    entry: Ints


def roads_of(
    traffic: Traffic, rows: Mapping[tuple[str, str], tuple[int, int]], parameters: Parameters
) -> Roads:
    """Arrays of lanes and links; `rows` tells table and row of (junction, group)."""
    lanes, links = traffic.lanes, traffic.links
    rank: list[int] = []
    seen: dict[int, int] = {}
    for lane in lanes:
        rank.append(seen.get(lane.edge, 0))
        seen[lane.edge] = rank[-1] + 1
    placed = [rows.get((k.junction_id or "", k.group_id or ""), (-1, 0)) for k in links]
    sources: dict[int, set[int]] = {}
    for link in links:
        sources.setdefault(link.to_lane, set()).add(link.from_lane)
    foes = [list(link.gives_way_to) for link in links]
    return Roads(
        lane_edge=_ints([lane.edge for lane in lanes]),
        lane_rank=_ints(rank),
        room_m=_floats([lane.length_m for lane in lanes]),
        hole_s=_floats([lane.length_m / parameters.hole_mps for lane in lanes]),
        link_from=_ints([link.from_lane for link in links]),
        link_to=_ints([link.to_lane for link in links]),
        signal=_ints([signal for signal, _ in placed]),
        row=_ints([row for _, row in placed]),
        merges=_ints([len(sources[link.to_lane]) > 1 for link in links]),
        stop_sign=_ints([link.stops_first for link in links]),
        inside=_ints(
            [
                max(1, int(k.inside_m / 7.5)) if k.waits_inside and k.gives_way_to else 0
                for k in links
            ]
        ),
        foe_ptr=_pointers(foes),
        foe=_ints([foe for own in foes for foe in own]),
        mutual=_ints([number in foes[foe] for number, own in enumerate(foes) for foe in own]),
    )


def drivers_of(traffic: Traffic, kinds: list[DueTrip], parameters: Parameters) -> Drivers:
    """Times of each kind of vehicle on each lane and link (formulas: Parameters)."""
    lane_mps = np.array([lane.speed_mps for lane in traffic.lanes])
    lane_m = np.array([lane.length_m for lane in traffic.lanes])
    link_m = np.array([link.length_m for link in traffic.links])
    inside_m = np.array([link.inside_m for link in traffic.links])
    own_mps = np.array([link.speed_mps for link in traffic.links])
    from_mps = lane_mps[[link.from_lane for link in traffic.links]]
    to_mps = lane_mps[[link.to_lane for link in traffic.links]]
    rows: dict[str, list[Floats]] = {}

    def add(name: str, row: Floats) -> None:
        rows.setdefault(name, []).append(row)

    for kind in kinds:
        dawdling = parameters.dawdling_mps(kind, traffic.step_s)
        speed = np.minimum(lane_mps, kind.max_speed_mps)
        add("run_s", lane_m / np.maximum(speed - dawdling, 0.5 * speed))
        add("run_lost_s", rows["run_s"][-1] - lane_m / speed)
        before = np.minimum(from_mps, kind.max_speed_mps)
        after = np.minimum(to_mps, kind.max_speed_mps)
        over = np.minimum(own_mps, kind.max_speed_mps)
        flow = np.minimum(over, before)
        add(
            "headway_s",
            np.array([parameters.headway_s(kind, mps, traffic.step_s) for mps in flow]),
        )
        add("link_s", link_m / over)
        add("inside_s", inside_m / over)
        slowing = np.maximum(before - over, 0.0) ** 2 / (2 * kind.decel_mps2 * before)
        gaining = np.maximum(after - over, 0.0) ** 2 / (2 * kind.accel_mps2 * after)
        add("turn_lost_s", slowing + gaining)
        add("link_mps", over)
        add("after_mps", after)
        for name, way_m, standing in (
            ("gap_moving_s", link_m, False),
            ("gap_standing_s", link_m, True),
            ("gap_inside_s", link_m - inside_m, True),
        ):
            gaps = [
                parameters.gap_s(kind, m, mps, standing=standing)
                for m, mps in zip(way_m, over, strict=True)
            ]
            add(name, np.array(gaps))
    lengths = np.array([kind.length_m for kind in kinds])
    accels = np.array([kind.accel_mps2 for kind in kinds])
    typical = float(np.median(lane_mps)) if len(lane_mps) else 1.0
    moving = np.array([kind.departs_moving for kind in kinds])
    steps = np.ceil(np.sqrt(2 * lengths / accels) / traffic.step_s) * traffic.step_s
    follow = np.array([parameters.headway_s(k, typical, traffic.step_s) for k in kinds])
    speeds = np.minimum(typical, [kind.max_speed_mps for kind in kinds])
    return Drivers(
        length_m=lengths,
        accel_mps2=accels,
        weight=np.array([OCCUPANCY.get(kind.v_class, 1.0) for kind in kinds]),
        entry_s=np.where(moving, follow, steps),
        start_s=np.where(moving, 0.0, speeds / (2 * accels)),
        **{name: np.array(row, dtype=np.float64) for name, row in rows.items()},
    )


def trips_of(traffic: Traffic, parameters: Parameters) -> tuple[Trips, list[DueTrip]]:
    """Arrays of all vehicles, and one trip for each kind of vehicle among them."""
    lanes = RouteLanes(traffic, parameters.change_m)
    kinds: dict[tuple[object, ...], int] = {}
    examples: list[DueTrip] = []
    steps: dict[tuple[tuple[int, int, float], ...], int] = {}
    route_steps: dict[tuple[int, str], list[int]] = {}
    kind, visits, step = [], [0], []
    starts: list[list[int]] = [[] for _ in traffic.edges]
    for number, trip in enumerate(traffic.trips):
        own = astuple(trip)[2:]
        if own not in kinds:
            kinds[own] = len(kinds)
            examples.append(trip)
        kind.append(kinds[own])
        route = traffic.routes[trip.route]
        key = (trip.route, trip.v_class)
        if key not in route_steps:
            found = [lanes.options(route[at : at + 4], trip.v_class) for at in range(len(route))]
            route_steps[key] = [steps.setdefault(options, len(steps)) for options in found]
        step += route_steps[key]
        visits.append(visits[-1] + len(route))
        starts[route[0]].append(number)
    options = list(steps)
    return (
        Trips(
            due_s=_floats([trip.depart_s - traffic.begin_s for trip in traffic.trips]),
            kind=_ints(kind),
            visit_ptr=_ints(visits),
            visit_vehicle=np.repeat(
                np.arange(len(kind), dtype=np.int32), np.diff(np.array(visits, dtype=np.int64))
            ),
            step=_ints(step),
            option_ptr=_pointers(options),
            option_lane=_ints([o[0] for own in options for o in own]),
            option_link=_ints([o[1] for own in options for o in own]),
            option_cost_m=_floats([o[2] for own in options for o in own]),
            entry_ptr=_pointers(starts),
            entry=_ints([number for own in starts for number in own]),
        ),
        examples,
    )


def _ints(values: list[int] | list[bool]) -> Ints:
    return np.array(values, dtype=np.int32)


def _floats(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _pointers(parts: list[list[int]] | list[tuple[tuple[int, int, float], ...]]) -> Ints:
    sizes = [len(part) for part in parts]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
