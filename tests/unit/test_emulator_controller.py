"""An emulated controller by hand: starting, commands, schedule, memory, power, clock, detectors."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from emulator_in_hand import JUNCTION, PLAN, RUNNING_S, controller_of, stage
from emulator_lives import Q

from signalctl.controllers.device.device import DayPlanEntry, Mode, ScheduleEntry
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.events import Code, csv_of
from signalctl.controllers.device.emulator.settings import (
    Control,
    Correction,
    Detector,
    DeviceStage,
    FlashCause,
    FreeReason,
    Settings,
    Unusable,
)
from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import InputError, Refused
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, StageSequence, TimingPlan
from signalctl.rules.registry import profile

ALWAYS = ScheduleEntry(
    months=frozenset(range(1, 13)),
    weekdays=frozenset(range(7)),
    days=frozenset(range(1, 32)),
    day_plan=1,
)


def _until(controller: Controller, now: int, most_s: int = 600) -> int:
    """Step until its plan is in step; the next second."""
    for second in range(now, now + most_s):
        controller.step(second)
        state = controller.state
        if state.mode is Mode.COORDINATED and not state.in_transition:
            return second + 1
    raise AssertionError(controller.state)


def test_power_on_boots_flashes_shows_red_and_runs_free() -> None:
    controller = controller_of(Settings(boot_s=2, flash_s=10, all_red_s=6))
    seen = [set(controller.step(now).values()) for now in range(100, 130)]
    assert seen[:2] == [{Aspect.OFF}] * 2
    assert seen[2:12] == [{Aspect.FLASHING}] * 10
    assert seen[12:18] == [{Aspect.RED}] * 6
    assert Aspect.PROTECTED in seen[18]
    assert controller.state.mode is Mode.FREE
    assert controller.state.free_reason is FreeReason.NO_PLAN


def test_a_second_is_lived_once_and_gaps_are_made_up_for() -> None:
    by_one, at_once = controller_of(), controller_of()
    for now in range(200):
        by_one.step(now)
    at_once.step(0)
    assert at_once.step(199) == by_one.lamps
    with pytest.raises(InputError):
        at_once.step(199)


def test_a_commanded_slot_runs_in_step_with_the_clock_and_is_given_back() -> None:
    controller = controller_of()
    controller.command_slot(1)
    now = _until(controller, 0)
    program = timed(PLAN, JUNCTION)
    for second in range(now, now + 200):
        shown = controller.step(second)
        assert shown == {g: program.aspect(g, second) for g in JUNCTION.group_ids}
    state = controller.state
    assert (state.slot, state.commanded_slot, state.control) == (1, 1, Control.CENTRAL)
    assert state.cycle_second == (now + 199 - 37) % 90
    assert state.stage in ("a", "b", "c", "d")
    controller.command_slot(None)
    controller.step(now + 230)
    assert controller.state.mode is Mode.FREE
    assert controller.state.control is Control.SCHEDULE


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (None, FreeReason.UNKNOWN_SLOT),
        (Unusable(reason=FreeReason.BAD_PLAN, sentence="Half."), FreeReason.BAD_PLAN),
        (replace(PLAN, cycle_s=700), FreeReason.BAD_CYCLE),
        (replace(PLAN, cycle_s=91), FreeReason.SPLIT_OVERRUN),
        (replace(PLAN, offset=Offset(seconds=90)), FreeReason.BAD_OFFSET),
        (
            replace(PLAN, cycle_s=20, offset=Offset(seconds=0),
                form=StageSequence(stages=(stage("a", 10, "N"), stage("b", 10, "E")))),
            FreeReason.SPLIT_OVERRUN,
        ),
        (
            replace(PLAN, form=StageSequence(
                stages=(stage("a", 45, "N", "E"), stage("b", 45, "Nl", "Sl")))),
            FreeReason.BAD_PLAN,
        ),
        (
            replace(PLAN, form=StageSequence(
                stages=(stage("a", 45, "X"), stage("b", 45, "Nl", "Sl")))),
            FreeReason.BAD_PLAN,
        ),
    ],
)  # fmt: skip
def test_what_is_no_good_plan_runs_free_and_says_why(
    plan: TimingPlan | Unusable | None, reason: FreeReason
) -> None:
    controller = controller_of()
    if plan is not None:
        controller.memory.write_slot(2, plan)
    controller.command_slot(2)
    controller.step(0)
    controller.step(RUNNING_S)
    state = controller.state
    assert (state.mode, state.slot, state.free_reason) == (Mode.FREE, None, reason)
    assert state.why.endswith(".")
    controller.command_slot(1)
    controller.step(120)
    assert (controller.state.slot, controller.state.free_reason) == (1, FreeReason.NOT_FREE)


def test_a_bad_plan_in_the_running_slot_goes_free_without_a_jolt() -> None:
    controller = controller_of()
    controller.command_slot(1)
    now = _until(controller, 0)
    controller.memory.write_slot(1, replace(PLAN, cycle_s=91))
    controller.step(now + 10)
    assert controller.state.free_reason is FreeReason.SPLIT_OVERRUN


@pytest.mark.parametrize("correction", list(Correction))
def test_another_offset_is_reached_in_few_cycles_and_each_stays_within_its_limits(
    correction: Correction,
) -> None:
    controller = controller_of(Settings(correction=correction, most_add=0.25, most_subtract=0.2))
    controller.command_slot(1)
    now = _until(controller, 0) + 100
    controller.step(now)
    controller.memory.write_slot(1, replace(PLAN, offset=Offset(seconds=(37 + 70) % 90)))
    controller.command_slot(1)
    zeros = []
    for second in range(now + 1, now + 700):
        before = controller.state.cycle_second
        controller.step(second)
        after = controller.state.cycle_second
        assert before is not None
        assert after is not None
        if after < before:
            zeros.append(second)
    cycles = [b - a for a, b in pairwise(zeros)]
    assert all(90 - 18 <= cycle_s <= 90 + 23 for cycle_s in cycles)
    assert cycles[-1] == 90
    assert not controller.state.in_transition
    assert any(cycle_s < 90 for cycle_s in cycles) == (correction is Correction.SHORTWAY)


def test_fixed_mode_runs_the_plan_without_the_clock() -> None:
    controller = controller_of()
    controller.command_slot(1)
    controller.command_mode(Mode.FIXED)
    controller.step(0)
    controller.step(200)
    before = controller.state.cycle_second
    controller.set_clock(5_000)
    controller.step(290)
    assert controller.state.mode is Mode.FIXED
    assert controller.state.cycle_second == before
    assert not controller.state.in_transition


def test_commanded_flash_goes_by_red_and_returns_by_red() -> None:
    controller = controller_of()
    controller.step(0)
    controller.step(RUNNING_S)
    controller.command_mode(Mode.FLASH)
    seen = [frozenset(controller.step(now).values()) for now in range(41, 80)]
    flashing = seen.index(frozenset({Aspect.FLASHING}))
    assert seen[flashing - 1] == {Aspect.RED}
    assert controller.state.flash_cause is FlashCause.COMMANDED
    controller.command_mode(None)
    after = [frozenset(controller.step(now).values()) for now in range(80, 90)]
    assert after[:5] == [frozenset({Aspect.RED})] * 5
    with pytest.raises(Refused):
        controller.command_mode(Mode.ADAPTIVE)


def test_a_fault_flashes_at_once_and_the_cabinet_outranks_the_centre() -> None:
    controller = controller_of()
    controller.step(0)
    controller.step(RUNNING_S)
    controller.raise_fault("green-conflict", "N and E were both green.", flash=True)
    assert set(controller.step(41).values()) == {Aspect.FLASHING}
    assert controller.state.flash_cause is FlashCause.FAULT
    assert controller.faults == {"green-conflict": "N and E were both green."}
    controller.clear_fault("green-conflict")
    controller.set_manual(Mode.ALL_RED)
    controller.command_slot(1)
    controller.step(100)
    assert (controller.state.mode, controller.state.control) == (Mode.ALL_RED, Control.MANUAL)


def test_a_commanded_stage_is_held_and_preemption_outranks_it() -> None:
    stages = (DeviceStage(id="7", greens=FrozenMap({"N": GreenKind.PROTECTED, "Sl": Q})),)
    controller = controller_of(Settings(stages=stages, preempt_greens=frozenset({"E"})))
    controller.command_stage("7")
    controller.step(0)
    controller.step(300)
    assert controller.state.mode is Mode.MANUAL
    assert controller.state.stage == "7"
    assert controller.state.greens == {"N", "Sl"}
    controller.preempt(True)
    controller.step(330)
    assert controller.state.mode.value == "preempted"
    assert controller.state.greens == {"E"}
    controller.preempt(False)
    controller.step(360)
    assert controller.state.greens == {"N", "Sl"}
    with pytest.raises(Refused):
        controller.command_stage("8")


def test_the_schedule_chooses_by_local_time_and_a_silent_centre_loses_control() -> None:
    controller = controller_of(Settings(utc_offset_s=3600))
    controller.set_backup(60)
    controller.memory.write_slot(2, replace(PLAN, name="night"))
    controller.memory.write_day_plan(
        1, (DayPlanEntry(minute=60, slot=2), DayPlanEntry(minute=65, slot=None))
    )
    controller.memory.write_schedule((ALWAYS,))
    controller.step(0)
    controller.step(RUNNING_S)
    assert (controller.state.slot, controller.state.day_plan) == (2, 1)
    controller.command_slot(1)
    for now in range(41, 200, 30):
        controller.step(now)
        controller.refresh()
    assert (controller.state.slot, controller.state.control) == (1, Control.CENTRAL)
    controller.step(280)
    assert (controller.state.slot, controller.state.control) == (2, Control.BACKUP)
    controller.step(345)
    assert controller.state.free_reason is FreeReason.NO_PLAN


def test_free_running_serves_who_calls_and_rests_where_nobody_does() -> None:
    detectors = tuple(Detector(number=n, group=g) for n, g in enumerate(JUNCTION.group_ids, 1))
    controller = controller_of(Settings(detectors=detectors, free_max_green_s=25))
    controller.step(0)
    controller.step(200)
    rests = controller.state.greens
    controller.step(400)
    assert controller.state.greens == rests
    controller.detect(8, True, vehicles=1)
    controller.step(401)
    controller.detect(8, False)
    assert controller.state.calls == {"Wl"}
    controller.step(420)
    assert controller.state.calls == frozenset()
    assert "Wl" in controller.state.greens
    controller.detect(1, True)
    served = {g for now in range(421, 470) for g, a in controller.step(now).items() if a == "G"}
    assert "N" in served
    assert {e.code for e in controller.log.since()} >= {Code.DETECTOR_ON, Code.DETECTOR_OFF}
    with pytest.raises(InputError):
        controller.detect(99, True)


def test_detectors_count_volume_and_occupancy_of_whole_periods() -> None:
    controller = controller_of(
        Settings(detectors=(Detector(number=4, group="N"),), data_period_s=10, boot_s=0)
    )
    controller.step(0)
    for now in range(1, 10):
        controller.detect(4, now < 4, vehicles=1)
        controller.step(now)
    seen = controller.detectors.all()[0]
    assert (seen.volume, seen.occupied_s, controller.detectors.sequence) == (9, 9, 1)


def test_the_event_log_is_a_table_that_signal_performance_tools_read() -> None:
    controller = controller_of(Settings(device_id="217", numbers=FrozenMap({"N": 2})))
    controller.command_slot(1)
    now = _until(controller, 86_400)
    controller.step(now + 90)
    events = controller.log.since()
    assert [e.number for e in events] == list(range(1, len(events) + 1))
    lines = csv_of(events, "217").splitlines()
    assert lines[0] == "TimeStamp,DeviceId,EventId,Parameter"
    assert lines[1] == "1970-01-02 00:00:00.0,217,184,1"
    assert len(lines) == len(events) + 1
    greens = [e.at_s for e in events if (e.code, e.parameter) == (Code.GREEN_BEGINS, 2)]
    ends = [e.at_s for e in events if (e.code, e.parameter) == (Code.YELLOW_BEGINS, 2)]
    assert len(greens) >= 2
    assert len(ends) >= 2
    assert {131, 132, 133, 150, 173} <= {int(e.code) for e in events}
    assert events[-1].as_event().text
    with pytest.raises(ValueError, match="table"):
        csv_of(events, "a,b")


def test_settings_that_fit_no_junction_are_refused() -> None:
    both = DeviceStage(
        id="1", greens=FrozenMap({"N": GreenKind.PROTECTED, "E": GreenKind.PROTECTED})
    )
    for wrong in (
        Settings(stages=(both,)),
        Settings(detectors=(Detector(number=1, group="X"),)),
        Settings(preempt_greens=frozenset({"N", "E"})),
        Settings(detectors=(Detector(number=1, group="N"), Detector(number=1, group="S"))),
    ):
        with pytest.raises(InputError):
            Controller(JUNCTION, profile("gb"), wrong)
    with pytest.raises(InputError):
        Settings(most_add=0.0)
    with pytest.raises(InputError):
        Settings(all_red_s=0)
