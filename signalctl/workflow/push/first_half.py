"""The first half: look, write to a spare slot, read back. No lamp changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.controllers.device.device import Device, Mode, Status
from signalctl.domain.errors import (
    Mismatch,
    NotExpressible,
    NotInControl,
    Refused,
    Unreachable,
)
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Activation, Snapshot, Step
from signalctl.workflow.push import day_plans
from signalctl.workflow.push.course import Course
from signalctl.workflow.push.progress import Deed
from signalctl.workflow.push.slots import choose

NOT_OURS: Final = frozenset(
    {Mode.FLASH, Mode.MANUAL, Mode.PREEMPTED, Mode.DARK, Mode.ALL_RED, Mode.UNKNOWN}
)
"""Modes in which a device is not in the hands of plans: a push keeps away."""
MOST_WRITES: Final = 2
"""A write is repeated once at most, and only after it was seen not to have happened."""


def must_be_in_hand(device_id: str, status: Status) -> None:
    """Raises NotInControl for a device that flashes, is manual, preempted or dark."""
    if status.mode in NOT_OURS:
        raise NotInControl(
            f"It is in mode {status.mode}.",
            where=device_id,
            remedy="Push when it runs by plans again.",
        )


async def look(course: Course, device_id: str, slots: range, uses: Mapping[int, int]) -> None:
    """Take the snapshot: identity, mode, slots, a spare one with what it holds; then note it.

    Nothing is written. Raises DeviceError.
    """
    course.begins(device_id, Deed.SNAPSHOT)
    device = course.device(device_id)
    identity = await course.patiently(device.identify)
    status = await course.patiently(lambda: course.status(device_id))
    must_be_in_hand(device_id, status)
    spare = await course.patiently(lambda: choose(device, slots, status, uses))
    changed = (
        await course.patiently(lambda: day_plans.naming(device, status))
        if course.push.activation is Activation.SCHEDULE
        else ()
    )
    snapshot = Snapshot(
        taken_at=course.now(),
        safety_digest=identity.safety_digest,
        mode=status.mode,
        running_slot=status.slot,
        commanded_slot=status.commanded_slot,
        spare_slot=spare.slot,
        spare_held=spare.held,
        day_plans=changed,
    )
    course.note(device_id, Step.SNAPSHOT, snapshot=snapshot)


async def write(course: Course, device_id: str) -> None:
    """Write the plan to the spare slot and hold what is read back against it.

    A device that goes silent in the middle is read before anything else: what it holds
    then decides. Raises Refused, Mismatch, Unreachable, NotInControl.
    """
    item, slot = course.item(device_id), course.snapshot(device_id).spare_slot
    course.begins(device_id, Deed.WRITE)
    course.note(device_id, Step.WRITING)
    device = course.device(device_id)
    for attempt in range(1, MOST_WRITES + 1):
        try:
            await device.write_plan(slot, item.plan)
        except Unreachable:
            held = await course.patiently(lambda: held_as(device, slot))
            if held != wanted_as(device, slot, item.plan):
                if attempt == MOST_WRITES:
                    raise
                continue
        break
    await read_back(course, device_id)
    course.note(device_id, Step.WRITTEN)


async def read_back(course: Course, device_id: str) -> None:
    """Raises Mismatch when the spare slot does not hold the plan, value by value."""
    item, slot = course.item(device_id), course.snapshot(device_id).spare_slot
    course.begins(device_id, Deed.READ_BACK)
    device = course.device(device_id)
    held = await course.patiently(lambda: held_as(device, slot))
    if held != wanted_as(device, slot, item.plan):
        raise Mismatch(
            f"Slot {slot} does not hold the plan that was written.",
            where=device_id,
            remedy="Push again; if it stays so, have the device looked at.",
        )


def wanted_as(device: Device, slot: int, plan: TimingPlan) -> str:
    """Fingerprint of the plan as the slot must answer it."""
    return fingerprint(device.as_held(slot, plan))


async def held_as(device: Device, slot: int) -> str | None:
    """Fingerprint of what the slot answers; None for nothing, or for what is no plan."""
    try:
        held = await device.read_plan(slot)
    except (Mismatch, NotExpressible, Refused):
        return None
    return None if held is None else fingerprint(held)
