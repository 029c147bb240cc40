"""Figures of a run in which nothing happens, for tests that change one of them."""

from __future__ import annotations

from signalctl.sim.measures import Measures

QUIET = Measures(
    due=100,
    unfinished=0,
    never_inserted=0,
    unmeasured=0,
    total_delay_s=40.0,
    time_loss_s=40.0,
    depart_delay_s=0.0,
    total_delay_p90_s=80.0,
    person_delay_s=40.0,
    stops_per_vehicle=1.0,
    waiting_s=20.0,
    longest_waiting_s=90.0,
    throughput_vph=100.0,
    emptied_s=400.0,
    teleports=0,
    collisions=0,
    emergency_stops=0,
    emergency_brakings=0,
    corridor_stops=None,
    classes=(),
    approaches=(),
    pedestrians=None,
)
