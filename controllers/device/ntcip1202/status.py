"""What an emulated device answers about itself: modes, cycles, lamps, detectors, alarms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.settings import Control, FlashCause, FreeReason
from signalctl.controllers.device.ntcip1202.objects import ObjectType, Value, group_bits
from signalctl.domain.aspect import AMBERS, GREENS, Aspect

if TYPE_CHECKING:
    from signalctl.controllers.device.ntcip1202.site_map import SiteMap
    from signalctl.controllers.device.ntcip1202.store import Store

_CONTROLS: Final = {Control.CENTRAL: 2, Control.SCHEDULE: 6, Control.BACKUP: 4, Control.MANUAL: 5}
_FLASHES: Final = {
    FlashCause.STARTUP: 7,
    FlashCause.COMMANDED: 3,
    FlashCause.MANUAL: 4,
    FlashCause.FAULT: 5,
}
_FREES: Final = {
    FreeReason.NOT_FREE: 2,
    FreeReason.COMMANDED: 3,
    FreeReason.NO_PLAN: 6,
    FreeReason.UNKNOWN_SLOT: 7,
    FreeReason.BAD_PLAN: 7,
    FreeReason.BAD_CYCLE: 8,
    FreeReason.SPLIT_OVERRUN: 9,
    FreeReason.BAD_OFFSET: 10,
    FreeReason.FAILED: 11,
}
_BAD: Final = frozenset(_FREES) - {FreeReason.NOT_FREE, FreeReason.COMMANDED, FreeReason.NO_PLAN}


def status_value(store: Store, kind: ObjectType, index: tuple[int, ...]) -> Value | None:
    """The live value of a status object, None where the device's default holds."""
    found = _SCALARS.get(kind.name)
    if found is not None:
        return found(store)
    masks = _MASKS.get(kind.name)
    if masks is not None:
        return group_bits(masks(store), index[0])[-1]
    if kind.name in ("detectorVolume", "detectorOccupancy"):
        return _detected(store, kind.name, index[0])
    return None


def shown_by(site: SiteMap) -> dict[int, list[str]]:
    """The groups that tell what a phase shows: its own, shared ones where it has no other."""
    serving: dict[str, int] = {}
    for phase in site.layout.phases:
        for group in (*phase.greens, *phase.walks):
            serving[group] = serving.get(group, 0) + 1
    found = {}
    for number, phase in site.phases.items():
        groups = list(phase.greens) or list(phase.walks)
        found[number] = [group for group in groups if serving[group] == 1] or groups
    return found


def phase_aspects(store: Store) -> dict[int, Aspect]:
    """What each phase shows."""
    lamps = store.controller.lamps
    found = {}
    for number, groups in store.shown_by.items():
        shown = {lamps.get(group, Aspect.RED) for group in groups}
        if shown & GREENS:
            found[number] = Aspect.PROTECTED
        else:
            found[number] = Aspect.AMBER if shown & AMBERS else Aspect.RED
    return found


def _phases(store: Store, wanted: frozenset[Aspect]) -> list[int]:
    return [number for number, aspect in phase_aspects(store).items() if aspect in wanted]


def _walks(store: Store, walking: bool) -> list[int]:
    lamps = store.controller.lamps
    return [
        number
        for number, phase in store.site.phases.items()
        if any(lamps.get(group) in GREENS for group in phase.walks) is walking
    ]


def _channels(store: Store, wanted: frozenset[Aspect]) -> list[int]:
    lamps = store.controller.lamps
    return [channel for group, channel in store.channels.items() if lamps.get(group) in wanted]


def _detected(store: Store, name: str, number: int) -> int:
    for seen in store.controller.detectors.all():
        if seen.detector.number == number:
            period_s = store.controller.detectors.period_s
            if name == "detectorVolume":
                return min(seen.volume, 255)
            return min(200, round(200 * seen.occupied_s / period_s)) if period_s else 0
    return 0


def _control(store: Store) -> int:
    if store.number("coordOperationalMode"):
        return 5
    return 4 if store.backup else _CONTROLS[store.controller.state.control]


