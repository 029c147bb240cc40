"""The loop over seconds: who leaves a lane, a node's inside, the outside, and when."""

from __future__ import annotations

import math

from numba import njit

from signalctl.optimiser.queue_model.kernel import (
    AT_RED,
    CLOSING,
    FINISHED,
    FOR_GAP,
    FREE,
    GO,
    LOST,
    NEVER,
    NEVER_IN,
    NO_ROOM,
    STOPPED_EARLY,
    STOPS,
    choose_lane,
    claim,
    enlist,
    finish,
    green_end,
    is_last,
    join,
    next_open,
    queue_m,
    shown,
    stand,
    way_is_clear,
)

_LOOK_EVERY_S = 64


@njit(cache=True, nogil=True)
def gap_now(drivers, rates, kind, link, waited_s, moving):  # type: ignore[no-untyped-def]  # numba infers
    """Gap a driver asks of a foe stream, s."""
    gap = drivers.gap_moving_s[kind, link] if moving else drivers.gap_standing_s[kind, link]
    return gap * (1.0 - rates.impatience * min(1.0, waited_s / rates.impatient_after_s))


@njit(cache=True, nogil=True)
def may_pass(roads, lamps, drivers, trips, rates, work, lane, visit, go):  # type: ignore[no-untyped-def]  # numba infers
    """What the lamps say: (1 go, 0 only through a gap, -1 not now) and the next time to ask."""
    link = work.link[visit]
    signal = roads.signal[link]
    gaps = 0 if roads.foe_ptr[link] < roads.foe_ptr[link + 1] else 1
    if signal < 0:
        return gaps, go
    row = roads.row[link]
    second = int(math.floor(go))
    code = shown(lamps, signal, row, second)
    if code > CLOSING:
        return (1 if code == GO else gaps), go
    if work.state[lane] == FREE:
        end = green_end(lamps, signal, row, second, int(rates.usable_amber_s))
        if end != NEVER and go < end + rates.usable_amber_s:
            return (1 if shown(lamps, signal, row, end - 1) == GO else gaps), go
    opens = next_open(lamps, signal, row, second)
    return -1, (1e30 if opens == NEVER else opens + rates.react_s)


@njit(cache=True, nogil=True)
def leave(roads, drivers, trips, rates, work, tally, lane, visit, go, now):  # type: ignore[no-untyped-def]  # numba infers
    """The first vehicle of a lane drives over the stop line; what starting costs it, s."""
    link = work.link[visit]
    vehicle = trips.visit_vehicle[visit]
    kind = trips.kind[vehicle]
    waited = go - work.arrive[visit]
    tally.link_lost_s[link] += waited
    tally.link_vehicles[link] += 1.0
    work.lost_s[vehicle] += waited
    if waited > rates.stop_after_s:
        tally.totals[STOPS] += max(1, work.halts[lane] - work.halts_before[visit])
    if work.state[lane] != FREE:
        edge = roads.lane_edge[lane]
        length = queue_m(drivers, trips, work, lane, go)
        tally.edge_queue_m[edge] = max(tally.edge_queue_m[edge], length)
        work.state[lane] = FREE
    if waited > 0.5:
        over, after = drivers.link_mps[kind, link], drivers.after_mps[kind, link]
        accel = drivers.accel_mps2[kind]
        at_line = min(over, math.sqrt(2.0 * accel * work.moved_m[lane]))
        lost = (over - at_line) ** 2 / (2.0 * accel * over)
        if after > over:
            lost += (after - over) ** 2 / (2.0 * accel * after)
        start_up = rates.start_up_s * rates.start_up_ratio ** work.moved[lane]
    else:
        lost, start_up = drivers.turn_lost_s[kind, link], 0.0
        work.moved[lane] = 9
    work.moved[lane] += 1
    work.moved_m[lane] += drivers.length_m[kind]
    work.ready[lane] = go + drivers.headway_s[kind, link] + start_up
    work.gone[visit] = go
    work.head[lane] = work.behind[visit]
    return lost


@njit(cache=True, nogil=True)
def enter_node(roads, drivers, trips, work, tally, link, visit, go, lost, now):  # type: ignore[no-untyped-def]  # numba infers
    """Drive over the node at `go` without stopping; `visit` is the next edge's."""
    vehicle = trips.visit_vehicle[visit]
    work.lost_s[vehicle] += lost
    at_s = go + drivers.link_s[trips.kind[vehicle], link] + lost
    work.cleared[link] = at_s
    if is_last(trips, visit):
        finish(drivers, trips, work, tally, visit, at_s)
    else:
        join(roads, drivers, trips, work, visit, at_s, now)


