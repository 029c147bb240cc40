"""Activation by schedule: day plans that name the slot which runs come to name the new one."""

from __future__ import annotations

from signalctl.controllers.device.device import DayPlanEntry, Device, Status
from signalctl.domain.errors import Mismatch, Refused
from signalctl.domain.push import DayPlanHeld, Snapshot


async def naming(device: Device, status: Status) -> tuple[DayPlanHeld, ...]:
    """The day plans of the schedule that name the slot which runs, as they stand.

    Raises Refused when the slot is there by a command, or by no day plan.
    """
    if status.commanded_slot is not None:
        raise Refused(
            f"Slot {status.commanded_slot} is commanded by the centre: a schedule would not act.",
            where=device.id,
            remedy="Push with --activate now, or let go of the command first.",
        )
    numbers = {entry.day_plan for entry in await device.read_schedule()}
    found = []
    for number in sorted(numbers):
        entries = await device.read_day_plan(number)
        if any(entry.slot == status.slot for entry in entries if entry.slot is not None):
            held = tuple((entry.minute, entry.slot) for entry in entries)
            found.append(DayPlanHeld(number=number, entries=held))
    if not found:
        raise Refused(
            "No day plan of its schedule names the slot that runs.",
            where=device.id,
            remedy="Push with --activate now, or write a schedule first.",
        )
    return tuple(found)


async def point_to(device: Device, snapshot: Snapshot, *, new: bool) -> None:
    """Let the snapshot's day plans name the new slot, or the former one again.

    Only entries with the other of the two are changed, and only day plans that have
    some: whatever somebody else changed meanwhile stays. A silent device is not written
    twice: read first. Raises Mismatch when a day plan reads back otherwise.
    """
    old_slot, new_slot = snapshot.running_slot, snapshot.spare_slot
    source, target = (old_slot, new_slot) if new else (new_slot, old_slot)
    for held in snapshot.day_plans:
        entries = await device.read_day_plan(held.number)
        wanted = tuple(
            DayPlanEntry(minute=e.minute, slot=target if e.slot == source else e.slot)
            for e in entries
        )
        if wanted == entries:
            continue
        await device.write_day_plan(held.number, wanted)
        if await device.read_day_plan(held.number) != wanted:
            raise Mismatch(
                f"Day plan {held.number} was written, but reads back differently.",
                where=device.id,
            )


async def all_name(device: Device, snapshot: Snapshot, slot: int | None) -> bool:
    """Whether every day plan of the snapshot names the slot."""
    for held in snapshot.day_plans:
        entries = await device.read_day_plan(held.number)
        if all(entry.slot != slot for entry in entries):
            return False
    return True
