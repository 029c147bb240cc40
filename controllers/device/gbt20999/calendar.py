"""Day plans (class 11) and the schedule (class 12) to and from our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.gbt20999.enumerations import ControlMode
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import InputError, Mismatch, NotExpressible

MOST_PERIODS: Final = 48
MOST_ENTRIES: Final = 128
STARTS, PLANS, MODES = 3, 4, 5
"""Attributes of object 11.2."""
PRIORITY, WEEKDAYS, MONTHS, DAYS, DAY_PLAN = range(3, 8)
"""Attributes of object 12.2."""
_FREE_MODES: Final = frozenset({ControlMode.LOCAL_ACTUATED, ControlMode.LOCAL_ADAPTIVE})


def day_plan_values(entries: Sequence[DayPlanEntry]) -> dict[int, Value]:
    """Values of 11.2.3-11.2.5 by attribute; unused periods are zero.

    Handing over to free is the mode local actuated; its plan must not be 0, so the
    nearest one stands there. Raises NotExpressible.
    """
    minutes = [entry.minute for entry in entries]
    if not minutes or minutes[0] != 0:
        raise NotExpressible(
            "A day plan of this device begins at 00:00.", remedy="Add an entry for minute 0."
        )
    if minutes != sorted(set(minutes)) or minutes[-1] >= 1440:
        raise InputError("The minutes of a day plan must rise and lie in 0 to 1439.")
    if len(entries) > MOST_PERIODS:
        raise NotExpressible(
            f"The day plan has {len(entries)} entries, the device takes {MOST_PERIODS}.",
            remedy="Leave out entries that change nothing.",
        )
    plan = next((entry.slot for entry in entries if entry.slot is not None), 1)
    plans: list[int] = []
    modes: list[int] = []
    for entry in entries:
        plan = plan if entry.slot is None else entry.slot
        free = entry.slot is None
        plans.append(plan)
        modes.append(int(ControlMode.LOCAL_ACTUATED if free else ControlMode.LOCAL_COORDINATED))
    rest = (0,) * (MOST_PERIODS - len(entries))
    starts = tuple(divmod(minute, 60) for minute in minutes) + ((0, 0),) * len(rest)
    return {STARTS: starts, PLANS: (*plans, *rest), MODES: (*modes, *rest)}


def day_plan_of(values: Mapping[int, Value]) -> tuple[DayPlanEntry, ...]:
    """The entries of a day plan, () for an empty one. Raises Mismatch for a senseless one."""
    starts, plans, modes = values[STARTS], values[PLANS], values[MODES]
    if not (isinstance(starts, tuple) and isinstance(plans, tuple) and isinstance(modes, tuple)):
        raise Mismatch("A day plan is three arrays.")
    entries: list[DayPlanEntry] = []
    for start, plan, mode in zip(starts, plans, modes, strict=True):
        if not isinstance(start, tuple) or not isinstance(plan, int) or not plan:
            break
        hour, minute = start
        at = hour * 60 + minute
        if hour > 23 or minute > 59 or (at if not entries else at <= entries[-1].minute):
            raise Mismatch(f"A period of the day plan begins at {hour}:{minute:02d}.")
        entries.append(DayPlanEntry(minute=at, slot=None if mode in _FREE_MODES else plan))
    return tuple(entries)


def schedule_values(entry: ScheduleEntry, priority: int) -> dict[int, Value]:
    """Values of 12.2.3-12.2.7 by attribute. Raises InputError for an entry that never holds."""
    sets = (
        (entry.weekdays, range(7)),
        (entry.months, range(1, 13)),
        (entry.days, range(1, 32)),
    )
    if any(not chosen or not chosen.issubset(every) for chosen, every in sets):
        raise InputError(
            f"The schedule entry for day plan {entry.day_plan} names no day that there is.",
            remedy="Give at least one weekday 0-6, month 1-12 and day 1-31.",
        )
    return {
        PRIORITY: priority,
        WEEKDAYS: sum(1 << (day + 1) % 7 for day in entry.weekdays),
        MONTHS: sum(1 << month for month in entry.months),
        DAYS: sum(1 << day - 1 for day in entry.days),
        DAY_PLAN: entry.day_plan,
    }


UNUSED_ENTRY: Final[Mapping[int, Value]] = {
    PRIORITY: 0,
    WEEKDAYS: 0,
    MONTHS: 0,
    DAYS: 0,
    DAY_PLAN: 0,
}


def schedule_entry_of(values: Mapping[int, Value]) -> ScheduleEntry | None:
    """The entry in values by attribute, None for an unused one (then no other value is needed)."""
    if not values[DAY_PLAN]:
        return None
    weekdays, months, days, day_plan = (
        value if isinstance(value := values[a], int) else 0
        for a in (WEEKDAYS, MONTHS, DAYS, DAY_PLAN)
    )
    return ScheduleEntry(
        weekdays=frozenset(day for day in range(7) if weekdays >> (day + 1) % 7 & 1),
        months=frozenset(month for month in range(1, 13) if months >> month & 1),
        days=frozenset(day for day in range(1, 32) if days >> day - 1 & 1),
        day_plan=day_plan,
    )
