"""Small changes of one junction: seconds exchanged between steps, offsets, designs, half cycles.

Every move leads to a choice that keeps minimum greens and clearances.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Final, NamedTuple

import numpy as np

from signalctl.optimiser.search.space import Choice, Keep, Space

SPLIT_SECONDS: Final = (8, 4, 2, 1)
OFFSET_SECONDS: Final = (8, 4, 2, 1)
FAR: Final = "offset far"
"""Kind of the moves that go around the cycle in coarse steps."""
_COARSE_PARTS: Final = 8
"""Offsets are first tried at so many places around the cycle."""


class Move(NamedTuple):
    """A choice for junction number `j`; `kind` groups moves that tend to gain alike."""

    j: int
    kind: str
    name: str
    choice: Choice


class Moves:
    """All moves of single junctions, each list made once."""

    def __init__(self, space: Space, *, half_cycles: bool, designs: bool = True) -> None:
        self._space = space
        self._half_cycles = half_cycles and Keep.CYCLE not in space.keep
        self._designs = designs and Keep.STAGES not in space.keep
        self._known: dict[tuple[int, Choice], tuple[Move, ...]] = {}

    def of(self, j: int, choice: Choice) -> tuple[Move, ...]:
        """Every move of junction number `j` from a choice, in a fixed order."""
        found = self._known.get((j, choice))
        if found is None:
            if len(self._known) > 5_000:
                self._known.clear()
            found = tuple(self._all(j, choice))
            self._known[j, choice] = found
        return found

    def _all(self, j: int, choice: Choice) -> Iterator[Move]:
        yield from self.splits(j, choice)
        if self.has_free_offset(j):
            yield from self.offsets(j, choice)
        if self._designs:
            yield from self.designs(j, choice)
        if self._half_cycles:
            yield from self._half(j, choice)

    def has_free_offset(self, j: int) -> bool:
        """Whether another offset at the junction may matter: it has neighbours, none is kept."""
        return Keep.OFFSETS not in self._space.keep and bool(self._space.neighbours[j])

    def splits(self, j: int, choice: Choice) -> Iterator[Move]:
        """Seconds from one step to another; with the program's zero kept, and moved along."""
        skeleton = self._space.skeleton(j, choice)
        pairs = list(permutations(range(len(choice.lengths)), 2))
        if not pairs:
            return
        exchanges = [(a, b, s) for s in SPLIT_SECONDS for a, b in pairs if choice.lengths[a] > s]
        if not exchanges:
            return
        lengths = np.tile(np.array(choice.lengths, dtype=np.int64), (len(exchanges), 1))
        for row, (a, b, s) in zip(lengths, exchanges, strict=True):
            row[a] -= s
            row[b] += s
        rows, floors = skeleton.rows_and_floors
        keeps = np.all(rows @ lengths.T >= floors[:, None] - 1e-9, axis=0)
        cycle_s = self._space.cycle_s(j, choice)
        moves_zero = self.has_free_offset(j)
        for kept, row, (a, b, s) in zip(keeps, lengths.tolist(), exchanges, strict=True):
            if not kept:
                continue
            new = tuple(row)
            name = f"{a}>{b}:{s}"
            yield Move(j, f"split {s}", name, choice._replace(lengths=new))
            if moves_zero:
                # What lies between the two steps stays where it was in system time.
                by_s = s if a < b else -s
                offset_s = (choice.offset_s + by_s) % cycle_s
                yield Move(
                    j, f"split {s}", name + "o", choice._replace(lengths=new, offset_s=offset_s)
                )

    def offsets(self, j: int, choice: Choice) -> Iterator[Move]:
        """Offsets around the whole cycle in coarse steps, and near ones in seconds."""
        cycle_s = self._space.cycle_s(j, choice)
        for part in range(1, _COARSE_PARTS):
            by_s = round(part * cycle_s / _COARSE_PARTS)
            yield self._offset(j, choice, by_s, cycle_s, FAR)
        for s in OFFSET_SECONDS:
            if 2 * s < cycle_s:
                yield self._offset(j, choice, s, cycle_s, f"offset {s}")
                yield self._offset(j, choice, -s, cycle_s, f"offset {s}")

    def designs(self, j: int, choice: Choice) -> Iterator[Move]:
        """The junction's other designs at the same cycle, lengths by flow."""
        cycle_s = self._space.cycle_s(j, choice)
        for design in self._space.ranks[j]:
            lengths = self._space.by_flow(j, design, cycle_s)
            if design != choice.design and lengths is not None:
                yield Move(j, "design", str(design), Choice(design, lengths, choice.offset_s))

    def _half(self, j: int, choice: Choice) -> Iterator[Move]:
        space = self._space
        cycle_s = space.cycle_s(j, choice)
        wanted = [cycle_s // 2] if cycle_s % 2 == 0 else []
        wanted.append(2 * cycle_s)
        for other_s in wanted:
            lengths = space.scaled(j, choice, other_s) if other_s in space.cycles else None
            if lengths is not None:
                offset_s = choice.offset_s % other_s
                yield Move(j, "half", str(other_s), Choice(choice.design, lengths, offset_s))

    @staticmethod
    def _offset(j: int, choice: Choice, by_s: int, cycle_s: int, kind: str) -> Move:
        moved = choice._replace(offset_s=(choice.offset_s + by_s) % cycle_s)
        return Move(j, kind, str(by_s), moved)