@njit(cache=True, nogil=True)
def serve_lane(roads, lamps, drivers, trips, rates, work, tally, lane, now):  # type: ignore[no-untyped-def]  # numba infers
    """Let go who can within this second; the second to look again, NEVER when the lane is empty."""
    while True:
        visit = work.head[lane]
        if visit < 0:
            return NEVER
        link = work.link[visit]
        go = max(work.arrive[visit], work.ready[lane])
        if roads.stop_sign[link] == 1:
            go = max(go, work.arrive[visit] + rates.stop_sign_s)
        if go >= now + 1:
            return int(min(go, 2e9))
        passes, when = may_pass(roads, lamps, drivers, trips, rates, work, lane, visit, go)
        if passes < 0:
            stand(work, lane, AT_RED)
            work.ready[lane] = max(work.ready[lane], when)
            continue
        target = roads.link_to[link]
        if roads.merges[link] == 1 and work.entered[target] > go:
            work.ready[lane] = work.entered[target]
            continue
        kind = trips.kind[trips.visit_vehicle[visit]]
        last = is_last(trips, visit + 1)
        option = NEVER
        if not last:
            length = drivers.length_m[kind]
            option = choose_lane(roads, drivers, trips, rates, work, visit + 1, target, length, now)
            if option == NEVER:
                stand(work, lane, NO_ROOM)
                work.ready[lane] = now + 1.0
                continue
        inside = False
        if passes == 0:
            waited = go - work.arrive[visit]
            moving = work.state[lane] == FREE
            until = go + gap_now(drivers, rates, kind, link, waited, moving)
            came = work.arrive[visit]
            if work.inside_count[link] > 0 or not way_is_clear(
                roads, lamps, drivers, trips, rates, work, link, go, until, came
            ):
                if work.inside_count[link] >= roads.inside[link]:
                    stand(work, lane, FOR_GAP)
                    work.ready[lane] = now + 1.0
                    continue
                inside = True
        lost = leave(roads, drivers, trips, rates, work, tally, lane, visit, go, now)
        if roads.merges[link] == 1:
            work.entered[target] = go + rates.merge_s
        if not last:
            claim(drivers, trips, work, visit + 1, option, go)
        if not inside:
            enter_node(roads, drivers, trips, work, tally, link, visit + 1, go, lost, now)
            continue
        work.lost_s[trips.visit_vehicle[visit]] += lost
        work.arrive[visit + 1] = go + drivers.inside_s[kind, link] + lost
        work.behind_inside[visit + 1] = -1
        if work.inside_count[link] == 0:
            work.inside_head[link] = visit + 1
            place = len(work.head) + len(work.next_entry) + link
            enlist(work, place, max(now + 1, int(work.arrive[visit + 1])))
        else:
            work.behind_inside[work.inside_tail[link]] = visit + 1
        work.inside_tail[link] = visit + 1
        work.inside_count[link] += 1


@njit(cache=True, nogil=True)
def serve_inside(roads, lamps, drivers, trips, rates, work, tally, link, now):  # type: ignore[no-untyped-def]  # numba infers
    """Let those who wait inside the node on a link go on; the second to look again."""
    while work.inside_count[link] > 0:
        visit = work.inside_head[link]
        vehicle = trips.visit_vehicle[visit]
        kind = trips.kind[vehicle]
        came = work.arrive[visit]
        go = max(came, work.inside_ready[link])
        if go >= now + 1:
            return int(go)
        gap = drivers.gap_inside_s[kind, link]
        gap *= 1.0 - rates.impatience * min(1.0, (go - came) / rates.impatient_after_s)
        if not way_is_clear(roads, lamps, drivers, trips, rates, work, link, go, go + gap, came):
            work.inside_ready[link] = now + 1.0
            return now + 1
        waited = go - came
        work.lost_s[vehicle] += waited
        tally.link_lost_s[link] += waited
        lost = 0.0
        if waited > 0.5:
            after = drivers.after_mps[kind, link]
            lost = after / (2.0 * drivers.accel_mps2[kind])
        work.inside_head[link] = work.behind_inside[visit]
        work.inside_count[link] -= 1
        work.inside_ready[link] = go + drivers.headway_s[kind, link]
        rest = drivers.inside_s[kind, link]
        enter_node(roads, drivers, trips, work, tally, link, visit, go - rest, lost, now)
    return NEVER


@njit(cache=True, nogil=True)
def serve_entry(roads, drivers, trips, rates, work, tally, edge, now):  # type: ignore[no-untyped-def]  # numba infers
    """Let in who is due on an edge and finds room; the second to look again."""
    while True:
        at = work.next_entry[edge]
        if at == trips.entry_ptr[edge + 1]:
            return NEVER
        vehicle = trips.entry[at]
        kind = trips.kind[vehicle]
        go = max(trips.due_s[vehicle], work.entry_ready[edge])
        if go >= now + 1:
            return int(go)
        visit = trips.visit_ptr[vehicle]
        last = is_last(trips, visit)
        if not last:
            option = choose_lane(
                roads, drivers, trips, rates, work, visit, -1, drivers.length_m[kind], now
            )
            if option == NEVER:
                work.entry_ready[edge] = now + 1.0
                return now + 1
            claim(drivers, trips, work, visit, option, go)
        lost = drivers.start_s[kind]
        work.lost_s[vehicle] += go - trips.due_s[vehicle] + lost
        work.next_entry[edge] += 1
        work.entry_ready[edge] = go + drivers.entry_s[kind]
        if last:
            finish(drivers, trips, work, tally, visit, go)
        else:
            join(roads, drivers, trips, work, visit, go + lost, now)


