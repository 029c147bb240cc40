"""Experiments on a Dask cluster: the same numbers, nothing lost, nothing counted twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simulations import folder_of
from simulations import simulations as all_simulations
from small_nets import crossroads

from signalctl.domain.errors import InputError, SimulationError
from signalctl.networks.network import read_network
from signalctl.sim.experiment import Cancelled, run_experiment
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.scenario import Scenario, hashed, read_scenario
from signalctl.sim.variants import plans, shipped
from signalctl.sim.worker import ALIVE

pytestmark = pytest.mark.sumo

SIGNALCTL, DASK = (str(Path(sys.executable).parent / name) for name in ("signalctl", "dask"))
QUIET: dict[str, Any] = {
    "threads_per_worker": 1,
    "processes": True,
    "dashboard_address": "127.0.0.1:0",
    "silence_logs": 50,
}
MARK = "SIGNALCTL_TEST_RUN"
"""In the environment of every process of this test run, as others may run simulations too."""


@pytest.fixture(scope="module", autouse=True)
def marked() -> Iterator[None]:
    os.environ[MARK] = str(os.getpid())
    yield
    del os.environ[MARK]


@pytest.fixture(scope="module")
def address(marked: None) -> Iterator[str]:
    """A scheduler with two workers, each a process with its nanny."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, **QUIET) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crossroads(tmp_path_factory.mktemp("net"))


def make(net: Path, folder: Path, end_s: int) -> Scenario:
    flows = "".join(
        f'<flow id="{a}{b}" begin="0" end="{end_s}" period="5"><route edges="{a}c c{b}"/></flow>'
        for a, b in ("ns", "sn", "ew", "we")
    )
    (folder / "demand.rou.xml").write_text(f"<routes>{flows}</routes>")
    path = folder / "s.yaml"
    path.write_text(
        f"schema: signalctl/scenario/1\nname: cross\nnetwork: {net}\n"
        f"routes: [demand.rou.xml]\nend_s: {end_s}\n"
    )
    return read_scenario(path)


@pytest.fixture
def brief(net: Path, tmp_path: Path) -> Scenario:
    return make(net, tmp_path, 200)


@pytest.fixture
def lasting(net: Path, tmp_path: Path) -> Scenario:
    """Runs long enough to be disturbed."""
    return make(net, tmp_path, 2400)


def simulations(*, under_way: bool = False) -> list[int]:
    """Process ids of this test run's simulations; only those that drive if `under_way`."""
    ours = [pid for pid, asker in all_simulations().items() if _is_ours(asker)]
    return sorted(pid for pid in ours if not under_way or _drives(pid))


def _is_ours(asker: int) -> bool:
    """Whether the process is this one, or was begun by a test of this file."""
    try:
        marked = f"{MARK}={os.getpid()}".encode() in Path(f"/proc/{asker}/environ").read_bytes()
    except OSError:
        return False
    return marked or asker == os.getpid()


def _drives(pid: int) -> bool:
    folder = folder_of(pid)
    return folder is not None and (folder / ALIVE).exists()


def until(condition: Callable[[], bool], limit_s: float = 60.0) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + limit_s
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


