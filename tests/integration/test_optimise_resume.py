"""An optimisation that is killed at any moment leaves what the same command goes on from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from two_signals import two_signals

from signalctl.files.plan_file import read_plans
from signalctl.optimiser.objective import Objective
from signalctl.rules.registry import profile
from signalctl.workflow.fitting import fit, require_safe
from signalctl.workflow.optimise.optimise import confirmed_before
from signalctl.workflow.optimise.problem import open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.session import Clock, Session, shipped_entrant
from signalctl.workflow.optimise.state import StateFolder, state_from_json, with_refuted
from signalctl.workflow.race.race import Conditions, Track
from signalctl.workflow.source import open_scenario

pytestmark = pytest.mark.sumo

PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two signals in a row and three minutes of traffic."""
    folder = tmp_path_factory.mktemp("two")
    return two_signals(folder, 200, east_vph=500, west_vph=200, north_vph=100)


def command(scenario: Path, output: Path, budget: str) -> list[str]:
    code = (
        "import sys; from signalctl.cli import optimise; from signalctl.cli.main import run; "
        "sys.exit(run(sys.argv[1:]))"
    )
    words = ["optimise", str(scenario), "-o", str(output), "--budget", budget, "--json"]
    return [sys.executable, "-c", code, *words, "--jobs", "2"]


def state_of(output: Path) -> Path:
    return output.with_name(output.name + ".work") / "state.json"


def runs_of(output: Path) -> int:
    return len(list((output.with_name(output.name + ".work") / "runs").glob("[!.]*.json")))


def entrants_of(output: Path) -> int:
    return len(json.loads(state_of(output).read_text())["entrants"])


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "as soon as there is a state": lambda output: state_of(output).exists(),
    "when plans are known": lambda output: state_of(output).exists() and entrants_of(output) > 0,
    "in the race": lambda output: runs_of(output) >= 4,
}


def assert_readable(output: Path, scenario: Path) -> None:
    """State and plan file, as far as they exist, can be used; the plans are safe."""
    state_from_json(json.loads(state_of(output).read_text()))
    if output.exists():
        network = open_scenario(scenario).network
        fitted = fit(read_plans(output), network)
        require_safe(fitted, profile("as-surveyed"), allow_unsafe=False)


