"""Exact order and greens against trying every order and every length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations, product

import pytest
from four_arms import crossroads, four_stages

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.finding import Severity
from signalctl.optimiser.stage_design.interstage import interstage
from signalctl.optimiser.stage_design.permission import Permission, TurnRule
from signalctl.optimiser.stage_design.problem import StageProblem, stage_problem
from signalctl.optimiser.stage_order import best_order
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE
Stages = Sequence[Mapping[str, GreenKind]]

FOUR = (
    {"N": P, "S": P},
    {"Nl": P, "Sl": P},
    {"E": P, "W": P},
    {"El": P, "Wl": P},
)
OVERLAPPING = (
    {"N": P, "S": P},
    {"S": P, "Sl": P},
    {"E": P, "W": P},
    {"N": P, "Nl": P},
    {"El": P, "Wl": P},
)
TWO = ({"N": P, "S": P, "Nl": Q, "Sl": Q}, {"E": P, "W": P, "El": Q, "Wl": Q})
FLOWS = {"N": 0.31, "S": 0.12, "E": 0.2, "W": 0.17, "Nl": 0.07, "Sl": 0.11, "El": 0.03, "Wl": 0.05}


def problem(
    flows: Mapping[str, float] = FLOWS, clearing: Mapping[str, int] | None = None
) -> StageProblem:
    return stage_problem(
        crossroads(clearing=clearing),
        [four_stages()],
        Permission(default=TurnRule.MAY_YIELD),
        flows,
        {group: 1800 * ratio for group, ratio in flows.items()},
        rules=profile("as-surveyed"),
    )


def by_trial(task: StageProblem, stages: Stages, cycles: range) -> tuple[float, int, int]:
    """Largest saturation, cycle and lost time of the best protected stages, by trying all.

    Start-up loss and the amber driven cancel, so what is carried is the green shown.
    """
    best = (float("inf"), 0, 0)
    n = len(stages)
    for turn in permutations(range(1, n)):
        order = [stages[k] for k in (0, *turn)]
        leads = [interstage(task, order[k - 1], order[k]).lead_s for k in range(n)]
        most_s = cycles[-1] - sum(leads)
        for greens in product(range(1, most_s), repeat=n):
            cycle_s = sum(greens) + sum(leads)
            if cycle_s not in cycles or not _long_enough(task, order, greens, leads):
                continue
            load = max(
                ratio * cycle_s / _shown(group, order, greens, leads)
                for group, ratio in task.ratios.items()
            )
            if (load, cycle_s, sum(leads)) < (best[0] - 1e-9, 0, 0) or (
                abs(load - best[0]) < 1e-9 and (cycle_s, sum(leads)) < best[1:]
            ):
                best = (load, cycle_s, sum(leads))
    return best


def _shown(group: str, order: Stages, greens: Sequence[int], leads: Sequence[int]) -> int:
    return sum(
        greens[k] + (leads[k] if group in order[k - 1] else 0)
        for k in range(len(order))
        if group in order[k]
    )


def _long_enough(
    task: StageProblem, order: Stages, greens: Sequence[int], leads: Sequence[int]
) -> bool:
    """Minimum greens, for groups with one span of green in the cycle."""
    return all(_shown(group, order, greens, leads) >= 5 for group in task.ratios)


@pytest.mark.parametrize("clearing", [{}, {"N": 9, "Sl": 3, "El": 8, "W": 4}])
def test_three_stages_agree_with_trying_everything(clearing: dict[str, int]) -> None:
    stages = ({"N": P, "S": P, "Nl": Q, "Sl": Q}, *FOUR[2:])
    flows = {group: FLOWS[group] for group in ("N", "S", "E", "W", "El", "Wl")}
    task = problem(flows, clearing)
    found = best_order(task, stages, range(32, 46))
    assert found.proven
    assert (found.largest_saturation, found.cycle_s, found.lost_s) == pytest.approx(
        by_trial(task, stages, range(32, 46))
    )


def test_four_stages_with_uneven_clearances_agree_with_trying_everything() -> None:
    task = problem(clearing={"N": 6, "Nl": 3, "Sl": 4, "E": 3, "W": 4, "El": 6})
    found = best_order(task, FOUR, range(38, 43))
    assert found.proven
    assert (found.largest_saturation, found.cycle_s, found.lost_s) == pytest.approx(
        by_trial(task, FOUR, range(38, 43))
    )


def test_stages_that_share_a_green_are_put_side_by_side() -> None:
    found = best_order(problem(), OVERLAPPING, range(60, 61))
    after = dict(zip(found.order, [*found.order[1:], found.order[0]], strict=True))
    assert {after[1], after[3]} & {0} or 1 in {after[0], after[3]}
    greens = dict(zip(found.order, found.greens_s, strict=True))
    assert sum(greens.values()) + found.lost_s == 60
    kept = best_order(problem(), OVERLAPPING, range(60, 61), keep_order=True)
    assert kept.order == (0, 1, 2, 3, 4)
    assert found.largest_saturation < kept.largest_saturation


@pytest.mark.parametrize("stages", [FOUR, OVERLAPPING, TWO])
def test_the_program_shows_what_was_decided_and_is_safe(stages: Stages) -> None:
    task = problem()
    found = best_order(task, stages, range(50, 71))
    assert found.program is not None
    assert found.program.cycle_s == found.cycle_s == sum(found.greens_s) + found.lost_s
    findings = validate_program(found.program, task.junction, task.rules)
    assert not [f for f in findings if f.severity is Severity.ERROR]
    if stages is not TWO:
        loads = [
            ratio * found.cycle_s / sum(end - start for start, end in found.program.green_spans(g))
            for g, ratio in task.ratios.items()
        ]
        assert max(loads) == pytest.approx(found.largest_saturation)


def test_enough_asks_for_the_shortest_cycle_that_gives_it() -> None:
    flows = {group: ratio / 2 for group, ratio in FLOWS.items()}
    most = best_order(problem(flows), FOUR, range(40, 91))
    found = best_order(problem(flows), FOUR, range(40, 91), enough=0.9)
    assert found.proven
    assert found.largest_saturation <= 0.9 + 1e-3
    assert found.cycle_s < most.cycle_s
    with pytest.raises(SolveError):
        best_order(problem(flows), FOUR, range(20, 30))
    shorter = best_order(problem(flows), FOUR, range(40, found.cycle_s))
    assert shorter.largest_saturation > 0.9


def test_without_flows_the_shortest_cycle_is_taken() -> None:
    found = best_order(problem({}), FOUR, range(30, 91))
    assert found.proven
    assert found.cycle_s == 40
    assert found.largest_saturation == 0


def test_a_search_that_is_cut_short_says_so() -> None:
    found = best_order(problem(), OVERLAPPING, range(60, 121), limit_s=1e-4)
    assert not found.proven
    assert found.least_saturation <= found.largest_saturation


def test_the_same_again_is_the_same() -> None:
    assert best_order(problem(), OVERLAPPING, range(50, 91)) == best_order(
        problem(), OVERLAPPING, range(50, 91)
    )


def test_one_stage_is_refused() -> None:
    with pytest.raises(InputError, match="1 stages cannot be ordered"):
        best_order(problem(), FOUR[:1], range(30, 60))
    with pytest.raises(InputError, match="no range of cycles"):
        best_order(problem(), FOUR, range(0))
