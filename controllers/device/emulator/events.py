"""High-resolution events, in the enumeration that signal performance tools read.

Source: Indiana Traffic Signal Hi Resolution Data Logger Enumerations (INDOT and
Purdue University, 2012): event code and one parameter, both numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from signalctl.controllers.device.device import Event


class Code(IntEnum):
    """Event codes in use here; phase, detector, or what the text says is the parameter."""

    PHASE_ON = 0
    GREEN_BEGINS = 1
    GREEN_ENDS = 7
    YELLOW_BEGINS = 8
    YELLOW_ENDS = 9
    RED_CLEARANCE_BEGINS = 10
    WALK_BEGINS = 21
    DONT_WALK_BEGINS = 23
    DETECTOR_OFF = 81
    DETECTOR_ON = 82
    PREEMPT_ON = 102
    PREEMPT_OFF = 104
    PATTERN_CHANGE = 131
    CYCLE_CHANGE = 132
    OFFSET_CHANGE = 133
    COORDINATION_CHANGE = 150
    FLASH_CHANGE = 173
    MANUAL_CHANGE = 178
    CLOCK_UPDATED = 181
    POWER_FAILURE = 182
    POWER_RESTORED = 184
    VENDOR_ALARM = 185


TEXT: Final[dict[Code, str]] = {
    Code.PHASE_ON: "Phase {} on",
    Code.GREEN_BEGINS: "Phase {} begins green",
    Code.GREEN_ENDS: "Phase {} ends green",
    Code.YELLOW_BEGINS: "Phase {} begins yellow",
    Code.YELLOW_ENDS: "Phase {} ends yellow",
    Code.RED_CLEARANCE_BEGINS: "Phase {} begins red clearance",
    Code.WALK_BEGINS: "Phase {} begins walk",
    Code.DONT_WALK_BEGINS: "Phase {} begins solid don't walk",
    Code.DETECTOR_OFF: "Detector {} off",
    Code.DETECTOR_ON: "Detector {} on",
    Code.PREEMPT_ON: "Preempt {} on",
    Code.PREEMPT_OFF: "Preempt {} off",
    Code.PATTERN_CHANGE: "Pattern is now {}",
    Code.CYCLE_CHANGE: "Cycle is now {} s",
    Code.OFFSET_CHANGE: "Offset is now {} s",
    Code.COORDINATION_CHANGE: "Coordination state is now {}",
    Code.FLASH_CHANGE: "Flash status is now {}",
    Code.MANUAL_CHANGE: "Manual control is now {}",
    Code.CLOCK_UPDATED: "The clock was set by {} s",
    Code.POWER_FAILURE: "Power lost",
    Code.POWER_RESTORED: "Power back",
    Code.VENDOR_ALARM: "Alarm {}",
}


@dataclass(frozen=True, slots=True)
class Logged:
    """One event: running number, UTC second since 1970 by the controller's clock, code, parameter.

    `said` is a sentence of its own where the code's is not enough.
    """

    number: int
    at_s: int
    code: Code
    parameter: int
    said: str = ""

    @property
    def text(self) -> str:
        """The event in one sentence."""
        return self.said or TEXT[self.code].format(self.parameter)

    def as_event(self) -> Event:
        """The same in the words of the device interface."""
        at = datetime.fromtimestamp(self.at_s, UTC)
        return Event(at=at, code=int(self.code), parameter=self.parameter, text=self.text)


class EventLog:
    """The last `most` events; it survives a loss of power."""

    def __init__(self, most: int) -> None:
        self._events: deque[Logged] = deque(maxlen=most)
        self._next = 1

    def note(self, at_s: int, code: Code, parameter: int, said: str = "") -> None:
        """Note an event."""
        self._events.append(Logged(self._next, at_s, code, parameter, said))
        self._next += 1

    def since(self, number: int = 0) -> tuple[Logged, ...]:
        """Events with a number above `number`, oldest first; older ones may have been dropped."""
        return tuple(event for event in self._events if event.number > number)


HEADER: Final = "TimeStamp,DeviceId,EventId,Parameter"


def csv_of(events: Iterable[Logged], device_id: str) -> str:
    """Events as a table: UTC by the controller's clock, device, event code, parameter.

    Raises ValueError for a device id that would break the table.
    """
    if any(letter in device_id for letter in ',"\r\n'):
        raise ValueError(f"{device_id!r} cannot stand in a table")
    lines = [HEADER]
    for event in events:
        at = datetime.fromtimestamp(event.at_s, UTC)
        stamp = at.strftime("%Y-%m-%d %H:%M:%S.0")
        lines.append(f"{stamp},{device_id},{int(event.code)},{event.parameter}")
    return "\n".join(lines) + "\n"
