"""Memory of a run: everything the compiled loop reads and writes, as arrays of records.

Few arrays of records, not many arrays of numbers: what belongs to a lane lies
together in memory, and compiled functions hand few things to each other.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.optimiser.signal_table import Codes

Records: TypeAlias = npt.NDArray[np.void]
Ints: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float64]

_NUMBER: Final = "i4"
_REAL: Final = "f8"


def _record(**fields: str) -> np.dtype[np.void]:
    """A record of named fields, the eight-byte ones first so that all are aligned."""
    ordered = sorted(fields.items(), key=lambda field: field[1] == _NUMBER)
    return np.dtype(ordered, align=True)


LANE: Final = _record(
    edge=_NUMBER,
    rank=_NUMBER,  # place on its edge, from the outer side
    room_m=_REAL,  # queue it holds
    hole_s=_REAL,  # time a freed place takes to its begin
    head=_NUMBER,  # first visit, -1: empty
    tail=_NUMBER,
    holding=_NUMBER,  # first visit whose room is not free again
    state=_NUMBER,  # FREE or why its first vehicle stands
    halts=_NUMBER,  # how often its queue has come to stand
    listed=_NUMBER,  # 1: will be looked at, though it may have become empty
    bars=_NUMBER,  # 1: its queue stands back into the node behind it
    shut=_NUMBER,  # vehicles that wait inside the node so close that nobody gets past them
    moved=_NUMBER,  # vehicles gone since it last stood
    moved_m=_REAL,
    used_m=_REAL,  # room taken, that of who has just left included
    here_m=_REAL,  # length of those on it or on their way to it
    front_s=_REAL,  # since when its first vehicle is the first
    ready_s=_REAL,  # when the next one may go
    entered_s=_REAL,  # when the next one may come, where several lanes lead here
)
LINK: Final = _record(
    start=_NUMBER,  # lanes
    end=_NUMBER,
    signal=_NUMBER,  # -1: no light
    row=_NUMBER,
    merges=_NUMBER,  # 1: several lanes lead to its end
    stop_sign=_NUMBER,
    minor=_NUMBER,  # 1: gives way to somebody
    inside=_NUMBER,  # vehicles that may wait in the node
    shuts=_NUMBER,  # 1: who waits there still shuts the lane
    first_foe=_NUMBER,
    end_foe=_NUMBER,
    first_cross=_NUMBER,
    end_cross=_NUMBER,
    barred=_NUMBER,  # vehicles that stand in the node across its path
    head=_NUMBER,  # first visit that waits inside
    tail=_NUMBER,
    count=_NUMBER,
    seen_s=_REAL,  # before its stop line, when those who give way take notice
    ready_s=_REAL,
    cleared_s=_REAL,  # when its last vehicle has left the node
    lost_s=_REAL,
    vehicles=_REAL,
)
FOE: Final = _record(link=_NUMBER, mutual=_NUMBER)  # mutual: both give way, first come first
EDGE: Final = _record(
    first_lane=_NUMBER,
    end_lane=_NUMBER,
    waiting=_NUMBER,  # the place that came last of those that wait for room here, -1: none
    woken=_NUMBER,  # 1: those will be woken in some second
    queue_m=_REAL,
)
GATE: Final = _record(
    edge=_NUMBER,
    lane=_NUMBER,  # on which all come in here, -1: on the one they want
    first_entry=_NUMBER,  # vehicles that start here, in `entries`
    next_entry=_NUMBER,
    end_entry=_NUMBER,
    held=_NUMBER,  # 1: they wait for room
    ready_s=_REAL,
)
SIGNAL: Final = _record(start=_NUMBER, cycle=_NUMBER, shift=_NUMBER)
VEHICLE: Final = _record(
    due_s=_REAL, lost_s=_REAL, persons=_REAL, kind=_NUMBER, first=_NUMBER, end=_NUMBER
)
VISIT: Final = _record(
    vehicle=_NUMBER,
    step=_NUMBER,  # which options it has
    arrive_s=_REAL,  # when it can be at the stop line
    gone_s=_REAL,  # when it left its lane, negative before
    freed_s=_REAL,  # when its place has come up the queue behind it
    lane=_NUMBER,
    link=_NUMBER,
    behind=_NUMBER,  # the next visit on the lane
    behind_inside=_NUMBER,
    bars=_NUMBER,  # 1: it stands in the node it came over
    halts_before=_NUMBER,
    dwell_s=_REAL,  # at a stop on its way along the lane, 0 for most
    dwell_until_s=_REAL,  # and at least until then
    dwell_share=_REAL,  # after this part of the way
    dwelt_s=_REAL,  # when it drives on from there, negative without
)
OPTION: Final = _record(lane=_NUMBER, link=_NUMBER, cost_m=_REAL)
KIND: Final = _record(length_m=_REAL, accel_mps2=_REAL, start_s=_REAL)
KIND_LANE: Final = _record(
    run_s=_REAL,
    run_lost_s=_REAL,
    entry_s=_REAL,  # between two vehicles that start here
)
KIND_LINK: Final = _record(
    headway_s=_REAL,
    drive_s=_REAL,  # over the node
    inside_s=_REAL,  # from the stop line to where one waits inside
    turn_lost_s=_REAL,
    start_up_s=_REAL,  # lost behind the first vehicle
    amber_s=_REAL,  # used after the end of green, by free vehicles and out of a queue
    amber_in_queue_s=_REAL,
    yielding_s=_REAL,  # headway where one gives way
    yielding_start_s=_REAL,
    yielding_lost_s=_REAL,
    over_mps=_REAL,
    after_mps=_REAL,
    gap_moving_s=_REAL,
    gap_standing_s=_REAL,
    gap_inside_s=_REAL,
)
RATES: Final = _record(
    react_s=_REAL,
    start_up_ratio=_REAL,
    merge_s=_REAL,
    clear_share=_REAL,
    clear_s=_REAL,
    stop_after_s=_REAL,
    stop_sign_s=_REAL,
    change_m=_REAL,
    impatient_after_s=_REAL,
    impatience=_REAL,
    teleport_s=_REAL,
)
"""What the loop needs of `Parameters`, under the same names, and the traffic's
`time_to_teleport_s`."""
TOTALS: Final = _record(
    finished=_NUMBER,
    never_in=_NUMBER,
    stopped_early=_NUMBER,
    blocking=_NUMBER,  # times a vehicle came to stand in a node across others' paths
    stops=_REAL,
    lost_s=_REAL,
)


class State(NamedTuple):
    """All of it. Rows of `kind_lanes` and `kind_links` are kinds of vehicle.

    A visit is one vehicle on one edge of its route; `option_ptr` tells the options
    of each step. `wheel` holds for each second the first place to look at,
    `next_place` the others; places are lanes, gates where vehicles start, links where
    they wait in the node, then edges that get room. Places that wait for room hang
    on the edge, not in the wheel.
    """

    lanes: Records
    links: Records
    foes: Records
    crosses: Ints
    edges: Records
    gates: Records
    entries: Ints
    vehicles: Records
    visits: Records
    option_ptr: Ints
    options: Records
    kinds: Records
    kind_lanes: Records
    kind_links: Records
    rates: Records
    wheel: Ints
    next_place: Ints
    totals: Records
    signals: Records
    codes: Codes
