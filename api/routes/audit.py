"""The audit log: who did what, why, before and after."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel

from signalctl.api.resource import resource
from signalctl.api.service import service_of

router = resource("/audit", "audit")


class EntryOut(BaseModel):
    """One entry; its hash covers it and the hash before it."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    before: Any
    after: Any
    previous: str
    hash: str


class AuditPage(BaseModel):
    """Entries in order; `next` is what to give as `after`, null at the end."""

    items: list[EntryOut]
    next: str | None


class VerifiedOut(BaseModel):
    """Whether the chain is whole; else the first entry that is not, and what is wrong."""

    whole: bool
    head: str | None
    entries: int
    broken_at: int | None
    message: str


@router.get("")
def list_entries(
    request: Request,
    after: Annotated[str, Query(pattern=r"^\d{1,18}$")] = "0",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> AuditPage:
    """Entries after a sequence number."""
    found = service_of(request).audit.entries(int(after), limit + 1)
    items = [
        EntryOut(
            sequence=each.sequence,
            at=each.at,
            actor=each.actor,
            action=each.action,
            subject=each.subject,
            reason=each.reason,
            before=each.before,
            after=each.after,
            previous=each.previous,
            hash=each.hash,
        )
        for each in found[:limit]
    ]
    return AuditPage(items=items, next=str(items[-1].sequence) if len(found) > limit else None)


@router.get("/verify")
def verify(request: Request) -> VerifiedOut:
    """Check the whole chain. Note `head` elsewhere: it shows a log that was cut off."""
    audit = service_of(request).audit
    broken = audit.verify()
    head = None if broken is not None else audit.head()
    return VerifiedOut(
        whole=broken is None,
        head=None if head is None else head.hash,
        entries=0 if head is None else head.sequence,
        broken_at=None if broken is None else broken.sequence,
        message="" if broken is None else broken.message,
    )
