"""Error rates and power of the sequential tests, measured on simulated pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from signalctl.domain.errors import InputError
from signalctl.sim.sequential import Decision, SequentialTest, anytime_interval, spent_on_test

RUNS = 600


def accepted(test: SequentialTest, mean: float, seed: int) -> tuple[float, float]:
    """Share of accepted runs, and mean number of pairs, of normal differences with SD 1."""
    rng = np.random.default_rng(seed)
    found = [test.decide(list(rng.normal(mean, 1.0, test.at_most))) for _ in range(RUNS)]
    share = sum(each.decision is Decision.ACCEPT for each in found) / RUNS
    return share, sum(each.pairs for each in found) / RUNS


def at_most(level: float) -> float:
    """What a rate that is at most `level` may show in RUNS runs, three standard errors up."""
    return level + 3.0 * math.sqrt(level * (1.0 - level) / RUNS)


def test_what_is_not_better_is_rarely_accepted() -> None:
    test = SequentialTest(level=0.05)
    assert accepted(test, 0.0, seed=1)[0] <= at_most(0.05)
    assert accepted(test, 0.3, seed=2)[0] <= at_most(0.005)


def test_looking_after_each_pair_without_spending_would_accept_noise() -> None:
    """The same data, Student's t at full level at every look: what the spending is for."""
    rng = np.random.default_rng(1)
    naive = 0
    for _ in range(RUNS):
        pairs = rng.normal(0.0, 1.0, 30)
        naive += any(
            SequentialTest(level=0.05, looks=(n,)).decide(list(pairs[:n])).decision
            is Decision.ACCEPT
            for n in range(3, 31, 3)
        )
    assert naive / RUNS > at_most(0.05)


def test_what_is_better_is_accepted_and_large_gains_early() -> None:
    test = SequentialTest(level=0.05)
    small, small_pairs = accepted(test, -0.6, seed=3)
    large, large_pairs = accepted(test, -3.0, seed=4)
    assert small > 0.8
    assert large > 0.99
    assert large_pairs < 6 < small_pairs


def test_a_gain_too_small_is_given_up_early_and_a_large_one_rarely() -> None:
    test = SequentialTest(level=0.05, least_gain=1.0)
    rng = np.random.default_rng(5)
    worthless = [test.decide(list(rng.normal(0.0, 1.0, 30))) for _ in range(RUNS)]
    worth = [test.decide(list(rng.normal(-1.0, 1.0, 30))) for _ in range(RUNS)]
    assert sum(each.pairs for each in worthless) / RUNS < 18
    wrong = sum(each.decision is Decision.REJECT for each in worth) / RUNS
    assert wrong <= at_most(0.05)


def test_asking_after_each_pair_is_asking_at_the_end() -> None:
    rng = np.random.default_rng(6)
    test = SequentialTest()
    for _ in range(50):
        pairs = list(rng.normal(-0.5, 1.0, test.at_most))
        at_the_end = test.decide(pairs)
        one_by_one = next(
            found
            for n in range(1, test.at_most + 1)
            if (found := test.decide(pairs[:n])).decision is not Decision.GO_ON
        )
        assert one_by_one == at_the_end


def test_equal_runs_are_no_gain_and_equal_gains_are() -> None:
    test = SequentialTest()
    assert test.decide([0.0] * 4).decision is Decision.REJECT
    assert test.decide([-0.5] * 4).decision is Decision.ACCEPT
    assert test.decide([0.0] * 3).decision is Decision.GO_ON
    assert test.next_look(0) == 4
    assert test.next_look(30) is None


def test_the_spent_parts_sum_to_the_level() -> None:
    test = SequentialTest(level=0.1)
    assert sum(test.spent_at(n) for n in test.looks) == pytest.approx(0.1)
    assert sum(spent_on_test(0.05, k) for k in range(1, 5000)) <= 0.05


def test_the_anytime_interval_holds_the_mean_at_all_times_at_once() -> None:
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(RUNS):
        pairs = list(rng.normal(0.4, 1.0, 40))
        intervals = [anytime_interval(pairs[:n], 0.1) for n in range(2, 41)]
        missed += any(each is not None and not each[0] <= 0.4 <= each[1] for each in intervals)
    assert missed / RUNS <= at_most(0.1)


def test_the_anytime_interval_narrows() -> None:
    rng = np.random.default_rng(8)
    pairs = list(rng.normal(0.0, 1.0, 200))
    assert anytime_interval(pairs[:2]) is None
    low, high = anytime_interval(pairs[:20]) or (0.0, 0.0)
    later_low, later_high = anytime_interval(pairs) or (0.0, 0.0)
    assert 0 < later_high - later_low < 0.6 * (high - low)


@pytest.mark.parametrize(
    "wrong",
    [{"looks": ()}, {"looks": (1, 4)}, {"looks": (5, 4)}, {"level": 0.5}, {"least_gain": -1}],
)
def test_tests_that_test_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        SequentialTest(**wrong)  # type: ignore[arg-type]  # wrong on purpose
