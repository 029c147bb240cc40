"""Rules between two groups: no conflicting greens, and the intergreens between them.

A green-arrow plate (`rest` shown as AFTER_STOP) gives way to everybody after a
full stop: it is no green, so it neither conflicts nor needs an intergreen.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalctl.domain.aspect import GREEN_KIND, GreenKind
from signalctl.domain.junction import Conflict, GroupKind
from signalctl.rules.requirements import exclude, intergreen_s, walking_time_s
from signalctl.rules.rule import Context, Remark, seconds_since, stretches


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
    for ending, starting, second, gap_s in _changes(context):
        need_s = intergreen_s(ending, starting, context.junction)
        if need_s is not None and gap_s < need_s:
            yield Remark(
                message=(
                    f"Group {starting} starts green in second {second}, {gap_s} s after "
                    f"{_end_of(ending, second, context)}; the intergreen is {need_s} s."
                ),
                groups=(ending, starting),
                second=second,
                remedy=(
                    f"Start {starting} {need_s - gap_s} s later, or end {ending} "
                    f"{need_s - gap_s} s earlier."
                ),
            )


def known_intergreens(context: Context) -> Iterator[Remark]:
    """A hard conflict whose groups follow each other without a known intergreen."""
    told: set[tuple[str, str]] = set()
    for ending, starting, second, gap_s in _changes(context):
        hard = context.junction.conflicts.between(ending, starting) is Conflict.HARD
        known = intergreen_s(ending, starting, context.junction) is not None
        if hard and not known and (ending, starting) not in told:
            told.add((ending, starting))
            yield Remark(
                message=(
                    f"Groups {ending} and {starting} conflict, but no intergreen from {ending} to "
                    f"{starting} is known; {starting} starts in second {second}, {gap_s} s after "
                    f"{ending} ends."
                ),
                groups=(ending, starting),
                second=second,
                remedy="Add the intergreen to the matrix, measured or computed from geometry.",
            )


def pedestrian_clearance(context: Context) -> Iterator[Remark]:
    """A vehicle's green that starts before people are off the crossing."""
    speed = context.limits.walking_speed_mps
    for ending, starting, second, gap_s in _changes(context):
        walker, driver = context.junction.group(ending), context.junction.group(starting)
        need_s = walking_time_s(walker, context.limits)
        if need_s is None or driver.kind is GroupKind.PEDESTRIAN or gap_s >= need_s:
            continue
        yield Remark(
            message=(
                f"Group {starting} starts green in second {second}, {gap_s} s after pedestrians "
                f"of {ending} lost theirs; walking {walker.crossing_m:g} m at {speed.value:g} m/s "
                f"takes {need_s} s."
            ),
            groups=(ending, starting),
            second=second,
            remedy=f"End the walk of {ending} {need_s - gap_s} s earlier.",
            source=speed.citation,
        )


def _pairs(context: Context) -> Iterator[tuple[str, str]]:
    """Judged groups in conflict, each pair once, in the junction's order."""
    order = [group.id for group in context.groups]
    for i, a in enumerate(order):
        foes = context.junction.conflicts.foes(a)
        yield from ((a, b) for b in order[i + 1 :] if b in foes)


def _changes(context: Context) -> Iterator[tuple[str, str, int, int]]:
    """(ending, starting, second, gap_s) of every change of right of way in a conflict.

    `starting` gains green in `second`, or goes from permissive to protected;
    `ending` had last shown a green that excludes it `gap_s` seconds before. A
    group that is green with the starting one, and may be, counts only by the
    protected green it showed before (a left turn that fell back to permissive).
    """
    cycle_s = context.program.cycle_s
    conflicts = context.junction.conflicts
    since_green = {g: seconds_since(flags) for g, flags in context.green.items()}
    since_protected = {g: seconds_since(flags) for g, flags in context.protected.items()}
    for starting in context.green:
        for second in range(cycle_s):
            now = GREEN_KIND.get(context.program.aspect(starting, second))
            before = GREEN_KIND.get(context.program.aspect(starting, second - 1))
            promoted = before is GreenKind.PERMISSIVE and now is GreenKind.PROTECTED
            if now is None or not (before is None or promoted):
                continue
            for ending in sorted(conflicts.foes(starting) & set(context.green)):
                kind = GREEN_KIND.get(context.program.aspect(ending, second))
                if kind is None:
                    ago = since_green[ending][second]
                elif exclude(ending, kind, starting, now, conflicts):
                    continue
                elif conflicts.gives_way(ending, starting):
                    ago = since_protected[ending][second]
                else:
                    continue
                if ago is not None:
                    yield ending, starting, second, ago - 1


def _end_of(ending: str, second: int, context: Context) -> str:
    if context.green[ending][second]:
        return f"{ending} lost its protection"
    return f"{ending} ends"


def _when(start: int, length: int, cycle_s: int) -> str:
    if length >= cycle_s:
        return "throughout the cycle"
    if length == 1:
        return f"in second {start}"
    return f"from second {start} to {(start + length - 1) % cycle_s}"
