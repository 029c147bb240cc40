"""The estimate of what a wave is worth, against HCM's own anchors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalctl.optimiser.progression import WaveStop, progression_factor, wave_delay
from signalctl.optimiser.splits import GroupDelay

SHARE = st.floats(0.05, 0.95)


@given(SHARE, SHARE)
def test_random_arrivals_change_nothing(green: float, x: float) -> None:
    assert progression_factor(green, green, x) == pytest.approx(1.0)


@given(SHARE, SHARE)
def test_all_on_green_wait_for_nothing(green: float, x: float) -> None:
    assert progression_factor(1.0, green, x) == 0.0


@given(SHARE, SHARE, SHARE, SHARE)
def test_more_arrivals_on_green_never_delay_more(
    green: float, x: float, p: float, q: float
) -> None:
    low, high = sorted((p, q))
    assert progression_factor(high, green, x) <= progression_factor(low, green, x) + 1e-9


def group(volume: float) -> GroupDelay:
    return GroupDelay(
        volume_vph=volume, green_ratio=0.5, saturation=0.8, uniform_s=18.0, delay_s=25.0
    )


def test_a_full_band_takes_the_uniform_delay_of_those_who_come_with_it() -> None:
    groups = {("A", "t"): group(600.0), ("B", "t"): group(600.0)}
    stop = WaveStop(group=("B", "t"), before=("A", "t"), band_s=45.0)
    assert wave_delay(groups, [], 90) == pytest.approx(25.0)
    # B keeps its random part of 7 s; A keeps everything.
    assert wave_delay(groups, [stop], 90) == pytest.approx((25.0 + 7.0) / 2)


def test_half_a_band_is_worth_less_and_nothing_without_band() -> None:
    groups = {("A", "t"): group(600.0), ("B", "t"): group(600.0)}

    def delay(band_s: float) -> float:
        stop = WaveStop(group=("B", "t"), before=("A", "t"), band_s=band_s)
        return wave_delay(groups, [stop], 90)

    assert delay(0.0) == pytest.approx(25.0)
    assert delay(45.0) < delay(20.0) < delay(0.0)


def test_groups_without_flow_are_passed_over() -> None:
    stop = WaveStop(group=("B", "t"), before=("A", "t"), band_s=30.0)
    assert wave_delay({("A", "t"): group(600.0)}, [stop], 90) == pytest.approx(25.0)
    assert wave_delay({}, [stop], 90) == 0.0
