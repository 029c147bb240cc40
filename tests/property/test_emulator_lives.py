"""Whatever is done to an emulated controller, its lamps keep the rules; and it finds its offset."""

from __future__ import annotations

from dataclasses import replace

from emulator_lives import Command, breaches, crossroads_plans, live, lives
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from timings import ring_barriers, staged

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.admission import admit
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan
from signalctl.controllers.device.emulator.plan_runner import most_cycles
from signalctl.controllers.device.emulator.settings import Correction, Detector, Settings
from signalctl.domain.expand import timed
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.rules.registry import PROFILES, Profile

LAWS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
plans = st.one_of(
    crossroads_plans(), crossroads_plans(), staged(red_amber_s=1).map(lambda case: case[:2])
)
profiles = st.sampled_from(PROFILES)
corrections = st.sampled_from(list(Correction))


@LAWS
@given(plans, profiles, corrections, lives, st.booleans(), st.integers(0, 90_000))
def test_no_life_whatever_breaks_a_rule(
    case: tuple[Junction, TimingPlan],
    profile: Profile,
    correction: Correction,
    life: list[tuple[Command, int]],
    detects: bool,
    start: int,
) -> None:
    junction, plan = case
    detectors = [Detector(number=n, group=g) for n, g in enumerate(junction.group_ids, start=1)]
    controller = Controller(
        junction,
        profile,
        Settings(
            correction=correction,
            detectors=tuple(detectors) if detects else (),
            stages=(),
            boot_s=1,
            flash_s=2,
            drift_ppm=2000.0,
        ),
    )
    controller.memory.write_slot(1, plan)
    controller.memory.write_slot(2, replace(plan, offset=Offset(seconds=plan.cycle_s // 2)))
    controller.memory.write_slot(3, replace(plan, cycle_s=plan.cycle_s + 1))
    shown = live(controller, life, plan, start)
    assert breaches(shown, junction, profile) == []


@LAWS
@given(
    st.one_of(plans, plans, plans, ring_barriers()),
    profiles,
    corrections,
    st.integers(0, 10_000),
    st.integers(0, 40_000),
    st.integers(0, 100),
)
def test_a_plan_is_in_step_with_the_clock_within_the_stated_cycles(
    case: tuple[Junction, TimingPlan],
    profile: Profile,
    correction: Correction,
    offset_s: int,
    start: int,
    before_s: int,
) -> None:
    junction, plan = case
    plan = replace(plan, offset=Offset(seconds=offset_s % plan.cycle_s))
    chosen = Settings(correction=correction, boot_s=1, flash_s=2)
    loaded = admit(plan, 1, junction, profile, chosen)
    assume(isinstance(loaded, LoadedPlan))
    assert isinstance(loaded, LoadedPlan)
    controller = Controller(junction, profile, chosen)
    controller.memory.write_slot(1, plan)
    for now in range(start, start + before_s):
        controller.step(now)
    controller.command_slot(1)
    now = start + before_s
    while controller.state.mode is not Mode.COORDINATED or controller.state.stage_in_transition:
        assert now - start - before_s < 400, controller.state
        controller.step(now)
        now += 1
    longest_s = round(plan.cycle_s * (1 + chosen.most_add)) + 1
    in_step_s = now + most_cycles(loaded) * longest_s
    controller.step(in_step_s)
    program = timed(plan, junction)
    assert not controller.state.in_transition, controller.state
    for now in range(in_step_s + 1, in_step_s + 1 + 2 * plan.cycle_s):
        shown = controller.step(now)
        assert shown == {g: program.aspect(g, now) for g in program.group_ids}
        assert not controller.state.in_transition
        assert controller.state.slot == 1


@LAWS
@given(plans, profiles, corrections, st.data())
def test_in_step_means_the_plans_own_lamps(
    case: tuple[Junction, TimingPlan],
    profile: Profile,
    correction: Correction,
    data: st.DataObject,
) -> None:
    """Through any change of offset: whenever it says it is in step, it shows the plan."""
    junction, plan = case
    chosen = Settings(correction=correction, boot_s=1, flash_s=2)
    assume(isinstance(admit(plan, 1, junction, profile, chosen), LoadedPlan))
    controller = Controller(junction, profile, chosen)
    begin = 0
    for _ in range(3):
        offset = Offset(seconds=data.draw(st.integers(0, plan.cycle_s - 1)))
        controller.memory.write_slot(1, replace(plan, offset=offset))
        controller.command_slot(1)
        program = timed(replace(plan, offset=offset), junction)
        end = begin + data.draw(st.integers(1, 5 * plan.cycle_s))
        for now in range(begin, end):
            shown = controller.step(now)
            state = controller.state
            if state.mode is Mode.COORDINATED and not state.in_transition:
                assert shown == {g: program.aspect(g, now) for g in program.group_ids}
        begin = end
