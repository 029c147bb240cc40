"""Vehicles on lanes: room, choice of lane, queue order, leaving over the stop line."""

from __future__ import annotations

import math
from typing import Final

from signalctl.optimiser.queue_model.compiled import compiled
from signalctl.optimiser.queue_model.lamps import NEVER
from signalctl.optimiser.queue_model.right_of_way import FREE
from signalctl.optimiser.queue_model.state import State

NOT_YET_S: Final = 1e9


@compiled
def look_at(m: State, place: int, second: int) -> None:
    """Have a place looked at in a second; beyond the end of time nothing happens."""
    if second < len(m.wheel):
        m.next_place[place] = m.wheel[second]
        m.wheel[second] = place


@compiled
def hole_s(m: State, lane: int) -> float:
    """How long a freed place takes to come up those on a lane, who may not reach to its begin."""
    own = m.lanes[lane]
    return float(own.hole_s * min(1.0, own.here_m / own.room_m))


@compiled
def wait_for_room(m: State, place: int, edge: int, now: int) -> None:
    """Look at a place again when one of an edge's lanes may have room."""
    own = m.edges[edge]
    m.next_place[place] = own.waiting
    own.waiting = place
    if own.woken == 1:
        return
    when_s = NOT_YET_S
    for number in range(own.first_lane, own.end_lane):
        lane = m.lanes[number]
        if lane.holding >= 0 and m.visits[lane.holding].gone_s >= 0.0:
            when_s = min(when_s, m.visits[lane.holding].freed_s)
    if when_s < NOT_YET_S:
        wake_later(m, edge, max(now + 1, math.ceil(when_s)))


@compiled
def wake_later(m: State, edge: int, second: int) -> None:
    """Have all that wait for room on an edge look again in a second."""
    m.edges[edge].woken = 1
    look_at(m, len(m.lanes) + len(m.gates) + len(m.links) + edge, second)


@compiled
def wake(m: State, edge: int, now: int) -> None:
    """Have all that wait for room on an edge look in this second, who came first first."""
    own = m.edges[edge]
    place = own.waiting
    own.waiting = -1
    while place >= 0:
        following = m.next_place[place]
        look_at(m, place, now)
        place = following


@compiled
def tell_of_room(m: State, lane: int, go_s: float, freed_s: float, now: int) -> None:
    """A vehicle has left a lane: wake who waits for its room when that has come up the queue."""
    own = m.lanes[lane]
    edge = m.edges[own.edge]
    if edge.waiting < 0:
        return
    if own.head < 0 or m.visits[own.head].arrive_s >= go_s:
        wake(m, own.edge, now)
    elif edge.woken == 0:
        wake_later(m, own.edge, max(now + 1, math.ceil(freed_s)))


@compiled
def bar(m: State, lane: int) -> None:
    """Bar what crosses the paths of those who stand in the node behind a queue that is too long.

    They drove in while those ahead still moved, as SUMO's drivers do.
    """
    own = m.lanes[lane]
    filled_m = 0.0
    visit = own.head
    while visit >= 0:
        one = m.visits[visit]
        vehicle = m.vehicles[one.vehicle]
        length_m = m.kinds[vehicle.kind].length_m
        filled_m += length_m
        if visit > vehicle.first and filled_m > own.room_m + length_m:
            own.bars = 1
            one.bars = 1
            link = m.visits[visit - 1].link
            change_bars(m, link, 1)
            if m.links[link].first_cross < m.links[link].end_cross:
                m.totals[0].blocking += 1
        visit = one.behind


@compiled
def unbar(m: State, lane: int) -> None:
    """The queue of a lane moves: nobody stands in the node behind it any more."""
    own = m.lanes[lane]
    own.bars = 0
    visit = own.head
    while visit >= 0:
        one = m.visits[visit]
        if one.bars == 1:
            one.bars = 0
            change_bars(m, m.visits[visit - 1].link, -1)
        visit = one.behind


@compiled
def change_bars(m: State, link: int, by: int) -> None:
    """Count a vehicle that stands on a link's path, or no longer does, for all it crosses."""
    own = m.links[link]
    for at in range(own.first_cross, own.end_cross):
        m.links[m.crosses[at]].barred += by


