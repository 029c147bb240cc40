"""The traffic of a queue model as arrays: roads, rights of way, drivers, routes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final, cast

import numpy as np

from signalctl.domain.traffic import OCCUPANCY, DueTrip, Dwell, QueueLink, Traffic
from signalctl.optimiser.queue_model import state as layout
from signalctl.optimiser.queue_model.discharge import take_capacities
from signalctl.optimiser.queue_model.parameters import Parameters
from signalctl.optimiser.queue_model.route_lanes import LOOK_AHEAD, Option, RouteLanes
from signalctl.optimiser.queue_model.state import Floats, Ints, Records, State

_WAITING_PLACE_M: Final = 7.5
"""Road a car takes that waits in the middle of a node."""


def initial_state(
    traffic: Traffic,
    rows: Mapping[tuple[str, str], tuple[int, int]],
    parameters: Parameters,
    seconds: int,
) -> State:
    """The state before a run, without signals. `rows`: signal and row of (junction, group)."""
    trips, kinds = _trips(traffic, parameters)
    kind_links = _kind_links(traffic, kinds, parameters)
    kind_of = cast("Records", trips["vehicles"])["kind"].tolist()
    take_capacities(kind_links, traffic, kind_of, parameters)
    lanes, links = len(traffic.lanes), len(traffic.links)
    foes = [(foe, number) for number, k in enumerate(traffic.links) for foe in k.gives_way_to]
    return State(
        lanes=_lanes(traffic, parameters),
        links=_links(traffic, rows, parameters),
        foes=_records(
            layout.FOE,
            len(foes),
            link=[foe for foe, _ in foes],
            mutual=[number in traffic.links[foe].gives_way_to for foe, number in foes],
        ),
        crosses=np.array([c for k in traffic.links for c in k.crosses] or [0], dtype=np.int32),
        rates=_records(
            layout.RATES,
            1,
            teleport_s=[traffic.time_to_teleport_s],
            **{
                name: [getattr(parameters, name)]
                for name in layout.RATES.names or ()
                if name != "teleport_s"
            },
        ),
        wheel=np.zeros(seconds + 1, dtype=np.int32),
        next_place=np.zeros(
            lanes + len(trips["gates"]) + links + len(traffic.edges), dtype=np.int32
        ),
        totals=_records(layout.TOTALS, 1),
        signals=_records(layout.SIGNAL, 0),
        codes=np.zeros(1, dtype=np.uint8),
        kinds=_kinds(traffic, kinds),
        kind_lanes=_kind_lanes(traffic, kinds, parameters),
        kind_links=kind_links,
        **trips,  # type: ignore[arg-type]  # each array under its own name
    )


def _lanes(traffic: Traffic, parameters: Parameters) -> Records:
    rank: list[int] = []
    seen: dict[int, int] = {}
    for lane in traffic.lanes:
        rank.append(seen.get(lane.edge, 0))
        seen[lane.edge] = rank[-1] + 1
    lengths = [lane.length_m for lane in traffic.lanes]
    return _records(
        layout.LANE,
        len(traffic.lanes),
        edge=[lane.edge for lane in traffic.lanes],
        rank=rank,
        room_m=lengths,
        hole_s=[length / parameters.hole_mps for length in lengths],
    )


def _links(
    traffic: Traffic, rows: Mapping[tuple[str, str], tuple[int, int]], parameters: Parameters
) -> Records:
    links = traffic.links
    placed = [rows.get((k.junction_id or "", k.group_id or ""), (-1, 0)) for k in links]
    sources: dict[int, set[int]] = {}
    for link in links:
        sources.setdefault(link.to_lane, set()).add(link.from_lane)
    ends = list(accumulate(len(link.gives_way_to) for link in links))
    cross_ends = list(accumulate(len(link.crosses) for link in links))
    return _records(
        layout.LINK,
        len(links),
        start=[link.from_lane for link in links],
        end=[link.to_lane for link in links],
        signal=[signal for signal, _ in placed],
        row=[row for _, row in placed],
        merges=[len(sources[link.to_lane]) > 1 for link in links],
        stop_sign=[link.stops_first for link in links],
        minor=[link.minor or bool(link.gives_way_to) for link in links],
        inside=[_waiting_places(link) for link in links],
        shuts=[link.inside_m < parameters.pass_inside_m for link in links],
        seen_s=[
            parameters.seen_s(traffic.lanes[k.from_lane].speed_mps, traffic.step_s) for k in links
        ],
        first_foe=[0, *ends[:-1]] if ends else [],
        end_foe=ends,
        first_cross=[0, *cross_ends[:-1]] if cross_ends else [],
        end_cross=cross_ends,
    )


def _waiting_places(link: QueueLink) -> int:
    if not (link.waits_inside and link.gives_way_to):
        return 0
    return max(1, int(link.inside_m / _WAITING_PLACE_M))


def _kinds(traffic: Traffic, kinds: Sequence[DueTrip]) -> Records:
    typical = float(np.median([lane.speed_mps for lane in traffic.lanes] or [1.0]))
    lengths = np.array([kind.length_m for kind in kinds])
    accels = np.array([kind.accel_mps2 for kind in kinds])
    moving = np.array([kind.departs_moving for kind in kinds], dtype=bool)
    speeds = np.minimum(typical, [kind.max_speed_mps for kind in kinds])
    return _records(
        layout.KIND,
        len(kinds),
        length_m=lengths,
        accel_mps2=accels,
        start_s=np.where(moving, 0.0, speeds / (2 * accels)),
    )


def _kind_lanes(traffic: Traffic, kinds: Sequence[DueTrip], parameters: Parameters) -> Records:
    limits = np.array([lane.speed_mps for lane in traffic.lanes])
    lengths = np.array([lane.length_m for lane in traffic.lanes])
    found = np.zeros((len(kinds), len(traffic.lanes)), dtype=layout.KIND_LANE)
    for row, kind in zip(found, kinds, strict=True):
        speed = np.minimum(limits, kind.max_speed_mps)
        dawdling = parameters.dawdling_mps(kind, traffic.step_s)
        row["run_s"] = lengths / np.maximum(speed - dawdling, 0.5 * speed)
        row["run_lost_s"] = row["run_s"] - lengths / speed
        row["entry_s"] = _entries_s(kind, speed, traffic.step_s)
    return found


def _entries_s(kind: DueTrip, speeds: Floats, step_s: float) -> Floats:
    """Between two vehicles that start on a lane, s; whole steps unless one is put close behind.

    Who starts at speed needs the safe gap, without what dawdling adds later on (SUMO user
    documentation, departSpeed); before one that starts from standing the one before must
    have driven its length and gap.
    """
    moving_s = kind.tau_s + kind.length_m / speeds
    standing_s = math.sqrt(2 * kind.length_m / kind.accel_mps2)
    headways_s = moving_s if kind.departs_moving else np.full(len(speeds), standing_s)
    if kind.departs_close:
        return headways_s
    whole: Floats = np.ceil(headways_s / step_s) * step_s
    return whole


def _kind_links(traffic: Traffic, kinds: Sequence[DueTrip], parameters: Parameters) -> Records:
    links = traffic.links
    limits = np.array([lane.speed_mps for lane in traffic.lanes])
    ways_m = np.array([link.length_m for link in links])
    inside_m = np.array([link.inside_m for link in links])
    own = np.array([link.speed_mps for link in links])
    found = np.zeros((len(kinds), len(links)), dtype=layout.KIND_LINK)
    if not links:
        return found
    for row, kind in zip(found, kinds, strict=True):
        fastest = kind.max_speed_mps
        before = np.minimum(limits[[k.from_lane for k in links]], fastest)
        after = np.minimum(limits[[k.to_lane for k in links]], fastest)
        over = np.minimum(own, fastest)
        yielding = np.minimum(over, parameters.yielding_mps(kind))
        row["headway_s"] = _headways_s(kind, np.minimum(over, before), traffic, parameters)
        row["yielding_s"] = _headways_s(kind, np.minimum(yielding, before), traffic, parameters)
        row["start_up_s"] = [parameters.start_up_lost_s(kind, mps) for mps in over]
        row["yielding_start_s"] = [parameters.start_up_lost_s(kind, mps) for mps in yielding]
        for name, share in (("amber_s", 1.0), ("amber_in_queue_s", parameters.queue_speed)):
            row[name] = [
                parameters.usable_amber_s(kind, share * mps, traffic.step_s) for mps in over
            ]
        row["turn_lost_s"] = _slowed_s(kind, before, over, after)
        row["yielding_lost_s"] = _slowed_s(kind, before, yielding, after)
        row["drive_s"] = ways_m / over
        row["inside_s"] = inside_m / over
        row["over_mps"] = over
        row["after_mps"] = after
        for name, far_m, standing in (
            ("gap_moving_s", ways_m, False),
            ("gap_standing_s", ways_m, True),
            ("gap_inside_s", ways_m - inside_m, True),
        ):
            row[name] = [
                parameters.gap_s(kind, m, mps, standing=standing)
                for m, mps in zip(far_m, over, strict=True)
            ]
    return found


def _headways_s(
    kind: DueTrip, speeds: Floats, traffic: Traffic, parameters: Parameters
) -> list[float]:
    return [parameters.headway_s(kind, float(mps), traffic.step_s) for mps in speeds]


def _slowed_s(kind: DueTrip, before: Floats, at_line: Floats, after: Floats) -> Floats:
    """Time lost in slowing from one speed to another and gaining a third, s."""
    slowing_s = np.maximum(before - at_line, 0.0) ** 2 / (2 * kind.decel_mps2 * before)
    gaining_s = np.maximum(after - at_line, 0.0) ** 2 / (2 * kind.accel_mps2 * after)
    lost: Floats = slowing_s + gaining_s
    return lost


def _trips(
    traffic: Traffic, parameters: Parameters
) -> tuple[dict[str, Records | Ints], list[DueTrip]]:
    """Arrays of vehicles, visits and options, and one trip for each kind of vehicle."""
    lanes = RouteLanes(traffic, parameters.change_m)
    kinds: dict[DueTrip, int] = {}
    examples: list[DueTrip] = []
    steps: dict[tuple[Option, ...], int] = {}
    steps_of: dict[tuple[int, str], list[int]] = {}
    kind: list[int] = []
    step: list[int] = []
    owner: list[int] = []
    ends: list[int] = []
    numbers = {lane.id: number for number, lane in enumerate(traffic.lanes)}
    gates: dict[tuple[int, int, int], list[int]] = {}
    for number, trip in enumerate(traffic.trips):
        own = replace(trip, depart_s=0.0, route=0, departs_on=None, dwells=())
        if own not in kinds:
            kinds[own] = len(kinds)
            examples.append(own)
        kind.append(kinds[own])
        route = traffic.routes[trip.route]
        key = (trip.route, trip.v_class)
        if key not in steps_of:
            ahead = (route[at : at + LOOK_AHEAD] for at in range(len(route)))
            found = [lanes.options(each, trip.v_class) for each in ahead]
            steps_of[key] = [steps.setdefault(options, len(steps)) for options in found]
        step += steps_of[key]
        owner += [number] * len(route)
        ends.append(len(step))
        gates.setdefault(_gate(trip, traffic, numbers, steps_of[key][0]), []).append(number)
    starts = [0, *ends[:-1]] if ends else []
    visits = _records(layout.VISIT, len(step), vehicle=owner, step=step)
    lengths_m: dict[int, float] = {}
    for lane in traffic.lanes:
        lengths_m[lane.edge] = max(lengths_m.get(lane.edge, 0.0), lane.length_m)
    for first, trip in zip(starts, traffic.trips, strict=True):
        for dwell in trip.dwells:
            length_m = lengths_m[traffic.routes[trip.route][dwell.leg]]
            _add_dwell(visits[first + dwell.leg], dwell, length_m, traffic)
    options = [option for own in steps for option in own]
    entry_ends = list(accumulate(len(own) for own in gates.values()))
    lane_count = Counter(lane.edge for lane in traffic.lanes)
    lane_ends = list(accumulate(lane_count[edge] for edge in range(len(traffic.edges))))
    arrays: dict[str, Records | Ints] = {
        "vehicles": _records(
            layout.VEHICLE,
            len(kind),
            due_s=[trip.depart_s - traffic.begin_s for trip in traffic.trips],
            persons=[OCCUPANCY.get(trip.v_class, 1.0) for trip in traffic.trips],
            kind=kind,
            first=starts,
            end=ends,
        ),
        "visits": visits,
        "option_ptr": np.array([0, *accumulate(len(own) for own in steps)], dtype=np.int32),
        "options": _records(
            layout.OPTION,
            len(options),
            lane=[lane for lane, _, _ in options],
            link=[link for _, link, _ in options],
            cost_m=[cost for _, _, cost in options],
        ),
        "entries": np.array([number for own in gates.values() for number in own], dtype=np.int32),
        "gates": _records(
            layout.GATE,
            len(gates),
            edge=[edge for edge, _, _ in gates],
            lane=[lane for _, lane, _ in gates],
            first_entry=[0, *entry_ends[:-1]] if entry_ends else [],
            end_entry=entry_ends,
        ),
        "edges": _records(
            layout.EDGE,
            len(traffic.edges),
            first_lane=[0, *lane_ends[:-1]] if lane_ends else [],
            end_lane=lane_ends,
        ),
    }
    return arrays, examples


def _add_dwell(visit: np.void, dwell: Dwell, length_m: float, traffic: Traffic) -> None:
    """A dwell on an edge so long, with others there as one dwell; a simulation that moves on
    who stands for long lets nobody wait longer behind it."""
    duration_s = dwell.duration_s
    if traffic.time_to_teleport_s > 0:
        duration_s = min(duration_s, traffic.time_to_teleport_s)
    visit["dwell_s"] += duration_s
    visit["dwell_until_s"] = max(visit["dwell_until_s"], dwell.until_s - traffic.begin_s)
    visit["dwell_share"] = max(visit["dwell_share"], min(dwell.at_m / length_m, 1.0))


def _gate(
    trip: DueTrip, traffic: Traffic, numbers: Mapping[str, int], step: int
) -> tuple[int, int, int]:
    """Those with the same edge, lane and choice wait for each other outside, nobody else.

    SUMO tries everybody who waits in each step, except on a lane on which it has just
    failed to let somebody in (release 1.28, MSEdge::insertVehicle).
    """
    edge = traffic.routes[trip.route][0]
    lane = numbers.get(f"{traffic.edges[edge]}_{trip.departs_on}", -1)
    if lane >= 0 and trip.v_class in traffic.lanes[lane].classes:
        return edge, lane, -1
    return edge, -1, step


def _records(
    dtype: np.dtype[np.void], size: int, **fields: Sequence[float] | Floats | Ints
) -> Records:
    found = np.zeros(size, dtype=dtype)
    for name, values in fields.items():
        found[name] = values
    return found
