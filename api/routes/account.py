"""One's own account: where one is signed in, and one's password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from signalctl.api.guarded_route import address_of
from signalctl.api.problems import Refusal
from signalctl.api.resource import resource
from signalctl.api.routes.sessions import no_key, session_of
from signalctl.api.routes.users import Password
from signalctl.api.service import now, service_of, user_of
from signalctl.workflow.service.credentials import MOST_PASSWORD, check_password

router = resource("/account", "account")


class PasswordIn(BaseModel):
    """The password that holds, and the one that shall."""

    model_config = ConfigDict(extra="forbid")
    current: str = Field(min_length=1, max_length=MOST_PASSWORD, examples=["a long sentence"])
    new: Password = Field(examples=["another long sentence"])


class OwnSession(BaseModel):
    """A session: when and where it was opened, and what the browser called itself."""

    id: str
    opened_at: datetime
    expires_at: datetime
    address: str
    agent: str
    current: bool


@router.get("/sessions")
def own_sessions(request: Request) -> list[OwnSession]:
    """Where one is signed in, the newest first."""
    current = session_of(request)
    return [
        OwnSession(
            id=each.id,
            opened_at=each.opened_at,
            expires_at=each.expires_at,
            address=each.address,
            agent=each.agent,
            current=each.hash == current,
        )
        for each in service_of(request).sessions.of(user_of(request).name, now())
    ]


@router.delete("/sessions", status_code=204, response_class=Response)
def end_own_sessions(
    request: Request,
    others: Annotated[bool, Query(description="go on with the session that asks")] = False,
) -> Response:
    """Sign out everywhere."""
    but = session_of(request) if others else ""
    service_of(request).sessions.end_all(user_of(request).name, now(), but=but)
    return Response(status_code=204)


@router.delete("/sessions/{session_id}", status_code=204, response_class=Response)
def end_own_session(request: Request, session_id: Annotated[str, Path(max_length=64)]) -> Response:
    """End one session."""
    service_of(request).sessions.end_one(session_id, user_of(request).name, now())
    return Response(status_code=204)


@router.post("/password", status_code=204, response_class=Response)
def change_own_password(request: Request, passwords: PasswordIn) -> Response:
    """Change one's password; every other session of one's own ends."""
    no_key(request)
    service, user, address = service_of(request), user_of(request), address_of(request)
    if service.guard.left(user.name, address, now()):
        raise Refusal(429, "A-LOCKED", "Too many wrong passwords.", remedy="Wait a while.")
    if not service.hasher.fits(user.password, passwords.current):
        service.guard.wrong(user.name, address, now())
        raise Refusal(403, "A-PASSWORD", "The present password is another one.", where="current")
    check_password(passwords.new, user.name)
    service.users.change(
        user.name,
        password=service.hasher.hash(passwords.new),
        actor=user.name,
        at=now(),
        but_session=session_of(request),
    )
    service.guard.right(user.name, address)
    return Response(status_code=204)
