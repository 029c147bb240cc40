"""What an emulated controller is told once, and the words it answers in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from signalctl.controllers.device.device import Mode
from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, Unreachable
from signalctl.domain.frozen import FrozenMap


class PowerLost(Unreachable):
    """The controller lost power in the middle of a call: whoever serves it answers nothing."""

    code = "device-power-lost"


class Correction(StrEnum):
    """How a controller moves to its offset (NTCIP 1202, coordCorrectionMode)."""

    DWELL = "dwell"
    """Waits in its longest stage."""
    SHORTWAY = "shortway"
    """Lengthens or shortens its stages, whichever takes fewer cycles."""
    ADD_ONLY = "add-only"
    """Lengthens its stages."""


class FreeReason(StrEnum):
    """Why a controller runs no plan (NTCIP 1202, localFreeStatus)."""

    NOT_FREE = "not-free"
    COMMANDED = "commanded"
    NO_PLAN = "no-plan"
    """Nothing is commanded and the schedule names no plan."""
    UNKNOWN_SLOT = "unknown-slot"
    BAD_PLAN = "bad-plan"
    BAD_CYCLE = "bad-cycle"
    SPLIT_OVERRUN = "split-overrun"
    BAD_OFFSET = "bad-offset"
    FAILED = "failed"
    """The plan could not be entered from what the lamps showed."""


class Control(StrEnum):
    """Who chose what runs."""

    CENTRAL = "central"
    """A command of the centre."""
    SCHEDULE = "schedule"
    BACKUP = "backup"
    """The schedule, because the centre fell silent."""
    MANUAL = "manual"
    """A person at the cabinet."""


class FlashCause(StrEnum):
    """Why the lamps flash."""

    STARTUP = "startup"
    COMMANDED = "commanded"
    MANUAL = "manual"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """What a slot holds that is no plan: why it would not run, and in one sentence."""

    reason: FreeReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStage:
    """A stage of the controller's own configuration: who is green in it."""

    id: str
    greens: FrozenMap[str, GreenKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector: its number and the group that it calls and extends."""

    number: int
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one controller; it survives everything.

    `stages` empty: derived from the junction. `numbers` are the phase numbers of
    groups in the event log; groups not named take their place in the junction,
    from 1. `most_add` and `most_subtract` are the shares of a cycle by which a
    transition may change it. `backup_s`: seconds after which a silent centre
    loses control, 0 never. `coordinated` False runs plans without the clock.
    `sync` is the second of the local day that offsets count from.
    """

    device_id: str = "1"
    slots: range = range(1, 129)
    day_plans: range = range(1, 129)
    schedule_entries: int = 128
    memory_pieces: int = 20_000
    cycles_s: range = range(10, 601)
    stages: tuple[DeviceStage, ...] = ()
    detectors: tuple[Detector, ...] = ()
    numbers: FrozenMap[str, int] = field(default_factory=FrozenMap)
    boot_s: int = 2
    flash_s: int = 10
    all_red_s: int = 5
    correction: Correction = Correction.SHORTWAY
    most_add: float = 0.25
    most_subtract: float = 0.2
    coordinated: bool = True
    utc_offset_s: int = 0
    sync_s: int = 0
    drift_ppm: float = 0.0
    backup_s: int = 0
    free_green_s: int = 15
    free_max_green_s: int = 45
    free_gap_s: int = 3
    preempt_greens: frozenset[str] = frozenset()
    data_period_s: int = 60
    events_kept: int = 20_000

    def __post_init__(self) -> None:
        if not (0 < self.most_add <= 1 and 0 <= self.most_subtract < 1):
            raise InputError(
                f"A transition that adds {self.most_add} and takes {self.most_subtract} of a "
                "cycle cannot be made.",
                remedy="Add more than 0 and at most 1, take at least 0 and less than 1.",
            )
        if self.all_red_s < 1 or min(self.boot_s, self.flash_s, self.backup_s) < 0:
            raise InputError(
                "Start-up and back-up times must not be negative, all-red 1 s or more."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a controller does in one second.

    `slot` is the slot whose plan it really runs, None when none. `cycle_second`
    counts from the plan's own second 0, `remaining_s` to the next change of the
    lamps in the plan. `stage` is the id of the stage: the plan's own for stage
    plans, the controller's in free and manual operation. `why` says in one
    sentence why it runs free or flashes, and is empty else.
    `calls` are the groups that detectors have called in free operation.
    """

    mode: Mode
    control: Control
    slot: int | None
    commanded_slot: int | None
    scheduled_slot: int | None
    day_plan: int | None
    free_reason: FreeReason
    why: str
    in_transition: bool
    cycle_s: int | None
    cycle_second: int | None
    remaining_s: int | None
    stage: str | None
    stage_in_transition: bool
    greens: frozenset[str]
    calls: frozenset[str]
    flash_cause: FlashCause | None
