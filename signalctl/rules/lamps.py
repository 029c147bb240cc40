"""Rules of one group's lamps: minimum green, amber, red-amber, legal successions."""

from __future__ import annotations

from collections.abc import Iterator

from signalctl.domain.aspect import (
    AMBERS,
    GREEN_KIND,
    UNSIGNALISED,
    Aspect,
    GreenKind,
)
from signalctl.domain.junction import Conflict, GroupKind, SignalGroup
from signalctl.rules.requirements import (
    SUCCESSORS,
    amber_range_s,
    exclude,
    min_green_s,
    red_amber_range_s,
)
from signalctl.rules.rule import Context, Remark, stretches


def minimum_green(context: Context) -> Iterator[Remark]:
    """An uninterrupted green of a vehicle, cycle, bus or tram group that is too short."""
    for group in context.groups:
        if group.kind is not GroupKind.PEDESTRIAN:
            yield from _short_greens(group, context)


def minimum_walk(context: Context) -> Iterator[Remark]:
    """A pedestrian green too short to step off, or to reach the profile's share of the road."""
    for group in context.groups:
        if group.kind is GroupKind.PEDESTRIAN:
            yield from _short_greens(group, context)


def _short_greens(group: SignalGroup, context: Context) -> Iterator[Remark]:
    need_s = min_green_s(group, context.limits)
    limit = context.limits.min_green_s
    if group.kind is GroupKind.PEDESTRIAN:
        limit = context.limits.walk_min_s
        if context.limits.walk_reach_share.value and need_s > limit.value:
            limit = context.limits.walk_reach_share
    source = limit.citation if need_s > group.min_green_s else "the group's own minimum green"
    for start, length in stretches(context.green[group.id]):
        if length < min(need_s, context.program.cycle_s):
            yield Remark(
                message=(
                    f"Group {group.id} is green for {length} s from second {start}; "
                    f"its minimum is {need_s} s."
                ),
                groups=(group.id,),
                second=start,
                remedy=f"Lengthen this green by {need_s - length} s.",
                source=source,
            )


def amber(context: Context) -> Iterator[Remark]:
    """A green that ends without amber, or with one too short or too long."""
    cycle_s = context.program.cycle_s
    for group in context.groups:
        least_s, most_s = amber_range_s(group, context.limits)
        own = group.amber_s >= least_s
        low = "the group's own amber" if own else context.limits.amber_min_s.citation
        for start, length in stretches(context.green[group.id]):
            end = (start + length) % cycle_s
            if length < cycle_s and least_s and context.letters(group.id)[end] not in AMBERS:
                yield Remark(
                    message=f"Group {group.id} ends green in second {end} without amber.",
                    groups=(group.id,),
                    second=end,
                    remedy=f"Show {least_s} s of amber after this green.",
                    source=low,
                )
        for start, length in stretches(context.amber[group.id]):
            endless = length == cycle_s
            if endless or not least_s <= length <= most_s:
                short = length < least_s
                yield Remark(
                    message=(
                        f"Group {group.id} shows amber "
                        f"{'without end' if endless else f'for {length} s from second {start}'}; "
                        f"{'at least' if short else 'at most'} {least_s if short else most_s} s "
                        "are asked."
                    ),
                    groups=(group.id,),
                    second=start,
                    remedy=f"Make this amber {least_s if short else most_s} s.",
                    source=low if short else context.limits.amber_max_s.citation,
                )


def red_amber(context: Context) -> Iterator[Remark]:
    """Red-amber that is missing, too short, too long, not allowed, or too early."""
    for group in context.groups:
        least_s, most_s = red_amber_range_s(group, context.limits)
        letters = context.letters(group.id)
        flags = [letter == Aspect.RED_AMBER for letter in letters]
        for start, _ in stretches(context.green[group.id]):
            if least_s and letters[start - 1] in (Aspect.RED, Aspect.AFTER_STOP):
                yield Remark(
                    message=f"Group {group.id} starts green in second {start} without red-amber.",
                    groups=(group.id,),
                    second=start,
                    remedy=f"Show {least_s} s of red-amber before this green.",
                    source=context.limits.red_amber_min_s.citation,
                )
        for start, length in stretches(flags):
            if least_s <= length <= most_s and length < context.program.cycle_s:
                continue
            asked = f"{least_s} to {most_s} s are asked" if most_s else "the profile has none"
            limit = context.limits.red_amber_max_s if length > most_s else None
            yield Remark(
                message=(
                    f"Group {group.id} shows red-amber for {length} s from second {start}; {asked}."
                ),
                groups=(group.id,),
                second=start,
                remedy=f"Make this red-amber {min(max(length, least_s), most_s)} s.",
                source=(limit or context.limits.red_amber_min_s).citation,
            )
        if any(flags):
            yield from _early_red_amber(group, flags, context)


