"""Turns on the short road between two signals: found, protected by choice, starts without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from opened_problem import opened_problem
from small_nets import signal_row

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.network import read_network
from signalctl.networks.short_roads import SHORT_M, turns_on_short_roads
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.stage_design.permission import (
    Permission,
    TurnRule,
    permission_from,
    shown_permissive,
)
from signalctl.workflow.optimise.junctions import WAITS_SHORT, planned_junctions
from signalctl.workflow.optimise.narrowed_starts import NARROWED, narrowed_starts
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.tools_start import LABEL as TOOLS

pytestmark = pytest.mark.sumo

FACING = {("A0", "E-left"), ("B0", "W-left")}


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return opened_problem(tmp_path_factory.mktemp("short"), apart_m=30)


@pytest.mark.parametrize(
    ("apart_m", "options", "turns"),
    [
        (30, (), FACING),
        (30, ("--lefthand",), {("A0", "E-right"), ("B0", "W-right")}),
        (60, (), set()),
    ],
)
def test_turns_across_between_two_near_signals_are_short(
    apart_m: int, options: tuple[str, ...], turns: set[tuple[str, str]], tmp_path: Path
) -> None:
    network = read_network(signal_row(tmp_path / "row.net.xml", "A0,B0", apart_m, *options))
    found = turns_on_short_roads(network)
    assert set(found) == turns
    assert all(0 < length_m < SHORT_M for length_m in found.values())


def test_a_short_road_behind_no_signal_harms_nobody(tmp_path: Path) -> None:
    network = read_network(signal_row(tmp_path / "row.net.xml", "A0,B0", 30))
    lights = tuple(
        replace(c, tl=None, link_index=None) if c.tl == "A0" else c
        for c in network.roads.connections
    )
    alone = replace(network, roads=replace(network.roads, connections=lights))
    assert set(turns_on_short_roads(alone)) == set()


def test_clear_stages_are_further_choices_and_protect_the_turns(problem: Problem) -> None:
    for junction_id, group in FACING:
        each = problem.planned[junction_id]
        assert each.clear
        assert set(each.clear) < set(each.skeletons)
        assert not any(shown_permissive(s.base, group) for s in each.clear)
        assert any(shown_permissive(s.base, group) for s in each.skeletons)
        assert any(junction_id in note and WAITS_SHORT in note for note in problem.notes)


@pytest.mark.parametrize("said", [TurnRule.MAY_YIELD, TurnRule.PROTECTED_ONLY])
def test_what_the_engineer_says_of_a_turn_holds(problem: Problem, said: TurnRule) -> None:
    network = problem.source.network
    permission = replace(
        permission_from(network.junctions),
        exceptions=FrozenMap(dict.fromkeys(FACING, said)),
    )
    planned, _ = planned_junctions(network, problem.request, permission, None, ["A0", "B0"])
    assert planned
    assert not any(each.clear for each in planned.values())


def test_where_stages_are_kept_none_are_added(problem: Problem) -> None:
    request = replace(problem.request, keep=frozenset({Keep.STAGES}))
    network = problem.source.network
    planned, _ = planned_junctions(network, request, Permission(), None, ["A0", "B0"])
    assert [len(each.skeletons) for each in planned.values()] == [1, 1]
    assert not any(each.clear for each in planned.values())


def test_starts_are_cleared_at_their_cycles_and_the_tools_plan_stays_beside_its_own(
    problem: Problem,
) -> None:
    choice = {j: each.choice(is_wary=True, is_narrow=False) for j, each in problem.planned.items()}
    cleared = dict(narrowed_starts(problem, choice))
    for label, start in problem.starts:
        clear = cleared[label + NARROWED]
        for junction_id, point in clear.items():
            assert point.skeleton in problem.planned[junction_id].clear
            assert point.skeleton.is_feasible(point.lengths)
            least_s = max(point.skeleton.shortest_cycle_s, start[junction_id].cycle_s)
            assert point.cycle_s == least_s
    assert cleared[TOOLS] == dict(problem.starts)[TOOLS]
    assert not [label for label in cleared if label != TOOLS and not label.endswith(NARROWED)]
