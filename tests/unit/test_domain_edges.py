"""Edges of the domain: what wraps, what is empty, what crosses a process boundary."""

from __future__ import annotations

import copy
import pickle

import pytest

from signalctl.domain.aspect import GreenKind
from signalctl.domain.band import intersect_arcs, widest_band
from signalctl.domain.collapse import collapse, collapse_stages, collapse_windows
from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import (
    InputError,
    NotExpressible,
    SafetyViolation,
    SignalctlError,
    SolveError,
)
from signalctl.domain.expand import expand, timed, zero_s
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import (
    GreenWindows,
    Offset,
    ReferencePoint,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import Phase, RingBarrier, collapse_ring_barrier

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE


def _group(name: str, **changed: int) -> SignalGroup:
    return SignalGroup(
        id=name,
        kind=GroupKind.VEHICLE,
        approach=name,
        movements=(Movement.THROUGH,),
        links=(ord(name),),
        amber_s=changed.get("amber_s", 3),
        red_amber_s=changed.get("red_amber_s", 0),
    )


def _junction(names: str = "ab", intergreen_s: int = 5, **lamps: int) -> Junction:
    pairs = frozenset((a, b) for a in names for b in names if a < b)
    both = pairs | {(b, a) for a, b in pairs}
    return Junction(
        id="J",
        groups=tuple(_group(name, **lamps) for name in names),
        conflicts=ConflictMatrix(hard=pairs),
        intergreens=IntergreenMatrix.of(dict.fromkeys(both, intergreen_s)),
    )


def _plan(form: object, cycle_s: int, offset: Offset | None = None) -> TimingPlan:
    return TimingPlan(
        junction_id="J",
        name="p",
        cycle_s=cycle_s,
        offset=offset or Offset(seconds=0),
        form=form,  # type: ignore[arg-type]  # any form
    )


def _stages(*stages: tuple[int, str], start_s: int = 0) -> StageSequence:
    return StageSequence(
        stages=tuple(
            Stage(id=str(i), split_s=split, greens=FrozenMap(dict.fromkeys(names, P)))
            for i, (split, names) in enumerate(stages, start=1)
        ),
        start_s=start_s,
    )


def _line(*groups: str, speed_mps: float = 10.0) -> Progression:
    return Progression(
        stop_lines=tuple(
            StopLine(junction_id=f"J{i}", group_id=group, position_m=100.0 * i)
            for i, group in enumerate(groups)
        ),
        speeds_mps=(speed_mps,) * (len(groups) - 1),
    )


def test_one_green_over_second_zero_is_one_band() -> None:
    # A single stop line: the band is the green, wherever it lies.
    for start in range(0, 60, 7):
        program = Program.of({"a": "G" * 20 + "y" * 3 + "r" * 37}).shifted(start)
        band = widest_band(_line("a"), {"J0": program}, 60)
        assert (band.start_s, band.width_s) == (start, 20)


def test_full_green_in_half_the_cycle_does_not_bound_the_band() -> None:
    programs = {
        "J0": Program.of({"a": "G" * 50 + "r" * 10}),
        "J1": Program.of({"a": "G" * 30}),
    }
    band = widest_band(_line("a", "a"), programs, 60)
    assert band.width_s == pytest.approx(50)
    assert band.binding == (0,)


def test_all_green_is_a_band_of_the_whole_cycle() -> None:
    band = widest_band(_line("a"), {"J0": Program.of({"a": "G" * 60})}, 60)
    assert (band.start_s, band.width_s, band.binding) == (0, 60, ())


def test_a_band_needs_a_program_and_a_common_cycle() -> None:
    program = Program.of({"a": "G" * 30 + "r" * 30})
    with pytest.raises(InputError, match="no program"):
        widest_band(_line("a"), {}, 60)
    with pytest.raises(InputError, match="no program"):
        widest_band(_line("b"), {"J0": program}, 60)
    with pytest.raises(InputError, match="does not divide"):
        widest_band(_line("a"), {"J0": program}, 90)


def test_two_arcs_that_meet_twice_give_two_pieces() -> None:
    # 50 s from 0 and 50 s from 40, cycle 60: they meet in 0-30 and in 40-50.
    assert intersect_arcs([(0.0, 50.0)], [(40.0, 50.0)], 60.0) == [(0.0, 30.0), (40.0, 10.0)]


def test_errors_cross_process_boundaries_whole() -> None:
    finding = Finding(
        rule="amber", severity=Severity.ERROR, junction_id="J", message="short", source="here"
    )
    violation = SafetyViolation("Unsafe.", remedy="Mend it.", where="J", findings=(finding,))
    again = pickle.loads(pickle.dumps(violation))
    assert type(again) is SafetyViolation
    assert again.findings == (finding,)
    assert str(again) == str(violation) == "J: Unsafe. Mend it."
    for kind in (InputError, NotExpressible, SolveError):
        error: SignalctlError = pickle.loads(pickle.dumps(kind("No.", where="x")))
        assert (type(error), error.message, error.where) == (kind, "No.", "x")


def test_frozen_map_is_a_value() -> None:
    one, two = FrozenMap({"a": 1, "b": 2}), FrozenMap([("b", 2), ("a", 1)])
    assert one == two
    assert hash(one) == hash(two)
    assert list(one) == ["a", "b"]
    assert one == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
    assert one != FrozenMap({"a": 1})
    with pytest.raises(TypeError):
        one["a"] = 3  # type: ignore[index]  # the point of the test


def test_fingerprints_are_of_content() -> None:
    plan = _plan(_stages((30, "a"), (30, "b")), 60)
    assert fingerprint(plan) == fingerprint(_plan(_stages((30, "a"), (30, "b")), 60))
    assert fingerprint(plan) != fingerprint(_plan(_stages((31, "a"), (29, "b")), 60))
    assert fingerprint(FrozenMap({"a": 1, "b": 2})) == fingerprint(FrozenMap({"b": 2, "a": 1}))
    assert fingerprint(12.0) == fingerprint(12)
    # Known once and for all: an approval signed today must match tomorrow.
    assert fingerprint(Offset(seconds=5)) == (
        "sha256:36d0704ca7a3ce09f90d8b352c479ebc988f300b1432da2b7f976e8e91eb3291"
    )
    for odd in (float("nan"), object(), b"bytes"):
        with pytest.raises(TypeError):
            fingerprint(odd)


def test_offsets_refer_to_a_green_that_exists_once() -> None:
    program = Program.of({"a": "rrGGGrrr", "b": "GrrrrrGG", "c": "GrGrGrGr", "d": "G" * 8})
    at = ReferencePoint
    assert zero_s(Offset(seconds=3), program) == 3
    assert zero_s(Offset(seconds=3, point=at.GREEN_START, group="a"), program) == 1
    assert zero_s(Offset(seconds=3, point=at.GREEN_END, group="a"), program) == 6
    assert zero_s(Offset(seconds=0, point=at.GREEN_START, group="b"), program) == 2
    assert zero_s(Offset(seconds=0, point=at.GREEN_END, group="b"), program) == 7
    for group in ("c", "d", "x"):
        with pytest.raises(InputError, match=group):
            zero_s(Offset(seconds=3, point=at.GREEN_START, group=group), program)
    with pytest.raises(InputError):
        Offset(seconds=3, group="a")


def test_timed_puts_the_reference_point_at_its_offset() -> None:
    offset = Offset(seconds=17, point=ReferencePoint.GREEN_START, group="b")
    program = timed(_plan(_stages((30, "a"), (30, "b")), 60, offset), _junction())
    assert [w.start_s for w in program.greens("b")] == [17]


def test_a_single_stage_is_green_for_ever() -> None:
    junction = _junction("a")
    program = expand(_plan(_stages((40, "a"), start_s=13), 40), junction)
    assert program.seconds["a"] == "G" * 40
    assert collapse_stages(program, junction) == _stages((40, "a"))


def test_a_group_of_every_stage_never_ends() -> None:
    junction = Junction(id="J", groups=(_group("a"), _group("b")))
    program = expand(_plan(_stages((20, "a"), (20, "ab")), 40), junction)
    assert program.seconds["a"] == "G" * 40


def test_zero_intergreen_leaves_no_room_for_red() -> None:
    junction = _junction(intergreen_s=0)
    program = expand(_plan(_stages((20, "a"), (20, "b"), start_s=35), 40), junction)
    assert program.greens("a") == (GreenWindow(35, 55),)
    assert program.greens("b") == (GreenWindow(15, 35),)
    assert program.seconds["b"][35:38] == "yyy"


def test_a_stage_shorter_than_its_interstage_is_refused() -> None:
    with pytest.raises(InputError, match="no green"):
        expand(_plan(_stages((36, "a"), (4, "b")), 40), _junction())


def test_all_red_stage_holds_back_the_next_one() -> None:
    junction = _junction(intergreen_s=3)
    program = expand(_plan(_stages((15, "a"), (10, ""), (15, "b")), 40), junction)
    assert program.greens("b") == (GreenWindow(25, 40),)
    form = collapse_stages(program, junction)
    assert [dict(stage.greens) for stage in form.stages] == [{"a": P}, {}, {"b": P}]
    assert expand(_plan(form, 40), junction) == program


def test_a_group_that_ends_and_starts_late_in_the_next_stage_keeps_its_red() -> None:
    # b ends at 9 and holds a back for 9 s; a ended at 9 too, so two stages cannot say it.
    groups = tuple(_group(name) for name in "abc")
    junction = Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=frozenset({("b", "c")}), yields=frozenset({("a", "b")})),
        intergreens=IntergreenMatrix.of({("b", "a"): 9}),
    )
    form = StageSequence(
        stages=(
            Stage(id="1", split_s=9, greens=FrozenMap({"a": Q, "b": P})),
            Stage(id="2", split_s=9, greens=FrozenMap({"c": P})),
            Stage(id="3", split_s=9, greens=FrozenMap({"a": P, "c": P})),
        )
    )
    program = expand(_plan(form, 27), junction)
    assert program.seconds["a"] == "g" * 9 + "yyyrrrrrr" + "G" * 9
    assert collapse_stages(program, junction) == form


