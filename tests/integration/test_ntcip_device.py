"""The NTCIP device against the emulated controller, through real sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, seed, settings
from ntcip_devices import (
    QUICK,
    SMALL,
    START_S,
    USER,
    WRITER,
    Street,
    device_at,
    drive,
    dual_ring,
)
from ntcip_sites import sites_with

from signalctl.controllers.device.device import DayPlanEntry, Mode, ScheduleEntry
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.objects import instance
from signalctl.controllers.device.ntcip1202.profile import (
    Credentials,
    Version,
)
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.controllers.device.ntcip1202.transaction import State
from signalctl.domain.errors import (
    InputError,
    Mismatch,
    NotExpressible,
    Refused,
    Unreachable,
)
from signalctl.domain.expand import timed
from signalctl.domain.plan import TimingPlan
from signalctl.domain.ring_barrier import RingBarrier


@seed(20261122)
@settings(
    max_examples=17, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(sites_with(6))
def test_law_3_a_plan_comes_back_as_it_was_written(
    case: tuple[SiteMap, list[TimingPlan]],
) -> None:
    site, plans = case  # 17 sites of 6 plans: 102 plans
    street = Street(site, sizes=replace(SMALL, sequence=7, phase=1, ring=1))

    async def act(_: Street, device: NtcipDevice) -> None:
        for slot, plan in enumerate(plans, start=1):
            assert await device.read_plan(slot) is None
            await device.write_plan(slot, plan)
        for slot, plan in enumerate(plans, start=1):
            back = await device.read_plan(slot)
            assert back == device.as_held(slot, plan)
            assert back is not None
            assert timed(back, site.junction) == timed(plan, site.junction)
            assert street.controller.memory.held(slot) == back

    drive(street, act, profile=replace(QUICK, varbinds=60))


@pytest.mark.parametrize(
    ("credentials", "version"),
    [(WRITER, Version.V1), (WRITER, Version.V2C), (USER, Version.V3)],
)
def test_every_version_writes_and_activates(credentials: Credentials, version: Version) -> None:
    site, plan = dual_ring()
    street = Street(site)

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        await device.activate(2)
        street.live(400)
        status = await device.status()
        assert (status.mode, status.slot, status.commanded_slot) == (Mode.COORDINATED, 2, 2)
        assert not status.in_transition
        assert status.faults == ()
        shown = {g for g, a in street.controller.lamps.items() if a.value in "Gg"}
        assert status.greens == frozenset(shown)
        program = timed(plan, site.junction)
        for _ in range(plan.cycle_s):
            street.live(1)
            second = street.controller.clock_s
            assert street.controller.lamps == {
                g: program.aspect(g, second - START_S + START_S % 86_400)
                for g in site.junction.group_ids
            }
        await device.deactivate()
        street.live(2)
        assert (await device.status()).commanded_slot is None

    drive(street, act, credentials=credentials, profile=replace(QUICK, version=version))


def test_it_says_who_it_is_and_what_it_holds() -> None:
    site, _ = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        identity = await device.identify()
        assert identity.maker == "signalctl"
        assert identity.safety_digest == (await device.identify()).safety_digest
        street.store.set([(instance("phaseYellowChange", 1), 40)], "writer")
        assert identity.safety_digest != (await device.identify()).safety_digest
        able = await device.capabilities()
        assert able.slots == range(1, 7)
        assert able.forms == {"ring-barrier", "stages"}

    drive(Street(site), act)


def test_a_device_with_other_clearances_than_certified_is_not_written() -> None:
    site, plan = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        street.store.set([(instance("phaseYellowChange", 1), 40)], "writer")
        with pytest.raises(Mismatch, match="phaseYellowChange 1 is 40, not 30"):
            await device.write_plan(2, plan)
        assert street.store.transaction.state is State.NORMAL

    drive(Street(site), act)


def test_a_running_slot_is_not_written() -> None:
    site, plan = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        await device.activate(2)
        street.live(5)
        with pytest.raises(Refused, match="runs or is commanded"):
            await device.write_plan(2, plan)
        with pytest.raises(Refused, match="no slot 99"):
            await device.write_plan(99, plan)
        with pytest.raises(Refused, match="empty"):
            await device.activate(3)

    drive(Street(site), act)


def test_the_split_of_a_pattern_in_use_is_not_written() -> None:
    site, plan = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        await device.activate(2)
        street.live(5)
        street.store.set([(instance("dbCreateTransaction"), 2)], "writer")
        street.store.set([(instance("patternSplitNumber", 2), 3)], "writer")
        street.store.set([(instance("dbCreateTransaction"), 3)], "writer")
        street.store.set([(instance("dbCreateTransaction"), 1)], "writer")
        assert street.store.number("patternSplitNumber", 2) == 3
        with pytest.raises(Refused, match="Pattern 2, which is in use, runs by split 3"):
            await device.write_plan(3, plan)

    drive(Street(site), act)


def test_lead_and_lag_take_a_sequence_of_their_own() -> None:
    site, plan = dual_ring()
    form = plan.form
    assert isinstance(form, RingBarrier)
    (first, second), other = form.sections[0]
    lagging = replace(
        plan, form=replace(form, sections=((((second, first)), other), form.sections[1]))
    )

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(1, plan)
        await device.write_plan(2, lagging)
        numbers = [street.store.number("patternSequenceNumber", n) for n in (1, 2)]
        assert numbers == [1, 2]
        assert await device.read_plan(1) == device.as_held(1, plan)
        assert await device.read_plan(2) == device.as_held(2, lagging)

    drive(Street(site), act)


def test_day_plans_and_schedule_come_back() -> None:
    site, plan = dual_ring()
    entries = (
        DayPlanEntry(minute=0, slot=None),
        DayPlanEntry(minute=390, slot=2),
        DayPlanEntry(minute=1320, slot=None),
    )
    everyday = frozenset(range(1, 32))
    schedule = (
        ScheduleEntry(months=frozenset({12}), weekdays=frozenset({6}), days=everyday, day_plan=2),
        ScheduleEntry(
            months=frozenset(range(1, 13)),
            weekdays=frozenset(range(7)),
            days=everyday,
            day_plan=1,
        ),
    )

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        await device.write_day_plan(1, entries)
        await device.write_schedule(schedule)
        assert await device.read_day_plan(1) == entries
        assert await device.read_schedule() == schedule
        assert street.controller.memory.schedule == schedule
        assert street.controller.memory.day_plan(1) == entries
        with pytest.raises(NotExpressible, match="prefer"):
            await device.write_schedule(schedule[::-1])
        with pytest.raises(Refused, match="stands in a day plan"):
            await device.write_plan(2, plan)
        await device.write_day_plan(1, entries[:1])
        await device.write_plan(2, plan)

    drive(Street(site), act)


@pytest.mark.parametrize("unsigned", [False, True])
def test_the_clock_is_set_in_either_type(unsigned: bool) -> None:
    site, _ = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        wanted = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        await device.set_clock(wanted)
        assert await device.clock() == wanted

    drive(Street(site, clock_unsigned=unsigned), act)


def test_nobody_there_and_wrong_community_are_unreachable() -> None:
    site, _ = dual_ring()

    async def act(_: Street, device: NtcipDevice) -> None:
        with pytest.raises(Unreachable, match="No answer"):
            await device.status()

    quick = replace(QUICK, timeout_s=0.5, attempts=1)
    drive(Street(site), act, credentials=Credentials(community="guessed"), profile=quick)
    with pytest.raises(InputError, match="community"):
        device_at(1, site, Credentials())
