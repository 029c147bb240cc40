"""An NTCIP 1202 controller as a device: plans into spare patterns, and what it does with them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from signalctl.controllers.device.device import (
    Capabilities,
    DayPlanEntry,
    Event,
    Identity,
    Lamps,
    Mode,
    ScheduleEntry,
    Status,
)
from signalctl.controllers.device.ntcip1202 import reading, schedules
from signalctl.controllers.device.ntcip1202.consistency import LEAST_CYCLE_S, MOST_CYCLE_S
from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.controllers.device.ntcip1202.lamps import LampReader
from signalctl.controllers.device.ntcip1202.manager import Manager
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance
from signalctl.controllers.device.ntcip1202.plan_mapping import (
    PATTERN_COLUMNS,
    PHASE_COLUMNS,
    SPLIT_COLUMNS,
    from_pattern,
    read_pattern,
    required,
    sequence_rows,
    to_objects,
)
from signalctl.controllers.device.ntcip1202.profile import (
    PROFILES,
    Credentials,
    Profile,
    TransactionUse,
)
from signalctl.controllers.device.ntcip1202.session import Session
from signalctl.controllers.device.ntcip1202.site_map import SiteMap, canonical
from signalctl.controllers.device.ntcip1202.spare import must_be_spare
from signalctl.domain.errors import DeviceError, NotExpressible, NotInControl, Refused
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.plan import TimingPlan

SYSTEM_PATTERN: Final = instance("systemPatternControl")
BACKUP: Final = instance("unitBackupTime")
TIME: Final = instance("globalTime")
_CAPACITIES: Final = {
    name: instance(name)
    for name in (
        "maxPhases",
        "maxPatterns",
        "maxSplits",
        "maxSequences",
        "maxRings",
        "maxTimebaseAscActions",
        "maxTimeBaseScheduleEntries",
        "maxDayPlans",
        "maxDayPlanEvents",
    )
}


class NtcipDevice:
    """One controller in the field, or an emulated one. See `device.Device` for every call."""

    def __init__(
        self,
        device_id: str,
        host: str,
        site: SiteMap,
        credentials: Credentials,
        *,
        profile: Profile = PROFILES["standard"],
        port: int | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        """Opens nothing yet; `exchange` is a socket shared by a street (v1 and v2c only).

        Raises InputError when the credentials do not fit the profile.
        """
        self._id: Final = device_id
        self._site: Final = site
        self._profile: Final = profile
        self._manager: Final = Manager(
            device_id, host, profile.port if port is None else port, profile, credentials, exchange
        )
        self._session: Final = Session(device_id, self._manager)
        self._sizes: dict[str, int] | None = None
        self._lamps: Final = LampReader(self._manager, site)
        self._refresher: asyncio.Task[None] | None = None
        self._writing: Final = asyncio.Lock()

    @property
    def id(self) -> str:
        """The id it has in the devices file."""
        return self._id

    async def identify(self) -> Identity:
        """Who answers; the digest is over the site's phases: clearances, minima, concurrency."""
        names = ("moduleMake", "moduleModel", "moduleVersion")
        read = await self._manager.get(
            [*(instance(name, 1) for name in names), instance("controllerBaseStandards")]
        )
        make, model, version = (reading.text(read[instance(name, 1)]) for name in names)
        held = await self._manager.get(required(self._site))
        return Identity(
            maker=make,
            model=model,
            version=version,
            protocol=reading.text(read[instance("controllerBaseStandards")]) or "NTCIP 1202",
            safety_digest=safety_digest(held),
        )

    async def capabilities(self) -> Capabilities:
        """What it can hold: pattern and split share the slot's number."""
        sizes = await self._capacity()
        most = min(sizes["maxPatterns"], sizes["maxSplits"], 253)
        return Capabilities(
            slots=range(1, most + 1),
            forms=frozenset({"ring-barrier", "stages"}),
            cycles_s=range(LEAST_CYCLE_S, MOST_CYCLE_S + 1),
            atomic_write=self._profile.transaction is TransactionUse.ALWAYS,
            schedule=sizes["maxTimeBaseScheduleEntries"] > 0,
        )

    async def status(self) -> Status:
        """What it does now, in one message."""
        oids = reading.status_oids(self._site)
        return reading.status(await self._manager.get(oids), self._site, datetime.now(UTC))

    async def lamps(self) -> Lamps:
        """What its lamps show now: its channels, or its phases where it has no channel status."""
        return await self._lamps.read()

    async def read_plan(self, slot: int) -> TimingPlan | None:
        """The plan in a slot; None for an empty one. Raises NotExpressible, Mismatch."""
        await self._known(slot)
        sizes = await self._capacity()
        head = await self._manager.get(instance(name, slot) for name in PATTERN_COLUMNS)
        split, sequence = (
            reading.number(head[instance(name, slot)]) for name in PATTERN_COLUMNS[2:]
        )
        if not reading.number(head[instance("patternCycleTime", slot)]):
            return None
        where = f"{self._id}, pattern {slot}"
        if not 1 <= split <= sizes["maxSplits"] or not 1 <= sequence <= sizes["maxSequences"]:
            raise NotExpressible(
                f"It refers to split {split} and sequence {sequence}, which there are not.",
                where=where,
            )
        # Phases first: only those of a ring can be in a plan.
        phases = range(1, sizes["maxPhases"] + 1)
        rings = await self._manager.get(instance("phaseRing", number) for number in phases)
        used = [n for n in phases if reading.number(rings[instance("phaseRing", n)])]
        body = await self._manager.get(
            [
                *(instance(name, number) for number in used for name in PHASE_COLUMNS),
                *(instance(name, split, number) for number in used for name in SPLIT_COLUMNS),
                *(instance("sequenceData", sequence, r) for r in self._rings(sizes)),
            ]
        )
        values = {oid: value for oid, value in (head | body).items() if value is not None}
        pattern = read_pattern(values, slot, used, sizes["maxRings"])
        return from_pattern(
            pattern, self._site, self._profile.offset_reference, name=f"pattern {slot}"
        )

    def as_held(self, slot: int, plan: TimingPlan) -> TimingPlan:
        """The plan as `read_plan` answers once it is written: same lamps, the device's words.

        Raises NotExpressible with what to change.
        """
        held = canonical(plan, self._site)
        return TimingPlan(
            junction_id=held.junction_id,
            name=f"pattern {slot}",
            cycle_s=held.cycle_s,
            offset=held.offset,
            form=held.form,
        )

    async def scheduled_slots(self) -> frozenset[int]:
        """Slots that a day plan leads to, in force today or not."""
        return await schedules.in_day_plans(self._manager, await self._capacity())

    async def write_plan(self, slot: int, plan: TimingPlan) -> None:
        """Write a plan to a slot that does not run, verified, committed and read back."""
        await self._known(slot)
        sizes = await self._capacity()
        held = canonical(plan, self._site)
        async with self._writing:
            scheduled = await self.scheduled_slots()
            await must_be_spare(self._manager, slot, scheduled, where=self._id)
            await self._session.compare(list(required(self._site).items()))
            phases = range(1, sizes["maxPhases"] + 1)
            rings = await self._manager.get(instance("phaseRing", number) for number in phases)
            used = [n for n in phases if reading.number(rings[instance("phaseRing", n)])]
            rows = await self._sequences(sizes)
            order = sequence_rows(held, self._site, sizes["maxRings"])
            sequence = await self._sequence_for(slot, order, rows, sizes)
            made = to_objects(
                plan,
                self._site,
                self._profile.offset_reference,
                slot=slot,
                sequence=sequence,
                phases=used,
                rings=sizes["maxRings"],
            )
            known = () if rows[sequence] == order else made.sequence
            await self._session.write([*known, *made.splits, *made.pattern])

    async def activate(self, slot: int) -> None:
        """Command the slot, and keep refreshing the command while this device is open."""
        await self._known(slot)
        status = await self.status()
        if status.mode in (Mode.FLASH, Mode.MANUAL, Mode.PREEMPTED):
            raise NotInControl(
                f"The controller is under {status.mode}: it would not obey.", where=self._id
            )
        cycle = instance("patternCycleTime", slot)
        if not reading.number((await self._manager.get([cycle]))[cycle]):
            raise Refused(f"Slot {slot} is empty.", where=self._id, remedy="Write a plan first.")
        async with self._writing:
            await self._stop_refreshing()
            await self._manager.set([(SYSTEM_PATTERN, slot)])
            backup_s = reading.number((await self._manager.get([BACKUP]))[BACKUP])
            if backup_s:
                self._refresher = asyncio.create_task(self._refresh(slot, backup_s / 3))

    async def deactivate(self) -> None:
        """Give control back to the controller's own schedule."""
        async with self._writing:
            await self._stop_refreshing()
            await self._manager.set([(SYSTEM_PATTERN, 0)])

    async def read_day_plan(self, number: int) -> tuple[DayPlanEntry, ...]:
        """The entries of a day plan, by minute."""
        return await schedules.read_day_plan(self._manager, await self._capacity(), number)

    async def write_day_plan(self, number: int, entries: tuple[DayPlanEntry, ...]) -> None:
        """Replace a day plan; its slots become actions of the time base."""
        sizes = await self._capacity()
        async with self._writing:
            pairs = await schedules.day_plan_objects(
                self._manager, sizes, number, entries, where=self._id
            )
            await self._session.write(pairs)

    async def read_schedule(self) -> tuple[ScheduleEntry, ...]:
        """The schedule, strongest entry first."""
        return await schedules.read_schedule(self._manager, await self._capacity())

    async def write_schedule(self, entries: tuple[ScheduleEntry, ...]) -> None:
        """Replace the schedule. Raises NotExpressible where the order is not the controller's."""
        sizes = await self._capacity()
        async with self._writing:
            await self._session.write(schedules.schedule_objects(entries, sizes, where=self._id))

    async def clock(self) -> datetime:
        """The device's clock."""
        value = reading.number((await self._manager.get([TIME]))[TIME])
        return datetime.fromtimestamp(value, UTC)

    async def set_clock(self, now: datetime) -> None:
        """Set the device's clock; it may have moved on by a few seconds when it is looked at."""
        seconds = int(now.timestamp())

        async def near() -> bool:
            read = reading.number((await self._manager.get([TIME]))[TIME])
            return 0 <= read - seconds <= 10

        await self._manager.set([(TIME, seconds)], took_effect=near)

    async def events(self) -> tuple[Event, ...]:
        """None: high-resolution events are files on these controllers, not objects."""
        return ()

    async def close(self) -> None:
        """Let go of the socket. A remote command then ends with the device's back-up time."""
        await self._stop_refreshing()
        self._manager.close()

    async def _refresh(self, slot: int, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                held = reading.number((await self._manager.get([SYSTEM_PATTERN]))[SYSTEM_PATTERN])
                if held not in (0, slot):
                    return  # somebody else commands it now: never fought over
                await self._manager.set([(SYSTEM_PATTERN, slot)])
            except DeviceError:
                # Not answered: the next round tries again; after the back-up time the
                # controller goes back to its own schedule, as it should.
                continue

    async def _stop_refreshing(self) -> None:
        if self._refresher is not None:
            self._refresher.cancel()
            await asyncio.gather(self._refresher, return_exceptions=True)
            self._refresher = None

    async def _capacity(self) -> dict[str, int]:
        if self._sizes is None:
            read = await self._manager.get(_CAPACITIES.values())
            self._sizes = {name: reading.number(read[oid]) for name, oid in _CAPACITIES.items()}
        return self._sizes

    def _rings(self, sizes: dict[str, int]) -> range:
        return range(1, sizes["maxRings"] + 1)

    async def _known(self, slot: int) -> None:
        slots = (await self.capabilities()).slots
        if slot not in slots:
            raise Refused(
                f"There is no slot {slot}.",
                where=self._id,
                remedy=f"Slots are 1 to {slots[-1]}." if slots else "The device holds no plans.",
            )

    async def _sequences(self, sizes: dict[str, int]) -> dict[int, list[bytes]]:
        """The phase orders it holds, by sequence and ring; unused ones are empty."""
        numbers = range(1, sizes["maxSequences"] + 1)
        rings = self._rings(sizes)
        read = await self._manager.get(
            instance("sequenceData", number, ring) for number in numbers for ring in rings
        )
        return {
            n: [reading.octets(read[instance("sequenceData", n, r)]) for r in rings]
            for n in numbers
        }

    async def _sequence_for(
        self,
        slot: int,
        wanted: list[bytes],
        rows: dict[int, list[bytes]],
        sizes: dict[str, int],
    ) -> int:
        """A sequence that says the wanted order already, else one that no pattern refers to."""
        for number, row in rows.items():
            if row == wanted:
                return number
        patterns = range(1, sizes["maxPatterns"] + 1)
        read = await self._manager.get(
            instance(name, n)
            for n in patterns
            for name in ("patternCycleTime", "patternSequenceNumber")
        )
        taken = {
            reading.number(read[instance("patternSequenceNumber", n)])
            for n in patterns
            if n != slot and reading.number(read[instance("patternCycleTime", n)])
        }
        # Sequence 1 is the one that free operation and the maker's patterns use.
        free = [n for n in rows if n not in taken and n != 1]
        if not free:
            raise Refused(
                "Every sequence of the controller is in use.",
                where=self._id,
                remedy="Use a phase order that it holds, or empty a pattern.",
            )
        return slot if slot in free else free[0]


def safety_digest(held: dict[Oid, Value | None]) -> str:
    """Fingerprint of the phase objects, as read or as required."""
    return fingerprint(
        {
            ".".join(map(str, oid)): value.hex() if isinstance(value, bytes) else value
            for oid, value in held.items()
        }
    )
