"""What a controller keeps through a loss of power, and how keeping it can fail.

Slots, day plans, the schedule and a protocol's own objects (pattern rows, plan
items) are kept, piece by piece: power can be lost between any two pieces. A room
that keeps objects of its own for a plan writes the slot TORN first, then the
objects, then the slot with the plan they make: so no reboot leaves a slot that
says something else than its objects.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import (
    FreeReason,
    PowerLost,
    Settings,
    Unusable,
)
from signalctl.domain.errors import InputError, Refused
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.domain.ring_barrier import RingBarrier

Held = TimingPlan | Unusable
"""What a slot holds: a plan, or something that is none."""
Kept = int | str | bytes | tuple[int, ...]
"""What a protocol may keep under a key of its own."""

TORN: Final = Unusable(
    reason=FreeReason.BAD_PLAN, sentence="The plan in this slot was not written to its end."
)


class Memory:
    """One controller's lasting memory. `power_lost` is called before PowerLost is raised."""

    def __init__(self, settings: Settings, faults: Faults, power_lost: Callable[[], None]) -> None:
        self._settings: Final = settings
        self._power_lost: Final = power_lost
        self._slots: dict[int, Held] = {}
        self._day_plans: dict[int, tuple[DayPlanEntry, ...]] = {}
        self._schedule: tuple[ScheduleEntry, ...] = ()
        self._objects: dict[Hashable, Kept] = {}
        self.wrong_readback = faults.wrong_readback
        self.full = faults.full_memory
        self.crash_after: int | None = 1 if faults.reboot_in_write else None
        """Pieces still written before power is lost in the middle of a write; None never."""
        self.version = 0
        """Goes up by one with every piece written: a cheap sign that something changed."""

    @property
    def slots(self) -> tuple[int, ...]:
        """Numbers of the slots that hold something, in order."""
        return tuple(sorted(self._slots))

    @property
    def pieces(self) -> int:
        """Pieces now held; `memory_pieces` of the settings is the most."""
        return (
            sum(_pieces(held) for held in self._slots.values())
            + sum(len(entries) for entries in self._day_plans.values())
            + len(self._schedule)
            + len(self._objects)
        )

    def held(self, slot: int) -> Held | None:
        """What really stands in a slot, None for nothing; never misread."""
        return self._slots.get(slot)

    def read_slot(self, slot: int) -> Held | None:
        """What a slot answers when read: with wrong read-back, something else than it holds."""
        held = self._slots.get(slot)
        if self.wrong_readback and isinstance(held, TimingPlan):
            seconds = (held.offset.seconds + 1) % held.cycle_s
            return replace(held, offset=replace(held.offset, seconds=seconds))
        return held

    def write_slot(self, slot: int, held: Held | None) -> None:
        """Write a slot; None empties it.

        A plan is written piece by piece: power lost in between leaves a slot that
        holds no plan. Raises Refused for a slot there is not and for a full
        memory, PowerLost when the crash hook fires.
        """
        if slot not in self._settings.slots:
            raise Refused(
                f"There is no slot {slot}.",
                remedy=f"Slots are {self._settings.slots[0]} to {self._settings.slots[-1]}.",
            )
        if held is None:
            self._piece()
            self._slots.pop(slot, None)
            return
        before = self._slots.get(slot)
        self._room(_pieces(held) - (_pieces(before) if before else 0))
        for _ in range(_pieces(held)):
            self._piece()
            self._slots[slot] = TORN
        self._slots[slot] = held

    def fits(self, slot: int, held: Held | None, objects: int = 0) -> bool:
        """Whether a slot would find room for this, with so many new objects beside it.

        A full memory has none for a plan either, whose slot is emptied first.
        """
        before = self._slots.get(slot)
        if self.full and held is not None and _pieces(held) > 1:
            return False
        more = (_pieces(held) if held else 0) - (_pieces(before) if before else 0) + objects
        return more <= 0 or not (self.full or self.pieces + more > self._settings.memory_pieces)

    def day_plan(self, number: int) -> tuple[DayPlanEntry, ...]:
        """The entries of a day plan, () for an empty one."""
        return self._day_plans.get(number, ())

    def write_day_plan(self, number: int, entries: Sequence[DayPlanEntry]) -> None:
        """Replace a day plan; () empties it. Raises as write_slot; InputError for bad entries."""
        if number not in self._settings.day_plans:
            raise Refused(f"There is no day plan {number}.")
        minutes = [entry.minute for entry in entries]
        if minutes != sorted(set(minutes)) or any(not 0 <= m < 1440 for m in minutes):
            raise InputError("The minutes of a day plan must rise and lie in 0 to 1439.")
        self._room(len(entries) - len(self.day_plan(number)))
        self._piece()
        if entries:
            self._day_plans[number] = tuple(entries)
        else:
            self._day_plans.pop(number, None)

    @property
    def schedule(self) -> tuple[ScheduleEntry, ...]:
        """The schedule, strongest entry first."""
        return self._schedule

    def write_schedule(self, entries: Sequence[ScheduleEntry]) -> None:
        """Replace the schedule, strongest entry first. Raises as write_slot."""
        if len(entries) > self._settings.schedule_entries:
            raise Refused(f"The schedule has room for {self._settings.schedule_entries} entries.")
        self._room(len(entries) - len(self._schedule))
        self._piece()
        self._schedule = tuple(entries)

    def recall(self, key: Hashable) -> Kept | None:
        """An object that a protocol kept, None if there is none; numbers may be misread."""
        value = self._objects.get(key)
        return value ^ 1 if self.wrong_readback and isinstance(value, int) else value

    @property
    def objects(self) -> Mapping[Hashable, Kept]:
        """Every object that protocols kept, never misread: what outlasts a loss of power."""
        return MappingProxyType(self._objects)

    def keep(self, key: Hashable, value: Kept) -> None:
        """Keep an object of a protocol: one piece. Raises Refused when full, PowerLost if cut."""
        self._room(key not in self._objects)
        self._piece()
        self._objects[key] = value

    def _room(self, more: int) -> None:
        if more > 0 and (self.full or self.pieces + more > self._settings.memory_pieces):
            raise Refused("The controller's memory is full.", remedy="Empty a slot first.")

    def _piece(self) -> None:
        if self.crash_after is not None:
            if self.crash_after <= 0:
                self.crash_after = None
                self._power_lost()
                raise PowerLost("The controller lost power while it was writing.")
            self.crash_after -= 1
        self.version += 1


def _pieces(held: Held) -> int:
    """Cycle, offset, and one piece a stage or phase."""
    if isinstance(held, Unusable):
        return 1
    if isinstance(held.form, StageSequence):
        return 2 + len(held.form.stages)
    return 2 + (len(held.form.phases) if isinstance(held.form, RingBarrier) else 1)
