"""What retiming never does, on programs nobody drew by hand."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.domain.errors import SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, Movement, SignalGroup
from signalctl.domain.program import Program
from signalctl.optimiser.lengths import bounds_on_stretchable, feasible_lengths
from signalctl.optimiser.retime import retime, shortest_cycle
from signalctl.optimiser.steps import minimum_lengths, steps


@st.composite
def cases(draw: st.DrawFn, max_green: int = 12) -> tuple[Program, Junction]:
    """Random green spans with amber after them: overlapping, wrapping, several a cycle."""
    cycle = draw(st.integers(20, 60))
    seconds, groups = {}, []
    for n in range(draw(st.integers(1, 4))):
        letters = ["r"] * cycle
        at = draw(st.integers(0, cycle - 1))
        for _ in range(draw(st.integers(1, 2))):
            green = draw(st.integers(3, max_green))
            if any(letters[(at + k) % cycle] != "r" for k in range(green + 4)):
                break
            for k in range(green):
                letters[(at + k) % cycle] = "G"
            for k in range(green, green + 3):
                letters[(at + k) % cycle] = "y"
            at += green + draw(st.integers(4, 8))
        seconds[f"g{n}"] = "".join(letters)
        groups.append(
            SignalGroup(
                id=f"g{n}",
                kind=GroupKind.VEHICLE,
                approach="a",
                movements=(Movement.THROUGH,),
                links=(n,),
                min_green_s=draw(st.integers(1, 8)),
            )
        )
    return Program(cycle, FrozenMap(seconds)), Junction("J", tuple(groups))


def _sequence(program: Program) -> list[str]:
    """States in order, equal neighbours merged: what the lamps show, less how long."""
    states = [program.state(program.group_ids, t) for t in range(program.cycle_s)]
    return [s for i, s in enumerate(states) if i == 0 or s != states[i - 1]]


@settings(max_examples=120, deadline=None)
@given(cases(), st.integers(0, 60))
def test_retiming_keeps_sequence_ambers_and_minimums(
    case: tuple[Program, Junction], more: int
) -> None:
    program, junction = case
    cut = steps(program, junction)
    if not any(step.stretchable for step in cut):
        return
    cycle = shortest_cycle(program, junction) + more
    timed = retime(program, junction, cycle)
    assert timed.cycle_s == cycle
    assert _sequence(timed) == _sequence(program)
    again = steps(timed, junction)
    for before, after in zip(cut, again, strict=True):
        assert after.length_s == before.length_s or before.stretchable
    if cycle != program.cycle_s:
        for minimum in minimum_lengths(program, junction):
            assert sum(again[i].length_s for i in minimum.steps) >= minimum.at_least_s


@settings(max_examples=60, deadline=None)
@given(cases())
def test_one_second_below_the_shortest_cycle_is_refused(case: tuple[Program, Junction]) -> None:
    program, junction = case
    shortest = shortest_cycle(program, junction)
    if not any(step.stretchable for step in steps(program, junction)):
        return
    if shortest - 1 == program.cycle_s:
        return
    with pytest.raises(SolveError, match=f"needs {shortest} s"):
        retime(program, junction, shortest - 1)


@settings(max_examples=40, deadline=None)
@given(cases(max_green=7), st.integers(0, 40))
def test_feasibility_agrees_with_trying_every_length(
    case: tuple[Program, Junction], total: int
) -> None:
    program, junction = case
    cut = steps(program, junction)
    n = sum(step.stretchable for step in cut)
    if not 1 <= n <= 4 or total > 14:
        return
    bounds = bounds_on_stretchable(cut, minimum_lengths(program, junction))
    possible = any(
        sum(x) == total
        and all(sum(x[(b.first + k) % n] for k in range(b.count)) >= b.at_least_s for b in bounds)
        for x in product(range(1, total + 1), repeat=n)
    )
    found, reasons = feasible_lengths(n, total, bounds)
    assert (found is not None) == possible
    assert bool(reasons) != possible
