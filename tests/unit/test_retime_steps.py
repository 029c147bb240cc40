"""Steps of a program, their minimums, and the same steps at another cycle."""

import pytest

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.program import Program
from signalctl.optimiser.retime import retime, shortest_cycle, under_rules
from signalctl.optimiser.steps import StepKind, minimum_lengths, steps, with_lengths
from signalctl.rules.registry import profile

IDS = ("ns", "ns_left", "ew", "ew_left", "walk")
STEPS = (
    (30, "GrrrG"),
    (9, "Grrrr"),
    (3, "yrrrr"),
    (2, "rrrrr"),
    (10, "rGrrr"),
    (3, "ryrrr"),
    (1, "rrrrr"),
    (20, "rrGrr"),
    (3, "rryrr"),
    (2, "rrrrr"),
    (8, "rrrGr"),
    (3, "rrryr"),
    (2, "rrrrr"),
)


def crossroads(**intergreens: int) -> Junction:
    """Two streets with protected lefts; `walk` crosses the minor street beside `ns`."""
    groups = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.PEDESTRIAN if name == "walk" else GroupKind.VEHICLE,
            approach=name[:2],
            movements=(Movement.CROSSING if name == "walk" else Movement.THROUGH,),
            links=(i,),
            crossing_m=14.0 if name == "walk" else None,
        )
        for i, name in enumerate(IDS)
    )
    hard = {(a, b) for a in IDS for b in IDS if a < b} - {("ns", "walk")}
    matrix = IntergreenMatrix.of({("walk", foe): wait for foe, wait in intergreens.items()})
    return Junction("J", groups, ConflictMatrix(hard=frozenset(hard)), matrix)


def program_of(parts: tuple[tuple[int, str], ...] = STEPS) -> Program:
    return Program.of(
        {name: "".join(text[i] * n for n, text in parts) for i, name in enumerate(IDS)}
    )


def lengths(program: Program) -> list[int]:
    return [step.length_s for step in steps(program, crossroads())]


def test_every_change_and_second_zero_begin_a_step() -> None:
    cut = steps(program_of().shifted(6), crossroads())
    assert cut[0].start_s == 0
    assert sum(step.length_s for step in cut) == 96
    assert len(cut) == len(STEPS) + 1, "the step across second 0 is cut there"


def test_kinds_of_steps() -> None:
    kinds = [step.kind for step in steps(program_of(), crossroads())]
    assert kinds[:4] == [StepKind.GREEN, StepKind.CLEARANCE, StepKind.CHANGE, StepKind.ALL_RED]
    assert [i for i, kind in enumerate(kinds) if kind is StepKind.GREEN] == [0, 4, 7, 10]


def test_a_crossing_needs_its_width_at_walking_speed() -> None:
    # 14 m at 1 m/s: 14 s from the walk's end to the next conflicting start, 9 + 3 + 2.
    longer = ((30, "GrrrG"), (12, "Grrrr"), *STEPS[2:])
    cut = steps(program_of(longer), crossroads())
    assert cut[1].kind is StepKind.GREEN
    needs = [
        m
        for m in minimum_lengths(program_of(longer), crossroads())
        if "clearance of group walk" in m.reason
    ]
    assert [(m.steps, m.at_least_s) for m in needs] == [((1, 2, 3), 14)]
    assert lengths(retime(program_of(longer), crossroads(), 60))[1] >= 9


def test_a_longer_intergreen_goes_before_the_walking_speed() -> None:
    longer = ((30, "GrrrG"), (12, "Grrrr"), *STEPS[2:])
    cut = steps(program_of(longer), crossroads(ns_left=17))
    assert cut[1].kind is StepKind.CLEARANCE


def test_a_green_over_several_steps_has_one_minimum() -> None:
    of_ns = [m for m in minimum_lengths(program_of(), crossroads()) if m.reason.endswith(" ns")]
    assert [(m.steps, m.at_least_s) for m in of_ns] == [((0, 1), 5)]


def test_a_green_across_second_zero_keeps_its_minimum() -> None:
    shifted = program_of().shifted(70)
    short = retime(shifted, crossroads(), shortest_cycle(shifted, crossroads()))
    for group in crossroads().groups:
        for start, end in short.green_spans(group.id):
            assert end - start >= group.min_green_s


def test_shortest_cycle_is_minimums_and_fixed_steps() -> None:
    # Fixed: 9 + 5 + 4 + 5 + 5; walk 5 (ns has more through it), three greens of 5.
    assert shortest_cycle(program_of(), crossroads()) == 28 + 4 * 5


def test_too_short_a_cycle_names_what_binds() -> None:
    with pytest.raises(SolveError) as caught:
        retime(program_of(), crossroads(), 47)
    assert "needs 48 s" in caught.value.message
    assert "28 s are amber" in caught.value.message
    for group in ("walk", "ns_left", "ew", "ew_left"):
        assert f"minimum green of group {group}" in caught.value.message


def test_retime_keeps_proportions_and_fixed_steps() -> None:
    # 68 stretchable seconds become 136: every green doubles, everything else stays.
    assert lengths(retime(program_of(), crossroads(), 96 + 68)) == [
        60, 9, 3, 2, 20, 3, 1, 40, 3, 2, 16, 3, 2,
    ]  # fmt: skip


def test_retime_by_shares() -> None:
    timed = retime(program_of(), crossroads(), 68, [1.0, 1.0, 1.0, 1.0])
    assert [n for n, step in zip(lengths(timed), STEPS, strict=True) if "G" in step[1]] == [
        10, 9, 10, 10, 10,
    ]  # fmt: skip


def test_retime_at_its_own_cycle_is_the_program_itself() -> None:
    assert retime(program_of(), crossroads(), 96) == program_of()


def test_nothing_to_stretch_is_said() -> None:
    amber = Program.of(dict.fromkeys(IDS, "yr" * 10))
    assert retime(amber, crossroads(), 20) == amber
    with pytest.raises(SolveError, match="no green step"):
        retime(amber, crossroads(), 30)


def test_shares_must_fit() -> None:
    with pytest.raises(InputError, match="4 stretchable steps"):
        retime(program_of(), crossroads(), 90, [1.0, 2.0])


def test_a_foreign_program_is_refused() -> None:
    with pytest.raises(InputError, match="not the junction's"):
        steps(Program.of({"other": "Gr"}), crossroads())


def test_fixed_steps_cannot_be_given_another_length() -> None:
    cut = steps(program_of(), crossroads())
    with pytest.raises(SolveError, match="change step at second 39 lasts 3 s"):
        with_lengths(program_of(), cut, [30, 9, 4, *[step.length_s for step in cut[3:]]])


def test_a_profile_raises_minimum_greens() -> None:
    strict = under_rules(crossroads(), profile("gb"))
    assert strict.group("walk").min_green_s == 7
    assert shortest_cycle(program_of(), strict) > shortest_cycle(program_of(), crossroads())


def test_what_is_green_all_the_time_makes_no_all_red_stretchable() -> None:
    # `walk` here is a right turn that never stops; the last step is the intergreen.
    parts = ((20, "GrrrG"), (4, "rrrrG"), (20, "rrGrG"), (4, "rrrrG"))
    kinds = [step.kind for step in steps(program_of(parts), crossroads())]
    assert kinds == [StepKind.GREEN, StepKind.CLEARANCE] * 2
