"""Percentiles and paired intervals against independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from signalctl.domain.errors import InputError
from signalctl.sim.statistics import paired_difference, percentile, spread

values = st.lists(st.floats(0, 1e5, allow_subnormal=False), min_size=1, max_size=30)


@given(values, st.floats(0, 1))
def test_percentile_is_the_usual_one(found: list[float], share: float) -> None:
    assert percentile(found, share) == pytest.approx(np.percentile(found, share * 100), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), min_size=2, max_size=20))
def test_the_interval_is_the_paired_t_interval(pairs: list[tuple[float, float]]) -> None:
    base, other = [a for a, _ in pairs], [b for _, b in pairs]
    found = paired_difference(base, other)
    differences = np.array(other) - np.array(base)
    half = stats.t.ppf(0.975, len(pairs) - 1) * differences.std(ddof=1) / len(pairs) ** 0.5
    assert found.interval is not None
    assert found.mean == pytest.approx(differences.mean(), abs=1e-6)
    assert found.interval[1] - found.interval[0] == pytest.approx(2 * half, abs=1e-6)


def test_a_clear_difference_excludes_zero() -> None:
    assert paired_difference([10, 11, 12], [5, 6.1, 6.9]).is_clear
    assert not paired_difference([10, 11, 12], [9, 12, 12]).is_clear
    assert not paired_difference([10], [5]).is_clear


def test_one_seed_has_no_interval_and_no_pairs_no_difference() -> None:
    assert paired_difference([10.0], [5.0]).interval is None
    with pytest.raises(InputError):
        paired_difference([1.0, 2.0], [1.0])
    with pytest.raises(InputError):
        spread([])


def test_spread_keeps_the_order_of_seeds() -> None:
    found = spread([3.0, 1.0, 2.0])
    assert found.per_seed == (3.0, 1.0, 2.0)
    assert (found.median, found.lowest, found.highest) == (2.0, 1.0, 3.0)
