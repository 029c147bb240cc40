"""Sessions: a name and a password for a token that holds for a while."""

from __future__ import annotations

import logging
import math
from datetime import datetime
from typing import Annotated, Final

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.guarded_route import address_of, bearer_of
from signalctl.api.problems import Refusal
from signalctl.api.resource import resource
from signalctl.api.service import Service, now, service_of, user_of
from signalctl.store.users import Role, User
from signalctl.workflow.service.credentials import (
    MOST_PASSWORD,
    SESSION,
    new_session,
    session_hash,
)

_LOG: Final = logging.getLogger("signalctl.api")
_MOST_AGENT: Final = 200
router = resource("/sessions", "sessions")

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class LoginIn(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(examples=["li"])
    password: str = Field(min_length=1, max_length=MOST_PASSWORD, examples=["a long sentence"])


class Person(BaseModel):
    """A user by name, with what they may do."""

    name: str
    roles: list[Role]


class SessionOut(BaseModel):
    """The token to send as `Authorization: Bearer <token>`, and until when it holds."""

    token: str
    expires_at: datetime
    user: Person


def person(user: User) -> Person:
    """A user as the page sees one."""
    return Person(name=user.name, roles=sorted(user.roles))


@router.post("", status_code=201)
def log_in(request: Request, login: LoginIn) -> SessionOut:
    """Log in. Wrong passwords in a row lock the name for this address for a while."""
    service = service_of(request)
    address = address_of(request)
    if not service.rates.limiter.hit(service.rates.login, "login", address):
        raise Refusal(
            429,
            "A-RATE",
            f"More logins than {service.rates.login} from this address.",
            remedy="Wait a minute.",
            headers={"Retry-After": "60"},
        )
    locked_s = math.ceil(service.guard.left(login.name, address, now()).total_seconds())
    if locked_s > 0:
        raise Refusal(
            429,
            "A-LOCKED",
            f"Too many wrong passwords: {login.name} is locked for {locked_s} s more.",
            remedy="Wait, or ask an admin.",
            headers={"Retry-After": f"{locked_s}"},
        )
    user = service.users.read(login.name)
    kept = user.password if user is not None and user.active else None
    if not service.hasher.fits(kept, login.password) or user is None:
        service.guard.wrong(login.name, address, now())
        _LOG.warning("wrong password for %r from %s", login.name, address)
        raise Refusal(
            401,
            "A-PASSWORD",
            "Name and password do not fit.",
            remedy="Check both; an admin can set a new password.",
        )
    service.guard.right(login.name, address)
    return _open(service, request, user)


@router.get("/current")
def who_am_i(request: Request) -> Person:
    """Who the token belongs to."""
    return person(user_of(request))


@router.post("/current/renew", status_code=201)
def renew(request: Request) -> SessionOut:
    """A new token before the old one is over; the old one ends."""
    service, user = service_of(request), user_of(request)
    # A key that is taken back must not live on in a session.
    no_key(request)
    session = _open(service, request, user)
    service.sessions.end(session_of(request), user.name, now())
    return session


@router.delete("/current", status_code=204, response_class=Response)
def log_out(request: Request) -> Response:
    """End the session; an API key stays."""
    service_of(request).sessions.end(session_of(request), user_of(request).name, now())
    return Response(status_code=204)


def _open(service: Service, request: Request, user: User) -> SessionOut:
    at = now()
    token, hashed = new_session()
    expires_at = at + service.settings.session
    service.sessions.open(
        hashed,
        user.name,
        address=address_of(request),
        agent=request.headers.get("User-Agent", "")[:_MOST_AGENT],
        expires_at=expires_at,
        at=at,
    )
    return SessionOut(token=token, expires_at=expires_at, user=person(user))


def no_key(request: Request) -> None:
    """Refuse an API key where a person must have logged in. Raises Refusal."""
    if not bearer_of(request).startswith(SESSION):
        raise Refusal(
            409, "A-KEY", "An API key is no session.", remedy="Log in with name and password."
        )


def session_of(request: Request) -> str:
    """What the session of a request is looked up by."""
    return session_hash(bearer_of(request))
