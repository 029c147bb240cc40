"""Who is ahead of whom after the same runs, and who can never win.

A plan is measured against the shipped plan on the same seeds. First come its faults:
more vehicles left unfinished, more collisions than one by chance, clearly more
emergency stops or brakings than the shipped plan bar it from winning. Then queue
limits, then unfinished vehicles, then the score: the mean, by how much the highest value
passes what seeds ordinarily differ by, so that a plan that jams on one seed in five pays
for it once more, and a part for each emergency more than the shipped plan has, so that of
plans alike the safer one wins.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Objective
from signalctl.sim.measures import Measures
from signalctl.sim.statistics import percentile

CLEARLY: Final = 0.05
"""Level at which a count is clearly higher."""
COLLISIONS: Final = 0.3
"""The same for collisions: one in thousands of trips says nothing of a plan, 2 against 0 do."""

LOCKED: Final = 1.5
"""A plan has locked up with the seed whose value passes its median so many times."""
ORDINARY: Final = 1.15
"""So many times its median a plan may reach with a seed by chance: the highest of a few values
is mostly luck, and weighing it whole would let luck choose between plans that are alike."""

EMERGENCY_SHARE: Final = 0.02
"""Part of its value that a plan pays for each emergency braking or stop a run more than shipped."""
COLLISION_SHARE: Final = 0.05
"""The same for each collision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One entrant after runs with `seeds`, `values` being the objective of each.

    `delay_s` is total delay of each. `faults` are sentences; an entrant with any is
    barred. `risk` is the part of its value that it pays for emergencies. `queues_m` is
    the longest queue of each limited edge over the seeds, `excess_m` by how much the
    worst passed its limit, 0 where all are held. `unseen` is what the chance of a lock-up
    that no seed has shown yet costs, see `unseen_lock_up`.
    """

    entrant: str
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    delay_s: tuple[float, ...]
    unfinished: int
    collisions: int
    emergency_stops: int
    emergency_brakings: int
    queues_m: FrozenMap[str, float]
    excess_m: float
    faults: tuple[str, ...]
    risk: float = 0.0
    unseen: float = 0.0

    @property
    def score(self) -> float:
        """Mean, tail, risk and unseen; the tail is what the highest is above ORDINARY * median."""
        mean = math.fsum(self.values) / len(self.values)
        tail = max(0.0, max(self.values) - ORDINARY * percentile(self.values, 0.5))
        return mean * (1.0 + self.risk) + tail + self.unseen

    @property
    def order(self) -> tuple[bool, float, int, float, str]:
        """Sorts the better entrant first; the name makes ties the same everywhere."""
        return (bool(self.faults), self.excess_m, self.unfinished, self.score, self.entrant)


def standing(
    entrant: str,
    own: Mapping[int, Measures],
    shipped: Mapping[int, Measures],
    seeds: Sequence[int],
    objective: Objective,
    unseen: float = 0.0,
) -> Standing:
    """An entrant's standing after the seeds; both mappings hold measures by seed."""
    runs = [own[seed] for seed in seeds]
    base = [shipped[seed] for seed in seeds]
    limits = objective.queue_limits_m
    queues = longest_queues_m(runs)
    over = [queues.get(edge, 0.0) - limit for edge, limit in limits.items()]
    return Standing(
        entrant=entrant,
        seeds=tuple(seeds),
        values=tuple(objective.value(run) for run in runs),
        delay_s=tuple(run.total_delay_s for run in runs),
        unfinished=sum(run.unfinished for run in runs),
        collisions=sum(run.collisions for run in runs),
        emergency_stops=sum(run.emergency_stops for run in runs),
        emergency_brakings=sum(run.emergency_brakings for run in runs),
        queues_m=FrozenMap({edge: queues.get(edge, 0.0) for edge in limits}),
        excess_m=max([0.0, *over]),
        faults=faults(runs, base),
        risk=risk(runs, base),
        unseen=unseen,
    )


def lock_ups(values: Mapping[int, float]) -> dict[int, float]:
    """By how much those of a plan's values pass their median that do so `LOCKED` times, by seed.

    Of two the lower is the median: between them nothing would stand out.
    """
    if len(values) < 2:
        return {}
    usual = statistics.median_low(values.values())
    return {seed: value - usual for seed, value in values.items() if value > LOCKED * usual}


