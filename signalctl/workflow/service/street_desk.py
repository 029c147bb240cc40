"""The street desk: devices watched, plans pushed to them and taken back.

Everything that speaks to devices lives on one event loop in a thread of its own, so
that no page can hold up the street, nor the street a page.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from signalctl.controllers.device.device import Device
from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import DeviceError, InputError, SignalctlError
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Push, PushState
from signalctl.rules.registry import profile
from signalctl.store.alarms import Alarm, Alarms
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.leases import Leases
from signalctl.store.refusals import WrongState
from signalctl.workflow.devices import open_devices
from signalctl.workflow.emulation import Street
from signalctl.workflow.push import (
    Approvals,
    Prepared,
    Records,
    Target,
    matched,
    prepare,
    push,
    resume,
    roll_back,
    unended,
)
from signalctl.workflow.service.alarm_desk import AlarmDesk
from signalctl.workflow.service.device_poller import EVERY_S, DevicePoller, Reading
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.push_history import PushHistory
from signalctl.workflow.service.street_conditions import Watched
from signalctl.workflow.service.street_orders import PushOrder, Ran, StreetPlace
from signalctl.workflow.service.told_journal import ToldJournal

T = TypeVar("T")
_ASK_S: Final = 120.0
_TURN_S: Final = 0.05
_PAST: Final = 200
_LOG: Final = logging.getLogger("signalctl.street")


class StreetDesk:
    """Devices of a site; its methods may be called from any thread but its own."""

    def __init__(
        self,
        database: Database,
        desk: PlanDesk,
        place: StreetPlace,
        *,
        on_readings: Callable[[Sequence[Reading]], None],
        on_push: Callable[[Push], None],
        on_alarms: Callable[[Sequence[Alarm]], None],
    ) -> None:
        self._desk = desk
        self._place = place
        self._database = database
        self._on_readings = on_readings
        self._on_push = on_push
        self._audit = Audit(database)
        self.alarms = AlarmDesk(Alarms(database), on_alarms)
        self.journal = ToldJournal(database, self._pushed)
        self._records = Records(journal=self.journal, leases=Leases(database))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready: Future[None] = Future()
        self._end: asyncio.Event | None = None
        self._poller: DevicePoller | None = None
        self._devices: Mapping[str, Device] = {}
        self._pushes: set[asyncio.Task[Any]] = set()
        self._ran: dict[tuple[str, int], Ran] = {}
        self._history = PushHistory()
        self._asked_since = datetime.now(UTC)

    def start(self) -> None:
        """Begin to open the street; `wait` until it is open."""
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live()), name="street", daemon=True
        )
        self._thread.start()

    def wait(self, longest_s: float) -> None:
        """Wait until the street is open. Raises what kept it from opening, or TimeoutError."""
        self._ready.result(longest_s)

    def stop(self) -> None:
        """Close it. A push that is under way stays open in the journal, for the next start."""
        if self._loop is not None and self._end is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)
        if self._thread is not None:
            self._thread.join()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What is known of every device."""
        if self._poller is not None:
            return self._poller.readings
        failed = self._ready.exception() if self._ready.done() else None
        failure = "" if failed is None else str(failed)
        return tuple(Reading(entry=e, failure=failure) for e in self._place.devices.devices)

    def running(self, device_id: str, slot: int | None) -> Ran | None:
        """Which pushed plan lies in a slot of a device; None where no push of ours put one."""
        return None if slot is None else self._ran.get((device_id, slot))

    def prepare(self, order: PushOrder) -> Prepared:
        """A dry run: what would be sent, and what stands against it. Devices are only read."""
        return self._ask(self._prepare(order))

    def push(self, order: PushOrder) -> str:
        """Begin a push; its id once it stands in the journal.

        The order stands in the audit log before any device is looked at, and so does
        what kept it from beginning. Raises InputError, WrongState when something stands
        against it, NotInControl.
        """
        self._note(order, "push-ordered", order.reason)
        try:
            return self._begin(lambda records: self._push(order, records))
        except SignalctlError as error:
            self._note(order, "push-refused", error.message)
            raise

    def _note(self, order: PushOrder, action: str, reason: str) -> None:
        self._audit.append(
            actor=order.actor,
            action=action,
            subject=f"push {order.push_id}",
            reason=reason,
            before=None,
            after={
                "plan": order.plan_id,
                "devices": None if order.devices is None else list(order.devices),
                "activation": str(order.activation),
            },
            at=datetime.now(UTC),
        )

    def roll_back(self, push_id: str, actor: str, reason: str) -> str:
        """Begin to take a push back; its id once the first device is noted.

        Raises InputError, NotInControl, Refused: nothing was changed then.
        """
        return self._begin(
            lambda records: roll_back(push_id, self._devices, records, actor=actor, reason=reason)
        )

    def _begin(self, work: Callable[[Records], Coroutine[Any, Any, Push]]) -> str:
        """Start something that the journal will tell of; wait for its first word."""
        begun: Future[str] = Future()

        def told(push_id: str) -> None:
            if not begun.done():
                begun.set_result(push_id)
            self._pushed(push_id)

        records = Records(journal=ToldJournal(self._database, told), leases=self._records.leases)

        async def followed() -> None:
            try:
                ended = await work(records)
            except SignalctlError as error:
                if begun.done():
                    _LOG.error("a push failed: %s", error)
                else:
                    begun.set_exception(error)
            else:
                self._learn(ended)

        async def started() -> asyncio.Task[None]:
            task = asyncio.create_task(followed())
            self._pushes.add(task)
            task.add_done_callback(self._pushes.discard)
            return task

        task = self._ask(started())
        try:
            return begun.result(_ASK_S)
        except TimeoutError:
            # Whoever is told that nothing began must not find that it did after all.
            task.get_loop().call_soon_threadsafe(task.cancel)
            raise DeviceError(
                f"The devices were not looked at within {_ASK_S:.0f} s; nothing was begun.",
                remedy="Try again, or fewer devices at once.",
            ) from None

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None or self._loop.is_closed() or not self._ready.done():
            work.close()
            raise DeviceError("The street is not open.", remedy="Try again in a moment.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _live(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                tasks = await self._open(stack)
                self._ready.set_result(None)
                await self._end.wait()
                for _ in range(2):
                    # A push that is cancelled undoes itself, cancelled again it stays open.
                    for task in (*tasks, *self._pushes):
                        task.cancel()
                    await asyncio.sleep(_TURN_S)
                await asyncio.gather(*tasks, *self._pushes, return_exceptions=True)
        except (SignalctlError, OSError) as error:
            _LOG.error("the street cannot be opened: %s", error)
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _open(self, stack: AsyncExitStack) -> list[asyncio.Task[Any]]:
        network = self._place.network.network
        devices, tasks = self._place.devices, []
        if self._place.emulated is not None:
            street = await stack.enter_async_context(
                Street(devices, network, state=self._place.emulated.memory)
            )
            devices = street.devices
            tasks.append(asyncio.create_task(street.run()))
        self._devices = await stack.enter_async_context(open_devices(devices, network))
        self._poller = DevicePoller(
            devices.devices, self._devices, network.junctions, self._on_readings
        )
        for each in unended(self.journal):
            self._history.moved(each)
        self._asked_since = datetime.now(UTC)
        tasks.append(asyncio.create_task(self._poller.run()))
        tasks.append(asyncio.create_task(self._resume()))
        tasks.append(asyncio.create_task(self._watch()))
        return tasks

    async def _watch(self) -> None:
        """Look for what is wrong, once a second; also when no device answers any more."""
        while True:
            await asyncio.sleep(EVERY_S)
            await asyncio.to_thread(self.alarms.watch, self._watched(), datetime.now(UTC))

    def _watched(self) -> list[Watched]:
        return [
            Watched(
                reading=reading,
                asked_since=self._asked_since,
                busy=self._history.is_busy(reading.entry.id),
                pushed=self._history.expected(
                    reading.entry.id, self._devices.get(reading.entry.id)
                ),
                in_doubt=self._history.in_doubt(reading.entry.id),
            )
            for reading in self.readings
        ]

    def _pushed(self, push_id: str) -> None:
        found = self.journal.find(push_id)
        if found is not None:
            self._history.moved(found)
            self._on_push(found)

    async def _resume(self) -> None:
        """Finish or undo what an earlier service left open."""
        if unended(self.journal):
            await resume(self._devices, self._records, actor="service")
        for past in reversed(self.journal.history(_PAST)):
            self._learn(past)

    def _learn(self, ended: Push) -> None:
        """Note what lies in the slots that a push wrote."""
        self._history.ended(ended)
        for item in ended.devices:
            if item.snapshot is not None:
                place = (item.device_id, item.snapshot.spare_slot)
                self._ran.pop(place, None)
                if ended.state is PushState.DONE:
                    self._ran[place] = Ran(
                        push_id=ended.id,
                        plan_id=self._desk.approved_with(item.plan_hash),
                        plan_hash=item.plan_hash,
                        name=item.plan.name,
                    )
            if self._poller is not None:
                self._poller.reread_plan(item.device_id)

    async def _prepare(self, order: PushOrder) -> Prepared:
        rules = profile(self._place.devices.rules)
        entries = self._place.devices.devices
        network = self._place.network.network
        known = {entry.id: entry for entry in entries}
        for device_id in order.devices or ():
            if device_id not in known:
                raise InputError(
                    f"There is no device {device_id!r}.",
                    where="devices",
                    remedy=f"Known ones: {', '.join(known)}.",
                )
        chosen = [known[i] for i in order.devices] if order.devices is not None else list(entries)
        targets = [
            Target(
                device_id=entry.id,
                junction=network.junction(entry.junction),
                slots=entry.spare_slots,
            )
            for entry in chosen
        ]
        junctions = [t.junction.id for t in targets if t.junction.id in order.plans]
        pairs = matched(order.plans, targets, junctions)
        if not pairs:
            raise InputError("The plan says nothing of these devices' junctions.", where="devices")
        certificates, approved = self._papers(pairs)
        return await prepare(
            pairs,
            self._devices,
            certificates=certificates,
            rules=rules,
            approvals=Approvals(needed=True, by_plan=approved),
            activation=order.activation,
            unended=unended(self.journal),
        )

    def _papers(
        self, pairs: Sequence[tuple[Target, TimingPlan]]
    ) -> tuple[list[Certificate], dict[str, frozenset[str]]]:
        """Certificates of the plans, and who approved each."""
        found: list[Certificate] = []
        approved: dict[str, frozenset[str]] = {}
        for target, plan in pairs:
            plan_hash = fingerprint(plan)
            store = self._desk.certificates
            found += store.of(plan_hash, junction_fingerprint(target.junction))
            approved[plan_hash] = frozenset(each.by for each in store.approvals(plan_hash))
        return found, approved

    async def _push(self, order: PushOrder, records: Records) -> Push:
        prepared = await self._prepare(order)
        if prepared.complaints:
            first, more = prepared.complaints[0], len(prepared.complaints) - 1
            raise WrongState(
                f"{first.device_id}: {first.message}" + (f" ({more} more)" if more else ""),
                where=f"device {first.device_id}",
                remedy="A dry run tells everything that stands against it.",
            )
        return await push(
            prepared.orders,
            self._devices,
            records,
            actor=order.actor,
            reason=order.reason,
            activation=order.activation,
            its_id=order.push_id,
        )
