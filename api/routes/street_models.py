"""What devices and pushes look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.domain.push import Activation

_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]


class DeviceState(BaseModel):
    """What the device did at `read_at`; `greens` are the lamps' colours by group (G, y, r).

    `cycle_second` counts from the running plan's second 0, as the lamps' changes tell; null
    until one was seen that the plan makes in one second only.
    """

    mode: str
    slot: int | None
    commanded_slot: int | None
    in_transition: bool
    cycle_second: int | None
    cycle_s: int | None
    remaining_s: int | None
    read_at: datetime
    age_s: float
    greens: dict[str, str]
    faults: list[str]


class RunningPlan(BaseModel):
    """What it runs: `id` of the approved plan where a push of ours brought it."""

    id: str | None
    name: str | None
    hash: str | None
    push: str | None


class DeviceOut(BaseModel):
    """A device; `state` is null before its first answer, `failure` says why the last try failed."""

    id: str
    junction: str
    protocol: str
    address: str
    state: DeviceState | None
    failure: str
    running_plan: RunningPlan


class PushIn(BaseModel):
    """What to push where. `devices` null: every device that the plan has a junction for."""

    model_config = ConfigDict(extra="forbid")
    plan: _Id
    devices: Annotated[list[_Id], Field(min_length=1, max_length=5_000)] | None = None
    activation: Activation = Activation.NOW
    dry_run: bool = False
    reason: _Reason = Field(default="", examples=["evening peak, agreed on the phone"])


class RollBackIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[_Reason, StringConstraints(min_length=1)]


class PushDeviceOut(BaseModel):
    """How far one device is."""

    id: str
    junction: str
    plan: str
    plan_hash: str
    slot: int | None
    step: str
    message: str
    at: datetime | None


class PushOut(BaseModel):
    """A push as it stands."""

    id: str
    state: str
    activation: str
    actor: str
    reason: str
    begun_at: datetime
    ended_at: datetime | None
    message: str
    devices: list[PushDeviceOut]


class PushPage(BaseModel):
    """Pushes, the newest first; `next` is what to give as `after`, null at the end."""

    items: list[PushOut]
    next: str | None


class OrderOut(BaseModel):
    """What would be sent to a device, and to which slot."""

    id: str
    junction: str
    plan: str
    plan_hash: str
    slot: int | None


class ComplaintOut(BaseModel):
    """What stands against sending it."""

    device: str
    junction: str
    fault: str
    message: str


class DryRunOut(BaseModel):
    """A dry run: everything but sending."""

    ok: bool
    devices: list[OrderOut]
    complaints: list[ComplaintOut]