def test_killed_at_any_moment_it_goes_on_where_it_was(scenario: Path, tmp_path: Path) -> None:
    output = tmp_path / "plans.yaml"
    runs_before = 0
    for moment in MOMENTS.values():
        process = subprocess.Popen(
            command(scenario, output, "1h"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        waited_to = time.monotonic() + PATIENCE_S
        while not moment(output):
            said = process.stderr.read() if process.poll() is not None and process.stderr else b""
            assert process.poll() is None, said.decode()
            assert time.monotonic() < waited_to, "the moment never came"
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
        assert_readable(output, scenario)
        # What was run stays run.
        assert runs_of(output) >= runs_before
        runs_before = runs_of(output)

    before = json.loads(state_of(output).read_text())
    done = subprocess.run(
        command(scenario, output, f"{before['spent_s'] + 10:.0f}s"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert document["resumed"]
    assert document["better_plan_found"] == (done.returncode == 0)
    after = state_from_json(json.loads(state_of(output).read_text()))
    assert after.rounds >= max(1, before["rounds"])
    assert after.evaluations >= before["evaluations"]
    assert_readable(output, scenario)

    # Once more, the budget used up: the same answer again, nothing run again.
    runs = runs_of(output)
    again = subprocess.run(
        command(scenario, output, f"{before['spent_s'] + 10:.0f}s"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert again.returncode == done.returncode, again.stderr
    assert json.loads(again.stdout)["verdict"] == document["verdict"]
    assert runs_of(output) == runs

    # Had fresh seeds turned the leader down, nobody else would be tried without time for it.
    state = state_from_json(json.loads(state_of(output).read_text()))
    refused = with_refuted(
        replace(state, confirmed=None, is_confirmed=True), (state.entrants[0].name,), "It jams."
    )
    StateFolder(output).save(refused)
    stands = subprocess.run(
        command(scenario, output, f"{before['spent_s'] + 10:.0f}s"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert stands.returncode == 1, stands.stderr
    assert json.loads(stands.stdout)["verdict"] == "The shipped plan stands. It jams."
    assert runs_of(output) == runs


def test_interrupted_it_ends_at_once_and_says_where_the_best_is(
    scenario: Path, tmp_path: Path
) -> None:
    output = tmp_path / "plans.yaml"
    process = subprocess.Popen(
        command(scenario, output, "1h"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Tests started in the background pass on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    waited_to = time.monotonic() + PATIENCE_S
    while not (state_of(output).exists() and entrants_of(output) > 0):
        assert process.poll() is None
        assert time.monotonic() < waited_to
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "goes on where it was" in err
    assert "Traceback" not in err
    assert out == ""
    assert_readable(output, scenario)


@pytest.fixture(scope="module")
def counted(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Any]:
    """The same counted search with one job and with two: output and what was told."""
    folder = tmp_path_factory.mktemp("counted")
    told = {}
    for jobs in ("1", "2"):
        output = folder / f"{jobs}.yaml"
        words = command(scenario, output, "10min")[:-2]
        ended = subprocess.run(
            [*words, "--evaluations", "60", "--jobs", jobs], capture_output=True, text=True
        )
        assert ended.returncode in (0, 1), ended.stderr
        told[output] = json.loads(ended.stdout)
    return told


def test_counted_evaluations_give_the_same_numbers_whatever_the_machine(
    counted: dict[Path, Any],
) -> None:
    documents = list(counted.values())
    first, second = (
        {name: document[name] for name in ("race", "confirmation", "junctions", "rounds")}
        for document in documents
    )
    assert first == second
    assert documents[0]["model"]["evaluations"] == documents[1]["model"]["evaluations"]
    assert documents[0]["rounds"] == 1


def test_a_confirmed_plan_is_found_again_when_a_later_last_word_comes_to_nothing(
    scenario: Path, counted: dict[Path, Any]
) -> None:
    output = list(counted)[-1]
    confirmed = counted[output]["confirmation"]
    state = state_from_json(json.loads(state_of(output).read_text()))
    assert state.confirmed is not None
    # As after a search that went on: fresh seeds are due, others lead the race.
    name = state.confirmed.name
    later = replace(
        state,
        confirm_block=state.confirm_block + 1,
        is_confirmed=False,
        confirm_pairs=0,
        entrants=tuple(sorted(state.entrants, key=lambda each: each.name == name)),
    )
    source = open_scenario(scenario)
    assert source.scenario is not None
    request = OptimiseRequest(
        objective=Objective(),
        profile=profile("as-surveyed"),
        output=output,
        budget_s=600,
        evaluations=60,
    )
    folder = StateFolder(output)
    problem = open_problem(source, request, folder.path)
    session = Session(problem, folder, later, Clock(600), lambda done, total, what: None)
    conditions = Conditions(
        scenario=source.scenario,
        network=source.network,
        profile=request.profile,
        objective=request.objective,
        folder=folder.path,
        jobs=1,
        cluster=None,
    )
    with Track(conditions) as track:
        found = confirmed_before(session, track, shipped_entrant(problem.shipped_value))
        assert track.runs_made == 0
    assert found is not None
    assert found.answer == name
    (before,) = (trial for trial in confirmed["trials"] if trial["plan"] == name)
    assert list(found.trials[0].own.seeds) == before["seeds"]

    # Who has nothing confirmed falls back on nothing.
    session.state = replace(later, confirmed=None)
    with Track(conditions) as track:
        assert confirmed_before(session, track, shipped_entrant(problem.shipped_value)) is None