@compiled
def stand(m: State, lane: int, why: int, until_s: float) -> None:
    """The queue of a lane stands, at least until a time."""
    own = m.lanes[lane]
    if own.state == FREE:
        own.halts += 1
        if own.used_m > own.room_m:
            bar(m, lane)
    own.state = why
    own.moved = 0
    own.moved_m = 0.0
    own.ready_s = max(own.ready_s, until_s)


@compiled
def give_back_room(m: State, lane: int, now_s: float) -> None:
    """Free the room of vehicles that left so long ago that the gap has come up the queue."""
    own = m.lanes[lane]
    visit = own.holding
    while visit >= 0:
        one = m.visits[visit]
        if one.gone_s < 0.0 or one.freed_s > now_s:
            break
        own.used_m -= m.kinds[m.vehicles[one.vehicle].kind].length_m
        visit = one.behind
    own.holding = visit


@compiled
def drives(m: State, visit: int, now_s: float) -> bool:
    """Whether one on its way along a lane drives freely: not there yet, nor at a stop."""
    one = m.visits[visit]
    return bool(one.arrive_s >= now_s >= one.dwelt_s)


@compiled
def is_full(m: State, lane: int, length_m: float, now_s: float) -> bool:
    """Whether a standing or starting queue reaches back to the lane's begin.

    Where the first vehicle still drives freely nobody has to stop: short lanes carry
    as much as long ones.
    """
    own = m.lanes[lane]
    if own.used_m <= 0.0 or own.used_m + length_m <= own.room_m:
        return False
    if own.state == FREE and (own.head < 0 or drives(m, own.head, now_s)):
        return False
    give_back_room(m, lane, now_s)
    return bool(own.used_m > 0.0 and own.used_m + length_m > own.room_m)


@compiled
def choose_lane(m: State, visit: int, beside: int, now_s: float) -> int:
    """Option of the lane with the least queue on the visited edge; NEVER when all are full.

    `beside` is the lane on which the edge is reached, negative for none.
    """
    step = m.visits[visit].step
    length_m = m.kinds[m.vehicles[m.visits[visit].vehicle].kind].length_m
    best, best_m = NEVER, 1e30
    for option in range(m.option_ptr[step], m.option_ptr[step + 1]):
        own = m.lanes[m.options[option].lane]
        if is_full(m, m.options[option].lane, length_m, now_s):
            continue
        cost_m = own.here_m + m.options[option].cost_m
        if beside >= 0:
            changes = abs(own.rank - m.lanes[beside].rank)
            cost_m += 0.1 * changes + max(0.0, changes * m.rates[0].change_m - own.room_m)
        if cost_m < best_m:
            best, best_m = option, cost_m
    return best


@compiled
def claim(m: State, visit: int, option: int) -> None:
    """Take room on the chosen lane."""
    one = m.visits[visit]
    one.lane = m.options[option].lane
    one.link = m.options[option].link
    length_m = m.kinds[m.vehicles[one.vehicle].kind].length_m
    m.lanes[one.lane].used_m += length_m
    m.lanes[one.lane].here_m += length_m


@compiled
def join(m: State, visit: int, at_s: float, now: int) -> None:
    """Put a vehicle whose room is claimed on its lane, over whose begin it comes at `at_s`."""
    one = m.visits[visit]
    own = m.lanes[one.lane]
    vehicle = m.vehicles[one.vehicle]
    times = m.kind_lanes[vehicle.kind, one.lane]
    one.arrive_s = at_s + times.run_s
    one.dwelt_s = -1.0
    if one.dwell_s > 0.0 or one.dwell_until_s > at_s:
        reached_s = at_s + one.dwell_share * times.run_s
        one.dwelt_s = max(reached_s + one.dwell_s, one.dwell_until_s)
        one.arrive_s = one.dwelt_s + (1.0 - one.dwell_share) * times.run_s
    vehicle.lost_s += times.run_lost_s
    one.gone_s = -1.0
    one.bars = 0
    one.behind = -1
    one.halts_before = own.halts
    if own.tail >= 0:
        m.visits[own.tail].behind = visit
    own.tail = visit
    if own.holding < 0:
        own.holding = visit
    if own.head < 0:
        own.head = visit
        own.front_s = one.arrive_s
        if own.listed == 0:
            look_at(m, one.lane, max(now + 1, int(one.arrive_s)))


