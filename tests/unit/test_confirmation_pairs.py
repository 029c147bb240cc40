"""How many fresh pairs the last confirmation asks for."""

from __future__ import annotations

import pytest

from signalctl.sim.sequential import Decision, SequentialTest, trimmed
from signalctl.workflow.race.confirm import LEVEL, LOOKS, level_of, most_pairs, pairs_wanted


@pytest.mark.parametrize(
    ("shipped", "own", "pairs"),
    [
        ([43.0, 43.5, 42.0], [26.0, 26.5, 25.0], LOOKS[0]),
        # A small lead among noise needs many pairs.
        ([53.8, 59.6, 53.3], [51.8, 51.9, 53.5], LOOKS[-1]),
        ([53.8, 59.5, 53.3, 55.0], [51.8, 52.0, 52.5, 52.9], LOOKS[1]),
        # Nothing is known of a lead yet, or there is none.
        ([50.0], [40.0], LOOKS[0]),
        ([50.0, 51.0], [52.0, 52.0], LOOKS[0]),
        ([50.0, 51.0], [40.0, 41.0], LOOKS[0]),
    ],
)
def test_a_smaller_or_noisier_lead_wants_more_pairs(
    shipped: list[float], own: list[float], pairs: int
) -> None:
    assert pairs_wanted(shipped, own) == pairs


def test_where_all_plans_jam_one_seed_does_not_tell_how_noisy_a_lead_is() -> None:
    assert pairs_wanted([2444.0], [1749.0], at_most=LOOKS[1]) == LOOKS[1]
    assert pairs_wanted([], [], at_most=LOOKS[1]) == LOOKS[1]
    assert pairs_wanted([152.0], [140.0], at_most=LOOKS[0]) == LOOKS[0]
    noisy = [2444.0, 2528.0, 2697.0], [1749.0, 2540.0, 2690.0]
    assert pairs_wanted(*noisy, at_most=LOOKS[1]) == LOOKS[1] < pairs_wanted(*noisy)


def test_a_network_that_always_jams_is_asked_more_often_than_one_that_locks_up_by_chance() -> None:
    always = {1: 2444.0, 2: 2101.0, 3: 2528.0}
    by_chance = {1: 152.0, 2: 454.0, 3: 140.0}
    assert most_pairs(by_chance, is_jamming=True) == LOOKS[0]
    assert most_pairs(always, is_jamming=True) == LOOKS[1]
    assert most_pairs({1: 43.0, 2: 44.0}, is_jamming=False) == LOOKS[-1]
    assert most_pairs({}, is_jamming=True) == LOOKS[1]


def test_all_candidates_together_spend_the_level_however_many_they_are() -> None:
    levels = [level_of(number) for number in range(1, 41)]
    assert sum(levels) == pytest.approx(LEVEL)
    assert sum(levels) <= LEVEL
    assert levels == sorted(levels, reverse=True)


def test_one_jam_of_the_base_does_not_hide_a_plan_that_gained_with_every_seed() -> None:
    """Figures of a real confirmation: the shipped plan locked up with the second seed."""
    gains = [-52.3, -238.7, -42.4, -44.9, -48.8]
    assert SequentialTest(level=0.01, looks=(5,)).decide(gains).decision is Decision.REJECT
    found = SequentialTest(level=0.01, looks=(5,), trims=True).decide(gains)
    assert found.decision is Decision.ACCEPT
    assert trimmed(gains) == [-52.3, -97.6, -42.4, -44.9, -48.8]


def test_losses_are_never_trimmed() -> None:
    mixed = [-1.0, -1.2, 300.0, -0.9, -40.0]
    assert trimmed(mixed) == [-1.0, -1.2, 300.0, -0.9, -2.0]
    assert trimmed([5.0, -100.0, 7.0]) == [5.0, -100.0, 7.0]
    assert trimmed([]) == []
