"""The course of a search: which steps follow which, from the starts to the last large step."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Final

from signalctl.optimiser.search.climb import Climber, Standing
from signalctl.optimiser.search.construct import (
    at_all_junctions,
    constructed,
    cycles_to_try,
)
from signalctl.optimiser.search.cycles import retimed
from signalctl.optimiser.search.moves import Moves
from signalctl.optimiser.search.pool import Pool
from signalctl.optimiser.search.reopen import Reopening
from signalctl.optimiser.search.scorer import Score, Scorer
from signalctl.optimiser.search.space import Choice, Keep, Space, State

_HOPELESS: Final = 1.4
"""A constructed plan that is so many times worse than the best is not climbed."""
_HOPELESS_START: Final = 2.0
_POOR: Final = 1.12
_POOR_IN_A_ROW: Final = 2
_TO_DEEPEN: Final = 4
_PATIENCE: Final = 60
_TRIES: Final = 120
"""Large steps without gain, and ten more for each junction, after which it is enough."""
_LEVEL: Final = 1.002
"""A large step that loses no more than this is taken, to get away from where all is tried."""
_RESTART_AFTER: Final = 25


class Course:
    """Runs the steps in order; what is found is with the pool, so it may end anywhere."""

    def __init__(
        self,
        space: Space,
        scorer: Scorer,
        pool: Pool,
        starts: Mapping[str, State],
        seed: int,
        report: Callable[[str], None],
        *,
        half_cycles: bool,
        grouped: bool,
        is_warm: bool = False,
    ) -> None:
        self._space = space
        self._scorer = scorer
        self._pool = pool
        self._starts = starts
        self._report = report
        self._rng = random.Random(seed)  # noqa: S311 - a search, not a secret
        self._moves = Moves(space, half_cycles=half_cycles)
        self._same_stages = Moves(space, half_cycles=half_cycles, designs=False)
        self._climber = Climber(scorer, self._moves, self._rng)
        self._grouped = grouped
        self.is_built = is_warm
        self.doing = "the starts"

    def run(self) -> None:
        """All steps; raises BudgetSpent as the scorer does."""
        if not self.is_built:
            self._shipped_stages()
            self._constructions()
            self.is_built = True
        self._other_starts()
        self._deepen()
        self._large_steps()

    def _now(self, doing: str) -> None:
        self.doing = doing
        self._report(doing)

    @property
    def _first(self) -> State:
        return next(iter(self._starts.values()))

    def _cycles(self) -> tuple[int, ...]:
        return () if Keep.CYCLE in self._space.keep else cycles_to_try(self._space, self._first)

    def _shipped_stages(self) -> None:
        """The first start's stages at other cycles and splits, climbed without other designs."""
        self._now("shipped stages at other cycles and splits")
        self._pool.family = "shipped stages retimed"
        keeping = self._space.keep
        self._space.keep = keeping | {Keep.STAGES}
        try:
            best = self._best()
            for cycle_s in self._cycles():
                found = self._base(cycle_s, self._first)
                if found is not None and found.score.value < best.score.value:
                    best = found
            climber = Climber(self._scorer, self._same_stages, self._rng)
            climber.climb(best, self._space.movable, patience=_PATIENCE, most=self._some(12))
        finally:
            self._space.keep = keeping

    def _constructions(self) -> None:
        """Designs chosen junction by junction at some cycles, each briefly climbed.

        From the most promising cycle outwards; a direction is left once two cycles in a
        row stay far from the best, because delay grows on both sides of its optimum.
        """
        cycles: list[int | None] = list(self._cycles()) or [None]
        middle = self._most_promising(cycles)
        ways = {1: list(range(middle, len(cycles))), -1: list(range(middle - 1, -1, -1))}
        poor = dict.fromkeys(ways, 0)
        known = False
        while any(ways.values()):
            for way, left in ways.items():
                if not left:
                    continue
                value = self._construct(cycles[left.pop(0)], shortlist=known)
                known = True
                poor[way] = poor[way] + 1 if value > _POOR * self._best().score.value else 0
                if poor[way] == _POOR_IN_A_ROW:
                    left.clear()

    def _most_promising(self, cycles: list[int | None]) -> int:
        """Place of the cycle at which first-ranked or best estimated designs do best."""
        self._pool.family = "stage designs"
        guess = list(self._first)
        for j in self._space.movable:
            # Designs come in the order of their estimate, the shipped one before them.
            if Keep.STAGES not in self._space.keep and len(self._space.designs[j]) > 1:
                design = self._space.ranks[j][1]
                lengths = self._space.designs[j][design].base_lengths
                guess[j] = Choice(design, lengths, guess[j].offset_s)
        values = []
        for cycle_s in cycles:
            value = math.inf
            for state in (tuple(guess), self._first):
                found = None if cycle_s is None else self._base(cycle_s, state)
                value = min(value, found.score.value if found is not None else math.inf)
            values.append(value)
        return min(range(len(cycles)), key=lambda i: (values[i], i))

    def _construct(self, cycle_s: int | None, *, shortlist: bool) -> float:
        """The value reached at one cycle; infinite where it cannot be had."""
        self._now("stage designs" + ("" if cycle_s is None else f" at {cycle_s} s"))
        self._pool.family = "stage designs"
        base = self._best() if cycle_s is None else self._base(cycle_s, self._best().state)
        if base is None:
            return math.inf
        built = constructed(
            self._space, self._scorer, self._moves, base, cycle_s, shortlist=shortlist
        )
        if built.score.value < _HOPELESS * self._best().score.value:
            built = self._climber.climb(
                built, self._space.movable, patience=_PATIENCE, most=self._some(30)
            )
        return built.score.value

    def _base(self, cycle_s: int, state: State) -> Standing | None:
        """A state at a cycle: its lengths in proportion or by flow, whichever is better."""
        states = [
            found
            for found in (
                at_all_junctions(self._space, state, cycle_s),
                retimed(self._space, state, cycle_s),
            )
            if found is not None
        ]
        if not states:
            return None
        scores = self._scorer.score(states, _HOPELESS**2 * self._best().score.value)
        i = min(range(len(states)), key=lambda i: scores[i].value)
        return Standing(states[i], scores[i])

    def _some(self, runs: int) -> int:
        """So many runs for each junction."""
        return runs * len(self._space.movable)

    def _other_starts(self) -> None:
        """Every further start, climbed for a while."""
        for name, state in list(self._starts.items())[1:]:
            self._now(f"start {name}")
            self._pool.family = name
            score = self._scorer.score([state], _HOPELESS_START * self._best().score.value)[0]
            if not score.is_exact:
                continue
            self._climber.climb(
                Standing(state, score),
                self._space.movable,
                patience=_PATIENCE,
                most=self._some(30),
            )

    def _deepen(self) -> None:
        """The best of some kinds climbed until small moves gain no more."""
        for number, entry in enumerate(self._pool.elite(_TO_DEEPEN), start=1):
            self._now(f"small steps from plan {number}")
            self._pool.family = entry.family
            at = Standing(entry.state, self._known(entry.state))
            self._climber.climb(at, self._space.movable, patience=_PATIENCE * 3)

    def _large_steps(self) -> None:
        self._pool.family = "large steps"
        reopening = Reopening(self._space, self._rng, self._grouped)
        at = self._best()
        since_best = since_gain = 0
        while since_best < _TRIES + 10 * len(self._space.movable):
            best = self._best().score.value
            self._now("large steps")
            opened = reopening.draw(at)
            since_best += 1
            since_gain += 1
            if opened is None:
                continue
            found = self._mended(at, opened.state, opened.junctions)
            gained = found is not None and found.score.value < at.score.value - 1e-6
            reopening.learn(opened.kind, gained)
            if found is not None and not gained and found.score.value <= _LEVEL * at.score.value:
                at = found
            if found is not None and gained:
                at = self._climber.climb(found, self._space.movable, patience=_PATIENCE)
                since_gain = 0
            if self._best().score.value < best - 1e-6:
                since_best = 0
            if since_gain >= _RESTART_AFTER:
                at = self._elsewhere()
                since_gain = 0

    def _mended(self, at: Standing, state: State, junctions: tuple[int, ...]) -> Standing | None:
        """The opened junctions climbed; None when they stay far worse than before."""
        here = at.score.value
        score = self._scorer.score([state], 1.5 * here)[0]
        if not score.is_exact:
            return None
        near = self._climber.climb(
            Standing(state, score), junctions, patience=30, most=30 + 30 * len(junctions)
        )
        if near.score.value > 1.02 * here:
            return None
        if near.score.value < here:
            return near
        return self._climber.climb(
            near, self._space.movable, patience=24, most=60 + 12 * len(junctions)
        )

    def _elsewhere(self) -> Standing:
        """The best state again, or another good one."""
        elite = self._pool.elite(8)
        entry = elite[min(int(self._rng.expovariate(0.7)), len(elite) - 1)]
        return Standing(entry.state, self._known(entry.state))

    def _best(self) -> Standing:
        best = self._pool.best
        assert best is not None, "the starts are scored before anything else"
        return Standing(best.state, best.score)

    def _known(self, state: State) -> Score:
        return self._scorer.must_score([state])[0]
