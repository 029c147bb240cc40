"""How many fresh pairs the last confirmation asks for."""

from __future__ import annotations

import pytest

from signalctl.workflow.race.confirm import LEVEL, LOOKS, level_of, pairs_wanted


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


@pytest.mark.parametrize("candidates", [1, 2, 3, 5])
def test_all_candidates_together_spend_the_level(candidates: int) -> None:
    levels = [level_of(number, candidates) for number in range(1, candidates + 1)]
    assert sum(levels) == pytest.approx(LEVEL)
    assert levels == sorted(levels, reverse=True)
