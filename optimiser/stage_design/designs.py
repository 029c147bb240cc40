"""Stage designs of a junction: the shipped stages, and others composed from the matrix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from signalctl.domain.aspect import GreenKind
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.optimiser.mend import mended
from signalctl.optimiser.stage_design.base_program import base_program, generous_greens_s
from signalctl.optimiser.stage_design.compatible import MOST_CLIQUES, compatible_sets
from signalctl.optimiser.stage_design.interstage import kinds_in_order, lead_matrix
from signalctl.optimiser.stage_design.permission import Permission, shown_permissive
from signalctl.optimiser.stage_design.problem import StageProblem, stage_problem
from signalctl.optimiser.stage_design.report import (
    dropped_stages,
    label_of,
    newly_permissive,
    stages_of,
)
from signalctl.optimiser.stage_design.scoring import (
    Score,
    green_flags,
    scores,
    second_order,
)
from signalctl.optimiser.stage_design.several_nodes import joint_sets, parts
from signalctl.optimiser.stage_design.stage_sets import stage_sets
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate_program

SHIPPED: Final = "shipped"
AT_MOST: Final = 24
_TRIED_FOR_ONE: Final = 3
"""Stage sets that are unrolled and judged for each design wanted."""
_FIRST_ORDERS: Final = 0.7
"""Share of the designs wanted that come in their best order before second orders follow."""
_SCREENED: Final = 400
"""Best stage sets among which diverse ones are chosen."""
_LIKENESS: Final = 1.5
"""What full likeness to a design already taken weighs, in units of the best delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDesign:
    """A stage set as a base program that is safe at some cycle.

    `program` is what `Skeleton` stretches; `stages` are the greens in cyclic
    order, interstages left out. `dropped` names the shipped stages that are no
    longer there, `made_permissive` the groups that are permissive here and never
    so as shipped. `estimated_delay_s` (per vehicle, at `estimated_cycle_s`) is a
    screen for shortlisting only.
    """

    label: str
    program: Program
    stages: tuple[FrozenMap[str, GreenKind], ...]
    dropped: tuple[str, ...] = ()
    made_permissive: tuple[str, ...] = ()
    estimated_delay_s: float = 0.0
    estimated_cycle_s: int = 0


def stage_designs(
    junction: Junction,
    shipped: Sequence[Program],
    permission: Permission,
    ratios: Mapping[str, float],
    volumes_vph: Mapping[str, float],
    *,
    rules: Profile,
    at_most: int = AT_MOST,
    lanes: Collection[Collection[str]] = (),
) -> tuple[StageDesign, ...]:
    """Designs of a junction, the shipped ones first, then by estimated delay.

    `shipped` are the junction's programs as read (they are mended here), `ratios`
    the flow ratios and `volumes_vph` the volumes of its groups (0 where missing),
    `lanes` the sets of groups that share a lane, if known. Composed designs break
    no error rule of `rules`; shipped ones are kept whatever they break.
    """
    kept = _shipped_designs(junction, shipped)
    programs = [*shipped, *(design.program for design in kept)]
    problem = stage_problem(
        junction, programs, permission, ratios, volumes_vph, rules=rules, lanes=lanes
    )
    found = [_estimated(problem, design) for design in kept]
    seen = {_key(design.stages) for design in kept}
    for one in _composed(problem, programs, max(0, at_most - len(found))):
        if len(found) >= at_most:
            break
        design = _design(problem, one, programs)
        if design is not None and _key(design.stages) not in seen:
            seen.add(_key(design.stages))
            found.append(design)
    return tuple(found)


def _shipped_designs(junction: Junction, shipped: Sequence[Program]) -> list[StageDesign]:
    found: dict[Program, StageDesign] = {}
    for number, program in enumerate(shipped):
        better = mended(program, junction).program
        if better not in found:
            found[better] = StageDesign(
                label=SHIPPED if number == 0 else f"{SHIPPED} {number + 1}",
                program=better,
                stages=stages_of(better, junction),
            )
    return list(found.values())


