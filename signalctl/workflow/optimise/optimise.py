"""From a scenario to plans with less delay: search on a model, race in SUMO, fresh seeds last."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from signalctl.files.plan_file import PlanSet
from signalctl.workflow.optimise.candidates import candidates
from signalctl.workflow.optimise.entrants import may_jam
from signalctl.workflow.optimise.problem import Problem, open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.rounds import (
    LEAST_SEARCH_S,
    Raced,
    RoundTold,
    race_seeds,
    run_rounds,
)
from signalctl.workflow.optimise.session import (
    Clock,
    Finalist,
    Progress,
    Session,
    shipped_entrant,
    shipped_plans,
    until,
)
from signalctl.workflow.optimise.state import KeptAnswer, State, StateFolder
from signalctl.workflow.optimise.wary_search import must_be_narrower
from signalctl.workflow.race.confirm import (
    FEWEST,
    LOOKS,
    Confirmation,
    Trial,
    confirm,
    most_pairs,
    pairs_wanted,
)
from signalctl.workflow.race.race import SHIPPED, Conditions, Entrant, Track
from signalctl.workflow.race.shipped import ShippedRuns
from signalctl.workflow.source import Source

FRESH: Final = 10_000
"""Fresh seeds begin so far above the race's; each block of them is used once."""
CONFIRM_SHARE: Final = 0.45
"""Part of the budget that the last confirmation may take; four pairs are always made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an optimisation came to.

    `answer` is the confirmed finalist, None when the shipped plan stands; `best` the
    race's winner, confirmed or not. `plans` is what the output file holds, None when
    nothing could be written. `is_resumed` tells of a command that went on, `notes` what is
    to be said of the problem and of the search.
    """

    problem: Problem
    state: State
    raced: Raced
    confirmation: Confirmation | None
    answer: Finalist | None
    best: Finalist | None
    plans: PlanSet | None
    spent_s: float
    runs: int
    run_s: float
    is_resumed: bool
    notes: tuple[str, ...]

    @property
    def trial(self) -> Trial | None:
        """The confirmation of the answer, or of the best there was."""
        if self.confirmation is None or not self.confirmation.trials:
            return None
        return self.confirmation.of_answer or self.confirmation.trials[0]

    @property
    def limits_held(self) -> bool:
        """Whether the answer, or the shipped plan in its place, kept every queue limit."""
        trial = self.trial
        if trial is None:
            return not self.problem.request.objective.queue_limits_m
        return (trial.own if trial.is_better else trial.shipped).excess_m <= 0

    @property
    def is_success(self) -> bool:
        """Whether a better plan was found and every limit is held."""
        return self.answer is not None and self.limits_held


def optimise(source: Source, request: OptimiseRequest, progress: Progress) -> Outcome:
    """Optimise the scenario's signals within the budget; the best so far is always on disk.

    Goes on from the state of the same command where one lies beside the output.
    Raises SolveError when no junction can be planned, InputError for a wrong id or
    file, SimulationError when SUMO fails.
    """
    scenario = source.scenario
    assert scenario is not None
    folder = StateFolder(request.output)
    state, is_resumed = folder.open(request.fingerprint(scenario), fresh=request.fresh)
    clock = Clock(math.inf if request.evaluations else request.budget_s, state.spent_s)
    problem = open_problem(
        source, request, folder.path, lambda what: progress(0, int(request.budget_s), what)
    )
    session = Session(problem, folder, state, clock, progress)
    session.save()
    base = shipped_entrant(problem.shipped_value)
    conditions = Conditions(
        scenario=scenario,
        network=source.network,
        profile=request.profile,
        objective=request.objective,
        folder=folder.path,
        jobs=request.jobs,
        cluster=request.cluster,
        gives_up=request.evaluations is None,
    )
    with Track(conditions) as track:
        first, *others = race_seeds(session)
        last_word = confirm_seeds(session)
        wanted = [first, *last_word[:FEWEST], *others[:2], *last_word[FEWEST : LOOKS[0]]]
        with ShippedRuns(track, base, wanted) as runs:
            raced, confirmation = _last_word(session, track, base, runs)
        session.runs = track.runs_made
        answer = None
        if confirmation is not None and confirmation.answer is not None:
            answer = session.finalists[confirmation.answer]
        plans = _written(session, answer, confirmation)
        session.save()
        return Outcome(
            problem=problem,
            state=session.state,
            raced=raced,
            confirmation=confirmation,
            answer=answer,
            best=_best(session, raced),
            plans=plans,
            spent_s=clock.spent_s,
            runs=track.runs_made,
            run_s=track.run_s,
            is_resumed=is_resumed,
            notes=(*problem.notes, *session.notes),
        )


