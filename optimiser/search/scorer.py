"""Scores states on a traffic model, each once, and keeps count of what that costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError
from signalctl.optimiser.lengths import Floats
from signalctl.optimiser.objective import Aim, Objective
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.search.space import Space, State
from signalctl.optimiser.search.traffic_model import TrafficModel

_KEPT_SCORES: Final = 400_000


class BudgetSpent(Exception):
    """Time or evaluations have run out; the search ends with what it has."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Value of a state (to be made small) and, where it was run to its end, who waits.

    `delay_s` is vehicle-seconds at each junction; None when the run was given up, and
    `value` is then a lower bound.
    """

    value: float
    delay_s: Floats | None

    @property
    def is_exact(self) -> bool:
        """Whether the state was run to its end."""
        return self.delay_s is not None


WORST: Final = Score(math.inf, None)


@dataclass(slots=True)
class Counts:
    """What was asked of the model: runs, of them given up early, and states known already."""

    runs: int = 0
    given_up: int = 0
    known: int = 0


class Scorer:
    """A model with an objective; remembers what it has run.

    `is_over` says that the time is up; `max_evaluations` ends the search after so
    many runs. Either raises BudgetSpent before the next batch. `watch` hears of
    every state that was run to its end.
    """

    def __init__(
        self,
        model: TrafficModel,
        space: Space,
        objective: Objective,
        *,
        threads: int,
        is_over: Callable[[], bool],
        max_evaluations: int | None,
        watch: Callable[[State, Score], None],
    ) -> None:
        """Raises InputError for a queue limit on an edge the traffic does not have."""
        self._model = model
        self._space = space
        self._objective = objective
        self._threads = threads
        self._is_over = is_over
        self._max = max_evaluations
        self._watch = watch
        self._scores: dict[State, Score] = {}
        self.counts = Counts()
        edges = {edge: i for i, edge in enumerate(model.traffic.edges)}
        for edge in objective.queue_limits_m:
            if edge not in edges:
                raise InputError(
                    f"No vehicle of the demand passes edge {edge!r}, whose queue is limited.",
                    remedy="Name an edge that the demand uses.",
                )
        self._limited = [(edge, edges[edge]) for edge in sorted(objective.queue_limits_m)]

    def on(self, model: TrafficModel) -> Scorer:
        """The same questions asked of another model; its runs count here as well."""
        other = Scorer(
            model,
            self._space,
            self._objective,
            threads=self._threads,
            is_over=self._is_over,
            max_evaluations=self._max,
            watch=_nobody,
        )
        other.counts = self.counts
        return other

    def score(self, states: Sequence[State], bound: float = math.inf) -> list[Score]:
        """Scores of the states; runs certain to end above `bound` are given up.

        Raises BudgetSpent before running anything when time or evaluations are up.
        """
        fresh: list[State] = []
        for state in dict.fromkeys(states):
            old = self._scores.get(state)
            if old is None or (not old.is_exact and old.value < bound):
                fresh.append(state)
            else:
                self.counts.known += 1
        if fresh:
            self._run(fresh, bound)
        return [self._scores[state] for state in states]

    def must_score(self, states: Sequence[State], bound: float = math.inf) -> list[Score]:
        """Scores whatever the budget says: for what the answer must hold."""
        is_over, limit = self._is_over, self._max
        self._is_over, self._max = (lambda: False), None
        try:
            return self.score(states, bound)
        finally:
            self._is_over, self._max = is_over, limit

    def _run(self, states: list[State], bound: float) -> None:
        if self._is_over() or (self._max is not None and self.counts.runs >= self._max):
            raise BudgetSpent
        if len(self._scores) > _KEPT_SCORES:
            self._scores.clear()
        found = self._model.run_many(
            [self._space.tables(state) for state in states],
            threads=self._threads,
            stop_above_s=self._stop_above(bound),
        )
        self.counts.runs += len(states)
        for state, evaluation in zip(states, found, strict=True):
            score = self._score(evaluation)
            if not score.is_exact:
                self.counts.given_up += 1
                score = Score(max(score.value, bound), None)
            self._scores[state] = score
            if score.is_exact:
                self._watch(state, score)

    def _stop_above(self, bound: float) -> float | None:
        """The mean total delay above which a run cannot stay below the bound."""
        follows = self._objective.aim in (Aim.DELAY, Aim.BALANCED)
        return bound if follows and math.isfinite(bound) else None

    def _score(self, evaluation: Evaluation) -> Score:
        queues = {edge: float(evaluation.edge_queue_m[i]) for edge, i in self._limited}
        value = self._objective.limited_value(evaluation, queues, evaluation.blocking_per_vehicle)
        if evaluation.stopped_early:
            return Score(value, None)
        delay: Floats = np.bincount(
            self._space.owners,
            weights=evaluation.link_delay_s,
            minlength=len(self._space.ids) + 1,
        )[:-1].astype(np.float64)
        return Score(value, delay)


def _nobody(state: State, score: Score) -> None:
    """Nobody watches runs on other demands."""
