"""A push from its beginning to its end: both halves, or back to what ran before."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from signalctl.controllers.device.device import Device
from signalctl.domain.push import Activation, DevicePush, Push, PushState, Step
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.store.process_owner import this_process
from signalctl.workflow.push.course import Course, Stopped
from signalctl.workflow.push.first_half import look, write
from signalctl.workflow.push.prepare import Order
from signalctl.workflow.push.progress import Report, silent
from signalctl.workflow.push.second_half import activate, check, confirm, watch
from signalctl.workflow.push.slots import last_uses
from signalctl.workflow.push.terms import Terms
from signalctl.workflow.push.undo import undo

USES_LOOKED_AT = 200
"""Pushes of the past in which the least recently used slot is looked for."""
INTERRUPTED = "It was interrupted by the operator."


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Where pushes are noted, and who works on a device."""

    journal: Journal
    leases: Leases


def utc_now() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


async def push(
    orders: Sequence[Order],
    devices: Mapping[str, Device],
    records: Records,
    *,
    actor: str,
    reason: str,
    activation: Activation = Activation.NOW,
    terms: Terms | None = None,
    report: Report = silent,
    now: Callable[[], datetime] = utc_now,
    its_id: str | None = None,
) -> Push:
    """Push every order's plan to its device: all of them, or back to what ran before.

    `its_id` is the id of the push where one was given out already. The push as it ended:
    DONE, UNDONE or IN_DOUBT, with a message for each device. A cancellation undoes it; a
    second one leaves it open in the journal, for `resume`. Raises NotInControl when
    somebody else is at work on a device, before anything is noted; StoreError when the
    journal fails (the push is then open).
    """
    begun = Push(
        id=its_id or push_id(now()),
        begun_at=now(),
        actor=actor,
        reason=reason,
        activation=activation,
        devices=tuple(
            DevicePush(
                device_id=order.device_id,
                junction_id=order.plan.junction_id,
                plan=order.plan,
                plan_hash=order.plan_hash,
                certificate_hash=order.certificate_hash,
            )
            for order in orders
        ),
    )
    course = Course(begun, devices, records.journal, terms=terms or Terms(), report=report, now=now)
    slots = {order.device_id: order.slots for order in orders}
    async with leased(course, records.leases):
        uses = last_uses(records.journal.history(limit=USES_LOOKED_AT))
        records.journal.begin(begun)

        async def look_at(course: Course, device_id: str) -> None:
            await look(course, device_id, slots[device_id], uses.get(device_id, {}))

        async def both_halves() -> Push:
            await course.all_do(look_at, write)
            return await finish(course)

        return await or_back(course, both_halves)


async def finish(course: Course) -> Push:
    """The second half, on devices that all hold their plan. Raises Stopped."""
    await course.all_do(check, activate, watch, confirm)
    message = f"{len(course.ids)} devices run their new plans."
    return course.end(PushState.DONE, message)


async def or_back(course: Course, forward: Callable[[], Awaitable[Push]]) -> Push:
    """Go forward; when that stops or is cancelled, take all of it back."""
    try:
        return await forward()
    except Stopped:
        pass
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()  # the wish is granted by undoing; a second one ends that too
        course.failures.setdefault("", INTERRUPTED)
    return await take_back(course, PushState.UNDONE)


async def take_back(course: Course, state: PushState) -> Push:
    """Undo every device; the push ends in `state`, or in doubt."""
    await course.each(undo)
    doubtful = [i for i in course.ids if course.item(i).step is Step.IN_DOUBT]
    if not doubtful:
        return course.end(state, course.why)
    told = " ".join(f"{i}: {course.item(i).message}" for i in doubtful)
    return course.end(PushState.IN_DOUBT, f"{course.why} In doubt: {told}".strip())


@asynccontextmanager
async def leased(course: Course, leases: Leases) -> AsyncIterator[None]:
    """Nobody else works on the push's devices meanwhile. Raises NotInControl.

    A lease that is lost, because this machine slept too long, stops the push.
    """
    owner = this_process(f"push {course.push.id}")
    lease = course.terms.lease
    now = course.now()
    leases.take(course.ids, owner, until=now + lease, now=now)

    async def renewing() -> None:
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            lost = set(course.ids) - set(leases.renew(owner, until=course.now() + lease))
            for device_id in sorted(lost):
                course.failures.setdefault(
                    device_id, f"{device_id}: Another process has taken it over."
                )

    renewal = asyncio.create_task(renewing())
    try:
        yield
    finally:
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        leases.release(owner)


def push_id(at: datetime, chance: str | None = None) -> str:
    """An id that people can read out: the second it began in, and some letters of chance."""
    return f"{at:%Y%m%d-%H%M%S}-{chance or secrets.token_hex(2)}"
