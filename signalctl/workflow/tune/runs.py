"""Runs of plan sets on the same seeds, for tuning: each is made once and found again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from signalctl.files.plan_file import PlanSet
from signalctl.optimiser.objective import SECONDS_PER_STOP, Aim, Objective
from signalctl.rules.registry import Profile
from signalctl.sim.experiment import Experiments, Progress
from signalctl.sim.measures import Measures
from signalctl.sim.variants import plans
from signalctl.workflow.export import export_sumo
from signalctl.workflow.source import Source

UNITS: Final = {
    Aim.DELAY: "s/veh",
    Aim.PERSON_DELAY: "s/person",
    Aim.STOPS: "stops/veh",
    Aim.BALANCED: "s/veh",
}
"""Unit of each aim's figure, for people; a stop of `balanced` counts in seconds."""


def usual_least_gain(objective: Objective) -> float:
    """The gain worth having unless somebody says otherwise: 0.1 s, or the stops worth it."""
    return 0.1 / SECONDS_PER_STOP if objective.aim is Aim.STOPS else 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneConditions:
    """What a second is judged by, and how runs are made.

    `least_gain` is what a second must gain to be worth having, in the objective's
    unit (s or stops a vehicle). `seeds` is the most a test may take. `cache` keeps
    finished runs.
    """

    profile: Profile
    objective: Objective = field(default_factory=Objective)
    least_gain: float = 0.1
    seeds: int = 30
    jobs: int | None = None
    cluster: str | None = None
    cache: Path | None = None

    @property
    def unit(self) -> str:
        """Unit of the objective's figure."""
        return UNITS[self.objective.aim]


class PairedRuns:
    """SUMO's answers for plan sets on given seeds; a context, left clean however it ends."""

    def __init__(
        self, source: Source, conditions: TuneConditions, *, approaches: bool = False
    ) -> None:
        """`approaches` watches the queues of all approaches, not only those with limits."""
        assert source.scenario is not None
        self.source = source
        self.conditions = conditions
        self._experiments = Experiments(
            source.scenario,
            jobs=conditions.jobs,
            cluster=conditions.cluster,
            queue_edges=sorted(conditions.objective.queue_limits_m),
            approaches=approaches,
            cache=conditions.cache,
        )

    def __enter__(self) -> PairedRuns:
        self._experiments.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._experiments.__exit__(*exception)

    def measures(
        self,
        plan_sets: Sequence[PlanSet],
        seeds: Sequence[int],
        progress: Progress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> list[list[Measures]]:
        """measures[plan set][seed]; every plan passes the rules on its way to SUMO.

        Raises SafetyViolation for an unsafe plan and what `Experiments.run` raises.
        """
        with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
            variants = []
            for number, plan_set in enumerate(plan_sets):
                additional = Path(folder) / f"{number}.add.xml"
                export_sumo(plan_set, self.source.network, additional, self.conditions.profile)
                variants.append(plans(f"plans {number}", additional))
            result = self._experiments.run(
                variants, seeds, progress=progress, is_cancelled=is_cancelled
            )
        return [[record.measures for record in records] for records in result.records]
