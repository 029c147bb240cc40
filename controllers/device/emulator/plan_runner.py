"""Runs one plan second by second and keeps it in step with the clock."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan, Rest
from signalctl.controllers.device.emulator.settings import Correction
from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.rules.guard import Guard

PATIENCE_S: Final = 300
"""Seconds after which a plan that cannot be entered is given up."""
LEAD_S: Final = 5
"""Entered from red, a plan begins with the rest that comes so long after the clock's second."""


class Step(IntEnum):
    """How a plan stands to the clock (parameter of event 150)."""

    IN_STEP = 1
    ADDING = 2
    CUTTING = 3
    DWELLING = 4
    ENTERING = 6


class PlanRunner:
    """One plan in operation.

    It enters the plan at a rest: asks for its lamps until the guard has granted
    all of them and what follows will be granted too. Then it moves on by a second
    a second, and stretches or cuts rests until the plan's second is the clock's.
    """

    def __init__(
        self,
        loaded: LoadedPlan,
        correction: Correction,
        lamps: FrozenMap[str, Aspect],
        system_s: int,
    ) -> None:
        """About to enter the plan from these lamps, by the rest that is most like them."""
        self.loaded = loaded
        self._correction: Final = correction
        self._rest: Rest = _door(loaded, lamps, (system_s - loaded.zero_s) % loaded.cycle_s)
        self.second = self._rest.start
        """The plan's second that is asked for."""
        self.entering = True
        self.entered_for_s = 0
        self._stayed_s = 0
        self._settling_s = loaded.cycle_s
        self._changed_s = 0
        self.held_back = False
        """Whether the guard withheld something in the last second."""
        self.step_state = Step.ENTERING

    @property
    def failed(self) -> bool:
        """Whether the guard would not let the plan in for too long."""
        return self.entering and self.entered_for_s > PATIENCE_S

    @property
    def resting(self) -> bool:
        """Whether the lamps stand still: the safe point to change to another plan."""
        return self.entering or self.loaded.rest_at[self.second] is not None

    def retime(self, loaded: LoadedPlan) -> bool:
        """Go on with another plan that shows the same, only at other times; whether it does."""
        if loaded.states != self.loaded.states:
            return False
        self.loaded = loaded
        self._rest = loaded.rest_at[self._rest.start] or self._rest
        return True

    def step(self, guard: Guard, system_s: int | None) -> FrozenMap[str, Aspect]:
        """Live one second. `system_s` None: not tied to the clock."""
        if self.entering:
            return self._enter(guard)
        if not self.held_back or self.loaded.rest_at[self.second] is None:
            self._advance(system_s)
        wish = self.loaded.states[self.second]
        granted = guard.step(wish)
        self.held_back = bool(granted.withheld)
        return granted.aspects

    def in_step(self) -> bool:
        """Whether the lamps are the plan's, in the clock's second (or the plan has no clock)."""
        return not self.held_back and self.step_state is Step.IN_STEP

    def _enter(self, guard: Guard) -> FrozenMap[str, Aspect]:
        wish = self.loaded.states[self.second]
        shown = guard.step(wish).aspects
        self.entered_for_s += 1
        if shown is wish or shown == wish:
            self._stayed_s += 1
            if self._stayed_s > self._rest.entry_s:
                self.entering = False
        return shown

    def _advance(self, system_s: int | None) -> None:
        loaded = self.loaded
        rest = loaded.rest_at[self.second]
        ahead = (self.second + 1) % loaded.cycle_s
        self._settling_s = max(0, self._settling_s - 1)
        self.step_state = Step.IN_STEP
        if system_s is not None:
            wanted = (system_s - loaded.zero_s) % loaded.cycle_s
            if rest is not None and rest.length_s == loaded.cycle_s:
                ahead = wanted
            late_s = (wanted - ahead) % loaded.cycle_s
            if late_s:
                self.step_state = self._direction(late_s)
                ahead = self._corrected(ahead, late_s, rest)
        if loaded.rest_at[ahead] is not rest:
            self._changed_s = 0
        self.second = ahead

    def _corrected(self, ahead: int, late_s: int, rest: Rest | None) -> int:
        """The next second, with what this rest may do about being late."""
        if rest is None:
            return ahead
        loaded = self.loaded
        if self.step_state is not Step.CUTTING:
            leaves = loaded.rest_at[ahead] is not rest
            if leaves and self._changed_s < rest.add_s:
                self._changed_s += 1
                return self.second
            return ahead
        if self._settling_s:
            return ahead
        left_s = (rest.start + rest.length_s - ahead) % loaded.cycle_s
        cut_s = max(0, min(late_s, rest.cut_s - self._changed_s, left_s))
        self._changed_s += cut_s
        return (ahead + cut_s) % loaded.cycle_s

    def _direction(self, late_s: int) -> Step:
        if self._correction is Correction.DWELL:
            return Step.DWELLING
        add_s = sum(rest.add_s for rest in self.loaded.rests)
        cut_s = sum(rest.cut_s for rest in self.loaded.rests)
        if self._correction is Correction.ADD_ONLY or not cut_s:
            return Step.ADDING
        early_s = self.loaded.cycle_s - late_s
        return Step.CUTTING if -(-late_s // cut_s) < -(-early_s // add_s) else Step.ADDING


def _door(loaded: LoadedPlan, lamps: FrozenMap[str, Aspect], clock_second: int) -> Rest:
    """The rest to enter by: most like the lamps, so that no stage is left out; else the next."""
    greens = {group for group, aspect in lamps.items() if aspect in GREENS}

    def likeness(rest: Rest) -> tuple[float, int]:
        shared = len(greens & rest.greens) / max(1, len(greens | rest.greens))
        wait_s = (rest.start - clock_second - LEAD_S) % loaded.cycle_s
        return (-shared, wait_s if rest.greens else wait_s + loaded.cycle_s)

    return min(loaded.rests, key=likeness)


def most_cycles(loaded: LoadedPlan) -> int:
    """Cycles after which a plan that was let in is in step at the latest, whatever the way."""
    add_s = sum(rest.add_s for rest in loaded.rests)
    return -(-(loaded.cycle_s - 1) // add_s) + 2
