"""The loop over seconds: who leaves a lane, a node's inside, the outside, and when.

Time runs from 0 at the period's begin. A place (a lane, a gate where vehicles
start, the inside of a node on a link) is looked at only in seconds in which its
first vehicle may go.
"""

from __future__ import annotations

import math
from typing import Final

from signalctl.optimiser.queue_model.compiled import compiled, entry
from signalctl.optimiser.queue_model.lamps import NEVER, green_end, next_open, shown
from signalctl.optimiser.queue_model.lanes import (
    NOT_YET_S,
    choose_lane,
    claim,
    drive_over,
    finish,
    is_full,
    is_last,
    join,
    leave,
    look_at,
    note_queue,
    stand,
    wait_for_room,
    wake,
)
from signalctl.optimiser.queue_model.right_of_way import (
    AT_RED,
    CLEAR,
    FOR_GAP,
    FREE,
    NO_ROOM,
    shut_until,
)
from signalctl.optimiser.queue_model.state import Floats, State
from signalctl.optimiser.queue_model.teleport import take_off_who_stands
from signalctl.optimiser.signal_table import CLOSING, GO

DELAY: Final = 0
PERSON_DELAY: Final = 1
STOPS: Final = 2
_LOOK_EVERY_S: Final = 64
_TAKE_OFF_EVERY_S: Final = 5
_THROUGH_A_GAP: Final = 0
_FREELY: Final = 1


@compiled
def patience(m: State, waited_s: float) -> float:
    """What is left of the gap a driver asks for after waiting."""
    rates = m.rates[0]
    return float(1.0 - rates.impatience * min(1.0, waited_s / rates.impatient_after_s))


@compiled
def permission(m: State, lane: int, link: int, go_s: float) -> tuple[int, float]:
    """How the lamps let a vehicle go, NEVER for not now; then also when to ask again."""
    own = m.links[link]
    by_signs = _THROUGH_A_GAP if own.minor == 1 else _FREELY
    if own.signal < 0:
        return by_signs, go_s
    second = math.floor(go_s)
    code = shown(m, own.signal, own.row, second)
    if code > CLOSING:
        return (_FREELY if code == GO else by_signs), go_s
    if m.lanes[lane].state == FREE:
        one = m.visits[m.lanes[lane].head]
        times = m.kind_links[m.vehicles[one.vehicle].kind, link]
        queued = go_s > one.arrive_s + 0.5
        usable_s = times.amber_in_queue_s if queued else times.amber_s
        end = green_end(m, own.signal, own.row, second, usable_s)
        if end != NEVER and go_s < end + usable_s:
            protected = shown(m, own.signal, own.row, end - 1) == GO
            return (_FREELY if protected else by_signs), go_s
    opens = next_open(m, own.signal, own.row, second)
    return NEVER, (NOT_YET_S if opens == NEVER else opens + m.rates[0].react_s)


@compiled
def serve_lane(m: State, lane: int, now: int) -> int:
    """Let go who can within this second; the second to look again, NEVER when it is empty."""
    own = m.lanes[lane]
    own.listed = 0
    if own.state == NO_ROOM:
        own.ready_s = max(own.ready_s, float(now))
    while own.head >= 0:
        visit = own.head
        one = m.visits[visit]
        link = m.links[one.link]
        if own.shut > 0 and link.count == 0:
            stand(m, lane, FOR_GAP, now + 1.0)
            return now + 1
        go_s = max(one.arrive_s + m.rates[0].stop_sign_s * link.stop_sign, own.ready_s)
        if go_s >= now + 1:
            return int(go_s)
        how, when_s = permission(m, lane, one.link, go_s)
        if how == NEVER:
            stand(m, lane, AT_RED, when_s)
            continue
        if link.barred > 0:
            stand(m, lane, NO_ROOM, now + 1.0)
            return now + 1
        if link.merges == 1 and m.lanes[link.end].entered_s > go_s:
            own.ready_s = m.lanes[link.end].entered_s
            continue
        ends = is_last(m, visit + 1)
        option = NEVER if ends else choose_lane(m, visit + 1, link.end, now)
        if option == NEVER and not ends:
            stand(m, lane, NO_ROOM, go_s)
            wait_for_room(m, lane, m.lanes[link.end].edge, now)
            return NEVER
        inside = False
        if how == _THROUGH_A_GAP:
            look_s = no_gap_until(m, lane, visit, go_s)
            inside = look_s != CLEAR
            if inside and link.count >= link.inside:
                stand(m, lane, FOR_GAP, look_s)
                continue
        lost_s = leave(m, lane, visit, go_s, how == _THROUGH_A_GAP, now)
        if link.merges == 1:
            m.lanes[link.end].entered_s = go_s + m.rates[0].merge_s
        if not ends:
            claim(m, visit + 1, option)
        if inside:
            wait_inside(m, one.link, visit + 1, go_s, lost_s, now)
        else:
            drive_over(m, one.link, visit + 1, go_s, lost_s, now)
    return NEVER


