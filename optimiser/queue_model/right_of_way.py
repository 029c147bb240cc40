"""Whether a gap in the traffic with right of way lets a vehicle through."""

from __future__ import annotations

import math
from typing import Final

from signalctl.optimiser.queue_model.compiled import compiled
from signalctl.optimiser.queue_model.lamps import NEVER, green_end, shown
from signalctl.optimiser.queue_model.state import State
from signalctl.optimiser.signal_table import CLOSING

CLEAR: Final = -1.0
FREE: Final = 0
AT_RED: Final = 1
FOR_GAP: Final = 2
NO_ROOM: Final = 3
"""States of a lane: free, or why its first vehicle stands."""


@compiled
def shut_until(m: State, link: int, now_s: float, gap_s: float, came_s: float) -> float:
    """CLEAR where no vehicle with right of way is in the node or arrives within the gap.

    Otherwise the second in which to look again. Foes at red, and those that wait for
    room or for a gap themselves, do not count. Where both give way who `came_s` first
    goes first.
    """
    own = m.links[link]
    for at in range(own.first_foe, own.end_foe):
        foe = m.foes[at].link
        other = m.links[foe]
        if now_s < other.cleared_s:
            return float(math.ceil(other.cleared_s))
        lane = m.lanes[other.start]
        visit = lane.head
        if visit < 0:
            continue
        last_s = now_s + min(gap_s, other.seen_s)
        if other.signal >= 0 and shown(m, other.signal, other.row, int(now_s)) <= CLOSING:
            if lane.state != FREE:
                continue
            usable_s = m.kind_links[0, foe].amber_s
            end = green_end(m, other.signal, other.row, int(now_s), usable_s)
            if end == NEVER:
                continue
            last_s = min(last_s, end + usable_s)
        mutual = m.foes[at].mutual == 1
        if lane.state == NO_ROOM or (lane.state == FOR_GAP and not mutual):
            continue
        when_s = comes_first(m, foe, visit, last_s, came_s if mutual else -1.0)
        if when_s >= 0.0:
            return max(math.floor(now_s) + 1.0, math.ceil(when_s))
    return CLEAR


@compiled
def comes_first(m: State, foe: int, visit: int, last_s: float, came_s: float) -> float:
    """When a vehicle for a foe link reaches it, from the queue at `visit`; CLEAR: not before
    `last_s`.

    `came_s`, where not negative: only one that was at the stop line earlier counts.
    """
    lane = m.lanes[m.links[foe].start]
    when_s = lane.ready_s
    first = True
    while visit >= 0:
        one = m.visits[visit]
        when_s = max(when_s, one.arrive_s)
        if when_s >= last_s:
            return CLEAR
        if one.link == foe:
            return max(0.0, when_s) if came_s < 0.0 or one.arrive_s < came_s else CLEAR
        if first and lane.state != FREE:
            return CLEAR
        first = False
        when_s += m.kind_links[m.vehicles[one.vehicle].kind, one.link].headway_s
        visit = one.behind
    return CLEAR
