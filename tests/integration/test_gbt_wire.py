"""GB/T on real sockets: what is written is read back, whatever the bearer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from gbt_frames import CAPTURED
from gbt_street import CROSSING, PLAN, QUICK, Street, site_of, stage_plans, street
from hypothesis import HealthCheck, given, settings

from signalctl.controllers.device.device import DayPlanEntry, Mode, ScheduleEntry
from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.gbt20999.agent import device_stages
from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, entry_of
from signalctl.controllers.device.gbt20999.enumerations import FrameType
from signalctl.controllers.device.gbt20999.frame import Frame, decode_datagram
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.controllers.device.gbt20999.plan_mapping import record_of
from signalctl.controllers.device.gbt20999.profile import GbtProfile, LampStateLayout
from signalctl.controllers.device.gbt20999.safety import read_site
from signalctl.controllers.device.gbt20999.values import Kind
from signalctl.domain.errors import Mismatch, NotExpressible, Refused, Unreachable
from signalctl.domain.expand import timed
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, TimingPlan

SITE = site_of(CROSSING, PLAN)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=stage_plans())
def test_law_3_a_plan_read_back_equals_the_plan_written(found: tuple[Junction, TimingPlan]) -> None:
    junction, plan = found

    async def there_and_back() -> None:
        async with street(site_of(junction, plan)) as s:
            await s.device.write_plan(5, plan)
            read = await s.device.read_plan(5)
            assert read == s.device.as_held(5, plan)
            assert timed(read, junction) == timed(plan, junction)
            assert s.controller.memory.held(5) == read

    asyncio.run(there_and_back())


"""Law 3, a hundred plans."""


VARIANTS = {
    "udp": ("udp", QUICK, QUICK),
    "tcp": ("tcp", QUICK, QUICK),
    "dials in": ("dial", QUICK, QUICK),
    "bare tcp": ("tcp", replace(QUICK, tcp_escape=False), replace(QUICK, tcp_escape=False)),
    "own sequence": (
        "udp",
        replace(QUICK, sequence_echoed=False),
        replace(QUICK, sequence_echoed=False),
    ),
    "no status": ("udp", QUICK, replace(QUICK, set_reply_status=False)),
    "version": ("udp", QUICK, replace(QUICK, version=0x0102)),
    "first layout": ("udp", QUICK, replace(QUICK, lamp_state=LampStateLayout.ATTRIBUTE_1)),
    "counted heartbeat": ("udp", replace(QUICK, heartbeat_count=True), QUICK),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_pushes_and_runs(name: str) -> None:
    bearer, host, device = VARIANTS[name]

    async def push() -> None:
        async with street(SITE, profile=host, agent_profile=device, bearer=bearer) as s:
            assert await s.session.heartbeat()
            await s.device.write_plan(3, PLAN)
            await s.device.activate(3)
            s.live(300)
            status = await s.device.status()
            assert (status.mode, status.slot, status.commanded_slot) == (Mode.COORDINATED, 3, 3)
            assert status.greens is not None
            assert status.greens == s.controller.state.greens
            program = timed(PLAN, CROSSING)
            for _ in range(60):
                s.live(1)
                shown = "".join(s.controller.lamps[g] for g in CROSSING.group_ids)
                assert shown == program.state(CROSSING.group_ids, s.now)
            with pytest.raises(Refused):
                await s.device.write_plan(3, PLAN)
            await s.device.deactivate()
            s.live(120)
            assert (await s.device.status()).slot is None
            assert any(id_ == item_id(13, 2, 3, 1) for id_, _ in s.session.traps())

    asyncio.run(push())


def run(test: object, **options: object) -> None:
    async def inside() -> None:
        async with street(SITE, **options) as s:  # type: ignore[arg-type]  # options of a test
            await test(s)  # type: ignore[operator]  # a coroutine function

    asyncio.run(inside())


def test_calendar_clock_and_identity_come_back() -> None:
    async def test(s: Street) -> None:
        day = (
            DayPlanEntry(minute=0, slot=None),
            DayPlanEntry(minute=390, slot=2),
            DayPlanEntry(minute=1200, slot=None),
        )
        await s.device.write_day_plan(4, day)
        assert await s.device.read_day_plan(4) == day
        every = frozenset(range(1, 13)), frozenset(range(1, 32))
        entries = tuple(
            ScheduleEntry(months=every[0], weekdays=frozenset(week), days=every[1], day_plan=n)
            for n, week in ((4, range(5)), (5, (5, 6)))
        )
        await s.device.write_schedule(entries)
        assert await s.device.read_schedule() == entries
        assert s.controller.memory.schedule == entries
        assert await s.device.scheduled_slots() == {2}
        await s.device.write_schedule(entries[:1])
        assert await s.device.read_schedule() == entries[:1]
        identity = await s.device.identify()
        assert identity.safety_digest == (await s.device.identify()).safety_digest
        now = (await s.device.clock()).replace(year=2030)
        await s.device.set_clock(now)
        assert await s.device.clock() == now
        assert (await s.device.capabilities()).slots == range(1, 129)

    run(test)


def test_lost_frames_are_repeated_and_never_set_blindly() -> None:
    channel = Channel(Faults(drop=0.25, duplicate=0.2, bitflip=0.1, truncate=0.05), seed=3)

    async def test(s: Street) -> None:
        await s.device.write_plan(9, PLAN)
        assert await s.device.read_plan(9) == s.device.as_held(9, PLAN)

    quick = replace(QUICK, waits_s=(0.05,) * 12)
    run(test, disturb=lambda data: channel.send(data, 0.0), profile=quick)


def test_a_set_whose_reply_was_lost_is_not_set_again() -> None:
    sets: list[bytes] = []

    def replies_to_sets_lost(data: bytes) -> list[tuple[float, bytes]]:
        kind = decode_datagram(data).kind
        if kind is FrameType.SET:
            sets.append(data)
        return [] if kind is FrameType.SET_REPLY else [(0.0, data)]

    async def test(s: Street) -> None:
        await s.device.write_plan(9, PLAN)
        assert await s.device.read_plan(9) == s.device.as_held(9, PLAN)
        assert len(sets) == 1

    quick = replace(QUICK, waits_s=(0.5,) * 3)
    run(test, disturb=replies_to_sets_lost, profile=quick)


def test_a_set_that_was_lost_is_set_again() -> None:
    sets: list[bytes] = []

    def first_set_lost(data: bytes) -> list[tuple[float, bytes]]:
        if decode_datagram(data).kind is FrameType.SET:
            sets.append(data)
            return [(0.0, data)] if len(sets) > 1 else []
        return [(0.0, data)]

    async def test(s: Street) -> None:
        await s.device.write_plan(9, PLAN)
        assert len(sets) == 2
        assert len(set(sets)) == 1  # with the same sequence number

    quick = replace(QUICK, waits_s=(0.5,) * 3)
    run(test, disturb=first_set_lost, profile=quick)


@pytest.mark.parametrize("bearer", ["tcp", "dial"])
def test_a_broken_connection_is_made_anew(bearer: str) -> None:
    async def test(s: Street) -> None:
        assert await s.session.heartbeat()
        s.agent.hang_up()
        await asyncio.sleep(0.05)
        if bearer == "dial":
            assert s.dial
            await s.dial()
        assert await s.session.heartbeat()
        await s.device.write_plan(9, PLAN)

    run(test, bearer=bearer)


def test_heartbeats_go_on_by_themselves() -> None:
    async def test(s: Street) -> None:
        async def until_online(wanted: bool) -> None:
            while s.session.online is not wanted:
                await asyncio.sleep(0.02)

        s.session.start_heartbeat()
        await asyncio.wait_for(until_online(True), 5)
        s.controller.power_off()
        await asyncio.wait_for(until_online(False), 5)

    run(test, profile=replace(QUICK, heartbeat_s=0.05))


def test_the_site_is_read_from_the_device() -> None:
    async def test(s: Street) -> None:
        site = await read_site(
            s.session, CROSSING, SITE.phases, SITE.lamp_groups, cycles_s=SITE.cycles_s
        )
        assert site == SITE

    run(test)


def test_captured_requests_are_answered_in_the_captured_shape() -> None:
    async def test(s: Street) -> None:
        s.controller.raise_fault("conflict", "Two greens")
        s.live(1)
        for pair in CAPTURED:
            replies: list[Frame] = []
            s.agent.receive(decode_datagram(pair.request), replies.append)
            (reply,) = replies
            wanted = decode_datagram(pair.reply)
            assert (reply.kind, reply.sequence) == (wanted.kind, 1)
            (item,), (other,) = reply.items, wanted.items
            assert (item.index, item.id) == (other.index, other.id)
            if pair.id[:2] not in ((1, 1), (5, 2), (5, 3)):  # texts have any length
                assert len(item.value) == len(other.value)

    run(test)


def test_every_object_is_answered_with_its_length() -> None:
    async def test(s: Street) -> None:
        ids = [e.item_id(1 if e.elements else 0) for e in ENTRIES]
        raw, refused = await s.session.get_raw(ids)
        assert refused == {}
        for id_ in ids:
            encoding = entry_of(id_).encoding
            assert len(raw[id_]) == encoding.size or encoding.kind is Kind.TEXT

    run(test)


def test_the_certified_set_is_compared_with_the_junction() -> None:
    async def test(s: Street) -> None:
        assert await s.device.differences() == ()

    async def wrong_unit(s: Street) -> None:
        assert any("intergreen" in sentence for sentence in await s.device.differences())

    tenths = replace(QUICK, intergreen_unit_ds=1)
    run(test)
    run(test, profile=tenths)
    run(wrong_unit, agent_profile=tenths)


def test_the_certified_set_is_never_written() -> None:
    async def body(s: Street) -> None:
        # Minimum green of phase 1, the intergreens of phase 1, a stage's phases.
        for certified in (item_id(4, 2, 7, 1), item_id(7, 2, 2, 1), item_id(6, 2, 2, 1)):
            with pytest.raises(Refused, match="certified on site"):
                await s.device._write({certified: 1})

    run(body)


def test_late_doubled_and_reordered_frames_do_no_harm() -> None:
    frames = iter(range(10_000))

    def late(data: bytes) -> list[tuple[float, bytes]]:
        n = next(frames)
        return [(0.03 * (n % 3), data), (0.01, data)] if n % 2 else [(0.02, data)]

    async def test(s: Street) -> None:
        for slot in (7, 8):
            await s.device.write_plan(slot, replace(PLAN, offset=Offset(seconds=slot)))
        for slot in (7, 8):
            read = await s.device.read_plan(slot)
            assert read is not None
            assert read.offset.seconds == slot

    run(test, disturb=late)


def test_a_silent_device_is_unreachable_and_comes_back() -> None:
    async def test(s: Street) -> None:
        assert await s.session.heartbeat()
        s.controller.power_off()
        with pytest.raises(Unreachable):
            await s.device.status()
        for _ in range(3):
            assert not await s.session.heartbeat()
        assert s.session.online is False
        s.controller.power_on()
        s.live(3)
        assert await s.session.heartbeat()
        assert (s.session.online, s.session.returns) == (True, 1)

    run(test, profile=replace(QUICK, waits_s=(0.4, 0.4, 0.4)))


def test_power_lost_in_the_middle_of_a_write_leaves_no_plan() -> None:
    async def test(s: Street) -> None:
        with pytest.raises(Unreachable):
            await s.device.write_plan(3, PLAN)
        s.live(5)
        held = s.controller.memory.held(3)
        assert not isinstance(held, TimingPlan)
        await s.device.write_plan(3, PLAN)
        assert await s.device.read_plan(3) == s.device.as_held(3, PLAN)

    run(
        test,
        faults=Faults(reboot_in_write=True),
        profile=replace(QUICK, waits_s=(0.5, 0.5)),
    )


def test_wrong_read_back_is_noticed() -> None:
    async def test(s: Street) -> None:
        with pytest.raises(Mismatch):
            await s.device.write_plan(3, PLAN)

    run(test, faults=Faults(wrong_readback=True))


def test_full_memory_is_a_refusal() -> None:
    async def test(s: Street) -> None:
        with pytest.raises(Refused):
            await s.device.write_plan(3, PLAN)
        assert s.controller.memory.held(3) is None

    run(test, faults=Faults(full_memory=True))


def test_refusals_of_the_standard() -> None:
    async def test(s: Street) -> None:
        with pytest.raises(Refused, match="read only"):
            await s.session.set({item_id(6, 2, 2, 1): frozenset({1})})
        with pytest.raises(Mismatch, match="read only"):
            await s.session.set({item_id(9, 2, 3, 1): 90, item_id(9, 2, 1, 1): 1})
        record = record_of(s.device.as_held(6, PLAN), SITE, QUICK)
        bad = replace(record, cycle_s=61).values()
        with pytest.raises(Refused, match="bad value"):
            await s.session.set({item_id(9, 2, a, 6): value for a, value in bad.items()})
        with pytest.raises(Refused, match="control failed"):
            await s.session.set({item_id(17, 1, 4, 1): 0x14})

    run(test)


def test_what_the_device_cannot_say_is_not_sent() -> None:
    async def test(s: Street) -> None:
        with pytest.raises(NotExpressible, match="cycle"):
            await s.device.write_plan(3, replace(PLAN, cycle_s=5))

    run(test)


def test_faults_are_reported_and_listed() -> None:
    async def test(s: Street) -> None:
        assert await s.session.heartbeat()
        s.controller.raise_fault("conflict", "Two greens", flash=True)
        s.live(2)
        trap = dict(await asyncio.wait_for(s.session.next_trap(), 2))
        assert trap[item_id(16, 2, 2, 1)] == b"\x10"
        (event,) = await s.device.events()
        assert "green conflict" in event.text
        assert await s.device.events() == ()
        assert (await s.device.status()).mode is Mode.FLASH

    run(test)


def test_default_profile_waits_as_the_standard_says() -> None:
    assert GbtProfile().waits_s == (5.0, 10.0, 20.0)
    assert [stage.id for stage in device_stages(SITE)] == ["1", "2", "3"]
