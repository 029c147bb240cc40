"""The same program at another cycle: the same steps in the same order, other lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.optimiser.lengths import (
    Bound,
    Floats,
    bound_rows,
    bounds_on_stretchable,
    feasible_lengths,
    improve,
)
from signalctl.optimiser.steps import Step, steps_and_minimums, with_lengths
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import min_green_s


def under_rules(junction: Junction, rules: Profile) -> Junction:
    """The junction with every minimum green (and walk) at least what a profile demands.

    For planning only: what is planned for it passes the profile's minimum greens.
    """
    groups = tuple(
        replace(group, min_green_s=min_green_s(group, rules.limits))
        if group.kind is not GroupKind.UNUSED
        else group
        for group in junction.groups
    )
    return replace(junction, groups=groups)


def shortest_cycle(program: Program, junction: Junction) -> int:
    """The shortest cycle (s) at which the program's steps keep all their minimums.

    A program without any stretchable step has only its own cycle.
    """
    cut, minimums = steps_and_minimums(program, junction)
    n = sum(step.stretchable for step in cut)
    if not n:
        return program.cycle_s
    bounds = bounds_on_stretchable(cut, minimums)
    low, high = n, sum(bound.at_least_s for bound in bounds)
    while low < high:
        middle = (low + high) // 2
        if feasible_lengths(n, middle, bounds)[0] is None:
            low = middle + 1
        else:
            high = middle
    return low + _fixed_s(cut)


def retime(
    program: Program,
    junction: Junction,
    cycle_s: int,
    shares: Sequence[float] | None = None,
) -> Program:
    """The program at `cycle_s`, its stretchable steps as near as can be to their shares.

    `shares` has one positive number for each stretchable step, in order; without
    them the steps keep the proportions they have, and at its own cycle the
    program is returned as it is. Minimum greens and clearances are kept; among
    the whole-second lengths that keep them, those with the least sum of
    (length - wanted)^2 / wanted are taken.
    Raises SolveError, naming what binds, when the cycle is too short or the
    program has nothing that stretches.
    """
    if shares is None and cycle_s == program.cycle_s:
        return program
    cut, bounds, start = start_lengths(program, junction, cycle_s)
    stretchable = [step for step in cut if step.stretchable]
    if shares is None:
        shares = [float(step.length_s) for step in stretchable]
    if len(shares) != len(stretchable) or any(share <= 0 for share in shares):
        raise InputError(
            f"{len(stretchable)} stretchable steps need as many positive shares, "
            f"not {list(shares)}.",
            where=f"junction {junction.id}",
        )
    if not stretchable:
        return program
    rows, floors = bound_rows(len(start), bounds)
    total = sum(start)
    wanted = [share * total / sum(shares) for share in shares]

    def distance(x: Floats) -> Floats:
        far: Floats = sum(
            ((x[i] - want) ** 2 / want for i, want in enumerate(wanted)), start=0.0 * x[0]
        )
        return far

    return with_stretched(program, cut, improve(start, distance, rows, floors))


def start_lengths(
    program: Program, junction: Junction, cycle_s: int
) -> tuple[tuple[Step, ...], tuple[Bound, ...], list[int]]:
    """Steps, bounds and some feasible lengths of the stretchable steps at a cycle.

    Raises SolveError, naming what binds, when there are none.
    """
    cut, minimums = steps_and_minimums(program, junction)
    n = sum(step.stretchable for step in cut)
    where = f"junction {junction.id}"
    if not n:
        if cycle_s == program.cycle_s:
            return cut, (), []
        raise SolveError(
            f"The program of {program.cycle_s} s has no green step that could be stretched to "
            f"a cycle of {cycle_s} s.",
            where=where,
            remedy="Leave the junction out of the corridor or give it a fixed-time program.",
        )
    bounds = bounds_on_stretchable(cut, minimums)
    start, reasons = feasible_lengths(n, cycle_s - _fixed_s(cut), bounds)
    if start is None:
        shortest_s = shortest_cycle(program, junction)
        raise SolveError(
            f"A cycle of {cycle_s} s is too short, the program needs {shortest_s} s: "
            f"{_fixed_s(cut)} s are amber, all-red and clearance, the rest {_listed(reasons)}.",
            where=where,
            remedy=f"Allow cycles of {shortest_s} s or more.",
        )
    return cut, bounds, start


def with_stretched(program: Program, cut: Sequence[Step], lengths_s: Sequence[int]) -> Program:
    """The program with other lengths (s) of its stretchable steps, in order."""
    left = iter(lengths_s)
    return with_lengths(
        program, cut, [next(left) if step.stretchable else step.length_s for step in cut]
    )


def _fixed_s(cut: Sequence[Step]) -> int:
    return sum(step.length_s for step in cut if not step.stretchable)


def _listed(reasons: Sequence[str]) -> str:
    told = [reason for reason in reasons if reason != "the stage itself"]
    return ", ".join(told) if told else "1 s for each stage"
