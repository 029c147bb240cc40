"""The base program of a design: stages unrolled by the junction's own intergreens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.optimiser.stage_design.interstage import (
    NEVER,
    fallers,
    interstage,
    rises,
)
from signalctl.optimiser.stage_design.problem import StageProblem

Greens = Mapping[str, GreenKind]


def base_program(
    problem: StageProblem, stages: Sequence[Greens], greens_s: Sequence[int]
) -> Program | None:
    """The stages in cyclic order as a program, the first one's change at second 0.

    `greens_s` are the seconds of each stage from when its last group is green to
    the change, the time in which crossings of it already clear included.
    None where an intergreen is not known, no room is left for amber, or a
    crossing would have to end before it starts.
    """
    n = len(stages)
    changes = [interstage(problem, stages[k], stages[(k + 1) % n]) for k in range(n)]
    if any(change.lead_s >= NEVER or change.early_s >= NEVER for change in changes):
        return None
    written: list[Stage] = []
    for k, (stage, wanted) in enumerate(zip(stages, greens_s, strict=True)):
        after = stages[(k + 1) % n]
        change, into = changes[k], changes[k - 1]
        split_s = wanted + into.lead_s - into.change_s - change.early_s
        if split_s < 1:
            return None
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


def generous_greens_s(
    problem: StageProblem, stages: Sequence[Greens], wanted_s: Sequence[float]
) -> list[int]:
    """Seconds of each stage, about as wanted, with room for every minimum green."""
    n = len(stages)
    found = []
    for k, (stage, wanted) in enumerate(zip(stages, wanted_s, strict=True)):
        early_s = interstage(problem, stage, stages[(k + 1) % n]).early_s
        least_s = max((problem.junction.group(g).min_green_s for g in stage), default=1)
        found.append(max(round(wanted), least_s + early_s, 1))
    return found
