"""Rules of the plan as it is written: sums of splits, barriers, offset."""

from __future__ import annotations

from collections.abc import Iterator

from signalctl.domain.junction import Junction
from signalctl.domain.plan import StageSequence
from signalctl.domain.ring_barrier import RingBarrier
from signalctl.rules.rule import PlanContext, Remark


def split_sums(context: PlanContext) -> Iterator[Remark]:
    """Stage splits that do not make the cycle, or are no time at all."""
    form = context.plan.form
    if not isinstance(form, StageSequence):
        return
    cycle_s = context.plan.cycle_s
    total_s = sum(stage.split_s for stage in form.stages)
    if total_s != cycle_s:
        splits = " + ".join(f"{stage.id} {stage.split_s}" for stage in form.stages) or "none"
        yield Remark(
            message=f"The stages ({splits}) sum to {total_s} s; the cycle is {cycle_s} s.",
            remedy=(
                f"{'Add' if total_s < cycle_s else 'Take'} {abs(cycle_s - total_s)} s "
                f"{'to' if total_s < cycle_s else 'from'} the stages, or change the cycle."
            ),
        )
    for stage in form.stages:
        if stage.split_s < 1:
            yield Remark(
                message=f"Stage {stage.id} lasts {stage.split_s} s.",
                groups=tuple(sorted(stage.greens)),
                remedy="Give it at least 1 s or take it out.",
            )


def ring_sums(context: PlanContext) -> Iterator[Remark]:
    """Rings that do not meet at a barrier, or barriers that do not make the cycle."""
    form = context.plan.form
    if not isinstance(form, RingBarrier):
        return
    sums = form.ring_sums_s()
    met = True
    for number, (section, rings) in enumerate(zip(form.sections, sums, strict=True), start=1):
        if len(set(rings)) == 1:
            continue
        met = False
        told = " and ".join(
            f"ring {ring} ({' + '.join(f'{p.number}: {p.split_s}' for p in phases) or 'empty'}) "
            f"{rings[ring - 1]} s"
            for ring, phases in enumerate(section, start=1)
        )
        yield Remark(
            message=f"The rings do not meet at barrier {number}: {told or 'it has no rings'}.",
            remedy="Make the sums of all rings between two barriers equal.",
        )
    total_s = sum(rings[0] for rings in sums if rings)
    if met and total_s != context.plan.cycle_s:
        told = " + ".join(str(rings[0]) for rings in sums if rings)
        yield Remark(
            message=f"The barriers stand at {told} = {total_s} s; the cycle is "
            f"{context.plan.cycle_s} s.",
            remedy="Make the sections between the barriers sum to the cycle.",
        )


def phase_ambers(context: PlanContext) -> Iterator[Remark]:
    """A NEMA phase whose amber differs from that of a group it serves."""
    form = context.plan.form
    if not isinstance(form, RingBarrier):
        return
    for phase in form.phases:
        for group_id in sorted(set(phase.greens) & set(context.junction.group_ids)):
            amber_s = context.junction.group(group_id).amber_s
            if amber_s != phase.amber_s:
                yield Remark(
                    message=(
                        f"Phase {phase.number} has {phase.amber_s} s of amber, group {group_id} "
                        f"shows {amber_s} s."
                    ),
                    groups=(group_id,),
                    remedy="Give phase and group the same amber.",
                )


def offset_range(context: PlanContext) -> Iterator[Remark]:
    """An offset outside the cycle, or referred to a group the junction has not."""
    offset, cycle_s = context.plan.offset, context.plan.cycle_s
    if not 0 <= offset.seconds < cycle_s:
        yield Remark(
            message=f"The offset is {offset.seconds} s in a cycle of {cycle_s} s.",
            remedy=f"{offset.seconds % cycle_s} s means the same.",
        )
    if offset.group is not None and offset.group not in context.junction.group_ids:
        yield Remark(
            message=f"The offset refers to group {offset.group!r}, which the junction has not.",
            remedy=f"Known groups: {_names(context.junction)}.",
        )


def right_junction(context: PlanContext) -> Iterator[Remark]:
    """A plan that belongs to another junction."""
    if context.plan.junction_id != context.junction.id:
        yield Remark(
            message=(
                f"The plan is for junction {context.plan.junction_id!r}, "
                f"this is {context.junction.id!r}."
            ),
            remedy="Validate the plan against the junction it was made for.",
        )


def _names(junction: Junction) -> str:
    return ", ".join(junction.group_ids)
