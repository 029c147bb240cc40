"""Corners of operation: midnight, plans that cannot be entered, changes at a safe point."""

from __future__ import annotations

from dataclasses import replace

from four_arms import crossroads

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.admission import admit
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.free_runner import derived_stages
from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan
from signalctl.controllers.device.emulator.plan_runner import PATIENCE_S, PlanRunner
from signalctl.controllers.device.emulator.settings import (
    Correction,
    DeviceStage,
    FreeReason,
    Settings,
)
from signalctl.domain.aspect import AMBERS, GREENS, GreenKind
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import IntergreenMatrix, Junction
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.rules.guard import Guard
from signalctl.rules.registry import profile

JUNCTION = crossroads(walk=True)
MIDNIGHT_S = 86_400


def _plan(*stages: tuple[int, str], offset_s: int = 0) -> TimingPlan:
    form = StageSequence(
        stages=tuple(
            Stage(
                id=names,
                split_s=split_s,
                greens=FrozenMap(dict.fromkeys(names.split(), GreenKind.PROTECTED)),
            )
            for split_s, names in stages
        )
    )
    cycle_s = sum(split_s for split_s, _ in stages)
    return TimingPlan(
        junction_id="J", name="p", cycle_s=cycle_s, offset=Offset(seconds=offset_s), form=form
    )


PLAN = _plan((30, "N S"), (20, "Nl Sl"), (35, "E W Nw"), (22, "El Wl"), offset_s=11)


def _running(plan: TimingPlan, start: int, junction: Junction = JUNCTION) -> tuple[Controller, int]:
    controller = Controller(junction, profile("gb"), Settings(boot_s=0, flash_s=2))
    controller.memory.write_slot(1, plan)
    controller.command_slot(1)
    controller.step(start)
    for now in range(start + 1, start + 900):
        controller.step(now)
        if controller.state.mode is Mode.COORDINATED and not controller.state.in_transition:
            return controller, now
    raise AssertionError(controller.state)


def test_at_local_midnight_offsets_count_anew_and_the_plan_follows() -> None:
    controller, _ = _running(PLAN, MIDNIGHT_S - 950)
    controller.step(MIDNIGHT_S - 1)
    turns = [controller.state.in_transition]
    controller.step(MIDNIGHT_S)
    turns.append(controller.state.in_transition)
    assert turns == [False, True]
    controller.step(MIDNIGHT_S + 600)
    program = timed(PLAN, JUNCTION)
    for second in range(601, 800):
        shown = controller.step(MIDNIGHT_S + second)
        assert shown == {g: program.aspect(g, second) for g in program.group_ids}


def test_another_plan_is_entered_at_a_safe_point_by_the_stage_that_is_green() -> None:
    controller, now = _running(PLAN, 0)
    controller.memory.write_slot(
        2, _plan((25, "E W Nw"), (25, "El Wl"), (25, "N S"), (25, "Nl Sl"))
    )
    while not any(aspect in AMBERS for aspect in controller.lamps.values()):
        now += 1
        controller.step(now)
    controller.command_slot(2)
    changing = controller.state.stage_in_transition
    while changing:
        assert controller.state.slot == 1
        now += 1
        controller.step(now)
        changing = controller.state.slot == 1
        assert now < 900
    greens = controller.state.greens
    assert greens
    controller.step(now + 3)
    assert controller.state.greens == greens


def test_an_entry_waits_for_walkers_whom_the_new_plan_does_not_know() -> None:
    """The walk ends with the change of plan, and the next stage would come before it is clear."""
    rules = profile("as-surveyed")
    walks, now = _plan((30, "N S"), (35, "E W Nw")), 0
    hasty = _plan((10, "E W"), (20, "El Wl"), (30, "N S"))
    before, after = (admit(p, 1, JUNCTION, rules, Settings()) for p in (walks, hasty))
    assert isinstance(before, LoadedPlan)
    assert isinstance(after, LoadedPlan)
    red = FrozenMap({group.id: group.rest for group in JUNCTION.groups})
    guard, runner = Guard(JUNCTION, rules), PlanRunner(before, Correction.SHORTWAY, red, 0)
    shown = red
    while not (shown["Nw"] in GREENS and runner.resting and now > 100):
        shown = runner.step(guard, now)
        now += 1
    runner = PlanRunner(after, Correction.SHORTWAY, shown, now)
    for later in range(now, now + 100):
        shown = runner.step(guard, later)
        assert runner.entering or not runner.held_back
    assert not runner.entering


def test_a_plan_that_the_guard_will_not_let_in_is_given_up_and_the_reason_told() -> None:
    hard = JUNCTION.intergreens.seconds
    known = {pair: s for pair, s in hard.items() if pair[0] != "N"}
    junction = replace(JUNCTION, intergreens=IntergreenMatrix.of(known))
    north = DeviceStage(id="1", greens=FrozenMap({"N": GreenKind.PROTECTED}))
    controller = Controller(
        junction, profile("as-surveyed"), Settings(boot_s=0, flash_s=2, stages=(north,))
    )
    controller.memory.write_slot(1, _plan((30, "E W"), (30, "El Wl")))
    controller.step(0)
    controller.step(60)
    assert controller.state.greens == {"N"}
    controller.command_slot(1)
    controller.step(90)
    assert controller.state.in_transition
    controller.step(100 + PATIENCE_S)
    assert controller.state.free_reason is FreeReason.FAILED
    controller.restart()
    controller.command_slot(1)
    controller.step(101 + PATIENCE_S)
    controller.step(200 + PATIENCE_S)
    assert controller.state.slot == 1


def test_derived_stages_serve_everybody_and_nobody_gives_way() -> None:
    stages = derived_stages(JUNCTION)
    assert {group for stage in stages for group in stage.greens} == set(JUNCTION.group_ids)
    for stage in stages:
        for a in stage.greens:
            assert not JUNCTION.conflicts.foes(a) & set(stage.greens)
            assert stage.greens[a] is GreenKind.PROTECTED


def test_without_detectors_free_operation_serves_everybody_in_turn() -> None:
    controller = Controller(JUNCTION, profile("gb"), Settings(boot_s=0, flash_s=0))
    served: dict[str, int] = {}
    for now in range(300):
        for group, aspect in controller.step(now).items():
            served[group] = served.get(group, 0) + (aspect in GREENS)
    assert min(served.values()) >= 20
