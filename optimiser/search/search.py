"""The search for good plans on a traffic model: cycle, stages, splits and offsets together.

A fixed sequence of steps for a given seed: starts as they are, shipped stages at other
cycles, stage designs built up at each of a range of cycles, the best of them climbed,
then large steps until nothing gains. A budget decides only where the sequence stops.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.search.course import Course
from signalctl.optimiser.search.finalists import Finalist, finalists
from signalctl.optimiser.search.point import NetworkPoint
from signalctl.optimiser.search.pool import Pool
from signalctl.optimiser.search.scorer import BudgetSpent, Score, Scorer
from signalctl.optimiser.search.several_demands import SeveralDemands
from signalctl.optimiser.search.space import Keep, Space, State
from signalctl.optimiser.search.traffic_model import TrafficModel
from signalctl.optimiser.skeleton import Skeleton

DEFAULT_CYCLES: Final = range(30, 121)
HOPELESS: Final = 2.0
"""A start so many times worse than the best before it is given up."""
SCORING_SHARE: Final = 0.1
"""Part of the time the search took that its finalists' scoring may go past a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """What the search may change, and how long it may go on.

    `cycles` are those any junction may get; junctions at half or double the common
    cycle with `half_cycles`, clusters with a cycle of their own with `grouped`. `keep`
    is of the first start. `only` restricts the search to some junctions. `threads` of
    the model change no result. `demands_searched` of the other demands are run with
    every candidate, so that what is found has some room (see `SeveralDemands`); the
    rest only rank the finalists. With `is_warm` nothing is built anew: the starts, good
    plans of an earlier search, are climbed from.
    """

    cycles: range = DEFAULT_CYCLES
    keep: frozenset[Keep] = frozenset()
    only: frozenset[str] | None = None
    half_cycles: bool = True
    grouped: bool = True
    seed: int = 1
    threads: int = 2
    max_evaluations: int | None = None
    finalists: int = 30
    demands_searched: int = 1
    is_warm: bool = False

    def __post_init__(self) -> None:
        if not self.cycles or self.cycles[0] < 1 or self.cycles.step < 1:
            raise InputError("The range of cycles is empty.", remedy="Give a range such as 30-120.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchProgress:
    """Where the search is: runs of the model so far, the best value, what it is doing."""

    evaluations: int
    best_value: float
    doing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The finalists, best first by mean and tail over demands, and what was done.

    `starts` holds the model's value of each start as given, on the period's own traffic; a
    lower bound for one that is far worse than those before it.
    `evaluations` are plans run on the model, `given_up` those of them that were ended
    early, `known` points that were met again. `is_built` says that plans were built
    at all cycles worth it, `converged` that the search ended by itself. `told` are
    sentences for people: what was searched, and that nothing is proven.
    """

    pool: tuple[Finalist, ...]
    starts: FrozenMap[str, float]
    evaluations: int
    given_up: int
    known: int
    is_built: bool
    converged: bool
    told: tuple[str, ...]

    @property
    def best(self) -> Finalist:
        """The first of the pool."""
        return self.pool[0]


def search(
    model: TrafficModel,
    skeletons: Mapping[str, Sequence[Skeleton]],
    starts: Mapping[str, NetworkPoint],
    objective: Objective,
    settings: SearchSettings,
    *,
    other_demands: Sequence[TrafficModel] = (),
    deadline: Callable[[], bool] | None = None,
    progress: Callable[[SearchProgress], None] | None = None,
    on_better: Callable[[NetworkPoint, float], None] | None = None,
) -> SearchResult:
    """Search from several starts; the same arguments take the same steps.

    `skeletons` are the stage designs of each junction to search; other junctions show
    what the model shows by itself. `starts` by a name for people, the plan as shipped
    first: `keep` refers to it. The pool of an earlier search makes good further starts.
    `other_demands` run the same plans on slightly other traffic (`perturbed`); the
    heaviest is searched on as well, and values told on the way are means over both.
    `deadline` says whether time is up; the starts and the first finalists on each demand
    are run all the same.
    Raises InputError for no starts, starts that leave out a junction, or a queue limit
    on an unknown edge.
    """
    if not starts or not skeletons:
        raise InputError("There is nothing to search from.", remedy="Give at least one start.")
    space = Space(
        model.traffic, skeletons, keep=settings.keep, only=settings.only, cycles=settings.cycles
    )
    states = {name: space.state_of(point) for name, point in starts.items()}

    def better(state: State, value: float) -> None:
        if on_better is not None:
            on_better(space.point_of(state), value)

    heaviest_first = sorted(other_demands, key=lambda other: -len(other.traffic.trips))
    searched = heaviest_first[: settings.demands_searched]
    pool = Pool(space, better)

    def watch(state: State, score: Score) -> None:
        pool.add(state, score)

    scorer = Scorer(
        SeveralDemands([model, *searched]) if searched else model,
        space,
        objective,
        threads=settings.threads,
        is_over=deadline or (lambda: False),
        max_evaluations=settings.max_evaluations,
        watch=watch,
    )

    def report(doing: str) -> None:
        if progress is not None and pool.best is not None:
            progress(
                SearchProgress(
                    evaluations=scorer.counts.runs,
                    best_value=pool.best.score.value,
                    doing=doing,
                )
            )

    begun_s = time.monotonic()
    values = {}
    own = scorer.on(model)
    for name, state in states.items():
        pool.family = name
        # The first is what all is compared with; a jam among the others needs no figure.
        bound = math.inf if pool.best is None else HOPELESS * pool.best.score.value
        scorer.must_score([state], bound)
        values[name] = own.must_score([state], bound)[0].value
    course = Course(
        space,
        scorer,
        pool,
        states,
        settings.seed,
        report,
        half_cycles=settings.half_cycles,
        grouped=settings.grouped,
        is_warm=settings.is_warm,
    )
    converged = True
    try:
        course.run()
    except BudgetSpent:
        converged = False
    until_s = time.monotonic() + SCORING_SHARE * (time.monotonic() - begun_s)
    found = finalists(
        space,
        scorer,
        pool,
        (model, *other_demands),
        at_most=settings.finalists,
        is_over=lambda: deadline is not None and deadline() and time.monotonic() > until_s,
    )
    return SearchResult(
        pool=found,
        starts=FrozenMap(values),
        evaluations=scorer.counts.runs,
        given_up=scorer.counts.given_up,
        known=scorer.counts.known,
        is_built=course.is_built,
        converged=converged,
        told=_told(space, scorer, course, converged, len(found)),
    )


def _told(
    space: Space, scorer: Scorer, course: Course, converged: bool, n_found: int
) -> tuple[str, ...]:
    designs = sum(len(space.designs[j]) for j in space.movable)
    counts = scorer.counts
    end = (
        "It ended by itself: large steps no longer gained."
        if converged
        else "It ended because its time or its runs were used up."
    )
    kept = f" Kept as shipped: {', '.join(sorted(space.keep))}." if space.keep else ""
    return (
        "Nothing is proven to be best: cycle, stages, splits and offsets were searched on the "
        "traffic model, within minimum greens and clearances that hold by construction.",
        f"{len(space.movable)} junctions with {designs} stage designs, cycles of "
        f"{space.cycles[0]}-{space.cycles[-1]} s, {counts.runs} runs of the model, "
        f"{counts.given_up} of them given up early; {n_found} finalists.{kept}",
        f"{end} Last step: {course.doing}.",
    )
