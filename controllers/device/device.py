"""The one interface every field device is driven through, whatever its protocol.

A device holds plans in numbered *slots*, runs one of them, and answers what it
holds and does. Adapters translate; what a protocol cannot express raises
NotExpressible with what to change. Nothing here decides whether a plan is safe:
only a plan with a certificate is handed over, and what is certified on the device
itself (lamps, intergreens, minimum greens, conflicts) is read and compared, never
written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan


class Mode(StrEnum):
    """Who decides what the device shows."""

    COORDINATED = "coordinated"
    """A plan, tied to the clock."""
    FIXED = "fixed"
    """A plan, not tied to the clock."""
    FREE = "free"
    """Actuated by its detectors, no plan: also the fall-back for a plan it cannot run."""
    ADAPTIVE = "adaptive"
    MANUAL = "manual"
    FLASH = "flash"
    ALL_RED = "all-red"
    DARK = "dark"
    PREEMPTED = "preempted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who answers: maker, model, versions, and a digest of its safety configuration."""

    maker: str
    model: str
    version: str
    protocol: str
    safety_digest: str
    """Hash over what is certified on site and never written; compared before each push."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the device can hold and do."""

    slots: range
    forms: frozenset[str]
    """Forms it can express: `stages`, `ring-barrier`."""
    cycles_s: range
    atomic_write: bool
    """Whether a plan is taken whole or not at all by the device itself."""
    schedule: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the device does, as of `read_at` (aware UTC).

    `slot` is the plan it really runs, None when none. `in_transition` says that it
    is still moving to its offset; `remaining_s` is the rest of the current stage
    or cycle where the protocol tells it. `greens` are our signal groups now green,
    None where the protocol does not tell. `faults` are sentences about what is wrong
    now; `noted` are those with their time that the device only says it once noted.
    """

    read_at: datetime
    mode: Mode
    slot: int | None
    commanded_slot: int | None
    in_transition: bool
    cycle_second: int | None
    remaining_s: int | None
    greens: frozenset[str] | None
    faults: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    details: FrozenMap[str, str] = field(default_factory=FrozenMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """What the lamps show, as of `read_at` (aware UTC), and the plan that runs.

    `aspects` are the colours by signal group, None where the device does not tell:
    the wire knows one green (PROTECTED here), one amber (AMBER) and one red.
    """

    read_at: datetime
    slot: int | None
    aspects: FrozenMap[str, Aspect | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanEntry:
    """From this minute of the day on the slot runs; None hands over to free."""

    minute: int
    slot: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """On these months (1-12), weekdays (0 Monday-6) and days of the month the day plan holds."""

    months: frozenset[int]
    weekdays: frozenset[int]
    days: frozenset[int]
    day_plan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something the device noted: time, code of its own enumeration, and a sentence."""

    at: datetime
    code: int
    parameter: int
    text: str


class Device(Protocol):
    """A field device. Every call may raise Unreachable; writing calls also Refused,
    Mismatch and NotInControl. A call that raised Unreachable may have taken effect:
    read before writing again."""

    @property
    def id(self) -> str:
        """The id it has in the devices file."""

    async def identify(self) -> Identity:
        """Who answers."""

    async def capabilities(self) -> Capabilities:
        """What it can hold and do."""

    async def status(self) -> Status:
        """What it does now."""

    async def lamps(self) -> Lamps:
        """What its lamps show now, read as cheaply as the protocol allows."""

    async def read_plan(self, slot: int) -> TimingPlan | None:
        """The plan in a slot, in our words; None for an empty slot."""

    def as_held(self, slot: int, plan: TimingPlan) -> TimingPlan:
        """The plan as `read_plan` answers it once it is written to the slot.

        The same lamps in the device's words. Raises NotExpressible with what to change.
        """

    async def scheduled_slots(self) -> frozenset[int]:
        """Slots that the device may run by itself, by its day plans: a push leaves them alone."""

    async def write_plan(self, slot: int, plan: TimingPlan) -> None:
        """Write a plan to a slot that does not run. Raises NotExpressible with what to change."""

    async def activate(self, slot: int) -> None:
        """Command the slot now, until told otherwise."""

    async def deactivate(self) -> None:
        """Give control back to the device's own schedule."""

    async def read_day_plan(self, number: int) -> tuple[DayPlanEntry, ...]:
        """The entries of a day plan, by minute."""

    async def write_day_plan(self, number: int, entries: tuple[DayPlanEntry, ...]) -> None:
        """Replace a day plan."""

    async def read_schedule(self) -> tuple[ScheduleEntry, ...]:
        """The schedule, strongest entry first."""

    async def write_schedule(self, entries: tuple[ScheduleEntry, ...]) -> None:
        """Replace the schedule."""

    async def clock(self) -> datetime:
        """The device's clock, aware UTC."""

    async def set_clock(self, now: datetime) -> None:
        """Set the device's clock."""

    async def events(self) -> tuple[Event, ...]:
        """Events noted since they were last asked for, oldest first."""

    async def close(self) -> None:
        """Let go of sockets; the device goes on by itself."""
