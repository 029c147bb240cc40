"""Sessions: tokens kept as hashes, each with where and when it was opened."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, select

from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.refusals import Missing
from signalctl.store.service_tables import TOKEN, USER
from signalctl.store.users import User, user_of_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that holds; `id` names it without opening anything."""

    id: str
    hash: str
    opened_at: datetime
    expires_at: datetime
    address: str
    agent: str
    """What the browser or program says it is."""


class Sessions:
    """The sessions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self,
        hashed: str,
        user: str,
        *,
        address: str,
        agent: str,
        expires_at: datetime,
        at: datetime,
    ) -> None:
        """Keep a session's token; tokens past their time are forgotten on the way."""
        with self._database.write() as connection:
            connection.execute(delete(TOKEN).where(TOKEN.c.expires_at <= at))
            connection.execute(
                insert(TOKEN).values(
                    hash=hashed,
                    id=secrets.token_hex(8),
                    user_name=user,
                    opened_at=at,
                    expires_at=expires_at,
                    address=address,
                    agent=agent,
                )
            )
            append_within(
                connection,
                actor=user,
                action="session-opened",
                subject=f"user {user}",
                reason="",
                before=None,
                after={"address": address},
                at=at,
            )

    def user(self, hashed: str, now: datetime) -> User | None:
        """The active user of a token that still holds."""
        with self._database.read() as connection:
            row = connection.execute(
                select(USER)
                .join(TOKEN, TOKEN.c.user_name == USER.c.name)
                .where(TOKEN.c.hash == hashed, TOKEN.c.expires_at > now, USER.c.active == 1)
            ).first()
        return None if row is None else user_of_row(row)

    def of(self, user: str, now: datetime) -> tuple[Session, ...]:
        """A user's sessions, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(TOKEN)
                .where(TOKEN.c.user_name == user, TOKEN.c.expires_at > now)
                .order_by(TOKEN.c.opened_at.desc(), TOKEN.c.id)
            ).all()
        return tuple(
            Session(
                id=row.id,
                hash=row.hash,
                opened_at=row.opened_at,
                expires_at=row.expires_at,
                address=row.address,
                agent=row.agent,
            )
            for row in rows
        )

    def end(self, hashed: str, user: str, at: datetime) -> None:
        """End the session of a token."""
        self._end(user, at, TOKEN.c.hash == hashed)

    def end_one(self, session_id: str, user: str, at: datetime) -> None:
        """End one of a user's sessions. Raises Missing."""
        mine = and_(TOKEN.c.id == session_id, TOKEN.c.user_name == user)
        if not self._end(user, at, mine):
            raise Missing(f"{user} has no session {session_id!r}.")

    def end_all(self, user: str, at: datetime, *, but: str = "", actor: str = "") -> int:
        """End every session of a user, but the one with this hash; how many."""
        these = and_(TOKEN.c.user_name == user, TOKEN.c.hash != but)
        return self._end(user, at, these, actor)

    def _end(self, user: str, at: datetime, which: ColumnElement[bool], actor: str = "") -> int:
        with self._database.write() as connection:
            ended = connection.execute(delete(TOKEN).where(which)).rowcount
            if ended:
                append_within(
                    connection,
                    actor=actor or user,
                    action="session-ended",
                    subject=f"user {user}",
                    reason="",
                    before=None,
                    after=None if ended == 1 else {"sessions": ended},
                    at=at,
                )
        return ended
