"""The few plans of different kinds that are worth a simulation, ranked with other demands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from signalctl.optimiser.search.point import NetworkPoint
from signalctl.optimiser.search.pool import Entry, Pool
from signalctl.optimiser.search.scorer import Scorer
from signalctl.optimiser.search.space import Space
from signalctl.optimiser.search.traffic_model import TrafficModel

HOPELESS: Final = 4.0
"""Runs of finalists are given up above so many times the best value."""
_BATCH: Final = 4
"""Plans scored together; the first ones always are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """A plan for the whole network with what the model says of it.

    `value` on the traffic it was searched on; `robust_value` is mean plus tail over
    that and the other demands, see `mean_and_tail`. `family` names the start or step
    it came from.
    """

    point: NetworkPoint
    value: float
    robust_value: float
    family: str


def mean_and_tail(values: Sequence[float]) -> float:
    """Mean of the values plus how far the worst lies above their median.

    A plan that locks up in one of them is no good plan, however good its median.
    """
    return fmean(values) + max(values) - median(values)


def finalists(
    space: Space,
    scorer: Scorer,
    pool: Pool,
    demands: Sequence[TrafficModel],
    *,
    at_most: int,
    is_over: Callable[[], bool] = lambda: False,
) -> tuple[Finalist, ...]:
    """The elite of a pool and the best of each family, best first by mean and tail.

    `demands` are models to rank on, that of the period's own traffic first. The best
    by the search are scored first; once `is_over` says so, the rest keep the search's
    figure and come last.
    """
    leaders = sorted(pool.families.values(), key=lambda entry: entry.score.value)
    entries: dict[object, Entry] = {entry.state: entry for entry in leaders[:at_most]}
    for entry in pool.elite(at_most):
        if len(entries) < at_most:
            entries.setdefault(entry.state, entry)
    if pool.best is not None and pool.best.state not in entries:
        entries[pool.best.state] = pool.best
    chosen = list(entries.values())
    chosen.sort(key=lambda entry: entry.score.value)
    scorers = [scorer.on(model) for model in demands]
    values: list[list[float]] = []
    # A lock-up under another demand counts with this; its true figure takes long to run.
    bound = HOPELESS * chosen[0].score.value if chosen else math.inf
    for at in range(0, len(chosen), _BATCH):
        if at and is_over():
            break
        states = [entry.state for entry in chosen[at : at + _BATCH]]
        columns = [each.must_score(states, bound) for each in scorers]
        values += [[score.value for score in row] for row in zip(*columns, strict=True)]
    unranked = [
        Finalist(
            point=space.point_of(entry.state),
            value=entry.score.value,
            robust_value=entry.score.value,
            family=entry.family,
        )
        for entry in chosen[len(values) :]
    ]
    found = [
        Finalist(
            point=space.point_of(entry.state),
            value=row[0],
            robust_value=mean_and_tail(row),
            family=entry.family,
        )
        for entry, row in zip(chosen, values, strict=False)
    ]
    found.sort(key=lambda each: (each.robust_value, each.value))
    return (*found, *unranked)
