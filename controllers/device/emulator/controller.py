"""An emulated controller: holds plans, runs them in time, and answers what it does.

Pure and stepped from outside: no thread, no clock of the machine, no socket. A
protocol room puts it on the wire: it calls the commands below between two steps
and reads `state`, `lamps`, `memory` and `log`. Nothing reaches the lamps that has
not passed the guard, except dark and flashing, which are no right of way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.detectors import Detectors
from signalctl.controllers.device.emulator.events import EventLog
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.memory import Memory
from signalctl.controllers.device.emulator.settings import DeviceStage, Settings, State
from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.rules.registry import Profile


class Controller:
    """One junction's controller.

    Life: `step(now)` once for every whole second of system time (seconds since
    1970-01-01 00:00 UTC; a simulation may begin at 0). The first step switches
    the power on: it boots, flashes, shows all red, starts. Commands may be given at any
    time, before the first step too, and act from the next step on.

    Who decides, strongest first: no power; a fault that flashes; `set_manual`;
    `preempt`; `command_mode`; `command_stage`; `command_slot`; the schedule; free.

    Public attributes: `junction`, `profile`, `settings`, `memory` (slots, day
    plans, schedule and a protocol's own objects; survives power loss), `log` (events),
    `detectors`, `stages` (the device stages: configured or derived).
    """

    def __init__(
        self,
        junction: Junction,
        profile: Profile,
        settings: Settings | None = None,
        faults: Faults | None = None,
    ) -> None:
        """A controller without power, its memory empty, its clock right.

        Raises InputError when settings name groups the junction has not.
        """
        self.junction: Final = junction
        self.profile: Final = profile
        self.settings: Final = settings or Settings()
        self.memory: Final = Memory(self.settings, faults or Faults(), self.power_off)
        self.log: Final[EventLog]
        self.detectors: Final[Detectors]
        self.stages: Final[tuple[DeviceStage, ...]]

    def step(self, now: int) -> FrozenMap[str, Aspect]:
        """Live until and through the second `now`; what every group shows in it.

        Seconds left out since the last step are lived through one by one (at
        most an hour; a longer gap counts as a loss of power). Raises InputError for a
        second that was already lived.
        """
        raise NotImplementedError

    @property
    def lamps(self) -> FrozenMap[str, Aspect]:
        """What every group shows in the second of the last step."""
        raise NotImplementedError

    @property
    def state(self) -> State:
        """What it does in the second of the last step."""
        raise NotImplementedError

    @property
    def answers(self) -> bool:
        """Whether it has power and has booted: a protocol room answers nothing else."""
        raise NotImplementedError

    # commands of the centre: lost with the power, and after `backup_s` of silence

    def command_slot(self, slot: int | None) -> None:
        """Run a slot until told otherwise; None hands back to the schedule.

        Any number is taken: a slot that holds nothing or no good plan runs free, as
        on the street, and `state.free_reason` says why.
        """

    def command_mode(self, mode: Mode | None) -> None:
        """Command FLASH, ALL_RED, DARK, FREE, FIXED (the plan without the clock), COORDINATED or
        None (back to slot, schedule). Raises Refused for any other mode.
        """

    def command_stage(self, stage: str | None) -> None:
        """Go to a device stage (id of `stages`) and stay in it; None lets go. Raises Refused for an
        unknown stage.
        """

    def refresh(self) -> None:
        """The centre is still there: restarts the back-up timer. Every command does so too."""

    # at the cabinet

    def set_manual(self, mode: Mode | None) -> None:
        """The switch in the cabinet: FLASH, ALL_RED, DARK; None is automatic. Raises Refused."""

    def preempt(self, active: bool) -> None:
        """A preemption input: all red, but green for the settings' `preempt_greens`."""

    def power_off(self) -> None:
        """Lose power now: dark, deaf, and all that is not memory forgotten. The clock runs on."""

    def power_on(self) -> None:
        """Power returns: the next step boots."""

    def restart(self) -> None:
        """Lose power and have it back with the next step."""

    def raise_fault(self, kind: str, text: str, *, flash: bool = False) -> None:
        """A fault appears; with `flash` the lamps flash until it is cleared."""

    def clear_fault(self, kind: str) -> None:
        """A fault is gone."""

    @property
    def faults(self) -> Mapping[str, str]:
        """Faults that stand: kind -> sentence."""
        raise NotImplementedError

    # clock: survives a loss of power, drifts by `drift_ppm`

    @property
    def clock_s(self) -> int:
        """The controller's own UTC, whole seconds since 1970, in the second of the last step."""
        raise NotImplementedError

    def set_clock(self, utc_s: int) -> None:
        """Set the controller's UTC as of the second of the last step."""

    @property
    def utc_offset_s(self) -> int:
        """Local time less UTC, s; kept."""
        raise NotImplementedError

    def set_utc_offset(self, seconds: int) -> None:
        """Set the time zone. Raises Refused outside -43200..50400 s."""

    # detectors

    def detect(self, number: int, occupied: bool, vehicles: int = 0) -> None:
        """What a detector sees from the next step on; `vehicles` have newly come over it.

        Raises InputError for a detector there is not.
        """