@compiled
def note_queue(m: State, lane: int, now_s: float) -> None:
    """Keep the longest standing queue of the lane's edge."""
    total_m = 0.0
    visit = m.lanes[lane].head
    while visit >= 0 and m.visits[visit].arrive_s <= now_s:
        total_m += m.kinds[m.vehicles[m.visits[visit].vehicle].kind].length_m
        visit = m.visits[visit].behind
    edge = m.edges[m.lanes[lane].edge]
    edge.queue_m = max(edge.queue_m, total_m)


@compiled
def leave(m: State, lane: int, visit: int, go_s: float, yields: bool, now: int) -> float:
    """The first vehicle of a lane drives over the stop line; what starting costs it, s.

    The next one keeps the longer headway of the two.
    """
    own, one, rates = m.lanes[lane], m.visits[visit], m.rates[0]
    vehicle = m.vehicles[one.vehicle]
    times = m.kind_links[vehicle.kind, one.link]
    waited_s = go_s - one.arrive_s
    link = m.links[one.link]
    link.lost_s += waited_s
    link.vehicles += 1.0
    vehicle.lost_s += waited_s
    if waited_s > rates.stop_after_s:
        m.totals[0].stops += max(1, own.halts - one.halts_before)
    if own.state != FREE:
        note_queue(m, lane, go_s)
        own.state = FREE
        if own.bars == 1:
            unbar(m, lane)
    lost_s = times.yielding_lost_s if yields else times.turn_lost_s
    headway_s = times.yielding_s if yields else times.headway_s
    start_up_s = 0.0
    if waited_s > 0.5:
        over, after, accel = times.over_mps, times.after_mps, m.kinds[vehicle.kind].accel_mps2
        at_line = min(over, math.sqrt(2.0 * accel * own.moved_m))
        lost_s = (over - at_line) ** 2 / (2.0 * accel * over)
        if after > over:
            lost_s += (after - over) ** 2 / (2.0 * accel * after)
        if own.moved < 8:
            start_up_s = times.yielding_start_s if yields else times.start_up_s
            start_up_s *= rates.start_up_ratio**own.moved
    else:
        own.moved = 8
    own.moved += 1
    own.moved_m += m.kinds[vehicle.kind].length_m
    one.gone_s = go_s
    one.freed_s = go_s + hole_s(m, lane)
    own.here_m -= m.kinds[vehicle.kind].length_m
    own.head = one.behind
    if own.head >= 0:
        after_it = m.visits[own.head]
        follower = m.kind_links[m.vehicles[after_it.vehicle].kind, after_it.link]
        headway_s = max(headway_s, follower.yielding_s if yields else follower.headway_s)
    own.ready_s = go_s + headway_s + start_up_s
    own.front_s = go_s
    tell_of_room(m, lane, go_s, one.freed_s, now)
    return float(lost_s)


@compiled
def is_last(m: State, visit: int) -> bool:
    """Whether a visit is the end of its route."""
    return bool(visit + 1 == m.vehicles[m.visits[visit].vehicle].end)


@compiled
def finish(m: State, visit: int) -> None:
    """The vehicle drives its last edge to the end: nothing holds it there."""
    one = m.visits[visit]
    lane = m.options[m.option_ptr[one.step]].lane
    vehicle = m.vehicles[one.vehicle]
    vehicle.lost_s += m.kind_lanes[vehicle.kind, lane].run_lost_s
    m.totals[0].finished += 1


@compiled
def drive_over(m: State, link: int, visit: int, go_s: float, lost_s: float, now: int) -> None:
    """Drive over the node from `go_s` on; `visit` is the one on the next edge."""
    vehicle = m.vehicles[m.visits[visit].vehicle]
    vehicle.lost_s += lost_s
    drive_s = m.kind_links[vehicle.kind, link].drive_s + lost_s
    rates = m.rates[0]
    m.links[link].cleared_s = go_s + rates.clear_share * drive_s + rates.clear_s
    if is_last(m, visit):
        finish(m, visit)
    else:
        join(m, visit, go_s + drive_s, now)
