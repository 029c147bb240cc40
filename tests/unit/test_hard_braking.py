"""When plans with newly permissive turns brake too hard, all together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from quiet_runs import QUIET

from signalctl.optimiser.objective import Objective
from signalctl.sim.measures import Measures
from signalctl.workflow.optimise.hard_braking import why_narrow
from signalctl.workflow.race.race import SHIPPED

JAM_S = 900.0


def runs(
    *counts: int, delay_s: float = 40.0, what: str = "emergency_brakings"
) -> dict[int, Measures]:
    """Runs with so many emergencies, one for each seed."""
    return {
        seed: replace(QUIET, total_delay_s=delay_s, **{what: count})  # type: ignore[arg-type]  # by name
        for seed, count in enumerate(counts, 1)
    }


JAMMED = runs(0, 0, 0, 0, 0, 0, delay_s=JAM_S)


@pytest.mark.parametrize(
    ("own", "is_narrow"),
    [
        ({"a": runs(2), "b": runs(1), "c": runs(2)}, True),
        ({"a": runs(2, 2, 1, 2)}, True),
        ({"a": runs(1), "b": runs(0), "c": runs(0)}, False),
        # A few more, so many that fresh seeds would not bar the plan.
        ({"a": runs(*[1, 0, 0] * 8)}, False),
        ({}, False),
    ],
)
def test_what_plans_show_together_against_a_shipped_plan_that_brakes_never(
    own: dict[str, dict[int, Measures]], is_narrow: bool
) -> None:
    why = why_narrow({SHIPPED: JAMMED, **own}, set(own), Objective())
    assert (why is not None) is is_narrow
    if why is not None:
        assert "emergency brakings" in why
        assert f"against 0 in {len(JAMMED)}" in why


def test_emergency_stops_count_as_well() -> None:
    own = {"a": runs(3, 2, 3, what="emergency_stops")}
    why = why_narrow({SHIPPED: JAMMED, **own}, {"a"}, Objective())
    assert why is not None
    assert "emergency stops, 8 in 3 runs" in why


@pytest.mark.parametrize(
    ("shipped", "wide"),
    [
        # As many as the shipped plan, others' plans, plans behind it, nothing to compare with.
        (runs(2, 1, 2, delay_s=JAM_S), {"a"}),
        (JAMMED, set()),
        (runs(0, 0, 0, 0, delay_s=39.0), {"a"}),
        ({}, {"a"}),
    ],
)
def test_nothing_speaks_for_narrow_turns(shipped: dict[int, Measures], wide: set[str]) -> None:
    assert why_narrow({SHIPPED: shipped, "a": runs(2, 2, 1, 2)}, wide, Objective()) is None
