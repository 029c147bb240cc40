"""Alarms of the street: what went wrong, since when, and who has seen it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.resource import resource
from signalctl.api.routes.street import street_of
from signalctl.api.service import service_of, user_of
from signalctl.workflow.service.alarm_desk import alarm_json

router = resource("/alarms", "street")

AlarmId = Annotated[str, Path(max_length=64)]


class AcknowledgeIn(BaseModel):
    """Why it is enough to have seen it, or what is being done."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)
    ] = Field(examples=["the technician is on the way"])


class AcknowledgedOut(BaseModel):
    """Who has seen an alarm, when, and why that is enough."""

    by: str
    at: datetime
    reason: str


class AlarmOut(BaseModel):
    """An alarm. `active` while it is true; `acknowledged` null until a person has seen it.

    `kind` is one of `lost, stale, conflict, fault, flash, all-red, dark, preempted,
    left-coordination, plan, push-in-doubt`; `values` are what the sentence is made of.
    Priority 1 is for now, 2 for soon, 3 for the shift.
    """

    id: str = Field(examples=["5f0c2b7d9a3e1c48"])
    number: int
    kind: str = Field(examples=["lost"])
    priority: int = Field(examples=[2])
    device: str = Field(examples=["J4"])
    junction: str
    message: str = Field(examples=["It does not answer: no answer within 1.0 s."])
    values: dict[str, str]
    first_at: datetime
    last_at: datetime
    times: int
    active: bool
    cleared_at: datetime | None
    acknowledged: AcknowledgedOut | None


class AlarmPage(BaseModel):
    """Alarms, the newest first; `next` is what to give as `after`, null at the end."""

    items: list[AlarmOut]
    next: str | None


@router.get("")
def list_alarms(
    request: Request,
    state: Literal["open", "all"] = "open",
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AlarmPage:
    """Alarms that are not over: still true, or seen by nobody; with `state=all` the others too."""
    alarms = street_of(service_of(request)).alarms.alarms
    found = alarms.page(limit + 1, after, open_only=state == "open")
    items = [AlarmOut.model_validate(alarm_json(each)) for each in found[:limit]]
    return AlarmPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.post("/{alarm_id}/acknowledge")
def acknowledge(request: Request, alarm_id: AlarmId, why: AcknowledgeIn) -> AlarmOut:
    """Say that a person has seen it, and why that is enough; it stays while it is true."""
    desk = street_of(service_of(request)).alarms
    done = desk.acknowledge(alarm_id, by=user_of(request).name, reason=why.reason)
    return AlarmOut.model_validate(alarm_json(done))
