"""Runs in SUMO: repeatable, complete in their counts, clear in their failures."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from simulations import simulations
from small_nets import signal_row

from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.errors import InputError, SimulationError
from signalctl.domain.frozen import FrozenMap
from signalctl.sim import record
from signalctl.sim.actuated import actuated
from signalctl.sim.experiment import Cancelled, compare, run_experiment
from signalctl.sim.result_json import result_to_json
from signalctl.sim.run import run
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.scenario import Scenario, read_scenario
from signalctl.sim.seconds import shown_states
from signalctl.sim.sumo_tools import sumo_tools
from signalctl.sim.trajectories import trajectories
from signalctl.sim.variants import plans, shipped

pytestmark = pytest.mark.sumo

EASTBOUND = ("left0A0", "A0B0", "B0C0", "C0right0")
DEMAND = """<routes>
  <vType id="car" vClass="passenger"/><vType id="omnibus" vClass="bus"/>
  <flow id="we" type="car" begin="0" end="300" vehsPerHour="{rate}">
    <route edges="left0A0 A0B0 B0C0 C0right0"/></flow>
  <flow id="ew" type="car" begin="0" end="300" vehsPerHour="300">
    <route edges="right0C0 C0B0 B0A0 A0left0"/></flow>
  <flow id="sn" type="car" begin="0" end="300" period="10"><route edges="bottom1B0 B0top1"/></flow>
  <flow id="bus" type="omnibus" begin="0" end="300" period="100">
    <route edges="left0A0 A0B0 B0C0 C0right0"/></flow>
  <personFlow id="p" begin="0" end="100" period="20">
    <walk from="bottom1B0" to="B0top1"/></personFlow>
</routes>
"""


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three signals in a row, 200 m apart, with crossings."""
    path = tmp_path_factory.mktemp("net") / "three.net.xml"
    return signal_row(path, "A0,B0,C0", 200, "--sidewalks.guess", "--crossings.guess")


def make(net: Path, folder: Path, demand: str, **more: object) -> Scenario:
    (folder / "demand.rou.xml").write_text(demand)
    path = folder / "s.yaml"
    path.write_text(
        "schema: signalctl/scenario/1\nname: three\n"
        f"network: {net}\nroutes: [demand.rou.xml]\nend_s: 300\n"
    )
    return replace(read_scenario(path), **more)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def scenario(net: Path, tmp_path: Path) -> Scenario:
    return make(net, tmp_path, DEMAND.format(rate=600))


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test leaves no temporary folder of ours and no child process."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield
    assert sorted(folder.iterdir()) == []
    assert children() == []


def children() -> list[int]:
    """Simulations that this process has running."""
    return [pid for pid, asker in simulations().items() if asker == os.getpid()]


def test_a_run_repeats_bit_for_bit_and_another_seed_does_not(scenario: Scenario) -> None:
    first, again, other = (run(scenario, shipped(), seed) for seed in (7, 7, 8))
    assert first.measures == again.measures
    assert replace(first, wall_s=0.0) == replace(again, wall_s=0.0)
    assert other.measures.total_delay_s != first.measures.total_delay_s


