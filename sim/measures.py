"""What a run is judged by. Every measure says what it counts and what it leaves out.

Total delay of a vehicle is its time loss (SUMO's timeLoss: time lost by driving
below the speed it would drive on its own, wished stops apart) plus its departure
delay (how long after its due second it was let in). The mean is over *every*
vehicle due in the period: those still inside at the end count with what they lost
so far, those never let in with their waiting so far. Both make the figure a lower
bound, which is why `unfinished` always stands beside it. Resolution: time loss is
written to 0.01 s, departure delay to a step.

A stop is a fall of a vehicle's speed to 0.1 m/s or less outside wished stops
(SUMO's waitingCount); creeping forward in a queue and halting again is another
stop. Corridor stops and approach figures come from lane detectors, where a halt
across the joint of two lanes counts on both: about 2 % more than waitingCount when
every lane of cologne8 is watched.

A queue is the largest jam on a lane up to its stop line: halted vehicles less than
10 m apart (SUMO's E2 default), from the first one's front to the last one's back,
followed upstream straight on, up to 500 m or the next signal. `full` says that it
reached the end of what is followed and may be longer.
Throughput counts arrivals within the demand period, an hour.

Person delay weighs each vehicle by its class's occupancy, which is an assumption
(domain.traffic.OCCUPANCY), not a measurement; persons simulated as passengers are not used.
Pedestrians are reported apart and never enter the total delay.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeasures:
    """Vehicles of one SUMO class."""

    v_class: str
    due: int
    total_delay_s: float
    occupancy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachMeasures:
    """An edge that feeds a signal, or one that was asked for, such as a ramp.

    Figures are the worst of its lanes, except `stops` and `vehicles`, which are
    sums over the same stretches (a vehicle that changes lanes counts on each).
    `longest_halt_s` is the longest single halt: the waiting of who was served worst.
    """

    edge_id: str
    signalled: bool
    max_queue_m: float
    max_queue_vehicles: int
    full: bool
    longest_halt_s: float
    stops: int
    vehicles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDelay:
    """What vehicles of one SUMO class lost on one edge and the junction after it.

    `vehicles` drove on it; `delay_s` is their total delay there, all together (how it is
    shared out: sim.edge_delays). The rows of a run add up to its total delay. `edge_id`
    is empty for vehicles that were never let in.
    """

    edge_id: str
    v_class: str
    vehicles: int
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PedestrianMeasures:
    """Persons who walk; waiting is standing still on a walk, nearly all of it at red.

    Waiting counts everybody, with what they stood so far; time loss (waiting and
    slow walking, against one's own free speed) only who finished.
    """

    due: int
    unfinished: int
    waiting_s: float
    waiting_p90_s: float
    longest_waiting_s: float
    time_loss_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All measures of one run; times in s, means over `due` vehicles."""

    due: int
    unfinished: int
    """Vehicles due that had not arrived at the end, `never_inserted` among them."""
    never_inserted: int
    unmeasured: int
    """Vehicles SUMO loaded without reporting their trip; above 0 no mean can be trusted."""
    total_delay_s: float
    time_loss_s: float
    depart_delay_s: float
    total_delay_p90_s: float
    """90th percentile over vehicles."""
    person_delay_s: float
    stops_per_vehicle: float
    waiting_s: float
    longest_waiting_s: float
    """Longest time any one vehicle stood, over its whole trip and its wait to get in."""
    throughput_vph: float
    emptied_s: float | None
    """Second at which the network was empty, None when it never was."""
    teleports: int
    collisions: int
    emergency_stops: int
    emergency_brakings: int
    corridor_stops: int | None
    """Stops on the corridor's edges, None when no corridor was given."""
    classes: tuple[ClassMeasures, ...]
    approaches: tuple[ApproachMeasures, ...]
    pedestrians: PedestrianMeasures | None
    edge_delays: tuple[EdgeDelay, ...] = ()
    """Where the delay arose; empty unless the run was asked for it."""