@compiled
def no_gap_until(m: State, lane: int, visit: int, go_s: float) -> float:
    """CLEAR where the first vehicle of a lane may drive through without waiting in the node.

    Otherwise the second in which to look again.
    """
    one = m.visits[visit]
    if m.links[one.link].count > 0:
        return math.floor(go_s) + 1.0
    times = m.kind_links[m.vehicles[one.vehicle].kind, one.link]
    gap_s = times.gap_moving_s if m.lanes[lane].state == FREE else times.gap_standing_s
    gap_s *= patience(m, go_s - one.arrive_s)
    return float(shut_until(m, one.link, go_s, gap_s, one.arrive_s))


@compiled
def wait_inside(m: State, link: int, visit: int, go_s: float, lost_s: float, now: int) -> None:
    """Drive on to where one waits in the node; `visit` is the one on the next edge."""
    own, one = m.links[link], m.visits[visit]
    vehicle = m.vehicles[one.vehicle]
    vehicle.lost_s += lost_s
    one.arrive_s = go_s + m.kind_links[vehicle.kind, link].inside_s + lost_s
    one.behind_inside = -1
    if own.count == 0:
        own.head = visit
        look_at(m, len(m.lanes) + len(m.gates) + link, max(now + 1, int(one.arrive_s)))
    else:
        m.visits[own.tail].behind_inside = visit
    own.tail = visit
    own.count += 1
    m.lanes[own.start].shut += own.shuts


@compiled
def serve_inside(m: State, link: int, now: int) -> int:
    """Let those who wait inside the node on a link drive on; the second to look again."""
    own = m.links[link]
    while own.count > 0:
        if own.barred > 0:
            return now + 1
        visit = own.head
        one = m.visits[visit]
        vehicle = m.vehicles[one.vehicle]
        times = m.kind_links[vehicle.kind, link]
        go_s = max(one.arrive_s, own.ready_s)
        if go_s >= now + 1:
            return int(go_s)
        waited_s = go_s - one.arrive_s
        gap_s = times.gap_inside_s * patience(m, waited_s)
        if 0.0 < m.rates[0].teleport_s < waited_s:
            gap_s = 0.0
        look_s = shut_until(m, link, go_s, gap_s, one.arrive_s)
        if look_s != CLEAR and gap_s > 0.0:
            own.ready_s = look_s
            continue
        vehicle.lost_s += waited_s
        own.lost_s += waited_s
        lost_s = 0.0
        if waited_s > 0.5:
            lost_s = times.after_mps / (2.0 * m.kinds[vehicle.kind].accel_mps2)
        own.head = one.behind_inside
        own.count -= 1
        m.lanes[own.start].shut -= own.shuts
        own.ready_s = go_s + times.headway_s
        drive_over(m, link, visit, go_s - times.inside_s, lost_s, now)
    return NEVER


@compiled
def serve_gate(m: State, gate: int, now: int) -> int:
    """Let in who is due at a gate and finds room; the second to look again."""
    own = m.gates[gate]
    if own.held == 1:
        own.held = 0
        own.ready_s = max(own.ready_s, float(now))
    while own.next_entry < own.end_entry:
        vehicle = m.vehicles[m.entries[own.next_entry]]
        kind = m.kinds[vehicle.kind]
        go_s = max(vehicle.due_s, own.ready_s)
        if go_s >= now + 1:
            return int(go_s)
        ends = is_last(m, vehicle.first)
        option = m.option_ptr[m.visits[vehicle.first].step]
        if not ends:
            option = choose_lane(m, vehicle.first, own.lane, now)
            if option == NEVER or (own.lane >= 0 and is_full(m, own.lane, kind.length_m, now)):
                own.held = 1
                wait_for_room(m, len(m.lanes) + gate, own.edge, now)
                return NEVER
        lane = own.lane if own.lane >= 0 else m.options[option].lane
        if m.lanes[lane].entered_s > go_s:
            own.ready_s = m.lanes[lane].entered_s
            continue
        vehicle.lost_s += go_s - vehicle.due_s + kind.start_s
        own.next_entry += 1
        m.lanes[lane].entered_s = go_s + m.kind_lanes[vehicle.kind, lane].entry_s
        if ends:
            finish(m, vehicle.first)
        else:
            claim(m, vehicle.first, option)
            join(m, vehicle.first, go_s + kind.start_s, now)
    return NEVER


