"""The objects of an emulated controller: what a query reads and a set changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import Control, State
from signalctl.controllers.device.gbt20999.agent_certified import certified_values
from signalctl.controllers.device.gbt20999.agent_commands import Centre
from signalctl.controllers.device.gbt20999.agent_memory import KEPT_CLASSES, Kept
from signalctl.controllers.device.gbt20999.dictionary import SAFETY_CLASSES, entry_of
from signalctl.controllers.device.gbt20999.enumerations import (
    ControlMode,
    LampState,
    StageState,
    StatusCode,
)
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.profile import GbtProfile, LampStateLayout
from signalctl.controllers.device.gbt20999.records import moment_of
from signalctl.controllers.device.gbt20999.site_map import SiteMap
from signalctl.controllers.device.gbt20999.values import Kind, Value, ValueRefused, encode_value
from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import Refused

LAMPS: Final[dict[Aspect, LampState]] = {
    Aspect.RED: LampState.RED,
    Aspect.RED_AMBER: LampState.RED_YELLOW,
    Aspect.PROTECTED: LampState.GREEN,
    Aspect.PERMISSIVE: LampState.GREEN,
    Aspect.AMBER: LampState.YELLOW,
    Aspect.AMBER_PRIORITY: LampState.YELLOW,
    Aspect.AFTER_STOP: LampState.RED,
    Aspect.FLASHING: LampState.YELLOW_FLASH,
    Aspect.OFF: LampState.OFF,
}
_MODES: Final[dict[Mode, ControlMode]] = {
    Mode.COORDINATED: ControlMode.LOCAL_COORDINATED,
    Mode.FIXED: ControlMode.LOCAL_FIXED_TIME,
    Mode.FREE: ControlMode.LOCAL_ACTUATED,
    Mode.ADAPTIVE: ControlMode.LOCAL_ADAPTIVE,
    Mode.MANUAL: ControlMode.LOCAL_MANUAL,
    Mode.FLASH: ControlMode.YELLOW_FLASH,
    Mode.ALL_RED: ControlMode.ALL_RED,
    Mode.DARK: ControlMode.LAMPS_OFF,
    Mode.PREEMPTED: ControlMode.SPECIAL,
}


def mode_code(state: State) -> ControlMode:
    """13.2.2 of a state."""
    if state.control is Control.CENTRAL:
        if state.mode is Mode.COORDINATED:
            return ControlMode.CENTRE_COORDINATED
        if state.mode is Mode.MANUAL:
            return ControlMode.CENTRE_MANUAL
    return _MODES.get(state.mode, ControlMode.SPECIAL)


class AgentObjects:
    """Reads and writes one emulated controller by full ids."""

    def __init__(
        self, controller: Controller, site: SiteMap, profile: GbtProfile, *, number: int
    ) -> None:
        """`number` is the controller id of the frame header and of 2.5."""
        self.controller: Final = controller
        self._site: Final = site
        self._profile: Final = profile
        self._number: Final = number
        self._centre: Final = Centre(controller)
        self._kept: Final = Kept(controller, site, profile)
        self._certified: Final = certified_values(site, profile)
        self._groups: Final = {n: group for group, n in site.lamp_groups.items()}
        self._seen: Final = {seen.detector.number: seen for seen in controller.detectors.all()}
        self._simple: Final = self._simple_reads()
        self.noted: Final[dict[ItemId, bytes]] = {}
        """Fault records, as noted by the agent."""

    def read(self, id_: ItemId) -> bytes:
        """The bytes of an object. Raises ValueRefused with its status."""
        found = entry_of(id_)
        class_, object_, attribute, element = id_
        if class_ == 3 and object_ == 3:
            value: Value | None = self._lamp(attribute, element)
        elif class_ == 17 and attribute != 1:
            value = self._centre.read(attribute)
        elif attribute == 1 and found.elements and class_ not in (15, 16):
            value = element
        elif class_ in KEPT_CLASSES and attribute:
            value = self._kept.read(id_)
        else:
            value = self._live(id_)
        if value is None and id_ in self.noted:
            return self.noted[id_]
        if value is None:
            kept = self.controller.memory.recall(("gbt", *id_))
            value = kept if isinstance(kept, int | str | bytes) else None
        if value is None:
            return b"" if found.encoding.kind is Kind.TEXT else bytes(found.encoding.size)
        # Told as it is held, right or wrong: a host must cope with odd values.
        return value if isinstance(value, bytes) else encode_value(found.encoding, value)

    def write(self, values: Sequence[tuple[ItemId, bytes]]) -> list[StatusCode]:
        """Set values, one status each. Raises PowerLost when power goes in the middle."""
        statuses: list[StatusCode] = []
        good: dict[ItemId, tuple[Value, bytes]] = {}
        for id_, data in values:
            try:
                found = entry_of(id_)
                if not found.writable or id_.class_id in SAFETY_CLASSES:
                    raise ValueRefused("The object is read only.", status=StatusCode.READ_ONLY)
                value = found.decode(data)
                if not (id_.class_id in KEPT_CLASSES and value == 0):
                    found.check(value)
                good[id_] = (value, data)
                statuses.append(StatusCode.OK)
            except ValueRefused as error:
                statuses.append(error.status)
        later = self._apply(good)
        return [later.get(id_, s) for (id_, _), s in zip(values, statuses, strict=True)]

    def _apply(self, good: Mapping[ItemId, tuple[Value, bytes]]) -> dict[ItemId, StatusCode]:
        """Carry checked values out; the statuses of what is refused after all."""
        refused: dict[ItemId, StatusCode] = {}
        tables = {id_: value for id_, (value, _) in good.items() if id_.class_id in KEPT_CLASSES}
        refused |= self._kept.write(tables)
        commands = {id_: value for id_, (value, _) in good.items() if id_.class_id in (17, 18)}
        refused |= self._centre.write(commands)
        for id_, (value, data) in good.items():
            if id_ in tables or id_ in commands:
                continue
            try:
                if not self._set_clock(id_, value):
                    self.controller.memory.keep(("gbt", *id_), data)
            except Refused:
                refused[id_] = StatusCode.GENERAL_ERROR
        return refused

    def _set_clock(self, id_: ItemId, value: Value) -> bool:
        """Set clock or time zone; whether it was one of them."""
        if id_[:3] in ((13, 1, 10), (13, 1, 11)):
            shift_s = self.controller.utc_offset_s if id_.attribute_id == 11 else 0
            try:
                at = datetime(*value, tzinfo=UTC)  # type: ignore[misc]  # six numbers, checked
            except ValueError:
                raise Refused("There is no such date.") from None
            self.controller.set_clock(int(at.timestamp()) - shift_s)
            return True
        if id_[:2] == (2, 4) and isinstance(value, int):
            self.controller.set_utc_offset(value)
            return True
        return False

    def _lamp(self, attribute: int, number: int) -> Value:
        """3.3.1 and 3.3.2, in the layout of this device."""
        second = self._profile.lamp_state is not LampStateLayout.ATTRIBUTE_1
        if attribute == 2 and not second:
            raise ValueRefused("There is no such object.", status=StatusCode.NO_SUCH_OBJECT)
        if attribute == 1 and second:
            return number
        group = self._groups.get(number)
        return int(LAMPS[self.controller.lamps[group]] if group else LampState.OFF)

    def _live(self, id_: ItemId) -> Value | None:
        """What the controller does now, None for objects that are merely kept."""
        key = (id_.class_id, id_.object_id, id_.attribute_id)
        if key in self._simple:
            return self._simple[key]()
        if id_ in self._certified:
            return self._certified[id_]
        match key:
            case (6, 3, _):
                return self._stage_state(id_.attribute_id, id_.element_id)
            case (13, 2, _):
                return self._junction_state(id_.attribute_id, id_.element_id)
            case (5, 3, 2) | (14, 2, _):
                return self._detected(key, id_.element_id)
        return None

    def _simple_reads(self) -> dict[tuple[int, int, int], Callable[[], Value]]:
        site, controller = self._site, self.controller
        stages = max((stage.number for stage in site.stages), default=0)
        phases = max((phase.number for phase in site.phases), default=0)
        return {
            (1, 1, 0): lambda: "signalctl",
            (1, 2, 0): lambda: 0x00010001,
            (1, 3, 0): lambda: f"E{self._number}",
            (2, 1, 0): lambda: site.junction.id[:32],
            (2, 4, 0): lambda: controller.utc_offset_s,
            (2, 5, 0): lambda: self._number,
            (2, 6, 0): lambda: 1,
            (3, 1, 0): lambda: max(site.lamp_groups.values(), default=0),
            (4, 1, 0): lambda: phases,
            (5, 1, 0): lambda: max(self._seen, default=0),
            (6, 1, 0): lambda: stages,
            (9, 1, 0): lambda: 128,
            (11, 1, 0): lambda: 128,
            (12, 1, 0): lambda: 128,
            (13, 1, 10): lambda: moment_of(datetime.fromtimestamp(controller.clock_s, UTC)),
            (13, 1, 11): lambda: moment_of(
                datetime.fromtimestamp(controller.clock_s + controller.utc_offset_s, UTC)
            ),
            (14, 1, 0): lambda: frozenset(
                n for n, seen in self._seen.items() if seen.occupied and n <= 64
            ),
        }

    def _stage_state(self, attribute: int, number: int) -> Value:
        state = self.controller.state
        if state.stage != str(number):
            return int(StageState.WITHOUT_RIGHT_OF_WAY) if attribute == 2 else 0
        if attribute == 2:
            moves = state.stage_in_transition
            return int(StageState.IN_TRANSITION if moves else StageState.RUNNING)
        return (state.remaining_s or 0) if attribute == 4 else 0

    def _junction_state(self, attribute: int, number: int) -> Value:
        if number != self._site.number:
            return 0 if attribute != 2 else int(ControlMode.LAMPS_OFF)
        state = self.controller.state
        if attribute == 2:
            return int(mode_code(state))
        if attribute == 3:
            return state.slot or 0
        return int(state.stage) if state.stage and state.stage.isdecimal() else 0

    def _detected(self, key: tuple[int, int, int], number: int) -> Value:
        seen = self._seen.get(number)
        if seen is None:
            return 0
        period_s = max(1, self.controller.detectors.period_s)
        shown = {
            (5, 3, 2): int(seen.occupied),
            (14, 2, 2): min(seen.volume, 0xFFFF),
            (14, 2, 3): min(100, round(100 * seen.occupied_s / period_s)),
        }
        return shown.get(key, 0)
