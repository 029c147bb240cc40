"""Tuning second by second: propose, order by the queue model, decide in SUMO, confirm.

Each round proposes every small move of the plans as they stand, orders them by what
the queue model promises, and tests the first one in SUMO. A move that is shown to
help is made, and the same direction is tried again. The session ends when every move
has been tried, when its time is over or when it is interrupted; then the tuned plans
are held against the given ones on fresh seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.files.plan_file import PlanSet
from signalctl.sim.experiment import Cancelled
from signalctl.workflow.fitting import fit, require_safe
from signalctl.workflow.source import Source
from signalctl.workflow.tune.confirm import Confirmation, confirm
from signalctl.workflow.tune.learning import Observed
from signalctl.workflow.tune.moves import RefusedMove
from signalctl.workflow.tune.one_second import Change
from signalctl.workflow.tune.one_second_text import in_words
from signalctl.workflow.tune.proposals import Proposal, Proposals
from signalctl.workflow.tune.runs import PairedRuns, TuneConditions
from signalctl.workflow.tune.screen import Screen
from signalctl.workflow.tune.session import Workplace
from signalctl.workflow.tune.trial import Outcome, Trial, try_move


class Ended(StrEnum):
    """Why a session ended."""

    ALL_TRIED = "every move was tried"
    TIME = "the budget was used up"
    INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneRequest:
    """What to tune: some junctions or all with a plan, seconds a move, time in s."""

    junctions: tuple[str, ...] | None = None
    step_s: int = 1
    budget_s: float = 600.0
    confirm_seeds: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a session found.

    `plans` are the plans it leaves: the given ones when nothing helped or the gain did
    not hold on fresh seeds. `trials` are all tests in order, `refused` the moves the
    rules forbid, `untried` how many allowed moves no time was left for.
    """

    given: PlanSet
    plans: PlanSet
    trials: tuple[Trial, ...]
    refused: tuple[RefusedMove, ...]
    confirmation: Confirmation | None
    ended: Ended
    untried: int

    @property
    def accepted(self) -> tuple[Trial, ...]:
        """The moves that were made, in order."""
        return tuple(t for t in self.trials if t.outcome is Outcome.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears how a session goes: of each test, and of seconds used and what is done."""

    told: Callable[[Trial], None] = lambda _trial: None
    progress: Callable[[float, str], None] = lambda _seconds, _what: None


def tune(
    runs: PairedRuns,
    given: PlanSet,
    request: TuneRequest,
    *,
    workplace: Workplace | None = None,
    screen: Screen | None = None,
    listener: Listener | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """Tune the plans; see the module. Ctrl-C ends the session with the best so far.

    The best plans so far and the journal always stand in the workplace. Raises
    InputError for unknown junctions, SafetyViolation for given plans that break a
    rule, and what the runs raise.
    """
    session = _Session(runs, given, request, workplace, screen, listener or Listener(), clock)
    ended = session.search()
    confirmation = None
    if session.plans.plans != given.plans and ended is not Ended.INTERRUPTED:
        try:
            confirmation = confirm(runs, given, session.plans, request.confirm_seeds, session.say)
        except KeyboardInterrupt:
            ended = Ended.INTERRUPTED
    plans = given if confirmation is not None and confirmation.refutes else session.plans
    if workplace is not None:
        workplace.write_plans(plans)
    return Tuned(
        given=given,
        plans=plans,
        trials=tuple(session.trials),
        refused=tuple(session.proposals.refused.values()),
        confirmation=confirmation,
        ended=ended,
        untried=session.untried,
    )


class _Session:
    """The search as it goes: plans as they stand, and everything tried so far."""

    def __init__(
        self,
        runs: PairedRuns,
        given: PlanSet,
        request: TuneRequest,
        workplace: Workplace | None,
        screen: Screen | None,
        listener: Listener,
        clock: Callable[[], float],
    ) -> None:
        self._runs, self._given, self._request = runs, given, request
        self._workplace, self._listener = workplace, listener
        self._clock, self._started = clock, clock()
        self._tested_s, self._tested_pairs = 0.0, 0
        profile = runs.conditions.profile
        junctions = check(runs.source, given, request, runs.conditions)
        self.proposals = Proposals(junctions, profile, request.step_s, screen)
        self.plans = given
        self.trials: list[Trial] = []
        self.untried = 0

    def search(self) -> Ended:
        """Test moves until all are tried, time is over or Ctrl-C."""
        again: Change | None = None
        try:
            while True:
                self.say("looking for promising moves")
                proposals = self.proposals.ordered(self.plans.plans, again)
                self.untried = len(proposals)
                if not proposals:
                    return Ended.ALL_TRIED
                if self._is_late():
                    return Ended.TIME
                again = self._test(proposals[0])
        except Cancelled:
            return Ended.TIME
        except KeyboardInterrupt:
            return Ended.INTERRUPTED

    def say(self, what: str) -> None:
        """Tell how far the session is."""
        self._listener.progress(self._clock() - self._started, what)

    def _test(self, proposal: Proposal) -> Change | None:
        """Test a move; the change to try again when it was made."""
        move = proposal.move
        words = in_words(move.change)
        plans = {**self.plans.plans, move.change.junction_id: move.plan}
        other = replace(self.plans, plans=FrozenMap(plans))
        began = self._clock()
        trial = try_move(
            self._runs,
            self.plans,
            other,
            move.change,
            1 + len(self.trials),
            promise=proposal.promise,
            told=lambda pairs: self.say(f"{words}, {pairs} pairs"),
            is_cancelled=self._is_late,
        )
        self._tested_s += self._clock() - began
        self._tested_pairs += trial.seeds
        self.trials.append(trial)
        self.proposals.tried(
            self.plans.plans,
            move,
            Observed(
                change=move.change,
                promise=proposal.promise or 0.0,
                mean=trial.mean,
                error=trial.error,
            ),
        )
        is_made = trial.outcome is Outcome.ACCEPTED
        if is_made:
            self.plans = other
        if self._workplace is not None:
            self._workplace.write_journal(self.trials, list(self.proposals.refused.values()))
            if is_made:
                self._workplace.write_plans(self.plans)
        self._listener.told(trial)
        return move.change if is_made else None

    def _is_late(self) -> bool:
        """Whether the rest of the budget is needed to confirm what was found."""
        left_s = self._request.budget_s - (self._clock() - self._started)
        if self.plans.plans == self._given.plans:
            return left_s <= 0
        # A tested pair costs one run, as the plan it starts from has been run; a fresh one two.
        pair_s = 2.0 * self._tested_s / max(self._tested_pairs, 1)
        return left_s <= min(pair_s * self._request.confirm_seeds, self._request.budget_s / 3.0)


def check(
    source: Source, given: PlanSet, request: TuneRequest, conditions: TuneConditions
) -> dict[str, Junction]:
    """The junctions to tune, in the plan file's order.

    Raises InputError for junctions and edges that are not there, SafetyViolation for
    given plans that break a rule.
    """
    fitted = fit(given, source.network)
    require_safe(fitted, conditions.profile, allow_unsafe=False)
    for edge in conditions.objective.queue_limits_m:
        if edge not in source.network.roads.edges:
            raise InputError(f"The network has no edge {edge!r}.", where="--limit")
    junctions = {each.junction.id: each.junction for each in fitted}
    for junction_id in request.junctions or ():
        source.network.junction(junction_id)
        if junction_id not in junctions:
            raise InputError(
                f"The plan file has no plan of junction {junction_id}.",
                where="--junction",
                remedy=f"There are plans of {', '.join(list(junctions)[:20])}.",
            )
    if request.junctions is None:
        return junctions
    return {j: junction for j, junction in junctions.items() if j in request.junctions}
