"""A GB/T 20999-2017 controller as a field device: the primitives of a push.

A plan goes to a plan number that does not run, in one frame, and is read back
value by value; only then may it be switched to (17.1.3 with 17.1.4) and watched
(13.2). The certified set (classes 3, 4, 6, 7, 10) is read and digested, never
written.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from signalctl.controllers.device.gbt20999 import calendar
from signalctl.controllers.device.gbt20999.dictionary import may_write
from signalctl.controllers.device.gbt20999.enumerations import ControlMode
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import decoded, item_id
from signalctl.controllers.device.gbt20999.lamps import aspects, greens
from signalctl.controllers.device.gbt20999.plan_mapping import (
    ATTRIBUTES,
    JUNCTION,
    PLANS,
    PlanRecord,
    as_held,
    plan_of,
    record_of,
)
from signalctl.controllers.device.gbt20999.profile import LampStateLayout
from signalctl.controllers.device.gbt20999.records import event_ids, events_of, moment_of, utc_of
from signalctl.controllers.device.gbt20999.safety import read_differences, read_digest
from signalctl.controllers.device.gbt20999.session import Session
from signalctl.controllers.device.gbt20999.site_map import SiteMap
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import InputError, Mismatch, NotInControl, Refused
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan

_MODES: Final[dict[int, Mode]] = {
    ControlMode.CENTRE: Mode.COORDINATED,
    ControlMode.CENTRE_TIME_TABLE: Mode.COORDINATED,
    ControlMode.CENTRE_OPTIMISED: Mode.ADAPTIVE,
    ControlMode.CENTRE_COORDINATED: Mode.COORDINATED,
    ControlMode.CENTRE_ADAPTIVE: Mode.ADAPTIVE,
    ControlMode.CENTRE_MANUAL: Mode.MANUAL,
    ControlMode.LOCAL_FIXED_TIME: Mode.FIXED,
    ControlMode.LOCAL_ACTUATED: Mode.FREE,
    ControlMode.LOCAL_COORDINATED: Mode.COORDINATED,
    ControlMode.LOCAL_ADAPTIVE: Mode.ADAPTIVE,
    ControlMode.LOCAL_MANUAL: Mode.MANUAL,
    ControlMode.SPECIAL: Mode.PREEMPTED,
    ControlMode.YELLOW_FLASH: Mode.FLASH,
    ControlMode.ALL_RED: Mode.ALL_RED,
    ControlMode.LAMPS_OFF: Mode.DARK,
}
_NOT_OURS: Final = frozenset({ControlMode.LOCAL_MANUAL, ControlMode.SPECIAL})
"""Modes that somebody at the cabinet, or an emergency vehicle, has chosen."""
_FALLEN: Final = frozenset({Mode.FLASH, Mode.ALL_RED, Mode.DARK})
"""What a fault makes of a junction."""
_MOST_RECORDS: Final = 255
_STATUS_RECORDS: Final = 4
"""Newest fault records that a status tells."""
_SCHEDULE: Final = (
    calendar.PRIORITY,
    calendar.WEEKDAYS,
    calendar.MONTHS,
    calendar.DAYS,
    calendar.DAY_PLAN,
)


class GbtDevice:
    """One junction of one controller, behind a session. See `device.Device`."""

    def __init__(self, session: Session, site: SiteMap) -> None:
        self._session: Final = session
        self._site: Final = site
        self._state_attribute: int | None = {
            LampStateLayout.ASK: None,
            LampStateLayout.ATTRIBUTE_1: 1,
            LampStateLayout.ATTRIBUTE_2: 2,
        }[session.profile.lamp_state]
        self._lamp_ids: Final = {
            a: {item_id(3, 3, a, number): group for group, number in site.lamp_groups.items()}
            for a in (1, 2)
        }
        self._last_event: dict[int, int] = {}
        self._faults: tuple[str, ...] = ()
        self._noted: tuple[str, ...] = ()
        self._faults_total = 0

    @property
    def id(self) -> str:
        """The id it has in the devices file."""
        return self._session.address.device_id

    async def identify(self) -> Identity:
        """Who answers, and the digest of its certified set."""
        maker, version, serial = (item_id(1, n) for n in (1, 2, 3))
        values = await self._session.get((maker, version, serial))
        number = _whole(values[version])
        return Identity(
            maker=str(values[maker]),
            model=str(values[serial]),
            version=f"hardware {number >> 16}, software {number & 0xFFFF}",
            protocol=f"GB/T 20999-2017 (frame version {self._session.profile.version:#06x})",
            safety_digest=await read_digest(self._session, self._site),
        )

    async def capabilities(self) -> Capabilities:
        """What it can hold and do."""
        count = _whole((await self._session.get((item_id(9, 1),)))[item_id(9, 1)])
        return Capabilities(
            slots=range(PLANS[0], max(1, min(count, PLANS[-1])) + 1),
            forms=frozenset({"stages"}),
            cycles_s=self._site.cycles_s,
            atomic_write=False,
            schedule=True,
        )

    def as_held(self, slot: int, plan: TimingPlan) -> TimingPlan:
        """The plan as `read_plan` gives it after `write_plan`. Raises NotExpressible."""
        return as_held(plan, slot, self._site)

    async def differences(self) -> tuple[str, ...]:
        """Where its certified set differs from the junction of the site map, one sentence each."""
        return await read_differences(self._session, self._site)

    async def status(self) -> Status:
        """What it does now. The protocol tells of no fault that it went: the newest stands
        for as long as the lamps show what a fault makes of them."""
        n = self._site.number
        mode_id, slot_id, stage_id = (item_id(13, 2, a, n) for a in (2, 3, 4))
        commanded_id, faults_id = item_id(17, 1, 3, n), item_id(16, 1)
        # A device that will not tell what is commanded, or its faults, tells the rest.
        raw, refused = await self._session.get_raw(
            (mode_id, slot_id, stage_id, commanded_id, faults_id)
        )
        if {mode_id, slot_id, stage_id} & set(refused):
            raise Refused("The device refuses to tell its state.", where=self.id)
        values = {id_: _whole(value) for id_, value in decoded(raw).items()}
        stage = values[stage_id]
        remaining_s, greens = await self._shown(stage)
        await self._notice_faults(values.get(faults_id, 0))
        mode = _MODES.get(values[mode_id], Mode.UNKNOWN)
        return Status(
            read_at=datetime.now(UTC),
            mode=mode,
            slot=values[slot_id] or None,
            commanded_slot=values.get(commanded_id, 0) or None,
            in_transition=False,
            cycle_second=None,
            remaining_s=remaining_s,
            greens=greens,
            faults=self._faults[-1:] if mode in _FALLEN else (),
            noted=self._noted,
            details=FrozenMap({"stage": str(stage), "mode": f"{values[mode_id]:#04x}"}),
        )

    async def lamps(self) -> Lamps:
        """What its lamps show now (3.3), and the plan that runs (13.2.3)."""
        slot_id = item_id(13, 2, 3, self._site.number)
        values, states = await self._lamp_states((slot_id,))
        return Lamps(
            read_at=datetime.now(UTC),
            slot=_whole(values.get(slot_id, 0)) or None,
            aspects=aspects(states, self._site.junction.group_ids),
        )

    async def read_plan(self, slot: int) -> TimingPlan | None:
        """The plan in a slot. Raises Mismatch for one that this site cannot run."""
        record = PlanRecord.of(await self._plan_values(slot))
        return plan_of(record, slot, self._site, self._session.profile) if record else None

    async def write_plan(self, slot: int, plan: TimingPlan) -> None:
        """Write to a slot that neither runs nor is commanded, and read all of it back.

        Raises NotExpressible, Refused (nothing was changed) and Mismatch (the slot
        holds something else than the plan).
        """
        held = as_held(plan, slot, self._site)
        record = record_of(held, self._site, self._session.profile)
        state = await self._state()
        if slot in (state[3], await self._commanded()):
            raise Refused(
                f"Plan {slot} runs or is commanded.",
                where=self.id,
                remedy="Write to a plan number that does not run.",
            )
        wanted = record.values()
        await self._write({item_id(9, 2, a, slot): v for a, v in wanted.items()})
        read = await self._plan_values(slot)
        wrong = [item_id(9, 2, a, slot) for a in ATTRIBUTES if read[a] != wanted[a]]
        if wrong:
            raise Mismatch(
                f"Plan {slot} was written, but reads back differently in "
                f"{', '.join(map(str, wrong))}.",
                where=self.id,
                remedy="Write it again to another plan number; do not switch to it.",
            )

    async def activate(self, slot: int) -> None:
        """Command plan and mode together. Raises NotInControl at manual or emergency operation."""
        state = await self._state()
        if state[2] in _NOT_OURS:
            raise NotInControl(
                f"The device is in {_MODES[state[2]]} operation.",
                where=self.id,
                remedy="Wait until it is released at the cabinet.",
            )
        if slot not in PLANS:
            raise InputError(f"There is no plan {slot}.", where=self.id)
        await self._control(0, slot, ControlMode.CENTRE_COORDINATED)

    async def deactivate(self) -> None:
        """Give control back to the device's own day plan."""
        await self._control(0, 0, ControlMode.LOCAL_COORDINATED)

    async def read_day_plan(self, number: int) -> tuple[DayPlanEntry, ...]:
        """The entries of a day plan."""
        ids = {a: item_id(11, 2, a, number) for a in (3, 4, 5)}
        values = await self._session.get(ids.values())
        return calendar.day_plan_of({a: values[id_] for a, id_ in ids.items()})

    async def write_day_plan(self, number: int, entries: tuple[DayPlanEntry, ...]) -> None:
        """Replace a day plan and read it back."""
        values: dict[int, Value] = {2: self._site.number, **calendar.day_plan_values(entries)}
        wanted = {item_id(11, 2, a, number): value for a, value in values.items()}
        await self._write(wanted)
        await self._must_hold(wanted, f"Day plan {number}")

    async def read_schedule(self) -> tuple[ScheduleEntry, ...]:
        """The entries of this junction, strongest first."""
        ranked = []
        for number, values in (await self._schedule()).items():
            entry = calendar.schedule_entry_of(values)
            if entry is not None and values[JUNCTION] == self._site.number:
                ranked.append((_whole(values[calendar.PRIORITY]), number, entry))
        return tuple(entry for _, _, entry in sorted(ranked, key=lambda row: row[:2]))

    async def scheduled_slots(self) -> frozenset[int]:
        """Plan numbers that the device may run by itself: a push leaves them alone."""
        days = {entry.day_plan for entry in await self.read_schedule()}
        plans = [entry for day in sorted(days) for entry in await self.read_day_plan(day)]
        return frozenset(entry.slot for entry in plans if entry.slot is not None)

    async def write_schedule(self, entries: tuple[ScheduleEntry, ...]) -> None:
        """Replace this junction's entries; those of other junctions stay as they are."""
        held = await self._schedule()
        free = [
            number
            for number, values in held.items()
            if values[JUNCTION] == self._site.number or not values[calendar.DAY_PLAN]
        ]
        if len(entries) > len(free):
            raise Refused(f"The schedule has room for {len(free)} entries.", where=self.id)
        for priority, (number, entry) in enumerate(zip(free, entries, strict=False), start=1):
            values = {JUNCTION: self._site.number, **calendar.schedule_values(entry, priority)}
            wanted = {item_id(12, 2, a, number): value for a, value in values.items()}
            await self._write(wanted)
            await self._must_hold(wanted, f"Schedule entry {number}")
        for number in free[len(entries) :]:
            if held[number][calendar.DAY_PLAN]:
                await self._write(
                    {item_id(12, 2, a, number): v for a, v in calendar.UNUSED_ENTRY.items()}
                )

    async def clock(self) -> datetime:
        """The device's UTC. Raises Mismatch when it holds no date."""
        return utc_of((await self._session.get((item_id(13, 1, 10),)))[item_id(13, 1, 10)])

    async def set_clock(self, now: datetime) -> None:
        """Set the device's UTC."""
        await self._write({item_id(13, 1, 10): moment_of(now)})

    async def events(self) -> tuple[Event, ...]:
        """Alarms and faults noted since they were last asked for, oldest first."""
        found = [*await self._new_events(15), *await self._new_events(16)]
        return tuple(sorted(found, key=lambda event: event.at))

    async def close(self) -> None:
        """Let go of the socket."""
        await self._session.close()

    async def _state(self) -> dict[int, int]:
        ids = {a: item_id(13, 2, a, self._site.number) for a in (2, 3, 4)}
        values = await self._session.get(ids.values())
        return {a: _whole(values[id_]) for a, id_ in ids.items()}

    async def _commanded(self) -> int | None:
        """The commanded plan, None where there is none or the device will not say."""
        raw, _ = await self._session.get_raw((item_id(17, 1, 3, self._site.number),))
        return next((data[0] for data in raw.values() if len(data) == 1), 0) or None

    async def _write(self, values: Mapping[ItemId, Value]) -> None:
        """The one way to the session's set: nothing that is certified on site passes."""
        never = [item for item in values if not may_write(item)]
        if never:
            raise Refused(
                f"Object {never[0]} is certified on site and never written.", where=self.id
            )
        await self._session.set(values)

    async def _control(self, stage: int, plan: int, mode: ControlMode) -> None:
        n = self._site.number
        await self._write(
            {item_id(17, 1, 2, n): stage, item_id(17, 1, 3, n): plan, item_id(17, 1, 4, n): mode}
        )

    async def _shown(self, stage: int) -> tuple[int | None, frozenset[str] | None]:
        """Rest of the stage (s) and the groups whose lamps are green, None where not told."""
        rest = (item_id(6, 3, 4, stage),) if self._site.stage(stage) else ()
        values, states = await self._lamp_states(rest)
        remaining_s = _whole(values[rest[0]]) if rest and rest[0] in values else None
        return remaining_s, None if states is None else greens(states)

    async def _lamp_states(
        self, others: tuple[ItemId, ...]
    ) -> tuple[dict[ItemId, Value], dict[str, Value] | None]:
        """Other objects, and with them 3.3 by signal group, None where the device does not tell.

        The layout of 3.3 is found out by asking once.
        """
        values: dict[ItemId, Value] = {}
        for attribute in (self._state_attribute,) if self._state_attribute else (2, 1):
            lamps = self._lamp_ids[attribute]
            raw, refused = await self._session.get_raw((*others, *lamps))
            values = decoded(raw)
            if not lamps.keys() & refused.keys():
                self._state_attribute = attribute
                return values, {group: values[id_] for id_, group in lamps.items()}
        return values, None

    async def _notice_faults(self, total: int) -> None:
        """Read the newest fault records when there are others than at the last status."""
        if total == self._faults_total:
            return
        most = min(total, _MOST_RECORDS)
        ids = event_ids(16, range(max(1, most - _STATUS_RECORDS + 1), most + 1))
        raw, _ = await self._session.get_raw(ids)
        events = [event for _, event in events_of(16, raw, 0)]
        self._faults = tuple(event.text for event in events)
        self._noted = tuple(f"{e.at:%Y-%m-%d %H:%M:%S} UTC: {e.text}" for e in events)
        self._faults_total = total

    async def _plan_values(self, slot: int) -> dict[int, Value]:
        ids = {a: item_id(9, 2, a, slot) for a in ATTRIBUTES}
        values = await self._session.get(ids.values())
        return {a: values[id_] for a, id_ in ids.items()}

    async def _schedule(self) -> dict[int, dict[int, Value]]:
        """Values of all entries by number; details only of those in use."""
        count = min(_whole((await self._session.get((item_id(12, 1),)))[item_id(12, 1)]), 128)
        head = (JUNCTION, calendar.DAY_PLAN)
        ids = [item_id(12, 2, a, n) for n in range(1, count + 1) for a in head]
        found: dict[int, dict[int, Value]] = {n: {} for n in range(1, count + 1)}
        for id_, value in (await self._session.get(ids)).items():
            found[id_.element_id][id_.attribute_id] = value
        used = [n for n, values in found.items() if values[calendar.DAY_PLAN]]
        rest = [item_id(12, 2, a, n) for n in used for a in _SCHEDULE]
        for id_, value in (await self._session.get(rest)).items():
            found[id_.element_id][id_.attribute_id] = value
        return found

    async def _must_hold(self, wanted: Mapping[ItemId, Value], what: str) -> None:
        read = await self._session.get(wanted)
        wrong = [str(id_) for id_, value in wanted.items() if read[id_] != value]
        if wrong:
            raise Mismatch(
                f"{what} was written, but reads back differently in {', '.join(wrong)}.",
                where=self.id,
            )

    async def _new_events(self, class_id: int) -> tuple[Event, ...]:
        """Records of a class with a number above the last one seen."""
        total = _whole((await self._session.get((item_id(class_id, 1),)))[item_id(class_id, 1)])
        ids = event_ids(class_id, range(1, min(total, _MOST_RECORDS) + 1))
        raw, _ = await self._session.get_raw(ids)
        found = events_of(class_id, raw, self._last_event.get(class_id, 0))
        if found:
            self._last_event[class_id] = found[-1][0]
        return tuple(event for _, event in found)


def _whole(value: Value) -> int:
    if not isinstance(value, int):
        raise Mismatch("The device answered something else than a number.")
    return value