@njit(cache=True, nogil=True)
def count_waiting(trips, work, end_s, links):  # type: ignore[no-untyped-def]  # numba infers
    """Add what all who wait at `end_s` have lost there; how many were never let in."""
    for lane in range(len(work.head)):
        visit = work.head[lane]
        while visit >= 0:
            work.lost_s[trips.visit_vehicle[visit]] += max(0.0, end_s - work.arrive[visit])
            visit = work.behind[visit]
    for link in range(links):
        visit = work.inside_head[link] if work.inside_count[link] > 0 else -1
        while visit >= 0:
            work.lost_s[trips.visit_vehicle[visit]] += max(0.0, end_s - work.arrive[visit])
            visit = work.behind_inside[visit]
    outside = 0
    for edge in range(len(work.next_entry)):
        for at in range(work.next_entry[edge], trips.entry_ptr[edge + 1]):
            vehicle = trips.entry[at]
            work.lost_s[vehicle] += max(0.0, end_s - trips.due_s[vehicle])
            outside += 1
    return outside


@njit(cache=True, nogil=True)
def waiting_s(trips, work, now):  # type: ignore[no-untyped-def]  # numba infers
    """Vehicle-seconds that those waiting now have lost on their present edges."""
    total = 0.0
    for lane in range(len(work.head)):
        visit = work.head[lane]
        while visit >= 0:
            total += max(0.0, now - work.arrive[visit])
            visit = work.behind[visit]
    for edge in range(len(work.next_entry)):
        for at in range(work.next_entry[edge], trips.entry_ptr[edge + 1]):
            due = trips.due_s[trips.entry[at]]
            if due >= now:
                break
            total += now - due
    return total


@njit(cache=True, nogil=True)
def reset(trips, work, tally):  # type: ignore[no-untyped-def]  # numba infers
    """An empty network, everybody outside."""
    for own in (work.head, work.tail, work.holding, work.inside_head, work.inside_tail, work.wheel):
        own[:] = -1
    for own in (work.state, work.halts, work.moved, work.inside_count):
        own[:] = 0
    for values in (work.lost_s, work.used_m, work.moved_m):
        values[:] = 0.0
    for values in (work.ready, work.entered, work.cleared, work.inside_ready, work.entry_ready):
        values[:] = -1.0
    for values in (tally.totals, tally.link_lost_s, tally.link_vehicles, tally.edge_queue_m):
        values[:] = 0.0
    lanes = len(work.head)
    for edge in range(len(work.next_entry)):
        first = trips.entry_ptr[edge]
        work.next_entry[edge] = first
        if first < trips.entry_ptr[edge + 1]:
            enlist(work, lanes + edge, int(trips.due_s[trips.entry[first]]))


@njit(cache=True, nogil=True)
def simulate(roads, lamps, drivers, trips, rates, work, tally, seconds, stop_above):  # type: ignore[no-untyped-def]  # numba infers
    """Run until the network is empty, at most `seconds`; results in `tally` and `work.lost_s`.

    Gives up when the sum of all delays is sure to pass `stop_above` vehicle-seconds.
    """
    reset(trips, work, tally)
    lanes, edges = len(work.head), len(work.next_entry)
    vehicles = len(trips.due_s)
    end = seconds
    for now in range(seconds):
        place = work.wheel[now]
        while place >= 0:
            following = work.next_place[place]
            if place < lanes:
                again = serve_lane(roads, lamps, drivers, trips, rates, work, tally, place, now)
            elif place < lanes + edges:
                again = serve_entry(roads, drivers, trips, rates, work, tally, place - lanes, now)
            else:
                link = place - lanes - edges
                again = serve_inside(roads, lamps, drivers, trips, rates, work, tally, link, now)
            if again != NEVER:
                enlist(work, place, again)
            place = following
        if tally.totals[FINISHED] == vehicles:
            end = now
            break
        if stop_above < 1e29 and now % _LOOK_EVERY_S == 0:
            if work.lost_s.sum() + waiting_s(trips, work, now) > stop_above:
                tally.totals[STOPPED_EARLY] = 1.0
                end = now
                break
    tally.totals[NEVER_IN] = count_waiting(trips, work, float(end), len(work.inside_head))
    for lane in range(lanes):
        if work.state[lane] != FREE:
            edge = roads.lane_edge[lane]
            length = queue_m(drivers, trips, work, lane, end)
            tally.edge_queue_m[edge] = max(tally.edge_queue_m[edge], length)
    tally.totals[LOST] = work.lost_s.sum()
