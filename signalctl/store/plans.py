"""Plans as people work on them: versions, who wrote them, submitted, approved or rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from signalctl.store.audit import append_within
from signalctl.store.certificates import approve_within
from signalctl.store.database import Database
from signalctl.store.refusals import Missing, NotBySame, Stale, WrongState
from signalctl.store.service_tables import PLAN, PLAN_DECISION, PLAN_VERSION
from signalctl.store.stored_json import compact


class PlanState(StrEnum):
    """How far a plan is on its way to the street."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


FROM: Final[Mapping[PlanState, frozenset[PlanState]]] = {
    PlanState.SUBMITTED: frozenset({PlanState.DRAFT, PlanState.REJECTED}),
    PlanState.APPROVED: frozenset({PlanState.SUBMITTED}),
    PlanState.REJECTED: frozenset({PlanState.SUBMITTED}),
    PlanState.DRAFT: frozenset({PlanState.SUBMITTED}),
}
"""The states a decision may be taken in; an edit leads back to draft from all but approved."""

_BY_ANOTHER: Final = frozenset({PlanState.APPROVED, PlanState.REJECTED})
"""What only somebody may decide who had no hand in the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as it is now. `authors` is everybody who wrote a version, in order."""

    id: str
    number: int
    network: str
    name: str
    state: PlanState
    version: int
    hash: str
    based_on: str | None
    authors: tuple[str, ...]
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A step of the plan's way, of which hash, by whom: `draft` is a submission withdrawn."""

    hash: str
    state: PlanState
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A plan as somebody saved it."""

    version: int
    hash: str
    author: str
    at: datetime
    document: dict[str, Any]


class Plans:
    """The plans of a database. Every change stands in the audit log, in its transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        *,
        id: str,
        network: str,
        name: str,
        document: Mapping[str, Any],
        hash: str,
        based_on: str | None,
        author: str,
        at: datetime,
    ) -> StoredPlan:
        """Keep a new plan as version 1 of a draft; one of this id stays as it is.

        Raises Missing when it is based on a plan that is not there.
        """
        with self._database.write() as connection:
            row = _row(connection, id)
            if row is not None:
                return _stored(connection, row)
            if based_on is not None and _row(connection, based_on) is None:
                raise Missing(f"There is no plan {based_on!r} to be based on.")
            last = connection.execute(select(func.max(PLAN.c.number))).scalar() or 0
            connection.execute(
                insert(PLAN).values(
                    id=id,
                    number=last + 1,
                    network=network,
                    name=name,
                    state=PlanState.DRAFT.value,
                    version=1,
                    hash=hash,
                    based_on=based_on,
                    created_at=at,
                    changed_at=at,
                )
            )
            _add_version(connection, id, 1, hash, document, author, at)
            after = {"name": name, "network": network, "hash": hash, "based_on": based_on}
            _note(connection, "plan-created", id, None, after, author, at)
            return _stored(connection, _must(connection, id))

    def read(self, id: str) -> StoredPlan:
        """The plan of this id. Raises Missing."""
        with self._database.read() as connection:
            return _stored(connection, _must(connection, id))

    def document(self, id: str, version: int | None = None) -> dict[str, Any]:
        """A plan's document, the newest version without a number. Raises Missing."""
        with self._database.read() as connection:
            wanted = _must(connection, id).version if version is None else version
            row = connection.execute(
                select(PLAN_VERSION.c.document_json).where(
                    PLAN_VERSION.c.plan_id == id, PLAN_VERSION.c.version == wanted
                )
            ).first()
        if row is None:
            raise Missing(f"Plan {id!r} has no version {wanted}.")
        found: dict[str, Any] = json.loads(row.document_json)
        return found

    def page(
        self, state: PlanState | None = None, after: int = 0, limit: int = 100
    ) -> tuple[StoredPlan, ...]:
        """Plans by number, after one."""
        query = select(PLAN).where(PLAN.c.number > after)
        if state is not None:
            query = query.where(PLAN.c.state == state.value)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(PLAN.c.number).limit(limit)).all()
            return tuple(_stored(connection, row) for row in rows)

    def versions(self, id: str) -> tuple[tuple[int, str, str, datetime], ...]:
        """(version, hash, author, at) of every version. Raises Missing."""
        with self._database.read() as connection:
            _must(connection, id)
            rows = connection.execute(
                select(PLAN_VERSION)
                .where(PLAN_VERSION.c.plan_id == id)
                .order_by(PLAN_VERSION.c.version)
            ).all()
        return tuple((row.version, row.hash, row.author, row.at) for row in rows)

    def version(self, id: str, version: int) -> PlanVersion:
        """One saved version. Raises Missing."""
        with self._database.read() as connection:
            _must(connection, id)
            row = connection.execute(
                select(PLAN_VERSION).where(
                    PLAN_VERSION.c.plan_id == id, PLAN_VERSION.c.version == version
                )
            ).first()
        if row is None:
            raise Missing(f"Plan {id!r} has no version {version}.")
        return PlanVersion(
            version=row.version,
            hash=row.hash,
            author=row.author,
            at=row.at,
            document=json.loads(row.document_json),
        )

    def decisions(self, id: str) -> tuple[Decision, ...]:
        """Every decision on a plan, in order."""
        with self._database.read() as connection:
            return _decisions(connection, id)

    def edit(
        self,
        id: str,
        *,
        expected_hash: str,
        document: Mapping[str, Any],
        hash: str,
        author: str,
        at: datetime,
    ) -> StoredPlan:
        """Keep a new version; the plan is a draft again.

        Raises Missing; Stale when the plan is not what the editor has seen; WrongState
        when it is approved (make a new plan based on it).
        """
        with self._database.write() as connection:
            row = _must(connection, id)
            if row.hash != expected_hash:
                _stale(connection, row)
            if row.state == PlanState.APPROVED:
                raise WrongState(
                    "An approved plan stays as it was approved.",
                    where=f"plan {id}",
                    remedy="Make a new plan based on it.",
                )
            if row.hash != hash:
                _add_version(connection, id, row.version + 1, hash, document, author, at)
                connection.execute(
                    update(PLAN)
                    .where(PLAN.c.id == id)
                    .values(
                        version=row.version + 1,
                        hash=hash,
                        name=document.get("name", row.name),
                        state=PlanState.DRAFT.value,
                        changed_at=at,
                    )
                )
                before = {"hash": row.hash, "version": row.version, "state": row.state}
                after = {"hash": hash, "version": row.version + 1, "state": "draft"}
                _note(connection, "plan-edited", id, before, after, author, at)
            return _stored(connection, _must(connection, id))

    def decide(
        self,
        id: str,
        *,
        state: PlanState,
        by: str,
        reason: str,
        at: datetime,
        hash: str,
        plan_hashes: Sequence[str] = (),
    ) -> StoredPlan:
        """Submit, approve or reject the plan as it is, or withdraw it to a draft.

        `hash` is what the person has looked at; `plan_hashes` are the fingerprints of
        the junctions' plans, each of which an approval holds for. Raises Missing, Stale,
        WrongState, and NotBySame when an author or the submitter approves or rejects.
        """
        with self._database.write() as connection:
            row = _must(connection, id)
            stored = _stored(connection, row)
            if row.hash != hash:
                _stale(connection, row)
            if stored.state not in FROM[state]:
                raise WrongState(
                    f"A plan that is {stored.state} cannot become {state}.",
                    where=f"plan {id}",
                    remedy=f"It must be {' or '.join(sorted(FROM[state]))}.",
                )
            earlier = _decisions(connection, id)
            if state in _BY_ANOTHER:
                _by_another(stored, earlier, by)
            connection.execute(
                insert(PLAN_DECISION).values(
                    plan_id=id,
                    number=len(earlier) + 1,
                    hash=row.hash,
                    state=state.value,
                    by=by,
                    at=at,
                    reason=reason,
                )
            )
            connection.execute(
                update(PLAN).where(PLAN.c.id == id).values(state=state.value, changed_at=at)
            )
            if state is PlanState.APPROVED:
                for plan_hash in plan_hashes:
                    approve_within(connection, plan_hash, by, at, reason)
            before = {"hash": row.hash, "state": row.state}
            after = {"hash": row.hash, "state": state.value}
            deed = "plan-withdrawn" if state is PlanState.DRAFT else f"plan-{state.value}"
            _note(connection, deed, id, before, after, by, at, reason)
            return _stored(connection, _must(connection, id))


