"""What runs at a junction: from what is wanted to what the lamps show, in safe steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.detectors import Detectors
from signalctl.controllers.device.emulator.free_runner import FreeRunner, StageRunner
from signalctl.controllers.device.emulator.lamp_driver import LampDriver
from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan
from signalctl.controllers.device.emulator.plan_runner import PlanRunner
from signalctl.controllers.device.emulator.settings import DeviceStage, FreeReason, Settings
from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.rules.guard import Guard
from signalctl.rules.registry import Profile

NOBODY: Final[FrozenMap[str, GreenKind]] = FrozenMap()
UNGUARDED: Final = frozenset({Mode.DARK, Mode.FLASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is wanted in one second.

    `plan` and `slot` for COORDINATED and FIXED; `greens` (and `stage`) for MANUAL,
    PREEMPTED and ALL_RED; `reason` and `why` for FREE. `at_once`: do not go to red
    before flashing or going dark.
    """

    mode: Mode
    plan: LoadedPlan | None = None
    slot: int | None = None
    greens: FrozenMap[str, GreenKind] = field(default_factory=FrozenMap)
    stage: str | None = None
    reason: FreeReason = FreeReason.NOT_FREE
    why: str = ""
    at_once: bool = False


class Operation:
    """One junction in operation: its lamps and the runner that asks for them."""

    def __init__(
        self,
        junction: Junction,
        profile: Profile,
        settings: Settings,
        stages: tuple[DeviceStage, ...],
    ) -> None:
        self._junction: Final = junction
        self._profile: Final = profile
        self._settings: Final = settings
        self._stages: Final = stages
        self.driver: Final = LampDriver(junction, profile, settings.all_red_s)
        self.runner: PlanRunner | FreeRunner | StageRunner | None = None
        self.goal = Goal(mode=Mode.DARK)
        """What the lamps follow now: the goal last asked for, or one it still has to leave."""
        self._failed: LoadedPlan | None = None

    def stop(self) -> None:
        """Dark at once, everything forgotten."""
        self.driver.dark()
        self.runner, self.goal, self._failed = None, Goal(mode=Mode.DARK), None

    def step(self, goal: Goal, second: int, system_s: int, detectors: Detectors) -> None:
        """Live one second towards a goal."""
        goal = self._possible(goal)
        guard = self.driver.guard
        if goal.mode in UNGUARDED:
            self._unguarded(goal, guard)
            return
        if guard is None:
            self.goal = Goal(mode=Mode.ALL_RED)
            self.driver.clear()
            return
        if goal.mode in (Mode.COORDINATED, Mode.FIXED) and goal.plan is not None:
            self._towards_plan(goal, goal.plan, system_s)
        elif goal.mode is Mode.FREE:
            self._towards_free(goal)
        else:
            self._towards_stage(goal)
        runner = self.runner
        if isinstance(runner, PlanRunner):
            tied = self.goal.mode is Mode.COORDINATED
            self.driver.lamps = runner.step(guard, system_s if tied else None)
            if runner.failed:
                self._failed = runner.loaded
        elif isinstance(runner, FreeRunner):
            self.driver.lamps = runner.step(guard, second, detectors)
        elif runner is not None:
            self.driver.lamps = runner.step(guard)

    def _possible(self, goal: Goal) -> Goal:
        """The goal, or free for a plan that would not be let in."""
        if goal.plan is None:
            return goal
        if goal.plan is not self._failed:
            return goal
        return Goal(
            mode=Mode.FREE,
            reason=FreeReason.FAILED,
            why="The guard would not let the plan in from what the lamps showed.",
        )

    def _unguarded(self, goal: Goal, guard: Guard | None) -> None:
        if guard is not None and not goal.at_once:
            self._towards_stage(Goal(mode=Mode.ALL_RED))
            runner = self.runner
            if isinstance(runner, StageRunner) and not runner.reached_s:
                self.driver.lamps = runner.step(guard)
                return
        self.goal, self.runner = goal, None
        if goal.mode is Mode.DARK:
            self.driver.dark()
        else:
            self.driver.flash()

    def _towards_plan(self, goal: Goal, plan: LoadedPlan, system_s: int) -> None:
        runner = self.runner
        if isinstance(runner, PlanRunner):
            if runner.loaded is plan or runner.retime(plan):
                self.goal = goal
                return
            if not runner.resting:
                return
        self.goal = goal
        self.runner = PlanRunner(plan, self._settings.correction, self.driver.lamps, system_s)

    def _towards_free(self, goal: Goal) -> None:
        runner = self.runner
        if isinstance(runner, PlanRunner) and not runner.resting:
            return
        self.goal = goal
        if not isinstance(runner, FreeRunner):
            self.runner = FreeRunner(
                self._stages, self._junction, self._profile, self._settings, self.driver.lamps
            )

    def _towards_stage(self, goal: Goal) -> None:
        if not isinstance(self.runner, StageRunner) or self.runner.greens != frozenset(goal.greens):
            self.runner = StageRunner(goal.greens, self._junction)
        self.goal = goal
