"""Alarms: what went wrong in the street, since when, and who has seen it.

Cleared (the street is well again) and acknowledged (a person has seen it, and says
why that is enough) are two things. An alarm stays *open* until it is both; what comes
back before that is the same alarm once more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.refusals import Missing, WrongState
from signalctl.store.stored_json import canonical
from signalctl.store.street_tables import ALARM

MOST: Final = 1_000
"""The most that one call of `page` returns."""
_OPEN: Final = or_(ALARM.c.cleared_at.is_(None), ALARM.c.acknowledged_at.is_(None))
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something that is wrong now. `kind`, `device` and `detail` say whether it is the same again.

    `priority` 1 is for now, 2 for soon, 3 for the shift. `values` are what the
    sentence is made of, for other languages.
    """

    kind: str
    priority: int
    device: str
    junction: str
    message: str
    detail: str = ""
    values: dict[str, str] = field(default_factory=dict)
    passing: bool = False
    """It happened, and nothing will tell when it is over: kept once, cleared from the start."""

    @property
    def key(self) -> _Key:
        """What makes it the same again."""
        return (self.kind, self.device, self.detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm as it is kept. `times`: how often it came; `last_at`: when it was last true."""

    id: str
    number: int
    seen: Seen
    first_at: datetime
    last_at: datetime
    times: int
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    reason: str | None


class Alarms:
    """The alarms of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> tuple[Alarm, ...]:
        """Alarms that are not cleared or not acknowledged: the most urgent, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(ALARM).where(_OPEN).order_by(ALARM.c.priority, ALARM.c.number.desc())
            ).all()
        return tuple(map(_alarm, rows))

    def page(
        self, limit: int = 100, before: str | None = None, *, open_only: bool = False
    ) -> tuple[Alarm, ...]:
        """Alarms, the newest first, at most `limit`; those before the alarm `before`.

        Raises Missing for an unknown `before`.
        """
        query = select(ALARM).order_by(ALARM.c.number.desc()).limit(min(limit, MOST))
        if open_only:
            query = query.where(_OPEN)
        with self._database.read() as connection:
            if before is not None:
                query = query.where(ALARM.c.number < _row(connection, before).number)
            rows = connection.execute(query).all()
        return tuple(map(_alarm, rows))

    def note(
        self, came: Sequence[Seen], gone: Sequence[str], at: datetime
    ) -> tuple[tuple[Alarm, ...], tuple[Alarm, ...]]:
        """Note what came and, by id, what is gone; the alarms as they stand then.

        What was passing and is known already is left out.
        """
        with self._database.write() as connection:
            if gone:
                connection.execute(
                    update(ALARM).where(ALARM.c.id == bindparam("which")),
                    [{"which": each, "cleared_at": at, "last_at": at} for each in gone],
                )
            known = {
                (row.kind, row.device_id, row.detail): row
                for row in connection.execute(select(ALARM).where(_OPEN))
            }
            last = connection.execute(select(func.max(ALARM.c.number))).scalar() or 0
            ids = [
                _come(connection, seen, known.get(seen.key), last + place, at)
                for place, seen in enumerate(came, start=1)
                if not (seen.passing and _is_known(connection, seen))
            ]
            found = {each.id: each for each in _these(connection, [*ids, *gone])}
        return tuple(found[i] for i in ids), tuple(found[i] for i in gone)

    def still(self, ids: Sequence[str], at: datetime) -> None:
        """Note that these are true to this moment."""
        if not ids:
            return
        with self._database.write() as connection:
            connection.execute(
                update(ALARM).where(ALARM.c.id == bindparam("which")),
                [{"which": each, "last_at": at} for each in ids],
            )

    def acknowledge(self, alarm_id: str, *, by: str, reason: str, at: datetime) -> Alarm:
        """Note that a person has seen it. Raises Missing, WrongState when one has already."""
        with self._database.write() as connection:
            before = _row(connection, alarm_id)
            if before.acknowledged_at is not None:
                raise WrongState(
                    f"{before.acknowledged_by} acknowledged this alarm at "
                    f"{before.acknowledged_at:%Y-%m-%d %H:%M:%S} UTC.",
                    where=f"alarm {alarm_id}",
                )
            connection.execute(
                update(ALARM)
                .where(ALARM.c.id == alarm_id)
                .values(acknowledged_at=at, acknowledged_by=by, reason=reason)
            )
            append_within(
                connection,
                actor=by,
                action="alarm-acknowledged",
                subject=f"alarm {alarm_id} device {before.device_id}",
                reason=reason,
                before=None,
                after={"kind": before.kind, "detail": before.detail, "message": before.message},
                at=at,
            )
            return _alarm(_row(connection, alarm_id))


def _come(
    connection: Connection, seen: Seen, open_row: Row[Any] | None, number: int, at: datetime
) -> str:
    told = {
        "priority": seen.priority,
        "message": seen.message,
        "values_json": canonical(seen.values),
        "last_at": at,
    }
    if open_row is not None:
        again = open_row.cleared_at is not None
        connection.execute(
            update(ALARM)
            .where(ALARM.c.id == open_row.id)
            .values(**told, cleared_at=None, times=open_row.times + again)
        )
        return str(open_row.id)
    alarm_id = secrets.token_hex(8)
    connection.execute(
        insert(ALARM).values(
            **told,
            id=alarm_id,
            number=number,
            kind=seen.kind,
            device_id=seen.device,
            junction_id=seen.junction,
            detail=seen.detail,
            first_at=at,
            times=1,
            cleared_at=at if seen.passing else None,
        )
    )
    return alarm_id


def _is_known(connection: Connection, seen: Seen) -> bool:
    this = (ALARM.c.kind == seen.kind, ALARM.c.device_id == seen.device)
    query = select(ALARM.c.id).where(*this, ALARM.c.detail == seen.detail).limit(1)
    return connection.execute(query).first() is not None


def _these(connection: Connection, ids: Sequence[str]) -> list[Alarm]:
    found: list[Alarm] = []
    for start in range(0, len(ids), 500):
        some = select(ALARM).where(ALARM.c.id.in_(ids[start : start + 500]))
        found += map(_alarm, connection.execute(some))
    return found


def _row(connection: Connection, alarm_id: str) -> Row[Any]:
    row = connection.execute(select(ALARM).where(ALARM.c.id == alarm_id)).first()
    if row is None:
        raise Missing(f"There is no alarm {alarm_id!r}.", remedy="GET /alarms lists them.")
    return row


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        id=row.id,
        number=row.number,
        seen=Seen(
            kind=row.kind,
            priority=row.priority,
            device=row.device_id,
            junction=row.junction_id,
            message=row.message,
            detail=row.detail,
            values=json.loads(row.values_json),
        ),
        first_at=row.first_at,
        last_at=row.last_at,
        times=row.times,
        cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        reason=row.reason,
    )
