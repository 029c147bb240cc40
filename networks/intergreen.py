"""Intergreens from geometry, by the method of the German guideline RiLSA.

For a clearing stream and an entering one that meet in a conflict point:

    t_z = t_ü + t_r - t_e,   t_r = (s_0 + l) / v_r,   t_e = s_e / v_e

with the over-run time t_ü (a vehicle may still cross the stop line that long
after green), the clearing distance s_0 and the entering distance s_e, measured
from the stop lines to the conflict point along the middle of the paths driven,
and a notional vehicle length l. Source: RiLSA (FGSV 321), edition 2015, part
2.4 Zwischenzeiten (German) and 2.5 Intergreen times (English edition).

The guideline itself was not at hand; each constant says how sure it is. Where
two values or cases could apply, the one with the longer intergreen is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    SignalGroup,
)
from signalctl.networks.polyline import (
    crossings_of,
    heading,
    joined,
    length_m,
    nearest,
    turned,
    turning,
)
from signalctl.networks.roads import Connection, Lane, Polyline, RoadGraph

# Clearing. Confirmed by two published calculation tools and by readers of RiLSA
# 2010/2015: 3 s and 10 m/s straight on at every speed limit, 2 s and 7 m/s
# turning, 1 s and 4 m/s cycles, 0 s and 1.2 m/s pedestrians. From memory of the
# guideline only: 5 m/s for turns tighter than 10 m.
STRAIGHT_OVERRUN_S: Final = 3.0
STRAIGHT_CLEARING_MPS: Final = 10.0
TURNING_OVERRUN_S: Final = 2.0
TURNING_CLEARING_MPS: Final = 7.0
TIGHT_TURN_CLEARING_MPS: Final = 5.0
TIGHT_TURN_RADIUS_M: Final = 10.0
CYCLE_OVERRUN_S: Final = 1.0
CYCLE_CLEARING_MPS: Final = 4.0
WALKING_CLEARING_MPS: Final = 1.2

# Notional lengths: 6 m for all motor vehicles (lorries and buses included), 15 m
# trams, 0 m cycles (RiLSA 2015, 2.4, as quoted by the German Wikipedia article
# "Zwischenzeit (Verkehrstechnik)").
VEHICLE_LENGTH_M: Final = 6.0
TRAM_LENGTH_M: Final = 15.0

# Trams with signals of their own: RiLSA grades the over-run time with speed, 3 s at
# 30 km/h to 7 s at 70 km/h (from memory); cases with a stop before the stop line
# take 0 s and acceleration from rest. Which of both applies cannot be read from a
# network, so the longer one does. 1.0 m/s2 is a service acceleration of our choice.
TRAM_OVERRUN_S_PER_MPS: Final = 3.0 / (30.0 / 3.6)
START_MPS2: Final = 1.0

# Entering: motor vehicles cross the stop line at 40 km/h, whatever the limit and the
# direction (RiLSA 2015, 2.5.3 of the English edition); cycles 5 m/s (published tools);
# pedestrians 1.5 m/s, the fastest of the guideline's range, so that they enter early.
ENTERING_MPS: Final = 40.0 / 3.6
CYCLE_ENTERING_MPS: Final = 5.0
WALKING_ENTERING_MPS: Final = 1.5

WIDEST_VEHICLE_M: Final = 2.55
"""Paths that come nearer than this meet (permitted width: StVZO section 32)."""
STRAIGHT_DEGREES: Final = 30.0
"""A path that turns by less is driven straight on as well as turning."""


@dataclass(frozen=True, slots=True)
class _Clearing:
    """One way in which the last road user of a stream may clear."""

    overrun_s: float
    speed_mps: float
    length_m: float
    from_rest: bool = False

    def time_s(self, distance_m: float) -> float:
        """Time from end of green until the tail has passed a point, s."""
        way = distance_m + self.length_m
        if not self.from_rest:
            return self.overrun_s + way / self.speed_mps
        reach = self.speed_mps**2 / (2.0 * START_MPS2)
        if way <= reach:
            return self.overrun_s + math.sqrt(2.0 * way / START_MPS2)
        return self.overrun_s + self.speed_mps / START_MPS2 + (way - reach) / self.speed_mps


@dataclass(frozen=True, slots=True)
class _Stream:
    """A link's path over the junction from its stop line (or kerb), and how it is used."""

    path: Polyline
    origin: tuple[str, int]
    clearing: tuple[_Clearing, ...]
    entering_mps: float
    walk_width_m: float | None


