"""Runs without a plan: stage after stage, called and extended by detectors.

Without detectors every stage has its turn for a fixed green. The controller's own
stages are configured, or derived here so that nobody in one gives way to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from signalctl.controllers.device.emulator.detectors import Detectors
from signalctl.controllers.device.emulator.settings import DeviceStage, Settings
from signalctl.domain.aspect import GREEN_ASPECT, GREENS, Aspect, GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, GroupKind, Junction
from signalctl.rules.guard import Guard
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import min_green_s

PATIENCE_S: Final = 300
"""Seconds after which a stage that the guard will not let in is passed over."""


def derived_stages(junction: Junction) -> tuple[DeviceStage, ...]:
    """Stages that serve every group, everybody protected, nobody in conflict.

    Each one begins with the first group not yet served and takes along whoever
    goes with all before, groups not yet served first.
    """
    groups = [g.id for g in junction.groups if g.kind is not GroupKind.UNUSED]
    unserved = list(groups)
    stages: list[DeviceStage] = []
    while unserved:
        chosen: list[str] = []
        for group in (*unserved, *groups):
            apart = junction.conflicts.between
            if group not in chosen and all(apart(group, o) is Conflict.NONE for o in chosen):
                chosen.append(group)
        unserved = [group for group in unserved if group not in chosen]
        greens = FrozenMap({group: GreenKind.PROTECTED for group in groups if group in chosen})
        stages.append(DeviceStage(id=str(len(stages) + 1), greens=greens))
    return tuple(stages)


def check_stages(stages: Iterable[DeviceStage], junction: Junction) -> None:
    """Raises InputError for a stage with an unknown group or with greens in hard conflict."""
    for stage in stages:
        for group in stage.greens:
            junction.group(group)
            for other in stage.greens:
                if junction.conflicts.between(group, other) is Conflict.HARD:
                    raise InputError(
                        f"Stage {stage.id} gives {group} and {other} green together.",
                        where=f"junction {junction.id}",
                        remedy="Take one of the two out of the stage.",
                    )


class StageRunner:
    """Goes to one stage and stays there: manual stages, preemption, all red."""

    def __init__(self, greens: FrozenMap[str, GreenKind], junction: Junction) -> None:
        """A stage with these greens; everybody else shows what they show without right of way."""
        self.wish: Final = FrozenMap(
            {
                group.id: GREEN_ASPECT[greens[group.id]] if group.id in greens else group.rest
                for group in junction.groups
            }
        )
        self.greens: Final = frozenset(greens)
        self.reached_s = 0
        """Seconds for which the stage has been shown as it is."""
        self.asked_s = 0

    def step(self, guard: Guard) -> FrozenMap[str, Aspect]:
        """Ask for the stage for one second."""
        shown = guard.step(self.wish).aspects
        self.asked_s += 1
        reached = shown is self.wish or shown == self.wish
        self.reached_s = self.reached_s + 1 if reached else 0
        return shown


class FreeRunner:
    """Stages in turn, as detectors ask."""

    def __init__(
        self,
        stages: tuple[DeviceStage, ...],
        junction: Junction,
        profile: Profile,
        settings: Settings,
        lamps: FrozenMap[str, Aspect],
    ) -> None:
        """Begins with the stage that is most like the lamps."""
        self._stages: Final = stages
        self._junction: Final = junction
        self._settings: Final = settings
        self._least_s: Final = tuple(
            max([min_green_s(junction.group(g), profile.limits) for g in stage.greens] or [1])
            for stage in stages
        )
        green = {group for group, aspect in lamps.items() if aspect in GREENS}
        self._at = max(
            range(len(stages)), key=lambda n: (len(green & set(stages[n].greens)), -n), default=0
        )
        self._calls: set[str] = set()
        self._runner = self._go()

    @property
    def stage(self) -> str | None:
        """Id of the stage it is in or goes to."""
        return self._stages[self._at].id if self._stages else None

    @property
    def moving(self) -> bool:
        """Whether it is still on the way to its stage."""
        return not self._runner.reached_s

    @property
    def calls(self) -> frozenset[str]:
        """Groups with a detector that ask for green."""
        return frozenset(self._calls)

    def step(self, guard: Guard, second: int, detectors: Detectors) -> FrozenMap[str, Aspect]:
        """Live one second."""
        self._note_calls(second, detectors)
        if len(self._stages) > 1 and self._may_leave(second, detectors):
            following = self._following(detectors)
            if following is not None:
                self._at = following
                self._runner = self._go()
        return self._runner.step(guard)

    def _go(self) -> StageRunner:
        greens = self._stages[self._at].greens if self._stages else FrozenMap[str, GreenKind]()
        return StageRunner(greens, self._junction)

    def _note_calls(self, second: int, detectors: Detectors) -> None:
        for group, seen in detectors.by_group.items():
            if group in self._runner.greens:
                self._calls.discard(group)
            elif any(s.last_s == second for s in seen):
                self._calls.add(group)

    def _may_leave(self, second: int, detectors: Detectors) -> bool:
        runner = self._runner
        if runner.asked_s - runner.reached_s > PATIENCE_S:
            return True
        least_s = self._least_s[self._at]
        seen = [s for group in sorted(runner.greens) for s in detectors.by_group.get(group, ())]
        if not seen:
            most_s = max(self._settings.free_max_green_s, least_s)
            return runner.reached_s >= min(max(self._settings.free_green_s, least_s), most_s)
        if runner.reached_s < least_s:
            return False
        if runner.reached_s >= self._settings.free_max_green_s:
            return True
        gap_s = self._settings.free_gap_s
        return all(s.last_s is None or second - s.last_s >= gap_s for s in seen)

    def _following(self, detectors: Detectors) -> int | None:
        """The next stage in turn that somebody waits for; groups without detector always do."""
        for step in range(1, len(self._stages)):
            number = (self._at + step) % len(self._stages)
            waiting = set(self._stages[number].greens) - self._runner.greens
            if any(g in self._calls or g not in detectors.by_group for g in waiting):
                return number
        return None
