"""What does this one second do? A change made by hand, judged on the same seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from signalctl.domain.errors import SafetyViolation
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile
from signalctl.sim.experiment import Progress
from signalctl.sim.measures import Measures
from signalctl.sim.statistics import PairedDifference, paired_difference
from signalctl.workflow.fitting import fit
from signalctl.workflow.source import Source
from signalctl.workflow.tune.effects import ApproachEffect, approach_effects, student_t
from signalctl.workflow.tune.guard import harm_done
from signalctl.workflow.tune.one_second import Change, changed, refusal
from signalctl.workflow.tune.one_second_green import is_rewritten
from signalctl.workflow.tune.runs import PairedRuns, TuneConditions

FIRST_SEED = 1001
"""Tests use seeds from here on, so that plans made with seeds 1, 2, ... meet new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a change does: after - before on the same seeds; below 0 it helps.

    `difference` is of the objective, `delay` of total delay whatever the objective.
    `same_lamps` says that no lamp ever shows anything else, so nothing was run.
    `harm` is what forbids the change although it may gain; `notes` are remarks.
    """

    changes: tuple[Change, ...]
    plans: PlanSet
    same_lamps: bool
    difference: PairedDifference | None
    delay: PairedDifference | None
    harm: str | None
    effects: tuple[ApproachEffect, ...]
    seeds: tuple[int, ...]
    notes: tuple[str, ...]


def with_changes(
    plan_set: PlanSet, changes: Sequence[Change], network: Network, profile: Profile
) -> PlanSet:
    """The plan set with the changes made, every changed plan within the rules.

    Raises SafetyViolation naming rule and second for a change that breaks one.
    """
    fitted = {each.junction.id: each for each in fit(plan_set, network)}
    plans = dict(plan_set.plans)
    for change in changes:
        junction = fitted[change.junction_id].junction
        after = changed(plans[change.junction_id], junction, change)
        broken = refusal(after, junction, profile)
        if broken is not None:
            second = "" if broken.second is None else f" at second {broken.second}"
            raise SafetyViolation(
                f"The change breaks {broken.rule}{second}: {broken.message}",
                where=f"junction {change.junction_id}",
                remedy=broken.remedy,
                findings=(broken,),
            )
        plans[change.junction_id] = after
    return replace(plan_set, plans=FrozenMap(plans))


def try_changes(
    source: Source,
    plan_set: PlanSet,
    changes: Sequence[Change],
    conditions: TuneConditions,
    progress: Progress | None = None,
) -> Answer:
    """Make the changes and run both plan sets on seeds 1001, 1002, ...

    Raises SafetyViolation when the change breaks a rule, and what the runs raise.
    """
    network = source.network
    after = with_changes(plan_set, changes, network, conditions.profile)
    notes = tuple(
        f"{c.junction_id}: the plan's form cannot say this; it is rewritten as "
        f"{type(after.plans[c.junction_id].form).__name__}."
        for c in changes
        if is_rewritten(plan_set.plans[c.junction_id].form, after.plans[c.junction_id].form)
    )
    seeds = tuple(range(FIRST_SEED, FIRST_SEED + conditions.seeds))
    if shows_the_same(plan_set, after, network):
        return Answer(
            changes=tuple(changes),
            plans=after,
            same_lamps=True,
            difference=None,
            delay=None,
            harm=None,
            effects=(),
            seeds=(),
            notes=notes,
        )
    with PairedRuns(source, conditions, approaches=True) as runs:
        base, other = runs.measures([plan_set, after], seeds, progress)
    objective = conditions.objective
    return Answer(
        changes=tuple(changes),
        plans=after,
        same_lamps=False,
        difference=paired_difference(
            [objective.value(m) for m in base], [objective.value(m) for m in other]
        ),
        delay=paired_difference(_delays(base), _delays(other)),
        harm=harm_done(base, other, objective.queue_limits_m),
        effects=approach_effects(base, other, network),
        seeds=seeds,
        notes=notes,
    )


def verdict(answer: Answer, conditions: TuneConditions) -> str:
    """`helps`, `harms`, `does nothing` (worth having, either way) or `open`."""
    if answer.difference is None:
        return "does nothing"
    interval = answer.difference.interval
    if interval is None:
        return "open"
    low, high = interval
    if high < 0 and answer.harm is None:
        return "helps"
    if low > 0 or answer.harm is not None:
        return "harms"
    if -conditions.least_gain < low and high < conditions.least_gain:
        return "does nothing"
    return "open"


def seeds_to_tell(difference: PairedDifference, least_gain: float) -> int:
    """Pairs that would tell a difference as large as it looks, `least_gain` at least.

    With 95 % confidence and 80 % power, n = (z(0.975) + z(0.8))^2 (SD / gain)^2 for
    normal paired differences; the SD is read back from the interval.
    """
    assert difference.interval is not None
    half = (difference.interval[1] - difference.interval[0]) / 2.0
    sd = half / student_t(0.975, difference.seeds - 1) * math.sqrt(difference.seeds)
    return max(
        difference.seeds + 1, math.ceil(7.85 * (sd / max(least_gain, abs(difference.mean))) ** 2)
    )


def shows_the_same(before: PlanSet, after: PlanSet, network: Network) -> bool:
    """Whether all lamps show the same in every second of system time."""
    return all(
        timed(plan, network.junction(junction_id))
        == timed(before.plans[junction_id], network.junction(junction_id))
        for junction_id, plan in after.plans.items()
        if plan != before.plans[junction_id]
    )


def _delays(runs: Sequence[Measures]) -> list[float]:
    return [run.total_delay_s for run in runs]
