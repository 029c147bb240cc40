"""Stages there can be: sets of bundles that may be green together.

Maximal cliques of three graphs: everybody who may go together; the same without
vehicles giving way to vehicles (turns give way to pedestrians only); and nobody
giving way to anybody. So a left turn finds stages with it permissive, without
it, and with it protected.
Source: C. Bron, J. Kerbosch, Algorithm 457: finding all cliques of an undirected
graph, Comm. ACM 16 (1973) 575-577, with a pivot.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np

from signalctl.domain.junction import Conflict, GroupKind
from signalctl.optimiser.stage_design.problem import Flags, StageProblem

MOST_CLIQUES: Final = 400
"""Cliques taken from one graph; a light of several nodes has far more."""


def compatible_sets(problem: StageProblem) -> tuple[frozenset[int], ...]:
    """Sets of bundles that may be green together, maximal in one of the graphs, each once."""
    graphs = (problem.compatible, _walkers_only(problem), problem.protected)
    found: dict[frozenset[int], None] = {}
    for graph in graphs:
        found.update(dict.fromkeys(islice(maximal_cliques(graph), MOST_CLIQUES)))
    return tuple(found)


def maximal_cliques(graph: Flags) -> Iterator[frozenset[int]]:
    """All maximal cliques of a symmetric graph in a fixed order; the diagonal is ignored."""
    n = len(graph)
    near = [frozenset(int(j) for j in np.flatnonzero(graph[i]) if j != i) for i in range(n)]

    def grow(
        clique: frozenset[int], able: frozenset[int], done: frozenset[int]
    ) -> Iterator[frozenset[int]]:
        if not able and not done:
            yield clique
            return
        pivot = max(sorted(able | done), key=lambda v: len(near[v] & able))
        for v in sorted(able - near[pivot]):
            yield from grow(clique | {v}, able & near[v], done & near[v])
            able, done = able - {v}, done | {v}

    if n:
        yield from grow(frozenset(), frozenset(range(n)), frozenset())


def _walkers_only(problem: StageProblem) -> Flags:
    """Who may go together when vehicles give way to pedestrians, never to vehicles."""
    junction = problem.junction
    graph: Flags = problem.compatible.copy()
    for i, one in enumerate(problem.bundles):
        for j, other in enumerate(problem.bundles):
            if i != j and graph[i, j] and not problem.protected[i, j]:
                graph[i, j] = all(
                    GroupKind.PEDESTRIAN in (junction.group(a).kind, junction.group(b).kind)
                    for a in one
                    for b in other
                    if junction.conflicts.between(a, b) is Conflict.YIELDS
                )
    return graph
