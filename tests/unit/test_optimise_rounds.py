"""Which race fits the time, and which plans enter it."""

from __future__ import annotations

import pytest

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.domain.program import Program
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.optimise.entrants import spread
from signalctl.workflow.optimise.rounds import RACES
from signalctl.workflow.race.race import RUNGS, runs_of_race

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


def test_all_plans_of_one_cycle_race_by_rank() -> None:
    pool = [(f"{i}", point(60), float(i)) for i in range(6)]
    assert [label for label, _, _ in spread(pool, 4)[:4]] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("finalists", "runs"), [(1, 2 + 4 + 10), (6, 7 + 8 + 20), (12, 13 + 14 + 20)]
)
def test_runs_of_a_race_count_the_shipped_plan(finalists: int, runs: int) -> None:
    assert runs_of_race(finalists, RUNGS) == runs


def test_the_last_race_offered_is_the_cheapest() -> None:
    costs = [runs_of_race(n, rungs) for n, rungs in RACES]
    assert costs[-1] == min(costs) == 2
