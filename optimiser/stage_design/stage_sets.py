"""Sets of stages that serve everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import Final, TypeAlias

from signalctl.optimiser.stage_design.problem import StageProblem

MOST_STAGES: Final = 5
MOST_COVERS: Final = 1500
"""Sets of one size that are looked at; what is left out beyond is said by `stage_sets`."""
MOST_LOOKS: Final = 20_000
"""Stages looked at for sets of one size."""

Gain: TypeAlias = tuple[frozenset[int], frozenset[int]]
"""What a stage gives: the clusters it serves, the bundles with traffic it protects."""


def stage_sets(
    problem: StageProblem, stages: Sequence[frozenset[int]]
) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """Sets of 2 to `MOST_STAGES` stages (their numbers, rising) that serve every cluster.

    A set serves a cluster when one of its stages has the whole of it. Every set
    is such that each stage was needed when it was taken, plus sets with one more
    stage that protects a bundle which the set shows permissive only. The flag
    says whether all such sets were looked at.
    """
    gains = [_gain(problem, stage) for stage in stages]
    serves = [served for served, _ in gains]
    found: dict[tuple[int, ...], None] = {}
    complete = True
    for size in range(1, MOST_STAGES + 1):
        some = list(islice(_covers(problem.required, serves, size), MOST_COVERS + 1))
        complete = complete and len(some) <= MOST_COVERS
        found.update(dict.fromkeys(tuple(sorted(cover)) for cover in some[:MOST_COVERS]))
    for cover in list(found)[:MOST_COVERS]:
        if len(cover) < MOST_STAGES:
            found.update(dict.fromkeys(_protecting(problem, stages, gains, cover)))
    several = tuple(
        cover for cover in found if len(cover) > 1 and _all_of_use([gains[k] for k in cover])
    )
    return several, complete


def _gain(problem: StageProblem, stage: frozenset[int]) -> Gain:
    forced = problem.permissive_in(problem.groups_of(stage))
    served = frozenset(c for c in problem.required if stage.issuperset(problem.clusters[c]))
    safe = frozenset(
        b for b in stage if problem.ratio[b] > 0 and not forced & set(problem.bundles[b])
    )
    return served, safe


def _all_of_use(gains: Sequence[Gain]) -> bool:
    """Whether each stage alone serves a cluster, or alone protects a bundle with traffic."""
    return all(_alone(gains, k, 0) or _alone(gains, k, 1) for k in range(len(gains)))


def _alone(gains: Sequence[Gain], k: int, what: int) -> bool:
    """Whether stage k gives something that no other stage gives."""
    others = [gain[what] for number, gain in enumerate(gains) if number != k]
    return bool(gains[k][what].difference(*others))


def _covers(
    required: frozenset[int], serves: Sequence[frozenset[int]], size: int
) -> Iterator[frozenset[int]]:
    """Covers of exactly `size` stages, branching on the cluster that fewest stages serve.

    Ends after `MOST_LOOKS` stages looked at, found or not.
    """
    widest = max((len(served) for served in serves), default=0)
    looks = count()

    def grow(taken: frozenset[int], left: frozenset[int]) -> Iterator[frozenset[int]]:
        if not left:
            if len(taken) == size:
                yield taken
            return
        if len(left) > widest * (size - len(taken)):
            return
        rarest = min(sorted(left), key=lambda c: sum(c in served for served in serves))
        for number, served in enumerate(serves):
            if rarest in served:
                if next(looks) > MOST_LOOKS:
                    return
                yield from grow(taken | {number}, left - served)

    yield from grow(frozenset(), required)


def _protecting(
    problem: StageProblem,
    stages: Sequence[frozenset[int]],
    gains: Sequence[Gain],
    cover: tuple[int, ...],
) -> Iterator[tuple[int, ...]]:
    """The cover with one more stage, which protects somebody it shows permissive only."""
    shown = frozenset[int]().union(*(stages[k] for k in cover))
    safe = frozenset[int]().union(*(gains[k][1] for k in cover))
    exposed = frozenset(b for b in shown if problem.ratio[b] > 0) - safe
    for number, (_, protected) in enumerate(gains):
        if exposed & protected:
            yield tuple(sorted((*cover, number)))
