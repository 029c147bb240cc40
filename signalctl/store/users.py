"""Users, their roles and API keys; secrets are kept as hashes only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.refusals import Missing, WrongState
from signalctl.store.service_tables import KEY, TOKEN, USER


class Role(StrEnum):
    """What a person may do beyond looking; one person may hold several."""

    VIEWER = "viewer"
    ENGINEER = "engineer"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or a program that may use the service. `password` is an argon2 hash."""

    name: str
    roles: frozenset[Role]
    active: bool
    created_at: datetime
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A program's key: found by its id, proved by its hash."""

    id: str
    user: str
    label: str
    hash: str
    created_at: datetime
    expires_at: datetime | None


class Users:
    """The users of a database. Every change stands in the audit log, without secrets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: User, *, actor: str) -> None:
        """Add a user; raises WrongState when the name is taken."""
        with self._database.write() as connection:
            if _row(connection, user.name) is not None:
                raise WrongState(
                    f"There is a user {user.name!r} already.", remedy="Choose another name."
                )
            connection.execute(
                insert(USER).values(
                    name=user.name,
                    password=user.password,
                    roles_json=_roles_json(user.roles),
                    active=int(user.active),
                    created_at=user.created_at,
                )
            )
            _note(connection, "user-added", user.name, None, _told(user), actor, user.created_at)

    def read(self, name: str) -> User | None:
        """The user of this name, None for nobody."""
        with self._database.read() as connection:
            row = _row(connection, name)
        return None if row is None else user_of_row(row)

    def page(self, after: str = "", limit: int = 100) -> tuple[User, ...]:
        """Users by name, after one."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(USER).where(USER.c.name > after).order_by(USER.c.name).limit(limit)
            ).all()
        return tuple(user_of_row(row) for row in rows)

    def change(
        self,
        name: str,
        *,
        roles: Iterable[Role] | None = None,
        active: bool | None = None,
        password: str | None = None,
        actor: str,
        at: datetime,
        but_session: str = "",
    ) -> User:
        """Change what is given. A new password or a lost right ends the user's sessions,
        but for the one with the hash `but_session`.

        Raises Missing for nobody, WrongState when no active admin would be left.
        """
        with self._database.write() as connection:
            row = _row(connection, name)
            if row is None:
                raise Missing(f"There is no user {name!r}.")
            before = user_of_row(row)
            after = User(
                name=name,
                roles=before.roles if roles is None else frozenset(roles),
                active=before.active if active is None else active,
                created_at=before.created_at,
                password=before.password if password is None else password,
            )
            if _is_admin(before) and not _is_admin(after) and _admins(connection) == {name}:
                raise WrongState(
                    f"{name} is the last admin: nobody could manage users any more.",
                    remedy="Make somebody else an admin first.",
                )
            connection.execute(
                update(USER)
                .where(USER.c.name == name)
                .values(
                    roles_json=_roles_json(after.roles),
                    active=int(after.active),
                    password=after.password,
                )
            )
            if password is not None or not after.active or after.roles < before.roles:
                connection.execute(
                    delete(TOKEN).where(TOKEN.c.user_name == name, TOKEN.c.hash != but_session)
                )
            told = _told(after) | ({"password": "changed"} if password is not None else {})
            _note(connection, "user-changed", name, _told(before), told, actor, at)
        return after

    def add_key(self, key: ApiKey, *, actor: str) -> None:
        """Add an API key to a user; raises Missing for nobody."""
        with self._database.write() as connection:
            if _row(connection, key.user) is None:
                raise Missing(f"There is no user {key.user!r}.")
            connection.execute(
                insert(KEY).values(
                    id=key.id,
                    user_name=key.user,
                    label=key.label,
                    hash=key.hash,
                    created_at=key.created_at,
                    expires_at=key.expires_at,
                )
            )
            expires = None if key.expires_at is None else key.expires_at.isoformat()
            told = {"id": key.id, "label": key.label, "expires_at": expires}
            _note(connection, "key-added", key.user, None, told, actor, key.created_at)

    def key(self, key_id: str, now: datetime) -> tuple[ApiKey, User] | None:
        """A key that still holds, with its active user."""
        with self._database.read() as connection:
            row = connection.execute(
                select(KEY).where(
                    KEY.c.id == key_id, or_(KEY.c.expires_at.is_(None), KEY.c.expires_at > now)
                )
            ).first()
            owner = None if row is None else _row(connection, row.user_name)
        if row is None or owner is None or not owner.active:
            return None
        return _key(row), user_of_row(owner)

    def keys(self, user: str) -> tuple[ApiKey, ...]:
        """A user's keys by their time."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(KEY).where(KEY.c.user_name == user).order_by(KEY.c.created_at, KEY.c.id)
            ).all()
        return tuple(_key(row) for row in rows)

    def drop_key(self, user: str, key_id: str, *, actor: str, at: datetime) -> None:
        """Take a key back; raises Missing for one the user does not have."""
        with self._database.write() as connection:
            gone = connection.execute(
                delete(KEY).where(KEY.c.user_name == user, KEY.c.id == key_id)
            ).rowcount
            if not gone:
                raise Missing(f"User {user!r} has no key {key_id!r}.")
            _note(connection, "key-dropped", user, {"id": key_id}, None, actor, at)


def _is_admin(user: User) -> bool:
    return user.active and Role.ADMIN in user.roles


def _admins(connection: Connection) -> set[str]:
    rows = connection.execute(select(USER).where(USER.c.active == 1)).all()
    return {user.name for user in map(user_of_row, rows) if Role.ADMIN in user.roles}


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(USER).where(USER.c.name == name)).first()


def user_of_row(row: Row[Any]) -> User:
    """The user of a row of the users' table."""
    return User(
        name=row.name,
        roles=frozenset(Role(role) for role in json.loads(row.roles_json)),
        active=bool(row.active),
        created_at=row.created_at,
        password=row.password,
    )


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        user=row.user_name,
        label=row.label,
        hash=row.hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _roles_json(roles: Iterable[Role]) -> str:
    return json.dumps(sorted(roles))


def _told(user: User) -> dict[str, Any]:
    return {"name": user.name, "roles": sorted(user.roles), "active": user.active}


def _note(
    connection: Connection,
    action: str,
    name: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    actor: str,
    at: datetime,
) -> None:
    append_within(
        connection,
        actor=actor,
        action=action,
        subject=f"user {name}",
        reason="",
        before=before,
        after=after,
        at=at,
    )