def test_amber_without_room_is_not_expressible() -> None:
    windows = GreenWindows(windows=FrozenMap({"a": (GreenWindow(0, 38),)}))
    with pytest.raises(NotExpressible, match="amber"):
        expand(_plan(windows, 40), _junction("a"))
    with pytest.raises(NotExpressible):
        expand(
            _plan(GreenWindows(windows=FrozenMap({"a": (GreenWindow(0, 35),)})), 40),
            _junction("a", red_amber_s=3),
        )


@pytest.mark.parametrize(
    "windows", [(GreenWindow(40, 45),), (GreenWindow(0, 41),), (GreenWindow(5, 5),)]
)
def test_windows_outside_the_cycle_are_refused(windows: tuple[GreenWindow, ...]) -> None:
    with pytest.raises(InputError):
        expand(_plan(GreenWindows(windows=FrozenMap({"a": windows})), 40), _junction("a"))


def test_collapse_of_a_program_for_other_groups_says_so() -> None:
    junction = _junction("ab")
    for program in (Program.of({"a": "G" * 9}), Program.of(dict.fromkeys("abc", "G" * 9))):
        for turn_back in (collapse, collapse_stages, collapse_windows):
            with pytest.raises(InputError, match="group"):
                turn_back(program, junction)


def test_collapse_falls_back_from_stages_to_windows_to_letters() -> None:
    junction = _junction("ab")
    # b starts before the intergreen from a has run off: windows can say it, stages cannot.
    early = Program.of(
        {"a": "G" * 10 + "yyy" + "r" * 27, "b": "r" * 13 + "G" * 19 + "yyy" + "r" * 5}
    )
    assert isinstance(collapse(early, junction), GreenWindows)
    # An amber of 2 s is nobody's own.
    odd = Program.of({"a": "G" * 10 + "yy" + "r" * 28, "b": "r" * 40})
    assert collapse(odd, junction) == odd


