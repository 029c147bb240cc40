"""After a process was killed, and on request: finish or undo what the journal holds open.

What a device does is read from the device, never taken from the notes; the notes say
only what was meant, and what stood there before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from signalctl.controllers.device.device import Device
from signalctl.domain.errors import InputError, NotInControl, Refused
from signalctl.domain.push import Push, PushState, Step
from signalctl.store.journal import Journal
from signalctl.workflow.push.course import Course
from signalctl.workflow.push.first_half import must_be_in_hand, read_back
from signalctl.workflow.push.progress import Deed, Report, silent
from signalctl.workflow.push.run import Records, finish, leased, or_back, take_back, utc_now
from signalctl.workflow.push.second_half import check
from signalctl.workflow.push.terms import Terms

MOST_LOOKED_AT = 1000
"""Pushes of the past among which those in doubt are looked for."""
_WRITTEN_OR_LATER = frozenset({Step.WRITING, Step.WRITTEN, Step.ACTIVATING, Step.RUNNING})


def unended(journal: Journal) -> tuple[Push, ...]:
    """Pushes that wait for `resume`: open ones, and those that ended in doubt; oldest first."""
    doubtful = [p for p in journal.history(MOST_LOOKED_AT) if p.state is PushState.IN_DOUBT]
    found = {push.id: push for push in (*journal.open(), *doubtful)}
    return tuple(sorted(found.values(), key=lambda push: (push.begun_at, push.id)))


async def resume(
    devices: Mapping[str, Device],
    records: Records,
    *,
    actor: str | None = None,
    terms: Terms | None = None,
    report: Report = silent,
    now: Callable[[], datetime] = utc_now,
) -> tuple[Push, ...]:
    """Finish or undo every unended push, oldest first; the pushes as they stand then.

    A push is finished when every device of it holds the new plan, is in hand and nobody
    undid anything yet; else all of it is undone. One that a living process works on is
    left to it and not among the answers, nor is one that has none of these devices.
    Raises InputError when `devices` are some of a push's, but not all.
    """
    ended = []
    for push in unended(records.journal):
        if not any(item.device_id in devices for item in push.devices):
            continue  # another street's
        _must_have(push, devices)
        course = Course(
            push,
            devices,
            records.journal,
            terms=terms or Terms(),
            report=report,
            now=now,
            actor=actor,
            reason=f"resumed: {push.reason}",
        )
        try:
            async with leased(course, records.leases):
                # Another process may have ended it between the look and the lease.
                if records.journal.read(push.id) == push:
                    ended.append(await _recover(course, _used_since(push, records.journal)))
        except NotInControl:
            continue
    return tuple(ended)


async def roll_back(
    push_id: str,
    devices: Mapping[str, Device],
    records: Records,
    *,
    actor: str,
    reason: str,
    terms: Terms | None = None,
    report: Report = silent,
    now: Callable[[], datetime] = utc_now,
) -> Push:
    """Take a push that was done back, on all of its devices.

    Raises InputError for a push that is not done or was followed by another on one of
    its devices; Refused when a device cannot go back: nothing was changed then.
    """
    push = records.journal.read(push_id)
    if push.state is not PushState.DONE:
        raise InputError(
            f"Push {push_id} is {push.state}: there is nothing to roll back.",
            where="--rollback",
            remedy="signalctl push --history lists the pushes that are done.",
        )
    _must_be_last(push, records.journal)
    _must_have(push, devices)
    course = Course(
        push,
        devices,
        records.journal,
        terms=terms or Terms(),
        report=report,
        now=now,
        actor=actor,
        reason=reason,
    )
    async with leased(course, records.leases):
        await course.each(_can_go_back)
        if course.failures:
            raise Refused(
                f"Nothing was changed. {course.why}",
                where=f"push {push_id}",
                remedy="Roll back when every device can.",
            )
        course.motive = f"Rolled back by {actor}: {reason}"
        return await take_back(course, PushState.ROLLED_BACK)


def settle(
    push_id: str,
    journal: Journal,
    *,
    actor: str,
    reason: str,
    now: Callable[[], datetime] = utc_now,
) -> Push:
    """Note that a person has looked after the devices in doubt; nothing is asked of them.

    Raises InputError for a push that is not in doubt.
    """
    push = journal.read(push_id)
    if push.state is not PushState.IN_DOUBT:
        raise InputError(f"Push {push_id} is {push.state}, not in doubt.", where="--settle")
    said = f"Settled by {actor}: {reason}"
    for item in push.devices:
        if item.step is not Step.UNDONE:
            journal.note(
                push_id, item.device_id, Step.UNDONE, at=now(), message=said, actor=actor,
                reason=reason,
            )  # fmt: skip
    journal.end(push_id, PushState.UNDONE, at=now(), message=said, actor=actor, reason=reason)
    return journal.read(push_id)


async def _recover(course: Course, used_since: frozenset[str]) -> Push:
    push = course.push

    async def look_again(course: Course, device_id: str) -> None:
        if device_id not in used_since:  # else what it runs may be a later push's
            await _again(course, device_id)

    if push.state is PushState.DONE:
        # A rollback that was begun and not ended.
        course.motive = "Resumed: a rollback that was interrupted goes on."
        await course.each(look_again)
        course.failures.clear()
        return await take_back(course, PushState.ROLLED_BACK)
    why_not = _why_not_finish(course)
    if why_not:
        course.motive = why_not
        await course.each(look_again)
        course.failures.clear()
        return await take_back(course, PushState.UNDONE)

    async def forward() -> Push:
        await course.all_do(_holds_its_plan)
        return await finish(course)

    return await or_back(course, forward)


def _why_not_finish(course: Course) -> str:
    """Why the push is not gone on with, in a sentence; empty when its devices decide."""
    push = course.push
    if push.state is not PushState.OPEN:
        return "Resumed: the push was in doubt and is undone."
    early = [i for i in course.ids if course.item(i).step in (Step.PLANNED, Step.SNAPSHOT)]
    if early:
        return f"Resumed: {', '.join(early)} had not been written; nothing is activated."
    if any(course.item(i).step not in _WRITTEN_OR_LATER for i in course.ids):
        return "Resumed: undoing had begun and goes on."
    age = course.now() - push.begun_at
    if age > timedelta(seconds=course.terms.finish_s):
        return f"Resumed: begun {age.total_seconds() / 3600:.1f} h ago, too long ago to finish it."
    return ""


async def _holds_its_plan(course: Course, device_id: str) -> None:
    """A device that was being written turns out to hold its plan. Raises DeviceError."""
    course.begins(device_id, Deed.RECOVER)
    if course.item(device_id).step is Step.WRITING:
        await read_back(course, device_id)
        course.note(device_id, Step.WRITTEN, "Found to hold its plan when the push was resumed.")
    await check(course, device_id)


async def _again(course: Course, device_id: str) -> None:
    """A device noted UNDONE that is seen to run the new plan: a late command took effect."""
    item = course.item(device_id)
    if item.step is not Step.UNDONE or item.snapshot is None:
        return
    course.begins(device_id, Deed.RECOVER)
    status = await course.patiently(lambda: course.status(device_id))
    if item.snapshot.spare_slot in (status.slot, status.commanded_slot):
        course.note(device_id, Step.UNDOING, "Found to run the new plan again.")


async def _can_go_back(course: Course, device_id: str) -> None:
    """Raises DeviceError for a device that does not answer, is not in hand, or has lost
    the plan that it would go back to."""
    course.begins(device_id, Deed.CHECK)
    device, snapshot = course.device(device_id), course.snapshot(device_id)
    status = await course.patiently(lambda: course.status(device_id))
    must_be_in_hand(device_id, status)
    former = snapshot.commanded_slot
    if former is not None and await course.patiently(lambda: device.read_plan(former)) is None:
        raise Refused(f"Slot {former}, which ran before, is empty now.", where=device_id)


def _must_be_last(push: Push, journal: Journal) -> None:
    ids = {item.device_id for item in push.devices}
    for later in _later(push, journal):
        shared = sorted(ids & {item.device_id for item in later.devices})
        if shared and later.state not in (PushState.UNDONE, PushState.ROLLED_BACK):
            raise InputError(
                f"Push {later.id} came after it on {', '.join(shared)} and is {later.state}.",
                where="--rollback",
                remedy=f"Roll back {later.id} first.",
            )


def _used_since(push: Push, journal: Journal) -> frozenset[str]:
    """Devices that a later push was about."""
    return frozenset(item.device_id for p in _later(push, journal) for item in p.devices)


def _later(push: Push, journal: Journal) -> tuple[Push, ...]:
    """Pushes that were begun after it, newest first."""
    history = journal.history(MOST_LOOKED_AT)
    ids = [each.id for each in history]
    return history[: ids.index(push.id)] if push.id in ids else history


def _must_have(push: Push, devices: Mapping[str, Device]) -> None:
    missing = sorted(i.device_id for i in push.devices if i.device_id not in devices)
    if missing:
        raise InputError(
            f"Push {push.id} is about {', '.join(missing)}, which the devices file has not.",
            where="--devices",
            remedy="Give the devices file that the push was made with.",
        )