def confirm_seeds(session: Session, block: int | None = None) -> list[int]:
    """Fresh seeds of the last word, or of an earlier one: no race has used them."""
    wanted = session.state.confirm_block if block is None else block
    first = session.problem.request.seed + FRESH + LOOKS[-1] * wanted
    return list(range(first, first + LOOKS[-1]))


def confirmed_before(session: Session, track: Track, base: Entrant) -> Confirmation | None:
    """What an earlier last word confirmed, told anew from its runs, which are kept.

    None where nothing was confirmed yet. Raises SimulationError when a run that is
    no longer kept fails when it is made again.
    """
    kept = session.state.confirmed
    finalist = None if kept is None else session.finalists.get(kept.name)
    if kept is None or finalist is None:
        return None
    seeds = confirm_seeds(session, kept.block)
    before = confirm(track, [finalist.entrant], base, seeds, affordable=kept.pairs)
    return before if before.answer is not None else None


def _last_word(
    session: Session, track: Track, base: Entrant, runs: ShippedRuns
) -> tuple[Raced, Confirmation | None]:
    """Rounds and their confirmation; where it turns the plans down and time is left, again.

    The fresh seeds stay the same: who comes next was not chosen by them either. Where plans
    lock up, fresh seeds are asked after the first race already, and who is confirmed makes
    room, on other ones, for who is ahead of it after more rounds. Raced are the last
    standings, with the rounds and trials of all.
    """
    rounds: tuple[RoundTold, ...] = ()
    trials: tuple[Trial, ...] = ()
    while True:
        raced = run_rounds(session, track, base, runs, lambda: _reserve_s(session, track, base))
        confirmation = _confirmed(session, track, base, raced)
        raced = replace(raced, rounds=(*rounds, *raced.rounds))
        if confirmation is None:
            told = Confirmation(trials=trials, answer=None, seeds=()) if trials else None
            return raced, told
        # Who was confirmed before is told anew where nobody ahead of it is.
        new = [trial for trial in confirmation.trials if trial not in trials]
        confirmation = replace(confirmation, trials=(*trials, *new))
        refuted = [t.entrant for t in confirmation.trials[len(trials) :] if t.is_given_up]
        if session.problem.request.evaluations:
            return raced, confirmation
        if confirmation.answer is not None:
            state = session.state
            if not session.wariness or len(raced.rounds) == len(rounds):
                return raced, confirmation
            session.state = replace(
                state, is_confirmed=False, confirm_block=state.confirm_block + 1, confirm_pairs=0
            )
            if not _has_time(session, track, base):
                session.state = state
                return raced, confirmation
            rounds, trials = raced.rounds, confirmation.trials
            continue
        if refuted:
            session.refute(refuted, confirmation.trials[0].reason)
        if not refuted or not _has_time(session, track, base):
            return raced, confirmation
        rounds, trials = raced.rounds, confirmation.trials
        session.state = replace(session.state, is_confirmed=False)


def _has_time(session: Session, track: Track, base: Entrant) -> bool:
    """Whether somebody else can be searched for, raced and confirmed."""
    left_s = session.clock.left_s - _reserve_s(session, track, base)
    return left_s >= track.seconds_for(1) + LEAST_SEARCH_S


def _reserve_s(session: Session, track: Track, base: Entrant) -> float:
    """Time kept back for the confirmation: the pairs it wants, or fewer where runs are dear."""
    budget_s = session.clock.budget_s
    wanted = _pairs_wanted(session, track)
    for pairs in (*(n for n in reversed(LOOKS) if n <= wanted), FEWEST):
        missing = sum(not track.has(base.name, [s]) for s in confirm_seeds(session)[:pairs])
        wanted_s = track.seconds_for(pairs + missing, shipped=missing)
        if wanted_s <= CONFIRM_SHARE * budget_s:
            break
    return wanted_s


