"""What a user asks of an optimisation."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.stage_design.permission import TurnRule
from signalctl.rules.registry import Profile
from signalctl.sim.scenario import Scenario

RACE_SEED = 1001
"""First seed of the race, as in tuning: seeds 1, 2, ... are left to those who judge plans
afterwards, on seeds that have not chosen them."""
AUTO = ("auto",)
"""The corridor that matters most, to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiseRequest:
    """Aim, freedom and budget of an optimisation.

    `corridor` restricts new plans to these junctions (AUTO: those of the most
    important arterial, None: all). `may_yield` and `protected_only` are words
    JUNCTION:GROUP. With `evaluations`, so many runs of the model and one race of fixed size
    take the place of the budget: the same numbers on every machine. `fresh` starts
    anew even where a state lies on disk. `output` is the plan file; state and runs lie
    beside it. `capacities` of signalled lanes by lane id are those the engineer knows.
    """

    objective: Objective
    profile: Profile
    output: Path
    budget_s: float
    keep: frozenset[Keep] = frozenset()
    corridor: tuple[str, ...] | None = None
    turns: TurnRule = TurnRule.AS_SHIPPED
    may_yield: tuple[str, ...] = ()
    protected_only: tuple[str, ...] = ()
    cycles: range = field(default=range(30, 121))
    jobs: int = 1
    cluster: str | None = None
    seed: int = RACE_SEED
    evaluations: int | None = None
    fresh: bool = False
    capacities: FrozenMap[str, LaneCapacity] = field(default_factory=lambda: FrozenMap({}))

    def fingerprint(self, scenario: Scenario) -> str:
        """Hash of scenario and options that decide what is sought; budget and machines do not."""
        return fingerprint(
            [
                scenario.fingerprint,
                str(self.objective.aim),
                FrozenMap(self.objective.queue_limits_m),
                self.profile.name,
                self.profile.version,
                sorted(self.keep),
                list(self.corridor) if self.corridor is not None else None,
                str(self.turns),
                sorted(self.may_yield),
                sorted(self.protected_only),
                [self.cycles.start, self.cycles.stop],
                self.seed,
                self.evaluations,
                *([self.capacities] if self.capacities else ()),
            ]
        )
