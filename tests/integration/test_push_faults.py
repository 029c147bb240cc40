"""The push under faults and kills: every cell of the matrix, and a few kills."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.fault_matrix import DEEDS, TROUBLES, matrix, summary, table
from bench.push_kills import kills
from bench.push_street import Kind
from signalctl.domain.push import PushState
from signalctl.store.audit import Audit
from signalctl.store.database import Database


def test_no_fault_at_any_step_leaves_a_junction_without_a_plan_or_a_false_journal(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with Database(f"sqlite:///{tmp_path}/matrix.db") as database:
        cells = matrix(database)
        assert Audit(database).verify() is None
    sys.stdout.write(f"{table(cells)}\n")
    record_property("faults at every step of a push", summary(cells))
    assert len(cells) == len(TROUBLES) * len(DEEDS) * len(Kind)
    assert [(c.trouble, c.deed, c.kind, c.wrong) for c in cells if c.wrong] == []
    states = {(c.trouble, c.state) for c in cells}
    # The matrix shows something only if faults do hurt, and harmless ones do not.
    assert ("power off", PushState.IN_DOUBT) in states
    assert ("wrong-readback", PushState.UNDONE) in states
    assert {state for trouble, state in states if trouble == "drift"} == {
        PushState.DONE,
        PushState.UNDONE,
    }


def test_a_killed_push_is_finished_or_undone_by_the_next_process(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    figures = kills(6, 4, seed=7, folder=tmp_path)
    record_property("killed pushes", figures.said())
    assert figures.wrong == []
    assert figures.kills == 6
    assert sum(figures.results.values()) == 6
