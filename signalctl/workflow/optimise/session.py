"""One optimisation under way: its clock, what it remembers, and the best plan on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from signalctl.domain.expand import timed
from signalctl.domain.fingerprint import junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan
from signalctl.files.plan_file import PlanSet, write_plans
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.search.plan_of import plan_of
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.fitting import fit, require_safe
from signalctl.workflow.optimise.junctions import PlannedJunction, skeleton_hash, why_unsafe
from signalctl.workflow.optimise.lock_up import blocking_s
from signalctl.workflow.optimise.narrowed_starts import narrowed, narrowed_starts
from signalctl.workflow.optimise.problem import Problem
from signalctl.workflow.optimise.starts import Starts
from signalctl.workflow.optimise.state import (
    KeptEntrant,
    KeptPoint,
    State,
    StateFolder,
    with_entrants,
    with_refuted,
)
from signalctl.workflow.race.race import SHIPPED, Entrant, entrant

PLAN_NAME: Final = "optimised"
"""Program id of our plans in SUMO."""
KEPT_ENTRANTS: Final = 60
SAVE_EVERY_S: Final = 2.0

Progress = Callable[[int, int, str], None]
"""(seconds used, seconds of the budget, what is being done); evaluations where they are counted."""


class Clock:
    """The budget: seconds used by this command and those it goes on from."""

    def __init__(self, budget_s: float, spent_before_s: float = 0.0) -> None:
        self.budget_s = budget_s
        self._before_s = spent_before_s
        self._begun = time.monotonic()

    @property
    def spent_s(self) -> float:
        """Seconds of the budget that are used."""
        return self._before_s + time.monotonic() - self._begun

    @property
    def left_s(self) -> float:
        """Seconds that are left, below 0 when it was passed."""
        return self.budget_s - self.spent_s


def until(seconds: float) -> float:
    """The moment (time.monotonic) so many seconds from now."""
    return time.monotonic() + max(0.0, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """A plan with its place in the search space."""

    entrant: Entrant
    point: NetworkPoint


class Session:
    """Problem, clock and state together; whoever changes something tells it here."""

    def __init__(
        self, problem: Problem, folder: StateFolder, state: State, clock: Clock, progress: Progress
    ) -> None:
        self.problem = problem
        self.folder = folder
        self.state = state
        self.clock = clock
        self.runs = 0
        self.raced: set[str] = set(state.refuted)
        """Plans that no search need offer again."""
        self.searched = state.evaluations
        self.shipped_value = problem.shipped_value
        self.best_value: float | None = None
        self.phase = ""
        self.wariness = 0
        """How often plans have been seen to lock up although the search was as wary as it was."""
        self.judged: set[str] = set()
        """Entrants that were taken into account then."""
        self.is_narrow = False
        """Whether turns stay permissive only where shipped, for plans with others brake hard."""
        self.wide: set[str] = set()
        """Raced plans with such other turns."""
        self.notes: list[str] = []
        """What the report says of the search, beside the problem's notes."""
        self.followed = ""
        """The plan under which the vehicles of the model chose their ways; first the shipped."""
        self._starts: tuple[tuple[bool, bool], Starts] | None = None
        self._progress = progress
        self._saved_at = 0.0
        self._look_s = 0.0
        self._unsafe: dict[tuple[str, Skeleton, tuple[int, ...]], bool] = {}
        self.finalists: dict[str, Finalist] = {}
        for kept in state.entrants:
            point = self._point_of(kept)
            found = None if point is None else self.finalist(point, kept.model_value, kept.label)
            if found is not None:
                self.finalists[found.entrant.name] = found

    @property
    def objective(self) -> Objective:
        """What the traffic model is searched for."""
        return replace(self.problem.request.objective, blocking_s=blocking_s(self.wariness))

    @property
    def skeletons(self) -> dict[str, tuple[Skeleton, ...]]:
        """What each junction may show: once plans lock up, no turn that waits where it must not.

        Once they brake too hard, turns are permissive only where shipped.
        """
        is_wary = self.wariness > 0
        return {
            j: each.choice(is_wary=is_wary, is_narrow=self.is_narrow)
            for j, each in self.problem.planned.items()
        }

    @property
    def starts(self) -> Starts:
        """Where a search begins, by that too."""
        mode = (self.wariness > 0, self.is_narrow)
        if not any(mode):
            return self.problem.starts
        if self._starts is None or self._starts[0] != mode:
            self._starts = mode, narrowed_starts(self.problem, self.skeletons)
        return self._starts[1]

    def within(self, points: Sequence[NetworkPoint]) -> list[NetworkPoint]:
        """The points as a search may begin from them."""
        if not (self.wariness or self.is_narrow):
            return list(points)
        skeletons = self.skeletons
        return [narrowed(self.problem, point, skeletons) or point for point in points]

    def narrow(self, why: str) -> None:
        """Search plans with turns permissive only where shipped from now on."""
        self.is_narrow = True
        self.notes.append(why)

    def tell(self, what: str = "") -> None:
        """Say where things stand."""
        best = "" if self.best_value is None else f", best {self.best_value:.1f}"
        text = f"{self.phase}: {self.searched} plans, {self.runs} runs{best}"
        request = self.problem.request
        done, total = int(self.clock.spent_s), int(request.budget_s)
        if request.evaluations:
            done, total = self.searched, request.evaluations
        self._progress(min(done, total), total, f"{text}, {what}" if what else text)

    def finalist(
        self, point: Mapping[str, JunctionPoint], model_value: float | None, label: str
    ) -> Finalist | None:
        """The point as an entrant of the race; None when a rule forbids it or nothing changes."""
        begun = time.monotonic()
        plans = changed_plans(self.problem, point, self._unsafe)
        self._look_s = time.monotonic() - begun
        if plans is None:
            return None
        return Finalist(
            entrant=entrant(plan_set(self.problem, plans), model_value, label),
            point=FrozenMap(point),
        )

    def remember(self, finalists: Sequence[Finalist], **changes: object) -> None:
        """Keep finalists, the best first, and other changes of the state, on disk too."""
        self.finalists = {f.entrant.name: f for f in (*finalists, *self.finalists.values())}
        self.state = with_entrants(
            replace(self.state, **changes),  # type: ignore[arg-type]  # fields by name
            tuple(_kept(finalist) for finalist in finalists),
            KEPT_ENTRANTS,
        )
        self.save()

    def refute(self, names: Sequence[str], why: str) -> None:
        """Leave plans out for good that fresh seeds have turned down, on disk too."""
        self.state = with_refuted(self.state, tuple(names), why)
        for name in names:
            self.finalists.pop(name, None)
        self.save()

    def save(self) -> None:
        """Write the state with the time used so far."""
        self.state = replace(self.state, spent_s=self.clock.spent_s)
        self.folder.save(self.state)
        self._saved_at = time.monotonic()

    @property
    def is_time_to_save(self) -> bool:
        """Whether the state on disk is some seconds old; judging plans takes a part at most."""
        return time.monotonic() - self._saved_at > max(SAVE_EVERY_S, 20.0 * self._look_s)

    def publish(self, plans: PlanSet, comment: str) -> None:
        """Write the plan file. Raises SafetyViolation for a plan that breaks a rule."""
        network, request = self.problem.source.network, self.problem.request
        require_safe(fit(plans, network), request.profile, allow_unsafe=False)
        write_plans(request.output, plans, comment)

    def _point_of(self, kept: KeptEntrant) -> NetworkPoint | None:
        """A remembered point; None when its stages are no longer among the designs."""
        found: dict[str, JunctionPoint] = {}
        for junction_id, point in kept.points.items():
            each = self.problem.planned.get(junction_id)
            skeleton = next(
                (s for s in _all_of(each) if skeleton_hash(s) == point.skeleton),
                None,
            )
            if skeleton is None or not skeleton.is_feasible(point.lengths):
                return None
            found[junction_id] = JunctionPoint(
                skeleton=skeleton, lengths=point.lengths, offset_s=point.offset_s
            )
        return FrozenMap(found) if set(found) == set(self.problem.planned) else None


