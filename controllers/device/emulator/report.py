"""What a controller says it does."""

from __future__ import annotations

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.choice import Choice
from signalctl.controllers.device.emulator.free_runner import FreeRunner, StageRunner
from signalctl.controllers.device.emulator.operation import Operation
from signalctl.controllers.device.emulator.plan_runner import PlanRunner
from signalctl.controllers.device.emulator.settings import FlashCause, State
from signalctl.domain.aspect import GREENS


def state_of(
    operation: Operation, choice: Choice, commanded_slot: int | None, cause: FlashCause | None
) -> State:
    """The state of an operation in the second it last lived."""
    goal, runner = operation.goal, operation.runner
    cycle_s = cycle_second = remaining_s = None
    stage, moving, in_transition = goal.stage, False, False
    if isinstance(runner, PlanRunner):
        loaded = runner.loaded
        cycle_s, cycle_second = loaded.cycle_s, runner.second
        remaining_s = loaded.remaining_s(runner.second)
        in_transition = not runner.in_step()
        moving = not runner.resting or runner.entering
        if loaded.stage_at is not None:
            stage = loaded.stage_at[runner.second]
    elif isinstance(runner, FreeRunner):
        stage, moving = runner.stage, runner.moving
    elif isinstance(runner, StageRunner):
        moving = not runner.reached_s
    return State(
        mode=goal.mode,
        control=choice.control,
        slot=goal.slot,
        commanded_slot=commanded_slot,
        scheduled_slot=choice.due.slot,
        day_plan=choice.due.day_plan,
        free_reason=goal.reason,
        why=goal.why,
        in_transition=in_transition,
        cycle_s=cycle_s,
        cycle_second=cycle_second,
        remaining_s=remaining_s,
        stage=stage,
        stage_in_transition=moving,
        greens=frozenset(g for g, aspect in operation.driver.lamps.items() if aspect in GREENS),
        calls=runner.calls if isinstance(runner, FreeRunner) else frozenset(),
        flash_cause=cause if goal.mode is Mode.FLASH else None,
    )
