"""The tuned plans as a whole against the given ones, on seeds no test has used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from signalctl.files.plan_file import PlanSet
from signalctl.sim.statistics import PairedDifference, paired_difference
from signalctl.workflow.tune.guard import harm_done
from signalctl.workflow.tune.runs import PairedRuns

FIRST_CONFIRM_SEED: Final = 5001


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Tuned - given on fresh seeds, below 0 the tuned plans are better.

    `difference` is of the objective, `delay` of total delay; `given` and `tuned` are
    the objective's means.
    """

    difference: PairedDifference
    delay: PairedDifference
    given: float
    tuned: float
    harm: str | None
    seeds: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the gain is shown: the interval lies below 0 and no guard objects."""
        interval = self.difference.interval
        return self.harm is None and interval is not None and interval[1] < 0

    @property
    def refutes(self) -> bool:
        """Whether the tuned plans should not be used: no gain at all, or a guard objects."""
        return self.harm is not None or self.difference.mean >= 0


def confirm(
    runs: PairedRuns,
    given: PlanSet,
    tuned: PlanSet,
    seeds: int,
    say: Callable[[str], None] | None = None,
) -> Confirmation:
    """Run both on `seeds` fresh seeds; raises what the runs raise."""
    numbers = tuple(range(FIRST_CONFIRM_SEED, FIRST_CONFIRM_SEED + seeds))

    def progress(done: int, total: int, _what: str) -> None:
        if say is not None:
            say(f"confirming on fresh seeds, {done} of {total} runs")

    before, after = runs.measures([given, tuned], numbers, progress)
    objective = runs.conditions.objective
    values = [[objective.value(run) for run in each] for each in (before, after)]
    return Confirmation(
        difference=paired_difference(values[0], values[1]),
        delay=paired_difference(
            [run.total_delay_s for run in before], [run.total_delay_s for run in after]
        ),
        given=sum(values[0]) / seeds,
        tuned=sum(values[1]) / seeds,
        harm=harm_done(before, after, objective.queue_limits_m),
        seeds=numbers,
    )
