"""Medians, tails and paired comparisons over seeds, without a statistics package.

Source of the interval: two-sided Student t interval of the mean, of paired
differences where two sides are compared, mean +- t(0.975, n - 1) s / sqrt(n) (any
statistics textbook; the same seeds on both sides make the pairs).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from signalctl.domain.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A measure over seeds: median, 90th percentile, extremes, and each seed's value."""

    median: float
    p90: float
    lowest: float
    highest: float
    per_seed: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """other - base over the same seeds; below 0 the other has less.

    `interval` holds the mean difference with 95 % confidence and is None with
    fewer than two seeds. `relative` is the mean difference over the base's mean.
    """

    mean: float
    median: float
    interval: tuple[float, float] | None
    relative: float | None
    seeds: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.interval is not None and not self.interval[0] <= 0.0 <= self.interval[1]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of them lie, between two interpolated linearly.

    Hyndman and Fan (1996) type 7. Raises InputError for no values.
    """
    if not values:
        raise InputError("No values have no percentile.")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> Spread:
    """Spread of a measure over seeds, in their order. Raises InputError for no values."""
    return Spread(
        median=percentile(values, 0.5),
        p90=percentile(values, 0.9),
        lowest=min(values),
        highest=max(values),
        per_seed=tuple(values),
    )


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean of what the values were drawn from lies between, with 95 % confidence.

    Raises InputError for fewer than two values.
    """
    n = len(values)
    if n < 2:
        raise InputError("One value gives no interval.")
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = _t_975(n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half


def paired_difference(base: Sequence[float], other: Sequence[float]) -> PairedDifference:
    """Difference other - base seed by seed. Raises InputError unless pairs are given."""
    if len(base) != len(other) or not base:
        raise InputError(f"{len(base)} and {len(other)} values make no pairs.")
    differences = [b - a for a, b in zip(base, other, strict=True)]
    n = len(differences)
    mean = math.fsum(differences) / n
    base_mean = math.fsum(base) / n
    return PairedDifference(
        mean=mean,
        median=percentile(differences, 0.5),
        interval=mean_interval(differences) if n > 1 else None,
        relative=mean / base_mean if base_mean else None,
        seeds=n,
    )


def _t_975(degrees: int) -> float:
    # Imported here: scipy takes longer to load than everything else in this room.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))
