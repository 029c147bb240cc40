"""What a controller answers about its state, in the words of `device.Status`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from signalctl.controllers.device.device import Mode, Status
from signalctl.controllers.device.ntcip1202.objects import (
    OBJECTS,
    Oid,
    Value,
    group_numbers,
    instance,
)
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.domain.frozen import FrozenMap

NOT_FREE: Final = 2
TRANSITION_FREE: Final = 4
BAD_PATTERN: Final = 7
MANUAL: Final = 5
PREEMPT_FLASH: Final = 8
NAMES: Final = (
    "unitControlStatus",
    "unitFlashStatus",
    "unitAlarmStatus2",
    "shortAlarmStatus",
    "coordPatternStatus",
    "localFreeStatus",
    "coordCycleStatus",
    "systemPatternControl",
)
_SHORT_ALARMS: Final = {
    7: "a critical alarm stands",
    6: "a non-critical alarm stands",
    5: "a detector is faulty",
}


def number(value: Value | None) -> int:
    """A number, 0 for anything else."""
    return value if isinstance(value, int) else 0


def octets(value: Value | None) -> bytes:
    """Octets, none for anything else."""
    return value if isinstance(value, bytes) else b""


def text(value: Value | None) -> str:
    """Printable text of octets; what is not printable is shown as a question mark."""
    found = octets(value).decode("latin-1")
    return "".join(letter if letter.isprintable() else "?" for letter in found)


def _groups(site: SiteMap) -> range:
    return range(1, -(-max(site.phases) // 8) + 1)


def status_oids(site: SiteMap) -> list[Oid]:
    """The objects that `status` needs."""
    masks = ("phaseStatusGroupGreens", "phaseStatusGroupWalks")
    return [
        *(instance(name) for name in NAMES),
        *(instance(name, group) for name in masks for group in _groups(site)),
    ]


def status(read: Mapping[Oid, Value | None], site: SiteMap, at: datetime) -> Status:
    """The state told by those objects, as of `at`."""
    now = {name: number(read[instance(name)]) for name in NAMES}
    pattern, free = now["coordPatternStatus"], now["localFreeStatus"]
    runs = 1 <= pattern <= 253 and free in (NOT_FREE, TRANSITION_FREE)
    commanded = now["systemPatternControl"]
    return Status(
        read_at=at,
        mode=_mode(now, runs),
        slot=pattern if runs else None,
        commanded_slot=commanded if 1 <= commanded <= 253 else None,
        in_transition=bool(now["unitAlarmStatus2"] >> 5 & 1) or free == TRANSITION_FREE,
        cycle_second=None,
        remaining_s=now["coordCycleStatus"] if runs else None,
        greens=_greens(read, site),
        faults=_faults(now),
        details=FrozenMap(
            {name: OBJECTS[name].meanings.get(value, str(value)) for name, value in now.items()}
        ),
    )


def _mode(now: Mapping[str, int], runs: bool) -> Mode:
    flash = now["unitFlashStatus"]
    if now["shortAlarmStatus"] & 1 or flash == PREEMPT_FLASH:
        return Mode.PREEMPTED
    if flash > NOT_FREE or now["coordPatternStatus"] == 255:
        return Mode.FLASH
    if now["unitControlStatus"] == MANUAL:
        return Mode.MANUAL
    if runs:
        return Mode.COORDINATED
    return Mode.FREE if now["localFreeStatus"] > NOT_FREE else Mode.UNKNOWN


def _greens(read: Mapping[Oid, Value | None], site: SiteMap) -> frozenset[str] | None:
    masks = {}
    for name in ("phaseStatusGroupGreens", "phaseStatusGroupWalks"):
        found = [read[instance(name, group)] for group in _groups(site)]
        if None in found:
            return None
        masks[name] = group_numbers(number(value) for value in found)
    greens: set[str] = set()
    for phase_number, phase in site.phases.items():
        if phase_number in masks["phaseStatusGroupGreens"]:
            greens |= set(phase.greens)
        if phase_number in masks["phaseStatusGroupWalks"]:
            greens |= set(phase.walks)
    return frozenset(greens)


def _faults(now: Mapping[str, int]) -> tuple[str, ...]:
    found = [
        f"{sentence[0].upper()}{sentence[1:]}."
        for bit, sentence in _SHORT_ALARMS.items()
        if now["shortAlarmStatus"] >> bit & 1
    ]
    if now["localFreeStatus"] >= BAD_PATTERN:
        reason = OBJECTS["localFreeStatus"].meanings.get(now["localFreeStatus"], "unknown")
        found.append(f"It runs free: {reason}.")
    return tuple(found)
