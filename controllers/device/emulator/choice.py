"""What a controller is to do now: from commands, switches, schedule and memory to one goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.admission import admit
from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan
from signalctl.controllers.device.emulator.memory import Held, Memory
from signalctl.controllers.device.emulator.operation import Goal
from signalctl.controllers.device.emulator.settings import (
    Control,
    DeviceStage,
    FlashCause,
    FreeReason,
    Settings,
    Unusable,
)
from signalctl.controllers.device.emulator.time_base import Due, due
from signalctl.domain.junction import Junction
from signalctl.rules.registry import Profile

NO_PLAN: Final = Goal(
    mode=Mode.FREE,
    reason=FreeReason.NO_PLAN,
    why="Nothing is commanded and the schedule names no plan.",
)
COMMANDED_FREE: Final = Goal(
    mode=Mode.FREE, reason=FreeReason.COMMANDED, why="The centre commands free operation."
)


@dataclass(slots=True)
class Commands:
    """What the centre commands; it lapses when the centre is silent for too long."""

    slot: int | None = None
    mode: Mode | None = None
    stage: str | None = None
    heard_s: int | None = None
    lapsed: bool = False

    @property
    def given(self) -> bool:
        """Whether anything is commanded."""
        return not (self.slot is None and self.mode is None and self.stage is None)

    def heard(self, now: int | None) -> None:
        """The centre spoke in this second, or before the first one."""
        self.heard_s, self.lapsed = now, False

    def lapse(self, now: int, backup_s: int) -> None:
        """Forget everything after `backup_s` seconds of silence (0: never)."""
        if self.heard_s is None:
            self.heard_s = now
        if backup_s and self.given and now - self.heard_s > backup_s:
            self.slot = self.mode = self.stage = None
            self.lapsed = True


class Choice:
    """Chooses; keeps plans made ready and the schedule's answer for as long as they hold."""

    def __init__(
        self,
        junction: Junction,
        profile: Profile,
        settings: Settings,
        memory: Memory,
        stages: tuple[DeviceStage, ...],
        preempt: DeviceStage,
    ) -> None:
        self._junction: Final = junction
        self._profile: Final = profile
        self._settings: Final = settings
        self._memory: Final = memory
        self._stages: Final = {stage.id: stage for stage in stages}
        self._preempt: Final = preempt
        self._ready: dict[int, tuple[Held | None, LoadedPlan | Unusable]] = {}
        self._goal: tuple[int, Mode, LoadedPlan | Unusable, Goal] | None = None
        self._due_for: tuple[int, int] | None = None
        self.due = Due(None, None)
        """What the schedule asks for."""
        self.control = Control.SCHEDULE

    def goal(
        self,
        commands: Commands,
        local_s: int,
        *,
        cause: FlashCause | None,
        manual: Mode | None,
        preempted: bool,
    ) -> Goal:
        """The goal of one second; strongest first, as the controller says."""
        self._ask_schedule(local_s)
        self.control = self._who(commands, manual)
        if cause in (FlashCause.FAULT, FlashCause.STARTUP):
            why = "It starts." if cause is FlashCause.STARTUP else "A fault makes it flash."
            return Goal(mode=Mode.FLASH, why=why, at_once=True)
        if manual is not None:
            return Goal(mode=manual, why="The switch in the cabinet says so.")
        if preempted:
            return Goal(mode=Mode.PREEMPTED, greens=self._preempt.greens)
        if commands.mode in (Mode.FLASH, Mode.DARK, Mode.ALL_RED):
            return Goal(mode=commands.mode, why="The centre commands it.")
        if commands.mode is Mode.FREE:
            return COMMANDED_FREE
        if commands.stage is not None:
            stage = self._stages[commands.stage]
            return Goal(mode=Mode.MANUAL, greens=stage.greens, stage=stage.id)
        slot = commands.slot if commands.slot is not None else self.due.slot
        if slot is None:
            return NO_PLAN
        return self._plan(slot, commands.mode)

    def _plan(self, slot: int, mode: Mode | None) -> Goal:
        if mode is None:
            mode = Mode.COORDINATED if self._settings.coordinated else Mode.FIXED
        ready = self._made_ready(slot)
        last = self._goal
        if last is not None and last[0] == slot and last[1] is mode and last[2] is ready:
            return last[3]
        if isinstance(ready, Unusable):
            goal = Goal(mode=Mode.FREE, reason=ready.reason, why=ready.sentence)
        else:
            goal = Goal(mode=mode, plan=ready, slot=slot)
        self._goal = (slot, mode, ready, goal)
        return goal

    def _made_ready(self, slot: int) -> LoadedPlan | Unusable:
        held = self._memory.held(slot)
        known = self._ready.get(slot)
        if known is None or known[0] is not held:
            ready = admit(held, slot, self._junction, self._profile, self._settings)
            # Only the plan in use is needed; a device with little memory keeps no more.
            self._ready = {slot: (held, ready)}
            return ready
        return known[1]

    def _ask_schedule(self, local_s: int) -> None:
        key = (local_s // 60, self._memory.version)
        if key != self._due_for:
            self._due_for, self.due = key, due(self._memory, local_s)

    def _who(self, commands: Commands, manual: Mode | None) -> Control:
        if manual is not None:
            return Control.MANUAL
        if commands.given:
            return Control.CENTRAL
        return Control.BACKUP if commands.lapsed else Control.SCHEDULE
