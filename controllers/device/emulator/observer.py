"""Writes the event log: it compares what the lamps and the controller do with a second ago."""

from __future__ import annotations

from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.events import Code, EventLog
from signalctl.controllers.device.emulator.settings import FlashCause
from signalctl.domain.aspect import AMBERS, GREENS, RESTS, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction

FREE_PATTERN: Final = 254
FLASH_PATTERN: Final = 255
NOT_FLASHING: Final = 2
FLASH_STATUS: Final = {
    FlashCause.COMMANDED: 3,
    FlashCause.MANUAL: 4,
    FlashCause.FAULT: 5,
    FlashCause.STARTUP: 7,
}
"""NTCIP 1202, unitFlashStatus: the parameter of event 173."""


class Observer:
    """One controller's event writer."""

    def __init__(self, junction: Junction, numbers: FrozenMap[str, int], log: EventLog) -> None:
        self._walks: Final = {g.id for g in junction.groups if g.kind is GroupKind.PEDESTRIAN}
        self._numbers: Final = {
            group.id: numbers.get(group.id, place)
            for place, group in enumerate(junction.groups, start=1)
            if group.kind is not GroupKind.UNUSED
        }
        self._log: Final = log
        self._lamps: FrozenMap[str, Aspect] | None = None
        self._told: dict[Code, int] = {}

    def forget(self) -> None:
        """After a loss of power the first second is compared with nothing."""
        self._lamps = None
        self._told.clear()

    def see_lamps(self, at_s: int, lamps: FrozenMap[str, Aspect]) -> None:
        """Note what changed on the lamps."""
        before, self._lamps = self._lamps, lamps
        if before is None or lamps is before:
            return
        for group, number in self._numbers.items():
            was, now = before[group], lamps[group]
            if was is not now:
                for code in self._codes(group, was, now):
                    self._log.note(at_s, code, number)

    def _codes(self, group: str, was: Aspect, now: Aspect) -> tuple[Code, ...]:
        if (was in GREENS) == (now in GREENS) and (was in AMBERS) == (now in AMBERS):
            return ()
        if group in self._walks:
            return (Code.WALK_BEGINS if now in GREENS else Code.DONT_WALK_BEGINS,)
        if now in GREENS:
            return (Code.PHASE_ON, Code.GREEN_BEGINS)
        ends: tuple[Code, ...] = (Code.GREEN_ENDS,) if was in GREENS else (Code.YELLOW_ENDS,)
        if now in AMBERS:
            return (*ends, Code.YELLOW_BEGINS)
        return (*ends, Code.RED_CLEARANCE_BEGINS) if now in RESTS else ends

    def see_operation(
        self,
        at_s: int,
        *,
        mode: Mode,
        slot: int | None,
        cycle_s: int,
        offset_s: int,
        step: int,
        flash: FlashCause | None,
    ) -> None:
        """Note what changed in the way of operation."""
        pattern = FREE_PATTERN if slot is None else slot
        if mode is Mode.FLASH:
            pattern = FLASH_PATTERN
        self._tell(at_s, Code.FLASH_CHANGE, FLASH_STATUS[flash] if flash else NOT_FLASHING)
        self._tell(at_s, Code.PATTERN_CHANGE, pattern)
        self._tell(at_s, Code.CYCLE_CHANGE, min(cycle_s, 255))
        self._tell(at_s, Code.OFFSET_CHANGE, min(offset_s, 255))
        self._tell(at_s, Code.COORDINATION_CHANGE, step)

    def _tell(self, at_s: int, code: Code, parameter: int) -> None:
        if self._told.get(code) != parameter:
            self._told[code] = parameter
            self._log.note(at_s, code, parameter)
