"""Which race fits the time, and which plans enter it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.domain.program import Program
from signalctl.domain.traffic import DueVehicle
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.optimise.entrants import one_of_each, spread
from signalctl.workflow.optimise.follow import reads_right
from signalctl.workflow.optimise.rounds import (
    FIRST_SHARE,
    JAM_RACES,
    RACE_SEEDS,
    RACES,
    first_share,
    with_more_seeds,
)
from signalctl.workflow.optimise.wary_search import by_turns
from signalctl.workflow.race.race import RUNGS, Rung, runs_of_race

GROUP = SignalGroup(id="a", kind=GroupKind.VEHICLE, approach="N", movements=(), links=(0,))
SKELETON = Skeleton(Junction(id="J", groups=(GROUP,)), Program.of({"a": "GGGGGyyyrr"}))


def point(cycle_s: int) -> NetworkPoint:
    """A plan of one junction with this cycle."""
    length = cycle_s - SKELETON.fixed_s
    return FrozenMap({"J": JunctionPoint(skeleton=SKELETON, lengths=(length,))})


def test_half_of_the_race_are_the_best_and_half_have_other_cycles() -> None:
    pool = [(f"{i}", point(60), float(i)) for i in range(6)]
    pool += [("long", point(90), 6.0), ("longer", point(110), 7.0), ("long too", point(91), 8.0)]
    first = [label for label, _, _ in spread(pool, 4)[:4]]
    assert first == ["0", "1", "long", "longer"]
    assert sorted(label for label, _, _ in spread(pool, 4)) == sorted(p[0] for p in pool)


def test_where_plans_jam_the_best_from_each_start_come_first() -> None:
    pool = [("a", point(60), 1.0), ("a", point(62), 2.0), ("b", point(70), 3.0)]
    pool += [("a", point(64), 4.0), ("c", point(80), 5.0), ("b", point(72), 6.0)]
    assert [value for _, _, value in one_of_each(pool)] == [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]


def test_all_plans_of_one_cycle_race_by_rank() -> None:
    pool = [(f"{i}", point(60), float(i)) for i in range(6)]
    assert [label for label, _, _ in spread(pool, 4)[:4]] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("finalists", "runs"), [(1, 2 + 4 + 10), (6, 7 + 8 + 20), (12, 13 + 14 + 20)]
)
def test_runs_of_a_race_count_the_shipped_plan(finalists: int, runs: int) -> None:
    assert runs_of_race(finalists, RUNGS) == runs


def test_thorough_races_have_more_seeds_from_round_to_round_up_to_those_there_are() -> None:
    assert with_more_seeds(RUNGS, 0) == RUNGS
    assert [rung.seeds for rung in with_more_seeds(RUNGS, 2)] == [1, 3, 16]
    assert with_more_seeds(RUNGS, 100)[-1].seeds == RACE_SEEDS
    assert with_more_seeds(RUNGS[:2], 2) == RUNGS[:2]


@pytest.mark.parametrize("races", [RACES, JAM_RACES])
def test_the_last_race_offered_is_the_cheapest(races: tuple[tuple[int, Sequence[Rung]]]) -> None:
    costs = [runs_of_race(n, rungs) for n, rungs in races]
    assert costs[-1] == min(costs) == 2


def test_where_plans_jam_more_seeds_come_before_more_plans_but_not_at_any_price() -> None:
    offered = [(n, rungs[-1].seeds) for n, rungs in JAM_RACES]
    assert offered[:6] == [(16, 8), (12, 8), (12, 6), (12, 3), (10, 6), (10, 3)]


def test_a_wary_search_enters_three_plans_for_each_one_of_the_search_before_it() -> None:
    pool = [[(f"{kind}{i}", point(60), 1.0) for i in range(n)] for kind, n in (("w", 7), ("x", 4))]
    labels = [label for label, _, _ in by_turns(*pool)]
    assert labels == ["w0", "w1", "w2", "x0", "w3", "w4", "w5", "x1", "w6", "x2", "x3"]


def test_other_ways_are_taken_over_unless_the_model_then_reads_the_leader_wrong() -> None:
    assert reads_right(before=150.0, after=118.0, driven=100.0)
    assert reads_right(before=104.0, after=115.0, driven=100.0)
    # On ways that avoid a queue it does not have, the model locks up.
    assert not reads_right(before=139.0, after=757.0, driven=140.0)
    assert not reads_right(before=90.0, after=60.0, driven=100.0)


def test_where_most_vehicles_choose_their_way_the_race_gets_time_from_the_search() -> None:
    def vehicle(number: int, *, picks: bool) -> DueVehicle:
        return DueVehicle(
            id=str(number),
            depart_s=0.0,
            v_class="passenger",
            length_m=7.5,
            edges=("a",),
            picks_route=picks,
        )

    few = [vehicle(i, picks=i < 1) for i in range(4)]
    most = [vehicle(i, picks=i < 3) for i in range(4)]
    assert first_share(few) == first_share(()) == FIRST_SHARE
    assert first_share(most) < FIRST_SHARE
