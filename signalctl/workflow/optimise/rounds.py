"""Rounds of search and race: the model proposes, SUMO disposes, until the budget ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from signalctl.domain.traffic import DueVehicle
from signalctl.optimiser.search.point import NetworkPoint
from signalctl.workflow.optimise.candidates import candidates
from signalctl.workflow.optimise.entrants import entrants_of, may_jam, ordered
from signalctl.workflow.optimise.follow import follow_leader
from signalctl.workflow.optimise.search import Found
from signalctl.workflow.optimise.session import Finalist, Session, until
from signalctl.workflow.optimise.wary_search import must_change, searched_warily
from signalctl.workflow.race.race import (
    RUNGS,
    Entrant,
    RaceResult,
    Rung,
    Track,
    race,
    runs_of_race,
)
from signalctl.workflow.race.shipped import ShippedRuns
from signalctl.workflow.race.standing import Standing, spearman

TRUSTED: Final = 0.5
"""Rank correlation of model and SUMO from which the model is polished on."""
LEAST_SEEN: Final = 6
"""Raced plans from which a rank correlation says something."""
RACE_SEEDS: Final = 32
MORE_SEEDS: Final = 4
"""By so many seeds the last rung of thorough races grows from one round to the next: who leads
by luck is found out, and whom luck has hidden is not for long."""
SHORT: Final = RUNGS[:2]
ONE: Final = RUNGS[:1]
RACES: Final[tuple[tuple[int, Sequence[Rung]], ...]] = (
    *((n, RUNGS) for n in (12, 10, 8, 6)),
    *((n, SHORT) for n in (10, 8, 6, 4, 3)),
    *((n, ONE) for n in (4, 3, 2, 1)),
)
"""Races from the most thorough to the cheapest: finalists and rungs."""
DIVERSE_RACES: Final[tuple[tuple[int, Sequence[Rung]], ...]] = (
    *((n, RUNGS) for n in (24, 16)),
    *((n, SHORT) for n in (24, 16, 12)),
    *RACES,
)
"""Races when the model is not to be trusted: more plans, and more different ones."""
JAM_RUNGS: Final = (
    Rung(seeds=1),
    Rung(seeds=3, share=0.5),
    Rung(seeds=6, share=0.5),
)
JAM_RACES: Final[tuple[tuple[int, Sequence[Rung]], ...]] = (
    *((n, RUNGS) for n in (16, 12)),
    *((n, rungs) for n in (12, 10, 8, 6, 4, 3) for rungs in (JAM_RUNGS, SHORT)),
    *((n, ONE) for n in (3, 2, 1)),
)
"""Races where a good plan may lock up with one seed in three: more seeds before more plans,
but half of the plans are out after the first one."""
JAM_RUN_SHARE: Final = 0.6
"""Time of a plan's run beside that of a shipped plan that jams, as long as none has run."""
FIRST_SHARE: Final = 0.45
"""Part of the time left that the first search takes; the race follows."""
LEAST_SHARE: Final = 0.25
"""Part of it that it gets at least, and at most where `CHOOSING` vehicles choose their way."""
CHOOSING: Final = 0.5
"""Part of the vehicles from which their ways change so much with the plan that a model of the
ways taken under another one says little: runs of SUMO are worth more than its figures."""
FIRST_RACE_SHARE: Final = 0.6
FIXED_RACE: Final = (8, SHORT)
"""The race where evaluations are counted instead of seconds."""
LATER_SHARE: Final = 0.35
LEAST_SEARCH_S: Final = 3.0
MUST_RACE: Final = 2
"""Plans that the first race runs whatever the time: without any there is nothing to say."""
LEAST_RACE: Final = 4
"""Finalists for whose race the first search leaves time."""
RESTARTS: Final = 6
"""Raced plans that a later search begins with, the best first."""
FIRST_PATIENCE: Final = 1.5
"""The first race may take so many times its estimate, past the budget if it must: without
it there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTold:
    """One round: seconds and model runs of its search, plans and seconds of its race.

    `trust` is the rank correlation of model and SUMO after it, `leader` the score of
    the race's first.
    """

    search_s: float
    evaluations: int
    finalists: int
    race_s: float
    trust: float | None
    leader: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raced:
    """What the rounds came to: standings over race seeds, the best first.

    `told` are the last search's sentences on what was proven and what searched.
    """

    standings: tuple[Standing, ...]
    shipped: Standing | None
    told: tuple[str, ...]
    rounds: tuple[RoundTold, ...] = ()


def chosen_race(track: Track, time_s: float, trust: float | None) -> tuple[int, Sequence[Rung]]:
    """The most thorough race that fits into a time; the cheapest where none does."""
    offered = RACES if trust is None or trust >= TRUSTED else DIVERSE_RACES
    if may_jam(track):
        offered = JAM_RACES
        time_s /= 1.0 if track.has_raced else JAM_RUN_SHARE
    for finalists, rungs in offered:
        # Many seeds for few plans are worth it only when they leave time for more plans.
        share = 0.5 if rungs is RUNGS else 1.0
        if track.seconds_for(runs_of_race(finalists, rungs)) <= share * time_s:
            return finalists, rungs
    return RACES[-1]


def run_rounds(
    session: Session,
    track: Track,
    base: Entrant,
    runs: ShippedRuns,
    reserve: Callable[[], float],
) -> Raced:
    """Search and race until only what `reserve` asks of the budget is left, s.

    `runs` of the shipped plan are under way; the first search goes on beside them.

    The first round always happens, however short the budget. A later one searches on
    the model around the leaders while the model is to be trusted and still finds
    something; else it asks SUMO about the leader's neighbours.
    """
    result: RaceResult | None = None
    seen: dict[str, tuple[float, float]] = {}
    told: tuple[str, ...] = ()
    rounds: list[RoundTold] = []
    is_exhausted = is_distrusted = is_built = False
    idle = 0
    is_fixed = session.problem.request.evaluations is not None
    if session.finalists:
        # What an earlier command found is measured again from its runs on disk.
        runs.finish()
        result = _race(
            session, track, base, list(session.finalists.values()), (), 0.0, seen, runs.finish
        )
    while True:
        state = session.state
        is_first = state.rounds == 0
        if not is_first:
            runs.finish()
        left_s = session.clock.left_s - reserve()
        finalists, rungs = chosen_race(track, 0.5 * max(left_s, 0.0), state.trust)
        race_s = track.seconds_for(runs_of_race(finalists, rungs))
        if not is_first and is_fixed:
            break
        if not is_first and left_s < race_s + LEAST_SEARCH_S:
            break
        if state.is_confirmed:
            session.remember(
                (), is_confirmed=False, confirm_block=state.confirm_block + 1, confirm_pairs=0
            )
        begun_s = session.clock.spent_s
        found: Found | None = None
        is_other = not is_first and must_change(session, track)
        if is_first or idle or is_other or not (is_exhausted or is_distrusted):
            if is_first:
                is_over = _first_is_over(session, track, runs, reserve)
            else:
                over_s = until(max(min(left_s - race_s, left_s * LATER_SHARE), LEAST_SEARCH_S))
                is_over = partial(_is_past, over_s)
            starts = _starts(session, result)
            found = searched_warily(session, track, starts, is_over, is_built=is_built)
            told, is_built = found.told, found.is_built
            runs.begin_no_more()
            left_s = session.clock.left_s - reserve()
            # The first race leaves as much again for what it teaches.
            share = FIRST_RACE_SHARE if is_first else 1.0
            finalists, rungs = chosen_race(track, share * max(left_s, 0.0), state.trust)
            if is_fixed:
                finalists, rungs = FIXED_RACE
            if is_first:
                finalists = max(finalists, MUST_RACE)
            race_s = track.seconds_for(runs_of_race(finalists, rungs))
        entrants = entrants_of(session, found, finalists, result, may_jam(track))
        searched_s = session.clock.spent_s
        evaluations = session.searched - state.evaluations
        session.remember(entrants, evaluations=session.searched)
        until_s = max(
            session.clock.left_s - reserve(), FIRST_PATIENCE * race_s if is_first else 0.0
        )
        if is_fixed:
            until_s = math.inf
        before = result
        result = _race(
            session,
            track,
            base,
            entrants,
            with_more_seeds(rungs, state.rounds),
            until_s,
            seen,
            runs.finish,
            MUST_RACE if is_first else 0,
            before.standings[0].entrant if before is not None and before.standings else None,
        )
        if not result.standings and before is not None:
            result = before
        if not is_fixed and follow_leader(session, track, result, seen):
            # On another model a search may come to another end.
            is_exhausted = False
        trust = spearman(*zip(*seen.values(), strict=True)) if len(seen) > 2 else None
        session.remember(
            ordered(session, result), rounds=state.rounds + 1, trust=trust, trust_of=len(seen)
        )
        # A search that came to its end would come to the same one again.
        is_exhausted = is_exhausted or (found is not None and found.converged)
        is_distrusted = trust is not None and len(seen) >= LEAST_SEEN and trust < TRUSTED
        rounds.append(
            RoundTold(
                search_s=searched_s - begun_s,
                evaluations=evaluations,
                finalists=len(entrants),
                race_s=session.clock.spent_s - searched_s,
                trust=trust,
                leader=result.standings[0].score if result.standings else None,
            )
        )
        _publish_leader(session, result)
        idle = 0 if before is None or _is_news(entrants, before) else idle + 1
        is_asked = session.wariness > 0 and session.state.confirmed is None
        if is_asked and candidates(session, track, result.standings):
            # Fresh seeds tell who locks up; what neighbours differ by is little beside that.
            break
        # Where the leader's neighbours are all known, the search may still find others.
        if idle > 1 or (idle and is_exhausted):
            break
    standings = result.standings if result is not None else ()
    return Raced(
        standings=standings,
        shipped=result.shipped if result is not None else None,
        told=told,
        rounds=tuple(rounds),
    )


def _first_is_over(
    session: Session, track: Track, runs: ShippedRuns, reserve: Callable[[], float]
) -> Callable[[], bool]:
    """When the first search ends: when its part of the time is used."""
    clock = session.clock
    begun_s = clock.spent_s
    most = first_share(session.problem.due)

    def is_over() -> bool:
        searched_s = clock.spent_s - begun_s
        left_s = clock.left_s - reserve()
        least_race_s = track.seconds_for(runs_of_race(LEAST_RACE, SHORT))
        both_s = left_s + searched_s
        allowed_s = min(both_s * most, both_s - least_race_s)
        # Where runs are dear, most of the race's will be given up early.
        allowed_s = max(allowed_s, both_s * LEAST_SHARE, LEAST_SEARCH_S)
        left_of_search_s = allowed_s - searched_s
        runs.until_s = until(left_of_search_s)
        return left_of_search_s <= 0

    return is_over


def first_share(due: Sequence[DueVehicle]) -> float:
    """Part of the time left that the first search takes at most, by the demand's vehicles."""
    choosing = sum(vehicle.picks_route for vehicle in due)
    return LEAST_SHARE if choosing > CHOOSING * len(due) else FIRST_SHARE


