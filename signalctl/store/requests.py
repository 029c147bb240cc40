"""Requests made once: a key given by the client makes a repeated write harmless.

The first request with a key takes it, together with the id of what it will make; a
repetition finds the id, and the answer where there was one. Keys are each user's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from signalctl.store.database import Database
from signalctl.store.refusals import Repeated
from signalctl.store.service_tables import REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A request's key as it stands: `status` and `answer` are None until it was answered."""

    resource: str
    at: datetime
    """When the first request took it."""
    is_new: bool
    status: int | None = None
    answer: str | None = None


class Requests:
    """The keys of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, *, user: str, key: str, digest: str, resource: str, at: datetime) -> Taken:
        """Take a key for the resource to be made, or find what was made with it.

        `digest` is of the request's method, path and body. Raises Repeated when the
        key was used for another request.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(REQUEST).where(REQUEST.c.user_name == user, REQUEST.c.request_key == key)
            ).first()
            if row is None:
                connection.execute(
                    insert(REQUEST).values(
                        user_name=user, request_key=key, digest=digest, resource=resource, at=at
                    )
                )
                return Taken(resource=resource, at=at, is_new=True)
        if row.digest != digest:
            raise Repeated(
                f"The idempotency key {key!r} was used for another request.",
                remedy="Give every new request a key of its own.",
            )
        return Taken(
            resource=row.resource, at=row.at, is_new=False, status=row.status, answer=row.answer
        )

    def answered(self, *, user: str, key: str, status: int, answer: str) -> None:
        """Keep the answer for whoever asks again."""
        with self._database.write() as connection:
            connection.execute(
                update(REQUEST)
                .where(REQUEST.c.user_name == user, REQUEST.c.request_key == key)
                .values(status=status, answer=answer)
            )

    def give_back(self, *, user: str, key: str) -> None:
        """Free a key whose request was refused: nothing was made, it may be tried again."""
        with self._database.write() as connection:
            connection.execute(
                delete(REQUEST).where(REQUEST.c.user_name == user, REQUEST.c.request_key == key)
            )

    def forget(self, before: datetime) -> int:
        """Forget keys taken before a moment; how many."""
        with self._database.write() as connection:
            return connection.execute(delete(REQUEST).where(REQUEST.c.at < before)).rowcount
