"""Who enters a race: what the search likes, cautious plans, the leaders and their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from signalctl.optimiser.search.point import NetworkPoint, tables
from signalctl.workflow.optimise.neighbours import neighbours
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.search import Found, Offered
from signalctl.workflow.optimise.session import Finalist, Session
from signalctl.workflow.optimise.starts import CAUTIOUS
from signalctl.workflow.optimise.tools_start import LABEL as TOOLS
from signalctl.workflow.race.race import SHIPPED, RaceResult, Track

CYCLE_BIN_S: Final = 12
"""Plans whose longest cycles lie in the same bin of so many seconds are alike."""
JAMMED_S: Final = 150.0
"""Total delay of the shipped plan, s per vehicle, from which queues reach far back."""
LEADERS: Final = 3
"""Raced plans that every later race has among its entrants."""


def entrants_of(
    session: Session,
    found: Found | None,
    at_most: int,
    result: RaceResult | None,
    is_jamming: bool,
) -> list[Finalist]:
    """Plans that have not raced yet, and the leaders so far, whose runs cost nothing.

    Cautious plans begin the first race: their figures bound the others' runs. Then the
    search's finalists; in a later round they share the places with the leader's
    neighbours.
    """
    leaders = [] if result is None else ordered(session, result)[:LEADERS]
    raced = set(session.raced)
    offered: list[Offered] = []
    if result is None:
        wanted = max(2, at_most // 3) if is_jamming else max(1, at_most // 4)
        offered += cautious(session.problem, session.starts, wanted)
        session.searched += len(session.starts)
    if found is not None:
        offered += spread(one_of_each(found.pool) if is_jamming else found.pool, at_most)
    if leaders:
        # One of the model's, one of SUMO's leaders' kin, by turns.
        pairs = zip_longest(offered, _kin(session, leaders, at_most))
        offered = [each for pair in pairs for each in pair if each is not None]
    fresh: dict[str, Finalist] = {}
    for label, point, value in offered:
        if len(fresh) >= at_most:
            break
        finalist = session.finalist(point, value, label)
        if finalist is not None and finalist.entrant.name not in raced:
            fresh.setdefault(finalist.entrant.name, finalist)
    return list({f.entrant.name: f for f in (*leaders, *fresh.values())}.values())


def _kin(session: Session, leaders: Sequence[Finalist], wanted: int) -> list[Offered]:
    """Neighbours of the leader that SUMO has not judged; of the next ones when it has few left."""
    known = {f.point for f in session.finalists.values()}
    if session.is_narrow:
        # Theirs have the turns that are to be left.
        leaders = [f for n, f in session.finalists.items() if n not in session.wide][:LEADERS]
    others = [f.point for f in (*leaders, *session.finalists.values())[1 : 2 * LEADERS]]
    if session.is_narrow:
        others = [point for point in others if not session.problem.widens(point)]
    found: list[Offered] = []
    for leader in leaders:
        near = neighbours(
            session.problem,
            leader.point,
            others,
            wanted - len(found),
            session.problem.request.seed + session.state.rounds,
            session.objective,
            known,
        )
        session.searched += len(near)
        name = leader.entrant.name
        found += [(f"near {name}: {what}", point, value) for what, point, value in near]
        if len(found) >= wanted:
            break
    return found


def cautious(
    problem: Problem, starts: Sequence[tuple[str, NetworkPoint]], wanted: int
) -> list[Offered]:
    """Starts that change only seconds, those the model likes best, as they are.

    Where the model is wrong about a network, what it has improved may lock up; what
    nobody has improved seldom does.
    """
    starts = [pair for pair in starts if pair[0].startswith(CAUTIOUS)]
    ends = problem.model.run_many(
        [tables(point) for _, point in starts], threads=problem.request.jobs
    )
    values = [problem.request.objective.value(end) for end in ends]
    # What SUMO's tools plan is the peer to beat: it always runs.
    order = sorted(
        range(len(starts)),
        key=lambda i: (starts[i][0] != TOOLS, ends[i].unfinished, values[i], i),
    )
    return [(starts[i][0], starts[i][1], values[i]) for i in order[:wanted]]


def may_jam(track: Track) -> bool:
    """Whether the shipped plan jams in SUMO: then others may as well, whatever the model says."""
    runs = list(track.measures.get(SHIPPED, {}).values())  # more may come meanwhile
    return any(run.unfinished > 0 or run.total_delay_s > JAMMED_S for run in runs)


def spread(pool: Sequence[Offered], at_most: int) -> list[Offered]:
    """The pool reordered so that the first `at_most` are half the best, half of other cycles.

    Plans of one cycle are much alike; where the model misjudges one, it misjudges all.
    """
    first = list(pool[: (at_most + 1) // 2])
    seen = {_cycle_bin(point) for _, point, _ in first}
    others = []
    for each in pool[len(first) :]:
        bin_ = _cycle_bin(each[1])
        if bin_ not in seen:
            seen.add(bin_)
            others.append(each)
    taken = [*first, *others]
    return [*taken, *(each for each in pool if not any(each is other for other in taken))]


def one_of_each(pool: Sequence[Offered]) -> list[Offered]:
    """The pool reordered so that the best from each place where the search began come first.

    The model does not see which of them lock up, and those from one place lock up alike.
    """
    first: dict[str, Offered] = {}
    for each in pool:
        first.setdefault(each[0], each)
    leaders = list(first.values())
    return [*leaders, *(each for each in pool if not any(each is other for other in leaders))]


def _cycle_bin(point: NetworkPoint) -> int:
    return max(each.cycle_s for each in point.values()) // CYCLE_BIN_S


def ordered(session: Session, result: RaceResult) -> list[Finalist]:
    """The plans of a race as it ended, the best first."""
    return [
        session.finalists[s.entrant] for s in result.standings if s.entrant in session.finalists
    ]
