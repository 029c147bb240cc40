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

from signalctl.domain.aspect import AMBERS, GREENS, Aspect
from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program

WALKING_SPEED_MPS = 1.2
"""Speed at which the last pedestrian clears a crossing (RiLSA 2015, 2.4.2: 1.2 m/s)."""

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
    """Pedestrians who have lost their green clear the crossing while others go on."""


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
    for walk in _walk_ends(cut, program, junction):
        if walk.tight:
            for i in walk.steps:
                if cut[i].stretchable:
                    cut[i] = replace(cut[i], kind=StepKind.CLEARANCE)
    return tuple(cut)


def minimum_lengths(program: Program, junction: Junction) -> tuple[Minimum, ...]:
    """Lower bounds that other lengths of the program's steps must keep.

    Every step keeps at least 1 s (the sequence stays what it is), every green
    span of a group its `min_green_s`, every crossing its clearance. Spans that
    consist of fixed steps alone bind nothing: they cannot change.
    """
    cut = steps(program, junction)
    bounds = [
        Minimum(steps=(i,), at_least_s=1, reason="the stage itself")
        for i, step in enumerate(cut)
        if step.stretchable
    ]
    for group in junction.groups:
        if group.kind is GroupKind.UNUSED:
            continue
        for start, end in program.green_spans(group.id):
            inside = _steps_between(cut, start, end, program.cycle_s)
            if any(cut[i].stretchable for i in inside):
                reason = f"minimum green of group {group.id}"
                bounds.append(Minimum(steps=inside, at_least_s=group.min_green_s, reason=reason))
    for walk in _walk_ends(list(cut), program, junction):
        if any(cut[i].stretchable for i in walk.steps):
            reason = f"clearance of crossing {walk.group_id}"
            bounds.append(Minimum(steps=walk.steps, at_least_s=walk.needed_s, reason=reason))
    return tuple(bounds)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _WalkEnd:
    """Steps from the end of a crossing's green to the next start of a foe's green."""

    group_id: str
    steps: tuple[int, ...]
    needed_s: int
    tight: bool
    """The time is needed in full, and nobody else gains right of way within."""


def _step(program: Program, start: int, end: int) -> Step:
    shown = {group: program.aspect(group, start) for group in program.group_ids}
    greens = tuple(group for group, aspect in shown.items() if aspect in GREENS)
    if any(aspect in _CHANGING for aspect in shown.values()):
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


def _walk_ends(cut: Sequence[Step], program: Program, junction: Junction) -> list[_WalkEnd]:
    found = []
    for group in junction.groups:
        if group.kind is not GroupKind.PEDESTRIAN:
            continue
        for start, end in program.green_spans(group.id):
            if end - start < program.cycle_s:
                found += _walk_end(group.id, end % program.cycle_s, cut, junction)
    return found


def _walk_end(group_id: str, end: int, cut: Sequence[Step], junction: Junction) -> list[_WalkEnd]:
    foes = junction.conflicts.foes(group_id)
    first = next(i for i, step in enumerate(cut) if step.start_s == end)
    passed: list[int] = []
    others_start = False
    foes_start: set[str] = set()
    for ahead in range(len(cut)):
        i = (first + ahead) % len(cut)
        starting = set(cut[i].greens) - set(cut[i - 1].greens)
        if group_id in starting:
            break
        foes_start = starting & foes
        if foes_start or (not foes and starting):
            break
        others_start = others_start or bool(starting)
        passed.append(i)
    gap_s = sum(cut[i].length_s for i in passed)
    if not passed or (foes and not foes_start):
        return []
    waits = [junction.intergreens.get(group_id, foe) for foe in sorted(foes_start)]
    known = [wait for wait in waits if wait is not None]
    crossing_m = junction.group(group_id).crossing_m
    if known:
        needed_s = max(known)
    elif crossing_m is not None:
        needed_s = math.ceil(crossing_m / WALKING_SPEED_MPS - 1e-9)
    else:
        needed_s = gap_s
    return [
        _WalkEnd(
            group_id=group_id,
            steps=tuple(passed),
            needed_s=min(needed_s, gap_s),
            tight=needed_s >= gap_s and not others_start,
        )
    ]
