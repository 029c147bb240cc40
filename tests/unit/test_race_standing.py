"""Who is ahead in a race, who is barred, and what "clearly more" means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from quiet_runs import QUIET

from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Aim, Objective
from signalctl.sim.measures import ApproachMeasures, Measures
from signalctl.workflow.optimise.lock_up import blocking_s, locks_up
from signalctl.workflow.race.standing import (
    Standing,
    faults,
    is_clearly_more,
    lock_up_cost,
    spearman,
    standing,
    unseen_lock_up,
)


def runs(*delays: float, **more: int) -> dict[int, Measures]:
    return {
        seed: replace(QUIET, total_delay_s=delay, **more)  # type: ignore[arg-type]  # by name
        for seed, delay in enumerate(delays, 1)
    }


def stand(name: str, own: dict[int, Measures], objective: Objective | None = None) -> Standing:
    shipped = runs(*(40.0 for _ in own))
    return standing(name, own, shipped, list(own), objective or Objective())


def test_the_tail_counts_beside_the_mean() -> None:
    steady = stand("steady", runs(30.0, 31.0, 32.0))
    jams_once = stand("jams once", runs(25.0, 25.0, 40.0))
    assert sum(jams_once.values) < sum(steady.values)
    assert steady.order < jams_once.order


def test_what_seeds_ordinarily_differ_by_is_no_tail() -> None:
    varied = stand("varied", runs(28.0, 30.0, 34.0))
    steady = stand("steady", runs(31.0, 31.0, 31.0))
    assert varied.score == pytest.approx(sum(varied.values) / 3)
    assert varied.order < steady.order


def test_who_leaves_vehicles_unfinished_never_wins_whatever_the_delay() -> None:
    slow = stand("slow", runs(39.0, 39.0))
    stuck = stand("stuck", runs(5.0, 5.0, unfinished=1))
    assert stuck.faults == ("leaves more vehicles unfinished: 2 against 0 of the shipped plan",)
    assert slow.order < stuck.order


def test_unfinished_vehicles_up_to_the_shipped_plans_come_before_the_score() -> None:
    shipped = runs(900.0, 900.0, unfinished=50)
    few = standing("few", runs(800.0, 800.0, unfinished=10), shipped, [1, 2], Objective())
    many = standing("many", runs(700.0, 700.0, unfinished=20), shipped, [1, 2], Objective())
    assert not few.faults
    assert not many.faults
    assert few.order < many.order


@pytest.mark.parametrize(
    ("count", "base", "clear"),
    [(4, 0, False), (5, 0, True), (0, 0, False), (12, 10, False), (30, 10, True)],
)
def test_rare_events_are_clearly_more_only_beyond_chance(
    count: int, base: int, clear: bool
) -> None:
    assert is_clearly_more(count, base) is clear


def test_one_collision_more_is_a_fault_and_one_braking_is_not() -> None:
    base = list(runs(40.0, 40.0).values())
    assert faults(list(runs(30.0, 30.0, emergency_brakings=1).values()), base) == ()
    assert len(faults(list(runs(30.0, 30.0, emergency_brakings=4).values()), base)) == 1
    assert len(faults(list(runs(30.0, 30.0, collisions=1).values()), base)) == 1


def test_of_plans_alike_the_one_with_fewer_emergencies_wins() -> None:
    shipped = runs(50.0, 50.0)
    seeds, objective = (1, 2), Objective()
    brave = standing("a", runs(30.0, 30.0, emergency_brakings=1), shipped, seeds, objective)
    calm = standing("b", runs(30.1, 30.1), shipped, seeds, objective)
    slow = standing("c", runs(31.0, 31.0), shipped, seeds, objective)
    assert calm.order < brave.order < slow.order
    assert not brave.faults
    # As many as the shipped plan has cost nothing.
    same = runs(50.0, 50.0, emergency_brakings=1)
    assert standing("a", runs(30.0, 30.0, emergency_brakings=1), same, seeds, objective).risk == 0
    # Nor do fewer stops pay for more brakings.
    stops = runs(50.0, 50.0, emergency_stops=9)
    assert standing("a", runs(30.0, 30.0, emergency_brakings=1), stops, seeds, objective).risk > 0


def test_a_held_limit_comes_before_the_score() -> None:
    def queue(metres: float) -> ApproachMeasures:
        return ApproachMeasures(
            edge_id="ramp",
            signalled=True,
            max_queue_m=metres,
            max_queue_vehicles=1,
            full=False,
            longest_halt_s=1.0,
            stops=1,
            vehicles=1,
        )

    limited = Objective(queue_limits_m=FrozenMap({"ramp": 80.0}))
    long = {s: replace(m, approaches=(queue(95.0),)) for s, m in runs(20.0, 21.0).items()}
    short = {s: replace(m, approaches=(queue(60.0),)) for s, m in runs(35.0, 36.0).items()}
    over = stand("over", long, limited)
    held = stand("held", short, limited)
    assert (over.excess_m, held.excess_m) == (15.0, 0.0)
    assert over.queues_m["ramp"] == 95.0
    assert held.order < over.order


def test_the_objective_decides_the_values() -> None:
    own = {1: replace(QUIET, total_delay_s=30.0, stops_per_vehicle=2.0)}
    assert stand("x", own, Objective(aim=Aim.STOPS)).values == (2.0,)
    assert stand("x", own, Objective(aim=Aim.BALANCED)).values == (50.0,)
    assert stand("x", own, Objective(aim=Aim.STOPS)).delay_s == (30.0,)


def test_rank_correlation_of_known_ranks() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1.0)
    assert spearman([1, 2, 3, 4], [9, 7, 5, 3]) == pytest.approx(-1.0)
    # Ties share their mean rank: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    assert spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486833)
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1, 2], [1, 2]) is None


SEEN = {"shipped": runs(150.0, 140.0, 440.0), "jams": runs(100.0, 105.0, 300.0, 310.0)}
COST = lock_up_cost(SEEN, Objective())


def of_three(own: dict[int, Measures], given_up: frozenset[int] = frozenset()) -> Standing:
    """The standing after three seeds of a plan that has run with more, where plans lock up."""
    seeds = [1, 2, 3]
    unseen = unseen_lock_up(COST, own, given_up, seeds, Objective())
    return standing("p", own, SEEN["shipped"], seeds, Objective(), unseen)


def test_a_plan_clean_with_few_seeds_is_not_trusted_like_one_clean_with_many() -> None:
    """Laplace: 1 in 5 after three seeds, 1 in 8 after six; no lock-up seen, no difference."""
    assert pytest.approx(205.0) == COST, "median of 300, 205 and 195 above the plans' medians"
    assert of_three(runs(*[97.0] * 3)).unseen == pytest.approx(COST / 5)
    assert of_three(runs(*[105.0] * 6)).unseen == pytest.approx(COST / 8)
    assert of_three(runs(*[105.0] * 6)).order < of_three(runs(*[97.0] * 3)).order
    assert lock_up_cost({"shipped": runs(50.0, 60.0, 55.0), "p": runs(20.0)}, Objective()) == 0.0


def test_what_has_locked_up_with_another_seed_is_not_forgotten() -> None:
    """Eight seeds, one of them a lock-up that is not among the three: 2 in 10, and so 41 s."""
    locked = runs(*[97.0] * 5, 500.0, *[97.0] * 2)
    assert of_three(locked).unseen == pytest.approx(0.2 * COST)
    assert of_three(runs(*[105.0] * 8)).order < of_three(locked).order
    # A run that was given up is one as well, and one that stands there is not counted twice.
    assert of_three(runs(*[97.0] * 7), frozenset({8})).unseen == pytest.approx(0.2 * COST)
    assert of_three(runs(97.0, 500.0, *[97.0] * 6)).unseen == pytest.approx(0.1 * COST)


def test_a_network_locks_up_when_one_seed_stands_out_from_the_others_of_the_same_plan() -> None:
    assert not locks_up({})
    assert not locks_up({"shipped": runs(2500.0, 2450.0, 2600.0), "plan": runs(900.0)})
    # Two plans differ, which says nothing of luck.
    assert not locks_up({"shipped": runs(150.0, 155.0), "plan": runs(30.0, 31.0)})
    assert locks_up({"shipped": runs(150.0, 155.0, 340.0), "plan": runs(80.0)})
    assert locks_up({"shipped": runs(150.0), "plan": runs(96.0, 504.0)})


def test_a_plan_locks_up_that_is_given_up_with_one_seed_and_good_with_others() -> None:
    good = {"shipped": runs(150.0, 151.0), "plan": runs(96.0, 95.0)}
    assert locks_up(good, {("plan", 3): 94.0})
    # Who is far behind everywhere is bad, not unlucky; who has not finished a run is unknown.
    assert not locks_up({"plan": runs(128.0, 131.0)}, {("plan", 3): 94.0})
    assert not locks_up(good, {("other", 1): 94.0})
    # What has been seen before calls for nothing more.
    assert not locks_up(good, {("plan", 3): 94.0}, {"plan"})
    assert locks_up({**good, "new": runs(80.0, 190.0)}, {("plan", 3): 94.0}, {"plan"})


def test_standing_vehicles_count_more_each_time_plans_lock_up_all_the_same() -> None:
    assert [blocking_s(n) for n in (0, 1, 2)] == [0.0, 30_000.0, 90_000.0]
    assert blocking_s(9) == blocking_s(3)
