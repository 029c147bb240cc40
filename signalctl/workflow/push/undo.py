"""Back to what ran before: lamps first, then what stood in the spare slot.

Nothing here trusts the notes about what the device does: it is read, and only what is
not as before is changed. A silent or unwilling device is tried again for as long as the
terms say; what then is still not known to be as before is IN_DOUBT, and the message says
what it was last seen to run.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from signalctl.controllers.device.device import Mode, Status
from signalctl.domain.errors import DeviceError, Mismatch, NotExpressible
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.push import Activation, Snapshot, Step
from signalctl.workflow.push import day_plans
from signalctl.workflow.push.course import Course, reason_of
from signalctl.workflow.push.first_half import held_as, wanted_as
from signalctl.workflow.push.progress import Deed
from signalctl.workflow.push.second_half import RUNS

UNTOUCHED: Final = "It was not touched."
_NEVER_WRITTEN: Final = (Step.PLANNED, Step.SNAPSHOT)
_NOT_YET: Final = frozenset({Mode.FLASH, Mode.DARK, Mode.ALL_RED, Mode.UNKNOWN})
"""A device that starts up, or that tells nothing: what it will run is not known yet."""
_FOR_A_WHILE: Final = frozenset({Mode.PREEMPTED, Mode.MANUAL})
"""Not in the hands of plans for now; what is commanded holds again afterwards."""
_STRANGE: Final = 3
"""Times `readings` for which somebody's command that leads to no plan is looked at."""


async def undo(course: Course, device_id: str) -> None:
    """Bring one device back, and note how it ended: UNDONE or IN_DOUBT. Raises no DeviceError."""
    item = course.item(device_id)
    if item.step is Step.UNDONE:
        return
    course.begins(device_id, Deed.UNDO)
    if item.snapshot is None or item.step in _NEVER_WRITTEN:
        course.note(device_id, Step.UNDONE, UNTOUCHED)
        return
    course.note(device_id, Step.UNDOING, course.why)
    loop = asyncio.get_running_loop()
    until = loop.time() + course.terms.undo_s
    wait_s = course.terms.wait_s
    back = trouble = ""
    while True:
        try:
            back = await _lamps_back(course, device_id)
            slot, written = await _slot_back(course, device_id)
            if written:
                # A controller may start anew over a write, and forget what it was commanded.
                back = await _lamps_back(course, device_id)
        except (DeviceError, NotExpressible) as error:
            trouble = reason_of(error)
        else:
            course.note(device_id, Step.UNDONE, f"{back} {slot}".strip())
            return
        if loop.time() + wait_s > until:
            break
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, course.terms.longest_wait_s)
    await _given_up(course, device_id, trouble, lamps_were_back=bool(back))


async def _given_up(course: Course, device_id: str, trouble: str, *, lamps_were_back: bool) -> None:
    """Note how it stands: in doubt, unless only a slot that does not run is not as before."""
    if lamps_were_back:
        with suppress(DeviceError):
            back = await _lamps_back(course, device_id)
            spare = course.snapshot(device_id).spare_slot
            course.note(device_id, Step.UNDONE, f"{back} Slot {spare} is not as before: {trouble}")
            return
    course.note(device_id, Step.IN_DOUBT, f"{trouble} {course.told(device_id)}")


async def _lamps_back(course: Course, device_id: str) -> str:
    """Let it run what it ran, and see it do so; the sentence that says how it was found.

    Raises DeviceError.
    """
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    terms, by_schedule = course.terms, course.push.activation is Activation.SCHEDULE
    loop = asyncio.get_running_loop()
    begun = loop.time()
    good = others = strange = 0
    commanded = False
    while True:
        status = await course.status(device_id)
        if _is_somebodys(status, snapshot):
            # One reading may be spoilt on the way: it takes several to believe in somebody
            # else, and a command that leads to no plan is not left to stand.
            good = 0
            if status.mode in RUNS:
                others += status.slot == status.commanded_slot
                if others >= terms.readings:
                    return f"Somebody else commands slot {status.slot}: left to them."
                waits = loop.time() < begun + terms.watch_s / 2
            else:
                strange += 1
                waits = strange < _STRANGE * terms.readings
        elif _is_back(status, snapshot):
            good, others, strange = good + 1, 0, 0
            if by_schedule and good == 1:
                await day_plans.point_to(device, snapshot, new=False)
                status = await course.status(device_id)
            if good >= terms.readings:
                return _runs_again(status)
            waits = True
        else:
            good = others = strange = 0
            waits = status.mode in _NOT_YET
        if not waits:
            if by_schedule:
                await day_plans.point_to(device, snapshot, new=False)
            if not commanded or status.commanded_slot != snapshot.commanded_slot:
                await _command_back(course, device_id, status)
                commanded = True
        if loop.time() >= begun + terms.watch_s:
            raise Mismatch(
                f"It does not go back within {terms.watch_s:g} s. {course.told(device_id)}",
                where=device_id,
            )
        await asyncio.sleep(terms.poll_s)


async def _command_back(course: Course, device_id: str, status: Status) -> None:
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    if snapshot.commanded_slot is not None:
        await device.activate(snapshot.commanded_slot)
    elif status.commanded_slot is not None or status.slot == snapshot.spare_slot:
        await device.deactivate()


def _is_somebodys(status: Status, snapshot: Snapshot) -> bool:
    """Whether a slot is commanded that neither the push nor whoever was before commands."""
    return status.commanded_slot not in (None, snapshot.spare_slot, snapshot.commanded_slot)


def _is_back(status: Status, snapshot: Snapshot) -> bool:
    """Whether it does what it did: the slot commanded before, or its own schedule.

    A schedule may have moved on to another slot meanwhile, or to none; and somebody at
    the cabinet, or an emergency vehicle, has it for a while: it comes back to the same.
    """
    if status.commanded_slot != snapshot.commanded_slot or status.slot == snapshot.spare_slot:
        return False
    if status.mode in _FOR_A_WHILE:
        return True
    if snapshot.commanded_slot is not None and snapshot.running_slot is not None:
        return status.slot == snapshot.running_slot and status.mode in RUNS
    return status.mode not in _NOT_YET


def _runs_again(status: Status) -> str:
    if status.mode in _FOR_A_WHILE:
        return f"It is {status.mode} for now, and commanded as before."
    if status.slot is None:
        return f"It is in mode {status.mode}, by its own schedule, as before."
    by = "as commanded before" if status.commanded_slot is not None else "by its own schedule"
    return f"It runs slot {status.slot}, {by}."


async def _slot_back(course: Course, device_id: str) -> tuple[str, bool]:
    """Write back what stood in the spare slot; what stands there now, and whether it was written.

    Raises DeviceError.
    """
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    slot, former = snapshot.spare_slot, snapshot.spare_held
    held = await held_as(device, slot)
    if former is None:
        ours = wanted_as(device, slot, course.item(device_id).plan)
        if held is None:
            return "", False
        what = "the new plan" if held == ours else "another plan"
        return f"Slot {slot}, empty before, keeps {what}; nothing calls for it.", False
    if held == fingerprint(former):
        return "", False
    status = await course.status(device_id)
    if slot in (status.slot, status.commanded_slot):
        return f"Slot {slot} is in somebody else's use and stays as it is.", False
    await device.write_plan(slot, former)
    if await held_as(device, slot) != fingerprint(former):
        raise Mismatch(
            f"Slot {slot} does not hold its former plan after it was written back.",
            where=device_id,
        )
    return f"Slot {slot} holds its former plan again.", True
