"""The main job on the shipped arterial, the whole way through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from signalctl.files.plan_file import write_plans
from signalctl.networks.shipped import build
from signalctl.rules.registry import profile
from signalctl.workflow.export import export_sumo
from signalctl.workflow.fitting import findings, fit
from signalctl.workflow.judge import Conditions, Verdict, judge
from signalctl.workflow.picture import draw_corridor, draw_junction
from signalctl.workflow.source import open_scenario
from signalctl.workflow.wave.greenwave import Wave, WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

Progress = Callable[[int, int, str], None]
RULES = "as-surveyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demonstration made and found."""

    wave: Wave
    verdict: Verdict
    warnings: int
    files: tuple[Path, ...]


def demonstrate(
    folder: Path, seeds: int, jobs: int | None, progress: Callable[[str], Progress]
) -> Demo:
    """Build the arterial, find its wave, check, simulate, draw; everything lands in `folder`.

    `progress` gives a reporter for each part by its name.
    """
    judged_by = profile(RULES)
    folder.mkdir(parents=True, exist_ok=True)
    built = build("arterial", folder / "arterial")
    source = open_scenario(built.scenarios["peak"])
    wave = wave_for(
        source,
        CorridorChoice(),
        WaveRequest(cycles=range(60, 121), sequence="optimise", profile=judged_by),
        progress("green wave"),
    )
    plan_file = folder / "plans.yaml"
    write_plans(plan_file, wave.plans, "made by signalctl demo")
    found = findings(fit(wave.plans, source.network), judged_by, wave.corridor.junction_ids)
    tls = folder / "tls.add.xml"
    export_sumo(wave.plans, source.network, tls, judged_by)
    verdict = judge(
        source,
        wave.plans,
        ["shipped"],
        Conditions(seeds=seeds, jobs=jobs, profile=judged_by, cache=folder / "runs"),
        progress("simulating"),
    )
    corridor = folder / "corridor.svg"
    draw_corridor(wave.plans, source.network, corridor, simulated=source, profile=judged_by)
    first = wave.corridor.junction_ids[0]
    timing = folder / f"{first}.svg"
    draw_junction(wave.plans, source.network, first, timing)
    return Demo(
        wave=wave,
        verdict=verdict,
        warnings=len(found),
        files=(plan_file, tls, corridor, timing),
    )
