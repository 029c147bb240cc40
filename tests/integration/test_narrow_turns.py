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
from signalctl.workflow.optimise.entrants import LEADERS, entrants_of
from signalctl.workflow.optimise.narrowed_starts import NARROWED
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.session import Session
from signalctl.workflow.optimise.wary_search import must_be_narrow, must_change
from signalctl.workflow.race.race import SHIPPED, RaceResult, Track
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


def test_hard_braking_calls_for_another_search_and_clear_evidence_for_another_order(
    session: Session, problem: Problem, track: Track
) -> None:
    wide = [raced(session, track, wide_point(problem, 50 + i), 30.0 + i, 2) for i in range(2)]
    calm = raced(session, track, narrow_point(problem, 60), 50.0, 0)
    # The shipped plan has run once so far: that is a doubt and no more.
    six = track.measures[SHIPPED]
    track.measures[SHIPPED] = {1: six[1]}
    assert must_change(session, track)
    assert must_be_narrow(session, track) is None
    last, second, first = [wide[0], wide[1], calm], [wide[0], calm, wide[1]], [calm, *wide]
    assert asked(session, track, last) == last
    session.narrow("so")
    assert session.notes == ["so"]
    assert not must_change(session, track)
    assert asked(session, track, last) == second
    track.measures[SHIPPED] = six
    assert must_be_narrow(session, track) is not None
    assert asked(session, track, last) == first


def test_one_plan_without_such_turns_is_always_asked(
    session: Session, problem: Problem, track: Track
) -> None:
    wide = [raced(session, track, wide_point(problem, 50 + i), 30.0 + i, 0) for i in range(5)]
    calm = raced(session, track, narrow_point(problem, 60), 50.0, 0)
    behind = raced(session, track, narrow_point(problem, 75), SHIPPED_S + 1, 0)
    assert asked(session, track, [*wide, calm]) == [*wide[: CANDIDATES - 1], calm]
    assert asked(session, track, [*wide, behind]) == wide[:CANDIDATES]


def test_kin_of_a_narrow_search_is_of_those_with_turns_as_shipped(
    session: Session, problem: Problem, track: Track
) -> None:
    standings = [raced(session, track, wide_point(problem, c), 30.0, 2) for c in (50, 60, 70)]
    standings.append(raced(session, track, narrow_point(problem, 60), 50.0, 0))
    result = RaceResult(standings=tuple(standings), shipped=None, is_complete=True, first_values={})
    wide = entrants_of(session, None, 8, result, is_jamming=False)
    assert any(problem.widens(f.point) for f in wide[LEADERS:])
    session.narrow("so")
    narrow = entrants_of(session, None, 8, result, is_jamming=False)
    assert len(narrow) > LEADERS
    assert not any(problem.widens(f.point) for f in narrow[LEADERS:])


def narrow_point(problem: Problem, cycle_s: int) -> NetworkPoint:
    """Shipped stages by flow."""
    return dict(problem.starts)[f"shipped stages at {cycle_s} s, by flow"]


def asked(session: Session, track: Track, standings: list[Standing]) -> list[Standing]:
    """Who of the standings is asked with fresh seeds, in that order."""
    found = [finalist.entrant.name for finalist in candidates(session, track, standings)]
    return [next(s for s in standings if s.entrant == name) for name in found]
