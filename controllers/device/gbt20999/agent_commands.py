"""Centre control (class 17) and the command pipe (class 18) of an emulated controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.gbt20999.enumerations import Command, ControlMode, StatusCode
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import Refused

STAGE, PLAN, MODE = 2, 3, 4
_SPECIAL: Final = {
    ControlMode.YELLOW_FLASH: Mode.FLASH,
    ControlMode.ALL_RED: Mode.ALL_RED,
    ControlMode.LAMPS_OFF: Mode.DARK,
    ControlMode.LOCAL_ACTUATED: Mode.FREE,
    ControlMode.LOCAL_FIXED_TIME: Mode.FIXED,
}
_CANNOT: Final = frozenset(
    {
        ControlMode.CENTRE_OPTIMISED,
        ControlMode.CENTRE_ADAPTIVE,
        ControlMode.LOCAL_ADAPTIVE,
        ControlMode.SPECIAL,
    }
)
_MANUAL: Final = frozenset({ControlMode.CENTRE_MANUAL, ControlMode.LOCAL_MANUAL})
_PIPE: Final = {
    Command.YELLOW_FLASH: Mode.FLASH,
    Command.ALL_RED: Mode.ALL_RED,
    Command.LAMPS_OFF: Mode.DARK,
}


class Centre:
    """What the centre commands; forgotten with the power, as the controller forgets it."""

    def __init__(self, controller: Controller) -> None:
        self._controller: Final = controller
        self._mode = ControlMode.LOCAL_COORDINATED

    def read(self, attribute: int) -> Value:
        """17.1.2-17.1.4."""
        controller = self._controller
        if attribute == STAGE:
            return int(controller.commanded_stage or 0)
        slot = controller.state.commanded_slot
        if attribute == PLAN:
            return slot or 0
        idle = slot is None and not controller.commanded_mode and not controller.commanded_stage
        return int(ControlMode.LOCAL_COORDINATED if idle else self._mode)

    def write(self, values: Mapping[ItemId, Value]) -> dict[ItemId, StatusCode]:
        """Carry commands out, those of one frame together; the statuses of refused ones."""
        refused: dict[ItemId, StatusCode] = {}
        wanted: dict[int, int] = {}
        ids: dict[int, ItemId] = {}
        for id_, value in values.items():
            if not isinstance(value, int):
                continue
            if id_.class_id == 18:
                self._pipe(Command(value))
            else:
                wanted[id_.attribute_id] = value
                ids[id_.attribute_id] = id_
        if wanted.get(MODE) in _CANNOT:
            refused[ids.pop(MODE)] = StatusCode.CONTROL_FAILED
            del wanted[MODE]
        if STAGE in wanted:
            try:
                self._controller.command_stage(str(wanted[STAGE]) if wanted[STAGE] else None)
            except Refused:
                refused[ids[STAGE]] = StatusCode.CONTROL_FAILED
        if PLAN in wanted:
            self._controller.command_slot(wanted[PLAN] or None)
        if MODE in wanted:
            self._mode = ControlMode(wanted[MODE])
            self._command_mode(self._mode, wanted)
        return refused

    def _command_mode(self, mode: ControlMode, wanted: Mapping[int, int]) -> None:
        """A local mode hands back what is not commanded in the same frame."""
        plan = wanted.get(PLAN, 0)
        if mode & 0xF0 == ControlMode.LOCAL and not plan:
            self._controller.command_slot(None)
        if mode not in _MANUAL and not wanted.get(STAGE, 0):
            self._controller.command_stage(None)
        fixed = mode is ControlMode.LOCAL_FIXED_TIME and not plan
        self._controller.command_mode(None if fixed else _SPECIAL.get(mode))

    def _pipe(self, command: Command) -> None:
        if command is Command.RESTART:
            self._controller.restart()
        else:
            self._controller.command_mode(_PIPE.get(command))
