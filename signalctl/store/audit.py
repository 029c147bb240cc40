"""The audit log: who did what, why, before and after, each entry chained to the one before.

An entry's hash covers everything it says and the hash of its predecessor, so that
nothing in the middle can be changed, removed, added or moved without breaking the
chain from there on. Whoever may write the database can still rewrite the whole chain
or cut its end off: a hash noted elsewhere shows that (see `Audit.verify`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, insert, select, type_coerce

from signalctl.store.column_types import stored_moment, stored_words, words_of
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.stored_json import JsonValue, canonical
from signalctl.store.tables import AUDIT

START: Final = "sha256:" + "0" * 64
"""What stands as previous hash in the first entry."""
MAX_ENTRIES: Final = 10_000
"""The most that one call of `entries` returns."""
_AT_ONCE: Final = 200
# As they lie in the database, types aside: the check wants to see what is there.
_RAW: Final = tuple(type_coerce(column, Text).label(column.name) for column in AUDIT.c)[1:]
_LAST: Final = select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
_INSERT: Final = insert(AUDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; `sequence` counts from 1 without a gap."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    before: JsonValue
    after: JsonValue
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where the chain is broken first: the entry, and what is wrong in a sentence."""

    sequence: int
    message: str


class Audit:
    """The audit log of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        *,
        actor: str,
        action: str,
        subject: str,
        reason: str,
        before: JsonValue,
        after: JsonValue,
        at: datetime,
    ) -> Entry:
        """Append an entry; it is on the disk when this returns. Raises StoreError."""
        with self._database.write() as connection:
            return append_within(
                connection,
                actor=actor,
                action=action,
                subject=subject,
                reason=reason,
                before=before,
                after=after,
                at=at,
            )

    def entries(self, after: int = 0, limit: int = 100) -> tuple[Entry, ...]:
        """Entries after a sequence number, in order, at most `limit` (and 10,000).

        Raises StoreError for an entry that cannot be read: `verify` says more.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(AUDIT)
                .where(AUDIT.c.sequence > after)
                .order_by(AUDIT.c.sequence)
                .limit(min(limit, MAX_ENTRIES))
            ).all()
        return tuple(_entry(row) for row in rows)

    def head(self) -> Entry | None:
        """The last entry, None for an empty log: note its hash elsewhere, for `verify`."""
        with self._database.read() as connection:
            row = connection.execute(
                select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)
            ).first()
        return None if row is None else _entry(row)

    def verify(self, expected_head: str | None = None) -> Broken | None:
        """The first place where the log is not what was written, None if there is none.

        Found are entries changed, removed, inserted or moved. The chain alone cannot
        show that its end was cut off, or that all of it was written anew: give the
        hash of an entry that was noted elsewhere (`head`) as `expected_head`, and
        the log must still hold it. Raises StoreError when the database fails.
        """
        expected = 1
        previous = START
        seen = expected_head is None
        with self._database.read() as connection:
            for row in _raw_rows(connection):
                broken = _check(row, expected, previous)
                if broken is not None:
                    return broken
                previous = row.hash
                seen = seen or previous == expected_head
                expected += 1
        if not seen:
            return Broken(
                sequence=expected,
                message=f"No entry has the hash {expected_head}: the log was cut off or replaced.",
            )
        return None


def append_within(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str,
    before: JsonValue,
    after: JsonValue,
    at: datetime,
) -> Entry:
    """Append an entry inside a transaction of `Database.write`, to stand or fall with it."""
    sequence, previous = _next(connection)
    words = {"actor": actor, "action": action, "subject": subject, "reason": reason}
    before_json, after_json = canonical(before), canonical(after)
    hashed = entry_hash(
        sequence=sequence,
        at=stored_moment(at),
        before_json=before_json,
        after_json=after_json,
        previous=previous,
        **words,
    )
    connection.execute(
        _INSERT,
        {
            "sequence": sequence,
            "at": at,
            "before_json": before_json,
            "after_json": after_json,
            "previous": previous,
            "hash": hashed,
            **words,
        },
    )
    return Entry(
        sequence=sequence,
        at=datetime.fromisoformat(stored_moment(at)),
        before=json.loads(before_json),
        after=json.loads(after_json),
        previous=previous,
        hash=hashed,
        **words,
    )


