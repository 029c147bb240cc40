"""signalctl audit: the log is listed, and whoever changed it is found out."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signalctl.cli.main import run
from signalctl.store.audit import Audit
from signalctl.store.database import Database


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path / 'log.db'}"
    with Database(found) as database:
        for number in range(3):
            Audit(database).append(
                actor="ann",
                action="looked",
                subject=f"J{number}",
                reason="rounds",
                before=None,
                after={"n": number},
                at=datetime(2026, 11, 22, 6, number, tzinfo=UTC),
            )
    return found


def test_entries_are_listed_from_where_one_asks(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "--database", url, "--after", "1", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert [entry["subject"] for entry in entries] == ["J1", "J2"]
    assert run(["audit", "--database", url]) == 0
    assert "rounds" in capsys.readouterr().out


def test_a_whole_log_tells_its_head_and_holds_one_noted_before(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "--verify", "--database", url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert told["entries"] == 3
    assert run(["audit", "--verify", "--database", url, "--expect", told["head"]]) == 0
    assert run(["audit", "--verify", "--database", url, "--expect", "sha256:0"]) == 1


def test_a_changed_entry_is_named(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(tmp_path / "log.db") as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE signalctl_audit SET actor = 'bob' WHERE sequence = 2")
    assert run(["audit", "--verify", "--database", url]) == 1
    assert "broken at entry 2" in capsys.readouterr().out
