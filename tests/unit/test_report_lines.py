"""What a report may say of a line, and whose road an edge is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from quiet_runs import QUIET
from scipy.stats import ttest_rel

from signalctl.domain.errors import InputError, SimulationError
from signalctl.networks.road_reader import read_roads
from signalctl.sim.edge_delays import ROUTES, FreeFlow, edge_delays
from signalctl.sim.measures import ClassMeasures, EdgeDelay, Measures
from signalctl.sim.outputs import TRIPS
from signalctl.workflow.report.effects import effects
from signalctl.workflow.report.lines import LEAST_PAIRS, Finding, line
from signalctl.workflow.report.places import Approach, approaches, compass

TRIP = '<tripinfo id="{}" depart="{}" departDelay="{}" departPos="{}" timeLoss="{}" vType="{}"/>'
ROUTE = (
    '<vehicle id="{}" type="{}" depart="{}" speedFactor="1.0">'
    '<route edges="{}" exitTimes="{}"/>{}</vehicle>'
)
FREE = FreeFlow(
    length_m={"a": 100.0, ":n_0": 10.0, "b": 200.0},
    limit_mps={"a": 10.0, ":n_0": 10.0, "b": 20.0},
    type_mps={"car": 50.0, "bus": 10.0},
)


def _measured(folder: Path, trips: str, routes: str) -> dict[tuple[str, str], tuple[int, float]]:
    (folder / TRIPS).write_text(f"<tripinfos>{trips}</tripinfos>")
    (folder / ROUTES).write_text(f"<routes>{routes}</routes>")
    found = edge_delays(folder, 100.0, {"car": "passenger", "bus": "bus"}, FREE)
    return {(e.edge_id, e.v_class): (e.vehicles, e.delay_s) for e in found}


def test_time_is_lost_where_more_was_needed_than_alone(tmp_path: Path) -> None:
    # On a 10 s alone and 30 used, the node 1 and 1, on b 10 and 20: 20 s and 10 s of 30.
    found = _measured(
        tmp_path,
        TRIP.format("one", 0, 4, 0, 30, "car"),
        ROUTE.format("one", "car", 0, "a :n_0 b", "30 31 51", ""),
    )
    assert found == {("a", "passenger"): (1, 24.0), ("b", "passenger"): (1, 10.0)}


def test_waiting_inside_a_junction_counts_before_it_and_stops_nowhere(tmp_path: Path) -> None:
    stop = '<stop busStop="s" started="25" ended="45"/>'
    # The bus is alone in 10 s on a, waits 8 s in the node and stops 20 s on b (20 s alone).
    found = _measured(
        tmp_path,
        TRIP.format("line", 0, 0, 0, 8, "bus"),
        ROUTE.format("line", "bus", 0, "a :n_0 b", "10 19 59", stop),
    )
    assert found == {("a", "bus"): (1, 8.0), ("b", "bus"): (1, 0.0)}


def test_who_is_still_driving_loses_the_rest_where_he_is(tmp_path: Path) -> None:
    found = _measured(
        tmp_path,
        TRIP.format("one", 50, 0, 50, 25, "car") + TRIP.format("two", -1, 7, -1, 0, "car"),
        ROUTE.format("one", "car", 50, "a :n_0 b", "65 66 -1", ""),
    )
    assert found == {
        ("", "passenger"): (1, 7.0),
        ("a", "passenger"): (1, 10.0),
        ("b", "passenger"): (1, 15.0),
    }


def test_a_trip_without_a_route_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no route of vehicle one"):
        _measured(tmp_path, TRIP.format("one", 0, 0, 0, 3, "car"), "")


def test_a_line_is_students_interval_of_the_paired_differences() -> None:
    before = [30.1, 33.0, 29.4, 31.8, 30.0, 32.2, 31.1, 29.9, 30.7, 31.5]
    after = [29.0, 31.2, 29.5, 30.1, 28.8, 31.9, 29.7, 29.3, 28.9, 30.4]
    found = line(before, after)
    expected = ttest_rel(after, before).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high))
    assert found.difference == pytest.approx(found.after - found.before)
    assert found.finding is Finding.LESS
    assert line(after, before).finding is Finding.MORE


@pytest.mark.parametrize(
    ("differences", "finding"),
    [
        ([-1.0] * 9, Finding.FEW),
        ([-1.0], Finding.FEW),
        ([0.0] * 3, Finding.NONE),
        ([-1.0, 1.0] * 8, Finding.NONE),
        ([-1.0, -1.1] * (LEAST_PAIRS // 2), Finding.LESS),
    ],
)
def test_nothing_is_claimed_of_few_pairs_or_of_an_interval_with_zero(
    differences: list[float], finding: Finding
) -> None:
    assert line([10.0] * len(differences), [10.0 + d for d in differences]).finding is finding


def test_pairs_are_needed() -> None:
    with pytest.raises(InputError):
        line([1.0], [1.0, 2.0])


def test_edges_of_the_arterial_belong_to_the_signal_they_lead_to(arterial: Path) -> None:
    roads = read_roads(arterial / "net.net.xml")
    found = approaches(roads)
    assert found["J1_J2_stop"] == Approach(junction_id="J2", edge_id="J1_J2_stop")
    assert found["J1_J2"] == found["J1_J2_stop"], "the road before its turning lanes"
    assert found["N3_J3"].junction_id == "J3"
    assert "J1_W" not in found, "leads out of the network"
    assert [compass(roads, found[e]) for e in ("W_J1_stop", "J2_J1_stop", "N3_J3", "S3_J3")] == [
        "W",
        "E",
        "N",
        "S",
    ]


def _run(cars: float, buses: float) -> Measures:
    classes = (
        ClassMeasures(v_class="bus", due=2, total_delay_s=buses, occupancy=20.0),
        ClassMeasures(v_class="passenger", due=6, total_delay_s=cars, occupancy=1.3),
        ClassMeasures(v_class="taxi", due=2, total_delay_s=cars, occupancy=1.3),
    )
    total = 2 * buses + 8 * cars
    return replace(
        QUIET,
        due=10,
        classes=classes,
        total_delay_s=total / 10,
        edge_delays=(
            EdgeDelay(edge_id="J1_J2", v_class="passenger", vehicles=8, delay_s=3 * cars),
            EdgeDelay(edge_id="J1_J2_stop", v_class="passenger", vehicles=8, delay_s=4 * cars),
            EdgeDelay(edge_id="J1_W", v_class="passenger", vehicles=8, delay_s=cars),
            EdgeDelay(edge_id="N3_J3", v_class="bus", vehicles=2, delay_s=2 * buses),
        ),
    )


def test_modes_and_places_are_told_apart_and_add_up(arterial: Path) -> None:
    roads = read_roads(arterial / "net.net.xml")
    before = [_run(40.0 + i, 20.0) for i in range(12)]
    after = [_run(30.0 + i, 26.0) for i in range(12)]
    found = effects(before, after, roads)
    modes = {each["mode"]: each for each in found["modes"]}
    assert list(modes) == ["car", "bus"], "taxis are cars; the most first"
    assert (modes["car"]["difference"], modes["car"]["finding"]) == (-10.0, "less")
    assert (modes["bus"]["difference"], modes["bus"]["finding"]) == (6.0, "more")
    east, north = found["approaches"]
    assert (east["junction"], east["edge"], east["from"]) == ("J2", "J1_J2_stop", "W")
    assert (east["vehicles"], east["difference"]) == (8.0, pytest.approx(-70 / 8))
    assert (north["junction"], north["difference"]) == ("J3", pytest.approx(6.0))
    whole = next(t for t in found["totals"] if t["measure"] == "total_delay_sum")
    parts = [east["sum"], north["sum"], found["elsewhere"], found["outside"]]
    assert math.fsum(p["difference"] for p in parts) == pytest.approx(whole["difference"])
    assert found["elsewhere"]["difference"] == pytest.approx(-10 / 3600)


def test_runs_without_places_still_have_totals_and_modes(arterial: Path) -> None:
    roads = read_roads(arterial / "net.net.xml")
    bare = [replace(_run(40.0, 20.0), edge_delays=()) for _ in range(2)]
    found = effects(bare, bare, roads)
    assert (found["approaches"], found["elsewhere"], found["outside"]) == ([], None, None)
    assert {each["finding"] for each in found["totals"]} == {"none"}
