"""Measures from outputs written by hand: who counts, and with what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from signalctl.domain.errors import SimulationError
from signalctl.sim.detectors import OUTPUT, PREFIX, LaneStretch, Watched, detector_file, watch
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
    stretches = tuple(
        LaneStretch(lanes=(f"e_{i}",), edge_id="e", length_m=100.0, end_m=100.0, signalled=True)
        for i in range(2 if lanes else 0)
    )
    return measure(
        folder,
        begin_s=0.0,
        end_s=1800.0,
        emptied_s=None,
        v_classes={"car": "passenger", "omnibus": "bus"},
        watched=Watched(queues=stretches, stops=stretches[:1]),
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
    assert found.corridor_stops == 12


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
            watched=Watched(),
        )


NET = """<net>
  <edge id=":j" function="internal"><lane id=":j_0" length="9"/></edge>
  <edge id="far"><lane id="far_0" length="900"/></edge>
  <edge id="up"><lane id="up_0" length="80"/></edge>
  <edge id="side"><lane id="side_0" length="30"/></edge>
  <edge id="a"><lane id="a_0" length="50" allow="pedestrian"/>
    <lane id="a_1" length="50"/><lane id="a_2" length="50"/></edge>
  <edge id="b"><lane id="b_0" length="70"/></edge>
  <connection from="far" to="up" fromLane="0" toLane="0" dir="s"/>
  <connection from="up" to="a" fromLane="0" toLane="1" dir="s"/>
  <connection from="side" to="a" fromLane="0" toLane="1" dir="r"/>
  <connection from="a" to="b" fromLane="1" toLane="0" dir="s" tl="j" linkIndex="0"/>
</net>"""


def test_queues_are_followed_straight_on_up_to_their_reach(tmp_path: Path) -> None:
    net = tmp_path / "n.net.xml"
    net.write_text(NET)
    found = watch(net, approaches=True, stop_edges=["a"], queue_edges=["b"])
    assert [(q.lanes, q.length_m, q.signalled) for q in found.queues] == [
        (("far_0", "up_0", "a_1"), 1030.0, True),
        (("a_2",), 50.0, False),
        (("b_0",), 70.0, False),
    ]
    assert [s.lanes for s in found.stops] == [("a_1",), ("a_2",)]
    assert len(found.detectors) == 4, "one lane alone serves both purposes"
    assert 'lanes="far_0 up_0 a_1"' in detector_file(found)
    assert Watched.from_json(json.loads(json.dumps(asdict(found)))) == found
    assert watch(net, approaches=False).detectors == ()
