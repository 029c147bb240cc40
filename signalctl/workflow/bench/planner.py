"""The plan that is benched, behind one small interface whoever makes it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.errors import SignalctlError
from signalctl.files.plan_file import PlanSet
from signalctl.optimiser.objective import Objective
from signalctl.sim.attempts import Cancelled
from signalctl.workflow.bench.rows import BenchSettings, Planner, Planning
from signalctl.workflow.source import Source

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plans, None where the shipped programs stand or nothing could be planned."""

    plans: PlanSet | None
    planning: Planning


def planned(source: Source, settings: BenchSettings, folder: Path, progress: Progress) -> Planned:
    """The plan of the settings' planner; why there is none stands in `planning.failed`.

    `folder` keeps the planner's state, so that an interrupted bench goes on.
    """
    make = _optimised if settings.planner is Planner.OPTIMISE else _green_wave
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return make(source, settings, folder, progress)
    except Cancelled:
        raise
    except SignalctlError as error:
        return Planned(
            plans=None, planning=Planning(planner=settings.planner, failed=error.message)
        )


def _optimised(
    source: Source, settings: BenchSettings, folder: Path, progress: Progress
) -> Planned:
    from signalctl.workflow.optimise.optimise import optimise
    from signalctl.workflow.optimise.report import verdict
    from signalctl.workflow.optimise.request import OptimiseRequest

    request = OptimiseRequest(
        objective=Objective(),
        profile=settings.profile,
        output=folder / "plans.yaml",
        budget_s=settings.budget_s,
        evaluations=settings.evaluations,
        turns=settings.turns,
        jobs=settings.jobs or os.cpu_count() or 1,
        cluster=settings.cluster,
        fresh=settings.replan,
    )
    outcome = optimise(source, request, progress)
    stands = outcome.answer is None
    return Planned(
        plans=None if stands else outcome.plans,
        planning=Planning(
            planner=Planner.OPTIMISE,
            seconds=outcome.spent_s,
            evaluations=outcome.state.evaluations,
            shipped_stands=stands,
            notes=(verdict(outcome), *outcome.problem.notes),
        ),
    )


def _green_wave(
    source: Source, settings: BenchSettings, folder: Path, progress: Progress
) -> Planned:
    from signalctl.files.plan_file import write_plans
    from signalctl.workflow.wave.greenwave import WaveRequest
    from signalctl.workflow.wave.search import CorridorChoice, wave_for

    begun = time.perf_counter()
    request = WaveRequest(cycles=range(60, 121), sequence="optimise", profile=settings.profile)
    wave = wave_for(source, CorridorChoice(), request, progress)
    write_plans(folder / "plans.yaml", wave.plans, "made by signalctl bench")
    return Planned(
        plans=wave.plans,
        planning=Planning(
            planner=Planner.GREEN_WAVE,
            seconds=time.perf_counter() - begun,
            notes=(f"One corridor of {len(wave.plans.plans)} junctions.",),
        ),
    )
