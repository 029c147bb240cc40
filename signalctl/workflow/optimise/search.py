"""One search on the traffic model, as part of an optimisation: told of, remembered, timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from signalctl.optimiser.search.point import NetworkPoint, tables
from signalctl.optimiser.search.search import SearchProgress, SearchSettings, search
from signalctl.workflow.optimise.session import Session

Offered: TypeAlias = tuple[str, NetworkPoint, float]
"""A plan for the race: where it came from, its point, its value on the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, the best first."""

    pool: tuple[Offered, ...]
    evaluations: int
    is_built: bool
    converged: bool
    told: tuple[str, ...]


def searched(
    session: Session,
    starts: Sequence[tuple[str, NetworkPoint]],
    is_over: Callable[[], bool],
    finalists: int,
    *,
    is_warm: bool,
) -> Found:
    """Search from the starts, the first of which `keep` refers to, until `is_over`.

    With `is_warm` only onwards from them.
    """
    problem, request = session.problem, session.problem.request
    before = session.state.evaluations
    is_first = session.state.rounds == 0
    session.phase = "search on the traffic model"
    labels = [label for label, _ in starts]

    def better(point: NetworkPoint, value: float) -> None:
        if not is_first:
            return
        session.best_value = value
        if not session.is_time_to_save:
            return
        # Nothing has raced yet: what the model likes best is the best there is.
        finalist = session.finalist(point, value, "search")
        if finalist is None or finalist.entrant.plans is None:
            return
        session.remember([finalist])
        if value < session.shipped_value:
            session.publish(
                finalist.entrant.plans,
                "best so far of signalctl optimise on the traffic model, not yet judged in SUMO",
            )

    def progress(now: SearchProgress) -> None:
        session.searched = before + now.evaluations
        session.tell(now.doing)

    result = search(
        problem.model,
        session.skeletons,
        dict(zip(labels, session.within([point for _, point in starts]), strict=True)),
        session.objective,
        SearchSettings(
            cycles=request.cycles,
            keep=request.keep,
            seed=request.seed + session.state.rounds,
            threads=request.jobs,
            finalists=finalists,
            max_evaluations=request.evaluations,
            is_warm=is_warm,
        ),
        other_demands=problem.other_models,
        deadline=None if request.evaluations else is_over,
        progress=progress,
        on_better=better,
    )
    session.searched = before + result.evaluations
    values = [each.value for each in result.pool]
    if session.wariness:
        # What is compared with SUMO is delay alone.
        ends = problem.model.run_many(
            [tables(each.point) for each in result.pool], threads=request.jobs
        )
        values = [request.objective.value(end) for end in ends]
    return Found(
        pool=tuple(
            (each.family, each.point, value)
            for each, value in zip(result.pool, values, strict=True)
        ),
        evaluations=result.evaluations,
        is_built=result.is_built,
        converged=result.converged,
        told=result.told,
    )
