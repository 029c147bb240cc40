"""The journal of pushes: every step is on the disk before the deed that it names.

Each call is one transaction that also appends to the audit log: the two never
disagree, whenever the process is killed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from signalctl.domain.errors import InputError
from signalctl.domain.push import Push, PushState, Snapshot, Step
from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.push_json import push_to_json, snapshot_to_json
from signalctl.store.push_rows import device_row, push_of
from signalctl.store.steps import BETWEEN, FITTING, check_end, check_step
from signalctl.store.stored_json import compact
from signalctl.store.tables import PUSH, PUSH_DEVICE

MAX_PUSHES: Final = 1_000
"""The most that one call of `history` returns."""
# Built once: a step is noted so often that building them would be half of its time.
_THIS: Final = (
    PUSH_DEVICE.c.push_id == bindparam("of_push"),
    PUSH_DEVICE.c.device_id == bindparam("of_device"),
)
_WHERE_IT_STANDS: Final = (
    select(PUSH_DEVICE.c.step, PUSH_DEVICE.c.message, PUSH.c.actor, PUSH.c.reason)
    .join(PUSH, PUSH.c.id == PUSH_DEVICE.c.push_id)
    .where(*_THIS)
)
_MOVE: Final = update(PUSH_DEVICE).where(*_THIS)


class Journal:
    """The pushes of a database, finished and not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, push: Push) -> None:
        """Note a new push, before anything is asked of a device.

        Raises ValueError for a push that does not start at its beginning, has a
        device twice, or an id that is taken; StoreError when the database fails.
        """
        _check_new(push)
        with self._database.write() as connection:
            taken = select(PUSH.c.number).where(PUSH.c.id == push.id)
            if connection.execute(taken).first() is not None:
                raise ValueError(f"there is a push {push.id} already")
            last = connection.execute(select(func.max(PUSH.c.number))).scalar() or 0
            connection.execute(
                insert(PUSH).values(
                    id=push.id,
                    number=last + 1,
                    begun_at=push.begun_at,
                    actor=push.actor,
                    reason=push.reason,
                    activation=push.activation.value,
                    state=push.state.value,
                    ended_at=None,
                    message=push.message,
                )
            )
            connection.execute(
                insert(PUSH_DEVICE),
                [device_row(push.id, i, device) for i, device in enumerate(push.devices)],
            )
            append_within(
                connection,
                actor=push.actor,
                action="push-begin",
                subject=f"push {push.id}",
                reason=push.reason,
                before=None,
                after=push_to_json(push),
                at=push.begun_at,
            )

    def note(
        self,
        push_id: str,
        device_id: str,
        step: Step,
        *,
        at: datetime,
        message: str = "",
        snapshot: Snapshot | None = None,
        actor: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Note that a device comes to a step; a snapshot once given stays until another is.

        `actor` and `reason` for the audit log where somebody else than the one who
        began the push is at work, such as for a rollback. Raises ValueError for a
        step that cannot follow or a device the push has not, InputError for an
        unknown push, StoreError when the database fails.
        """
        with self._database.write() as connection:
            key = {"of_push": push_id, "of_device": device_id}
            row = connection.execute(_WHERE_IT_STANDS, key).first()
            if row is None:
                self._head(connection, push_id)
                raise ValueError(f"push {push_id} has no device {device_id}")
            check_step(device_id, Step(row.step), step)
            values: dict[str, Any] = {"step": step.value, "at": at, "message": message}
            after: dict[str, Any] = {"step": step.value, "message": message}
            if snapshot is not None:
                after["snapshot"] = snapshot_to_json(snapshot)
                values["snapshot_json"] = compact(after["snapshot"])
            connection.execute(_MOVE, {**key, **values})
            append_within(
                connection,
                actor=row.actor if actor is None else actor,
                action="push-step",
                subject=f"push {push_id} device {device_id}",
                reason=row.reason if reason is None else reason,
                before={"step": row.step, "message": row.message},
                after=after,
                at=at,
            )

    def end(
        self,
        push_id: str,
        state: PushState,
        *,
        at: datetime,
        message: str = "",
        actor: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Note how a push ended, or that one that had ended was taken back.

        Raises ValueError for a state that does not fit where the devices are or
        cannot follow, InputError for an unknown push, StoreError when the database
        fails.
        """
        with self._database.write() as connection:
            push = self._read(connection, push_id)
            check_end(push, state)
            connection.execute(
                update(PUSH)
                .where(PUSH.c.id == push_id)
                .values(state=state.value, ended_at=at, message=message)
            )
            append_within(
                connection,
                actor=push.actor if actor is None else actor,
                action="push-end",
                subject=f"push {push_id}",
                reason=push.reason if reason is None else reason,
                before={"state": push.state.value, "message": push.message},
                after={"state": state.value, "message": message},
                at=at,
            )

    def read(self, push_id: str) -> Push:
        """A push as it stands. Raises InputError for an unknown id, StoreError."""
        with self._database.read() as connection:
            return self._read(connection, push_id)

    def open(self) -> tuple[Push, ...]:
        """Pushes that somebody must finish or undo, oldest first.

        Those not ended; and those ended in which a device is between two steps or
        not where the end left it: a rollback, or a new try after doubt, was begun
        and not finished.
        """
        device = select(PUSH_DEVICE.c.push_id).where(PUSH_DEVICE.c.push_id == PUSH.c.id)
        doubtful = device.where(PUSH_DEVICE.c.step == Step.IN_DOUBT).exists()
        between = device.where(PUSH_DEVICE.c.step.in_(BETWEEN)).exists()
        astray = [
            and_(PUSH.c.state == state, device.where(PUSH_DEVICE.c.step.not_in(steps)).exists())
            for state, steps in FITTING.items()
        ]
        return self._pushes(
            select(PUSH)
            .where(
                or_(
                    PUSH.c.state == PushState.OPEN,
                    and_(PUSH.c.state == PushState.IN_DOUBT, or_(between, not_(doubtful))),
                    *astray,
                )
            )
            .order_by(PUSH.c.number)
        )

    def history(self, limit: int = 50, before: str | None = None) -> tuple[Push, ...]:
        """Pushes, newest first, at most `limit` (and 1,000); those before the push `before`.

        Raises InputError for an unknown `before`, StoreError.
        """
        query = select(PUSH).order_by(PUSH.c.number.desc()).limit(min(limit, MAX_PUSHES))
        if before is not None:
            with self._database.read() as connection:
                query = query.where(PUSH.c.number < self._head(connection, before).number)
        return self._pushes(query)

    def _pushes(self, query: Select[Any]) -> tuple[Push, ...]:
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            return tuple(push_of(connection, row) for row in rows)

    def _read(self, connection: Connection, push_id: str) -> Push:
        return push_of(connection, self._head(connection, push_id))

    def _head(self, connection: Connection, push_id: str) -> Row[Any]:
        row = connection.execute(select(PUSH).where(PUSH.c.id == push_id)).first()
        if row is None:
            raise InputError(
                f"There is no push {push_id!r}.",
                where=self._database.shown,
                remedy="signalctl push --history lists them.",
            )
        return row


def _check_new(push: Push) -> None:
    devices = [device.device_id for device in push.devices]
    if not devices or len(set(devices)) != len(devices):
        raise ValueError(f"push {push.id} has no device, or one twice")
    if push.state is not PushState.OPEN or push.ended_at is not None:
        raise ValueError(f"push {push.id} begins, and is {push.state} already")
    if any(
        device.step is not Step.PLANNED or device.snapshot is not None or device.at is not None
        for device in push.devices
    ):
        raise ValueError(f"push {push.id} begins, and a device of it is under way already")
