"""What counts as wrong with a device, and what becomes of it as alarms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crossing import plan_am
from stored_pushes import NOON

from signalctl.controllers.device.device import Mode, Status
from signalctl.domain.frozen import FrozenMap
from signalctl.files.devices_schema import GbtEntry
from signalctl.store.alarms import Alarm, Alarms
from signalctl.store.database import Database
from signalctl.workflow.service.alarm_desk import AlarmDesk
from signalctl.workflow.service.device_poller import Reading
from signalctl.workflow.service.street_conditions import Pushed, Watched, conditions

ENTRY = GbtEntry(
    id="D1", junction="J", protocol="gbt20999", address="udp://127.0.0.1:9", slots="10-20"
)
SECOND = timedelta(seconds=1)


def status(mode: Mode = Mode.COORDINATED, at: datetime = NOON, **more: Any) -> Status:
    told: dict[str, Any] = {
        "read_at": at,
        "mode": mode,
        "slot": 1,
        "commanded_slot": None,
        "in_transition": False,
        "cycle_second": None,
        "remaining_s": None,
        "greens": None,
    }
    return Status(**told | more)


def watched(of: Status | None = None, failure: str = "", **more: Any) -> Watched:
    reading = Reading(entry=ENTRY, status=of, failure=failure)
    return Watched(reading=replace(reading, **more.pop("reading", {})), asked_since=NOON, **more)


def told(case: Watched, at: datetime = NOON + SECOND) -> list[tuple[str, int]]:
    return [(seen.kind, seen.priority) for seen in conditions(case, at)[0]]


def test_a_device_that_does_as_it_should_has_no_condition() -> None:
    assert conditions(watched(status()), NOON + 5 * SECOND) == ((), True)


def test_silence_is_lost_where_asking_fails_and_stale_where_it_does_not() -> None:
    late = NOON + 6 * SECOND
    assert told(watched(status(), failure="no answer"), late) == [("lost", 2)]
    assert told(watched(None, failure="no answer"), late) == [("lost", 2)]
    assert told(watched(status()), late) == [("stale", 3)]
    assert told(watched(status(), failure="no answer"), NOON + 5 * SECOND) == []
    flashing = watched(status(Mode.FLASH), failure="no answer")
    assert conditions(flashing, late)[1] is False, "nobody knows whether it still flashes"


@pytest.mark.parametrize("mode", [Mode.FLASH, Mode.ALL_RED, Mode.DARK])
def test_fallen_lamps_are_urgent_whoever_made_them_fall(mode: Mode) -> None:
    assert told(watched(status(mode))) == [(str(mode), 1)]


def test_leaving_coordination_is_told_only_of_who_was_in_it_and_in_nobodys_hand() -> None:
    free = status(Mode.FREE)
    assert told(watched(free, was_coordinated=True)) == [("left-coordination", 2)]
    assert told(watched(free)) == []
    assert told(watched(free, was_coordinated=True, busy=True)) == []


def test_the_conflict_monitor_comes_first_and_says_why_it_flashes() -> None:
    details = FrozenMap({"unitFlashStatus": "mmu"})
    monitor = status(Mode.FLASH, details=details, faults=("A critical alarm stands.",))
    assert told(watched(monitor)) == [("conflict", 1), ("fault", 2)]
    noted = ("2026-11-22 08:00:00 UTC: Fault: green conflict, to flash",)
    recorded = status(Mode.FLASH, faults=("Fault: green conflict, to flash",), noted=noted)
    assert told(watched(recorded)) == [("conflict", 1), ("flash", 1)]


def _pushed(**more: Any) -> Pushed:
    told: dict[str, Any] = {
        "push_id": "p1",
        "name": "evening",
        "at": NOON - SECOND,
        "slot": 7,
        "in_slot": 7,
        "held": plan_am(),
    }
    return Pushed(**told | more)


def test_a_plan_is_not_as_pushed_in_another_slot_or_with_other_seconds() -> None:
    there = {"plan": plan_am(), "plan_slot": 7}
    other = {"plan": replace(plan_am(), name="other"), "plan_slot": 7}
    runs = status(slot=7)
    assert told(watched(runs, pushed=_pushed(), reading=there)) == []
    assert told(watched(status(slot=3), pushed=_pushed())) == [("plan", 2)]
    assert told(watched(runs, pushed=_pushed(), reading=other)) == [("plan", 2)]
    for case in (
        watched(status(slot=3), pushed=_pushed(), busy=True),
        watched(status(slot=3, in_transition=True), pushed=_pushed()),
        watched(status(slot=3, at=NOON - 2 * SECOND), pushed=_pushed()),
        watched(status(slot=3), pushed=_pushed(slot=None)),
        watched(runs, pushed=_pushed(held=None), reading=other),
        watched(runs, pushed=_pushed(), reading={**other, "plan_slot": 3}),
    ):
        assert told(case) == [], case


def test_doubt_left_by_a_push_is_told_also_of_a_device_that_is_silent() -> None:
    lost = watched(status(), failure="no answer", in_doubt="p1")
    assert told(lost, NOON + 6 * SECOND) == [("push-in-doubt", 1), ("lost", 2)]


@pytest.fixture
def alarms(tmp_path: Path) -> Iterator[Alarms]:
    with Database(f"sqlite:///{tmp_path}/a.db") as database:
        yield Alarms(database)


def _kinds(alarms: Alarms) -> list[tuple[str, bool]]:
    return [(alarm.seen.kind, alarm.cleared_at is None) for alarm in alarms.open()]


def test_alarms_follow_the_street_and_are_frozen_while_it_is_silent(alarms: Alarms) -> None:
    heard: list[Alarm] = []
    desk = AlarmDesk(alarms, heard.extend)
    desk.watch([watched(status())], NOON)
    assert heard == []
    desk.watch([watched(status(Mode.FREE))], NOON)
    assert _kinds(alarms) == [("left-coordination", True)]
    desk.watch([watched(status(Mode.FREE), failure="gone")], NOON + 9 * SECOND)
    assert _kinds(alarms) == [("lost", True), ("left-coordination", True)]
    back = NOON + 20 * SECOND
    desk.watch([watched(status(at=back))], back)
    assert _kinds(alarms) == [("lost", False), ("left-coordination", False)]
    assert len(heard) == 4
    for alarm in alarms.open():
        desk.acknowledge(alarm.id, by="otto", reason="seen")
    assert alarms.open() == ()
    assert heard[-1].acknowledged_by == "otto"


def test_a_service_that_starts_again_goes_on_with_what_was_true(alarms: Alarms) -> None:
    first = AlarmDesk(alarms, lambda _: None)
    first.watch([watched(status())], NOON)
    first.watch([watched(status(Mode.FREE))], NOON)
    heard: list[Alarm] = []
    second = AlarmDesk(alarms, heard.extend)
    second.watch([watched(None)], NOON)
    second.watch([watched(status(Mode.FREE))], NOON)
    assert heard == [], "it is the same alarm, and still true"
    second.watch([watched(status())], NOON)
    assert [alarm.cleared_at is not None for alarm in heard] == [True]


def test_a_fault_that_a_device_only_noted_is_told_once_ever(alarms: Alarms) -> None:
    noted = watched(status(noted=("2026-11-22 08:00:00 UTC: Fault: red lamp, none",)))
    for _ in range(2):
        desk = AlarmDesk(alarms, lambda _: None)
        desk.watch([noted], NOON)
        desk.watch([noted], NOON)
    (alarm,) = alarms.open()
    assert (alarm.seen.kind, alarm.times, alarm.cleared_at) == ("fault", 1, NOON)
    AlarmDesk(alarms, lambda _: None).acknowledge(alarm.id, by="otto", reason="replaced")
    AlarmDesk(alarms, lambda _: None).watch([noted], NOON)
    assert alarms.open() == ()


def test_what_was_true_of_a_device_that_is_gone_from_the_list_is_over(alarms: Alarms) -> None:
    desk = AlarmDesk(alarms, lambda _: None)
    desk.watch([watched(status(Mode.DARK))], NOON)
    desk.watch([], NOON)
    assert _kinds(alarms) == [("dark", False)]


def test_long_true_alarms_are_noted_as_true_once_a_minute(alarms: Alarms) -> None:
    desk = AlarmDesk(alarms, lambda _: None)
    for minute in (0, 1, 2):
        at = NOON + timedelta(seconds=61 * minute)
        desk.watch([watched(status(Mode.DARK, at))], at)
    (alarm,) = alarms.open()
    assert (alarm.first_at, alarm.last_at, alarm.times) == (NOON, at, 1)
