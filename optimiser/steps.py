"""A program cut into steps: the stretches in which no lamp changes.

A step that may be given another length without touching safety is *stretchable*;
ambers, red-ambers, all-reds and the clearing of crossings are *fixed*. With the
same steps in the same order and other lengths, a program has another cycle and
other splits, and every amber and intergreen it had.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from signalctl.domain.aspect import AMBERS, GREENS, Aspect, GreenKind
from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.domain.program import Program
from signalctl.optimiser.gaps import WALKING_SPEED_MPS, gaps, late_starts

_CHANGING = AMBERS | {Aspect.RED_AMBER}


class StepKind(StrEnum):
    """What happens in a step, and with it whether its length may change."""

    GREEN = "green"
    """Every group is green or at rest, at least one is green: stretchable."""
    CHANGE = "change"
    """A group shows amber or red-amber."""
    ALL_RED = "all-red"
    """No group is green."""
    CLEARANCE = "clearance"
    """Groups that have lost their green clear the junction while others go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Seconds start_s up to start_s + length_s, in which no group's aspect changes.

    `greens` are the groups that are green, in the program's order.
    """

    start_s: int
    length_s: int
    kind: StepKind
    greens: tuple[str, ...]

    @property
    def stretchable(self) -> bool:
        """Whether the step may get another length."""
        return self.kind is StepKind.GREEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """A lower bound: the given steps together last at least `at_least_s`.

    `steps` are indices of steps that follow each other, perhaps past the end of
    the cycle; `reason` says for people what needs the time.
    """

    steps: tuple[int, ...]
    at_least_s: int
    reason: str


def steps(program: Program, junction: Junction) -> tuple[Step, ...]:
    """The steps of a program in order, the first one starting at second 0.

    Second 0 always begins a step, changed or not, so that it stays where it is
    when lengths change. Raises InputError when program and junction do not fit.
    """
    return steps_and_minimums(program, junction)[0]


def minimum_lengths(program: Program, junction: Junction) -> tuple[Minimum, ...]:
    """Lower bounds that other lengths of the program's steps must keep.

    Every step keeps at least 1 s (the sequence stays what it is), every green
    span of a group its `min_green_s`, every conflict its clearance. A protected
    green before or after a permissive one keeps `min_green_s` or, where the
    program gives it less, what it has. Spans of fixed steps alone bind nothing:
    they cannot change.
    """
    return steps_and_minimums(program, junction)[1]


# Every cycle asks the same of the same program.
@lru_cache(maxsize=256)
def steps_and_minimums(
    program: Program, junction: Junction
) -> tuple[tuple[Step, ...], tuple[Minimum, ...]]:
    """`steps` and `minimum_lengths` in one."""
    if set(program.group_ids) != set(junction.group_ids):
        raise InputError(
            "The program's groups are not the junction's.", where=f"junction {junction.id}"
        )
    texts = [program.seconds[group] for group in program.group_ids]
    cuts = [t for t in range(program.cycle_s) if t == 0 or any(s[t] != s[t - 1] for s in texts)]
    cut = [
        _step(program, start, end)
        for start, end in zip(cuts, [*cuts[1:], program.cycle_s], strict=True)
    ]
    clearances = _clearances(cut, program, junction)
    for clearing in clearances:
        for i in clearing.fixed:
            if cut[i].stretchable:
                cut[i] = replace(cut[i], kind=StepKind.CLEARANCE)
    lengths_s = [step.length_s for step in cut]
    between = gaps(
        {g: [text[step.start_s] for step in cut] for g, text in program.seconds.items()},
        lengths_s,
        junction,
    )
    greens = [frozenset(step.greens) for step in cut]
    for i in late_starts(between, greens, lengths_s, junction):
        if cut[i].stretchable:
            cut[i] = replace(cut[i], kind=StepKind.CLEARANCE)
    bounds = [Minimum(steps=(i,), at_least_s=1, reason="the stage itself") for i in range(len(cut))]
    for group in junction.groups:
        if group.kind is not GroupKind.UNUSED:
            bounds += _minimum_greens(cut, program, group)
    bounds += [
        Minimum(
            steps=clearing.steps,
            at_least_s=clearing.needed_s,
            reason=f"clearance of group {clearing.group_id}",
        )
        for clearing in clearances
    ]
    bounds += [
        Minimum(
            steps=gap.steps,
            at_least_s=gap.needed_s,
            reason=f"intergreen from {gap.ending} to {gap.starting}",
        )
        for gap in between
    ]
    binding = [b for b in _strictest(bounds) if any(cut[i].stretchable for i in b.steps)]
    return tuple(cut), tuple(binding)


def _strictest(bounds: Sequence[Minimum]) -> list[Minimum]:
    """Of several bounds on the same steps the largest, the first of equals."""
    found: dict[tuple[int, ...], Minimum] = {}
    for bound in bounds:
        if bound.steps not in found or bound.at_least_s > found[bound.steps].at_least_s:
            found[bound.steps] = bound
    return list(found.values())


def with_lengths(program: Program, cut: Sequence[Step], lengths_s: Sequence[int]) -> Program:
    """The program with its steps at other lengths (s), second 0 at the same boundary.

    `lengths_s` has one entry for each step. Raises SolveError when a fixed step
    would change or a step vanish.
    """
    for step, length in zip(cut, lengths_s, strict=True):
        if length < 1 or not (step.stretchable or length == step.length_s):
            raise SolveError(
                f"The {step.kind} step at second {step.start_s} lasts {step.length_s} s and "
                f"cannot last {length} s."
            )
    return Program(
        sum(lengths_s),
        FrozenMap(
            {
                group: "".join(
                    text[step.start_s] * length for step, length in zip(cut, lengths_s, strict=True)
                )
                for group, text in program.seconds.items()
            }
        ),
    )


def _minimum_greens(cut: Sequence[Step], program: Program, group: SignalGroup) -> list[Minimum]:
    whole = program.green_spans(group.id)
    found = [
        Minimum(
            steps=_steps_between(cut, start, end, program.cycle_s),
            at_least_s=group.min_green_s,
            reason=f"minimum green of group {group.id}",
        )
        for start, end in whole
    ]
    found += [
        Minimum(
            steps=_steps_between(cut, window.start_s, window.end_s, program.cycle_s),
            at_least_s=min(group.min_green_s, window.length_s),
            reason=f"protected green of group {group.id}",
        )
        for window in program.greens(group.id)
        if window.kind is GreenKind.PROTECTED and (window.start_s, window.end_s) not in whole
    ]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clearance:
    """The steps from the end of a group's green to the next start of a foe's.

    `needed_s` of their time are needed; the steps `fixed` serve nothing else.
    """

    group_id: str
    steps: tuple[int, ...]
    needed_s: int
    fixed: tuple[int, ...]


def _step(program: Program, start: int, end: int) -> Step:
    greens = tuple(group for group, text in program.seconds.items() if text[start] in GREENS)
    if any(text[start] in _CHANGING for text in program.seconds.values()):
        kind = StepKind.CHANGE
    else:
        kind = StepKind.GREEN if greens else StepKind.ALL_RED
    return Step(start_s=start, length_s=end - start, kind=kind, greens=greens)


def _steps_between(cut: Sequence[Step], start: int, end: int, cycle_s: int) -> tuple[int, ...]:
    """Indices of the steps from second `start` up to `end`, in order, once around at most."""
    inside = [
        (step.start_s - start) % cycle_s
        for step in cut
        if (step.start_s - start) % cycle_s < end - start
    ]
    index = {(step.start_s - start) % cycle_s: i for i, step in enumerate(cut)}
    return tuple(index[at] for at in sorted(inside))


def _clearances(cut: Sequence[Step], program: Program, junction: Junction) -> list[_Clearance]:
    index = {step.start_s: i for i, step in enumerate(cut)}
    return [
        clearing
        for group in junction.groups
        for start, end in program.green_spans(group.id)
        if end - start < program.cycle_s and group.kind is not GroupKind.UNUSED
        for clearing in _clearance(group, index[end % program.cycle_s], cut, junction)
    ]


def _clearance(
    group: SignalGroup, first: int, cut: Sequence[Step], junction: Junction
) -> list[_Clearance]:
    """The clearance of a green that ends where step `first` begins, if one is needed.

    Its time is the largest of the intergreens to the foes that start and of the
    walking time of a crossing, where any is known, else what the program gives,
    and never more than that. All of it is fixed when no
    more than that is there and nobody else gains right of way within; and a step
    in which nobody's green begins or ends is an interstage in any case.
    """
    foes = junction.conflicts.foes(group.id)
    passed: list[int] = []
    others_start = False
    starting: set[str] = set()
    for ahead in range(len(cut)):
        i = (first + ahead) % len(cut)
        starting = set(cut[i].greens) - set(cut[i - 1].greens)
        if group.id in starting:
            return []
        if starting & foes or (not foes and starting and group.kind is GroupKind.PEDESTRIAN):
            break
        others_start = others_start or bool(starting)
        passed.append(i)
    if not passed or len(passed) == len(cut):
        return []
    gap_s = sum(cut[i].length_s for i in passed)
    waits = [junction.intergreens.get(group.id, foe) for foe in sorted(starting & foes)]
    known = [wait for wait in waits if wait is not None]
    if group.crossing_m is not None:
        known.append(math.ceil(group.crossing_m / WALKING_SPEED_MPS - 1e-9))
    needed_s = max(known, default=0 if others_start else gap_s)
    fixed: list[int] = []
    if not others_start:
        idle = [i for i in passed if set(cut[i].greens) <= set(cut[(i + 1) % len(cut)].greens)]
        fixed = passed if needed_s >= gap_s else idle
    return [
        _Clearance(
            group_id=group.id,
            steps=tuple(passed),
            needed_s=min(needed_s, gap_s),
            fixed=tuple(fixed),
        )
    ]
