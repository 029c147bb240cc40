"""Moments, and the alarm and fault records of classes 15 and 16."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from signalctl.controllers.device.device import Event
from signalctl.controllers.device.gbt20999.enumerations import (
    AlarmType,
    AlarmValue,
    FaultAction,
    FaultType,
)
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import decoded, item_id
from signalctl.controllers.device.gbt20999.values import Moment, Value
from signalctl.domain.errors import Mismatch

ALARMS: Final = 15
FAULTS: Final = 16
_TIME: Final = {ALARMS: 4, FAULTS: 3}
_DETAIL: Final = {ALARMS: 3, FAULTS: 4}
_NAMES: Final[dict[int, tuple[type[IntEnum], type[IntEnum]]]] = {
    ALARMS: (AlarmType, AlarmValue),
    FAULTS: (FaultType, FaultAction),
}


def moment_of(at: datetime) -> Moment:
    """The wire's form of an aware moment, in UTC."""
    utc = at.astimezone(UTC)
    return (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)


def utc_of(value: Value) -> datetime:
    """The aware moment of the wire's form, taken as UTC. Raises Mismatch for no date."""
    try:
        if isinstance(value, tuple) and len(value) == 6:
            year, month, day, hour, minute, second = (
                n if isinstance(n, int) else -1 for n in value
            )
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        pass
    raise Mismatch(f"{value!r} is no date and time.", remedy="Set the device's clock.")


def event_ids(class_id: int, elements: range) -> list[ItemId]:
    """Ids of records of class 15 or 16."""
    return [item_id(class_id, 2, a, n) for n in elements for a in (1, 2, 3, 4)]


def events_of(class_id: int, raw: Mapping[ItemId, bytes], last: int) -> list[tuple[int, Event]]:
    """(number, event) of the whole records with a number above `last`, in order."""
    records: dict[int, dict[int, Value]] = {}
    for id_, value in decoded(raw).items():
        records.setdefault(id_.element_id, {})[id_.attribute_id] = value
    found = []
    for record in records.values():
        number, code, detail = (record.get(a) for a in (1, 2, _DETAIL[class_id]))
        if not (isinstance(number, int) and isinstance(code, int) and isinstance(detail, int)):
            continue
        if number <= last:
            continue
        try:
            at = utc_of(record.get(_TIME[class_id], ()))
        except Mismatch:
            at = datetime.fromtimestamp(0, UTC)
        names, details = _NAMES[class_id]
        what = "Fault" if class_id == FAULTS else "Alarm"
        text = f"{what}: {_told(names, code)}, {_told(details, detail)}"
        found.append((number, Event(at=at, code=code, parameter=detail, text=text)))
    return sorted(found, key=lambda pair: pair[0])


def _told(names: type[IntEnum], code: int) -> str:
    """A code in words, or the bare code of a vendor."""
    try:
        return names(code).name.lower().replace("_", " ")
    except ValueError:
        return f"{code:#04x}"
