"""What the queue model takes from SUMO's drivers: one set of numbers for every network."""

from __future__ import annotations

import math
from dataclasses import dataclass

from signalctl.domain.traffic import DueTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Numbers of the model with their sources; none is fitted to a scenario.

    Sources: [H] saturation headways and start-up measured in SUMO 1.28 (one lane,
    straight, oversaturated, steps 0.1 to 1 s, speeds 40 to 60 km/h, sigma 0 and 0.5,
    lengths 5 to 12 m; greens of 5 to 40 s, protected and permissive, through and left at 8 m/s);
    [G] capacity of a permissive left measured there against random streams of 0 to 900 veh/h;
    [K] kinematics of a constant acceleration; [S] SUMO's
    documented defaults and rules of right of way.
    """

    headway_base_s: float = 0.07
    headway_per_step: float = 0.06
    headway_per_dawdling: float = 0.52
    """Saturation headway = tau + length / speed + base + step (this + dawdling sigma) [H]:
    within 0.06 s of 1.94, 1.82, 2.14 s (50, 60, 40 km/h, step 1 s), 1.76 (step 0.5)."""
    react_s: float = 0.5
    """From green to the first front over the stop line [H]."""
    start_up_s: float = 1.3
    start_up_ratio: float = 0.4
    """Headway lost behind the first vehicle of the default driver at 50 km/h, and how it fades
    from vehicle to vehicle [H]; in proportion to speed / acceleration [K]."""
    queue_speed: float = 0.85
    """Speed at the stop line of those who start from a queue, in shares of the free one [H]."""
    minor_gap_s: float = 3.0
    """Between leaving the path of a foe and its arrival, the start from standing included [G]."""
    notice_s: float = 2.75
    """Reaction and announcement of a vehicle that has right of way [G]."""
    brake_mps2: float = 4.5
    """Deceleration of the default driver [S]."""
    sight_m: float = 4.5
    """Before the stop line, where who gives way first sees that the way is clear: until
    there it drives so that it can stop [S: visibility of minor links]."""
    pass_inside_m: float = 11.0
    """From the stop line to where a car waits inside, from which on others get past it: its
    length and the way on which a turn has left the straight path by a car's width [K]."""
    clear_share: float = 0.5
    clear_s: float = 1.0
    """A foe is out of the way half over the node [K], and so much later [G]."""
    own_length_m: float = 5.0
    """What has to leave the node behind the front, m."""
    merge_s: float = 1.5
    """Between two vehicles that enter one lane from different ones: tau + length / speed."""
    hole_mps: float = 5.0
    """Speed at which a freed place travels up a queue: length over (headway) [K]."""
    stop_after_s: float = 3.0
    """Who waits longer has stopped: braking and starting takes as much without standing [K]."""
    stop_sign_s: float = 2.0
    """Standing at a stop sign [S]."""
    change_m: float = 30.0
    """Road a lane change takes; what is missing weighs as much queue, m."""
    impatient_after_s: float = 300.0
    """After so long a driver waiting for a gap takes the least one [S: time-to-impatience]."""
    impatience: float = 0.2
    """Share of the gap that impatience takes away."""

    def headway_s(self, trip: DueTrip, speed_mps: float, step_s: float) -> float:
        """Saturation headway of such vehicles at a speed, s [H]."""
        lost = step_s * (self.headway_per_step + self.headway_per_dawdling * trip.sigma)
        return trip.tau_s + trip.length_m / speed_mps + self.headway_base_s + lost

    def start_up_lost_s(self, trip: DueTrip, speed_mps: float) -> float:
        """Headway lost behind the first vehicle of a queue that gets to such a speed, s [H]."""
        return self.start_up_s * (speed_mps / 13.9) * (2.6 / trip.accel_mps2)

    def usable_amber_s(self, trip: DueTrip, speed_mps: float, step_s: float) -> float:
        """How long after the end of green vehicles of a speed still drive over the line, s.

        Who is nearer than its way to brake, summed up in steps, goes on [S, H].
        """
        return max(0.0, speed_mps / (2 * trip.decel_mps2) - 0.5 * step_s)

    def dawdling_mps(self, trip: DueTrip, step_s: float) -> float:
        """Mean speed lost to dawdling, m/s: sigma accel step / 2 (Krauss 1998, 2.2) [S]."""
        return 0.5 * trip.sigma * trip.accel_mps2 * step_s

    def yielding_mps(self, trip: DueTrip) -> float:
        """Fastest approach of one who gives way, m/s: it can stop within its sight [K]."""
        return math.sqrt(2 * trip.decel_mps2 * self.sight_m)

    def seen_s(self, speed_mps: float, step_s: float) -> float:
        """Time before the stop line at which a vehicle is noticed by those who give way, s.

        SUMO's vehicles announce themselves within a step and a reaction time and the
        way to brake, summed up in steps [S]; default driver.
        """
        braking_s = max(0.0, speed_mps / (2 * self.brake_mps2) - 0.5 * step_s)
        return step_s + self.notice_s + braking_s

    def gap_s(self, trip: DueTrip, way_m: float, speed_mps: float, *, standing: bool) -> float:
        """Gap in a foe stream that suffices to drive a way of so many metres, s [K, S]."""
        far_m = way_m + self.own_length_m
        drive_s = far_m / speed_mps
        if standing:
            run_up_m = speed_mps**2 / (2 * trip.accel_mps2)
            if far_m < run_up_m:
                drive_s = math.sqrt(2 * far_m / trip.accel_mps2)
            else:
                drive_s = speed_mps / trip.accel_mps2 + (far_m - run_up_m) / speed_mps
        return drive_s + self.minor_gap_s