def _early_red_amber(group: SignalGroup, flags: list[bool], context: Context) -> Iterator[Remark]:
    """Red-amber promises green: nothing that excludes it may be green or be promised it."""
    conflicts = context.junction.conflicts
    for foe in context.groups:
        conflict = conflicts.between(group.id, foe.id)
        if conflict is Conflict.NONE:
            continue
        both = []
        for mine, letter in zip(flags, context.letters(foe.id), strict=True):
            kind = GREEN_KIND.get(Aspect(letter))
            promised = letter == Aspect.RED_AMBER and foe.id > group.id
            both.append(
                mine
                and (
                    (promised and conflict is Conflict.HARD)
                    or (
                        kind is not None
                        and exclude(foe.id, kind, group.id, GreenKind.PERMISSIVE, conflicts)
                    )
                )
            )
        for start, _ in stretches(both):
            yield Remark(
                message=(
                    f"Group {group.id} shows red-amber in second {start} while {foe.id}, which "
                    "conflicts with it, is still green or about to be."
                ),
                groups=(group.id, foe.id),
                second=start,
                remedy=f"Start {group.id} later.",
            )


def successions(context: Context) -> Iterator[Remark]:
    """Two aspects in a row that no lamp may show in a row."""
    cycle_s = context.program.cycle_s
    for group in context.groups:
        letters = context.letters(group.id)
        for second in range(cycle_s):
            if letters[second] == letters[second - 1]:
                continue
            before, now = Aspect(letters[second - 1]), Aspect(letters[second])
            if now in SUCCESSORS[before] or _falls_back(letters, second, context):
                continue
            yield Remark(
                message=(
                    f"Group {group.id} goes from {_name(before)} to {_name(now)} in second "
                    f"{second}."
                ),
                groups=(group.id,),
                second=second,
                remedy="Show red, (red-amber,) green, amber, red in this order.",
            )


def _falls_back(letters: str, second: int, context: Context) -> bool:
    """Protected green, amber, permissive green: legal where the profile has it."""
    if not context.limits.permissive_after_amber.value or letters[second] != Aspect.PERMISSIVE:
        return False
    back = 1
    while letters[second - back] in AMBERS and back < len(letters):
        back += 1
    return back > 1 and letters[second - back] == Aspect.PROTECTED


def arrow_amber(context: Context) -> Iterator[Remark]:
    """Protected green that turns permissive without amber between."""
    for group in context.groups:
        letters = context.letters(group.id)
        for second in range(context.program.cycle_s):
            if letters[second - 1] == Aspect.PROTECTED and letters[second] == Aspect.PERMISSIVE:
                yield Remark(
                    message=(
                        f"Group {group.id} goes from protected to permissive green in second "
                        f"{second} without amber between."
                    ),
                    groups=(group.id,),
                    second=second,
                    remedy="Show amber between, so that drivers see that protection ends.",
                )


def unsignalised(context: Context) -> Iterator[Remark]:
    """Groups that flash or stay dark for the whole cycle."""
    lit = {group.id for group in context.groups}
    dark = [
        g for g in context.junction.groups if g.kind is not GroupKind.UNUSED and g.id not in lit
    ]
    if not dark:
        return
    names = ", ".join(group.id for group in dark)
    everybody = not lit
    yield Remark(
        message=(
            "The program flashes or is dark for all groups: the junction is not signal-controlled."
            if everybody
            else f"Groups {names} flash or are dark for the whole cycle and follow signs only."
        ),
        groups=tuple(group.id for group in dark),
        remedy="Check that signs give way as the program assumes.",
    )


def _name(aspect: Aspect) -> str:
    if aspect in UNSIGNALISED:
        return "flashing" if aspect is Aspect.FLASHING else "dark"
    names = {
        Aspect.RED_AMBER: "red-amber",
        Aspect.PROTECTED: "protected green",
        Aspect.PERMISSIVE: "permissive green",
        Aspect.AMBER_PRIORITY: "amber",
        Aspect.AFTER_STOP: "red with a green-arrow plate",
    }
    return names.get(aspect, aspect.name.lower())
