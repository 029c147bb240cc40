"""What an optimisation begins from, on two real signals: SUMO's tools' plan among it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from opened_problem import opened_problem
from two_signals import two_signals

from signalctl.networks.shipped import build
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.search.point import NetworkPoint
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.stage_design.permission import permission_from
from signalctl.optimiser.stage_design.report import stages_of
from signalctl.workflow.optimise import wave_start
from signalctl.workflow.optimise.junctions import planned_junctions, why_unsafe
from signalctl.workflow.optimise.neighbours import neighbours
from signalctl.workflow.optimise.problem import Problem, open_problem
from signalctl.workflow.optimise.tools_start import LABEL
from signalctl.workflow.optimise.wave_start import with_wave
from signalctl.workflow.source import open_scenario
from signalctl.workflow.wave.search import demand_flows

pytestmark = pytest.mark.sumo


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return opened_problem(tmp_path_factory.mktemp("starts"))


def test_the_plan_of_sumo_tools_is_a_start_and_a_choice(problem: Problem) -> None:
    starts = dict(problem.starts)
    assert set(starts[LABEL]) == {"A0", "B0"}
    made = [p for p in starts[LABEL].values() if p.skeleton.label != "shipped"]
    assert made
    for junction_id, point in starts[LABEL].items():
        assert point.skeleton in problem.planned[junction_id].skeletons


@pytest.mark.parametrize("keep", [frozenset[Keep](), frozenset({Keep.STAGES})])
def test_a_green_wave_is_a_start_with_the_order_of_stages_that_carries_it(
    problem: Problem, keep: frozenset[Keep], tmp_path: Path
) -> None:
    source = open_scenario(build("arterial", tmp_path).scenarios["offpeak"])
    flows = demand_flows(source)
    # The designs of new stages, which take long, are not asked for.
    only = replace(problem.request, keep=frozenset({Keep.STAGES}))
    network = source.network
    permission = permission_from(network.junctions)
    shipped, kept = planned_junctions(network, only, permission, flows, sorted(network.junctions))
    assert not kept

    request = replace(problem.request, keep=keep)
    planned, ((label, start),), notes = with_wave(source, request, shipped, flows)
    assert label == wave_start.LABEL
    assert not notes
    assert set(start) == set(planned) == set(shipped)
    assert len({point.cycle_s for point in start.values()}) == 1
    assert all(point.skeleton in planned[j].skeletons for j, point in start.items())
    assert len({point.offset_s for point in start.values()}) > 2
    reordered = [p for p in start.values() if p.skeleton.label == "green wave"]
    assert bool(reordered) is not bool(keep)


def test_every_start_is_safe_and_the_shipped_plan_is_first(problem: Problem) -> None:
    assert problem.starts[0][0] == "shipped plan"
    for label, start in problem.starts:
        for junction_id, point in start.items():
            junction = problem.planned[junction_id].junction
            assert why_unsafe(point, junction, problem.request.profile) is None, label


def test_neighbours_go_on_where_sumo_has_judged_the_first_ones(problem: Problem) -> None:
    """Each half dozen is new, by the model's rank, until there are no more."""
    leader = dict(problem.starts)["shipped stages at 60 s, by flow"]
    known: set[NetworkPoint] = set()
    for _ in range(3):
        near = neighbours(problem, leader, (), 6, 1, Objective(), known)
        points = {point for _, point, _ in near}
        assert len(points) == 6
        assert not points & known
        assert [value for _, _, value in near] == sorted(value for _, _, value in near)
        known |= points


@pytest.fixture(scope="module")
def at_odds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two signals of which A0 ships green for everybody at once."""
    folder = tmp_path_factory.mktemp("odds")
    path = two_signals(folder, 300, east_vph=700, west_vph=300, north_vph=200)
    net = folder / "two.net.xml"
    before, logic, after = re.split(
        r'(<tlLogic id="A0".*?</tlLogic>)', net.read_text(), flags=re.DOTALL
    )
    logic = re.sub(r'state="(\w*?G\w*)"', lambda m: f'state="{"G" * len(m[1])}"', logic, count=1)
    net.write_text(before + logic + after)
    return path


def test_stages_are_composed_where_the_shipped_ones_let_foes_go_together(
    at_odds: Path, problem: Problem, tmp_path: Path
) -> None:
    opened = open_problem(open_scenario(at_odds), problem.request, tmp_path / "work")
    assert set(opened.planned) == {"A0", "B0"}
    assert not opened.kept
    own = opened.planned["A0"]
    assert own.shipped.program is not None
    shipped = stages_of(own.shipped.program, own.junction)
    assert all(stages_of(s.base, own.junction) != shipped for s in own.skeletons)
    assert not any(
        why_unsafe(start["A0"], own.junction, problem.request.profile) for _, start in opened.starts
    )
    [note] = [note for note in opened.notes if note.startswith("A0: its shipped program")]
    assert "only stages composed anew are a choice" in note
    assert "conflict and are both green" in note


def test_a_junction_whose_stages_are_to_stay_keeps_them_though_they_break_a_rule(
    at_odds: Path, problem: Problem, tmp_path: Path
) -> None:
    request = replace(problem.request, keep=frozenset({Keep.STAGES}))
    opened = open_problem(open_scenario(at_odds), request, tmp_path / "work")
    assert set(opened.planned) == {"B0"}
    assert "breaks a rule" in opened.kept["A0"]


def test_stages_composed_anew_begin_at_the_shipped_cycle(
    at_odds: Path, problem: Problem, tmp_path: Path
) -> None:
    request = replace(problem.request, keep=frozenset({Keep.CYCLE}))
    opened = open_problem(open_scenario(at_odds), request, tmp_path / "work")
    assert opened.planned["A0"].start.cycle_s == opened.planned["A0"].shipped.cycle_s
