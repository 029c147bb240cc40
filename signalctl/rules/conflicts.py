"""Rules between two groups: no conflicting greens, and the intergreens between them.

A green-arrow plate (`rest` shown as AFTER_STOP) gives way to everybody after a
full stop: it is no green, so it neither conflicts nor needs an intergreen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from signalctl.domain.aspect import GREEN_KIND, GREENS, Aspect, GreenKind
from signalctl.domain.junction import Conflict
from signalctl.rules.requirements import Gain, clearance_s, exclude, protection_gap_s
from signalctl.rules.rule import Context, Remark, seconds_since, stretches


class _Change(NamedTuple):
    """`starting` gains something in `second`, `gap_s` after `ending` was in its way."""

    ending: str
    starting: str
    second: int
    gap_s: int
    gain: Gain


def conflicting_greens(context: Context) -> Iterator[Remark]:
    """Hard conflicts green together; a protected green beside one it must yield to."""
    conflicts = context.junction.conflicts
    for a, b in _pairs(context):
        green_a, green_b = context.green[a], context.green[b]
        if conflicts.between(a, b) is Conflict.HARD:
            both = [x and y for x, y in zip(green_a, green_b, strict=True)]
            for start, length in stretches(both):
                yield Remark(
                    message=(
                        f"Groups {a} and {b} conflict and are both green "
                        f"{_when(start, length, context.program.cycle_s)}."
                    ),
                    groups=(a, b),
                    second=start,
                    remedy=f"End one green and start the other after its intergreen at {start} s.",
                )
            continue
        for yielder, other in ((a, b), (b, a)):
            if not conflicts.gives_way(yielder, other):
                continue
            beside = context.green[other]
            wrong = [x and y for x, y in zip(context.protected[yielder], beside, strict=True)]
            for start, length in stretches(wrong):
                yield Remark(
                    message=(
                        f"Group {yielder} gives way to {other}, yet shows protected green beside "
                        f"it {_when(start, length, context.program.cycle_s)}."
                    ),
                    groups=(yielder, other),
                    second=start,
                    remedy=f"Make the green of {yielder} permissive, or separate the two.",
                )


def intergreens(context: Context) -> Iterator[Remark]:
    """Too little time from the end of a green to the start of a conflicting one."""
    for change in _changes(context):
        need_s = context.junction.intergreens.get(change.ending, change.starting)
        if change.gain is Gain.GREEN and need_s is not None and change.gap_s < need_s:
            yield Remark(
                message=(
                    f"Group {change.starting} starts green in second {change.second}, "
                    f"{change.gap_s} s after {change.ending} ends; the intergreen is {need_s} s."
                ),
                groups=(change.ending, change.starting),
                second=change.second,
                remedy=(
                    f"Start {change.starting} {need_s - change.gap_s} s later, or end "
                    f"{change.ending} {need_s - change.gap_s} s earlier."
                ),
            )


def protection(context: Context) -> Iterator[Remark]:
    """Too little time around a green that changes between permissive and protected."""
    for change in _changes(context):
        need_s = protection_gap_s(
            change.gain,
            context.junction.group(change.ending),
            change.starting,
            context.junction,
            context.limits,
        )
        if change.gap_s >= need_s:
            continue
        if change.gain is Gain.PROTECTION:
            told = (
                f"Group {change.starting} becomes protected in second {change.second}, "
                f"{change.gap_s} s after {change.ending}, to which it yielded, ends"
            )
        else:
            told = (
                f"Group {change.starting} starts green in second {change.second}, "
                f"{change.gap_s} s after {change.ending} fell back from protected to permissive"
            )
        yield Remark(
            message=f"{told}; {need_s} s are asked.",
            groups=(change.ending, change.starting),
            second=change.second,
            remedy=f"Put the change of {change.starting} {need_s - change.gap_s} s later.",
        )


def known_intergreens(context: Context) -> Iterator[Remark]:
    """A hard conflict whose groups follow each other without a known intergreen."""
    told: set[tuple[str, str]] = set()
    for change in _changes(context):
        pair = (change.ending, change.starting)
        hard = context.junction.conflicts.between(*pair) is Conflict.HARD
        known = context.junction.intergreens.get(*pair) is not None
        if hard and not known and pair not in told:
            told.add(pair)
            yield Remark(
                message=(
                    f"Groups {pair[0]} and {pair[1]} conflict, but no intergreen from {pair[0]} to "
                    f"{pair[1]} is known; {pair[1]} starts in second {change.second}, "
                    f"{change.gap_s} s after {pair[0]} ends."
                ),
                groups=pair,
                second=change.second,
                remedy="Add the intergreen to the matrix, measured or computed from geometry.",
            )


def pedestrian_clearance(context: Context) -> Iterator[Remark]:
    """A vehicle's green that starts before people are off the crossing."""
    speed = context.limits.walking_speed_mps
    for change in _changes(context):
        walker = context.junction.group(change.ending)
        need_s = clearance_s(walker, context.junction.group(change.starting), context.limits)
        if change.gain is Gain.GREEN_BESIDE or change.gap_s >= need_s:
            continue
        yield Remark(
            message=(
                f"Group {change.starting} starts green in second {change.second}, {change.gap_s} s "
                f"after pedestrians of {walker.id} lost theirs; walking {walker.crossing_m:g} m at "
                f"{speed.value:g} m/s takes {need_s} s."
            ),
            groups=(walker.id, change.starting),
            second=change.second,
            remedy=f"End the walk of {walker.id} {need_s - change.gap_s} s earlier.",
            source=speed.citation,
        )


