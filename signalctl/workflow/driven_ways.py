"""Vehicles driven through a corridor under plans, for diagrams on paper and on the page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from signalctl.domain.corridor import Corridor
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile
from signalctl.sim.scenario import Scenario
from signalctl.sim.trajectories import Trajectory, trajectories
from signalctl.sim.variants import plans
from signalctl.workflow.export import export_sumo

SETTLED_S: Final = 900
"""Vehicles are drawn from this long after the scenario's begin: traffic has built up."""


def settled_at_s(scenario: Scenario, cycle_s: int, warm_up_s: int = SETTLED_S) -> int:
    """The first system second 0 of a cycle once traffic is there.

    Not later than half of the demand's time, however long the warm-up should be.
    """
    settled_s = int(min(scenario.begin_s + warm_up_s, (scenario.begin_s + scenario.end_s) / 2))
    return -(-settled_s // cycle_s) * cycle_s


def driven_ways(
    plan_set: PlanSet,
    network: Network,
    scenario: Scenario,
    corridor: Corridor,
    profile: Profile,
    *,
    seed: int,
    begin_s: int,
    end_s: int,
    on_second: Callable[[float], None] = lambda _second: None,
) -> tuple[Trajectory, ...]:
    """Ways of all vehicles on the corridor in simulated seconds begin_s to end_s, one run.

    `on_second` is told the simulated second reached. Raises SafetyViolation for a plan that
    breaks a rule of the profile, InputError when plans and network do not fit or the window
    is not in the scenario, and what a run raises.
    """
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        additional = Path(folder) / "plans.add.xml"
        export_sumo(plan_set, network, additional, profile)
        return trajectories(
            scenario, plans("plans", additional), seed, corridor, begin_s, end_s, on_second
        )
