"""Users and their API keys; for admins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.resource import resource
from signalctl.api.service import now, service_of, user_of
from signalctl.store.refusals import Missing
from signalctl.store.users import ApiKey, Role, User
from signalctl.workflow.service.credentials import MOST_PASSWORD, check_password

router = resource("/users", "users")

USER_NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
UserName = Annotated[str, Path(max_length=64)]
Password = Annotated[str, StringConstraints(max_length=MOST_PASSWORD)]
Roles = Annotated[frozenset[Role], Field(min_length=1)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UserIn(_In):
    """A new user."""

    name: Annotated[str, StringConstraints(pattern=USER_NAME)] = Field(examples=["li"])
    password: Password = Field(examples=["a long sentence"])
    roles: Roles = Field(examples=[["engineer"]])


class UserChange(_In):
    """What shall change; what is not given stays."""

    password: Password | None = None
    roles: Roles | None = None
    active: bool | None = None


class KeyIn(_In):
    """A new API key: what it is for, and for how long it holds."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    days: Annotated[int, Field(ge=1, le=3_650)] = 365


class UserOut(BaseModel):
    """A user."""

    name: str
    roles: list[Role]
    active: bool
    created_at: datetime


class UserPage(BaseModel):
    """Users by name; `next` is what to give as `after`, null at the end."""

    items: list[UserOut]
    next: str | None


class KeyOut(BaseModel):
    """An API key without its secret."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None


class NewKeyOut(KeyOut):
    """A new API key: the only time that it is told."""

    key: str


@router.get("")
def list_users(
    request: Request,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> UserPage:
    """Users by name."""
    found = service_of(request).users.page(after, limit + 1)
    items = [_told(each) for each in found[:limit]]
    return UserPage(items=items, next=items[-1].name if len(found) > limit else None)


@router.post("", status_code=201)
def add_user(request: Request, user: UserIn) -> UserOut:
    """Add a user."""
    service = service_of(request)
    check_password(user.password, user.name)
    added = User(
        name=user.name,
        roles=user.roles,
        active=True,
        created_at=now(),
        password=service.hasher.hash(user.password),
    )
    service.users.add(added, actor=user_of(request).name)
    return _told(added)


@router.patch("/{name}")
def change_user(request: Request, name: UserName, change: UserChange) -> UserOut:
    """Change roles, password or whether the user may log in."""
    service = service_of(request)
    hashed = None
    if change.password is not None:
        check_password(change.password, name)
        hashed = service.hasher.hash(change.password)
    changed = service.users.change(
        name,
        roles=change.roles,
        active=change.active,
        password=hashed,
        actor=user_of(request).name,
        at=now(),
    )
    if hashed is not None:
        service.guard.lift(name, actor=user_of(request).name, at=now())
    return _told(changed)


@router.delete("/{name}/sessions", status_code=204, response_class=Response)
def end_sessions(request: Request, name: UserName) -> Response:
    """Sign a user out everywhere."""
    service = service_of(request)
    if service.users.read(name) is None:
        raise Missing(f"There is no user {name!r}.")
    service.sessions.end_all(name, now(), actor=user_of(request).name)
    return Response(status_code=204)


@router.get("/{name}/keys")
def list_keys(request: Request, name: UserName) -> list[KeyOut]:
    """A user's API keys."""
    return [_key(each) for each in service_of(request).users.keys(name)]


@router.post("/{name}/keys", status_code=201)
def add_key(request: Request, name: UserName, key: KeyIn) -> NewKeyOut:
    """Add an API key; its secret is told this once."""
    service = service_of(request)
    new, at = service.hasher.new_key(), now()
    added = ApiKey(
        id=new.id,
        user=name,
        label=key.label,
        hash=new.hash,
        created_at=at,
        expires_at=at + timedelta(days=key.days),
    )
    service.users.add_key(added, actor=user_of(request).name)
    return NewKeyOut(**_key(added).model_dump(), key=new.told)


@router.delete("/{name}/keys/{key_id}", status_code=204, response_class=Response)
def drop_key(
    request: Request, name: UserName, key_id: Annotated[str, Path(max_length=64)]
) -> Response:
    """Take an API key back."""
    service_of(request).users.drop_key(name, key_id, actor=user_of(request).name, at=now())
    return Response(status_code=204)


def _told(user: User) -> UserOut:
    return UserOut(
        name=user.name,
        roles=sorted(user.roles),
        active=user.active,
        created_at=user.created_at,
    )


def _key(key: ApiKey) -> KeyOut:
    return KeyOut(id=key.id, label=key.label, created_at=key.created_at, expires_at=key.expires_at)
