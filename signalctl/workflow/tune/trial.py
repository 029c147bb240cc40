"""One move against the plan it starts from: tested in SUMO, pair of runs by pair.

To accept, the move must be better at the level this test may spend, so that all
tests of a session together accept what is no better with chance `SESSION_LEVEL` at
most. To give up, less certainty is enough: that only risks to miss a small gain.
"""

from __future__ import annotations

import math
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
    spent_on_test,
)
from signalctl.workflow.tune.guard import harm_done
from signalctl.workflow.tune.one_second import Change
from signalctl.workflow.tune.runs import PairedRuns

SESSION_LEVEL: Final = 0.04
"""Chance to accept, in a whole session, anything that is no better. The first test may
spend 0.024 of it, so that what is accepted always has a 95 % interval below 0."""
FUTILITY_LEVEL: Final = 0.1
"""Chance, at each look, to give up a move that gains `least_gain` all the same."""
HOPELESS: Final = 0.1
"""A test whose last look would hardly accept, chance below this, is not worth its runs."""
GLANCE: Final = 2
"""Pairs after which a move that was worse on each, by more than is worth having on
average, is given up. A move that gains a standard deviation of one difference is so
missed at most once in forty times."""
FIRST_TEST_SEED: Final = 1001


class Outcome(StrEnum):
    """What became of a move."""

    ACCEPTED = "accepted"
    DOES_NOTHING = "does nothing"
    """It gains less than is worth having, and harms no more than that."""
    NO_GAIN = "no gain"
    """It gains less than is worth having, and may harm."""
    HARMS = "harms"
    GUARD = "guard"
    """Vehicles left over, collisions, hard braking or a queue forbid it."""
    UNDECIDED = "undecided"
    """Not shown better within the seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one move; figures are after - before, below 0 it gains.

    `interval` holds the mean with 95 % confidence at whatever look the test ended; None
    when it ended before the first.
    `number` counts the tests of the session from 1; `promise` is what the queue model
    foresaw, None without one.
    """

    change: Change
    outcome: Outcome
    why: str
    number: int
    mean: float
    error: float
    """Standard error of the mean."""
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
    if n == GLANCE and min(differences) > 0 and sum(differences) / n > least_gain:
        return Finding(outcome=Outcome.NO_GAIN, why="worse on each of the first seeds")
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
        nothing = high < least_gain
        return Finding(outcome=Outcome.DOES_NOTHING if nothing else Outcome.NO_GAIN, why=less)
    if n >= seeds:
        return Finding(outcome=Outcome.UNDECIDED, why=f"not shown better in {n} seeds")
    if chance_of_acceptance(differences, test) < HOPELESS:
        return Finding(outcome=Outcome.UNDECIDED, why=f"{seeds} seeds would hardly show a gain")
    return Finding(outcome=None, why="open")


def interval_95(differences: Sequence[float], seeds: int) -> tuple[float, float] | None:
    """The mean with 95 % confidence, whichever planned look it is read at.

    Repeated confidence interval (Jennison and Turnbull 1989, J. R. Statist. Soc. B 51):
    2.5 % on either side, shared out over the looks. None before the first look.
    """
    test = SequentialTest(level=0.025, looks=looks_up_to(seeds))
    n = len(differences)
    if n not in test.looks:
        return None
    return SequentialTest(level=test.spent_at(n), looks=(n,)).decide(differences).interval


def chance_of_acceptance(differences: Sequence[float], test: SequentialTest) -> float:
    """Chance that the last look accepts, were the gain a standard error larger than it looks.

    Conditional power of stochastic curtailment (Lan, Simon and Halperin 1982,
    Communications in Statistics C 1): with Z after a share f of the pairs, the last Z is
    normal about Z / sqrt(f) with variance 1 - f.
    """
    # Imported here: scipy takes longer to load than everything else in this room.
    from scipy.special import ndtr, ndtri

    n, last = len(differences), test.at_most
    mean, error = mean_and_error(differences)
    if error == 0:
        return 1.0 if mean < 0 else 0.0
    z = -mean / error + 1.0
    share = n / last
    needed = float(ndtri(1.0 - test.spent_at(last)))
    return float(ndtr((z / math.sqrt(share) - needed) / math.sqrt(1.0 - share)))


def mean_and_error(differences: Sequence[float]) -> tuple[float, float]:
    """Mean of two or more differences, and its standard error."""
    n = len(differences)
    mean = math.fsum(differences) / n
    return mean, math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1) / n)


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
    for look in (GLANCE, *looks_up_to(conditions.seeds)):
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
        mean=mean_and_error(differences)[0],
        error=mean_and_error(differences)[1],
        interval=interval_95(differences, conditions.seeds),
        seeds=len(differences),
        promise=promise,
    )
