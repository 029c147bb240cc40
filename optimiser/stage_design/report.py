"""What a design changes against the shipped programs, for the engineer to veto."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signalctl.domain.aspect import GREEN_KIND, GREENS, Aspect, GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.optimiser.stage_design.permission import shown_permissive
from signalctl.optimiser.steps import StepKind, steps

Greens = Mapping[str, GreenKind]


def stages_of(program: Program, junction: Junction) -> tuple[FrozenMap[str, GreenKind], ...]:
    """The stages of a program: greens of its stretchable steps that are no mere clearing.

    A step whose greens all go on into the next one and before is left out only
    when its greens and their kinds are those of a neighbour.
    """
    found: list[FrozenMap[str, GreenKind]] = []
    for step in steps(program, junction):
        if step.kind is not StepKind.GREEN:
            continue
        greens = FrozenMap(
            {
                group: GREEN_KIND[Aspect(text[step.start_s])]
                for group, text in program.seconds.items()
                if text[step.start_s] in GREENS
            }
        )
        if greens and (not found or found[-1] != greens):
            found.append(greens)
    if len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return tuple(found)


def dropped_stages(
    shipped: Sequence[Program], stages: Sequence[Greens], junction: Junction
) -> tuple[str, ...]:
    """A sentence for each shipped stage that no stage of a design still gives.

    A design gives a shipped stage when one of its own has all the greens of it,
    protected where the shipped one has them protected.
    """
    told: dict[str, None] = {}
    for program in shipped:
        for stage in stages_of(program, junction):
            if not any(_gives(own, stage) for own in stages):
                told[f"The stage with {_in_words(stage, junction)} is no longer there."] = None
    return tuple(told)


def newly_permissive(
    shipped: Sequence[Program], stages: Sequence[Greens], junction: Junction
) -> tuple[str, ...]:
    """Groups that a design shows permissive and no shipped program does, in order."""
    return tuple(
        group.id
        for group in junction.groups
        if any(stage.get(group.id) is GreenKind.PERMISSIVE for stage in stages)
        and not any(shown_permissive(program, group.id) for program in shipped)
    )


def permissive_in_words(groups: Sequence[str], junction: Junction) -> tuple[str, ...]:
    """A sentence for each group that turns permissive: who gives way to whom."""
    told = []
    for name in groups:
        foes = [g for g in junction.group_ids if junction.conflicts.gives_way(name, g)]
        told.append(
            f"{name} ({junction.group(name).movement}) now turns through gaps and gives way to "
            f"{', '.join(foes)}."
        )
    return tuple(told)


def label_of(stages: Sequence[Greens], junction: Junction) -> str:
    """A short name of a stage set: its stages by vehicle groups, `*` marking permissive ones."""
    words = []
    for stage in stages:
        shown = [
            group.id + ("*" if stage[group.id] is GreenKind.PERMISSIVE else "")
            for group in junction.groups
            if group.id in stage and group.kind is not GroupKind.PEDESTRIAN
        ]
        words.append("+".join(shown) if shown else "crossings")
    return " | ".join(words)


def _gives(own: Greens, shipped: Greens) -> bool:
    return all(
        group in own and (kind is GreenKind.PERMISSIVE or own[group] is GreenKind.PROTECTED)
        for group, kind in shipped.items()
    )


def _in_words(stage: Greens, junction: Junction) -> str:
    parts = []
    for kind in GreenKind:
        groups = [g for g in junction.group_ids if stage.get(g) is kind]
        if groups:
            parts.append(f"{', '.join(groups)} {kind.value}")
    return " and ".join(parts)
