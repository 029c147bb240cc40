"""The simulation itself: vehicles leave lanes one by one, second by second.

Time runs from 0 at the period's begin. A lane is looked at only in seconds in which
its first vehicle may go: a wheel of seconds holds, for each, a list of places. A
place is a lane, an edge where vehicles start, or the inside of a node on a link.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from numba import njit

from signalctl.optimiser.queue_model.tables import Floats, Ints
from signalctl.optimiser.signal_table import Codes

HALT: Final = 0
CLOSING: Final = 1
GO: Final = 3
NEVER: Final = -1
FREE: Final = 0
AT_RED: Final = 1
FOR_GAP: Final = 2
NO_ROOM: Final = 3


class Lamps(NamedTuple):
    """All signal tables behind each other: where each starts, its cycle, its second at time 0."""

    codes: Codes
    start: Ints
    cycle: Ints
    shift: Ints


class Rates(NamedTuple):
    """Parameters of the model that the loop needs itself."""

    react_s: float
    start_up_s: float
    start_up_ratio: float
    usable_amber_s: float
    merge_s: float
    stop_after_s: float
    stop_sign_s: float
    change_m: float
    impatient_after_s: float
    impatience: float


class Work(NamedTuple):
    """Memory of a run, used again by the next one."""

    arrive: Floats
    """Of a visit: when it can be at the stop line."""
    gone: Floats
    """Of a visit: when it left its lane; negative before."""
    lane: Ints
    link: Ints
    behind: Ints
    """Of a visit: the next one on its lane, in order of entry."""
    behind_inside: Ints
    halts_before: Ints
    lost_s: Floats
    """Of a vehicle."""
    head: Ints
    tail: Ints
    holding: Ints
    """First visit whose room on the lane is not free again."""
    used_m: Floats
    ready: Floats
    entered: Floats
    """Earliest next entry into a lane that several lanes lead to."""
    state: Ints
    halts: Ints
    moved: Ints
    """Vehicles gone since the lane last stood."""
    moved_m: Floats
    cleared: Floats
    """When the last vehicle of a link has left the node."""
    inside_head: Ints
    inside_tail: Ints
    inside_count: Ints
    inside_ready: Floats
    next_entry: Ints
    entry_ready: Floats
    wheel: Ints
    next_place: Ints


class Tally(NamedTuple):
    """What is measured. `totals`: see the constants below."""

    totals: Floats
    link_lost_s: Floats
    link_vehicles: Floats
    edge_queue_m: Floats


FINISHED: Final = 0
STOPS: Final = 1
LOST: Final = 2
STOPPED_EARLY: Final = 3
NEVER_IN: Final = 4


@njit(cache=True, nogil=True)
def shown(lamps, signal, row, second):  # type: ignore[no-untyped-def]  # numba infers
    """Code a link's group shows in a second."""
    cycle = lamps.cycle[signal]
    at = (second + lamps.shift[signal]) % cycle
    return lamps.codes[lamps.start[signal] + row * cycle + at]


@njit(cache=True, nogil=True)
def next_open(lamps, signal, row, second):  # type: ignore[no-untyped-def]  # numba infers
    """First second after this one in which the group may go; NEVER when none comes."""
    cycle = lamps.cycle[signal]
    first = lamps.start[signal] + row * cycle
    at = (second + lamps.shift[signal]) % cycle
    for ahead in range(1, cycle + 1):
        at += 1
        if at == cycle:
            at = 0
        if lamps.codes[first + at] > CLOSING:
            return second + ahead
    return NEVER


@njit(cache=True, nogil=True)
def green_end(lamps, signal, row, second, within):  # type: ignore[no-untyped-def]  # numba infers
    """Second in which the green before this closed second ended; NEVER when longer ago."""
    back = 1
    while back <= within + 1:
        if shown(lamps, signal, row, second - back) > CLOSING:
            return second - back + 1
        back += 1
    return NEVER


@njit(cache=True, nogil=True)
def has_room(roads, work, lane, length_m, now):  # type: ignore[no-untyped-def]  # numba infers
    """Whether a vehicle finds room at the begin of a lane."""
    if work.used_m[lane] + length_m <= roads.room_m[lane] or work.used_m[lane] <= 0.0:
        return True
    return False


@njit(cache=True, nogil=True)
def free_room(roads, drivers, trips, work, lane, now):  # type: ignore[no-untyped-def]  # numba infers
    """Give back the room of vehicles whose gap has reached the lane's begin."""
    at = work.holding[lane]
    while at >= 0 and work.gone[at] >= 0.0 and work.gone[at] + roads.hole_s[lane] <= now:
        work.used_m[lane] -= drivers.length_m[trips.kind[trips.visit_vehicle[at]]]
        at = work.behind[at]
    work.holding[lane] = at


