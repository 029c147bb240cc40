"""A point of the search: what each junction of a network is to show, and when.

A junction's point is a skeleton (a stage design in one order), the lengths of its
open steps and an offset; a network's point has one for each junction that is
searched. Every point reachable by the search keeps minimum greens and clearances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.signal_table import SignalTable
from signalctl.optimiser.skeleton import Skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class JunctionPoint:
    """One junction: skeleton, whole-second lengths of its open steps, offset.

    `offset_s` is the system second, modulo the cycle, at which second 0 of the
    skeleton's program happens.
    """

    skeleton: Skeleton
    lengths: tuple[int, ...]
    offset_s: int = 0

    @property
    def cycle_s(self) -> int:
        """Length of the cycle, s."""
        return sum(self.lengths) + self.skeleton.fixed_s

    def table(self) -> SignalTable:
        """The lamps, for a model."""
        return self.skeleton.table(self.lengths, self.offset_s)


NetworkPoint: TypeAlias = FrozenMap[str, JunctionPoint]
"""Junction id -> its point. Junctions that are not named keep what they show."""


def tables(point: Mapping[str, JunctionPoint]) -> dict[str, SignalTable]:
    """The lamps of every junction of a point, for `TrafficModel.run`."""
    return {junction_id: each.table() for junction_id, each in point.items()}


def at_cycle(skeleton: Skeleton, cycle_s: int, offset_s: int = 0) -> JunctionPoint:
    """A skeleton at a cycle with its base program's proportions.

    Raises SolveError when the cycle is too short for it.
    """
    return JunctionPoint(
        skeleton=skeleton, lengths=skeleton.lengths_at(cycle_s), offset_s=offset_s % cycle_s
    )


def as_based(skeleton: Skeleton, offset_s: int = 0) -> JunctionPoint:
    """A skeleton's base program as it is: its own cycle and lengths."""
    return JunctionPoint(
        skeleton=skeleton,
        lengths=skeleton.base_lengths,
        offset_s=offset_s % skeleton.base.cycle_s,
    )
