"""The plan that is benched, behind one small interface whoever makes it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from signalctl.domain.errors import SignalctlError
from signalctl.files.atomic import write_atomic
from signalctl.files.plan_file import PlanSet, read_plans
from signalctl.optimiser.objective import Objective
from signalctl.sim.attempts import Cancelled
from signalctl.workflow.bench.rows import BenchSettings, Planner, Planning
from signalctl.workflow.source import Source

Progress = Callable[[int, int, str], None]

PLANS_FILE: Final = "plans.yaml"
PLANNING_FILE: Final = "planning.json"
"""How a finished plan came about; as long as it lies there nothing is planned again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plans, None where the shipped programs stand or nothing could be planned."""

    plans: PlanSet | None
    planning: Planning


def planned(source: Source, settings: BenchSettings, folder: Path, progress: Progress) -> Planned:
    """The plan of the settings' planner; why there is none stands in `planning.failed`.

    `folder` keeps the planner's state, so that an interrupted bench goes on, and the plan
    once it is made, which is taken from there unless the settings ask to plan anew.
    """
    known = None if settings.replan else _known(folder)
    if known is not None:
        return known
    kept = folder / PLANNING_FILE
    kept.unlink(missing_ok=True)
    make = _optimised if settings.planner is Planner.OPTIMISE else _green_wave
    folder.mkdir(parents=True, exist_ok=True)
    try:
        made = make(source, settings, folder, progress)
    except Cancelled:
        raise
    except SignalctlError as error:
        return Planned(
            plans=None, planning=Planning(planner=settings.planner, failed=error.message)
        )
    write_atomic(kept, json.dumps(asdict(made.planning), indent=1) + "\n")
    return made


def _known(folder: Path) -> Planned | None:
    """The plan as it was made before; None without, and where what tells of it is damaged.

    Raises InputError for a plan file that cannot be read.
    """
    try:
        written = json.loads((folder / PLANNING_FILE).read_text(encoding="utf-8"))
        planner, notes = Planner(written.pop("planner")), tuple(written.pop("notes"))
        planning = Planning(planner=planner, notes=notes, **written)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    plans = None if planning.shipped_stands else read_plans(folder / PLANS_FILE)
    return Planned(plans=plans, planning=planning)


def _optimised(
    source: Source, settings: BenchSettings, folder: Path, progress: Progress
) -> Planned:
    from signalctl.workflow.optimise.optimise import optimise
    from signalctl.workflow.optimise.report import verdict
    from signalctl.workflow.optimise.request import OptimiseRequest

    request = OptimiseRequest(
        objective=Objective(),
        profile=settings.profile,
        output=folder / PLANS_FILE,
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
            notes=(verdict(outcome), *outcome.notes),
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
    write_plans(folder / PLANS_FILE, wave.plans, "made by signalctl bench")
    return Planned(
        plans=wave.plans,
        planning=Planning(
            planner=Planner.GREEN_WAVE,
            seconds=time.perf_counter() - begun,
            notes=(f"One corridor of {len(wave.plans.plans)} junctions.",),
        ),
    )
