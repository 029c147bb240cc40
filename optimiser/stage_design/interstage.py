"""From one stage to the next: how long it takes, by the intergreens.

What is said here is used twice: as lost time when orders of stages are compared,
and second for second when a program is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signalctl.domain.aspect import GreenKind
from signalctl.domain.junction import Conflict, GroupKind, Junction, Movement
from signalctl.optimiser.lengths import Ints
from signalctl.optimiser.stage_design.problem import Flags, StageProblem
from signalctl.rules.requirements import Gain, clearance_s, protection_gap_s

Greens = Mapping[str, GreenKind]

NEVER: int = 10_000
"""Stands for the interstage of a change that lacks a known intergreen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interstage:
    """The change from one stage to the next.

    First the groups `early` end, while the others go on for `early_s` (crossings
    that clear longer than vehicles do); then, for `change_s`, those that turn
    from permissive to protected stay permissive and those that fall back from
    protected to permissive are not green; then the next stage. `lead_s` is the
    time until the last group of the next stage is green, early ones not counted.
    """

    early: frozenset[str]
    early_s: int
    change_s: int
    lead_s: int


def interstage(problem: StageProblem, before: Greens, after: Greens) -> Interstage:
    """The interstage between two stages; `lead_s` is NEVER where an intergreen is unknown."""
    junction = problem.junction
    lost = [g for g in before if g not in after]
    gained = [g for g in after if g not in before]
    walkers = [g for g in lost if junction.group(g).kind is GroupKind.PEDESTRIAN]
    driven = [g for g in lost if g not in walkers]
    fallen = fallers(before, after)
    waits = {b: _wait_s(junction, [*driven, *fallen], b) for b in gained}
    early_s = 0
    early = set()
    for walker in walkers:
        for b in gained:
            need = _intergreen_s(junction, walker, b)
            if b in junction.conflicts.foes(walker):
                need = max(
                    need,
                    clearance_s(junction.group(walker), junction.group(b), problem.rules.limits),
                )
            if need > waits[b]:
                early.add(walker)
                early_s = max(early_s, need - waits[b])
    change_s = max(
        [
            *(_rise_s(problem, g, lost) for g in before if rises(g, before, after)),
            *(_fall_s(problem, g, gained) for g in fallen),
        ],
        default=0,
    )
    lead_s = max([*waits.values(), change_s], default=0)
    return Interstage(early=frozenset(early), early_s=early_s, change_s=change_s, lead_s=lead_s)


def rises(group: str, before: Greens, after: Greens) -> bool:
    """Whether a group goes on from permissive to protected."""
    kinds = (before.get(group), after.get(group))
    return kinds == (GreenKind.PERMISSIVE, GreenKind.PROTECTED)


def fallers(before: Greens, after: Greens) -> list[str]:
    """The groups that go on from protected to permissive."""
    kinds = (GreenKind.PROTECTED, GreenKind.PERMISSIVE)
    return [g for g in before if (before[g], after.get(g)) == kinds]


def _intergreen_s(junction: Junction, ending: str, starting: str) -> int:
    """Intergreen of a pair, 0 without conflict, NEVER where a hard pair has none."""
    if starting not in junction.conflicts.foes(ending):
        return 0
    known = junction.intergreens.get(ending, starting)
    if known is None:
        hard = junction.conflicts.between(ending, starting) is Conflict.HARD
        return NEVER if hard else junction.group(ending).amber_s
    return known


def _wait_s(junction: Junction, ending: Sequence[str], starting: str) -> int:
    return max((_intergreen_s(junction, a, starting) for a in ending), default=0)


def _rise_s(problem: StageProblem, group: str, lost: Sequence[str]) -> int:
    """Seconds from the end of what a group yielded to until it may be protected."""
    junction = problem.junction
    return max(
        (
            protection_gap_s(
                Gain.PROTECTION, junction.group(foe), group, junction, problem.rules.limits
            )
            for foe in lost
            if foe in junction.conflicts.foes(group)
        ),
        default=0,
    )


def _fall_s(problem: StageProblem, group: str, gained: Sequence[str]) -> int:
    """Seconds from the end of protection until a group is green permissively.

    Its amber, then, where the profile has no permissive green after amber, a
    second of red and red-amber; and never before what it yields to starts, so
    that all of it is one fixed interstage.
    """
    junction = problem.junction
    own = junction.group(group)
    least_s = own.amber_s
    if not problem.rules.limits.permissive_after_amber.value or own.red_amber_s:
        least_s += 1 + own.red_amber_s
    return max([least_s, *(_intergreen_s(junction, group, foe) for foe in gained)])


def kinds_in_order(
    problem: StageProblem, stages: Sequence[frozenset[str]]
) -> list[dict[str, GreenKind]]:
    """Greens of stages in a cyclic order, each permissive where it must give way.

    A green that goes on through several stages changes its kind only for oncoming
    vehicles straight on: a turn that gives way to people or joins a road in one
    of them is permissive in all, which needs no change of lamps.
    """
    junction = problem.junction
    n = len(stages)
    must = [problem.permissive_in(stage) for stage in stages]
    facing = [
        frozenset(
            a
            for a, b in problem.yields
            if a in stage and b in stage and _goes_straight(junction, a, b)
        )
        for stage in stages
    ]
    shown: list[dict[str, GreenKind]] = [{} for _ in stages]
    for group in junction.group_ids:
        inside = [group in stage for stage in stages]
        for run in _runs(inside):
            soft = any(group in must[k] - facing[k] for k in run) or (
                len(run) == n and any(group in must[k] for k in run)
            )
            for k in run:
                permissive = group in must[k] or soft
                shown[k][group] = GreenKind.PERMISSIVE if permissive else GreenKind.PROTECTED
    return shown


def _goes_straight(junction: Junction, yielding: str, other: str) -> bool:
    foe = junction.group(other)
    return (
        foe.kind is not GroupKind.PEDESTRIAN
        and Movement.THROUGH in foe.movements
        and foe.approach != junction.group(yielding).approach
        and Movement.U_TURN not in junction.group(yielding).movements
    )


def _runs(inside: Sequence[bool]) -> list[list[int]]:
    """Runs of True on a circle, as index lists in order."""
    n = len(inside)
    if all(inside):
        return [list(range(n))]
    runs = []
    for k in range(n):
        if inside[k] and not inside[k - 1]:
            run = [k]
            while inside[(run[-1] + 1) % n]:
                run.append((run[-1] + 1) % n)
            runs.append(run)
    return runs


def lead_matrix(problem: StageProblem, stages: Flags) -> Ints:
    """Interstage lengths (s) between stages given as rows of groups, vehicles only.

    Shape (stages, stages) from (stages, groups): the largest intergreen from a
    vehicle group that ends to a group that starts. Changes of the kind of a green
    are not counted.
    """
    junction = problem.junction
    ids = junction.group_ids
    driven = np.array([junction.group(g).kind is not GroupKind.PEDESTRIAN for g in ids])
    between = np.array([[_intergreen_s(junction, a, b) if a != b else 0 for b in ids] for a in ids])
    found = np.zeros((len(stages), len(stages)), dtype=np.int64)
    for i, green in enumerate(stages):
        lost = (green & driven)[None, :] & ~stages
        gained = stages & ~green[None, :]
        for j in range(len(stages)):
            part = between[np.ix_(lost[j], gained[j])]
            found[i, j] = part.max(initial=0)
    return found