def changed_plans(
    problem: Problem,
    point: Mapping[str, JunctionPoint],
    unsafe: dict[tuple[str, Skeleton, tuple[int, ...]], bool],
) -> dict[str, TimingPlan] | None:
    """Plans of the junctions whose lamps differ from the shipped ones.

    None when there is no such junction, or when a rule forbids one of the plans.
    `unsafe` remembers what the rules said of stages and lengths; offsets change no
    finding.
    """
    plans: dict[str, TimingPlan] = {}
    for junction_id in sorted(point):
        each = problem.planned[junction_id]
        plan = plan_of(point[junction_id], PLAN_NAME)
        shipped = each.shipped.plan(junction_id)
        if (
            each.shipped.type == "static"
            and shipped is not None
            and timed(shipped, each.junction) == timed(plan, each.junction)
        ):
            continue
        here = point[junction_id]
        key = (junction_id, here.skeleton, here.lengths)
        if key not in unsafe:
            why = why_unsafe(here, each.junction, problem.request.profile)
            unsafe[key] = why is not None
        if unsafe[key]:
            return None
        plans[junction_id] = plan
    return plans or None


def plan_set(problem: Problem, plans: Mapping[str, TimingPlan]) -> PlanSet:
    """Plans of some junctions as a plan file holds them."""
    network = problem.source.network
    return PlanSet(
        name=PLAN_NAME,
        network_file=network.path.name,
        network_sha256=network.sha256,
        corridor=None,
        plans=FrozenMap(plans),
        junction_hashes=FrozenMap({j: junction_fingerprint(network.junction(j)) for j in plans}),
    )


def shipped_plans(problem: Problem) -> PlanSet | None:
    """The shipped programs of the planned junctions as plans, where they are safe as they are."""
    plans = {}
    for junction_id, each in problem.planned.items():
        plan = each.shipped.plan(junction_id)
        if plan is not None and each.shipped.type == "static":
            safe = require_or_none(plan, problem, junction_id)
            if safe is not None:
                plans[junction_id] = safe
    return plan_set(problem, plans) if plans else None


def require_or_none(plan: TimingPlan, problem: Problem, junction_id: str) -> TimingPlan | None:
    """The plan if no rule forbids it."""
    from signalctl.rules.validate import validate

    junction = problem.source.network.junction(junction_id)
    return plan if validate(plan, junction, problem.request.profile).ok else None


def shipped_entrant(model_value: float | None) -> Entrant:
    """The scenario as it ships, which always runs along."""
    return Entrant(name=SHIPPED, plans=None, model_value=model_value, label="shipped")


def _all_of(each: PlannedJunction | None) -> tuple[Skeleton, ...]:
    return () if each is None else (*each.skeletons, *each.narrower)


def _kept(finalist: Finalist) -> KeptEntrant:
    return KeptEntrant(
        name=finalist.entrant.name,
        label=finalist.entrant.label,
        model_value=finalist.entrant.model_value,
        points=FrozenMap(
            {
                junction: KeptPoint(
                    skeleton=skeleton_hash(point.skeleton),
                    lengths=point.lengths,
                    offset_s=point.offset_s,
                )
                for junction, point in finalist.point.items()
            }
        ),
    )