def _estimated(problem: StageProblem, design: StageDesign) -> StageDesign:
    """A shipped design with the screen's delay, as far as its stages can be screened."""
    stages = [
        frozenset(b for b, bundle in enumerate(problem.bundles) if stage.keys() >= set(bundle))
        for stage in design.stages
    ]
    if len(stages) < 2:
        return design
    lead_s = lead_matrix(problem, green_flags(problem, stages))
    [score] = scores(problem, stages, [tuple(range(len(stages)))], lead_s, orders=False)
    return replace(design, estimated_delay_s=score.delay_s, estimated_cycle_s=score.cycle_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Composed:
    stages: tuple[frozenset[str], ...]
    score: Score


def _composed(problem: StageProblem, shipped: Sequence[Program], wanted: int) -> list[_Composed]:
    """Stage sets in their best order, diverse ones; after most of them, second orders.

    Among the first is the best one that makes nobody permissive who was not so as shipped.
    """
    stages: Sequence[frozenset[int]] = compatible_sets(problem)
    joint = len(stages) >= MOST_CLIQUES and len(parts(problem)) > 1
    sets: Sequence[tuple[int, ...]]
    if joint:
        stages, sets = joint_sets(problem)
    else:
        sets, _ = stage_sets(problem, stages)
    if not sets or not wanted:
        return []
    lead_s = lead_matrix(problem, green_flags(problem, stages))
    ranked = sorted(
        scores(problem, stages, sets, lead_s, orders=not joint),
        key=lambda s: (s.delay_s, len(s.order), s.order),
    )
    chosen = _diverse(problem, stages, ranked, wanted * _TRIED_FOR_ONE)
    careful = next((s for s in ranked if not _newly(problem, stages, s, shipped)), None)
    if careful is not None and careful not in chosen[:1]:
        chosen = [*chosen[:1], careful, *(score for score in chosen[1:] if score is not careful)]
    first = max(1, round(wanted * _FIRST_ORDERS))
    turned = [second_order(score.order, lead_s) for score in chosen[:first]]
    others = [order for order in turned if order is not None]
    chosen[first:first] = scores(problem, stages, others, lead_s, orders=False)
    return [
        _Composed(stages=tuple(problem.groups_of(stages[k]) for k in score.order), score=score)
        for score in chosen
        if np.isfinite(score.delay_s)
    ]


def _newly(
    problem: StageProblem,
    stages: Sequence[frozenset[int]],
    score: Score,
    shipped: Sequence[Program],
) -> bool:
    """Whether a stage set makes a group permissive that no shipped program shows so."""
    return any(
        not any(shown_permissive(program, group) for program in shipped)
        for k in score.order
        for group in problem.permissive_in(problem.groups_of(stages[k]))
    )


def _diverse(
    problem: StageProblem,
    stages: Sequence[frozenset[int]],
    ranked: Sequence[Score],
    at_most: int,
) -> list[Score]:
    """The best first, then always the one that is good and unlike those taken.

    Delay relative to the best plus likeness to the nearest one taken (J. Carbonell
    and J. Goldstein, The use of MMR, SIGIR 1998); alike are sets that share stages
    and that show the same bundles permissive.
    """
    able = [score for score in ranked if np.isfinite(score.delay_s)][:_SCREENED]
    if not able:
        return []
    traits = np.array([_traits(problem, stages, score) for score in able])
    delay = np.array([score.delay_s for score in able]) / max(able[0].delay_s, 1e-9)
    near = np.zeros(len(able))
    left = np.ones(len(able), dtype=bool)
    found: list[Score] = []
    while left.any() and len(found) < at_most:
        best = int(np.argmin(np.where(left, delay + _LIKENESS * near, np.inf)))
        found.append(able[best])
        left[best] = False
        shared = np.minimum(traits, traits[best]).sum(axis=1)
        near = np.maximum(near, shared / np.maximum(traits, traits[best]).sum(axis=1))
    return found


def _traits(problem: StageProblem, stages: Sequence[frozenset[int]], score: Score) -> list[float]:
    """What tells stage sets apart: for each pair of bundles with traffic whether they go
    together; for each bundle whether it is protected, and permissive, somewhere."""
    busy = [b for b in range(len(problem.bundles)) if problem.ratio[b] > 0]
    place = {b: i for i, b in enumerate(busy)}
    together = np.zeros((len(busy), len(busy)))
    protected, permissive = np.zeros(len(busy)), np.zeros(len(busy))
    for k in score.order:
        forced = problem.permissive_in(problem.groups_of(stages[k]))
        inside = [place[b] for b in stages[k] if b in place]
        together[np.ix_(inside, inside)] = 1.0
        for i in inside:
            gives_way = bool(forced & set(problem.bundles[busy[i]]))
            (permissive if gives_way else protected)[i] = 2.0
    return [*together[np.triu_indices(len(busy), 1)], *protected, *permissive, len(score.order) / 2]


def _design(
    problem: StageProblem, composed: _Composed, shipped: Sequence[Program]
) -> StageDesign | None:
    """The design of a stage set; None where no safe program comes of it."""
    stages = kinds_in_order(problem, composed.stages)
    program = base_program(
        problem, stages, generous_greens_s(problem, stages, composed.score.greens_s)
    )
    if program is None:
        return None
    findings = validate_program(program, problem.junction, problem.rules)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None
    return StageDesign(
        label=label_of(stages, problem.junction),
        program=program,
        stages=tuple(FrozenMap(stage) for stage in stages),
        dropped=dropped_stages(shipped, stages, problem.junction),
        made_permissive=newly_permissive(shipped, stages, problem.junction),
        estimated_delay_s=composed.score.delay_s,
        estimated_cycle_s=composed.score.cycle_s,
    )


def _key(stages: Sequence[FrozenMap[str, GreenKind]]) -> tuple[object, ...]:
    """Stages as a cycle, whichever comes first."""
    sets = [frozenset(stage.items()) for stage in stages]
    turns = [tuple(sets[k:] + sets[:k]) for k in range(len(sets))]
    return min(turns, key=lambda turn: [sorted(stage) for stage in turn], default=())
