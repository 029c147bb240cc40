"""The controller's clock, and what its schedule asks for at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.emulator.memory import Memory

DAY_S = 86_400


class Clock:
    """A clock that drifts evenly; it runs on while the power is off."""

    def __init__(self, drift_ppm: float) -> None:
        """A clock that is right at the first second it is asked for."""
        self._drift = drift_ppm / 1e6
        self._since: int | None = None
        self._error_s = 0

    def utc_s(self, now: int) -> int:
        """What it shows at the true second `now`, whole seconds since 1970."""
        if self._since is None:
            self._since = now
        return now + self._error_s + math.floor((now - self._since) * self._drift)

    def set(self, now: int, utc_s: int) -> int:
        """Set it; by how many seconds that was."""
        moved_s = utc_s - self.utc_s(now)
        self._since, self._error_s = now, utc_s - now
        return moved_s


@dataclass(frozen=True, slots=True)
class Due:
    """What the schedule asks for: the day plan in force, and its slot, None for free."""

    day_plan: int | None
    slot: int | None


def due(memory: Memory, local_s: int) -> Due:
    """What holds at a local second since 1970: the first entry that fits, its last event.

    Before the day plan's first event nothing is asked for.
    """
    at = datetime.fromtimestamp(local_s, UTC)
    number = _day_plan(memory.schedule, at)
    if number is None:
        return Due(None, None)
    minute = at.hour * 60 + at.minute
    reached: list[DayPlanEntry] = [e for e in memory.day_plan(number) if e.minute <= minute]
    return Due(number, reached[-1].slot if reached else None)


def _day_plan(schedule: Sequence[ScheduleEntry], at: datetime) -> int | None:
    for entry in schedule:
        if at.month in entry.months and at.weekday() in entry.weekdays and at.day in entry.days:
            return entry.day_plan
    return None