def _pairs(context: Context) -> Iterator[tuple[str, str]]:
    """Judged groups in conflict, each pair once, in the junction's order."""
    order = [group.id for group in context.groups]
    for i, a in enumerate(order):
        foes = context.junction.conflicts.foes(a)
        yield from ((a, b) for b in order[i + 1 :] if b in foes)


def _changes(context: Context) -> Iterator[_Change]:
    """Every change of right of way in a conflict.

    `ending` had last shown a green that excludes what `starting` gains `gap_s`
    seconds before. A group that is green beside the starting one, and may be,
    counts only by the protected green it showed before.
    """
    cycle_s = context.program.cycle_s
    conflicts = context.junction.conflicts
    since_green = {g: seconds_since(flags) for g, flags in context.green.items()}
    since_protected = {g: seconds_since(flags) for g, flags in context.protected.items()}
    for starting in context.green:
        foes = sorted(conflicts.foes(starting) & set(context.green))
        letters = context.letters(starting)
        for second in range(cycle_s):
            if letters[second] == letters[second - 1] or letters[second] not in GREENS:
                continue
            now = GREEN_KIND[Aspect(letters[second])]
            before = GREEN_KIND.get(Aspect(letters[second - 1]))
            promoted = before is GreenKind.PERMISSIVE and now is GreenKind.PROTECTED
            if before is not None and not promoted:
                continue
            for ending in foes:
                kind = GREEN_KIND.get(context.program.aspect(ending, second))
                if kind is None:
                    ago = since_green[ending][second]
                    gain = Gain.PROTECTION if promoted else Gain.GREEN
                elif exclude(ending, kind, starting, now, conflicts):
                    continue
                elif conflicts.gives_way(ending, starting):
                    ago = since_protected[ending][second]
                    gain = Gain.GREEN_BESIDE
                else:
                    continue
                if ago is not None:
                    yield _Change(ending, starting, second, ago - 1, gain)


def _when(start: int, length: int, cycle_s: int) -> str:
    if length >= cycle_s:
        return "throughout the cycle"
    if length == 1:
        return f"in second {start}"
    return f"from second {start} to {(start + length - 1) % cycle_s}"