@compiled
def reset(m: State) -> None:
    """An empty network, everybody outside."""
    m.wheel[:] = -1
    for lane in m.lanes:
        lane.head = lane.tail = lane.holding = -1
        lane.state = lane.halts = lane.moved = lane.shut = lane.listed = lane.bars = 0
        lane.moved_m = lane.used_m = lane.here_m = lane.front_s = 0.0
        lane.ready_s = lane.entered_s = -1.0
    for link in m.links:
        link.head = link.tail = -1
        link.count = link.barred = 0
        link.ready_s = link.cleared_s = -1.0
        link.lost_s = link.vehicles = 0.0
    for vehicle in m.vehicles:
        vehicle.lost_s = 0.0
    totals = m.totals[0]
    totals.finished = totals.never_in = totals.stopped_early = totals.blocking = 0
    totals.stops = totals.lost_s = 0.0
    for number in range(len(m.edges)):
        edge = m.edges[number]
        edge.waiting = -1
        edge.woken = 0
        edge.queue_m = 0.0
    for number in range(len(m.gates)):
        gate = m.gates[number]
        gate.next_entry = gate.first_entry
        gate.ready_s = -1.0
        gate.held = 0
        look_at(m, len(m.lanes) + number, int(m.vehicles[m.entries[gate.first_entry]].due_s))


@compiled
def lost_so_far_s(m: State, now_s: float) -> tuple[float, float]:
    """Vehicle-seconds and person-seconds lost until now, those of who waits included."""
    total_s, persons_s = 0.0, 0.0
    for vehicle in m.vehicles:
        total_s += vehicle.lost_s
        persons_s += vehicle.lost_s * vehicle.persons
    for lane in m.lanes:
        visit = lane.head
        while visit >= 0:
            one = m.visits[visit]
            waited_s = max(0.0, now_s - one.arrive_s)
            total_s += waited_s
            persons_s += waited_s * m.vehicles[one.vehicle].persons
            visit = one.behind
    for gate in m.gates:
        for at in range(gate.next_entry, gate.end_entry):
            vehicle = m.vehicles[m.entries[at]]
            if vehicle.due_s >= now_s:
                break
            total_s += now_s - vehicle.due_s
            persons_s += (now_s - vehicle.due_s) * vehicle.persons
    return total_s, persons_s


@compiled
def is_hopeless(m: State, now_s: float, bounds: Floats) -> bool:
    """Whether one of the sums of delay, persons' delay and stops is sure to pass its bound."""
    if m.totals[0].stops > bounds[STOPS]:
        return True
    total_s, persons_s = lost_so_far_s(m, now_s)
    return bool(total_s > bounds[DELAY] or persons_s > bounds[PERSON_DELAY])


@compiled
def count_waiting(m: State, end_s: float) -> None:
    """Count what all who still wait at the end have lost there, and who was never let in."""
    for number in range(len(m.lanes)):
        if m.lanes[number].state != FREE:
            note_queue(m, number, end_s)
        visit = m.lanes[number].head
        while visit >= 0:
            one = m.visits[visit]
            m.vehicles[one.vehicle].lost_s += max(0.0, end_s - one.arrive_s)
            visit = one.behind
    for link in m.links:
        visit = link.head
        while link.count > 0 and visit >= 0:
            one = m.visits[visit]
            m.vehicles[one.vehicle].lost_s += max(0.0, end_s - one.arrive_s)
            visit = one.behind_inside
    for gate in m.gates:
        for at in range(gate.next_entry, gate.end_entry):
            vehicle = m.vehicles[m.entries[at]]
            vehicle.lost_s += max(0.0, end_s - vehicle.due_s)
            m.totals[0].never_in += 1


@entry
def simulate(m: State, seconds: int, bounds: Floats) -> None:
    """Run until the network is empty, at most `seconds`; results stand in the state.

    Gives up when a sum over all vehicles has passed its bound: vehicle-seconds at DELAY,
    person-seconds at PERSON_DELAY, stops at STOPS.
    """
    reset(m)
    lanes, gates, links, vehicles = len(m.lanes), len(m.gates), len(m.links), len(m.vehicles)
    end = seconds
    for now in range(seconds):
        if m.rates[0].teleport_s > 0.0 and now % _TAKE_OFF_EVERY_S == 0:
            take_off_who_stands(m, now)
        while m.wheel[now] >= 0:
            place = m.wheel[now]
            m.wheel[now] = m.next_place[place]
            if place < lanes:
                again = serve_lane(m, place, now)
            elif place < lanes + gates:
                again = serve_gate(m, place - lanes, now)
            elif place < lanes + gates + links:
                again = serve_inside(m, place - lanes - gates, now)
            else:
                again = NEVER
                m.edges[place - lanes - gates - links].woken = 0
                wake(m, place - lanes - gates - links, now)
            if again != NEVER:
                look_at(m, place, again)
        if m.totals[0].finished == vehicles:
            end = now
            break
        if now % _LOOK_EVERY_S == 0 and is_hopeless(m, now, bounds):
            m.totals[0].stopped_early = 1
            end = now
            break
    count_waiting(m, end)
