"""A database as the version before alarms left it, brought up to date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text
from stored_pushes import NOON, small_push

from signalctl.store import schema
from signalctl.store.alarms import Alarms, Seen
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.lockouts import Lockouts
from signalctl.store.sessions import Sessions
from signalctl.store.users import Role, User, Users

MINUTE = timedelta(minutes=1)


def alarms_come_to_a_database_that_is_in_use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept stays, old sessions end, and the new tables work."""
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
        with Database(url) as database:
            Users(database).add(_emil(), actor="test")
            Journal(database).begin(small_push("p"))
            with database.write() as connection:
                connection.execute(
                    text(
                        "INSERT INTO signalctl_token (hash, user_name, expires_at) "
                        "VALUES ('old', 'emil', '2099-01-01T00:00:00.000000+00:00')"
                    )
                )
    with Database(url) as database:
        with database.read() as connection:
            assert inspect(connection).has_table("signalctl_alarm")
        assert Users(database).read("emil") == _emil()
        assert Journal(database).read("p") == small_push("p")
        sessions = Sessions(database)
        assert sessions.user("old", NOON) is None
        later = NOON + MINUTE
        sessions.open("new", "emil", address="a", agent="b\0", expires_at=later, at=NOON)
        assert [(s.address, s.agent) for s in sessions.of("emil", NOON)] == [("a", "b\0")]
        assert sessions.user("new", later) is None
        alarms = Alarms(database)
        lost = Seen(kind="lost", priority=2, device="J4", junction="J4", message="gone\udcff")
        past = Seen(
            kind="fault", priority=2, device="J4", junction="J4", message="noted", passing=True
        )
        (alarm, noted), _ = alarms.note([lost, past], [], NOON)
        assert (alarm.seen, noted.cleared_at) == (lost, NOON)
        assert alarms.note([past], [alarm.id], later)[0] == ()
        alarms.acknowledge(alarm.id, by="otto", reason="seen", at=later)
        assert [a.id for a in alarms.open()] == [noted.id]
        lockouts = Lockouts(database, 2, MINUTE)
        for _ in range(2):
            lockouts.wrong("emil", "a", NOON)
        assert lockouts.left("emil", "a", NOON) == MINUTE
        assert lockouts.lift("emil", actor="adam", at=NOON) == 1
        assert Audit(database).verify() is None


def _emil() -> User:
    return User(
        name="emil",
        roles=frozenset({Role.ENGINEER}),
        active=True,
        created_at=NOON,
        password="x",
    )
