"""Day plans and the schedule of NTCIP 1201, whose events are actions of NTCIP 1202's time base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.ntcip1202 import reading
from signalctl.controllers.device.ntcip1202.manager import Manager
from signalctl.controllers.device.ntcip1202.objects import OBJECTS, Oid, Value, instance
from signalctl.domain.errors import NotExpressible, Refused

FREE = 254
UNUSED = (0, 0)
_EVENT = ("dayPlanHour", "dayPlanMinute", "dayPlanActionNumberOID")
_ROW = (
    "timeBaseScheduleMonth",
    "timeBaseScheduleDay",
    "timeBaseScheduleDate",
    "timeBaseScheduleDayPlan",
)


async def read_day_plan(
    manager: Manager, sizes: Mapping[str, int], number: int
) -> tuple[DayPlanEntry, ...]:
    """The entries of a day plan, by minute. Raises Refused for one there is not."""
    _known(sizes, number)
    events = range(1, sizes["maxDayPlanEvents"] + 1)
    read = await manager.get(instance(name, number, e) for e in events for name in _EVENT)
    actions = await _actions(manager, sizes)
    entries: dict[int, DayPlanEntry] = {}
    for event in events:
        hour, minute, action = (read[instance(name, number, event)] for name in _EVENT)
        if (
            not isinstance(action, tuple)
            or action[:-1] != instance("timebaseAscActionNumber", 1)[:-1]
        ):
            continue
        pattern = actions.get(action[-1], 0)
        at = 60 * reading.number(hour) + reading.number(minute)
        slot = pattern if 1 <= pattern < FREE else None
        entries.setdefault(at, DayPlanEntry(minute=at, slot=slot))
    return tuple(entries[at] for at in sorted(entries))


async def day_plan_objects(
    manager: Manager,
    sizes: Mapping[str, int],
    number: int,
    entries: Sequence[DayPlanEntry],
    *,
    where: str,
) -> list[tuple[Oid, Value]]:
    """The objects that replace a day plan, with the actions it needs.

    An action that already has the pattern is used; else one without. Raises Refused
    for a day plan there is not, NotExpressible for too many entries or actions.
    """
    _known(sizes, number)
    if len(entries) > sizes["maxDayPlanEvents"]:
        raise NotExpressible(
            f"A day plan of {len(entries)} entries does not fit: "
            f"{sizes['maxDayPlanEvents']} are the most.",
            where=where,
        )
    actions = await _actions(manager, sizes)
    pairs: list[tuple[Oid, Value]] = []
    by_pattern = {pattern: action for action, pattern in sorted(actions.items(), reverse=True)}
    for entry in entries:
        pattern = FREE if entry.slot is None else entry.slot
        if pattern in by_pattern:
            continue
        spare = next((action for action, held in sorted(actions.items()) if not held), None)
        if spare is None:
            raise NotExpressible(
                "Every action of the controller's time base is in use.",
                where=where,
                remedy="Use fewer different slots in day plans.",
            )
        actions[spare] = pattern
        by_pattern[pattern] = spare
        pairs.append((instance("timebaseAscPattern", spare), pattern))
    for event in range(1, sizes["maxDayPlanEvents"] + 1):
        row: tuple[Value, ...] = (0, 0, UNUSED)
        if event <= len(entries):
            entry = entries[event - 1]
            action = by_pattern[FREE if entry.slot is None else entry.slot]
            row = (*divmod(entry.minute, 60), instance("timebaseAscActionNumber", action))
        pairs += [
            (instance(name, number, event), value) for name, value in zip(_EVENT, row, strict=True)
        ]
    return pairs


async def in_day_plans(manager: Manager, sizes: Mapping[str, int]) -> frozenset[int]:
    """The slots that an event of any day plan leads to, in force today or not."""
    leading = {
        instance("timebaseAscActionNumber", action): pattern
        for action, pattern in (await _actions(manager, sizes)).items()
        if 1 <= pattern < FREE
    }
    if not leading:
        return frozenset()
    read = await manager.get(
        instance("dayPlanActionNumberOID", plan, event)
        for plan in range(1, sizes["maxDayPlans"] + 1)
        for event in range(1, sizes["maxDayPlanEvents"] + 1)
    )
    named = {value for value in read.values() if isinstance(value, tuple)}
    return frozenset(pattern for action, pattern in leading.items() if action in named)


async def read_schedule(manager: Manager, sizes: Mapping[str, int]) -> tuple[ScheduleEntry, ...]:
    """The schedule as the controller ranks it: the most specific entry first."""
    rows = range(1, sizes["maxTimeBaseScheduleEntries"] + 1)
    read = await manager.get(instance(name, row) for row in rows for name in _ROW)
    found = []
    for row in rows:
        months, days, dates, plan = (reading.number(read[instance(name, row)]) for name in _ROW)
        entry = ScheduleEntry(
            months=_bits(months, 12),
            weekdays=frozenset((day - 2) % 7 for day in _bits(days, 7)),
            days=_bits(dates, 31),
            day_plan=plan,
        )
        if entry.months and entry.weekdays and entry.days and plan:
            found.append((_rank(entry), row, entry))
    return tuple(entry for _, _, entry in sorted(found, key=lambda item: item[:2]))


def schedule_objects(
    entries: Sequence[ScheduleEntry], sizes: Mapping[str, int], *, where: str
) -> list[tuple[Oid, Value]]:
    """The objects that replace the schedule.

    Raises NotExpressible when there are too many entries, or when an entry that is to
    be stronger is less specific: the controller ranks them by themselves.
    """
    most = sizes["maxTimeBaseScheduleEntries"]
    if len(entries) > most:
        raise NotExpressible(f"The schedule has room for {most} entries.", where=where)
    ranks = [_rank(entry) for entry in entries]
    for strong, weak in pairwise(ranks):
        if strong > weak:
            raise NotExpressible(
                "The controller would prefer a later entry of the schedule to an earlier one.",
                where=where,
                remedy="Order entries by fewest months, then fewest days, then fewest weekdays.",
            )
    pairs: list[tuple[Oid, Value]] = []
    for row in range(1, most + 1):
        values: tuple[Value, ...] = (0, 0, 0, 0)
        if row <= len(entries):
            entry = entries[row - 1]
            # On the wire bit 1 is Sunday; here Monday is 0.
            weekdays = sum(1 << (day + 1) % 7 + 1 for day in entry.weekdays)
            dates = sum(1 << day for day in entry.days)
            values = (
                sum(1 << month for month in entry.months),
                weekdays,
                dates - 2**32 if dates >= 2**31 else dates,
                entry.day_plan,
            )
        pairs += [(instance(name, row), v) for name, v in zip(_ROW, values, strict=True)]
    return pairs


def _rank(entry: ScheduleEntry) -> tuple[int, int, int]:
    return len(entry.months), len(entry.days), len(entry.weekdays)


def _bits(mask: int, most: int) -> frozenset[int]:
    return frozenset(bit for bit in range(1, most + 1) if mask >> bit & 1)


def _known(sizes: Mapping[str, int], number: int) -> None:
    if not 1 <= number <= sizes["maxDayPlans"]:
        raise Refused(
            f"There is no day plan {number}.", remedy=f"Day plans are 1 to {sizes['maxDayPlans']}."
        )


async def _actions(manager: Manager, sizes: Mapping[str, int]) -> dict[int, int]:
    """Pattern by action number."""
    most = min(sizes["maxTimebaseAscActions"], OBJECTS["timebaseAscActionNumber"].high)
    numbers = range(1, most + 1)
    read = await manager.get(instance("timebaseAscPattern", number) for number in numbers)
    return {n: reading.number(read[instance("timebaseAscPattern", n)]) for n in numbers}