def test_measures_agree_with_sumos_own_statistics(scenario: Scenario, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    edges = EASTBOUND[:3]
    found = run(scenario, shipped(), 1, corridor_edges=edges, keep_outputs=kept).measures
    statistics = etree.parse(str(kept / "statistics.xml"))
    own = statistics.find("vehicleTripStatistics")
    assert own is not None
    assert found.due == int(own.get("count", "")) == 50 + 25 + 30 + 3
    assert found.unfinished == found.unmeasured == 0
    expected = float(own.get("timeLoss", "")) + float(own.get("departDelay", ""))
    assert found.total_delay_s == pytest.approx(expected, abs=0.011)
    assert found.emptied_s is not None
    assert found.emptied_s > 300
    trips = etree.parse(str(kept / "tripinfo.xml")).findall("tripinfo")
    eastbound = sum(int(t.get("waitingCount", "")) for t in trips if t.get("id", "")[0] in "wb")
    assert found.corridor_stops == pytest.approx(eastbound, abs=max(2, 0.05 * eastbound))
    assert {a.edge_id for a in found.approaches if a.signalled} >= set(edges)
    assert found.pedestrians is not None
    assert found.pedestrians.due == 5
    assert (kept / "summary.xml").exists()


def test_demand_stops_at_its_end_but_the_run_goes_on(net: Path, tmp_path: Path) -> None:
    demand = DEMAND.format(rate=600).replace('end="300"', 'end="900"')
    late = run(make(net, tmp_path, demand), shipped(), 1).measures
    assert late.due == 50 + 25 + 30 + 3
    assert late.unfinished == 0


def test_vehicles_never_let_in_count(net: Path, tmp_path: Path) -> None:
    jammed = make(net, tmp_path, DEMAND.format(rate=9000), drain_limit_s=0.0)
    found = run(jammed, shipped(), 1).measures
    assert found.due == 750 + 25 + 30 + 3
    assert found.never_inserted > 200
    assert found.unfinished > found.never_inserted
    assert found.emptied_s is None
    assert found.depart_delay_s > 50


@pytest.mark.parametrize(
    ("demand", "message"),
    [
        ('<routes><trip id="a" depart="0" from="nowhere" to="A0B0"/></routes>', "nowhere"),
        (
            '<routes><vehicle id="a" depart="0"><route edges="left0A0 C0right0"/></vehicle>'
            "</routes>",
            "route",
        ),
        ('<routes><vehicle id="a" type="t" depart="0"/></routes>', "a"),
    ],
)
def test_what_sumo_refuses_is_one_sentence(
    net: Path, tmp_path: Path, demand: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        run(make(net, tmp_path, demand), shipped(), 1)
    assert "\n" not in str(caught.value)
    assert "three, shipped, seed 1" in caught.value.where


def test_a_truncated_network_is_refused(net: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.net.xml"
    broken.write_bytes(net.read_bytes()[:5000])
    with pytest.raises(InputError, match="XML"):
        run(make(broken, tmp_path, DEMAND.format(rate=60)), shipped(), 1)


def test_an_experiment_pairs_seeds_and_tells_progress(scenario: Scenario, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    variants = [shipped(), actuated(scenario, tmp_path)]
    result = run_experiment(
        scenario,
        variants,
        [3, 1],
        jobs=2,
        corridor_edges=EASTBOUND,
        progress=lambda done, total, what: told.append((done, total, what)),
    )
    assert [(done, total) for done, total, _ in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [r.seed for r in result.records_of("actuated")] == [3, 1]
    alone = run(scenario, shipped(), 1, corridor_edges=EASTBOUND).measures
    assert result.records_of("shipped")[1].measures == alone
    comparison = compare(result, "shipped", "actuated")
    told_json = json.loads(json.dumps(result_to_json(result, comparison)))
    assert told_json["seeds"] == [3, 1]
    delays = [v["total_delay_s"]["per_seed"] for v in told_json["variants"]]
    differences = [b - a for a, b in zip(*delays, strict=True)]
    assert told_json["comparison"]["difference_s"] == pytest.approx(sum(differences) / 2)
    low, high = told_json["comparison"]["interval_s"]
    assert low <= told_json["comparison"]["difference_s"] <= high


def test_a_cache_resumes_and_outlives_damage(scenario: Scenario, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = run_experiment(scenario, [shipped()], [1, 2], jobs=2, cache=cache)
    again = run_experiment(scenario, [shipped("today")], [1, 2, 3], jobs=2, cache=cache)
    walls = [r.wall_s for r in first.records[0]]
    assert [r.wall_s for r in again.records[0]][:2] == walls, "taken from the cache"
    assert {r.variant for r in again.records[0]} == {"today"}
    files = sorted(cache.iterdir())
    assert len(files) == 3
    for file in files:
        file.write_text(file.read_text()[:100])
    third = run_experiment(scenario, [shipped()], [1], jobs=2, cache=cache)
    assert third.records[0][0].measures == first.records[0][0].measures
    changed = scenario.with_options({"scale": "0.5"})
    scaled = run_experiment(changed, [shipped()], [1], cache=cache)
    assert scaled.records[0][0].measures.due < first.records[0][0].measures.due


def test_a_record_survives_json(scenario: Scenario) -> None:
    made = run(scenario, shipped(), 1)
    assert record.from_json(json.loads(json.dumps(record.to_json(made)))) == made
    with pytest.raises(SimulationError):
        record.from_json({"schema": "signalctl/run/1"})


def test_a_run_that_dies_is_tried_again_but_not_for_ever(net: Path, tmp_path: Path) -> None:
    long = make(net, tmp_path, DEMAND.format(rate=9000))
    killed: list[int] = []

    def kill(times: int) -> None:
        until = time.monotonic() + 30
        while len(killed) < times and time.monotonic() < until:
            for pid in set(children()) - set(killed):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            time.sleep(0.005)

    once = threading.Thread(target=kill, args=(1,))
    once.start()
    result = run_experiment(long, [shipped()], [1], jobs=1)
    once.join()
    assert len(killed) == 1
    assert result.records[0][0].measures.due == 808
    killed.clear()
    twice = threading.Thread(target=kill, args=(2,))
    twice.start()
    with pytest.raises(SimulationError, match=r"without a result.*It was tried 2 times") as caught:
        run_experiment(long, [shipped()], [1], jobs=1, limits=RunLimits(attempts=2))
    assert "three, shipped, seed 1" in caught.value.where
    twice.join()


def test_cancelling_ends_every_run(scenario: Scenario, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    looks = iter([False] * 3 + [True] * 100)
    with pytest.raises(Cancelled):
        run_experiment(
            scenario,
            [shipped()],
            range(20),
            jobs=2,
            is_cancelled=lambda: next(looks),
            keep_outputs=kept,
        )
    assert len(list(kept.glob("*/*"))) < 20


def test_bad_experiments_are_refused(scenario: Scenario) -> None:
    for variants, seeds, jobs in (
        ([], [1], 1),
        ([shipped()], [], 1),
        ([shipped(), shipped()], [1], 1),
        ([shipped()], [1, 1], 1),
        ([shipped()], [-1], 1),
        ([shipped()], [1], 0),
    ):
        with pytest.raises(InputError):
            run_experiment(scenario, variants, seeds, jobs=jobs)
    with pytest.raises(InputError, match="no edge 'x'"):
        run_experiment(scenario, [shipped()], [1], corridor_edges=["x"])


def test_sumo_tools_make_programs_for_every_signal(scenario: Scenario, tmp_path: Path) -> None:
    variant = sumo_tools(scenario, tmp_path)
    lights = {
        logic.get("id")
        for logic in etree.parse(str(variant.additionals[0])).getroot().iter("tlLogic")
    }
    assert lights == {"A0", "B0", "C0"}
    assert run(scenario, variant, 1).measures.unfinished == 0


def test_lamps_show_a_loaded_program_second_by_second(scenario: Scenario, tmp_path: Path) -> None:
    links = len(shown_states(scenario, shipped(), ["B0"], 1.0)["B0"][0])
    greens, ambers, reds = (letter * links for letter in "gyr")
    path = tmp_path / "plan.add.xml"
    path.write_text(
        '<additional><tlLogic id="B0" type="static" programID="ours" offset="4">'
        f'<phase duration="6" state="{greens}"/><phase duration="3" state="{ambers}"/>'
        f'<phase duration="1" state="{reds}"/></tlLogic></additional>'
    )
    shown = shown_states(scenario, plans("ours", path), ["B0", "A0"], 30.0)
    cycle = [greens] * 6 + [ambers] * 3 + [reds]
    assert shown["B0"] == [cycle[(second - 4) % 10] for second in range(30)]
    assert len(shown["A0"]) == 30
    with pytest.raises(InputError):
        shown_states(scenario, shipped(), ["nowhere"], 30.0)


def test_trajectories_stand_before_stop_lines(scenario: Scenario) -> None:
    lines = tuple(
        StopLine(junction_id=junction, group_id="1", position_m=200.0 * i)
        for i, junction in enumerate(("A0", "B0", "C0"))
    )
    corridor = Corridor(
        name="east",
        junction_ids=("A0", "B0", "C0"),
        outbound=Progression(stop_lines=lines, speeds_mps=(13.9, 13.9), edges=EASTBOUND),
        inbound=None,
    )
    found = trajectories(scenario, shipped(), 1, corridor, 60.0, 200.0)
    assert {t.direction for t in found} == {"outbound"}
    assert all(t.vehicle_id.startswith(("we.", "bus.")) for t in found)
    assert len(found) > 20
    for trajectory in found:
        times = [time_s for time_s, _ in trajectory.points]
        places = [at_m for _, at_m in trajectory.points]
        assert 60.0 <= times[0] <= times[-1] <= 200.0
        assert places == sorted(places)
    halts = [
        here
        for t in found
        for (_, before), (_, here) in zip(t.points, t.points[1:], strict=False)
        if here - before < 0.05
    ]
    assert halts
    assert all(any(line - 80 < at_m < line for line in (0, 200, 400)) for at_m in halts)
    whole = [t for t in found if t.points[-1][1] > 400]
    assert whole
    with pytest.raises(InputError):
        trajectories(scenario, shipped(), 1, corridor, 9000.0, 9100.0)


def test_variants_of_equal_content_are_equal(scenario: Scenario, tmp_path: Path) -> None:
    one = actuated(scenario, tmp_path)
    folder = tmp_path / "again"
    folder.mkdir()
    two = actuated(scenario, folder)
    assert one.fingerprint == two.fingerprint != shipped().fingerprint
    assert replace(one, options=FrozenMap({"scale": "2"})).fingerprint != one.fingerprint
