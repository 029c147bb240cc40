"""Taking vehicles off that stand too long, where the simulation does (SUMO's time-to-teleport)."""

from __future__ import annotations

from signalctl.optimiser.queue_model.compiled import compiled
from signalctl.optimiser.queue_model.lamps import NEVER
from signalctl.optimiser.queue_model.lanes import (
    NOT_YET_S,
    choose_lane,
    claim,
    finish,
    hole_s,
    is_last,
    join,
    look_at,
    note_queue,
    tell_of_room,
    unbar,
)
from signalctl.optimiser.queue_model.right_of_way import FREE, NO_ROOM
from signalctl.optimiser.queue_model.state import State


@compiled
def take_off_who_stands(m: State, now: int) -> None:
    """Take off each lane's first vehicle that has stood there too long.

    To be called before the places of a second are looked at: only then do all lanes
    without room ahead wait for it.
    """
    limit_s = m.rates[0].teleport_s
    for lane in range(len(m.lanes)):
        own = m.lanes[lane]
        if own.head < 0 or own.state == FREE:
            continue
        if now - max(own.front_s, m.visits[own.head].arrive_s) > limit_s:
            take_off(m, lane, now)


@compiled
def take_off(m: State, lane: int, now: int) -> None:
    """Move a lane's first vehicle on along its route, to the next edge that has room."""
    own, visit = m.lanes[lane], m.lanes[lane].head
    one = m.visits[visit]
    note_queue(m, lane, now)
    waited_s = now - one.arrive_s
    m.vehicles[one.vehicle].lost_s += waited_s
    m.links[one.link].lost_s += waited_s
    m.totals[0].stops += max(1, own.halts - one.halts_before)
    one.gone_s = now
    one.freed_s = now + hole_s(m, lane)
    own.here_m -= m.kinds[m.vehicles[one.vehicle].kind].length_m
    if own.bars == 1:
        unbar(m, lane)
    asleep = own.ready_s >= NOT_YET_S
    if own.state == NO_ROOM:
        asleep = stop_waiting(m, lane, m.lanes[m.links[one.link].end].edge)
    own.head = one.behind
    own.front_s = own.ready_s = float(now)
    own.state = FREE
    own.moved = 0
    own.moved_m = 0.0
    own.listed = 1
    if asleep:
        look_at(m, lane, now)
    tell_of_room(m, lane, now, one.freed_s, now)
    set_down(m, visit + 1, now)


@compiled
def stop_waiting(m: State, place: int, edge: int) -> bool:
    """Take a place off the list of those that wait for room on an edge, if it is there."""
    at, before = m.edges[edge].waiting, NEVER
    while at >= 0 and at != place:
        before, at = at, m.next_place[at]
    if at < 0:
        return False
    if before == NEVER:
        m.edges[edge].waiting = m.next_place[at]
    else:
        m.next_place[before] = m.next_place[at]
    return True


@compiled
def set_down(m: State, visit: int, now: int) -> None:
    """Let a vehicle go on from the first edge of the rest of its route that has room."""
    at_s = float(now)
    while not is_last(m, visit):
        option = choose_lane(m, visit, NEVER, at_s)
        if option != NEVER:
            claim(m, visit, option)
            join(m, visit, at_s, now)
            return
        lane = m.options[m.option_ptr[m.visits[visit].step]].lane
        at_s += m.kind_lanes[m.vehicles[m.visits[visit].vehicle].kind, lane].run_s
        visit += 1
    finish(m, visit)
