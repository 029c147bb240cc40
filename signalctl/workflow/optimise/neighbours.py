"""Plans near the race's leader: where the model cannot tell, SUMO is asked itself.

Changes are those an engineer would try: another cycle, seconds from one stage to
another, another offset, a junction as another good plan has it. The model only weeds
out what it thinks is much worse.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence, Set
from typing import Final

from signalctl.domain.errors import SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint, tables
from signalctl.optimiser.search.space import Keep
from signalctl.workflow.optimise.problem import Problem

FACTORS: Final = (0.9, 1.1, 0.82, 1.2, 0.95, 1.05, 1.35, 0.74)
"""Changes of the cycle at all junctions, in the order in which they are tried."""
ANY_FACTOR: Final = (0.85, 1.18)
"""Between these lies any other change of the cycle."""
SHIFTS_S: Final = (1, 2, 3, 5)
"""Seconds moved from one stage to another at a time."""
OFFSETS_S: Final = (-10, -6, -3, 3, 6, 10)
TRIED_FOR_ONE: Final = 4
"""Neighbours that the model looks at for each one wanted."""
CYCLES: Final = 0.15
"""Share of changes that are another cycle."""
TWICE: Final = 0.5
"""Share of moved seconds that are moved between two pairs of stages."""
CROSSED: Final = 0.3
"""Share of changes that take a junction over from another plan."""
HOPELESS: Final = 1.25
"""A neighbour so many times worse than the leader, as the model sees it, is left out."""


def neighbours(
    problem: Problem,
    leader: NetworkPoint,
    others: Sequence[NetworkPoint],
    wanted: int,
    seed: int,
    objective: Objective,
    known: Set[NetworkPoint] = frozenset(),
) -> list[tuple[str, NetworkPoint, float]]:
    """Up to so many (what was changed, point, model value), the model's best first.

    `objective` says which are best, `others` are further plans that did well in SUMO,
    `known` those that SUMO has judged already.
    The same arguments give the same neighbours.
    """
    rng = random.Random(seed)  # noqa: S311 - a search, not a secret
    found: dict[NetworkPoint, str] = {}
    for what, point in _changed(problem, leader, others, rng, wanted * TRIED_FOR_ONE):
        if point != leader and point not in known:
            found.setdefault(point, what)
        if len(found) >= wanted * TRIED_FOR_ONE:
            break
    if not found:
        return []
    ends = problem.model.run_many(
        [tables(point) for point in (leader, *found)], threads=problem.request.jobs
    )
    values = [objective.value(end) for end in ends]
    near = sorted(
        (value + objective.blocking_value(end.blocking_per_vehicle), number)
        for number, (value, end) in enumerate(zip(values[1:], ends[1:], strict=True))
        if value <= HOPELESS * max(values[0], 1.0)
    )
    listed = list(found.items())
    return [(listed[i][1], listed[i][0], values[i + 1]) for _, i in near[:wanted]]


def _changed(
    problem: Problem,
    leader: NetworkPoint,
    others: Sequence[NetworkPoint],
    rng: random.Random,
    wanted: int,
) -> Iterator[tuple[str, NetworkPoint]]:
    """Changed points without end, cycles first; some may be equal."""
    keep = problem.request.keep
    if Keep.CYCLE not in keep:
        for factor in FACTORS:
            point = _at_factor(problem, leader, factor)
            if point is not None:
                yield f"cycle x {factor:g}", point
    junctions = sorted(leader)
    for _ in range(8 * wanted):
        if Keep.CYCLE not in keep and rng.random() < CYCLES:
            factor = round(rng.uniform(*ANY_FACTOR), 2)
            point = _at_factor(problem, leader, factor)
            if point is not None:
                yield f"cycle x {factor:g}", point
            continue
        junction_id = rng.choice(junctions)
        here = leader[junction_id]
        if len(junctions) > 1 and others and rng.random() < CROSSED:
            other = rng.choice(others)[junction_id]
            if other != here:
                yield f"{junction_id} as in another", FrozenMap({**leader, junction_id: other})
            continue
        if len(junctions) > 1 and Keep.OFFSETS not in keep and rng.random() < 0.4:
            by_s = rng.choice(OFFSETS_S)
            moved = JunctionPoint(
                skeleton=here.skeleton,
                lengths=here.lengths,
                offset_s=(here.offset_s + by_s) % here.cycle_s,
            )
            yield f"{junction_id} {by_s:+d} s", FrozenMap({**leader, junction_id: moved})
            continue
        shifted = _shifted(here, rng)
        if shifted is not None and rng.random() < TWICE:
            shifted = _shifted(shifted, rng) or shifted
        if shifted is not None:
            yield f"{junction_id} splits", FrozenMap({**leader, junction_id: shifted})


def _shifted(point: JunctionPoint, rng: random.Random) -> JunctionPoint | None:
    """Some seconds from one stage to another; None where a minimum forbids it."""
    if len(point.lengths) < 2:
        return None
    give, take = rng.sample(range(len(point.lengths)), 2)
    by_s = rng.choice(SHIFTS_S)
    lengths = list(point.lengths)
    lengths[give] -= by_s
    lengths[take] += by_s
    if lengths[give] <= 0 or not point.skeleton.is_feasible(lengths):
        return None
    return JunctionPoint(skeleton=point.skeleton, lengths=tuple(lengths), offset_s=point.offset_s)


def _at_factor(problem: Problem, leader: NetworkPoint, factor: float) -> NetworkPoint | None:
    """All junctions at a longer or shorter cycle, splits in proportion, offsets too.

    None where a junction cannot have it.
    """
    cycles: Sequence[int] = problem.request.cycles
    found: dict[str, JunctionPoint] = {}
    for junction_id, here in leader.items():
        cycle_s = round(here.cycle_s * factor)
        if cycle_s not in cycles:
            return None
        try:
            lengths = here.skeleton.lengths_at(cycle_s, [float(s) for s in here.lengths])
        except SolveError:
            return None
        found[junction_id] = JunctionPoint(
            skeleton=here.skeleton,
            lengths=lengths,
            offset_s=round(here.offset_s * factor) % cycle_s,
        )
    return FrozenMap(found)
