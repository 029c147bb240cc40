"""Names locked after wrong passwords; for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel

from signalctl.api.resource import resource
from signalctl.api.service import now, service_of, user_of

router = resource("/lockouts", "users")


class LockoutOut(BaseModel):
    """A name that may not be tried from an address until a moment. `key ...` is an API key."""

    name: str
    address: str
    wrong: int
    last_at: datetime
    locked_until: datetime


@router.get("")
def list_lockouts(request: Request) -> list[LockoutOut]:
    """What is locked now, the longest first."""
    return [
        LockoutOut(
            name=each.name,
            address=each.address,
            wrong=each.wrong,
            last_at=each.last_at,
            locked_until=each.locked_until,
        )
        for each in service_of(request).guard.locked(now())
        if each.locked_until is not None
    ]


@router.delete("", status_code=204, response_class=Response)
def lift_lockout(
    request: Request, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> Response:
    """Let a name be tried again at once, from everywhere."""
    service_of(request).guard.lift(name, actor=user_of(request).name, at=now())
    return Response(status_code=204)
