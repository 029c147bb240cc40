"""Pictures of plans: the corridor's time-space diagram and a junction's timing diagram."""

from __future__ import annotations

from pathlib import Path

from signalctl.diagrams.signal_timing import draw_signal_timing
from signalctl.diagrams.time_space import draw_time_space
from signalctl.domain.band import Band, widest_band
from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.domain.expand import expand
from signalctl.domain.program import Program
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile
from signalctl.sim.trajectories import Trajectory
from signalctl.workflow.driven_ways import driven_ways, settled_at_s
from signalctl.workflow.fitting import FittedPlan, fit
from signalctl.workflow.source import Source

CYCLES_DRAWN = 4


def draw_corridor(
    plan_set: PlanSet,
    network: Network,
    path: Path,
    *,
    simulated: Source | None = None,
    profile: Profile,
    seed: int = 1,
) -> dict[str, Band]:
    """Draw the plans' time-space diagram, with vehicles of a scenario where one is given.

    Returns the bands that it shows, by direction. Raises InputError when the plan file
    names no corridor or lacks a plan of it.
    """
    fitted = fit(plan_set, network)
    corridor = _corridor(plan_set)
    programs = _programs(corridor, fitted, plan_set)
    cycle_s = max(program.cycle_s for program in programs.values())
    bands = {
        direction: widest_band(progression, programs, cycle_s)
        for direction, progression in corridor.directions.items()
    }
    begin_s = 0
    ways: tuple[Trajectory, ...] = ()
    if simulated is not None and simulated.scenario is not None:
        scenario = simulated.scenario
        begin_s = settled_at_s(scenario, cycle_s)
        ways = driven_ways(
            plan_set,
            network,
            scenario,
            corridor,
            profile,
            seed=seed,
            begin_s=begin_s,
            end_s=begin_s + CYCLES_DRAWN * cycle_s,
        )
    draw_time_space(
        corridor,
        programs,
        bands,
        path,
        cycles=CYCLES_DRAWN,
        title=plan_set.name,
        trajectories=ways,
        begin_s=begin_s,
    )
    return bands


def draw_junction(plan_set: PlanSet, network: Network, junction_id: str, path: Path) -> None:
    """Draw one junction's signal timing diagram, in the plan's own time."""
    for each in fit(plan_set, network):
        if each.junction.id == junction_id:
            program = expand(each.plan, each.junction)
            draw_signal_timing(
                each.junction,
                program,
                path,
                plan=each.plan,
                title=each.plan.name,
            )
            return
    raise InputError(
        f"The plan file has no plan for junction {junction_id!r}.",
        where=str(plan_set.source or plan_set.name),
        remedy=f"It has plans for {', '.join(plan_set.plans)}.",
    )


def _corridor(plan_set: PlanSet) -> Corridor:
    if plan_set.corridor is None:
        raise InputError(
            "The plan file names no corridor to draw.",
            where=str(plan_set.source or plan_set.name),
            remedy="Draw one junction with --junction ID, or make the plans with greenwave.",
        )
    return plan_set.corridor


def _programs(
    corridor: Corridor, fitted: tuple[FittedPlan, ...], plan_set: PlanSet
) -> dict[str, Program]:
    programs = {each.junction.id: each.program for each in fitted}
    for junction_id in corridor.junction_ids:
        if junction_id not in programs:
            raise InputError(
                f"The corridor passes junction {junction_id}, which has no plan in the file.",
                where=str(plan_set.source or plan_set.name),
            )
    return {junction_id: programs[junction_id] for junction_id in corridor.junction_ids}
