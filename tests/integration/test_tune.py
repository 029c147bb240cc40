"""Tuning on the shipped arterial: a planted fault is found and given back, the rest refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import complaint, said

from signalctl.cli import tune as verb
from signalctl.cli.main import run
from signalctl.files.plan_edit import edit_plans
from signalctl.files.plan_file import read_plans
from signalctl.rules.registry import profile
from signalctl.workflow.source import Source, open_scenario
from signalctl.workflow.tune.one_second_text import in_words, parse_changes
from signalctl.workflow.tune.runs import PairedRuns, TuneConditions
from signalctl.workflow.tune.screen import Screen, open_screen
from signalctl.workflow.tune.session import Workplace
from signalctl.workflow.tune.trial import Trial
from signalctl.workflow.tune.trying import with_changes
from signalctl.workflow.tune.tune import Ended, Listener, TuneRequest, tune

pytestmark = pytest.mark.sumo
assert verb  # registers the verb

FAULT = "J3: stage 8 -2, stage 2 +2"
"""Two seconds stolen from the left turns that limit J3 in the peak."""
JOBS = 2


@pytest.fixture(scope="module")
def peak(arterial: Path) -> Path:
    """The first minutes of the peak, and a green wave's plans of it."""
    path = arterial / "peak-start.yaml"
    path.write_text(
        "schema: signalctl/scenario/1\nname: peak start\nnetwork: net.net.xml\n"
        "routes: [peak.rou.xml]\nadditionals: [stops.add.xml]\nbegin_s: 0\nend_s: 240\n"
    )
    wave = ["greenwave", str(arterial / "peak.sumocfg"), "--auto", "--cycle", "91"]
    assert run([*wave, "-o", str(arterial / "wave.yaml")]) == 0
    return path


@pytest.fixture(scope="module")
def source(peak: Path) -> Source:
    return open_scenario(peak)


@pytest.fixture(scope="module")
def faulty(peak: Path, source: Source) -> Path:
    """The wave with the fault in it and a comment that should stay."""
    good = peak.parent / "wave.yaml"
    plans = read_plans(good)
    changes = parse_changes(FAULT, plans.plans, source.network.junctions)
    broken = with_changes(plans, changes, source.network, profile("as-surveyed"))
    path = peak.parent / "faulty.yaml"
    path.write_text(good.read_text() + "# seen by the night shift\n")
    edit_plans(path, path, broken.plans)
    return path


@pytest.fixture(scope="module")
def conditions(tmp_path_factory: pytest.TempPathFactory) -> TuneConditions:
    return TuneConditions(
        profile=profile("as-surveyed"),
        seeds=7,
        jobs=JOBS,
        cache=tmp_path_factory.mktemp("runs"),
    )


class CountedTests:
    """A clock that counts tests, so that a budget of three is three tests on any machine."""

    def __init__(self) -> None:
        self.made: list[Trial] = []

    def __call__(self) -> float:
        return float(len(self.made))

    def told(self, trial: Trial) -> None:
        self.made.append(trial)


@pytest.fixture(scope="module")
def screen(source: Source, conditions: TuneConditions) -> Screen:
    return open_screen(source, conditions.objective, JOBS)


@pytest.fixture(scope="module")
def workplace(faulty: Path) -> Workplace:
    place = Workplace(given=faulty, output=faulty.with_name("tuned.yaml"))
    place.open()
    return place


def test_the_planted_fault_is_found_and_given_back(
    source: Source,
    faulty: Path,
    workplace: Workplace,
    screen: Screen,
    conditions: TuneConditions,
) -> None:
    given = read_plans(faulty)
    tests = CountedTests()
    with PairedRuns(source, conditions) as runs:
        tuned = tune(
            runs,
            given,
            TuneRequest(junctions=("J3",), budget_s=3.0, confirm_seeds=3),
            workplace=workplace,
            screen=screen,
            listener=Listener(told=tests.told),
            clock=tests,
        )
    assert tuned.ended is Ended.TIME
    assert tuned.accepted
    for trial in tuned.accepted:
        assert trial.change.parts["8"] == 1, in_words(trial.change)
        assert trial.mean < 0
        assert trial.interval is not None
        assert trial.interval[1] < 0
    assert all(t.why and t.mean > -2.0 for t in tuned.trials if t not in tuned.accepted)
    found = tuned.confirmation
    assert found is not None
    assert found.difference.mean < -0.5
    assert not set(found.seeds) & set(range(1001, 1031))
    assert read_plans(workplace.output).plans == tuned.plans.plans
    assert "# seen by the night shift" in workplace.output.read_text()
    journal = json.loads((workplace.folder / "journal.json").read_text())
    assert len(journal["tests"]) == len(tuned.trials)


def test_a_session_goes_on_where_it_was_interrupted(
    source: Source,
    faulty: Path,
    workplace: Workplace,
    screen: Screen,
    conditions: TuneConditions,
) -> None:
    given = read_plans(faulty)
    tests = CountedTests()

    def stop_after_the_first(_used_s: float, _what: str) -> None:
        if tests.made:
            raise KeyboardInterrupt

    request = TuneRequest(junctions=("J3",), budget_s=3.0, confirm_seeds=3)
    with PairedRuns(source, conditions) as runs:
        cut = tune(
            runs,
            given,
            request,
            workplace=workplace,
            screen=screen,
            listener=Listener(told=tests.told, progress=stop_after_the_first),
            clock=tests,
        )
    assert cut.ended is Ended.INTERRUPTED
    assert len(cut.trials) == 1
    assert cut.confirmation is None
    assert read_plans(workplace.output).plans == cut.plans.plans
    journal = json.loads((workplace.folder / "journal.json").read_text())
    assert len(journal["tests"]) == 1


def test_a_second_that_does_nothing_is_told_so(
    peak: Path, faulty: Path, conditions: TuneConditions, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["tune", str(peak), "--plans", str(faulty), "--jobs", str(JOBS), "--seeds", "3"]
    document = said([*command, "--try", "J3: stage 3 -1, stage 2 +1"], capfd)
    assert document["verdict"] == "does nothing"
    assert abs(document["difference"]["mean"]) < 0.1
    assert document["seeds"] == [1001, 1002, 1003]
    assert document["changes"] == ["J3: stage 3 -1 s, stage 2 +1 s"]


def test_mistakes_and_broken_rules_get_one_sentence(
    peak: Path, faulty: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["tune", str(peak), "--plans", str(faulty)]
    assert "nowhere to write" in complaint(command, capfd)
    assert "no junction 'X'" in complaint([*command, "--try", "X: offset +1"], capfd)
    below = complaint([*command, "--try", "J3: stage 8 -1, stage 2 +1"], capfd, code=1)
    assert "minimum-green at second" in below
    nowhere = complaint([*command, "-o", "x.yaml", "--junction", "J9"], capfd)
    assert "no signal-controlled junction 'J9'" in nowhere
    for option, text, message in (
        ("--objective", "speed", "no objective 'speed'"),
        ("--limit", "queue<80", "is no limit"),
        ("--budget", "soon", "no time to search"),
        ("--least-gain", "-1", "no gain worth having"),
    ):
        assert message in complaint([*command, "--try", "J3: offset +1", option, text], capfd)
