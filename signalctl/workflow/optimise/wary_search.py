"""Searches that keep nodes clear once plans are seen to lock up, and more so if they still do.

A penalty method: standing vehicles count nothing as long as no plan locks up, then more
with each search whose plans do (`lock_up.blocking_s`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from signalctl.optimiser.search.point import NetworkPoint, tables
from signalctl.workflow.optimise.lock_up import locks_up
from signalctl.workflow.optimise.search import Found, Offered, searched
from signalctl.workflow.optimise.session import Session
from signalctl.workflow.race.race import Track

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
    pool, with its short turns protected. `starts` and `is_built` are those of `searched`.
    """
    was = session.wariness
    _take_note(session, track)
    found = searched(
        session,
        starts,
        lambda: is_over() or _begins(session, track),
        MOST_FINALISTS,
        # What a search that was less wary has built is worth little to one that is more so.
        is_warm=is_built and was == session.wariness,
    )
    if is_over() or not _begins(session, track):
        return found
    _take_note(session, track)
    session.remember((), evaluations=session.searched)
    wary = searched(session, starts, is_over, MOST_FINALISTS, is_warm=False)
    return replace(wary, pool=by_turns(wary.pool, _cleared(session, found.pool)))


def by_turns(first: Sequence[Offered], others: Sequence[Offered]) -> tuple[Offered, ...]:
    """The pool of a wary search with that of one before it, three to one."""
    left = list(others)
    found: list[Offered] = []
    for number, each in enumerate(first, start=1):
        found.append(each)
        if number % WARY_ONES == 0 and left:
            found.append(left.pop(0))
    return (*found, *left)


def _cleared(session: Session, pool: Sequence[Offered]) -> list[Offered]:
    """Plans found before, with their short turns protected and the model's new figures."""
    problem = session.problem
    points = [session.cleared(point) for _, point, _ in pool]
    ends = problem.model.run_many([tables(point) for point in points], threads=problem.request.jobs)
    session.searched += len(points)
    return [
        (label, point, problem.request.objective.value(end))
        for (label, _, _), point, end in zip(pool, points, ends, strict=True)
    ]


def _take_note(session: Session, track: Track) -> None:
    """Be warier if what has raced since the last time calls for it."""
    if must_be_warier(session, track):
        session.wariness += 1
        session.judged = set(track.measures)


def _begins(session: Session, track: Track) -> bool:
    """Whether a search that is not wary yet should become so."""
    return session.wariness == 0 and must_be_warier(session, track)