@njit(cache=True, nogil=True)
def choose_lane(roads, drivers, trips, rates, work, visit, from_lane, length_m, now):  # type: ignore[no-untyped-def]  # numba infers
    """Option of the lane with the least queue on the visited edge; NEVER when all are full."""
    step = trips.step[visit]
    best, best_m = NEVER, 1e30
    for option in range(trips.option_ptr[step], trips.option_ptr[step + 1]):
        lane = trips.option_lane[option]
        free_room(roads, drivers, trips, work, lane, now)
        if not has_room(roads, work, lane, length_m, now):
            continue
        cost_m = work.used_m[lane] + trips.option_cost_m[option]
        if from_lane >= 0:
            changes = abs(roads.lane_rank[lane] - roads.lane_rank[from_lane])
            cost_m += 0.1 * changes + max(0.0, changes * rates.change_m - roads.room_m[lane])
        if cost_m < best_m:
            best, best_m = option, cost_m
    return best


@njit(cache=True, nogil=True)
def way_is_clear(roads, lamps, drivers, trips, rates, work, link, now, until, came):  # type: ignore[no-untyped-def]  # numba infers
    """Whether no vehicle with right of way is in the node or arrives before `until`."""
    for at in range(roads.foe_ptr[link], roads.foe_ptr[link + 1]):
        foe = roads.foe[at]
        if now < work.cleared[foe]:
            return False
        lane = roads.link_from[foe]
        visit = work.head[lane]
        if visit < 0:
            continue
        last = 1e30
        signal = roads.signal[foe]
        if signal >= 0:
            code = shown(lamps, signal, roads.row[foe], int(now))
            if code <= CLOSING:
                if work.state[lane] != FREE:
                    continue
                end = green_end(lamps, signal, roads.row[foe], int(now), int(rates.usable_amber_s))
                if end == NEVER:
                    continue
                last = end + rates.usable_amber_s
        if work.state[lane] >= FOR_GAP and roads.mutual[at] == 0:
            continue
        when = work.ready[lane]
        first = True
        while visit >= 0:
            when = max(when, work.arrive[visit])
            if when >= until or when >= last:
                break
            own = work.link[visit]
            if own == foe:
                if roads.mutual[at] == 0 or work.arrive[visit] < came:
                    return False
                break
            if first and work.state[lane] != FREE:
                break
            first = False
            when += drivers.headway_s[trips.kind[trips.visit_vehicle[visit]], own]
            visit = work.behind[visit]
    return True


@njit(cache=True, nogil=True)
def enlist(work, place, second):  # type: ignore[no-untyped-def]  # numba infers
    """Have a place looked at in a second."""
    if second < len(work.wheel):
        work.next_place[place] = work.wheel[second]
        work.wheel[second] = place


@njit(cache=True, nogil=True)
def stand(work, lane, why):  # type: ignore[no-untyped-def]  # numba infers
    """The queue of a lane stands from now on."""
    if work.state[lane] == FREE:
        work.halts[lane] += 1
    work.state[lane] = why
    work.moved[lane] = 0
    work.moved_m[lane] = 0.0


@njit(cache=True, nogil=True)
def queue_m(drivers, trips, work, lane, now):  # type: ignore[no-untyped-def]  # numba infers
    """Length of the queue that has formed on a lane, m."""
    total = 0.0
    visit = work.head[lane]
    while visit >= 0 and work.arrive[visit] <= now:
        total += drivers.length_m[trips.kind[trips.visit_vehicle[visit]]]
        visit = work.behind[visit]
    return total


@njit(cache=True, nogil=True)
def claim(drivers, trips, work, visit, option, came):  # type: ignore[no-untyped-def]  # numba infers
    """Take room on the chosen lane."""
    lane = trips.option_lane[option]
    kind = trips.kind[trips.visit_vehicle[visit]]
    work.lane[visit] = lane
    work.link[visit] = trips.option_link[option]
    work.used_m[lane] += drivers.length_m[kind]


@njit(cache=True, nogil=True)
def join(roads, drivers, trips, work, visit, at_s, now):  # type: ignore[no-untyped-def]  # numba infers
    """Put a vehicle whose room is claimed on its lane, front over the begin at `at_s`."""
    lane = work.lane[visit]
    vehicle = trips.visit_vehicle[visit]
    kind = trips.kind[vehicle]
    work.arrive[visit] = at_s + drivers.run_s[kind, lane]
    work.lost_s[vehicle] += drivers.run_lost_s[kind, lane]
    work.gone[visit] = -1.0
    work.behind[visit] = -1
    work.halts_before[visit] = work.halts[lane]
    tail = work.tail[lane]
    if work.head[lane] < 0:
        work.head[lane] = visit
        enlist(work, lane, max(now + 1, int(work.arrive[visit])))
    if tail >= 0:
        work.behind[tail] = visit
    if work.holding[lane] < 0:
        work.holding[lane] = visit
    work.tail[lane] = visit


@njit(cache=True, nogil=True)
def finish(drivers, trips, work, tally, visit, at_s):  # type: ignore[no-untyped-def]  # numba infers
    """The vehicle drives its last edge to the end: nothing holds it there."""
    vehicle = trips.visit_vehicle[visit]
    lane = trips.option_lane[trips.option_ptr[trips.step[visit]]]
    work.lost_s[vehicle] += drivers.run_lost_s[trips.kind[vehicle], lane]
    tally.totals[FINISHED] += 1.0


@njit(cache=True, nogil=True)
def is_last(trips, visit):  # type: ignore[no-untyped-def]  # numba infers
    """Whether a visit is the end of its route."""
    return visit + 1 == trips.visit_ptr[trips.visit_vehicle[visit] + 1]
