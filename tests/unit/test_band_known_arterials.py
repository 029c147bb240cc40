"""Arterials with published or closed-form optima, engine against sweep against MILP."""

from collections.abc import Callable

import pytest

from signalctl.optimiser.arterial import ArterialProblem, Objective
from signalctl.optimiser.band_instances import (
    almere_seven,
    alternate,
    little_ten,
    morgan_little_ten,
    progression_example,
    textbook_eight,
)
from signalctl.optimiser.band_milp import maxband_milp
from signalctl.optimiser.bandwidth import best_bands
from signalctl.optimiser.continuous_band import continuous_bound_s

EQUAL = Objective()

# Share of the cycle, as printed in the source named in band_instances, and its last digit.
KNOWN: dict[str, tuple[Callable[[], ArterialProblem], float, float]] = {
    "T1 textbook, 12.5 m/s": (textbook_eight, 0.3050, 1e-6),
    "T1 textbook, 11.0 m/s": (lambda: textbook_eight(80, 11.0), 0.2864, 5e-5),
    "T1 textbook, 11.11 m/s": (lambda: textbook_eight(80, 11.11), 0.2801, 5e-5),
    "T1 textbook, 12.0 m/s": (lambda: textbook_eight(80, 12.0), 0.3625, 1e-6),
    "T1 textbook, 87 s": (lambda: textbook_eight(87, 11.11), 0.3714, 5e-5),
    "T2 Little, no speed-change limit": (little_ten, 0.285516, 1e-6),
    "T3 Morgan and Little": (morgan_little_ten, 0.23423, 5e-6),
    "T4 Almere": (almere_seven, 0.3200, 1e-6),
    "T5 single alternate": (lambda: alternate(8, 60, 30), 1 / 2, 1e-6),
    "T5 double alternate": (lambda: alternate(8, 60, 15), 1 / 4, 1e-6),
    "T5 triple alternate": (lambda: alternate(9, 60, 10), 1 / 6, 1e-6),
    "T5 simultaneous, 5 signals": (lambda: alternate(5, 80, 5), 0.25, 1e-6),
    "T5 simultaneous, 8 signals": (lambda: alternate(8, 80, 5), 0.0625, 1e-6),
    "T7 progression example": (progression_example, 0.5, 1e-6),
}


def continuous_share(problem: ArterialProblem) -> float:
    bound = continuous_bound_s(problem, EQUAL, precision_s=1e-8)
    return bound / problem.cycle_s


@pytest.mark.parametrize("name", KNOWN)
def test_sweep_gives_the_known_share_of_the_cycle(name: str) -> None:
    make, share, digit = KNOWN[name]
    assert continuous_share(make()) == pytest.approx(share, abs=digit)


@pytest.mark.parametrize("name", KNOWN)
def test_sweep_equals_maxband_milp(name: str) -> None:
    problem = KNOWN[name][0]()
    milp = maxband_milp(problem, EQUAL)
    assert milp.proved
    assert continuous_share(problem) == pytest.approx(milp.value_s / problem.cycle_s, abs=1e-6)


@pytest.mark.parametrize("name", KNOWN)
def test_whole_second_plan_stands_between_milp_and_its_own_bound(name: str) -> None:
    problem = KNOWN[name][0]()
    result = best_bands(problem)
    milp = maxband_milp(problem, EQUAL, whole_offsets=True)
    assert milp.proved
    assert result.value_s <= milp.value_s + 1e-6 <= result.bound_s + 2e-6
    assert milp.value_s - result.value_s <= result.tolerance_s + 1e-6
    assert result.bound_s <= result.continuous_bound_s


@pytest.mark.parametrize(
    ("cycle_s", "shares"),
    [
        (55, (0.2194, 0.1718, 0.2354)),
        (60, (0.1803, 0.1767, 0.1590)),
        (65, (0.1804, 0.2342, 0.2256)),
        (70, (0.1877, 0.1550, 0.1641)),
        (75, (0.2217, 0.2117, 0.1805)),
    ],
)
def test_morgan_little_table_of_cycles_and_speeds(
    cycle_s: int, shares: tuple[float, float, float]
) -> None:
    found = [continuous_share(morgan_little_ten(cycle_s, v)) for v in (44.0, 50.0, 58.7)]
    assert found == pytest.approx(shares, abs=6e-5)


@pytest.mark.parametrize(
    ("cycle_s", "share"),
    [(50, 0.21), (55, 0.2273), (65, 0.2692), (70, 0.1529), (75, 0.21), (80, 0.25)],
)
def test_progression_example_at_other_cycles(cycle_s: int, share: float) -> None:
    assert continuous_share(progression_example(cycle_s)) == pytest.approx(share, abs=6e-5)


def test_textbook_plan_in_whole_seconds_loses_nothing() -> None:
    result = best_bands(textbook_eight())
    assert result.outbound is not None
    assert result.inbound is not None
    assert result.outbound.width_s == pytest.approx(24.4)
    assert result.inbound.width_s == pytest.approx(24.4)
    assert result.gap_s == pytest.approx(0.0, abs=1e-9)
    assert result.tolerance_s == 0.0
