"""An emulated controller: holds plans, runs them in time, and answers what it does.

Pure and stepped from outside: no thread, no clock of the machine, no socket. A
protocol room puts it on the wire: it calls the commands below between two steps
and reads `state`, `lamps`, `memory` and `log`. Nothing reaches the lamps that has
not passed the guard, except dark and flashing, which are no right of way.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.choice import Choice, Commands
from signalctl.controllers.device.emulator.detectors import Detectors
from signalctl.controllers.device.emulator.events import Code, EventLog
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.free_runner import check_stages, derived_stages
from signalctl.controllers.device.emulator.memory import Memory
from signalctl.controllers.device.emulator.observer import Observer
from signalctl.controllers.device.emulator.operation import Operation
from signalctl.controllers.device.emulator.plan_runner import PlanRunner
from signalctl.controllers.device.emulator.report import state_of
from signalctl.controllers.device.emulator.settings import (
    DeviceStage,
    FlashCause,
    Settings,
    State,
)
from signalctl.controllers.device.emulator.time_base import DAY_S, Clock
from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import InputError, Refused
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.rules.registry import Profile

LONGEST_GAP_S: Final = 3600
COMMANDED_MODES: Final = frozenset(
    {Mode.FLASH, Mode.ALL_RED, Mode.DARK, Mode.FREE, Mode.FIXED, Mode.COORDINATED}
)
MANUAL_MODES: Final = frozenset({Mode.FLASH, Mode.ALL_RED, Mode.DARK})
LATEST_S: Final = 2**32 - 1


class _Power(Enum):
    OFF = "off"
    BOOTS = "boots"
    FLASHES = "flashes"
    ON = "on"


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
        """A controller about to be switched on, its memory empty, its clock right.

        Raises InputError when settings name groups the junction has not, or stages
        with a conflict.
        """
        self.junction: Final = junction
        self.profile: Final = profile
        self.settings: Final = settings or Settings()
        faults = faults or Faults()
        self.memory: Final = Memory(self.settings, faults, self.restart)
        self.log: Final = EventLog(self.settings.events_kept)
        self.detectors: Final = Detectors(self.settings.detectors, self.settings.data_period_s)
        self.stages: Final = self.settings.stages or derived_stages(junction)
        check_stages(self.stages, junction)
        for group in (
            *self.detectors.by_group,
            *self.settings.numbers,
            *self.settings.preempt_greens,
        ):
            junction.group(group)
        check_stages((_preempt_stage(self.settings),), junction)
        self._clock: Final = Clock(self.settings.drift_ppm + faults.drift_ppm)
        self._utc_offset_s = self.settings.utc_offset_s
        self._backup_s = self.settings.backup_s
        self._operation: Final = Operation(junction, profile, self.settings, self.stages)
        self._choice: Final = Choice(
            junction,
            profile,
            self.settings,
            self.memory,
            self.stages,
            _preempt_stage(self.settings),
        )
        self._observer: Final = Observer(junction, self.settings.numbers, self.log)
        self._commands = Commands()
        self._faults: dict[str, tuple[str, bool]] = {}
        self._manual: Mode | None = None
        self._preempted = False
        self._power = _Power.OFF
        self._returns = True
        self._left_s = 0
        self._now: int | None = None
        self._state: State | None = None

    def step(self, now: int) -> FrozenMap[str, Aspect]:
        """Live until and through the second `now`; what every group shows in it.

        Seconds left out since the last step are lived through one by one (at
        most an hour; a longer gap is a loss of power). Raises InputError for a
        second that was already lived.
        """
        last = now - 1 if self._now is None else self._now
        if now <= last:
            raise InputError(f"Second {now} comes after second {last} was lived already.")
        if now - last > LONGEST_GAP_S:
            self.restart()
            last = now - 1
        for second in range(last + 1, now + 1):
            self._live(second)
        return self.lamps

    @property
    def lamps(self) -> FrozenMap[str, Aspect]:
        """What every group shows in the second of the last step."""
        return self._operation.driver.lamps

    @property
    def state(self) -> State:
        """What it does in the second of the last step."""
        # Asked for several times a second by a protocol room; forgotten whenever something acts.
        if self._state is None:
            self._state = state_of(
                self._operation, self._choice, self._commands.slot, self._flash_cause()
            )
        return self._state

    @property
    def answers(self) -> bool:
        """Whether it has power and has booted: else a protocol room answers nothing."""
        return self._power in (_Power.FLASHES, _Power.ON)

    # Commands of the centre: lost with the power, and after `backup_s` of silence.

    def command_slot(self, slot: int | None) -> None:
        """Run a slot until told otherwise; None hands back to the schedule.

        Any number is taken: a slot that holds nothing or no good plan runs free, as
        on the street, and `state.free_reason` says why.
        """
        self._commands.slot, self._state = slot, None
        self.refresh()

    def command_mode(self, mode: Mode | None) -> None:
        """Command a mode of operation, or None: as slot and schedule say.

        FLASH, ALL_RED, DARK; FREE; FIXED and COORDINATED run the commanded or
        scheduled plan without and with the clock. Raises Refused for another mode.
        """
        if mode is not None and mode not in COMMANDED_MODES:
            raise Refused(f"The controller has no mode {mode} to command.")
        self._commands.mode, self._state = mode, None
        self.refresh()

    def command_stage(self, stage: str | None) -> None:
        """Go to a device stage (id of `stages`) and stay in it; None lets go.

        Raises Refused for an unknown stage.
        """
        if stage is not None and all(known.id != stage for known in self.stages):
            raise Refused(f"The controller has no stage {stage!r}.")
        self._commands.stage = stage
        self.refresh()

    def refresh(self) -> None:
        """The centre is still there: restarts the back-up timer. Every command does so too."""
        self._commands.heard(self._now)

    def set_backup(self, seconds: int) -> None:
        """Seconds of silence after which commands lapse, 0 never; survives a loss of power.

        Raises Refused outside 0..65535.
        """
        if not 0 <= seconds <= 65_535:
            raise Refused(f"A back-up time of {seconds} s cannot be set.")
        self._backup_s = seconds

    @property
    def backup_s(self) -> int:
        """Seconds of silence after which commands lapse, 0 never."""
        return self._backup_s

    @property
    def commanded_mode(self) -> Mode | None:
        """The mode that the centre commands, None for none."""
        return self._commands.mode

    @property
    def commanded_stage(self) -> str | None:
        """The stage that the centre commands, None for none."""
        return self._commands.stage

    # At the cabinet.

    def set_manual(self, mode: Mode | None) -> None:
        """The switch in the cabinet: FLASH, ALL_RED, DARK; None is automatic. Raises Refused."""
        if mode is not None and mode not in MANUAL_MODES:
            raise Refused(f"The switch has no position {mode}.")
        if (mode is None) != (self._manual is None):
            self._note(Code.MANUAL_CHANGE, int(mode is not None))
        self._manual, self._state = mode, None

    def preempt(self, active: bool) -> None:
        """A preemption input: all red, but green for the settings' `preempt_greens`."""
        if active != self._preempted:
            self._note(Code.PREEMPT_ON if active else Code.PREEMPT_OFF, 1)
        self._preempted = active

    def power_off(self) -> None:
        """Lose power now: dark, deaf, and all that is not memory forgotten. The clock runs on."""
        if self._power is not _Power.OFF:
            self._note(Code.POWER_FAILURE, 1)
        self._power, self._returns = _Power.OFF, False
        self._commands, self._state = Commands(), None
        self._operation.stop()
        self._observer.forget()

    def power_on(self) -> None:
        """Power returns: the next step boots."""
        self._returns = True

    def restart(self) -> None:
        """Lose power and have it back with the next step."""
        self.power_off()
        self.power_on()

    def raise_fault(self, kind: str, text: str, *, flash: bool = False) -> None:
        """A fault appears; with `flash` the lamps flash until it is cleared."""
        self._faults[kind], self._state = (text, flash), None
        self._note(Code.VENDOR_ALARM, 1, text)

    def clear_fault(self, kind: str) -> None:
        """A fault is gone."""
        self._state = None
        if self._faults.pop(kind, None):
            self._note(Code.VENDOR_ALARM, 0, f"{kind} is over")

    @property
    def faults(self) -> Mapping[str, str]:
        """Faults that stand: kind -> sentence."""
        return MappingProxyType({kind: text for kind, (text, _) in self._faults.items()})

    # The clock survives a loss of power and drifts by the settings' `drift_ppm`.

    @property
    def clock_s(self) -> int:
        """The controller's own UTC, whole seconds since 1970, in the second of the last step."""
        return self._clock.utc_s(self._now or 0)

    def set_clock(self, utc_s: int) -> None:
        """Set the controller's UTC as of the second of the last step.

        Raises Refused outside 0..2^32-1.
        """
        if not 0 <= utc_s <= LATEST_S:
            raise Refused(f"The clock cannot be set to {utc_s}.")
        moved_s = self._clock.set(self._now or 0, utc_s)
        self._note(Code.CLOCK_UPDATED, moved_s)

    @property
    def utc_offset_s(self) -> int:
        """Local time less UTC, s; survives a loss of power."""
        return self._utc_offset_s

    def set_utc_offset(self, seconds: int) -> None:
        """Set the time zone. Raises Refused outside -43200..50400 s."""
        if not -43_200 <= seconds <= 50_400:
            raise Refused(f"There is no time zone {seconds} s from UTC.")
        self._utc_offset_s = seconds

    def detect(self, number: int, occupied: bool, vehicles: int = 0) -> None:
        """What a detector sees from the next step on; `vehicles` have newly come over it.

        Raises InputError for a detector there is not.
        """
        if self.detectors.detect(number, occupied, vehicles):
            self._note(Code.DETECTOR_ON if occupied else Code.DETECTOR_OFF, number)

    def _live(self, second: int) -> None:
        self._now, self._state = second, None
        if self._power is _Power.OFF:
            if not self._returns:
                return
            self._power, self._left_s = _Power.BOOTS, self.settings.boot_s
            self._note(Code.POWER_RESTORED, 1)
        if self._power is _Power.BOOTS:
            if self._left_s > 0:
                self._left_s -= 1
                return
            self._power, self._left_s = _Power.FLASHES, self.settings.flash_s
        self._commands.lapse(second, self._backup_s)
        self.detectors.step(second)
        local_s = max(0, self.clock_s + self._utc_offset_s)
        system_s = (local_s - self.settings.sync_s) % DAY_S
        if self._power is _Power.FLASHES:
            self._left_s -= 1
            if self._left_s < 0:
                self._power = _Power.ON
        goal = self._choice.goal(
            self._commands,
            local_s,
            cause=self._flash_cause(),
            manual=self._manual,
            preempted=self._preempted,
        )
        self._operation.step(goal, second, system_s, self.detectors)
        self._observe()

    def _flash_cause(self) -> FlashCause | None:
        if any(flash for _, flash in self._faults.values()):
            return FlashCause.FAULT
        if self._power is _Power.FLASHES:
            return FlashCause.STARTUP
        if self._manual is Mode.FLASH:
            return FlashCause.MANUAL
        return FlashCause.COMMANDED if self._commands.mode is Mode.FLASH else None

    def _observe(self) -> None:
        at_s, operation = self.clock_s, self._operation
        self._observer.see_lamps(at_s, self.lamps)
        runner, goal = operation.runner, operation.goal
        plan = runner.loaded.plan if isinstance(runner, PlanRunner) else None
        self._observer.see_operation(
            at_s,
            mode=goal.mode,
            slot=goal.slot,
            cycle_s=plan.cycle_s if plan else 0,
            offset_s=plan.offset.seconds if plan else 0,
            step=int(runner.step_state) if isinstance(runner, PlanRunner) else 0,
            flash=self._flash_cause() if goal.mode is Mode.FLASH else None,
        )

    def _note(self, code: Code, parameter: int, said: str = "") -> None:
        if self._now is not None:
            self.log.note(self.clock_s, code, parameter, said)


def _preempt_stage(settings: Settings) -> DeviceStage:
    greens = FrozenMap(dict.fromkeys(sorted(settings.preempt_greens), GreenKind.PROTECTED))
    return DeviceStage(id="preempt", greens=greens)