def _flash(store: Store) -> int:
    cause = store.controller.state.flash_cause
    return 2 if cause is None else _FLASHES[cause]


def _pattern(store: Store) -> int:
    state = store.controller.state
    if state.mode is Mode.FLASH:
        return 255
    if state.slot is not None:
        return state.slot
    return 254 if state.mode is Mode.FREE else 0


def _cycle_left(store: Store) -> int:
    state = store.controller.state
    if state.cycle_s is None or state.cycle_second is None:
        return 0
    return state.cycle_s - state.cycle_second


def _since_sync(store: Store) -> int:
    cycle_s = store.controller.state.cycle_s
    if not cycle_s:
        return 0
    return (_local(store) - store.controller.settings.sync_s) % 86_400 % cycle_s


def _local(store: Store) -> int:
    return store.controller.clock_s + store.controller.utc_offset_s


def _alarm1(store: Store) -> int:
    state = store.controller.state
    running = state.slot is not None and not state.in_transition
    free = state.mode is Mode.FREE
    flash = state.mode is Mode.FLASH
    bad = state.free_reason in _BAD
    return running << 7 | free << 6 | flash << 5 | bad << 2


def _alarm2(store: Store) -> int:
    return store.controller.state.in_transition << 5


def _short_alarm(store: Store) -> int:
    state = store.controller.state
    faults = bool(store.controller.faults)
    critical = state.flash_cause is FlashCause.FAULT
    bad = state.free_reason in _BAD
    manual = state.control is Control.MANUAL
    preempted = state.mode is Mode.PREEMPTED
    flash = state.mode is Mode.FLASH
    return critical << 7 | faults << 6 | bad << 4 | manual << 3 | flash << 1 | preempted


def _verify(store: Store) -> int:
    return int(store.transaction.verify_status) - 1 + store.behaviour.verify_base


_SCALARS: Final[dict[str, Callable[[Store], Value]]] = {
    "unitControlStatus": _control,
    "unitFlashStatus": _flash,
    "unitAlarmStatus1": _alarm1,
    "unitAlarmStatus2": _alarm2,
    "shortAlarmStatus": _short_alarm,
    "coordPatternStatus": _pattern,
    "localFreeStatus": lambda store: _FREES[store.controller.state.free_reason],
    "coordCycleStatus": _cycle_left,
    "coordSyncStatus": _since_sync,
    "timebaseAscActionStatus": lambda store: store.controller.state.scheduled_slot or 0,
    "dayPlanStatus": lambda store: store.controller.state.day_plan or 0,
    "globalSetIDParameter": lambda store: store.controller.memory.version % 65_536,
    "globalTime": lambda store: store.controller.clock_s,
    "controllerLocalTime": _local,
    "dbCreateTransaction": lambda store: int(store.transaction.state),
    "dbVerifyStatus": _verify,
    "dbVerifyError": lambda store: store.transaction.verify_error.encode("ascii"),
    "volumeOccupancySequence": lambda store: store.controller.detectors.sequence,
}

_RED: Final = frozenset({Aspect.RED, Aspect.RED_AMBER, Aspect.AFTER_STOP})
_MASKS: Final[dict[str, Callable[[Store], list[int]]]] = {
    "phaseStatusGroupReds": lambda store: _phases(store, frozenset({Aspect.RED})),
    "phaseStatusGroupYellows": lambda store: _phases(store, AMBERS),
    "phaseStatusGroupGreens": lambda store: _phases(store, GREENS),
    "phaseStatusGroupPhaseOns": lambda store: _phases(store, GREENS | AMBERS),
    "phaseStatusGroupWalks": lambda store: _walks(store, walking=True),
    "phaseStatusGroupDontWalks": lambda store: _walks(store, walking=False),
    "channelStatusGroupReds": lambda store: _channels(store, _RED),
    "channelStatusGroupYellows": lambda store: _channels(store, AMBERS | {Aspect.RED_AMBER}),
    "channelStatusGroupGreens": lambda store: _channels(store, GREENS),
    "vehicleDetectorStatusGroupActive": lambda store: [
        seen.detector.number for seen in store.controller.detectors.all() if seen.occupied
    ],
}
