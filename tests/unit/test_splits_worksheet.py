"""Splits from flows, against every possible split and against the textbook."""

from itertools import product

import numpy as np
import pytest

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.junction import ConflictMatrix, GroupKind, Junction, Movement, SignalGroup
from signalctl.domain.program import Program
from signalctl.optimiser.delay import (
    control_delay,
    cycle_notes,
    gap_acceptance_share,
    webster_cycle,
)
from signalctl.optimiser.retime import with_stretched
from signalctl.optimiser.splits import Worksheet, timed_program, worksheet
from signalctl.optimiser.steps import minimum_lengths, steps


def junction_of(*ids: str, yields: frozenset[tuple[str, str]] = frozenset()) -> Junction:
    groups = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.VEHICLE,
            approach=name,
            movements=(Movement.THROUGH,),
            links=(i,),
        )
        for i, name in enumerate(ids)
    )
    return Junction("J", groups, ConflictMatrix(yields=yields))


def program_of(ids: tuple[str, ...], *parts: tuple[int, str]) -> Program:
    return Program.of({name: "".join(t[i] * n for n, t in parts) for i, name in enumerate(ids)})


TWO = ("a", "b")
TWO_STAGES = program_of(TWO, (20, "Gr"), (3, "yr"), (2, "rr"), (20, "rG"), (3, "ry"), (2, "rr"))
# Lead-lag: each left goes with its own through, the throughs overlap.
FOUR = ("a", "a_left", "b", "b_left")
LEAD_LAG = program_of(
    FOUR,
    (10, "GGrr"),
    (3, "Gyrr"),
    (15, "GrGr"),
    (3, "yrGr"),
    (10, "rrGG"),
    (3, "rryy"),
    (2, "rrrr"),
)


def timed_sheet(
    program: Program, junction: Junction, cycle_s: int, flows: dict[str, float]
) -> Worksheet:
    return worksheet(timed_program(program, junction, cycle_s, flows).program, junction, flows)


def test_webster_1958_worked_sum() -> None:
    # L = 10 s, Y = 0.6: C0 = 20 / 0.4 = 50 s.
    assert webster_cycle(10.0, 0.6) == pytest.approx(50.0)
    with pytest.raises(SolveError, match=r"sum to 1\.05"):
        webster_cycle(10.0, 1.05)


def test_webster_says_where_it_stops_to_hold() -> None:
    assert not cycle_notes(50, 10.0, 0.6)
    assert "is no guide" in cycle_notes(150, 10.0, 0.9)[0]
    assert "outside 40 to 150 s" in cycle_notes(30, 6.0, 0.3)[0]
    assert "queues grow" in cycle_notes(20, 10.0, 0.6)[0]
    assert "clearly more delay" in cycle_notes(120, 10.0, 0.6)[0]
    assert "does not exist" in cycle_notes(120, 10.0, 1.2)[0]
    assert "says nothing" in cycle_notes(120, 10.0, 0.0)[0]


def test_control_delay_by_hand() -> None:
    # C 100, g/C 0.4, x 0.5: d1 = 50 * 0.36 / 0.8 = 22.5; c = 720, T = 0.25:
    # d2 = 225 (-0.5 + sqrt(0.25 + 2 / 180)) = 2.4725.
    found = control_delay(100, np.array([0.4]), np.array([0.5]), np.array([720.0]), 0.25)
    assert found[0] == pytest.approx(22.5 + 225 * (-0.5 + (0.25 + 2 / 180) ** 0.5))
    assert found[0] == pytest.approx(24.9725, abs=1e-3)


