"""A push under way: what is noted of each device, and doing one thing to many of them.

Every step is in the journal before the deed that it names is done, so that a process
that finds an unended push knows what may have happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from signalctl.controllers.device.device import Device, Status
from signalctl.domain.errors import DeviceError, NotExpressible, SignalctlError, Unreachable
from signalctl.domain.push import DevicePush, Push, PushState, Snapshot, Step
from signalctl.store.journal import Journal
from signalctl.workflow.push.progress import Deed, Moved, Report, silent
from signalctl.workflow.push.terms import Terms

Answer = TypeVar("Answer")


class Stopped(Exception):
    """The push cannot go on: something failed on a device, and nothing more is begun."""


class Course:
    """One push: its devices, its journal, and what was last seen of each device."""

    def __init__(
        self,
        push: Push,
        devices: Mapping[str, Device],
        journal: Journal,
        *,
        terms: Terms,
        report: Report = silent,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        actor: str | None = None,
        reason: str | None = None,
    ) -> None:
        """`devices` by id; all of the push's must be there.

        `actor` and `reason` where another than the one who began the push is at work.
        """
        self.push: Final = push
        self.terms: Final = terms
        self.now: Final = now
        self.failures: Final[dict[str, str]] = {}
        """Why the push stopped, by device."""
        self.motive = ""
        """Why it is taken back although nothing failed: a rollback, or what resume decided."""
        self.seen: Final[dict[str, Status]] = {}
        """What each device was last seen to do."""
        self._devices: Final = devices
        self._journal: Final = journal
        self._by: Final = (actor, reason)
        self._report: Final = report
        self._items: Final = {item.device_id: item for item in push.devices}
        self._turns: Final = asyncio.Semaphore(terms.at_once)

    @property
    def ids(self) -> tuple[str, ...]:
        """The devices of the push, in its order."""
        return tuple(self._items)

    def item(self, device_id: str) -> DevicePush:
        """How far a device is, as noted."""
        return self._items[device_id]

    def device(self, device_id: str) -> Device:
        """The device itself."""
        return self._devices[device_id]

    def snapshot(self, device_id: str) -> Snapshot:
        """What it held before; only asked of a device whose snapshot was noted."""
        found = self._items[device_id].snapshot
        assert found is not None  # the steps that ask come after the one that notes it
        return found

    def note(
        self, device_id: str, step: Step, message: str = "", *, snapshot: Snapshot | None = None
    ) -> None:
        """Note a step, durably, then tell it. A step already noted is not noted again."""
        item = self._items[device_id]
        if item.step is step and snapshot is None and item.message == message:
            return
        at = self.now()
        actor, reason = self._by
        self._journal.note(
            self.push.id,
            device_id,
            step,
            at=at,
            message=message,
            snapshot=snapshot,
            actor=actor,
            reason=reason,
        )
        self._items[device_id] = replace(
            item, step=step, message=message, at=at, snapshot=snapshot or item.snapshot
        )
        self._report(
            Moved(device_id=device_id, junction_id=item.junction_id, step=step, message=message)
        )

    def begins(self, device_id: str, deed: Deed) -> None:
        """Tell that a deed begins. Raises Stopped once the push has failed elsewhere."""
        if self.failures and deed not in (Deed.UNDO, Deed.RECOVER):
            raise Stopped
        item = self._items[device_id]
        self._report(
            Moved(device_id=device_id, junction_id=item.junction_id, step=item.step, deed=deed)
        )

    def end(self, state: PushState, message: str) -> Push:
        """Note how the push ended; the push as it stands then."""
        actor, reason = self._by
        self._journal.end(
            self.push.id, state, at=self.now(), message=message, actor=actor, reason=reason
        )
        return self._journal.read(self.push.id)

    @property
    def why(self) -> str:
        """Why the push stopped: one sentence a device, or the motive."""
        said = " ".join(self.failures[device_id] for device_id in sorted(self.failures))
        return f"{self.motive} {said}".strip()

    async def status(self, device_id: str) -> Status:
        """What it does now; remembered as last seen."""
        found = await self._devices[device_id].status()
        self.seen[device_id] = found
        return found

    async def each(
        self, act: Callable[[Course, str], Awaitable[None]], ids: Iterable[str] | None = None
    ) -> None:
        """Act on many devices (default: all), so many at once as the terms allow.

        When one fails, those that are in the middle of a deed end it and begin no other.
        `failures` says why.
        """

        async def one(device_id: str) -> None:
            async with self._turns:
                try:
                    await act(self, device_id)
                except Stopped:
                    return
                except (DeviceError, NotExpressible) as error:
                    self.failures.setdefault(device_id, f"{device_id}: {reason_of(error)}")

        async with asyncio.TaskGroup() as group:
            for device_id in self.ids if ids is None else ids:
                group.create_task(one(device_id))

    async def all_do(self, *acts: Callable[[Course, str], Awaitable[None]]) -> None:
        """One thing after the other, each on every device before the next begins.

        Raises Stopped as soon as one of them failed on any device.
        """
        for act in acts:
            await self.each(act)
            if self.failures:
                raise Stopped

    async def patiently(
        self, ask: Callable[[], Awaitable[Answer]], within_s: float | None = None
    ) -> Answer:
        """Ask a device that may be silent for a while, with growing pauses.

        Only for questions: nothing is commanded twice here. Raises Unreachable when it
        stays silent for `within_s` (the terms' `look_s`), and whatever else it answers.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (self.terms.look_s if within_s is None else within_s)
        wait_s = self.terms.wait_s
        while True:
            try:
                return await ask()
            except Unreachable:
                if loop.time() + wait_s > until:
                    raise
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, self.terms.longest_wait_s)

    def told(self, device_id: str) -> str:
        """What the device runs, as far as known, in one sentence."""
        status = self.seen.get(device_id)
        item = self._items[device_id]
        if status is None:
            return "It has not answered yet; nothing is known of what it runs."
        runs = f"slot {status.slot}" if status.slot is not None else "no plan"
        snapshot = item.snapshot
        if snapshot is not None and status.slot == snapshot.spare_slot:
            runs += " (the new plan)"
        elif snapshot is not None and status.slot == snapshot.running_slot:
            runs += " (as before the push)"
        return f"At {status.read_at:%H:%M:%S} UTC it ran {runs}, {status.mode}."


def reason_of(error: SignalctlError) -> str:
    """An error as a sentence that does not name the device again."""
    return f"{error.message} {error.remedy}".strip()
