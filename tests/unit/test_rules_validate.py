"""Every rule, one broken plan each: the finding names group, second and rule."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import InputError, SafetyViolation
from signalctl.domain.finding import Finding, Severity
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
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.corridor import common_cycle
from signalctl.rules.registry import PROFILES, RULES, profile, rule
from signalctl.rules.validate import (
    ValidatedPlan,
    accept,
    validate,
    validate_program,
    validated,
)

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE


def _group(name: str, approach: str, movement: Movement, link: int) -> SignalGroup:
    return SignalGroup(
        id=name,
        kind=GroupKind.VEHICLE,
        approach=approach,
        movements=(movement,),
        links=(link,),
        min_green_s=7,
    )


@pytest.fixture
def junction() -> Junction:
    """A crossing: east-west through with a permissive left, north-south, a crossing."""
    groups = (
        _group("E", "east", Movement.THROUGH, 0),
        _group("W", "west", Movement.THROUGH, 1),
        _group("WL", "west", Movement.LEFT, 2),
        _group("N", "north", Movement.THROUGH, 3),
        SignalGroup(
            id="F",
            kind=GroupKind.PEDESTRIAN,
            approach="north",
            movements=(Movement.CROSSING,),
            links=(4,),
            amber_s=0,
            crossing_m=8.0,
        ),
    )
    hard = frozenset({("E", "N"), ("W", "N"), ("WL", "N"), ("F", "N")})
    matrix = dict.fromkeys(hard, 5) | {(b, a): 5 for a, b in hard}
    matrix |= {("F", "N"): 8, ("E", "WL"): 5, ("WL", "E"): 5}
    return Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=hard, yields=frozenset({("WL", "E")})),
        intergreens=IntergreenMatrix.of(matrix),
    )


def _stages(*stages: tuple[int, dict[str, GreenKind]]) -> StageSequence:
    return StageSequence(
        stages=tuple(
            Stage(id=str(i), split_s=split, greens=FrozenMap(greens))
            for i, (split, greens) in enumerate(stages, start=1)
        )
    )


GOOD = _stages(
    (30, {"E": P, "W": P, "WL": Q, "F": P}), (5, {"E": P, "W": P, "WL": Q}), (25, {"N": P})
)


def _plan(form: object = GOOD, cycle_s: int = 60, **offset: object) -> TimingPlan:
    return TimingPlan(
        junction_id="J",
        name="am",
        cycle_s=cycle_s,
        offset=Offset(**({"seconds": 0} | offset)),  # type: ignore[arg-type]  # keywords of a test
        form=form,  # type: ignore[arg-type]  # any form
    )


def _by_rule(findings: tuple[Finding, ...], rule_id: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule_id]


def _letters(junction: Junction, **changed: str) -> Program:
    base = validated(_plan(), junction, profile("fhwa")).program
    return Program.of({**base.seconds, **changed})


@pytest.mark.parametrize("name", ["gb", "fhwa", "as-surveyed"])
def test_a_good_plan_has_no_finding(junction: Junction, name: str) -> None:
    assert validate(_plan(), junction, profile(name)).findings == ()


def test_rilsa_asks_for_red_amber(junction: Junction) -> None:
    report = validate(_plan(), junction, profile("rilsa"))
    assert {f.rule for f in report.errors} == {"red-amber"}
    groups = tuple(
        replace(g, red_amber_s=1) if g.kind is GroupKind.VEHICLE else g for g in junction.groups
    )
    assert validate(_plan(), replace(junction, groups=groups), profile("rilsa")).findings == ()
    with_it = validate(_plan(), replace(junction, groups=groups), profile("fhwa"))
    assert {f.rule for f in with_it.errors} == {"red-amber"}


def test_conflicting_greens_name_groups_and_first_second(junction: Junction) -> None:
    program = _letters(junction, N="r" * 20 + "G" * 25 + "yyy" + "r" * 12)
    (first, *_) = _by_rule(
        validate_program(program, junction, profile("as-surveyed")), "conflicting-greens"
    )
    assert set(first.groups) == {"E", "N"}
    assert first.second == 20
    assert first.severity is Severity.ERROR
    assert "E" in first.message
    assert "20" in first.message


def test_protected_green_beside_one_it_yields_to(junction: Junction) -> None:
    program = _letters(junction)
    text = program.seconds["WL"].replace("g", "G")
    (finding,) = _by_rule(
        validate_program(_letters(junction, WL=text), junction, profile("gb")),
        "conflicting-greens",
    )
    assert finding.groups == ("WL", "E")


def test_short_intergreen(junction: Junction) -> None:
    program = _letters(junction, N="r" * 38 + "G" * 17 + "yyyrr")
    findings = _by_rule(validate_program(program, junction, profile("gb")), "intergreen")
    assert {f.groups for f in findings} == {("E", "N"), ("W", "N"), ("WL", "N")}
    assert {f.second for f in findings} == {38}
    assert "3 s after E ends; the intergreen is 5 s" in findings[0].message


def test_permissive_green_promoted_while_oncoming_traffic_clears(junction: Junction) -> None:
    program = _letters(
        junction,
        E="r" * 5 + "G" * 15 + "yyy" + "r" * 37,
        WL="r" * 5 + "g" * 17 + "G" * 13 + "yyy" + "r" * 22,
    )
    findings = _by_rule(validate_program(program, junction, profile("gb")), "protection")
    assert [(f.groups, f.second) for f in findings] == [(("E", "WL"), 22)]
    assert "2 s after E" in findings[0].message
    # As surveyed, the oncoming amber at least must be over.
    assert _by_rule(validate_program(program, junction, profile("as-surveyed")), "protection")


def test_oncoming_green_right_after_a_turn_lost_its_protection(junction: Junction) -> None:
    program = _letters(
        junction,
        E="r" * 15 + "G" * 20 + "yyy" + "r" * 22,
        WL="r" * 5 + "G" * 8 + "g" * 22 + "yyy" + "r" * 22,
    )
    findings = _by_rule(validate_program(program, junction, profile("gb")), "protection")
    assert [(f.groups, f.second) for f in findings] == [(("WL", "E"), 15)]
    assert "fell back" in findings[0].message
    assert not _by_rule(validate_program(program, junction, profile("as-surveyed")), "protection")


def test_unknown_intergreen(junction: Junction) -> None:
    known = {k: v for k, v in junction.intergreens.seconds.items() if k != ("N", "W")}
    bare = replace(junction, intergreens=IntergreenMatrix.of(known))
    (finding,) = _by_rule(
        validate(_plan(), bare, profile("as-surveyed")).errors, "intergreen-unknown"
    )
    assert finding.groups == ("N", "W")


def test_minimum_green_takes_the_stricter_value(junction: Junction) -> None:
    program = _letters(junction, N="r" * 40 + "G" * 6 + "yyy" + "r" * 11)
    for name in ("fhwa", "gb", "as-surveyed"):
        (finding,) = _by_rule(validate_program(program, junction, profile(name)), "minimum-green")
        assert (finding.groups, finding.second) == (("N",), 40)
        assert "6 s" in finding.message
        assert "7 s" in finding.message


@pytest.mark.parametrize(
    ("tail", "second", "words"),
    [
        ("rrrrr", 55, "without amber"),
        ("yyrrr", 55, "for 2 s"),
        ("yyyyyyyrrrr"[:7], 53, "for 7 s"),
    ],
)
def test_amber(junction: Junction, tail: str, second: int, words: str) -> None:
    green = "r" * 40 + "G" * (20 - len(tail)) + tail
    (finding,) = _by_rule(
        validate_program(_letters(junction, N=green), junction, profile("fhwa")), "amber"
    )
    assert finding.second == second
    assert words in finding.message


@pytest.mark.parametrize(("letter", "rule_id"), [("y", "amber"), ("u", "red-amber")])
def test_lamps_in_between_do_not_last_for_ever(letter: str, rule_id: str) -> None:
    # Four seconds, a legal length, but they never end.
    lone = Junction(id="J", groups=(_group("N", "north", Movement.THROUGH, 0),))
    findings = validate_program(Program.of({"N": letter * 4}), lone, profile("as-surveyed"))
    assert _by_rule(findings, rule_id)


@pytest.mark.parametrize(
    ("letters", "second"),
    [
        ("r" * 40 + "G" * 10 + "yyyG" + "G" * 1 + "yyyrr", 53),
        ("r" * 36 + "yyyy" + "G" * 15 + "yyyrr", 36),
        ("r" * 36 + "uuur" + "G" * 15 + "yyyrr", 39),
        ("r" * 40 + "G" * 15 + "ooorr", 55),
    ],
)
def test_illegal_successions(junction: Junction, letters: str, second: int) -> None:
    findings = _by_rule(
        validate_program(_letters(junction, N=letters), junction, profile("gb")), "succession"
    )
    assert second in {f.second for f in findings}


def test_amber_may_fall_back_to_permissive_only_where_the_profile_has_it(
    junction: Junction,
) -> None:
    program = _letters(
        junction,
        E="r" * 16 + "G" * 19 + "yyy" + "r" * 22,
        WL="G" * 8 + "yyy" + "g" * 24 + "yyy" + "r" * 22,
    )
    assert not _by_rule(validate_program(program, junction, profile("fhwa")), "succession")
    assert _by_rule(validate_program(program, junction, profile("rilsa")), "succession")


def test_red_amber_while_a_conflicting_group_is_green(junction: Junction) -> None:
    program = _letters(junction, N="r" * 34 + "uu" + "G" * 19 + "yyyrr")
    findings = _by_rule(validate_program(program, junction, profile("rilsa")), "red-amber")
    assert any(f.second == 34 and set(f.groups) == {"N", "E"} for f in findings)


def test_red_amber_is_not_allowed_in_china(junction: Junction) -> None:
    program = _letters(junction, N="r" * 39 + "u" + "G" * 15 + "yyyrr")
    (finding,) = _by_rule(validate_program(program, junction, profile("gb")), "red-amber")
    assert finding.second == 39


def test_walk_and_clearance(junction: Junction) -> None:
    short = _letters(junction, F="G" * 3 + "r" * 57)
    (finding,) = _by_rule(validate_program(short, junction, profile("fhwa")), "minimum-walk")
    assert finding.groups == ("F",)
    wide = replace(
        junction,
        groups=tuple(replace(g, crossing_m=20.0) if g.id == "F" else g for g in junction.groups),
    )
    late = _letters(junction, F="G" * 24 + "r" * 36)
    (finding,) = _by_rule(validate_program(late, wide, profile("fhwa")), "pedestrian-clearance")
    assert finding.groups == ("F", "N")
    assert "takes 19 s" in finding.message
    assert finding.second == 40


def test_unknown_crossing_length_is_said(junction: Junction) -> None:
    groups = tuple(replace(g, crossing_m=None) for g in junction.groups)
    report = validate(_plan(), replace(junction, groups=groups), profile("gb"))
    assert [f.rule for f in report.findings] == ["crossing-length"]
    assert report.ok


def test_a_group_never_served(junction: Junction) -> None:
    program = _letters(junction, N="r" * 60)
    (finding,) = _by_rule(validate_program(program, junction, profile("gb")), "group-served")
    assert finding.severity is Severity.ERROR
    (finding,) = _by_rule(
        validate_program(program, junction, profile("as-surveyed")), "group-served"
    )
    assert finding.severity is Severity.WARNING
    plate = _letters(junction, N="s" * 60)
    assert not _by_rule(validate_program(plate, junction, profile("gb")), "group-served")
    unused = replace(
        junction,
        groups=tuple(
            replace(g, kind=GroupKind.UNUSED) if g.id == "N" else g for g in junction.groups
        ),
    )
    assert not _by_rule(validate_program(program, unused, profile("gb")), "group-served")


def test_green_arrow_plate_conflicts_with_nobody(junction: Junction) -> None:
    program = _letters(junction, N="s" * 40 + "G" * 15 + "yyyss")
    assert validate_program(program, junction, profile("as-surveyed")) == ()


def test_dark_programs_are_said_and_nothing_else(junction: Junction) -> None:
    program = Program.of(dict.fromkeys(junction.group_ids, "O" * 60))
    (finding,) = validate_program(program, junction, profile("gb"))
    assert finding.rule == "unsignalised"
    assert "not signal-controlled" in finding.message


def test_yellow_trap(junction: Junction) -> None:
    program = _letters(junction, WL="g" * 20 + "yyy" + "r" * 37)
    (finding,) = _by_rule(validate_program(program, junction, profile("fhwa")), "yellow-trap")
    assert (finding.groups, finding.second) == (("WL", "E"), 20)
    assert "stays green for 15 s more." in finding.message
    assert finding.severity is Severity.ERROR


def test_yellow_trap_names_the_turn_that_lags_on_the_other_side(junction: Junction) -> None:
    lag = _group("EL", "east", Movement.LEFT, 5)
    wider = replace(
        junction,
        groups=(*junction.groups, lag),
        conflicts=replace(
            junction.conflicts, hard=junction.conflicts.hard | {("EL", "W"), ("EL", "WL")}
        ),
    )
    base = _letters(junction, WL="r" * 5 + "g" * 15 + "yyy" + "r" * 37).seconds
    program = Program.of({**base, "EL": "r" * 25 + "G" * 10 + "yyy" + "r" * 22})
    (finding,) = _by_rule(validate_program(program, wider, profile("fhwa")), "yellow-trap")
    assert finding.message.endswith("stays green for 15 s more, because EL lags beside it.")
    both = Program.of({**base, "EL": "r" * 60, "WL": base["E"].replace("G", "g")})
    assert not _by_rule(validate_program(both, wider, profile("fhwa")), "yellow-trap")


def test_cycle_limits_and_usual_range(junction: Junction) -> None:
    for cycle_s, rule_id, severity in (
        (260, "cycle-limits", Severity.ERROR),
        (200, "usual-cycle", Severity.WARNING),
    ):
        form = _stages(
            (cycle_s - 30, {"E": P, "W": P, "WL": Q, "F": P}),
            (5, {"E": P, "W": P, "WL": Q}),
            (25, {"N": P}),
        )
        report = validate(_plan(form, cycle_s), junction, profile("gb"))
        assert [f.severity for f in _by_rule(report.findings, rule_id)] == [severity]


def test_maximum_red(junction: Junction) -> None:
    form = _stages(
        (130, {"E": P, "W": P, "WL": Q, "F": P}), (5, {"E": P, "W": P, "WL": Q}), (25, {"N": P})
    )
    report = validate(_plan(form, 160), junction, profile("rilsa"))
    (finding,) = _by_rule(report.findings, "maximum-red")
    assert (finding.groups, finding.second) == (("N",), 0)
    assert finding.severity is Severity.WARNING


def test_split_sums_name_the_sum(junction: Junction) -> None:
    report = validate(_plan(_stages((30, {"E": P}), (20, {"N": P}))), junction, profile("gb"))
    (finding,) = report.findings
    assert finding.rule == "split-sums"
    assert "50 s" in finding.message
    assert "60 s" in finding.message


def test_ring_sums_name_both(junction: Junction) -> None:
    def phase(number: int, split_s: int, group: str) -> Phase:
        return Phase(number=number, split_s=split_s, greens=FrozenMap({group: P}))

    form = RingBarrier(
        sections=(((phase(2, 31, "E"),), (phase(6, 33, "W"),)), ((phase(4, 29, "N"),),))
    )
    (finding,) = validate(_plan(form), junction, profile("fhwa")).errors
    assert finding.rule == "ring-sums"
    assert "31 s" in finding.message
    assert "33 s" in finding.message
    short = RingBarrier(
        sections=(((phase(2, 30, "E"),), (phase(6, 30, "W"),)), ((phase(4, 29, "N"),),))
    )
    (finding,) = validate(_plan(short), junction, profile("fhwa")).errors
    assert "30 + 29 = 59 s" in finding.message


def test_a_plan_that_cannot_be_unrolled_is_a_finding(junction: Junction) -> None:
    form = GreenWindows(windows=FrozenMap({"E": (GreenWindow(0, 58),), "W": (GreenWindow(0, 90),)}))
    (finding,) = validate(_plan(form), junction, profile("gb")).findings
    assert finding.rule == "not-expandable"
    assert finding.remedy not in finding.message or not finding.remedy


def test_offsets(junction: Junction) -> None:
    (finding,) = validate(_plan(seconds=75), junction, profile("gb")).findings
    assert finding.rule == "offset-range"
    assert "15 s" in finding.remedy
    unknown = _plan(seconds=5, point=ReferencePoint.GREEN_START, group="X")
    (finding,) = validate(unknown, junction, profile("gb")).findings
    assert finding.rule == "offset-range"
    assert "'X'" in finding.message


def test_plan_for_another_junction(junction: Junction) -> None:
    report = validate(replace(_plan(), junction_id="K"), junction, profile("gb"))
    assert [f.rule for f in report.findings] == ["wrong-junction"]


def test_accept_gives_the_only_validated_plan(junction: Junction) -> None:
    gb = profile("gb")
    passed = validated(_plan(), junction, gb)
    assert passed.plan == _plan()
    assert pickle.loads(pickle.dumps(passed)) == passed
    with pytest.raises(TypeError):
        ValidatedPlan(plan=passed.plan, program=passed.program, report=passed.report, seal=None)
    with pytest.raises(InputError):
        accept(replace(_plan(), name="pm"), junction, passed.report)
    bad = _plan(seconds=75)
    with pytest.raises(SafetyViolation) as caught:
        validated(bad, junction, gb)
    assert [f.rule for f in caught.value.findings] == ["offset-range"]
    assert "offset-range" in str(caught.value)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(InputError, match="as-surveyed"):
        profile("hcm")
    with pytest.raises(InputError, match="yellow-trap"):
        rule("no-such-rule")


def test_rule_ids_are_stable_and_each_profile_binds_known_rules() -> None:
    ids = [known.id for known in RULES]
    assert len(set(ids)) == len(ids)
    for known in PROFILES:
        assert set(known.severities) <= set(ids)
        assert "conflicting-greens" in known.severities
        assert known.severities["intergreen"] is Severity.ERROR


def test_amber_by_speed() -> None:
    rilsa, fhwa = profile("rilsa").limits, profile("fhwa").limits
    assert [rilsa.amber_for_s(v / 3.6) for v in (30, 50, 60, 70)] == [3, 3, 4, 5]
    assert [fhwa.amber_for_s(v / 3.6) for v in (30, 50, 60, 100)] == [3, 4, 4, 6]
    for limits, speed in ((rilsa, 100.0), (profile("as-surveyed").limits, 50.0), (fhwa, 0.0)):
        with pytest.raises(InputError):
            limits.amber_for_s(speed / 3.6)


def test_common_cycle() -> None:
    plans = [
        replace(_plan(cycle_s=c), junction_id=name)
        for name, c in (("A", 90), ("B", 90), ("C", 45), ("D", 80))
    ]
    assert [f.junction_id for f in common_cycle(plans)] == ["D"]
    assert common_cycle([]) == ()


def test_aspect_letters_of_the_fixture_are_what_the_tests_assume(junction: Junction) -> None:
    program = _letters(junction)
    assert program.aspect("N", 40) is Aspect.PROTECTED
    assert program.aspect("N", 39) is Aspect.RED
