"""The second half: activate every device, and watch until each truly runs its new plan."""

from __future__ import annotations

import asyncio
from typing import Final

from signalctl.controllers.device.device import Mode, Status
from signalctl.domain.errors import DeviceError, Mismatch, NotInControl, Unreachable
from signalctl.domain.push import Activation, Snapshot, Step
from signalctl.workflow.push import day_plans
from signalctl.workflow.push.course import Course
from signalctl.workflow.push.first_half import held_as, must_be_in_hand, wanted_as
from signalctl.workflow.push.progress import Deed

RUNS: Final = frozenset({Mode.COORDINATED, Mode.FIXED})
"""Modes in which a plan runs, moving to its offset or there."""
MOST_COMMANDS: Final = 2
"""A command is repeated once at most, and only after it was seen not to have taken effect."""


async def check(course: Course, device_id: str) -> None:
    """Look once more, before the first lamp changes. Nothing is written.

    Raises Mismatch when the certified configuration or the spare slot is not what it
    was, NotInControl when the device is not in hand or somebody else commands a slot.
    """
    course.begins(device_id, Deed.CHECK)
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    identity = await course.patiently(device.identify)
    if identity.safety_digest != snapshot.safety_digest:
        raise Mismatch(
            "Its certified configuration changed while the plan was written.",
            where=device_id,
            remedy="Have somebody say what was changed at the device, then validate again.",
        )
    status = await course.patiently(lambda: course.status(device_id))
    must_be_in_hand(device_id, status)
    if status.commanded_slot not in (snapshot.commanded_slot, _commanded_by_us(course, device_id)):
        raise _somebody_else(device_id, status)
    plan = course.item(device_id).plan
    slot = snapshot.spare_slot
    if await course.patiently(lambda: held_as(device, slot)) != wanted_as(device, slot, plan):
        raise Mismatch(
            f"Slot {slot} no longer holds the plan that was written.",
            where=device_id,
            remedy="See who else writes to the device, then push again.",
        )


async def activate(course: Course, device_id: str) -> None:
    """Command the new slot, or let the day plans name it.

    A device that goes silent is read: the command is given again only when it was seen
    not to have taken effect. One that was seen to run the plan, before the push was
    resumed, is only watched. Raises Refused, NotInControl, Mismatch, Unreachable.
    """
    if course.item(device_id).step is Step.RUNNING:
        return
    course.begins(device_id, Deed.ACTIVATE)
    course.note(device_id, Step.ACTIVATING)
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    if course.push.activation is Activation.SCHEDULE:
        # It reads every day plan before it writes one, so a silent device is not written twice.
        await course.patiently(lambda: day_plans.point_to(device, snapshot, new=True))
        return
    for attempt in range(1, MOST_COMMANDS + 1):
        try:
            await device.activate(snapshot.spare_slot)
        except Unreachable:
            status = await course.patiently(lambda: course.status(device_id))
            if status.commanded_slot != snapshot.spare_slot:
                if attempt == MOST_COMMANDS:
                    raise
                continue
        break


async def watch(course: Course, device_id: str) -> None:
    """Wait until so many readings in a row show that the new slot runs; then note it.

    Raises NotInControl when somebody else commands another slot or the device leaves
    the hands of plans for good, Mismatch when it does not run the plan in time.
    """
    course.begins(device_id, Deed.WATCH)
    terms, snapshot = course.terms, course.snapshot(device_id)
    loop = asyncio.get_running_loop()
    until = loop.time() + terms.watch_s
    good, trouble, obeyed = 0, "", False
    while good < terms.readings:
        if course.failures:
            return  # the push is being undone anyway; RUNNING is not claimed
        try:
            status = await course.status(device_id)
        except DeviceError as error:
            good, trouble = 0, error.message
        else:
            _must_be_ours(course, device_id, status)
            if obeyed and status.commanded_slot is None:
                raise Mismatch(
                    "It forgot the command, as after a loss of power.",
                    where=device_id,
                    remedy="Push again once it is steady.",
                )
            obeyed = obeyed or status.commanded_slot == snapshot.spare_slot
            good = good + 1 if _runs(status, snapshot.spare_slot) else 0
            trouble = course.told(device_id)
        if good < terms.readings:
            if loop.time() >= until:
                raise Mismatch(
                    f"It does not run slot {snapshot.spare_slot} {terms.watch_s:g} s after it was "
                    f"told to. {trouble}",
                    where=device_id,
                )
            await asyncio.sleep(terms.poll_s)
    course.note(device_id, Step.RUNNING)


async def confirm(course: Course, device_id: str) -> None:
    """One last look when all were seen to run: none has left its plan meanwhile.

    Raises Mismatch, NotInControl, Unreachable.
    """
    snapshot = course.snapshot(device_id)
    status = await course.patiently(lambda: course.status(device_id))
    _must_be_ours(course, device_id, status)
    if not _runs(status, snapshot.spare_slot):
        raise Mismatch(
            f"It ran slot {snapshot.spare_slot} and left it again. {course.told(device_id)}",
            where=device_id,
        )


def _runs(status: Status, slot: int) -> bool:
    return status.slot == slot and status.mode in RUNS


def _commanded_by_us(course: Course, device_id: str) -> int | None:
    """The slot that this push itself may have commanded already: a resumed one's."""
    snapshot = course.snapshot(device_id)
    begun = course.item(device_id).step in (Step.ACTIVATING, Step.RUNNING)
    if course.push.activation is Activation.NOW and begun:
        return snapshot.spare_slot
    return snapshot.commanded_slot


def _must_be_ours(course: Course, device_id: str, status: Status) -> None:
    snapshot = course.snapshot(device_id)
    expected = _expected_commands(course.push.activation, snapshot)
    if status.commanded_slot not in expected:
        raise _somebody_else(device_id, status)


def _expected_commands(activation: Activation, snapshot: Snapshot) -> tuple[int | None, ...]:
    """What may be commanded while the new plan comes to run; nothing where power was lost."""
    if activation is Activation.NOW:
        return (snapshot.spare_slot, snapshot.commanded_slot, None)
    return (None,)


def _somebody_else(device_id: str, status: Status) -> NotInControl:
    what = "nothing" if status.commanded_slot is None else f"slot {status.commanded_slot}"
    return NotInControl(
        f"Somebody else commands it now: {what} is commanded.",
        where=device_id,
        remedy="Agree on who drives it, then push again.",
    )
