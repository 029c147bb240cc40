"""A program whose green steps may be given other lengths, second by second.

The order of everything stays: ambers, red-ambers, all-reds and clearances keep
their seconds, the stretchable steps take what is left of the cycle. Search and
tuning move in this space; every point of it keeps minimum greens and clearances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.optimiser.lengths import Bound, Floats, Ints, bound_rows, bounds_on_stretchable
from signalctl.optimiser.retime import retime, shortest_cycle, with_stretched
from signalctl.optimiser.signal_table import Codes, SignalTable, codes_of
from signalctl.optimiser.steps import Step, steps_and_minimums


@dataclass(frozen=True)
class Skeleton:
    """The steps of a base program at a junction, their lengths open.

    `junction` carries the minimum greens that count (see `under_rules`). Lengths are
    whole seconds, one for each stretchable step in order.
    """

    junction: Junction
    base: Program
    label: str = "shipped"

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the base program, fixed ones included."""
        return steps_and_minimums(self.base, self.junction)[0]

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """Lower bounds on sums of neighbouring stretchable steps."""
        return bounds_on_stretchable(*steps_and_minimums(self.base, self.junction))

    @cached_property
    def stretchable(self) -> tuple[Step, ...]:
        """The steps whose lengths are open, in order: what people call the stages."""
        return tuple(step for step in self.steps if step.stretchable)

    @cached_property
    def fixed_s(self) -> int:
        """Seconds of the cycle that never change."""
        return sum(step.length_s for step in self.steps if not step.stretchable)

    @cached_property
    def shortest_cycle_s(self) -> int:
        """The shortest cycle that keeps all minimums."""
        return shortest_cycle(self.base, self.junction)

    @cached_property
    def rows_and_floors(self) -> tuple[Floats, Floats]:
        """The bounds as rows @ lengths >= floors: shapes (bounds, n), (bounds,)."""
        return bound_rows(len(self.stretchable), self.bounds)

    @cached_property
    def base_lengths(self) -> tuple[int, ...]:
        """Lengths in the base program."""
        return tuple(step.length_s for step in self.stretchable)

    @cached_property
    def step_codes(self) -> Codes:
        """Codes of each step: shape (groups, steps)."""
        codes = codes_of(self.base, self.junction.group_ids)
        return codes[:, [step.start_s for step in self.steps]]

    @cached_property
    def _repeats(self) -> tuple[Ints, Ints]:
        """Lengths of all steps, and the places of the stretchable ones among them."""
        lengths = np.array([step.length_s for step in self.steps], dtype=np.int64)
        places = np.flatnonzero([step.stretchable for step in self.steps])
        return lengths, places

    def is_feasible(self, lengths: Sequence[int]) -> bool:
        """Whether the lengths keep every minimum."""
        rows, floors = self.rows_and_floors
        return bool(np.all(rows @ np.asarray(lengths, dtype=float) >= floors - 1e-9))

    def lengths_at(self, cycle_s: int, shares: Sequence[float] | None = None) -> tuple[int, ...]:
        """Feasible lengths at a cycle, as near as can be to the shares.

        Without shares the base program's proportions. Raises SolveError when the
        cycle is too short (`retime`).
        """
        if not self.stretchable and cycle_s == self.base.cycle_s:
            return ()
        return Skeleton(
            self.junction, retime(self.base, self.junction, cycle_s, shares), self.label
        ).lengths_like(self)

    def lengths_like(self, other: Skeleton) -> tuple[int, ...]:
        """Own lengths by the steps of another skeleton of the same program at another cycle."""
        at = 0
        found = []
        starts = {step.start_s: step.length_s for step in self.steps}
        for step in other.steps:
            length = starts[at]
            if step.stretchable:
                found.append(length)
            at += length
        return tuple(found)

    def table(self, lengths: Sequence[int], offset_s: int = 0) -> SignalTable:
        """The lamps at these lengths, for compiled models; nothing is checked."""
        repeats, places = self._repeats
        repeats = repeats.copy()
        repeats[places] = lengths
        codes = np.repeat(self.step_codes, repeats, axis=1)
        return SignalTable(codes, offset_s % int(codes.shape[1]))

    def program(self, lengths: Sequence[int]) -> Program:
        """The program at these lengths; raises SolveError for a length below 1 s."""
        return with_stretched(self.base, self.steps, list(lengths))
