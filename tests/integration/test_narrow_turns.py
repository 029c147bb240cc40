"""Turns permissive only where shipped, once plans with others brake too hard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from opened_problem import opened_problem, session_of, track_of
from quiet_runs import QUIET

from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint, at_cycle
from signalctl.optimiser.stage_design.permission import TurnRule, shown_permissive
from signalctl.sim.measures import Measures
from signalctl.workflow.optimise.candidates import CANDIDATES, candidates
from signalctl.workflow.optimise.narrowed_starts import NARROWED
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.session import Finalist, Session
from signalctl.workflow.optimise.wary_search import must_be_narrow
from signalctl.workflow.race.race import SHIPPED, Track
from signalctl.workflow.race.standing import Standing, standing

pytestmark = pytest.mark.sumo

EACH_ITS_OWN = ("--tls.layout", "incoming", "--turn-lanes", "1", "--no-turnarounds")
"""Every approach has a stage of its own: no turn ships permissive, every left one may yield."""
SHIPPED_S = 60.0


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder = tmp_path_factory.mktemp("narrow")
    return opened_problem(folder, options=EACH_ITS_OWN, turns=TurnRule.MAY_YIELD)


@pytest.fixture
def session(problem: Problem, tmp_path: Path) -> Session:
    return session_of(problem, tmp_path)


@pytest.fixture
def track(problem: Problem, tmp_path: Path) -> Track:
    """A track on which the shipped plan has run with six seeds and nobody had to brake."""
    return track_of(problem, tmp_path, runs(SHIPPED_S, seeds=6))


def runs(delay_s: float, seeds: int = 1, **more: int) -> dict[int, Measures]:
    """The same figures with each of the seeds."""
    figures = replace(QUIET, total_delay_s=delay_s, **more)  # type: ignore[arg-type]  # by name
    return dict.fromkeys(range(1, seeds + 1), figures)


def wide_point(problem: Problem, cycle_s: int) -> NetworkPoint:
    """Stages with newly permissive turns at every junction."""
    found: dict[str, JunctionPoint] = {}
    for junction_id, each in problem.planned.items():
        skeleton = next(s for s in each.skeletons if each.widens(s))
        found[junction_id] = at_cycle(skeleton, cycle_s)
    return type(problem.starts[0][1])(found)


def raced(
    session: Session, track: Track, point: NetworkPoint, delay_s: float, brakings: int
) -> Standing:
    """A plan that has raced with one seed."""
    finalist = session.finalist(point, None, "a plan")
    assert finalist is not None
    name = finalist.entrant.name
    own = track.measures[name] = runs(delay_s, emergency_brakings=brakings)
    if session.problem.widens(point):
        session.wide.add(name)
    session.remember([finalist])
    base, objective = track.measures[SHIPPED], session.problem.request.objective
    return standing(name, own, base, [1], objective)


def names(found: list[Finalist]) -> list[str]:
    return [finalist.entrant.name for finalist in found]


def test_a_narrow_choice_shows_no_turn_permissive_that_is_not_so_as_shipped(
    session: Session, problem: Problem
) -> None:
    wide = session.skeletons
    session.narrow("so")
    for junction_id, skeletons in session.skeletons.items():
        each = problem.planned[junction_id]
        assert 0 < len(skeletons) < len(wide[junction_id])
        assert any(s.label == "shipped" for s in skeletons)
        groups = [g.id for g in each.junction.groups]
        assert not any(shown_permissive(s.base, g) for s in skeletons for g in groups)
        assert any(shown_permissive(s.base, g) for s in wide[junction_id] for g in groups)


def test_plans_and_starts_get_the_stages_that_are_a_choice_then(
    session: Session, problem: Problem
) -> None:
    point = wide_point(problem, 60)
    assert session.within([point]) == [point]
    session.narrow("so")
    [instead] = session.within([point])
    assert not problem.widens(instead)
    assert {p.cycle_s for p in instead.values()} == {60}
    for label, start in session.starts:
        assert not problem.widens(start)
        before = dict(problem.starts)[label.removesuffix(NARROWED)]
        assert label.endswith(NARROWED) is problem.widens(before)


def test_hard_braking_puts_such_plans_out_of_the_race_and_is_told(
    session: Session, problem: Problem, track: Track
) -> None:
    wide = [raced(session, track, wide_point(problem, c), 30.0, 2) for c in (50, 60, 70)]
    calm = raced(session, track, dict(problem.starts)["shipped stages at 60 s, by flow"], 50.0, 0)
    why = must_be_narrow(session, track)
    assert why is not None
    assert "6 in 3 runs" in why
    # Until another search begins they come after the others.
    assert names(candidates(session, track, [*wide, calm]))[0] == calm.entrant
    session.narrow(why)
    assert session.notes == [why]
    assert must_be_narrow(session, track) is None
    assert set(session.finalists) == {calm.entrant}
    assert names(candidates(session, track, [*wide, calm])) == [calm.entrant]


def test_one_plan_without_such_turns_is_always_asked(
    session: Session, problem: Problem, track: Track
) -> None:
    wide = [raced(session, track, wide_point(problem, 50 + i), 30.0 + i, 0) for i in range(5)]
    calm = raced(session, track, dict(problem.starts)["shipped stages at 60 s, by flow"], 50.0, 0)
    assert must_be_narrow(session, track) is None
    asked = names(candidates(session, track, [*wide, calm]))
    assert asked == [*(each.entrant for each in wide[: CANDIDATES - 1]), calm.entrant]
    behind = raced(
        session, track, dict(problem.starts)["shipped stages at 75 s, by flow"], SHIPPED_S + 1, 0
    )
    asked = names(candidates(session, track, [*wide, behind]))
    assert asked == [each.entrant for each in wide[:CANDIDATES]]
