"""Names locked for an address after wrong passwords: kept, so that a restart clears nothing.

A lock grows with each further row of wrong passwords. Moments are the clock's, as
nothing else lasts from one start to the next; a lock never outlasts `MOST_LOCK` from
now, whatever the clock did in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.service_tables import USER
from signalctl.store.street_tables import LOCKOUT

MOST_LOCK: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(days=1)
"""A wrong password this long ago no longer counts."""
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """Wrong passwords in a row for a name from an address; `locked_until` None below the limit."""

    name: str
    address: str
    wrong: int
    last_at: datetime
    locked_until: datetime | None


class Lockouts:
    """The lock-outs of a database, of known names and unknown ones."""

    def __init__(self, database: Database, lock_after: int, lock: timedelta) -> None:
        self._database = database
        self._lock_after = lock_after
        self._lock = lock

    def left(self, name: str, address: str, now: datetime) -> timedelta:
        """How long the name may not be tried from this address; zero for at once."""
        with self._database.read() as connection:
            row = _row(connection, name, address)
        if row is None or row.locked_until is None:
            return timedelta(0)
        until: datetime = row.locked_until
        return min(max(until - now, timedelta(0)), MOST_LOCK)

    def wrong(self, name: str, address: str, at: datetime) -> None:
        """Note a wrong password; each `lock_after` of them lock twice as long as before.

        A lock of somebody's own name stands in the audit log.
        """
        with self._database.write() as connection:
            row = _row(connection, name, address)
            if row is not None and at - row.last_at > FORGOTTEN:
                connection.execute(delete(LOCKOUT).where(*_this(name, address)))
                row = None
            wrong = 1 if row is None else row.wrong + 1
            until = None if row is None else row.locked_until
            locks, rest = divmod(wrong, self._lock_after)
            if rest == 0:
                until = at + min(self._lock * 2 ** min(locks - 1, 20), MOST_LOCK)
                _note(connection, name, address, wrong, until, at)
            told = {"wrong": wrong, "last_at": at, "locked_until": until}
            if row is None:
                _make_room(connection)
                connection.execute(insert(LOCKOUT).values(name=name, address=address, **told))
            else:
                connection.execute(update(LOCKOUT).where(*_this(name, address)).values(**told))

    def right(self, name: str, address: str) -> None:
        """Forget the wrong ones after a right password."""
        with self._database.read() as connection:
            known = _row(connection, name, address) is not None
        if known:
            with self._database.write() as connection:
                connection.execute(delete(LOCKOUT).where(*_this(name, address)))

    def locked(self, now: datetime) -> tuple[Lockout, ...]:
        """What is locked now, the longest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(LOCKOUT)
                .where(LOCKOUT.c.locked_until > now)
                .order_by(LOCKOUT.c.locked_until.desc(), LOCKOUT.c.name, LOCKOUT.c.address)
            ).all()
        return tuple(
            Lockout(
                name=row.name,
                address=row.address,
                wrong=row.wrong,
                last_at=row.last_at,
                locked_until=row.locked_until,
            )
            for row in rows
        )

    def lift(self, name: str, *, actor: str, at: datetime) -> int:
        """Let a name be tried again from everywhere; how many addresses it was noted for."""
        with self._database.write() as connection:
            lifted = connection.execute(delete(LOCKOUT).where(LOCKOUT.c.name == name)).rowcount
            if lifted:
                append_within(
                    connection,
                    actor=actor,
                    action="lockout-lifted",
                    subject=f"user {name}",
                    reason="",
                    before={"addresses": lifted},
                    after=None,
                    at=at,
                )
        return lifted


def _this(name: str, address: str) -> tuple[Any, ...]:
    return (LOCKOUT.c.name == name, LOCKOUT.c.address == address)


def _row(connection: Connection, name: str, address: str) -> Row[Any] | None:
    return connection.execute(select(LOCKOUT).where(*_this(name, address))).first()


def _make_room(connection: Connection) -> None:
    """Forget the oldest where somebody tries ever new names."""
    count = connection.execute(select(func.count()).select_from(LOCKOUT)).scalar() or 0
    if count >= REMEMBERED:
        oldest = select(LOCKOUT.c.last_at).order_by(LOCKOUT.c.last_at).limit(1)
        connection.execute(delete(LOCKOUT).where(LOCKOUT.c.last_at == oldest.scalar_subquery()))


def _note(
    connection: Connection, name: str, address: str, wrong: int, until: datetime, at: datetime
) -> None:
    """In the audit log, for names that are somebody's: what outsiders invent must not fill it."""
    if connection.execute(select(USER.c.name).where(USER.c.name == name)).first() is None:
        return
    append_within(
        connection,
        actor=f"address {address}",
        action="locked-out",
        subject=f"user {name}",
        reason=f"{wrong} wrong passwords",
        before=None,
        after={"until": until.isoformat()},
        at=at,
    )
