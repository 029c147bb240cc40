"""The store on SQLite with real processes: killed, at once, and one after the other's death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from store_writers import in_processes, writers_at_once_keep_one_chain
from stored_pushes import NOON

from signalctl.domain.errors import NotInControl
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.leases import Leases
from signalctl.store.process_owner import ProcessOwner, this_process

STRATEGIES = Path(__file__).parents[1] / "strategies"
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def leases(url: str) -> Iterator[Leases]:
    with Database(url) as database:
        yield Leases(database)


def test_a_killed_writer_loses_nothing_that_was_told(
    url: str, record_property: Callable[[str, object], None]
) -> None:
    done = subprocess.run(
        [sys.executable, str(STRATEGIES / "store_killing.py"), url, "20", "4"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["kills"] == 20
    assert figures["told"] >= 20
    # Kills between begin and end of a push are what this is about.
    assert figures["pushes left open"] > 0
    record_property("store, writers killed", figures)


def test_writers_at_once_keep_one_chain(url: str) -> None:
    writers_at_once_keep_one_chain(url)


def test_many_processes_may_make_the_same_database_at_once(url: str) -> None:
    def make(me: int) -> None:
        with Database(url) as database:
            Audit(database).append(
                actor=str(me), action="", subject="", reason="", before=None, after=None, at=NOON
            )

    in_processes(6, make)
    with Database(url) as database:
        assert sorted(entry.actor for entry in Audit(database).entries()) == list("012345")
        assert Audit(database).verify() is None


def test_a_lease_keeps_others_out_all_or_nothing(leases: Leases) -> None:
    leases.take(["b"], "anna", LATER, NOON)
    with pytest.raises(NotInControl, match=r"device b: .*anna, until 2026-11-22 12:01:00 UTC"):
        leases.take(["a", "b", "c"], "ben", LATER, NOON)
    assert leases.held("ben") == ()
    leases.take(["b", "a"], "anna", LATER, NOON)
    assert leases.held("anna") == ("a", "b")
    leases.release("ben")
    leases.release("anna")
    leases.take(["a", "b"], "ben", LATER, NOON)
    assert leases.held("ben") == ("a", "b")


def test_a_lease_past_its_time_is_taken_over_and_not_renewed(leases: Leases) -> None:
    leases.take(["a", "b"], "anna", LATER, NOON)
    leases.take(["a"], "ben", LATER + timedelta(hours=1), LATER)
    assert leases.renew("anna", LATER + timedelta(minutes=5)) == ("b",)
    assert leases.held("ben") == ("a",)
    with pytest.raises(NotInControl):
        leases.take(["b"], "ben", LATER + timedelta(hours=1), LATER + timedelta(minutes=4))


def waiting_child() -> int:
    """A process that does nothing until it is killed."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    return child


def owner_of(pid: int, task: str = "push 1") -> str:
    """What the process itself would say it is."""
    me = ProcessOwner.of_text(this_process(task))
    assert me is not None
    # proc(5): field 22 is the start of the process.
    stat = Path(f"/proc/{pid}/stat").read_text()
    started = int(stat[stat.rfind(")") + 2 :].split()[19])
    return str(ProcessOwner(task=task, pid=pid, host=me.host, started=started, system=me.system))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells a dead owner")
def test_the_lease_of_a_killed_process_is_taken_over(leases: Leases) -> None:
    child = waiting_child()
    owner = owner_of(child)
    leases.take(["a"], owner, LATER, NOON)
    with pytest.raises(NotInControl, match=rf"push 1 by process {child} on "):
        leases.take(["a"], this_process("push 2"), LATER, NOON)
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    # Dead, and nobody has asked for its exit code yet.
    leases.take(["a"], this_process("push 2"), LATER, NOON)
    os.waitpid(child, 0)
    assert leases.renew(owner, LATER) == ()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells a dead owner")
def test_another_process_with_the_same_number_is_not_the_owner(leases: Leases) -> None:
    child = waiting_child()
    try:
        now = ProcessOwner.of_text(owner_of(child))
        assert now is not None
        assert now.started is not None
        assert not now.is_dead()
        earlier = ProcessOwner(
            task="push 1", pid=child, host=now.host, started=now.started - 1, system=now.system
        )
        leases.take(["a"], str(earlier), LATER, NOON)
        leases.take(["a"], this_process("push 2"), LATER, NOON)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_an_owner_elsewhere_is_not_called_dead(leases: Leases) -> None:
    me = ProcessOwner.of_text(this_process("push 1"))
    assert me is not None
    far = [
        str(ProcessOwner(task="p", pid=2**22 + 1, host="far", started=1, system="other/1")),
        str(ProcessOwner(task="p", pid=2**22 + 1, host=me.host, started=None, system=None)),
        "anna at the counter",
    ]
    for device, owner in enumerate(far):
        leases.take([str(device)], owner, LATER, NOON)
        with pytest.raises(NotInControl):
            leases.take([str(device)], str(me), LATER, NOON)


def test_two_tasks_of_one_process_are_two_owners(leases: Leases) -> None:
    leases.take(["a"], this_process("push 1"), LATER, NOON)
    leases.take(["a"], this_process("push 1"), LATER, NOON)
    with pytest.raises(NotInControl):
        leases.take(["a"], this_process("push 2"), LATER, NOON)