def geometric_intergreens(
    roads: RoadGraph,
    tl_id: str,
    groups: Sequence[SignalGroup],
    conflicts: ConflictMatrix,
    *,
    cycles_among_vehicles: bool = False,
) -> IntergreenMatrix:
    """Intergreens of every conflicting pair of groups in both orders, whole seconds.

    Rounded up, and never below the amber of the group that ends: an intergreen
    of exactly the amber says that geometry needs nothing more. Pairs that give
    way (permissive greens) get values like hard ones. The worst pair of links
    counts. Streams meet where their paths cross; where they only run together,
    at their nearest approach. Links without any path (a lamp no road uses) get
    the amber alone, at least 1 s.

    `cycles_among_vehicles` also lets cyclists clear on every carriageway lane
    that admits them (RiLSA asks for it where they ride there; it adds seconds
    at wide junctions that shipped programs rarely grant).
    Source: module docstring. Raises nothing: every number comes from the network.
    """
    streams = {group.id: _streams(roads, tl_id, group, cycles_among_vehicles) for group in groups}
    by_id = {group.id: group for group in groups}
    seconds: dict[tuple[str, str], int] = {}
    for pair in sorted(_ordered_pairs(conflicts)):
        ending, starting = pair
        if ending not in by_id or starting not in by_id:
            continue
        needed_s = _worst(streams[ending], streams[starting])
        whole_s = 0 if needed_s is None else math.ceil(needed_s - 1e-6)
        seconds[pair] = max(whole_s, by_id[ending].amber_s, 1)
    return IntergreenMatrix.of(seconds)


def _ordered_pairs(conflicts: ConflictMatrix) -> set[tuple[str, str]]:
    pairs = conflicts.hard | conflicts.yields
    return {p for a, b in pairs if a != b for p in ((a, b), (b, a))}


def _streams(
    roads: RoadGraph, tl_id: str, group: SignalGroup, cycles_among_vehicles: bool
) -> tuple[_Stream, ...]:
    found = []
    for connection in roads.of_light(tl_id):
        if connection.link_index not in group.links:
            continue
        path = _path(roads, connection)
        if len(path) < 2 or length_m(path) <= 0.0:
            continue
        origin = (connection.from_edge, connection.from_lane)
        strip = roads.crossing_of(connection)
        if strip is not None:
            cases: tuple[_Clearing, ...] = (_Clearing(0.0, WALKING_CLEARING_MPS, 0.0),)
            width_m = strip.lanes[0].width_m
            found.append(_Stream(path, origin, cases, WALKING_ENTERING_MPS, width_m))
            continue
        lane = _lane(roads, connection.from_edge, connection.from_lane)
        if lane is None:
            continue
        ridden = cycles_among_vehicles and lane.allows("bicycle")
        degrees = _turn(roads, connection, path)
        cases = _clearing_cases(group.kind, connection.direction, path, degrees, lane, ridden)
        entering = CYCLE_ENTERING_MPS if group.kind is GroupKind.CYCLE else ENTERING_MPS
        if group.kind is GroupKind.TRAM:
            # A tram may pass its stop line at full speed when the signal clears.
            entering = max(entering, lane.speed_mps)
        found.append(_Stream(path, origin, cases, entering, None))
    return tuple(found)


def _path(roads: RoadGraph, connection: Connection) -> Polyline:
    """Path over the node: its internal lanes, or a straight line where there are none."""
    strip = roads.crossing_of(connection)
    lanes = roads.internal_path(connection) if strip is None else strip.lanes[:1]
    path = joined([lane.shape for lane in lanes])
    if len(path) >= 2:
        return path
    source = _lane(roads, connection.from_edge, connection.from_lane)
    target = _lane(roads, connection.to_edge, connection.to_lane)
    if source is None or target is None or not source.shape or not target.shape:
        return ()
    return source.shape[-1], target.shape[0]


def _lane(roads: RoadGraph, edge_id: str, index: int) -> Lane | None:
    edge = roads.edges.get(edge_id)
    return edge.lanes[index] if edge is not None and 0 <= index < len(edge.lanes) else None


def _turn(roads: RoadGraph, connection: Connection, path: Polyline) -> float:
    """By how much a path turns, degrees: lane to lane, as its own chords cut the bend short."""
    source = _lane(roads, connection.from_edge, connection.from_lane)
    target = _lane(roads, connection.to_edge, connection.to_lane)
    before = None if source is None else heading(source.shape, at_end=True)
    after = None if target is None else heading(target.shape, at_end=False)
    if before is None or after is None:
        return turning(path)
    return max(abs(turned(before, after)), turning(path))


