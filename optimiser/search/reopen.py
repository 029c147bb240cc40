"""Large steps: a few neighbouring junctions opened again together, or the cycle changed.

Large-neighbourhood search (Shaw 1998; Ropke and Pisinger 2006 for the choice between
kinds of step by what they have gained): break something, mend it by climbing, keep the
result when it is better.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from signalctl.optimiser.search.climb import Standing
from signalctl.optimiser.search.cycles import at_cycle, common_cycle_s, retimed
from signalctl.optimiser.search.scorer import Score
from signalctl.optimiser.search.space import Choice, Keep, Space, State

_LARGEST_CLUSTER: Final = 4
_CYCLE_STEPS: Final = (1, 1, 2, 2, 3, 4, 6, 8, 12, 16)
_REACTION: Final = 0.9
_ANY_OFFSET: Final = 0.25


class Opened(NamedTuple):
    """A broken state, the junctions to mend it at, and what was done."""

    state: State
    junctions: tuple[int, ...]
    kind: str


@dataclass(slots=True)
class Reopening:
    """Draws large steps; learns which kinds gain."""

    space: Space
    rng: random.Random
    grouped: bool
    weights: dict[str, float] = field(default_factory=dict)

    def draw(self, at: Standing) -> Opened | None:
        """A large step from a standing; None when the one drawn leads nowhere."""
        makers = self._makers()
        kinds = sorted(makers)
        weights = [self.weights.setdefault(kind, 1.0) for kind in kinds]
        kind = self.rng.choices(kinds, weights)[0]
        return makers[kind](at)

    def learn(self, kind: str, gained: bool) -> None:
        """Take note of whether a step of this kind led to something better."""
        old = self.weights.get(kind, 1.0)
        self.weights[kind] = max(_REACTION * old + (1 - _REACTION) * (5.0 if gained else 0.3), 0.1)

    def _makers(self) -> dict[str, Callable[[Standing], Opened | None]]:
        keep, several = self.space.keep, len(self.space.movable) > 1
        found: dict[str, Callable[[Standing], Opened | None]] = {"splits": self._splits}
        if Keep.STAGES not in keep:
            found["designs"] = self._designs
        if Keep.CYCLE not in keep:
            found["cycle"] = self._cycle
            if self.grouped and several:
                found["own cycle"] = self._own_cycle
        if Keep.OFFSETS not in keep and several:
            found["block"] = self._block
        return found

    def _splits(self, at: Standing) -> Opened:
        """Lengths of a cluster by flow again, offsets at random."""
        cluster = self._cluster(at.score)
        found = list(at.state)
        for j in cluster:
            now = at.state[j]
            cycle_s = self.space.cycle_s(j, now)
            lengths = self.space.by_flow(j, now.design, cycle_s) or now.lengths
            found[j] = Choice(now.design, lengths, self._offset(j, now, cycle_s))
        return Opened(tuple(found), cluster, "splits")

    def _designs(self, at: Standing) -> Opened:
        """Other designs for a cluster, those that ranked well more often."""
        cluster = self._cluster(at.score)
        found = list(at.state)
        for j in cluster:
            now = at.state[j]
            cycle_s = self.space.cycle_s(j, now)
            ranks = [d for d in self.space.ranks[j] if d != now.design]
            if not ranks:
                continue
            place = min(int(self.rng.expovariate(1 / 3.0)), len(ranks) - 1)
            lengths = self.space.by_flow(j, ranks[place], cycle_s)
            if lengths is not None:
                found[j] = Choice(ranks[place], lengths, self._offset(j, now, cycle_s))
        return Opened(tuple(found), cluster, "designs")

    def _cycle(self, at: Standing) -> Opened | None:
        """All at another common cycle."""
        now_s = common_cycle_s(self.space, at.state)
        by_s = self.rng.choice(_CYCLE_STEPS) * self.rng.choice((-1, 1))
        state = retimed(self.space, at.state, now_s + by_s)
        if state is None or state == at.state:
            return None
        return Opened(state, self.space.movable, "cycle")

    def _own_cycle(self, at: Standing) -> Opened | None:
        """A cluster at a cycle of its own, or back at the common one."""
        common_s = common_cycle_s(self.space, at.state)
        cluster = self._cluster(at.score)
        own = {self.space.cycle_s(j, at.state[j]) for j in cluster}
        if own != {common_s} and self.rng.random() < 0.5:
            target_s = common_s
        else:
            target_s = self.rng.choice(sorted(own)) + self.rng.choice((-1, 1)) * self.rng.choice(
                _CYCLE_STEPS
            )
        found = list(at.state)
        for j in cluster:
            choice = at_cycle(self.space, j, at.state[j], target_s)
            if choice is None:
                return None
            found[j] = choice
        if tuple(found) == at.state:
            return None
        return Opened(tuple(found), cluster, "own cycle")

    def _block(self, at: Standing) -> Opened | None:
        """A connected part of the network later or earlier as one."""
        size = self.rng.randint(2, max(2, len(self.space.movable) // 2))
        cluster = self._cluster(at.score, size)
        by_s = self.rng.choice((1, 2, 4, 8, 12, 16)) * self.rng.choice((-1, 1))
        found = list(at.state)
        for j in cluster:
            now = at.state[j]
            cycle_s = self.space.cycle_s(j, now)
            found[j] = now._replace(offset_s=(now.offset_s + by_s) % cycle_s)
        return Opened(tuple(found), cluster, "block")

    def _offset(self, j: int, now: Choice, cycle_s: int) -> int:
        """The offset as it is, or now and then any, where it may change."""
        free = Keep.OFFSETS not in self.space.keep and bool(self.space.neighbours[j])
        if free and self.rng.random() < _ANY_OFFSET:
            return self.rng.randrange(cycle_s)
        return now.offset_s

    def _cluster(self, score: Score, size: int | None = None) -> tuple[int, ...]:
        """Junctions that traffic passes one after the other, grown from one with much delay."""
        movable = self.space.movable
        delay = score.delay_s
        total = float(delay.sum()) if delay is not None else 0.0
        even = 0.3 / len(movable)
        weights = [
            (float(delay[j]) / total if delay is not None and total > 0 else 0.0) + even
            for j in movable
        ]
        found = [self.rng.choices(movable, weights)[0]]
        wanted = self.rng.randint(1, min(_LARGEST_CLUSTER, len(movable))) if size is None else size
        while len(found) < wanted:
            border = [
                k
                for j in found
                for k in self.space.neighbours[j][:3]
                if k in movable and k not in found
            ]
            if not border:
                break
            found.append(self.rng.choice(border))
        return tuple(found)
