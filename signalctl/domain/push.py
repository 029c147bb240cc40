"""The push of plans to field devices: how far it is, device by device.

A push has two halves. In the first every device is looked at, a spare slot is
chosen, and the plan is written to it and read back: no lamp changes. In the second
the slots are activated and watched until each device truly runs its own. A step is
noted before the deed that it names, so that whoever finds an unended push knows
what may have happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from signalctl.domain.plan import TimingPlan


class Step(StrEnum):
    """How far one device is."""

    PLANNED = "planned"
    """Nothing was asked of the device yet."""
    SNAPSHOT = "snapshot"
    """What it holds and runs is known, a spare slot chosen."""
    WRITING = "writing"
    """The slot is being written; what it holds is unknown until it is read."""
    WRITTEN = "written"
    """Read back and equal, value by value."""
    ACTIVATING = "activating"
    """The command is being given; which slot runs is unknown until it is read."""
    RUNNING = "running"
    """Seen to run the new plan."""
    UNDOING = "undoing"
    """On its way back to what it ran before."""
    UNDONE = "undone"
    """Seen to run what it ran before, or never left it."""
    IN_DOUBT = "in-doubt"
    """Could neither be finished nor undone; a person must look."""


class PushState(StrEnum):
    """How a push stands as a whole."""

    OPEN = "open"
    DONE = "done"
    UNDONE = "undone"
    IN_DOUBT = "in-doubt"
    ROLLED_BACK = "rolled-back"
    """It was done, and later taken back on request."""


class Activation(StrEnum):
    """How the new plan comes to run."""

    NOW = "now"
    """By a command of the centre, until told otherwise."""
    SCHEDULE = "schedule"
    """By the device's own day plans: wherever these named the plan that ran, they name the new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanHeld:
    """A day plan as it was found: (minute of the day, slot or None for free) each."""

    number: int
    entries: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a device held and ran before it was touched."""

    taken_at: datetime
    safety_digest: str
    mode: str
    running_slot: int | None
    commanded_slot: int | None
    spare_slot: int
    """Where the new plan goes."""
    spare_held: TimingPlan | None
    """What stood there, None for nothing."""
    day_plans: tuple[DayPlanHeld, ...] = ()
    """Those that a scheduled activation changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePush:
    """One device of a push: its plan, and how far it is."""

    device_id: str
    junction_id: str
    plan: TimingPlan
    plan_hash: str
    certificate_hash: str
    step: Step = Step.PLANNED
    snapshot: Snapshot | None = None
    message: str = ""
    at: datetime | None = None
    """When the step was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push to one or many devices: all of them or none, within what the protocols allow."""

    id: str
    begun_at: datetime
    actor: str
    reason: str
    activation: Activation
    devices: tuple[DevicePush, ...]
    state: PushState = PushState.OPEN
    ended_at: datetime | None = None
    message: str = ""
