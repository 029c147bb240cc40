"""The base program of a design: stages unrolled by the junction's own intergreens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.optimiser.stage_design.interstage import (
    NEVER,
    Interstage,
    fallers,
    interstage,
    rises,
)
from signalctl.optimiser.stage_design.problem import StageProblem

LONGEST_CYCLE_S: Final = 240

Greens = Mapping[str, GreenKind]


def base_program(
    problem: StageProblem, stages: Sequence[Greens], greens_s: Sequence[float]
) -> Program | None:
    """The stages in cyclic order as a program, each green about as long as asked.

    `greens_s` are the wanted seconds of each stage without its interstages.
    None where an intergreen is not known or no room is left for amber.
    """
    n = len(stages)
    changes = [interstage(problem, stages[k], stages[(k + 1) % n]) for k in range(n)]
    if any(change.lead_s >= NEVER or change.early_s >= NEVER for change in changes):
        return None
    written: list[Stage] = []
    for k, (stage, wanted) in enumerate(zip(stages, greens_s, strict=True)):
        after = stages[(k + 1) % n]
        change, into = changes[k], changes[k - 1]
        least_s = max((problem.junction.group(g).min_green_s for g in stage), default=1)
        split_s = max(round(wanted), least_s) + into.lead_s - into.change_s
        if change.early_s:
            split_s = max(split_s - change.early_s, least_s + into.lead_s - into.change_s)
        written.append(_stage(written, split_s, stage))
        if change.early_s:
            rest = {g: kind for g, kind in stage.items() if g not in change.early}
            written.append(_stage(written, change.early_s, rest))
        if change.change_s:
            written.append(_stage(written, change.change_s, _changing(stage, after)))
    cycle_s = sum(stage.split_s for stage in written)
    plan = TimingPlan(
        junction_id=problem.junction.id,
        name="design",
        cycle_s=cycle_s,
        offset=Offset(seconds=0),
        form=StageSequence(stages=tuple(written)),
    )
    try:
        program = expand(plan, problem.junction)
    except (InputError, NotExpressible):
        return None
    if not problem.dark:
        return program
    seconds = {
        group: problem.dark.get(group, text[0]) * cycle_s if group in problem.dark else text
        for group, text in program.seconds.items()
    }
    return Program(cycle_s, FrozenMap(seconds))


def _changing(before: Greens, after: Greens) -> dict[str, GreenKind]:
    """Greens while kinds change: risers still permissive, fallers out, the next stage's coming."""
    fallen = set(fallers(before, after))
    return {
        group: before[group] if rises(group, before, after) else kind
        for group, kind in after.items()
        if group not in fallen
    }


def _stage(written: Sequence[Stage], split_s: int, greens: Greens) -> Stage:
    return Stage(id=str(len(written) + 1), split_s=split_s, greens=FrozenMap(greens))


def lost_time_s(problem: StageProblem, stages: Sequence[Greens]) -> int:
    """Sum of the interstages of stages in cyclic order (s), changes of kind included."""
    n = len(stages)
    found: list[Interstage] = [
        interstage(problem, stages[k], stages[(k + 1) % n]) for k in range(n)
    ]
    return sum(max(change.lead_s, change.change_s) for change in found)
