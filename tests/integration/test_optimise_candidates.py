"""Who of a race is asked with fresh seeds, in a search that is wary and in one that is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from opened_problem import opened_problem, session_of, track_of
from quiet_runs import QUIET

from signalctl.sim.measures import Measures
from signalctl.workflow.optimise.candidates import CANDIDATES, WARY_CANDIDATES, candidates
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.session import Finalist, Session
from signalctl.workflow.optimise.state import KeptAnswer
from signalctl.workflow.race.race import SHIPPED, Track
from signalctl.workflow.race.standing import Standing, standing

pytestmark = pytest.mark.sumo

SHIPPED_S = 60.0


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return opened_problem(tmp_path_factory.mktemp("candidates"))


@pytest.fixture
def session(problem: Problem, tmp_path: Path) -> Session:
    return session_of(problem, tmp_path)


@pytest.fixture
def track(problem: Problem, tmp_path: Path) -> Track:
    """A track on which the shipped plan has run with two seeds."""
    return track_of(problem, tmp_path, runs(SHIPPED_S))


def runs(delay_s: float, **more: int) -> dict[int, Measures]:
    """The same figures with two seeds."""
    return dict.fromkeys((1, 2), replace(QUIET, total_delay_s=delay_s, **more))  # type: ignore[arg-type]  # by name


def raced(session: Session, track: Track, delays_s: list[float], **more: int) -> list[Standing]:
    """Plans of these delays, in the race's order, known to the session."""
    _, point = session.problem.starts[1]
    finalists: list[Finalist] = []
    found = []
    for number, delay_s in enumerate(delays_s):
        name, each = next(iter(sorted(point.items())))
        moved = replace(each, offset_s=(each.offset_s + 1 + number) % each.cycle_s)
        finalist = session.finalist({**point, name: moved}, None, f"{number}")
        assert finalist is not None
        finalists.append(finalist)
        own = track.measures[finalist.entrant.name] = runs(delay_s, **more)
        base, objective = track.measures[SHIPPED], session.problem.request.objective
        found.append(standing(finalist.entrant.name, own, base, [1, 2], objective))
    session.remember(finalists)
    return found


def names(found: list[Finalist]) -> list[str]:
    return [finalist.entrant.name for finalist in found]


@pytest.mark.parametrize(("wariness", "at_most"), [(0, CANDIDATES), (1, WARY_CANDIDATES)])
def test_those_ahead_come_in_order_and_more_of_them_in_a_wary_search(
    session: Session, track: Track, wariness: int, at_most: int
) -> None:
    session.wariness = wariness
    standings = raced(session, track, [SHIPPED_S - 20 + number for number in range(12)])
    expected = [each.entrant for each in standings[:at_most]]
    assert names(candidates(session, track, standings)) == expected


def test_nobody_behind_the_shipped_plan_or_with_a_fault_is_asked(
    session: Session, track: Track
) -> None:
    assert candidates(session, track, raced(session, track, [SHIPPED_S + 1])) == []
    assert candidates(session, track, raced(session, track, [20.0], unfinished=1)) == []
    assert candidates(session, track, []) == []


def test_a_wary_search_asks_nobody_behind_who_was_confirmed(session: Session, track: Track) -> None:
    standings = raced(session, track, [30.0, 40.0, 50.0])
    ahead, kept, _behind = (each.entrant for each in standings)
    answer = KeptAnswer(name=kept, block=0, pairs=5)
    session.state = replace(session.state, confirmed=answer)
    assert len(candidates(session, track, standings)) == len(standings)
    session.wariness = 1
    assert names(candidates(session, track, standings)) == [ahead]