def lock_up_cost(measures: Mapping[str, Mapping[int, Measures]], objective: Objective) -> float:
    """What a lock-up adds to a plan's value: the median of those seen, 0 where none was.

    `measures` are the runs of all plans by seed; more may come meanwhile.
    """
    found = [
        cost
        for runs in list(measures.values())
        for cost in lock_ups({s: objective.value(run) for s, run in list(runs.items())}).values()
    ]
    return statistics.median(found) if found else 0.0


def unseen_lock_up(
    cost: float,
    own: Mapping[int, Measures],
    given_up: Set[int],
    seeds: Sequence[int],
    objective: Objective,
) -> float:
    """What the chance of a lock-up costs that the standing's seeds do not show.

    `own` are all of a plan's runs, `given_up` the seeds with which it locked up so that its run
    was given up. The next seed shows what k of n have shown with probability (k + 1) / (n + 2)
    (Laplace's rule of succession), so that where plans lock up one that was clean with many
    seeds is ahead of one that was with few. Lock-ups with the standing's `seeds` count there.
    """
    runs = list(own.items())
    locked = {*lock_ups({seed: objective.value(run) for seed, run in runs}), *given_up}
    return cost * (len(locked - {*seeds}) + 1) / (len({seed for seed, _ in runs} | given_up) + 2)


def risk(own: Sequence[Measures], shipped: Sequence[Measures]) -> float:
    """Part of its value that a plan pays for emergencies beyond the shipped plan's, 0 or more.

    Too few to bar it, they may be chance; between plans of nearly the same delay they decide.
    """
    found = 0.0
    for name, share in (
        ("emergency_brakings", EMERGENCY_SHARE),
        ("emergency_stops", EMERGENCY_SHARE),
        ("collisions", COLLISION_SHARE),
    ):
        more = sum(
            getattr(mine, name) - getattr(base, name)
            for mine, base in zip(own, shipped, strict=True)
        )
        found += share * max(0, more) / len(own)
    return found


def faults(own: Sequence[Measures], shipped: Sequence[Measures]) -> tuple[str, ...]:
    """Why a plan may not win against the shipped one, from runs with the same seeds."""

    def totals(name: str) -> tuple[int, int]:
        return sum(getattr(m, name) for m in own), sum(getattr(m, name) for m in shipped)

    found = []
    for name, what, level in (
        ("unfinished", "leaves more vehicles unfinished", 1.0),
        ("collisions", "has more collisions", COLLISIONS),
        ("emergency_stops", "has clearly more emergency stops", CLEARLY),
        ("emergency_brakings", "has clearly more emergency brakings", CLEARLY),
    ):
        count, base = totals(name)
        if is_clearly_more(count, base, level):
            found.append(f"{what}: {count} against {base} of the shipped plan")
    return tuple(found)


def is_clearly_more(count: int, base: int, level: float = CLEARLY, share: float = 0.5) -> bool:
    """Whether a count of rare events is higher than another one not just by chance.

    `share` is the first one's share of the runs of both. Given their sum, a count of equal
    rate is binomial with that share; the test is one-sided (Przyborowski and Wilenski 1940,
    Biometrika 31).
    """
    if count * (1.0 - share) <= base * share:
        return False
    from scipy.special import bdtrc

    return float(bdtrc(count - 1, count + base, share)) < level


def longest_queues_m(runs: Sequence[Measures]) -> dict[str, float]:
    """Longest queue of each watched edge over some runs, m."""
    found: dict[str, float] = {}
    for run in runs:
        for approach in run.approaches:
            found[approach.edge_id] = max(found.get(approach.edge_id, 0.0), approach.max_queue_m)
    return found


def spearman(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Rank correlation, ties sharing their mean rank; None where one side is all equal.

    Spearman 1904: Pearson's correlation of the ranks.
    """
    if len(a) != len(b) or len(a) < 3:
        return None
    ranks = [_ranks(a), _ranks(b)]
    centred = [[r - math.fsum(side) / len(side) for r in side] for side in ranks]
    norms = [math.sqrt(math.fsum(r * r for r in side)) for side in centred]
    if not all(norms):
        return None
    return math.fsum(x * y for x, y in zip(*centred, strict=True)) / (norms[0] * norms[1])


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    places: dict[float, list[int]] = {}
    for place, value in enumerate(ordered):
        places.setdefault(value, []).append(place)
    return [math.fsum(places[value]) / len(places[value]) for value in values]
