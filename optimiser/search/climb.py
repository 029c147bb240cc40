"""Coordinate search: small moves of single junctions, several at a time, while they gain.

Moves are drawn by where delay is and by what has gained lately; moves of a batch that
gain at different junctions are tried together. Deterministic for a given random seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from signalctl.optimiser.search.moves import Move, Moves
from signalctl.optimiser.search.scorer import Score, Scorer
from signalctl.optimiser.search.space import State

BATCH: Final = 12
"""Moves evaluated at once; enough to keep two threads busy, few enough to stay steep."""
_LEAST_GAIN: Final = 1e-6
_STALE: Final = 0.15
"""Weight of a move that failed not long ago and whose junction has not changed since."""


class Standing(NamedTuple):
    """A state and what it scores."""

    state: State
    score: Score


@dataclass(slots=True)
class _Credit:
    """What moves of a kind have gained, in per cent of the value, and how many were tried."""

    gained: float = 0.0
    tried: float = 0.0

    @property
    def weight(self) -> float:
        return (self.gained + 0.05) / (self.tried + 20.0)


@dataclass(slots=True)
class Climber:
    """Climbs from a state; learns which kinds of move gain while it is used."""

    scorer: Scorer
    moves: Moves
    rng: random.Random
    credits: dict[str, _Credit] = field(default_factory=dict)

    def climb(
        self, at: Standing, junctions: Sequence[int], *, patience: int, most: int | None = None
    ) -> Standing:
        """The state reached when `patience` moves in a row gain nothing, or all were tried.

        `most` ends it after about so many runs. Raises BudgetSpent as the scorer does;
        what was found is with the scorer's watcher then.
        """
        failed: dict[tuple[int, str], None] = {}
        spent = idle = 0
        queue = self._drawn(at, junctions, failed)
        while queue and idle < patience and (most is None or spent < most):
            batch = [queue.pop() for _ in range(min(BATCH, len(queue)))]
            better = self._try(at, batch, failed)
            spent += len(batch)
            if better is None:
                idle += len(batch)
                continue
            idle = 0
            changed = {
                j for j, (a, b) in enumerate(zip(at.state, better.state, strict=True)) if a != b
            }
            failed = {key: None for key in failed if key[0] not in changed}
            at = better
            queue = self._drawn(at, junctions, failed)
        return at

    def _drawn(
        self, at: Standing, junctions: Sequence[int], failed: dict[tuple[int, str], None]
    ) -> list[Move]:
        """All moves, the most promising last, each given a chance by its weight.

        Weighted order without replacement by exponential keys (Efraimidis and
        Spirakis 2006).
        """
        delay = at.score.delay_s
        total = float(delay.sum()) if delay is not None else 0.0
        even = 0.3 / max(len(junctions), 1)
        keyed: list[tuple[float, Move]] = []
        draw, log = self.rng.random, math.log
        for j in junctions:
            share = (float(delay[j]) / total if delay is not None and total > 0 else 0.0) + even
            for move in self.moves.of(j, at.state[j]):
                weight = share * self._credit(move.kind).weight
                if (j, move.kind + move.name) in failed:
                    weight *= _STALE
                keyed.append((log(1.0 - draw()) / weight, move))
        keyed.sort(key=lambda pair: pair[0])
        return [move for _, move in keyed]

    def _try(
        self, at: Standing, batch: Sequence[Move], failed: dict[tuple[int, str], None]
    ) -> Standing | None:
        """The best of the moves, alone or those that gain together; None when none gains."""
        here = at.score.value
        states = [with_moves(at.state, [move]) for move in batch]
        scores = self.scorer.score(states, here)
        gaining: list[tuple[float, int]] = []
        for i, (move, score) in enumerate(zip(batch, scores, strict=True)):
            credit = self._credit(move.kind)
            credit.tried = credit.tried * 0.998 + 1.0
            if score.is_exact and score.value < here - _LEAST_GAIN:
                gaining.append((score.value, i))
                gain = 100.0 * (here - score.value) / max(here, _LEAST_GAIN)
                credit.gained = credit.gained * 0.998 + min(gain, 5.0)
            else:
                failed[move.j, move.kind + move.name] = None
        if not gaining:
            return None
        gaining.sort()
        best = Standing(states[gaining[0][1]], scores[gaining[0][1]])
        apart: dict[int, Move] = {}
        for _, i in gaining:
            apart.setdefault(batch[i].j, batch[i])
        if len(apart) > 1:
            chosen = list(apart.values())
            joined = [with_moves(at.state, chosen)]
            if len(chosen) > 2:
                joined.append(with_moves(at.state, chosen[: (len(chosen) + 1) // 2]))
            for state, score in zip(
                joined, self.scorer.score(joined, best.score.value), strict=True
            ):
                if score.is_exact and score.value < best.score.value:
                    best = Standing(state, score)
        return best

    def _credit(self, kind: str) -> _Credit:
        return self.credits.setdefault(kind, _Credit())


def with_moves(state: State, moves: Sequence[Move]) -> State:
    """The state with some junctions' choices replaced."""
    found = list(state)
    for move in moves:
        found[move.j] = move.choice
    return tuple(found)