def _pairs_wanted(session: Session, track: Track) -> int:
    """Pairs that would show the race's leader, the first of the finalists, to be better."""
    objective = session.problem.request.objective
    runs = list(track.measures.get(SHIPPED, {}).items())  # more may come meanwhile
    shipped = {seed: objective.value(run) for seed, run in runs}
    at_most = most_pairs(shipped, is_jamming=may_jam(track))
    leader = next(iter(session.finalists), None)
    seeds = [s for s in race_seeds(session) if leader and track.has(leader, [s])]
    seeds = [s for s in seeds if s in shipped]
    own = [objective.value(track.measures[leader][seed]) for seed in seeds] if leader else []
    return pairs_wanted([shipped[seed] for seed in seeds], own, at_most)


def _best(session: Session, raced: Raced) -> Finalist | None:
    for own in raced.standings:
        if not own.faults and own.entrant in session.finalists:
            return session.finalists[own.entrant]
    return None


def _confirmed(session: Session, track: Track, base: Entrant, raced: Raced) -> Confirmation | None:
    """The last word on the race's first that are ahead of the shipped plan; None without."""
    ahead = [each.entrant for each in candidates(session, track, raced.standings)]
    stands = session.state.is_confirmed and session.state.refusal
    if not ahead or (stands and not _has_time(session, track, base)):
        # Nobody is left, or it is the same command again, whose answer stands.
        return confirmed_before(session, track, base)
    session.phase = "confirmation on fresh seeds"
    fixed = LOOKS[0] if session.problem.request.evaluations else 0
    pairs = fixed or session.state.confirm_pairs or _affordable(track, session.clock.left_s)
    if session.wariness:
        pairs = min(pairs, _pairs_wanted(session, track))
    session.state = replace(session.state, confirm_pairs=pairs, is_confirmed=True)
    session.save()

    def told(what: str) -> None:
        session.runs = track.runs_made
        session.tell(what)

    found = confirm(
        track,
        ahead,
        base,
        confirm_seeds(session),
        until_s=None if session.problem.request.evaluations else until(session.clock.left_s),
        affordable=pairs,
        tried=len(session.state.refuted),
        # Others of the search that found them may share what is wrong with them.
        goes_on=lambda: not (must_be_narrower(session, track) and _has_time(session, track, base)),
        told=told,
    )
    if found.answer is not None:
        # The pairs it was shown with, which may be fewer than were wanted: those are kept.
        shown = len(found.trials[-1].own.seeds)
        answer = KeptAnswer(name=found.answer, block=session.state.confirm_block, pairs=shown)
        session.state = replace(session.state, confirmed=answer)
        return found
    kept = session.state.confirmed
    if kept is not None and any(t.entrant == kept.name and t.is_given_up for t in found.trials):
        # Newer seeds know better.
        session.state = replace(session.state, confirmed=None)
        return found
    before = confirmed_before(session, track, base)
    out = [t.entrant for t in found.trials if t.is_given_up]
    if before is not None and out:
        session.refute(out, found.trials[0].reason)
    return before or found


def _affordable(track: Track, left_s: float) -> int:
    """Pairs of runs that the time left pays for."""
    fits = [n for n in LOOKS if track.seconds_for(2 * n) <= max(left_s, 0.0) * 1.1]
    return max(fits, default=FEWEST)


def _written(
    session: Session, answer: Finalist | None, confirmation: Confirmation | None
) -> PlanSet | None:
    """Write the answer; the shipped programs where it is them and they pass the rules."""
    if answer is not None and answer.entrant.plans is not None:
        said = _said(confirmation)
        session.publish(answer.entrant.plans, f"made by signalctl optimise. {said}")
        return answer.entrant.plans
    plans = shipped_plans(session.problem)
    if plans is None:
        # A plan that is not shown better must not lie there as if it were.
        session.problem.request.output.unlink(missing_ok=True)
        return None
    session.publish(
        plans, "signalctl optimise found no better plan: these are the shipped programs"
    )
    return plans


def _said(confirmation: Confirmation | None) -> str:
    trial = None if confirmation is None else confirmation.of_answer
    return "" if trial is None else trial.reason
