"""The process that forks runs: what becomes of runs when it, or who asked for them, is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from simulations import simulations
from two_signals import two_signals

from signalctl.sim.experiment import run_experiment
from signalctl.sim.scenario import Scenario, read_scenario
from signalctl.sim.variants import shipped

pytestmark = pytest.mark.sumo

ASKS = """
import os, sys
from signalctl.sim.experiment import run_experiment
from signalctl.sim.scenario import read_scenario
from signalctl.sim.variants import shipped
from pathlib import Path

def delays(*seeds):
    found = run_experiment(read_scenario(Path(sys.argv[1])), [shipped()], seeds, jobs=2)
    return [record.measures.total_delay_s for record in found.records[0]]

"""
FORKS = (
    ASKS
    + """
before = delays(1)
child = os.fork()
if child == 0:
    os._exit(0 if delays(1) == before and delays(2) != before else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert delays(1) == before
"""
)

QUESTIONS = """
import sys
from pathlib import Path
from signalctl.domain.errors import SimulationError
from signalctl.sim.own_process import answer_of

folder = Path(sys.argv[1])
for module, limit_s in ("answers", 60.0), ("sleeps", 1.0), ("fails", 60.0), ("unknown", 60.0):
    try:
        print(answer_of(module, folder, "result.json", limit_s, "here"))
    except SimulationError as error:
        print(error.message)
"""
MODULES = {
    "answers": "(folder / 'result.json').write_text('[1, 2]')\n    return 0",
    "sleeps": "import time\n    time.sleep(60)",
    "fails": "raise ValueError('no lane of that name')",
}


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    return two_signals(tmp_path, 60, east_vph=300, west_vph=300, north_vph=300)


@pytest.fixture
def lasting(tmp_path: Path) -> Path:
    """Half a minute of computing."""
    return two_signals(tmp_path, 40_000, east_vph=900, west_vph=900, north_vph=300)


def of(asker: int) -> list[int]:
    return [pid for pid, own in simulations().items() if own == asker]


def until(condition: Callable[[], bool], limit_s: float = 60.0) -> bool:
    """Whether a condition came true in time."""
    end_s = time.monotonic() + limit_s
    while not (met := condition()) and time.monotonic() < end_s:
        time.sleep(0.02)
    return met


def test_runs_end_with_who_asked_for_them_however_it_ends(lasting: Path) -> None:
    words = [sys.executable, "-c", ASKS + "delays(1, 2)", str(lasting)]
    with subprocess.Popen(words) as asker:
        assert until(lambda: len(of(asker.pid)) == 2)
        begun = of(asker.pid)
        asker.kill()
    assert until(lambda: not set(begun) & set(simulations()), 10.0)


def test_a_run_whose_nursery_dies_is_made_again_in_another(tmp_path: Path) -> None:
    # Some seconds of computing: seen in the list of processes, and still there to be killed.
    path = two_signals(tmp_path, 4_000, east_vph=900, west_vph=900, north_vph=300)
    scenario: Scenario = read_scenario(path)
    expected = run_experiment(scenario, [shipped()], [1], jobs=1).records[0][0].measures
    killed: list[int] = []

    def kill() -> None:
        seen: list[int] = []

        def begun() -> bool:
            seen.extend(of(os.getpid()))
            return bool(seen)

        if until(begun):
            killed.append(parent(seen[0]))
            os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    found = run_experiment(scenario, [shipped()], [1], jobs=1).records[0][0].measures
    thread.join()
    assert len(killed) == 1
    assert found == expected


def test_a_fork_of_who_asks_has_runs_of_its_own(brief: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(brief)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_question_is_answered_or_the_reason_is_told(tmp_path: Path) -> None:
    for name, body in MODULES.items():
        (tmp_path / f"{name}.py").write_text(f"def main(folder):\n    {body}\n")
    done = subprocess.run(
        [sys.executable, "-c", QUESTIONS, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    answer, late, failed, unknown = done.stdout.splitlines()
    assert answer == "[1, 2]"
    assert late == "sleeps did not end within 1 s."
    assert failed.startswith("fails ended with status 1 without an answer.")
    assert failed.endswith("ValueError: no lane of that name")
    assert unknown.endswith("No module named 'unknown'")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
