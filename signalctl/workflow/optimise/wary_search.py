"""Searches that keep nodes clear once plans are seen to lock up, and more so if they still do.

A penalty method: standing vehicles count nothing as long as no plan locks up, then more
with each search whose plans do (`lock_up.blocking_s`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from signalctl.optimiser.search.point import NetworkPoint, tables
from signalctl.workflow.optimise.hard_braking import DOUBT, why_narrow
from signalctl.workflow.optimise.lock_up import locks_up
from signalctl.workflow.optimise.search import Found, Offered, searched
from signalctl.workflow.optimise.session import Session
from signalctl.workflow.race.race import Track
from signalctl.workflow.race.standing import CLEARLY

MOST_FINALISTS: Final = 24
WARY_ONES: Final = 3
"""So many plans of the wary search come before each one of the other."""


def must_be_warier(session: Session, track: Track) -> bool:
    """Whether plans lock up that have raced since the search became as wary as it is.

    Never where evaluations are counted instead of seconds: numbers are to be the same
    everywhere, and when the shipped plan's runs end is not.
    """
    if session.problem.request.evaluations:
        return False
    return locks_up(track.measures, track.hopeless, session.judged)


def must_be_narrow(session: Session, track: Track, level: float = CLEARLY) -> str | None:
    """Why turns should be permissive only where shipped; None where nothing speaks for it.

    Never where evaluations are counted, for the same reason.
    """
    if session.problem.request.evaluations:
        return None
    return why_narrow(track.measures, session.wide, session.problem.request.objective, level)


def must_be_narrower(session: Session, track: Track) -> str | None:
    """Why the search should go on with turns as shipped; None where it does, or need not."""
    return None if session.is_narrow else must_be_narrow(session, track, DOUBT)


def must_change(session: Session, track: Track) -> bool:
    """Whether another search than the last one is called for."""
    return must_be_warier(session, track) or must_be_narrower(session, track) is not None


def searched_warily(
    session: Session,
    track: Track,
    starts: Sequence[tuple[str, NetworkPoint]],
    is_over: Callable[[], bool],
    *,
    is_built: bool,
) -> Found:
    """A search until `is_over`, as wary as what has been seen in SUMO calls for.

    Where the shipped plan locks up while the first search is under way, a wary one begins
    anew: what was found, with its worst standing mended, locks up all the same. It stays in the
    pool, with stages that are a choice then. `starts` and `is_built` are those of `searched`.
    """
    was = session.wariness, session.is_narrow
    _take_note(session, track)
    found = searched(
        session,
        starts,
        lambda: is_over() or _begins(session, track),
        MOST_FINALISTS,
        # What was built from other stages, or less warily, is worth little now.
        is_warm=is_built and was == (session.wariness, session.is_narrow),
    )
    if is_over() or not _begins(session, track):
        return found
    _take_note(session, track)
    session.remember((), evaluations=session.searched)
    wary = searched(session, starts, is_over, MOST_FINALISTS, is_warm=False)
    return replace(wary, pool=by_turns(wary.pool, _within(session, found.pool)))


def by_turns(first: Sequence[Offered], others: Sequence[Offered]) -> tuple[Offered, ...]:
    """The pool of a wary search with that of one before it, three to one."""
    left = list(others)
    found: list[Offered] = []
    for number, each in enumerate(first, start=1):
        found.append(each)
        if number % WARY_ONES == 0 and left:
            found.append(left.pop(0))
    return (*found, *left)


def _within(session: Session, pool: Sequence[Offered]) -> list[Offered]:
    """Plans found before, with the stages that are a choice now and the model's new figures."""
    problem = session.problem
    points = session.within([point for _, point, _ in pool])
    ends = problem.model.run_many([tables(point) for point in points], threads=problem.request.jobs)
    session.searched += len(points)
    return [
        (label, point, problem.request.objective.value(end))
        for (label, _, _), point, end in zip(pool, points, ends, strict=True)
    ]


def _take_note(session: Session, track: Track) -> None:
    """Be warier, or leave turns as shipped, if what has raced calls for it."""
    if must_be_warier(session, track):
        session.wariness += 1
        session.judged = set(track.measures)
    why = must_be_narrower(session, track)
    if why is not None:
        session.narrow(why)


def _begins(session: Session, track: Track) -> bool:
    """Whether a search that is not wary yet should become so."""
    return session.wariness == 0 and must_be_warier(session, track)