def _phase(number: int, split_s: int, *groups: str, walk: str = "", walk_s: int = 0) -> Phase:
    return Phase(
        number=number,
        split_s=split_s,
        greens=FrozenMap(dict.fromkeys(groups, P)),
        walks=tuple(walk),
        walk_s=walk_s,
    )


def test_a_ring_of_one_phase_is_found_by_its_neighbour() -> None:
    # Ring 2 rests in green all cycle: its start is only seen in ring 1.
    junction = Junction(id="J", groups=tuple(_group(n) for n in "abc"))
    form = RingBarrier(
        sections=(((_phase(1, 20, "a"), _phase(2, 20, "b")), (_phase(6, 40, "c"),)),), start_s=7
    )
    program = expand(_plan(form, 40), junction)
    assert program.seconds["c"] == "G" * 40
    assert collapse_ring_barrier(program, form) == form


def test_a_crossing_served_by_two_phases_keeps_both_walks() -> None:
    junction = Junction(id="J", groups=tuple(_group(n) for n in "abf"))
    form = RingBarrier(
        sections=(
            ((_phase(1, 20, "a", walk="f", walk_s=5),),),
            ((_phase(2, 20, "b", walk="f", walk_s=9),),),
        )
    )
    program = expand(_plan(form, 40), junction)
    assert collapse_ring_barrier(program, form) == form


def test_layouts_that_cannot_be_found_say_so() -> None:
    program = Program.of({"a": "G" * 20 + "r" * 20})
    for sections in ((), ((),), (((),),), (((_phase(1, 40, "x"),),),)):
        with pytest.raises(NotExpressible):
            collapse_ring_barrier(program, RingBarrier(sections=sections))


@pytest.mark.parametrize(
    "phase",
    [
        Phase(number=1, split_s=4, greens=FrozenMap({"a": P})),
        Phase(number=1, split_s=40, greens=FrozenMap({"a": P}), amber_s=-1),
        Phase(number=1, split_s=40, greens=FrozenMap({"a": P}), walks=("b",), walk_s=37),
    ],
)
def test_impossible_phases_are_refused(phase: Phase) -> None:
    form = RingBarrier(sections=(((phase,),),))
    with pytest.raises(InputError, match="Phase 1"):
        expand(_plan(form, phase.split_s), _junction("ab"))
