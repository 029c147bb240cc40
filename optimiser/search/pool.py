"""The good plans met on the way: the best one, those of other kinds, and the finalists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from signalctl.optimiser.search.cycles import common_cycle_s
from signalctl.optimiser.search.scorer import WORST, Score
from signalctl.optimiser.search.space import Space, State

CYCLE_BIN_S: Final = 8
"""Plans whose cycles lie in the same bin of so many seconds count as alike."""
PER_STAGES: Final = 3
"""Finalists with the same stage sets at most junctions."""
_WORTH_KEEPING: Final = 1.5
_KEPT: Final = 3000
_ALIKE: Final = 0.2
"""Two plans have the same stages when so many of their junctions at most differ."""


@dataclass(slots=True)
class Entry:
    """A state with its score and the family of starts it came from."""

    state: State
    score: Score
    family: str


@dataclass(slots=True)
class Pool:
    """Remembers the best state of each stage choice and cycle bin, and of each family.

    `family` names where states come from now. `on_better` hears of each new best.
    """

    space: Space
    on_better: Callable[[State, float], None]
    family: str = ""
    best: Entry | None = None
    families: dict[str, Entry] = field(default_factory=dict)
    _kinds: dict[tuple[tuple[int, ...], int], Entry] = field(default_factory=dict)

    def add(self, state: State, score: Score) -> None:
        """Take note of a state that was run to its end."""
        top = self.best.score.value if self.best is not None else WORST.value
        leader = self.families.get(self.family)
        if leader is None or score.value < leader.score.value:
            self.families[self.family] = Entry(state, score, self.family)
        if score.value > _WORTH_KEEPING * top:
            return
        entry = Entry(state, score, self.family)
        kind = (tuple(choice.design for choice in state), self.cycle_bin(state))
        old = self._kinds.get(kind)
        if old is None or score.value < old.score.value:
            self._kinds[kind] = entry
        if len(self._kinds) > _KEPT:
            kept = sorted(self._kinds.items(), key=lambda item: item[1].score.value)
            self._kinds = dict(kept[: _KEPT // 2])
        if score.value < top:
            self.best = entry
            self.on_better(state, score.value)

    def cycle_bin(self, state: State) -> int:
        """Which bin of cycles a state lies in."""
        return common_cycle_s(self.space, state) // CYCLE_BIN_S

    def elite(self, at_most: int) -> list[Entry]:
        """The best states of different kinds, best first: finalists and places to restart."""
        found: list[Entry] = []
        for entry in sorted(self._kinds.values(), key=lambda e: e.score.value):
            alike = [other for other in found if self._same_stages(entry.state, other.state)]
            near = any(self.cycle_bin(entry.state) == self.cycle_bin(o.state) for o in alike)
            if len(alike) < PER_STAGES and not near:
                found.append(entry)
                if len(found) == at_most:
                    break
        return found

    def _same_stages(self, a: State, b: State) -> bool:
        differ = sum(x.design != y.design for x, y in zip(a, b, strict=True))
        return differ <= _ALIKE * len(a)
