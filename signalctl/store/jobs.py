"""Jobs: long work ordered by a person, its state on the disk before anybody is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, func, insert, null, select, update

from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.refusals import Missing, WrongState
from signalctl.store.service_tables import JOB
from signalctl.store.stored_json import compact

MOST_ATTEMPTS: Final = 3
"""A job that ended with the service so often is not begun again: it may be the reason."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The service ended while it ran, too often to try again."""


OPEN: Final = (JobState.QUEUED, JobState.RUNNING)
_WITHOUT_RESULT: Final = tuple(
    null().label(column.name) if column is JOB.c.result_json else column for column in JOB.c
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands. `order` is everything it needs; `error` says why it failed."""

    id: str
    number: int
    kind: str
    order: Mapping[str, Any]
    state: JobState
    done: int
    total: int
    text: str
    attempts: int
    result: Any
    error: Mapping[str, Any] | None
    actor: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which jobs a list is to hold; None: any."""

    plan: str | None = None
    kind: str | None = None
    state: JobState | None = None
    actor: str | None = None

    def columns(self) -> tuple[tuple[Column[Any], str], ...]:
        """Columns and what they must be."""
        state = None if self.state is None else self.state.value
        asked = (
            (JOB.c.plan_id, self.plan),
            (JOB.c.kind, self.kind),
            (JOB.c.state, state),
            (JOB.c.actor, self.actor),
        )
        return tuple((column, value) for column, value in asked if value is not None)


class Jobs:
    """The jobs of a database. Orders and ends stand in the audit log, progress does not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, *, id: str, kind: str, order: Mapping[str, Any], actor: str, at: datetime
    ) -> Job:
        """Queue a job; one of this id stays as it is."""
        with self._database.write() as connection:
            row = _row(connection, id)
            if row is not None:
                return _job(row)
            last = connection.execute(select(func.max(JOB.c.number))).scalar() or 0
            connection.execute(
                insert(JOB).values(
                    id=id,
                    number=last + 1,
                    kind=kind,
                    order_json=compact(order),
                    plan_id=order["plan"],
                    state=JobState.QUEUED.value,
                    done=0,
                    total=0,
                    text="",
                    attempts=0,
                    actor=actor,
                    created_at=at,
                )
            )
            _note(connection, id, "job-ordered", actor, None, {"kind": kind, "state": "queued"}, at)
            return _job(_must(connection, id))

    def read(self, id: str) -> Job:
        """The job of this id. Raises Missing."""
        with self._database.read() as connection:
            return _job(_must(connection, id))

    def page(
        self, before: int | None = None, limit: int = 100, wanted: Wanted | None = None
    ) -> tuple[Job, ...]:
        """Jobs, the newest first, before a number; without their results, which may be large."""
        query = select(*_WITHOUT_RESULT).order_by(JOB.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(JOB.c.number < before)
        for column, value in (wanted or Wanted()).columns():
            query = query.where(column == value)
        with self._database.read() as connection:
            return tuple(_job(row) for row in connection.execute(query).all())

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        with self._database.read() as connection:
            rows = connection.execute(select(JOB.c.state, func.count()).group_by(JOB.c.state)).all()
        return dict.fromkeys(JobState, 0) | {JobState(state): count for state, count in rows}

    def begin_next(self, at: datetime) -> Job | None:
        """Take the oldest queued job to run; None when there is none."""
        with self._database.write() as connection:
            row = connection.execute(
                select(JOB)
                .where(JOB.c.state == JobState.QUEUED.value)
                .order_by(JOB.c.number)
                .limit(1)
            ).first()
            if row is None:
                return None
            connection.execute(
                update(JOB)
                .where(JOB.c.id == row.id)
                .values(
                    state=JobState.RUNNING.value,
                    attempts=row.attempts + 1,
                    started_at=at,
                    text="",
                    done=0,
                )
            )
            return _job(_must(connection, row.id))

    def progress(self, id: str, *, done: int, total: int, text: str) -> None:
        """Note how far a running job is."""
        with self._database.write() as connection:
            connection.execute(
                update(JOB)
                .where(JOB.c.id == id, JOB.c.state == JobState.RUNNING.value)
                .values(done=done, total=total, text=text)
            )

    def end(
        self,
        id: str,
        state: JobState,
        *,
        at: datetime,
        actor: str,
        result: Any = None,
        error: Mapping[str, Any] | None = None,
    ) -> Job:
        """End a queued or running job. Raises Missing, WrongState for one that has ended."""
        with self._database.write() as connection:
            row = _must(connection, id)
            if row.state not in OPEN:
                raise WrongState(
                    f"This job is {row.state} already.", where=f"job {id}", remedy="Order it anew."
                )
            connection.execute(
                update(JOB)
                .where(JOB.c.id == id)
                .values(
                    state=state.value,
                    ended_at=at,
                    result_json=None if result is None else compact(result),
                    error_json=None if error is None else compact(error),
                )
            )
            told = {"state": state.value, "error": error}
            _note(connection, id, f"job-{state.value}", actor, {"state": row.state}, told, at)
            return _job(_must(connection, id))

    def recover(self, at: datetime) -> tuple[Job, ...]:
        """What a service that starts finds running: queued again, or marked as interrupted."""
        with self._database.write() as connection:
            rows = connection.execute(
                select(JOB).where(JOB.c.state == JobState.RUNNING.value).order_by(JOB.c.number)
            ).all()
            for row in rows:
                again = row.attempts < MOST_ATTEMPTS
                state = JobState.QUEUED if again else JobState.INTERRUPTED
                connection.execute(
                    update(JOB)
                    .where(JOB.c.id == row.id)
                    .values(
                        state=state.value,
                        ended_at=None if again else at,
                        error_json=None if again else compact(_interruption(row.id, row.attempts)),
                    )
                )
                told = {"state": state.value, "attempts": row.attempts}
                action = "job-resumed" if again else "job-interrupted"
                _note(connection, row.id, action, "service", {"state": row.state}, told, at)
            return tuple(_job(_must(connection, row.id)) for row in rows)


def _interruption(id: str, attempts: int) -> dict[str, str]:
    return {
        "code": "job-interrupted",
        "message": f"The service ended {attempts} times while this job ran.",
        "where": f"job {id}",
        "remedy": "See in the service's log why it ended, then order the job again.",
    }


def _must(connection: Connection, id: str) -> Row[Any]:
    row = _row(connection, id)
    if row is None:
        raise Missing(f"There is no job {id!r}.", remedy="GET /jobs lists them.")
    return row


def _row(connection: Connection, id: str) -> Row[Any] | None:
    return connection.execute(select(JOB).where(JOB.c.id == id)).first()


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        number=row.number,
        kind=row.kind,
        order=json.loads(row.order_json),
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        text=row.text,
        attempts=row.attempts,
        result=None if row.result_json is None else json.loads(row.result_json),
        error=None if row.error_json is None else json.loads(row.error_json),
        actor=row.actor,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _note(
    connection: Connection,
    id: str,
    action: str,
    actor: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    at: datetime,
) -> None:
    append_within(
        connection,
        actor=actor,
        action=action,
        subject=f"job {id}",
        reason="",
        before=before,
        after=after,
        at=at,
    )