def entry_hash(
    *,
    sequence: int,
    at: str,
    actor: str,
    action: str,
    subject: str,
    reason: str,
    before_json: str,
    after_json: str,
    previous: str,
) -> str:
    """SHA-256 over the canonical JSON (keys sorted, no spaces, ASCII) of what the entry says.

    `before_json` and `after_json` are canonical JSON already and stand in it as they are.
    """
    said = (
        f'{{"action":{canonical(action)},"actor":{canonical(actor)},"after":{after_json},'
        f'"at":{canonical(at)},"before":{before_json},"previous":{canonical(previous)},'
        f'"reason":{canonical(reason)},"sequence":{sequence},"subject":{canonical(subject)}}}'
    )
    return "sha256:" + hashlib.sha256(said.encode()).hexdigest()


def _next(connection: Connection) -> tuple[int, str]:
    """Sequence number and previous hash of the next entry."""
    last = connection.execute(_LAST).first()
    if last is None:
        return 1, START
    if type(last.sequence) is not int or type(last.hash) is not str:
        raise StoreError(
            "The end of the audit log was changed by somebody else: nothing can be added to it.",
            remedy="Find out who changed it; start a new database if it cannot be restored.",
        )
    return last.sequence + 1, last.hash


def _raw_rows(connection: Connection) -> Iterator[Row[Any]]:
    """Every row in order, a few hundred at a time, as it lies there."""
    query = select(AUDIT.c.sequence, *_RAW).order_by(AUDIT.c.sequence)
    # The first page has no lower bound: an entry 0 would be found, not skipped.
    rows = connection.execute(query.limit(_AT_ONCE)).all()
    while rows:
        yield from rows
        after = rows[-1].sequence
        rows = connection.execute(query.where(AUDIT.c.sequence > after).limit(_AT_ONCE)).all()


def _check(row: Row[Any], expected: int, previous: str) -> Broken | None:
    sequence = row.sequence
    if type(sequence) is not int or sequence < expected:
        return Broken(sequence=expected, message=f"An entry {sequence!r} was put in.")
    if sequence > expected:
        return Broken(sequence=expected, message=f"Entry {expected} was removed.")
    if row.previous != previous:
        return Broken(
            sequence=sequence,
            message=f"Entry {sequence} does not follow what stands before it: "
            "entries were removed, inserted or moved.",
        )
    if not _as_written(row):
        return Broken(sequence=sequence, message=f"Entry {sequence} was changed.")
    return None


def _as_written(row: Row[Any]) -> bool:
    """Whether a row has its hash, and the one spelling in which it was stored."""
    columns = {column.name: getattr(row, column.name) for column in _RAW}
    if not all(type(value) is str for value in columns.values()):
        return False
    words = {name: words_of(columns[name]) for name in ("actor", "action", "subject", "reason")}
    if any(stored_words(text) != columns[name] for name, text in words.items()):
        return False
    try:
        # Each must be JSON by itself: else a cut between the two could be moved unseen.
        json.loads(row.before_json)
        json.loads(row.after_json)
        return bool(
            row.hash
            == entry_hash(
                sequence=row.sequence,
                at=row.at,
                before_json=row.before_json,
                after_json=row.after_json,
                previous=row.previous,
                **words,
            )
        )
    except (ValueError, RecursionError):
        return False


def _entry(row: Row[Any]) -> Entry:
    try:
        return Entry(
            sequence=row.sequence,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            reason=row.reason,
            before=json.loads(row.before_json),
            after=json.loads(row.after_json),
            previous=row.previous,
            hash=row.hash,
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(
            "An audit entry was changed and cannot be read.",
            where=f"audit entry {row.sequence}",
            remedy="Check the whole log: which entries are broken is part of the answer.",
        ) from error
