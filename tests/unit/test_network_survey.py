"""Surveyed intergreens on programs small enough to count by hand."""

from __future__ import annotations

from signalctl.domain.junction import ConflictMatrix, IntergreenMatrix
from signalctl.domain.program import Program
from signalctl.networks.surveyed import Survey, combined, survey

CROSS = ConflictMatrix(hard=frozenset({("a", "b"), ("b", "c"), ("a", "c")}))
AMBER = {"a": 3, "b": 3, "c": 3}


def seen(*programs: dict[str, str], conflicts: ConflictMatrix = CROSS) -> Survey:
    return survey([Program.of(p) for p in programs], conflicts, AMBER)


def test_the_time_from_end_to_start_is_counted_in_both_orders() -> None:
    found = seen({"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrrrrGGGGGGGyyyr"})
    assert dict(found.direct) == {("a", "b"): 4, ("b", "a"): 4}


def test_a_stage_between_is_no_all_red() -> None:
    # a, then c for 6 s, then b: from a to b only a bound is seen.
    found = seen(
        {
            "a": "GGGGGyyyrrrrrrrrrrrrrrrrrrrrrr",
            "c": "rrrrrrrrGGGGGGyyyrrrrrrrrrrrrr",
            "b": "rrrrrrrrrrrrrrrrrrGGGGGGGGGyyy",
        }
    )
    assert found.direct["a", "c"] == 3
    assert found.direct["c", "b"] == 4
    assert ("a", "b") not in found.direct
    assert found.bounds["a", "b"] == 13


def test_a_conflicting_group_that_stays_green_longer_holds_the_start_back() -> None:
    both = ConflictMatrix(hard=frozenset({("a", "b"), ("c", "b")}))
    found = seen(
        {"a": "GGGGGyyyrrrrrrrrrrrr", "c": "GGGGGGGGyyyrrrrrrrrr", "b": "rrrrrrrrrrrrGGGGGyyy"},
        conflicts=both,
    )
    assert found.direct["c", "b"] == 4
    assert found.bounds["a", "b"] == 7


def test_a_left_turn_going_on_alone_is_a_stage_even_when_it_does_not_conflict() -> None:
    # c began before a ended and goes on for 6 s; b starts after c.
    found = seen(
        {
            "a": "GGGGGyyyrrrrrrrrrrrrrrrr",
            "c": "GGGGGGGGGGGyyyrrrrrrrrrr",
            "b": "rrrrrrrrrrrrrrGGGGGyyyrr",
        },
        conflicts=ConflictMatrix(hard=frozenset({("a", "b")})),
    )
    # Without any conflict of its own, c is not looked at: nothing says it held b back.
    assert found.direct["a", "b"] == 9
    found = seen(
        {
            "a": "GGGGGyyyrrrrrrrrrrrrrrrr",
            "c": "GGGGGGGGGGGyyyrrrrrrrrrr",
            "b": "rrrrrrrrrrrrrrGGGGGyyyrr",
        },
        conflicts=ConflictMatrix(hard=frozenset({("a", "b"), ("c", "b")})),
    )
    assert found.bounds["a", "b"] == 9
    assert found.direct["c", "b"] == 3


def test_a_group_that_runs_on_beside_the_start_holds_nothing_back() -> None:
    beside = ConflictMatrix(hard=frozenset({("a", "b")}), yields=frozenset({("b", "c")}))
    found = seen(
        {"a": "GGGGGyyyrrrrrrrrrrrr", "c": "GGGGGGGGGGGGGGGGGyyy", "b": "rrrrrrrrrggggggggyyy"},
        conflicts=beside,
    )
    assert found.direct["a", "b"] == 4


def test_the_smallest_of_all_programs_counts() -> None:
    slow = {"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrrrrrrGGGGGyyyr"}
    fast = {"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrrrrGGGGGyyyrrr"}
    assert seen(slow, fast).direct["a", "b"] == 4
    assert seen(fast, slow).direct["a", "b"] == 4


def test_a_start_within_the_amber_of_a_hard_foe_is_a_fault_not_a_measure() -> None:
    faulty = {"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrGGGGGGGGGyyyrr"}
    good = {"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrrrrGGGGGyyyrrr"}
    found = seen(faulty, good)
    assert found.faults["a", "b"] == 1
    assert found.direct["a", "b"] == 4


def test_programs_that_switch_off_and_pairs_without_conflict_say_nothing() -> None:
    off = {"a": "GGGGGyyyrrrrrrrrrrro", "b": "rrrrrrrrrrrGGGGGyyyo"}
    assert not seen(off).direct
    assert not seen(
        {"a": "GGGGGyyyrrrrrrrrrrrr", "b": "rrrrrrrrrrrGGGGGyyyr"}, conflicts=ConflictMatrix()
    ).direct


def test_surveyed_values_win_and_bounds_hold_geometry_down() -> None:
    found = seen(
        {
            "a": "GGGGGyyyrrrrrrrrrrrrrrrrrrrrrr",
            "c": "rrrrrrrrGGGGGGyyyrrrrrrrrrrrrr",
            "b": "rrrrrrrrrrrrrrrrrrGGGGGGGGGyyy",
        }
    )
    geometric = IntergreenMatrix.of({("a", "c"): 9, ("a", "b"): 20, ("b", "c"): 7})
    matrix = combined(found, geometric)
    assert matrix.get("a", "c") == 3
    assert matrix.get("a", "b") == 13
    assert matrix.get("b", "c") == 7
