"""Which move to test next: all of them, ordered by what model and tests so far promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.rules.registry import Profile
from signalctl.workflow.tune.learning import Observed, expected
from signalctl.workflow.tune.moves import Lamps, Move, Moves, RefusedMove, moves_of, stretched
from signalctl.workflow.tune.one_second import Change
from signalctl.workflow.tune.screen import Screen

PROBED: Final = 24
"""So many of the most promising moves are also probed with more steps at once."""
STEPS: Final = (2, 4)
"""Numbers of steps of the probes: one step alone is partly the model's own noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A move and the change of the objective a step that the model foresees, None without it."""

    move: Move
    promise: float | None


@dataclass(slots=True)
class Proposals:
    """Moves of plans as they stand, less those tried, the most promising first.

    Promises are kept while the junction's own plan stands, although changes
    elsewhere shift them a little: they only order.
    """

    junctions: Mapping[str, Junction]
    profile: Profile
    step_s: int
    screen: Screen | None
    refused: dict[Change, RefusedMove] = field(default_factory=dict)
    observed: list[Observed] = field(default_factory=list)
    _moves: dict[TimingPlan, Moves] = field(default_factory=dict)
    _promises: dict[tuple[str, Lamps, Lamps], float] = field(default_factory=dict)
    _tried: set[tuple[str, Lamps, Lamps]] = field(default_factory=set)

    def ordered(
        self, plans: Mapping[str, TimingPlan], again: Change | None = None
    ) -> list[Proposal]:
        """Untried moves: `again` first, then by what is expected of them."""
        moves = [
            move
            for junction_id in self.junctions
            for move in self._of(plans[junction_id]).allowed
            if self._key(plans, move) not in self._tried
        ]
        if self.screen is not None and moves:
            self._promise(plans, moves, self.screen)
        proposals = [
            Proposal(move=move, promise=self._promises.get(self._key(plans, move)))
            for move in moves
        ]
        hopes = expected([(p.move.change, p.promise or 0.0) for p in proposals], self.observed)
        order = sorted(
            range(len(proposals)), key=lambda i: (proposals[i].move.change != again, hopes[i])
        )
        return [proposals[i] for i in order]

    def tried(self, plans: Mapping[str, TimingPlan], move: Move, seen: Observed) -> None:
        """The move is not proposed again, nor undone, while the junction's plan is this one."""
        self.observed.append(seen)
        junction_id, here, there = self._key(plans, move)
        self._tried |= {(junction_id, here, there), (junction_id, there, here)}

    def _of(self, plan: TimingPlan) -> Moves:
        found = self._moves.get(plan)
        if found is None:
            junction = self.junctions[plan.junction_id]
            found = self._moves[plan] = moves_of(plan, junction, self.step_s, self.profile)
            self.refused |= {each.change: each for each in found.refused}
        return found

    def _key(self, plans: Mapping[str, TimingPlan], move: Move) -> tuple[str, Lamps, Lamps]:
        junction_id = move.change.junction_id
        return junction_id, self._of(plans[junction_id]).lamps, move.lamps

    def _promise(self, plans: Mapping[str, TimingPlan], moves: list[Move], screen: Screen) -> None:
        new = [move for move in moves if self._key(plans, move) not in self._promises]
        if not new:
            return
        found = screen.promises(plans, [{1: move.plan} for move in new])
        best = sorted(range(len(new)), key=found.__getitem__)[:PROBED]
        ways = [{1: new[i].plan, **self._stretched(plans, new[i])} for i in best]
        for i, promise in zip(best, screen.promises(plans, ways), strict=True):
            found[i] = promise
        for move, promise in zip(new, found, strict=True):
            self._promises[self._key(plans, move)] = promise

    def _stretched(self, plans: Mapping[str, TimingPlan], move: Move) -> dict[int, TimingPlan]:
        junction_id = move.change.junction_id
        ways = {
            steps: stretched(
                move, steps, plans[junction_id], self.junctions[junction_id], self.profile
            )
            for steps in STEPS
        }
        return {steps: plan for steps, plan in ways.items() if plan is not None}