@contextmanager
def once_it_drives(act: Callable[[int], None]) -> Iterator[list[int]]:
    """Do something to the first simulation that drives; tells which it was."""
    done: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02) and not done:
            for pid in simulations(under_way=True)[:1]:
                done.append(pid)
                act(pid)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def test_a_cluster_gives_the_numbers_of_this_machine_without_its_folders(
    net: Path, brief: Scenario, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    width = len(read_network(net).roads.of_light("c"))
    (tmp_path / "plan.add.xml").write_text(
        '<additional><tlLogic id="c" type="static" programID="ours" offset="0">'
        f'<phase duration="40" state="{"g" * width}"/></tlLogic></additional>'
    )
    (tmp_path / "own.net.xml").write_bytes(net.read_bytes())
    # The workers' current folder is another one: they see none of these paths.
    monkeypatch.chdir(tmp_path)
    names = (Path("own.net.xml"), Path("demand.rou.xml"))
    scenario = replace(brief, net=names[0], routes=names[1:], inputs=hashed(names))
    variants = [shipped(), plans("ours", Path("plan.add.xml"))]
    cache, kept = tmp_path / "cache", tmp_path / "kept"
    told: list[tuple[int, int]] = []
    here = run_experiment(scenario, variants, [1, 2], jobs=2)
    there = run_experiment(
        scenario,
        variants,
        [1, 2],
        cluster=address,
        cache=cache,
        keep_outputs=kept,
        progress=lambda done, total, _: told.append((done, total)),
    )
    for one, other in zip(here.records, there.records, strict=True):
        assert [replace(r, wall_s=0.0) for r in one] == [replace(r, wall_s=0.0) for r in other]
    assert told == [(n, 4) for n in range(1, 5)]
    assert len(list(cache.iterdir())) == 4
    assert (kept / "ours" / "seed-2" / "tripinfo.xml").read_text().count("<tripinfo ") == 160
    assert run_experiment(scenario, variants, [1, 2], cache=cache).records == there.records


def test_a_killed_worker_costs_nothing(lasting: Scenario, address: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with once_it_drives(lambda pid: os.kill(all_simulations()[pid], signal.SIGKILL)) as killed:
        result = run_experiment(lasting, [shipped()], [1, 2, 3], cluster=address, cache=cache)
    assert killed
    assert [r.seed for r in result.records[0]] == [1, 2, 3]
    assert {r.measures.due for r in result.records[0]} == {1920}
    assert len(list(cache.iterdir())) == 3
    assert until(lambda: simulations() == [])


@pytest.mark.parametrize("on_cluster", [False, True])
def test_a_simulation_that_stands_still_is_replaced(
    brief: Scenario, lasting: Scenario, address: str, on_cluster: bool
) -> None:
    limits = RunLimits(silence_s=3.0)
    cluster = address if on_cluster else None
    with once_it_drives(lambda pid: os.kill(pid, signal.SIGSTOP)) as stopped:
        result = run_experiment(lasting, [shipped()], [1], jobs=1, cluster=cluster, limits=limits)
    assert stopped
    assert result.records[0][0].measures.unfinished == 0
    assert simulations() == []


def test_one_hopeless_run_does_not_throw_away_the_others(
    brief: Scenario, address: str, tmp_path: Path
) -> None:
    (tmp_path / "hopeless.xml").write_text('<additional><tlLogic id="c" type="odd"/></additional>')
    variants = [shipped(), plans("hopeless", tmp_path / "hopeless.xml")]
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="SUMO refuses") as caught:
        run_experiment(brief, variants, [1, 2], cluster=address, cache=cache)
    assert "cross, hopeless, seed 1" in str(caught.value)
    assert len(list(cache.iterdir())) == 2


def test_a_run_beyond_its_time_fails_by_name(lasting: Scenario, address: str) -> None:
    # Less than it takes to load SUMO, on any machine.
    limits = RunLimits(wall_s=0.2, attempts=2)
    with pytest.raises(SimulationError, match=r"after 0.2 s on the clock.*tried 2 times") as caught:
        run_experiment(lasting, [shipped()], [5], cluster=address, limits=limits)
    assert "cross, shipped, seed 5" in caught.value.where


def test_cancelling_ends_the_workers_simulations(lasting: Scenario, address: str) -> None:
    with pytest.raises(Cancelled):
        run_experiment(
            lasting,
            [shipped()],
            range(1, 9),
            cluster=address,
            is_cancelled=lambda: len(simulations(under_way=True)) == 2,
        )
    assert until(lambda: simulations() == [], 10.0)


@pytest.mark.parametrize(("own", "how"), [(False, signal.SIGKILL), (True, signal.SIGINT)])
def test_a_client_that_leaves_takes_its_simulations_along(
    lasting: Scenario, address: str, own: bool, how: signal.Signals
) -> None:
    options = ["--seeds", "9", "--jobs", "2", "--cluster", "local" if own else address]
    asker = subprocess.Popen(
        [SIGNALCTL, "simulate", str(lasting.source), *options],
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Tests started in the background pass on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        text=True,
    )
    assert until(lambda: len(simulations(under_way=True)) == 2)
    # As a terminal does it: to the whole group.
    os.killpg(asker.pid, how)
    _, said = asker.communicate(timeout=30)
    assert until(lambda: simulations() == [], 10.0)
    if how == signal.SIGINT:
        assert asker.returncode == 130
        assert "interrupted" in said
        assert "Traceback" not in said


def test_a_lost_scheduler_is_one_sentence_and_ends_the_simulations(
    lasting: Scenario, tmp_path: Path, marked: None
) -> None:
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    own = ["--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen([DASK, "scheduler", *common, *own], **quiet)
    worker = subprocess.Popen([DASK, "worker", *common, "--nthreads", "2"], **quiet)
    try:
        assert until(file.exists)
        found = json.loads(file.read_text())["address"]
        asker = subprocess.Popen(
            [SIGNALCTL, "simulate", str(lasting.source), "--seeds", "9", "--cluster", found],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert until(lambda: len(simulations(under_way=True)) == 2)
        scheduler.kill()
        _, said = asker.communicate(timeout=60)
        assert asker.returncode == 3
        assert f"signalctl: The Dask scheduler at {found} was lost." in said
        assert "Traceback" not in said
        assert until(lambda: simulations() == [], 10.0)
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait(timeout=30)


def test_a_worker_of_another_release_is_refused(
    brief: Scenario, tmp_path: Path, marked: None
) -> None:
    from distributed import LocalCluster

    fake = tmp_path / "site" / "eclipse_sumo-1.27.0.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: eclipse-sumo\nVersion: 1.27.0\n")
    with ExitStack() as stack:
        # The worker inherits the path on which it finds releases; we find ours again.
        with pytest.MonkeyPatch.context() as inherited:
            inherited.syspath_prepend(str(fake.parent))
            cluster = stack.enter_context(LocalCluster(n_workers=1, **QUIET))
        with pytest.raises(SimulationError, match=r"has eclipse-sumo 1\.27\.0 instead of 1\.28"):
            run_experiment(brief, [shipped()], [1], cluster=cluster.scheduler_address)


def test_a_cluster_that_is_not_there_is_one_sentence(brief: Scenario) -> None:
    with pytest.raises(InputError, match="no address"):
        run_experiment(brief, [shipped()], [1], cluster="nonsense")
    with pytest.raises(SimulationError, match="No Dask scheduler answers at tcp://127") as caught:
        run_experiment(brief, [shipped()], [1], cluster="tcp://127.0.0.1:1")
    assert caught.value.exit_code == 3