def _is_past(moment_s: float) -> bool:
    return time.monotonic() > moment_s


def _is_news(entrants: Sequence[Finalist], before: RaceResult) -> bool:
    """Whether anybody raced who had not been in the race before."""
    known = {standing.entrant for standing in before.standings}
    return any(finalist.entrant.name not in known for finalist in entrants)


def _starts(session: Session, result: RaceResult | None) -> list[tuple[str, NetworkPoint]]:
    """The shipped plan and its kin; after a race its best before them."""
    leaders = [] if result is None else ordered(session, result)[:RESTARTS]
    raced = [(f"raced {f.entrant.name}", f.point) for f in leaders]
    first, *others = session.starts
    return [first, *raced, *others]


def _race(
    session: Session,
    track: Track,
    base: Entrant,
    finalists: Sequence[Finalist],
    rungs: Sequence[Rung],
    time_s: float,
    seen: dict[str, tuple[float, float]],
    join: Callable[[], None],
    must: int = 0,
    holder: str | None = None,
) -> RaceResult:
    session.phase = "race in SUMO"
    session.tell(f"{len(finalists)} plans")

    def told(what: str) -> None:
        session.runs = track.runs_made
        session.tell(what)
        if session.is_time_to_save:
            session.save()

    result = race(
        track,
        [finalist.entrant for finalist in finalists],
        base,
        race_seeds(session),
        rungs=rungs or RUNGS,
        until_s=until(time_s),
        told=told,
        join=join,
        must=must,
        holder=holder,
    )
    session.runs = track.runs_made
    session.raced |= set(result.first_values)
    session.wide |= {f.entrant.name for f in finalists if session.problem.widens(f.point)}
    model = {f.entrant.name: f.entrant.model_value for f in finalists}
    model[base.name] = session.problem.shipped_value
    for name, value in result.first_values.items():
        predicted = model.get(name)
        if predicted is not None:
            seen[name] = (predicted, value)
    if result.standings:
        session.best_value = result.standings[0].score
    session.tell()
    return result


def with_more_seeds(rungs: Sequence[Rung], rounds: int) -> Sequence[Rung]:
    """The rungs after so many rounds: thorough races have more seeds in the last one."""
    if rungs is not RUNGS:
        return rungs
    last = RUNGS[-1]
    return (*RUNGS[:-1], replace(last, seeds=min(RACE_SEEDS, last.seeds + MORE_SEEDS * rounds)))


def race_seeds(session: Session) -> list[int]:
    """The seeds of all races: the same in every round, so that runs are found again."""
    first = session.problem.request.seed
    return list(range(first, first + RACE_SEEDS))


def _publish_leader(session: Session, result: RaceResult) -> None:
    """Write the leader as the best so far if it is ahead of the shipped plan."""
    if not result.standings or result.shipped is None:
        return
    leader = result.standings[0]
    finalist = session.finalists.get(leader.entrant)
    if finalist is None or finalist.entrant.plans is None or leader.faults:
        return
    seeds = len(leader.seeds)
    if leader.score < result.shipped.score:
        session.publish(
            finalist.entrant.plans,
            f"best so far of signalctl optimise: {leader.score:.2f} against "
            f"{result.shipped.score:.2f} of the shipped plan with {seeds} seed(s), not confirmed",
        )
