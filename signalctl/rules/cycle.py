"""Rules of the cycle as a whole: everybody served, red not too long, sensible length."""

from __future__ import annotations

from collections.abc import Iterator

from signalctl.domain.aspect import Aspect
from signalctl.domain.junction import GroupKind
from signalctl.rules.requirements import walking_time_s
from signalctl.rules.rule import Context, Remark, stretches


def every_group_served(context: Context) -> Iterator[Remark]:
    """A group without any green in the cycle (a green-arrow plate serves its group)."""
    for group in context.groups:
        if any(context.green[group.id]) or Aspect.AFTER_STOP in context.letters(group.id):
            continue
        yield Remark(
            message=f"Group {group.id} ({group.movement}) never gets green.",
            groups=(group.id,),
            remedy="Give it green at least once a cycle.",
        )


def maximum_red(context: Context) -> Iterator[Remark]:
    """A group that waits longer between two greens than its users will."""
    for group in context.groups:
        limit = context.limits.max_red_vehicle_s
        if group.kind is GroupKind.PEDESTRIAN:
            limit = context.limits.max_red_pedestrian_s
        if not any(context.green[group.id]):
            continue
        for start, length in stretches([not green for green in context.green[group.id]]):
            if length > limit.value:
                yield Remark(
                    message=(
                        f"Group {group.id} waits {length} s for green from second {start}; "
                        f"the limit is {limit.value:g} s."
                    ),
                    groups=(group.id,),
                    second=start,
                    remedy="Shorten the cycle or serve the group twice.",
                    source=limit.citation,
                )


def cycle_limits(context: Context) -> Iterator[Remark]:
    """A cycle no controller or driver would accept."""
    least, most = context.limits.cycle_min_s, context.limits.cycle_max_s
    yield from _cycle_outside(context.program.cycle_s, least.value, most.value, most.citation)


def cycle_usual(context: Context) -> Iterator[Remark]:
    """A cycle outside the range engineers use."""
    limits = context.limits
    cycle_s = context.program.cycle_s
    if limits.cycle_min_s.value <= cycle_s <= limits.cycle_max_s.value:
        least, most = limits.cycle_usual_min_s, limits.cycle_usual_max_s
        yield from _cycle_outside(cycle_s, least.value, most.value, most.citation)


def _cycle_outside(cycle_s: int, least_s: float, most_s: float, source: str) -> Iterator[Remark]:
    if not least_s <= cycle_s <= most_s:
        yield Remark(
            message=f"The cycle is {cycle_s} s; the range is {least_s:g} to {most_s:g} s.",
            remedy="Choose a cycle within the range.",
            source=source,
        )


def usual_walk(context: Context) -> Iterator[Remark]:
    """A walk that is legal but short, alone or together with its clearance."""
    limits = context.limits
    for group in context.groups:
        if group.kind is not GroupKind.PEDESTRIAN:
            continue
        for start, length in stretches(context.green[group.id]):
            if length < min(limits.walk_usual_s.value, context.program.cycle_s):
                yield Remark(
                    message=(
                        f"Group {group.id} walks for {length} s from second {start}; "
                        f"{limits.walk_usual_s.value:g} s are usual."
                    ),
                    groups=(group.id,),
                    second=start,
                    remedy="Lengthen the walk, or confirm that few people cross here.",
                    source=limits.walk_usual_s.citation,
                )
            total_mps, clearance_s = limits.walk_total_mps.value, walking_time_s(group, limits)
            if not total_mps or not group.crossing_m or clearance_s is None:
                continue
            need_s = group.crossing_m / total_mps
            if length + clearance_s < need_s - 1e-9 and length < context.program.cycle_s:
                yield Remark(
                    message=(
                        f"Walk and clearance of group {group.id} take {length + clearance_s} s; "
                        f"{group.crossing_m:g} m at {total_mps:g} m/s take {need_s:.1f} s."
                    ),
                    groups=(group.id,),
                    second=start,
                    remedy="Lengthen the walk.",
                    source=limits.walk_total_mps.citation,
                )


def known_crossings(context: Context) -> Iterator[Remark]:
    """Pedestrian groups whose clearance cannot be checked, for want of a length."""
    unknown = [
        group.id
        for group in context.groups
        if group.kind is GroupKind.PEDESTRIAN
        and not group.crossing_m
        and any(context.green[group.id])
    ]
    if unknown:
        yield Remark(
            message=(
                f"The crossing length of {', '.join(unknown)} is unknown, so pedestrian clearance "
                "was not checked there."
            ),
            groups=tuple(unknown),
            remedy="State the length of the crossing (crossing_m).",
        )
