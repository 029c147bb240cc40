"""Alarms and lock-outs as they are kept: told apart, counted, and never lost by a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from older_store import alarms_come_to_a_database_that_is_in_use
from stored_pushes import NOON

from signalctl.store.alarms import Alarms, Seen
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.lockouts import MOST_LOCK, Lockouts
from signalctl.store.refusals import Missing, WrongState
from signalctl.store.users import Role, User, Users

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(f"sqlite:///{tmp_path}/a.db") as found:
        yield found


def seen(kind: str = "lost", device: str = "J4", priority: int = 2, detail: str = "") -> Seen:
    return Seen(
        kind=kind,
        priority=priority,
        device=device,
        junction=device,
        message=f"{device} is {kind}.",
        detail=detail,
        values={"why": "no answer\0"},
    )


def test_what_is_cleared_and_not_acknowledged_stays_and_comes_again_as_the_same(
    database: Database,
) -> None:
    alarms = Alarms(database)
    (first,), _ = alarms.note([seen()], [], NOON)
    _, (cleared,) = alarms.note([], [first.id], NOON + MINUTE)
    assert (cleared.cleared_at, cleared.last_at) == (NOON + MINUTE, NOON + MINUTE)
    assert [a.id for a in alarms.open()] == [first.id]
    (again,), _ = alarms.note([seen()], [], NOON + 2 * MINUTE)
    assert (again.id, again.times, again.cleared_at) == (first.id, 2, None)
    assert (again.first_at, again.last_at) == (NOON, NOON + 2 * MINUTE)
    assert again.seen == seen()


def test_what_is_acknowledged_and_cleared_is_over_and_comes_again_as_another(
    database: Database,
) -> None:
    alarms = Alarms(database)
    (first,), _ = alarms.note([seen()], [], NOON)
    done = alarms.acknowledge(first.id, by="otto", reason="on my way", at=NOON + MINUTE)
    assert (done.acknowledged_by, done.reason, done.cleared_at) == ("otto", "on my way", None)
    assert len(alarms.open()) == 1, "it is still true"
    alarms.note([], [first.id], NOON + 2 * MINUTE)
    assert alarms.open() == ()
    (second,), _ = alarms.note([seen()], [], NOON + 3 * MINUTE)
    assert second.id != first.id
    assert second.acknowledged_at is None
    assert [a.id for a in alarms.page()] == [second.id, first.id]
    assert [a.id for a in alarms.page(before=second.id)] == [first.id]


def test_an_alarm_is_acknowledged_once_with_a_reason_in_the_audit_log(database: Database) -> None:
    alarms = Alarms(database)
    (alarm,), _ = alarms.note([seen()], [], NOON)
    alarms.acknowledge(alarm.id, by="otto", reason="seen", at=NOON)
    with pytest.raises(WrongState, match="otto acknowledged"):
        alarms.acknowledge(alarm.id, by="vera", reason="me too", at=NOON)
    with pytest.raises(Missing):
        alarms.acknowledge("nix", by="otto", reason="seen", at=NOON)
    (entry,) = Audit(database).entries()
    assert (entry.action, entry.actor, entry.reason) == ("alarm-acknowledged", "otto", "seen")
    assert "J4" in entry.subject


def test_the_most_urgent_and_the_newest_come_first(database: Database) -> None:
    alarms = Alarms(database)
    alarms.note([seen(), seen("fault", detail="a"), seen("fault", detail="b")], [], NOON)
    alarms.note([seen("flash", "J5", 1), seen("lost", "J6")], [], NOON)
    assert [(a.seen.device, a.seen.kind) for a in alarms.open()] == [
        ("J5", "flash"),
        ("J6", "lost"),
        ("J4", "fault"),
        ("J4", "fault"),
        ("J4", "lost"),
    ]


def test_a_street_that_goes_dark_at_once_is_noted_at_once(database: Database) -> None:
    alarms = Alarms(database)
    raised, _ = alarms.note([seen(device=f"J{n}") for n in range(1200)], [], NOON)
    assert [a.seen.device for a in raised] == [f"J{n}" for n in range(1200)]
    alarms.still([a.id for a in raised], NOON + MINUTE)
    assert {a.last_at for a in alarms.open()} == {NOON + MINUTE}
    _, cleared = alarms.note([], [a.id for a in raised], NOON + 2 * MINUTE)
    assert len(cleared) == 1200


def _lockouts(database: Database, lock_after: int = 3) -> Lockouts:
    return Lockouts(database, lock_after, MINUTE)


def test_each_lock_is_twice_as_long_and_outlives_a_restart(database: Database) -> None:
    now = NOON
    for expected in (MINUTE, 2 * MINUTE, 4 * MINUTE):
        lockouts = _lockouts(database)
        for _ in range(2):
            lockouts.wrong("emil", "a", now)
        assert not lockouts.left("emil", "a", now)
        lockouts.wrong("emil", "a", now)
        assert _lockouts(database).left("emil", "a", now) == expected
        now += expected
        assert not lockouts.left("emil", "a", now)
    for _ in range(3 * 40):
        lockouts.wrong("emil", "a", now)
    assert lockouts.left("emil", "a", now) == MOST_LOCK
    assert lockouts.left("emil", "a", now - timedelta(days=9)) == MOST_LOCK, "a clock set back"


def test_a_lock_is_for_one_name_at_one_address_until_a_right_password(database: Database) -> None:
    lockouts = _lockouts(database)
    for _ in range(3):
        lockouts.wrong("emil", "a", NOON)
    assert not lockouts.left("emil", "b", NOON)
    assert not lockouts.left("elsa", "a", NOON)
    assert [(each.name, each.wrong) for each in lockouts.locked(NOON)] == [("emil", 3)]
    lockouts.right("emil", "a")
    assert lockouts.locked(NOON) == ()
    for _ in range(2):
        lockouts.wrong("emil", "a", NOON)
    assert not lockouts.left("emil", "a", NOON), "counted anew"
    lockouts.wrong("emil", "a", NOON + timedelta(days=2))
    assert not lockouts.left("emil", "a", NOON + timedelta(days=2)), "long ago does not count"


def test_locks_of_somebody_are_audited_and_lifted_and_those_of_nobody_fill_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    emil = User(
        name="emil", roles=frozenset({Role.VIEWER}), active=True, created_at=NOON, password="x"
    )
    Users(database).add(emil, actor="test")
    monkeypatch.setattr("signalctl.store.lockouts.REMEMBERED", 5)
    lockouts = _lockouts(database, lock_after=1)
    lockouts.wrong("emil", "a", NOON)
    for number in range(20):
        lockouts.wrong(f"nobody {number}", "b", NOON + timedelta(seconds=number))
    assert len(lockouts.locked(NOON)) == 5
    lockouts.wrong("emil", "a", NOON + MINUTE)
    assert lockouts.lift("emil", actor="adam", at=NOON + MINUTE) == 1
    assert lockouts.lift("emil", actor="adam", at=NOON + MINUTE) == 0
    told = [(e.action, e.actor) for e in Audit(database).entries()][1:]
    assert told == [
        ("locked-out", "address a"),
        ("locked-out", "address a"),
        ("lockout-lifted", "adam"),
    ]


def test_alarms_come_to_a_database_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms_come_to_a_database_that_is_in_use(f"sqlite:///{tmp_path}/older.db", monkeypatch)
