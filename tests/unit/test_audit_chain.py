"""The audit log: what was appended is there, and whatever is done to it afterwards is found."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from stored_pushes import NOON

from signalctl.store.audit import START, Audit, Broken, entry_hash
from signalctl.store.column_types import stored_moment
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.stored_json import JsonValue

COLUMNS = (
    "sequence", "at", "actor", "action", "subject", "reason", "before_json", "after_json",
    "previous", "hash",
)  # fmt: skip
AFTER: JsonValue = {"b": [1, 2.5, None, True, "ü\0"], "a": {"z": 1, "b": ()}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def audit(file: Path) -> Iterator[Audit]:
    with Database(f"sqlite:///{file}") as database:
        yield Audit(database)


def fill(audit: Audit, entries: int = 4) -> None:
    for number in range(entries):
        audit.append(
            actor="anna\0\udcff\\u0000",
            action="push-step",
            subject=f"device {number}",
            reason="Straße",
            before=None,
            after=AFTER,
            at=NOON,
        )


def opened_up(file: Path) -> sqlite3.Connection:
    """The file in the hands of somebody who may do anything with it."""
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    return raw


def test_what_was_appended_is_there(audit: Audit) -> None:
    assert audit.entries() == ()
    assert audit.head() is None
    assert audit.verify() is None
    fill(audit)
    entries = audit.entries()
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert audit.head() == entries[-1]
    assert audit.entries(after=1, limit=2) == entries[1:3]
    assert entries[0].actor == "anna\0\udcff\\u0000"
    assert entries[0].at == NOON
    assert entries[0].after == {"a": {"b": [], "z": 1}, "b": [1, 2.5, None, True, "ü\0"]}
    assert audit.verify() is None
    assert audit.verify(expected_head=entries[2].hash) is None


def test_the_chain_can_be_checked_with_a_hash_function_alone(audit: Audit, file: Path) -> None:
    # As docs/store.md says how, with nothing of ours.
    fill(audit)
    previous = "sha256:" + 64 * "0"
    with closing(sqlite3.connect(file)) as raw:
        for number, row in enumerate(raw.execute("SELECT * FROM signalctl_audit"), start=1):
            entry = dict(zip(COLUMNS, row, strict=True))
            said = {
                "before": json.loads(entry.pop("before_json")),
                "after": json.loads(entry.pop("after_json")),
                **entry,
                "actor": "anna\0\udcff\\u0000",
            }
            del said["hash"]
            text = json.dumps(said, sort_keys=True, separators=(",", ":"))
            assert entry["sequence"] == number
            assert entry["previous"] == previous
            previous = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
            assert entry["hash"] == previous


def test_any_changed_byte_of_any_column_is_found(audit: Audit, file: Path) -> None:
    fill(audit, 3)
    chance = random.Random(7)
    with closing(opened_up(file)) as raw:
        for row in (1, 2, 3):
            for column in COLUMNS[1:]:
                (text,) = raw.execute(
                    f"SELECT {column} FROM signalctl_audit WHERE sequence = ?", [row]
                ).fetchone()
                stored = text.encode()
                for place in chance.sample(range(len(stored)), min(8, len(stored))):
                    other = bytearray(stored)
                    other[place] ^= chance.randrange(1, 256)
                    raw.execute(
                        f"UPDATE signalctl_audit SET {column} = CAST(? AS TEXT) WHERE sequence = ?",
                        [bytes(other), row],
                    )
                    found = audit.verify()
                    assert found is not None, (column, place, bytes(other))
                    assert found.sequence == row
                raw.execute(
                    f"UPDATE signalctl_audit SET {column} = ? WHERE sequence = ?", [text, row]
                )
    assert audit.verify() is None


@pytest.mark.parametrize("column", COLUMNS)
def test_another_kind_of_value_is_found(audit: Audit, file: Path, column: str) -> None:
    fill(audit, 3)
    with closing(opened_up(file)) as raw:
        get = f"SELECT rowid, {column} FROM signalctl_audit WHERE sequence = 2"
        row, text = raw.execute(get).fetchone()
        put = f"UPDATE signalctl_audit SET {column} = ? WHERE rowid = ?"
        for value in (b"bytes", -1, 2.5, "", "\\x", 10**15, "null ", "[1e999]", "[" * 9999):
            raw.execute(put, [value, row])
            assert audit.verify() is not None, value
            # Reading says so in a sentence, or shows what stands there.
            with suppress(StoreError):
                audit.entries()
        raw.execute(put, [text, row])
    assert audit.verify() is None


def change(audit: Audit, file: Path, *statements: str) -> Broken:
    """What is found after four entries were tampered with."""
    fill(audit)
    with closing(opened_up(file)) as raw:
        for statement in statements:
            raw.execute(statement)
    found = audit.verify()
    assert found is not None
    return found


def test_a_removed_entry_is_found(audit: Audit, file: Path) -> None:
    found = change(audit, file, "DELETE FROM signalctl_audit WHERE sequence = 2")
    assert found == Broken(sequence=2, message="Entry 2 was removed.")


def test_a_removed_entry_is_found_when_those_behind_it_close_up(audit: Audit, file: Path) -> None:
    found = change(
        audit,
        file,
        "DELETE FROM signalctl_audit WHERE sequence = 2",
        "UPDATE signalctl_audit SET sequence = 2 WHERE sequence = 3",
        "UPDATE signalctl_audit SET sequence = 3 WHERE sequence = 4",
    )
    assert found.sequence == 2
    assert "does not follow" in found.message


def test_swapped_entries_are_found(audit: Audit, file: Path) -> None:
    found = change(
        audit,
        file,
        "UPDATE signalctl_audit SET sequence = 9 WHERE sequence = 2",
        "UPDATE signalctl_audit SET sequence = 2 WHERE sequence = 3",
        "UPDATE signalctl_audit SET sequence = 3 WHERE sequence = 9",
    )
    assert found.sequence == 2


@pytest.mark.parametrize("sequence", [0, -7, 2.5, 5, 99])
def test_an_inserted_entry_is_found(audit: Audit, file: Path, sequence: float) -> None:
    found = change(
        audit,
        file,
        f"INSERT INTO signalctl_audit SELECT {sequence}, at, actor, action, subject, reason, "
        "before_json, after_json, hash || 'x', hash || 'y' FROM signalctl_audit WHERE sequence = 2",
    )
    assert found.sequence in {1, 3, 5}


def test_a_whole_entry_moved_into_its_neighbours_columns_is_found(audit: Audit, file: Path) -> None:
    # The text that is hashed must have one reading only.
    audit.append(
        actor="a", action="b", subject="c", reason="d", at=NOON,
        before={"x": 1}, after={"y": 2},
    )  # fmt: skip
    with closing(opened_up(file)) as raw:
        raw.execute(
            "UPDATE signalctl_audit SET "
            'after_json = after_json || \',"at":"\' || at || \'","before":\' || before_json'
        )
    assert audit.verify() == Broken(sequence=1, message="Entry 1 was changed.")


def test_only_a_head_noted_elsewhere_shows_that_the_end_was_cut_off(
    audit: Audit, file: Path
) -> None:
    fill(audit)
    noted = audit.head()
    assert noted is not None
    with closing(opened_up(file)) as raw:
        raw.execute("DELETE FROM signalctl_audit WHERE sequence = 4")
    assert audit.verify() is None
    assert audit.verify(noted.hash) == Broken(
        sequence=4,
        message=f"No entry has the hash {noted.hash}: the log was cut off or replaced.",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signalctl_audit SET actor = 'nobody'",
        "DELETE FROM signalctl_audit WHERE sequence = 3",
        "INSERT OR REPLACE INTO signalctl_audit SELECT * FROM signalctl_audit WHERE sequence = 2",
        "INSERT INTO signalctl_audit SELECT 9, at, actor, action, subject, reason, before_json, "
        "after_json, 'p', 'h' FROM signalctl_audit WHERE sequence = 1",
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_log(
    audit: Audit, file: Path, statement: str
) -> None:
    fill(audit, 3)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute(statement)
    assert audit.verify() is None


def test_nothing_is_appended_to_a_log_whose_end_is_no_entry(audit: Audit, file: Path) -> None:
    fill(audit)
    with closing(opened_up(file)) as raw:
        raw.execute("UPDATE signalctl_audit SET sequence = 'x' WHERE sequence = 4")
    with pytest.raises(StoreError, match="end of the audit log was changed"):
        fill(audit, 1)


def test_a_back_up_taken_while_the_log_is_open_is_as_good(audit: Audit, tmp_path: Path) -> None:
    # As docs/store.md says to take it.
    fill(audit)
    noted = audit.head()
    assert noted is not None
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as raw:
        raw.execute(f"VACUUM INTO '{copy}'")
    fill(audit)
    with Database(f"sqlite:///{copy}") as database:
        assert Audit(database).verify(noted.hash) is None
        assert Audit(database).entries() == audit.entries(limit=4)
        fill(Audit(database), 1)
    with (
        closing(sqlite3.connect(copy)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute("DELETE FROM signalctl_audit")


@pytest.mark.parametrize(
    ("value", "error"),
    [({1: 2}, TypeError), ({"a": object()}, TypeError), (float("nan"), ValueError)],
)
def test_what_is_no_json_is_refused_before_anything_is_written(
    audit: Audit, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        audit.append(
            actor="a", action="b", subject="c", reason="d", before=None, after=value, at=NOON
        )
    with pytest.raises(ValueError, match="time zone"):
        audit.append(
            actor="a", action="b", subject="c", reason="d", before=None, after=None,
            at=NOON.replace(tzinfo=None),
        )  # fmt: skip
    assert audit.head() is None
    assert audit.verify() is None


def test_a_long_log_is_checked_to_its_end(audit: Audit, file: Path) -> None:
    with closing(opened_up(file)) as raw:
        raw.execute("BEGIN")
        previous = START
        for sequence in range(1, 1001):
            hashed = entry_hash(
                sequence=sequence, at=stored_moment(NOON), actor="a", action="b", subject="c",
                reason="d", before_json="null", after_json="1", previous=previous,
            )  # fmt: skip
            raw.execute(
                "INSERT INTO signalctl_audit VALUES (?, ?, 'a', 'b', 'c', 'd', 'null', '1', ?, ?)",
                [sequence, stored_moment(NOON), previous, hashed],
            )
            previous = hashed
        raw.execute("COMMIT")
        assert audit.verify(previous) is None
        raw.execute("UPDATE signalctl_audit SET after_json = '2' WHERE sequence = 977")
    assert audit.verify() == Broken(sequence=977, message="Entry 977 was changed.")
