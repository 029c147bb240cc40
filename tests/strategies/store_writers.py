"""Processes that write to one store at once; for the tests of both databases."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from stored_pushes import NOON, small_push

from signalctl.domain.push import Step
from signalctl.store.agreement import disagreements
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.journal import Journal


def in_processes(number: int, work: Callable[[int], None]) -> None:
    """Do the work in so many forked processes at once; raises when one of them failed."""
    children = []
    for i in range(number):
        child = os.fork()
        if child == 0:
            try:
                work(i)
            except BaseException:  # noqa: BLE001 a forked child must end here, whatever happened
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * number


def writers_at_once_keep_one_chain(url: str, writers: int = 2, entries: int = 40) -> None:
    """Open a database that is not there yet, and write, each for himself, all at once."""

    def write(me: int) -> None:
        with Database(url) as database:
            audit, journal = Audit(database), Journal(database)
            journal.begin(small_push(f"p{me}"))
            for number in range(entries):
                audit.append(
                    actor=f"writer {me}", action="word", subject="", reason="", before=None,
                    after=number, at=NOON,
                )  # fmt: skip
                journal.note(f"p{me}", "a", Step.IN_DOUBT, at=NOON)

    in_processes(writers, write)
    with Database(url) as database:
        audit = Audit(database)
        assert audit.verify() is None
        assert disagreements(database) == ()
        found = audit.entries(limit=10_000)
        assert len(found) == writers * (1 + 2 * entries)
        for me in range(writers):
            mine = [entry.after for entry in found if entry.actor == f"writer {me}"]
            assert mine == list(range(entries))