def _clearing_cases(
    kind: GroupKind,
    direction: str,
    path: Polyline,
    degrees: float,
    lane: Lane,
    ridden: bool,
) -> tuple[_Clearing, ...]:
    """The RiLSA cases under which this stream may clear; the slowest will count."""
    if kind is GroupKind.CYCLE:
        return (_Clearing(CYCLE_OVERRUN_S, CYCLE_CLEARING_MPS, 0.0),)
    straight = _Clearing(STRAIGHT_OVERRUN_S, STRAIGHT_CLEARING_MPS, VEHICLE_LENGTH_M)
    radius_m = length_m(path) / math.radians(degrees) if degrees > 0 else math.inf
    tight = degrees > STRAIGHT_DEGREES and radius_m < TIGHT_TURN_RADIUS_M
    turn_mps = TIGHT_TURN_CLEARING_MPS if tight else TURNING_CLEARING_MPS
    turn = _Clearing(TURNING_OVERRUN_S, turn_mps, VEHICLE_LENGTH_M)
    if kind is GroupKind.TRAM:
        limit_mps = max(lane.speed_mps, 1.0)
        speed = min(limit_mps, turn_mps) if degrees > STRAIGHT_DEGREES else limit_mps
        overrun_s = max(STRAIGHT_OVERRUN_S, TRAM_OVERRUN_S_PER_MPS * speed)
        return (
            _Clearing(overrun_s, speed, TRAM_LENGTH_M),
            _Clearing(0.0, speed, TRAM_LENGTH_M, from_rest=True),
        )
    if direction == "s":
        cases = [straight]
    elif degrees > STRAIGHT_DEGREES:
        cases = [turn]
    else:
        cases = [straight, turn]
    if kind is GroupKind.BUS:
        cases.append(_Clearing(0.0, cases[-1].speed_mps, VEHICLE_LENGTH_M, from_rest=True))
    if ridden:
        cases.append(_Clearing(CYCLE_OVERRUN_S, CYCLE_CLEARING_MPS, 0.0))
    return tuple(cases)


def _worst(clearing: Sequence[_Stream], entering: Sequence[_Stream]) -> float | None:
    """Longest needed intergreen over all pairs of links that meet; None without a pair.

    Pairs of one lane only part, they never meet. When no pair meets, the one
    that comes nearest stands for the conflict that right of way states.
    """
    apart: tuple[float, float] | None = None
    met: float | None = None
    for a, b in product(clearing, entering):
        if a.origin == b.origin:
            continue
        points, distance_m = _meeting(a.path, b.path)
        needed = max(_needed_s(a, b, at_a, at_b, angle) for at_a, at_b, angle in points)
        reach = WIDEST_VEHICLE_M + (a.walk_width_m or 0.0) / 2 + (b.walk_width_m or 0.0) / 2
        if distance_m <= reach:
            met = needed if met is None else max(met, needed)
        elif apart is None or (distance_m, -needed) < (apart[0], -apart[1]):
            apart = (distance_m, needed)
    if met is not None:
        return met
    return apart[1] if apart is not None else None


def _meeting(a: Polyline, b: Polyline) -> tuple[list[tuple[float, float, float]], float]:
    """Points (along a, along b, angle between) where paths meet, and their distance apart."""
    crossed = crossings_of(a, b)
    if crossed:
        return crossed, 0.0
    distance, places = nearest(a, b)
    return [(at_a, at_b, math.pi / 2) for at_a, at_b in places], distance


def _needed_s(a: _Stream, b: _Stream, at_a: float, at_b: float, angle: float) -> float:
    """t_ü + t_r - t_e at one conflict point, for the slowest way of clearing."""
    # Across a crossing's strip the way is longer the flatter it is cut; below 30 degrees
    # the centre lines say little and the strip is taken as cut at 30 degrees.
    slant = max(math.sin(angle), 0.5)
    lane_m = WIDEST_VEHICLE_M / 2 / slant
    if b.walk_width_m is not None:
        # A vehicle clears the whole strip; a pedestrian may step out from either kerb.
        clear_m = at_a + b.walk_width_m / 2 / slant
        enter_m = min(at_b, length_m(b.path) - at_b) - lane_m
    elif a.walk_width_m is not None:
        # The pedestrian may come from either kerb and must leave the lane's far side.
        clear_m = min(max(at_a, length_m(a.path) - at_a) + lane_m, length_m(a.path))
        enter_m = at_b - a.walk_width_m / 2 / slant
    else:
        clear_m, enter_m = at_a, at_b
    entered_s = max(enter_m, 0.0) / b.entering_mps
    return max(case.time_s(clear_m) for case in a.clearing) - entered_s
