"""Stage sets for a light of several nodes, where everything at once would be too much.

Groups of different nodes do not conflict, so stages of one node go with any of
another's and their number multiplies. Here each part of the light that conflicts
within itself gets its own stage sets, and sets of equal length are laid side by
side: the parts change stage together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from signalctl.optimiser.stage_design.compatible import compatible_sets
from signalctl.optimiser.stage_design.interstage import lead_matrix
from signalctl.optimiser.stage_design.problem import StageProblem
from signalctl.optimiser.stage_design.scoring import green_flags, scores
from signalctl.optimiser.stage_design.stage_sets import stage_sets

_SIZES: Final = (2, 3, 4)
_RANKS: Final = 12
"""Best sets of each part that are laid side by side with those of the others."""


def parts(problem: StageProblem) -> tuple[tuple[int, ...], ...]:
    """Bundles that conflict with each other, directly or through others, in order."""
    n = len(problem.bundles)
    left = set(range(n))
    found = []
    while left:
        part, edge = set(), {min(left)}
        while edge:
            part |= edge
            near = {j for i in edge for j in left if not problem.protected[i, j]}
            edge = near - part
        left -= part
        found.append(tuple(sorted(part)))
    return tuple(found)


def joint_sets(
    problem: StageProblem,
) -> tuple[list[frozenset[int]], list[tuple[int, ...]]]:
    """Stages and, by their numbers, cyclic sequences of them that serve everybody.

    Of each number of stages the best set of every part, then the second best of
    every part, and so on; a part with fewer stages holds its last one longer.
    """
    by_part = [_sequences(problem, part) for part in parts(problem)]
    if any(not own for own in by_part):
        return [], []
    stages: dict[frozenset[int], int] = {}
    found: dict[tuple[int, ...], None] = {}
    for size in _SIZES:
        able = [[own for own in part if len(own) <= size] for part in by_part]
        if any(not part for part in able):
            continue
        exact = [[own for own in part if len(own) == size] or part for part in able]
        for rank in range(min(_RANKS, max(len(part) for part in exact))):
            chosen = [part[min(rank, len(part) - 1)] for part in exact]
            joint = [
                frozenset().union(*(own[min(k, len(own) - 1)] for own in chosen))
                for k in range(size)
            ]
            if len(set(joint)) == size:
                found[tuple(stages.setdefault(stage, len(stages)) for stage in joint)] = None
    return list(stages), list(found)


def _sequences(problem: StageProblem, part: Sequence[int]) -> list[tuple[frozenset[int], ...]]:
    """Stage sets of one part in their best order, the best first."""
    inside = np.zeros(len(problem.bundles), dtype=bool)
    inside[list(part)] = True
    both = np.outer(inside, inside)
    own = replace(
        problem,
        compatible=problem.compatible & both,
        protected=problem.protected & both,
        ratio=np.where(inside, problem.ratio, 0.0),
        required=frozenset(c for c in problem.required if set(problem.clusters[c]) <= set(part)),
    )
    stages = [stage for stage in compatible_sets(own) if stage <= set(part)]
    if not any(not problem.protected[i, j] for i in part for j in part):
        return [(frozenset(part),)]
    sets, _ = stage_sets(own, stages)
    if not sets:
        return []
    lead_s = lead_matrix(problem, green_flags(problem, stages))
    ranked = sorted(scores(own, stages, sets, lead_s), key=lambda s: (s.delay_s, s.order))
    return [tuple(stages[k] for k in score.order) for score in ranked]