def test_gap_acceptance_falls_with_the_opposing_flow() -> None:
    shares = [gap_acceptance_share(v, v / 1800, 0.5) for v in (0, 200, 400, 800, 900)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(1440 / 1800)
    assert shares[-1] == 0.0


def test_equal_flows_get_equal_greens_and_the_sheet_sums_to_the_cycle() -> None:
    flows = {"a": 0.3, "b": 0.3}
    program = timed_program(TWO_STAGES, junction_of(*TWO), 60, flows).program
    found = worksheet(program, junction_of(*TWO), flows)
    assert [program.green_spans(g)[0][1] - program.green_spans(g)[0][0] for g in TWO] == [25, 25]
    assert sum(step.length_s for step in found.steps) == found.cycle_s == program.cycle_s == 60
    assert (found.critical_groups, found.lost_time_s) == (TWO, 10.0)
    assert found.critical_flow_ratio == pytest.approx(0.6)
    assert found.webster_cycle_s == pytest.approx(50.0)
    assert [line.saturation for line in found.groups] == [pytest.approx(0.3 * 60 / 25)] * 2


def test_critical_groups_of_overlapping_greens() -> None:
    flows = {"a": 0.2, "a_left": 0.1, "b": 0.3, "b_left": 0.1}
    found = worksheet(LEAD_LAG, junction_of(*FOUR), flows)
    # a_left then b (after a_left's 3 s amber) then the common 5 s: Y = 0.4, L = 8.
    assert found.critical_groups == ("a_left", "b")
    assert found.critical_flow_ratio == pytest.approx(0.4)
    assert found.lost_time_s == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("flows", "cycle"),
    [
        ({"a": 0.3, "a_left": 0.1, "b": 0.35, "b_left": 0.12}, 44),
        ({"a": 0.5, "a_left": 0.4, "b": 0.5, "b_left": 0.3}, 40),
        ({"a": 0.1, "a_left": 0.02, "b": 0.6, "b_left": 0.02}, 46),
        ({"a": 0.1, "a_left": 0.2, "b": 0.0, "b_left": 0.2}, 42),
    ],
)
def test_no_split_whatever_is_better(flows: dict[str, float], cycle: int) -> None:
    junction = junction_of(*FOUR)
    found = timed_sheet(LEAD_LAG, junction, cycle, flows)
    cut = steps(LEAD_LAG, junction)
    minimums = minimum_lengths(LEAD_LAG, junction)
    free = cycle - sum(step.length_s for step in cut if not step.stretchable)
    sheets = []
    for x in product(range(1, free + 1), repeat=2):
        if sum(x) >= free:
            continue
        program = with_stretched(LEAD_LAG, cut, [*x, free - sum(x)])
        after = steps(program, junction)
        if all(sum(after[i].length_s for i in m.steps) >= m.at_least_s for m in minimums):
            sheets.append(worksheet(program, junction, flows))
    limit = max(0.9, min(s.largest_saturation for s in sheets)) + 1e-9
    best = min(s.delay_s for s in sheets if s.largest_saturation <= limit)
    assert found.largest_saturation <= limit
    assert found.delay_s == pytest.approx(best, abs=1e-9)


def test_minimum_greens_hold_without_flow() -> None:
    found = timed_sheet(TWO_STAGES, junction_of(*TWO), 60, {"a": 0.5})
    assert found.steps[3].length_s == 5
    assert any("No flow on group b" in note for note in found.notes)


def test_oversaturation_is_said() -> None:
    found = timed_sheet(TWO_STAGES, junction_of(*TWO), 60, {"a": 0.6, "b": 0.6})
    assert found.webster_cycle_s is None
    assert any(note.startswith("Oversaturated") for note in found.notes)
    assert any("Group a is oversaturated" in note for note in found.notes)


def test_a_permissive_green_carries_less() -> None:
    ids = ("left", "opposing", "side")
    permissive = program_of(
        ids, (30, "gGr"), (3, "yyr"), (2, "rrr"), (20, "rrG"), (3, "rry"), (2, "rrr")
    )
    junction = junction_of(*ids, yields=frozenset({("left", "opposing")}))
    flows = {"left": 0.1, "opposing": 0.3, "side": 0.2}
    lines = {line.group_id: line for line in worksheet(permissive, junction, flows).groups}
    assert lines["opposing"].effective_green_s == pytest.approx(30.0)
    # Unblocked 0.2 / (0.5 * 0.7) of the green, gaps for 879 of 1800 veh/h in it, 2 sneakers.
    share = 0.2 / 0.35 * 879.0 / 1800.0
    assert lines["left"].effective_green_s == pytest.approx(share * 28 + 4, abs=0.02)
    # Against an empty road the turners' own follow-up time is the limit: 1440 of 1800 veh/h.
    alone = worksheet(permissive, junction, {"left": 0.1}).groups[0]
    assert alone.effective_green_s == pytest.approx(0.8 * 28 + 4)


def test_without_flows_the_proportions_stay() -> None:
    timed = timed_program(TWO_STAGES, junction_of(*TWO), 70)
    assert not timed.groups
    assert [s.length_s for s in steps(timed.program, junction_of(*TWO))] == [30, 3, 2, 30, 3, 2]


def test_bad_numbers_are_refused() -> None:
    junction = junction_of(*TWO)
    with pytest.raises(InputError, match="no signal group 'c'"):
        timed_program(TWO_STAGES, junction, 60, {"c": 0.1})
    with pytest.raises(InputError, match=r"flow ratio of -0\.1"):
        timed_program(TWO_STAGES, junction, 60, {"a": -0.1})
    with pytest.raises(InputError, match="x_max"):
        timed_program(TWO_STAGES, junction, 60, {"a": 0.1}, x_max=1.5)