def _decisions(connection: Connection, id: str) -> tuple[Decision, ...]:
    rows = connection.execute(
        select(PLAN_DECISION).where(PLAN_DECISION.c.plan_id == id).order_by(PLAN_DECISION.c.number)
    ).all()
    return tuple(
        Decision(hash=row.hash, state=PlanState(row.state), by=row.by, at=row.at, reason=row.reason)
        for row in rows
    )


def _by_another(stored: StoredPlan, earlier: Sequence[Decision], by: str) -> None:
    """Raises NotBySame when the person had a hand in what is to be decided."""
    submitter = next((d.by for d in reversed(earlier) if d.state is PlanState.SUBMITTED), None)
    if by in stored.authors or by == submitter:
        deed = "changed" if by in stored.authors else "submitted"
        raise NotBySame(
            f"You {deed} this plan, so another person must approve it.",
            where=f"plan {stored.id}",
            remedy="Ask an approver who had no hand in it.",
        )


def _must(connection: Connection, id: str) -> Row[Any]:
    row = _row(connection, id)
    if row is None:
        raise Missing(f"There is no plan {id!r}.", remedy="GET /plans lists them.")
    return row


def _row(connection: Connection, id: str) -> Row[Any] | None:
    return connection.execute(select(PLAN).where(PLAN.c.id == id)).first()


def _stale(connection: Connection, row: Row[Any]) -> None:
    last = _authors(connection, row.id)[-1]
    raise Stale(
        f"{last} saved version {row.version} of this plan while you worked on an earlier one.",
        where=f"plan {row.id}",
        remedy="Read it again and compare.",
    )


def _authors(connection: Connection, id: str) -> tuple[str, ...]:
    rows = connection.execute(
        select(PLAN_VERSION.c.author)
        .where(PLAN_VERSION.c.plan_id == id)
        .order_by(PLAN_VERSION.c.version)
    ).all()
    return tuple(row.author for row in rows)


def _stored(connection: Connection, row: Row[Any]) -> StoredPlan:
    return StoredPlan(
        id=row.id,
        number=row.number,
        network=row.network,
        name=row.name,
        state=PlanState(row.state),
        version=row.version,
        hash=row.hash,
        based_on=row.based_on,
        authors=tuple(dict.fromkeys(_authors(connection, row.id))),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _add_version(
    connection: Connection,
    id: str,
    version: int,
    hash: str,
    document: Mapping[str, Any],
    author: str,
    at: datetime,
) -> None:
    connection.execute(
        insert(PLAN_VERSION).values(
            plan_id=id,
            version=version,
            hash=hash,
            document_json=compact(document),
            author=author,
            at=at,
        )
    )


def _note(
    connection: Connection,
    action: str,
    id: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    actor: str,
    at: datetime,
    reason: str = "",
) -> None:
    append_within(
        connection,
        actor=actor,
        action=action,
        subject=f"plan {id}",
        reason=reason,
        before=before,
        after=after,
        at=at,
    )
