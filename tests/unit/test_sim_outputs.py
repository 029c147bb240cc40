"""Measures from outputs written by hand: who counts, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.domain.errors import SimulationError
from signalctl.sim.detectors import OUTPUT, PREFIX, WatchedLane, detector_file, watched_lanes
from signalctl.sim.measures import Measures
from signalctl.sim.outputs import STATISTICS, TRIPS, measure

TRIP = (
    '<tripinfo id="{}" depart="{}" departDelay="{}" arrival="{}" waitingTime="{}" '
    'waitingCount="{}" timeLoss="{}" vType="{}"/>'
)
STATISTIC = (
    '<statistics><vehicles loaded="{}"/><teleports total="2"/>'
    '<safety collisions="1" emergencyStops="3" emergencyBraking="4"/></statistics>'
)


def measured(folder: Path, trips: str, loaded: int = 4, lanes: str = "") -> Measures:
    (folder / TRIPS).write_text(f"<tripinfos>{trips}</tripinfos>")
    (folder / STATISTICS).write_text(STATISTIC.format(loaded))
    (folder / OUTPUT).write_text(f"<detector>{lanes}</detector>")
    watched = [
        WatchedLane(id=f"e_{i}", edge_id="e", length_m=100.0, signalled=True)
        for i in range(2 if lanes else 0)
    ]
    return measure(
        folder,
        begin_s=0.0,
        end_s=1800.0,
        emptied_s=None,
        v_classes={"car": "passenger", "omnibus": "bus"},
        lanes=watched,
        detectors=folder / OUTPUT,
        corridor_edges=["e"] if lanes else [],
    )


def test_every_vehicle_due_counts_with_what_it_lost(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        TRIP.format("done", 10, 2, 100, 5, 1, 20, "car")
        + TRIP.format("late", 20, 0, 1900, 7, 2, 30, "omnibus")
        + TRIP.format("inside", 30, 4, -1, 50, 3, 60, "car")
        + TRIP.format("waiting", -1, 200, -1, 0, 0, 0, "car@waiting"),
    )
    assert found.due == 4
    assert found.unfinished == 2
    assert found.never_inserted == 1
    assert found.total_delay_s == pytest.approx((22 + 30 + 64 + 200) / 4)
    assert found.time_loss_s == pytest.approx(110 / 4)
    assert found.depart_delay_s == pytest.approx(206 / 4)
    assert found.stops_per_vehicle == pytest.approx(6 / 4)
    assert found.longest_waiting_s == 200
    assert found.throughput_vph == 2.0, "one arrival within the half hour"
    assert (found.teleports, found.collisions) == (2, 1)
    assert (found.emergency_stops, found.emergency_brakings) == (3, 4)
    assert [(c.v_class, c.due) for c in found.classes] == [("bus", 1), ("passenger", 3)]
    persons = 20 + 3 * 1.3
    assert found.person_delay_s == pytest.approx((20 * 30 + 1.3 * (22 + 64 + 200)) / persons)
    assert found.pedestrians is None
    assert found.corridor_stops is None


def test_a_vehicle_without_a_trip_is_told(tmp_path: Path) -> None:
    found = measured(tmp_path, TRIP.format("a", 1, 0, 9, 0, 0, 1, "car"), loaded=3)
    assert found.unmeasured == 2


def test_nobody_due_is_no_division_by_zero(tmp_path: Path) -> None:
    assert measured(tmp_path, "", loaded=0).total_delay_s == 0.0


def test_pedestrians_stand_apart(tmp_path: Path) -> None:
    walk = '<walk arrival="{}" waitingTime="{}" timeLoss="{}"/>'
    found = measured(
        tmp_path,
        TRIP.format("a", 1, 0, 9, 0, 0, 1, "car")
        + f"<personinfo>{walk.format(90, 10, 15)}{walk.format(120, 2, 3)}</personinfo>"
        + f"<personinfo>{walk.format(-1, 40, 0)}</personinfo>"
        + '<personinfo><ride arrival="3"/></personinfo>',
    )
    assert found.total_delay_s == 1.0
    walkers = found.pedestrians
    assert walkers is not None
    assert (walkers.due, walkers.unfinished) == (2, 1)
    assert walkers.waiting_s == 26.0
    assert walkers.longest_waiting_s == 40.0
    assert walkers.time_loss_s == 18.0


def test_an_approach_is_as_bad_as_its_worst_lane(tmp_path: Path) -> None:
    row = (
        f'<interval id="{PREFIX}e_{{}}" maxJamLengthInMeters="{{}}" maxJamLengthInVehicles="{{}}" '
        'maxHaltingDuration="{}" startedHalts="{}" nVehSeen="{}"/>'
    )
    found = measured(
        tmp_path,
        TRIP.format("a", 1, 0, 9, 0, 0, 1, "car"),
        lanes=row.format(0, 40.5, 6, 30, 12, 50) + row.format(1, 96, 14, 20, 5, 20),
    )
    (approach,) = found.approaches
    assert (approach.max_queue_m, approach.max_queue_vehicles) == (96.0, 14)
    assert approach.full
    assert approach.longest_halt_s == 30
    assert (approach.stops, approach.vehicles) == (17, 70)
    assert found.corridor_stops == 17


def test_broken_outputs_are_the_simulators_fault(tmp_path: Path) -> None:
    measured(tmp_path, "")
    (tmp_path / STATISTICS).write_text("<statistics/>")
    with pytest.raises(SimulationError):
        measure(
            tmp_path,
            begin_s=0,
            end_s=1,
            emptied_s=None,
            v_classes={},
            lanes=[],
            detectors=tmp_path / OUTPUT,
            corridor_edges=[],
        )


def test_watched_lanes_are_those_that_feed_signals_and_those_asked_for(tmp_path: Path) -> None:
    net = tmp_path / "n.net.xml"
    net.write_text(
        '<net><edge id=":j" function="internal"><lane id=":j_0" length="9"/></edge>'
        '<edge id="a"><lane id="a_0" length="50" allow="pedestrian"/>'
        '<lane id="a_1" length="50"/><lane id="a_2" length="50"/></edge>'
        '<edge id="b"><lane id="b_0" length="70"/></edge>'
        '<connection from="a" to="b" fromLane="1" toLane="0" tl="j" linkIndex="0"/></net>'
    )
    found = watched_lanes(net, approaches=True, edges=["b"])
    assert [(lane.id, lane.signalled) for lane in found] == [
        ("a_1", True),
        ("a_2", False),
        ("b_0", False),
    ]
    assert [lane.id for lane in watched_lanes(net, approaches=False)] == []
    assert 'lane="a_2"' in detector_file(found)
