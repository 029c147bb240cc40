"""One move against the plan it starts from: tested in SUMO, pair of runs by pair.

To accept, the move must be better at the level this test may spend, so that all
tests of a session together accept what is no better with chance `SESSION_LEVEL` at
most. To give up, less certainty is enough: that only risks to miss a small gain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signalctl.files.plan_file import PlanSet
from signalctl.sim.measures import Measures
from signalctl.sim.sequential import (
    DEFAULT_LOOKS,
    Decision,
    SequentialTest,
    anytime_interval,
    spent_on_test,
)
from signalctl.workflow.one_second import Change
from signalctl.workflow.tune_guard import harm_done
from signalctl.workflow.tune_runs import PairedRuns

SESSION_LEVEL: Final = 0.05
FUTILITY_LEVEL: Final = 0.1
"""Chance, at each look, to give up a move that gains `least_gain` all the same."""
FIRST_TEST_SEED: Final = 1001


class Outcome(StrEnum):
    """What became of a move."""

    ACCEPTED = "accepted"
    DOES_NOTHING = "does nothing"
    """It gains less than is worth having, and harms no more than that."""
    HARMS = "harms"
    GUARD = "guard"
    """Vehicles left over, collisions, hard braking or a queue forbid it."""
    UNDECIDED = "undecided"
    """Not shown better within the seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one move; figures are after - before, below 0 it gains.

    `interval` holds the mean with 95 % confidence however long the test went on.
    `number` counts the tests of the session from 1; `promise` is what the queue model
    foresaw, None without one.
    """

    change: Change
    outcome: Outcome
    why: str
    number: int
    mean: float
    interval: tuple[float, float] | None
    seeds: int
    promise: float | None


def looks_up_to(seeds: int) -> tuple[int, ...]:
    """Numbers of pairs at which a test looks, `seeds` the last one."""
    return (*(look for look in DEFAULT_LOOKS if look < seeds), seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the pairs so far say of a move: an outcome, or None to go on."""

    outcome: Outcome | None
    why: str


def judged(
    differences: Sequence[float], number: int, seeds: int, least_gain: float, unit: str
) -> Finding:
    """The state of test `number` after some pairs; the last look is at `seeds` pairs."""
    n = len(differences)
    looks = looks_up_to(seeds)
    test = SequentialTest(
        level=spent_on_test(SESSION_LEVEL, number), least_gain=least_gain, looks=looks
    )
    if test.decide(differences).decision is Decision.ACCEPT:
        return Finding(outcome=Outcome.ACCEPTED, why="shown better")
    if n not in looks:
        return Finding(outcome=None, why="open")
    here = SequentialTest(level=FUTILITY_LEVEL, least_gain=least_gain, looks=(n,))
    interval = here.decide(differences).interval
    assert interval is not None
    low, high = interval
    if low > 0:
        return Finding(outcome=Outcome.HARMS, why="shown worse")
    if low > -least_gain or low == high == 0:
        less = f"gains less than {least_gain:g} {unit}"
        return Finding(outcome=Outcome.DOES_NOTHING, why=less)
    if n >= seeds:
        return Finding(outcome=Outcome.UNDECIDED, why=f"not shown better in {n} seeds")
    return Finding(outcome=None, why="open")


def try_move(
    runs: PairedRuns,
    base: PlanSet,
    other: PlanSet,
    change: Change,
    number: int,
    *,
    promise: float | None = None,
    told: Callable[[int], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Trial:
    """Test number `number` of a session: `other` against `base` on seeds 1001, 1002, ...

    `told` hears the number of pairs the next look needs. Raises Cancelled when
    `is_cancelled` says so, and what the runs raise.
    """
    conditions = runs.conditions
    objective = conditions.objective
    before: list[Measures] = []
    after: list[Measures] = []
    found = Finding(outcome=None, why="open")
    differences: list[float] = []
    for look in looks_up_to(conditions.seeds):
        seeds = range(FIRST_TEST_SEED + len(before), FIRST_TEST_SEED + look)
        if told is not None:
            told(look)
        base_runs, other_runs = runs.measures([base, other], seeds, is_cancelled=is_cancelled)
        before += base_runs
        after += other_runs
        differences = [
            objective.value(b) - objective.value(a) for a, b in zip(before, after, strict=True)
        ]
        found = judged(
            differences, number, conditions.seeds, conditions.least_gain, conditions.unit
        )
        if found.outcome is not None:
            break
    assert found.outcome is not None
    outcome, why = found.outcome, found.why
    if outcome is Outcome.ACCEPTED:
        harm = harm_done(before, after, objective.queue_limits_m)
        if harm is not None:
            outcome, why = Outcome.GUARD, harm
    return Trial(
        change=change,
        outcome=outcome,
        why=why,
        number=number,
        mean=sum(differences) / len(differences),
        interval=anytime_interval(differences),
        seeds=len(differences),
        promise=promise,
    )
