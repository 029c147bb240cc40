"""A line of a report: a measure of two variants over paired seeds, and what may be said of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from signalctl.sim.statistics import paired_difference

LEAST_PAIRS: Final = 10
"""Fewer pairs than this get their interval and no word of gain or loss."""


class Finding(StrEnum):
    """What the seeds show of a measure that is better when it is less."""

    LESS = "less"
    MORE = "more"
    NONE = "none"
    """The interval contains 0: no difference shown."""
    FEW = "few"
    """Clear of 0, or without an interval, but of too few pairs for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Means over seeds before and after, and the mean of the paired differences after - before.

    `interval` holds that mean with 95 % confidence (Student, paired by seed); None with
    one seed.
    """

    before: float
    after: float
    difference: float
    interval: tuple[float, float] | None
    pairs: int

    @property
    def finding(self) -> Finding:
        """What may be said of it."""
        if self.interval is not None and self.interval[0] <= 0.0 <= self.interval[1]:
            return Finding.NONE
        if self.interval is None or self.pairs < LEAST_PAIRS:
            return Finding.FEW
        return Finding.LESS if self.difference < 0 else Finding.MORE

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "difference": self.difference,
            "interval": None if self.interval is None else list(self.interval),
            "pairs": self.pairs,
            "finding": self.finding.value,
        }


def line(before: Sequence[float], after: Sequence[float]) -> Line:
    """The line of a measure, seed by seed. Raises InputError unless pairs are given."""
    found = paired_difference(before, after)
    return Line(
        before=math.fsum(before) / found.seeds,
        after=math.fsum(after) / found.seeds,
        difference=found.mean,
        interval=found.interval,
        pairs=found.seeds,
    )
