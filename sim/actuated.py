"""SUMO's actuated control on a scenario's shipped stages, a peer to compare with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from signalctl.files.atomic import write_atomic
from signalctl.networks.program_reader import RawProgram, Step
from signalctl.sim.programs import active_programs, tl_logic_file
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant, VariantKind

ACTUATED_MIN_S: Final = 5.0
ACTUATED_MAX_S: Final = 50.0


def actuated(scenario: Scenario, folder: Path, name: str = "actuated") -> Variant:
    """SUMO's gap-based actuated control on the shipped stages.

    Green steps run 5 s to max(50 s, shipped); ambers and all-reds stay. Programs
    that are actuated already, or of a type of their own (NEMA, delay_based),
    stay as they are. Writes one file to `folder`.
    """
    return on_shipped_stages(
        scenario, folder, name=name, kind=VariantKind.ACTUATED, sumo_type="actuated"
    )


def on_shipped_stages(
    scenario: Scenario, folder: Path, *, name: str, kind: VariantKind, sumo_type: str
) -> Variant:
    """A kind of SUMO's own reactive control (its `sumo_type`) on the shipped stages."""
    programs, kept = [], []
    for program in active_programs(scenario.net, scenario.additionals).values():
        if program.type != "static":
            kept.append(program.light_id)
        else:
            programs.append(_reactive(program, sumo_type))
    path = folder / f"{sumo_type}.add.xml"
    write_atomic(path, tl_logic_file(programs))
    notes = (f"Not static, so kept as shipped: {', '.join(kept)}.",) if kept else ()
    return Variant(name=name, kind=kind, additionals=(path,), notes=notes)


def is_green(step: Step) -> bool:
    """Whether a step is a stage: somebody has green and nobody amber."""
    return bool(set(step.state) & set("gG")) and not set(step.state) & set("yYu")


def _reactive(program: RawProgram, sumo_type: str) -> RawProgram:
    steps = tuple(
        replace(
            step,
            min_s=min(ACTUATED_MIN_S, step.duration_s),
            max_s=max(ACTUATED_MAX_S, step.duration_s),
        )
        if is_green(step)
        else step
        for step in program.steps
    )
    return replace(program, id=f"{program.id}.{sumo_type}", type=sumo_type, steps=steps)
