"""Transitions by themselves: the guard has nothing to mend in them."""

from __future__ import annotations

from dataclasses import replace

from emulator_lives import crossroads_plans
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from timings import staged

from signalctl.controllers.device.emulator.admission import admit
from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan
from signalctl.controllers.device.emulator.plan_runner import PlanRunner
from signalctl.controllers.device.emulator.settings import Correction, Settings
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.rules.guard import Guard
from signalctl.rules.registry import PROFILES, Profile

LAWS = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
plans = st.one_of(
    crossroads_plans(), crossroads_plans(), staged(red_amber_s=1).map(lambda case: case[:2])
)


def _ready(
    plan: TimingPlan, junction: Junction, profile: Profile, correction: Correction, cut: float
) -> LoadedPlan:
    chosen = Settings(correction=correction, most_add=0.4, most_subtract=cut)
    loaded = admit(plan, 1, junction, profile, chosen)
    assume(isinstance(loaded, LoadedPlan))
    assert isinstance(loaded, LoadedPlan)
    return loaded


@LAWS
@given(
    plans,
    st.sampled_from(PROFILES),
    st.sampled_from([Correction.SHORTWAY, Correction.SHORTWAY, *Correction]),
    st.sampled_from([0.2, 0.9]),
    st.data(),
)
def test_no_stretch_and_no_cut_gives_the_guard_anything_to_withhold(
    case: tuple[Junction, TimingPlan],
    profile: Profile,
    correction: Correction,
    cut: float,
    data: st.DataObject,
) -> None:
    """Minimum greens, intergreens and walks are kept by the plan runner's own arithmetic."""
    junction, plan = case
    loaded = _ready(plan, junction, profile, correction, cut)
    red = FrozenMap({group.id: group.rest for group in junction.groups})
    guard, runner, now = Guard(junction, profile), PlanRunner(loaded, correction, red, 0), 0
    while runner.entering:
        assert now < 200
        runner.step(guard, now)
        now += 1
    for _ in range(4):
        offset = Offset(seconds=data.draw(st.integers(0, plan.cycle_s - 1)))
        moved = replace(plan, offset=offset)
        assert runner.retime(_ready(moved, junction, profile, correction, cut))
        until = now + data.draw(st.integers(1, 4 * plan.cycle_s))
        while now < until:
            before = runner.second
            shown = runner.step(guard, now)
            assert not runner.held_back
            assert shown == runner.loaded.states[runner.second]
            if any(rest.length_s < plan.cycle_s for rest in runner.loaded.rests):
                jump_s = (runner.second - before) % plan.cycle_s
                assert jump_s <= 1 + max(rest.cut_s for rest in runner.loaded.rests)
            now += 1


@LAWS
@given(crossroads_plans(), crossroads_plans(), st.sampled_from(PROFILES), st.integers(0, 300))
def test_after_an_entry_from_any_lamps_the_guard_withholds_nothing(
    first: tuple[Junction, TimingPlan],
    second: tuple[Junction, TimingPlan],
    profile: Profile,
    lived_s: int,
) -> None:
    """From one plan into another at a safe point: once in, the program is shown as it stands."""
    junction, plan = first
    before = _ready(plan, junction, profile, Correction.SHORTWAY, 0.2)
    after = _ready(second[1], junction, profile, Correction.SHORTWAY, 0.2)
    red = FrozenMap({group.id: group.rest for group in junction.groups})
    guard, runner = Guard(junction, profile), PlanRunner(before, Correction.SHORTWAY, red, 0)
    shown, now = red, 0
    while now < lived_s or not runner.resting:
        shown = runner.step(guard, now)
        now += 1
    runner = PlanRunner(after, Correction.SHORTWAY, shown, now)
    for later in range(now, now + 600):
        entering = runner.entering
        runner.step(guard, later)
        assert entering or not runner.held_back
    assert not runner.entering
