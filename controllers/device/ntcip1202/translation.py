"""From an emulated device's objects to its controller: plans, schedules, commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from signalctl.controllers.device.device import DayPlanEntry, Mode, ScheduleEntry
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import FreeReason, PowerLost, Unusable
from signalctl.controllers.device.ntcip1202 import consistency
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance
from signalctl.controllers.device.ntcip1202.plan_mapping import from_pattern, read_pattern
from signalctl.domain.errors import Mismatch, NotExpressible, Refused
from signalctl.domain.plan import TimingPlan

if TYPE_CHECKING:
    from signalctl.controllers.device.ntcip1202.store import Store

FREE = 254
FLASH = 255
_REASONS: Final = {
    consistency.FreeReason.COORD_FREE: FreeReason.NO_PLAN,
    consistency.FreeReason.BAD_PLAN: FreeReason.BAD_PLAN,
    consistency.FreeReason.BAD_CYCLE_TIME: FreeReason.BAD_CYCLE,
    consistency.FreeReason.SPLIT_OVERRUN: FreeReason.SPLIT_OVERRUN,
    consistency.FreeReason.INVALID_OFFSET: FreeReason.BAD_OFFSET,
}
_PLANS: Final = ("phase", "pattern", "split", "sequence")
_DAYS: Final = ("timeBase", "dayPlan", "timebaseAscPattern")


def follow(store: Store, changed: set[str] | None) -> None:
    """Bring plans and schedules in line with the parameters; None means all of them.

    Raises PowerLost in the middle of it.
    """
    values = store.parameters()
    if changed is None or any(name.startswith(_PLANS) for name in changed):
        _plans(store, values)
    if changed is None or any(name.startswith(_DAYS) for name in changed):
        _days(store, values)
    if changed is None or "controllerStandardTimeZone" in changed:
        zone_s = values[instance("controllerStandardTimeZone")]
        if changed is not None and isinstance(zone_s, int):
            store.controller.set_utc_offset(zone_s)


def _plans(store: Store, values: Mapping[Oid, Value]) -> None:
    memory = store.controller.memory
    for slot in range(1, store.sizes["pattern"] + 1):
        held = _held(store, values, slot)
        if slot in store.controller.settings.slots and memory.held(slot) != held:
            try:
                memory.write_slot(slot, held)
            except Refused as error:
                if isinstance(error, PowerLost):
                    raise


def _held(store: Store, values: Mapping[Oid, Value], slot: int) -> TimingPlan | Unusable | None:
    phases = [
        number
        for number in range(1, store.sizes["phase"] + 1)
        if values[instance("phaseRing", number)]
    ]
    pattern = read_pattern(values, slot, phases, store.sizes["ring"])
    if not pattern.cycle_s:
        return None
    for fault in consistency.faults(pattern):
        return Unusable(reason=_REASONS[fault.reason], sentence=fault.message)
    try:
        return from_pattern(pattern, store.site, store.reference, name=f"pattern {slot}")
    except (NotExpressible, Mismatch) as error:
        return Unusable(reason=FreeReason.BAD_PLAN, sentence=error.message)


def _days(store: Store, values: Mapping[Oid, Value]) -> None:
    memory = store.controller.memory

    def number(name: str, *index: int) -> int:
        found = values[instance(name, *index)]
        return found if isinstance(found, int) else 0

    for plan in range(1, store.sizes["day-plan"] + 1):
        entries: dict[int, DayPlanEntry] = {}
        for event in range(1, store.sizes["event"] + 1):
            action = values[instance("dayPlanActionNumberOID", plan, event)]
            if not isinstance(action, tuple) or action == (0, 0):
                continue
            minute = 60 * number("dayPlanHour", plan, event)
            minute += number("dayPlanMinute", plan, event)
            pattern = number("timebaseAscPattern", action[-1])
            slot = pattern if 0 < pattern < FREE else None
            entries.setdefault(minute, DayPlanEntry(minute=minute, slot=slot))
        wanted = tuple(entries[minute] for minute in sorted(entries))
        if plan in store.controller.settings.day_plans and memory.day_plan(plan) != wanted:
            memory.write_day_plan(plan, wanted)
    rows = []
    for entry in range(1, store.sizes["entry"] + 1):
        months = bits(number("timeBaseScheduleMonth", entry), 12)
        weekdays = bits(number("timeBaseScheduleDay", entry), 7)
        dates = bits(number("timeBaseScheduleDate", entry), 31)
        plan = number("timeBaseScheduleDayPlan", entry)
        if months and weekdays and dates and plan:
            # Bit 1 is Sunday on the wire; here Monday is 0.
            days = frozenset((day - 2) % 7 for day in weekdays)
            row = ScheduleEntry(months=months, weekdays=days, days=dates, day_plan=plan)
            rows.append(((len(months), len(dates), len(days), entry), row))
    wanted_rows = tuple(row for _, row in sorted(rows, key=lambda found: found[0]))
    if memory.schedule != wanted_rows:
        memory.write_schedule(wanted_rows)


def bits(mask: int, most: int) -> frozenset[int]:
    """The set bits 1 to `most` of a schedule mask, negative or not."""
    return frozenset(bit for bit in range(1, most + 1) if mask >> bit & 1)


def act(store: Store, name: str, value: Value) -> None:
    """What a control object does at once, beyond being held."""
    if not isinstance(value, int):
        return
    if name == "globalTime":
        moved_s = value - store.controller.clock_s
        store.controller.set_clock(value)
        store.heard(moved_s)
    elif name == "preemptControlState":
        inputs = range(1, store.sizes["preempt"] + 1)
        store.controller.preempt(
            any(store.number("preemptControlState", number) for number in inputs)
        )


def command(controller: Controller, pattern: int) -> None:
    """Command a pattern number: 0 hands back, 254 is free, 255 flash."""
    if pattern in (FREE, FLASH):
        controller.command_slot(None)
        controller.command_mode(Mode.FREE if pattern == FREE else Mode.FLASH)
        return
    controller.command_mode(None)
    controller.command_slot(pattern or None)
