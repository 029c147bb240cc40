"""Every rule of lamps, one broken program each: the finding names group, second and rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from crossing import by_rule, crossing, lamps, plan_am, vehicle

from signalctl.domain.finding import Severity
from signalctl.domain.junction import (
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
)
from signalctl.domain.program import Program
from signalctl.rules.registry import profile
from signalctl.rules.validate import (
    validate,
    validate_program,
)


@pytest.fixture
def junction() -> Junction:
    return crossing()


@pytest.mark.parametrize("name", ["gb", "fhwa", "as-surveyed"])
def test_a_good_plan_has_no_finding(junction: Junction, name: str) -> None:
    assert validate(plan_am(), junction, profile(name)).findings == ()


def test_rilsa_asks_for_red_amber(junction: Junction) -> None:
    report = validate(plan_am(), junction, profile("rilsa"))
    assert {f.rule for f in report.errors} == {"red-amber"}
    groups = tuple(
        replace(g, red_amber_s=1) if g.kind is GroupKind.VEHICLE else g for g in junction.groups
    )
    assert validate(plan_am(), replace(junction, groups=groups), profile("rilsa")).findings == ()
    with_it = validate(plan_am(), replace(junction, groups=groups), profile("fhwa"))
    assert {f.rule for f in with_it.errors} == {"red-amber"}


def test_conflicting_greens_name_groups_and_first_second(junction: Junction) -> None:
    program = lamps(junction, N="r" * 20 + "G" * 25 + "yyy" + "r" * 12)
    (first, *_) = by_rule(
        validate_program(program, junction, profile("as-surveyed")), "conflicting-greens"
    )
    assert set(first.groups) == {"E", "N"}
    assert first.second == 20
    assert first.severity is Severity.ERROR
    assert "E" in first.message
    assert "20" in first.message


def test_protected_green_beside_one_it_yields_to(junction: Junction) -> None:
    program = lamps(junction)
    text = program.seconds["WL"].replace("g", "G")
    (finding,) = by_rule(
        validate_program(lamps(junction, WL=text), junction, profile("gb")),
        "conflicting-greens",
    )
    assert finding.groups == ("WL", "E")


def test_short_intergreen(junction: Junction) -> None:
    program = lamps(junction, N="r" * 38 + "G" * 17 + "yyyrr")
    findings = by_rule(validate_program(program, junction, profile("gb")), "intergreen")
    assert {f.groups for f in findings} == {("E", "N"), ("W", "N"), ("WL", "N")}
    assert {f.second for f in findings} == {38}
    assert "3 s after E ends; the intergreen is 5 s" in findings[0].message


def test_permissive_green_promoted_while_oncoming_traffic_clears(junction: Junction) -> None:
    program = lamps(
        junction,
        E="r" * 5 + "G" * 15 + "yyy" + "r" * 37,
        WL="r" * 5 + "g" * 17 + "G" * 13 + "yyy" + "r" * 22,
    )
    findings = by_rule(validate_program(program, junction, profile("gb")), "protection")
    assert [(f.groups, f.second) for f in findings] == [(("E", "WL"), 22)]
    assert "2 s after E" in findings[0].message
    # As surveyed, the oncoming amber at least must be over.
    assert by_rule(validate_program(program, junction, profile("as-surveyed")), "protection")


def test_oncoming_green_right_after_a_turn_lost_its_protection(junction: Junction) -> None:
    program = lamps(
        junction,
        E="r" * 15 + "G" * 20 + "yyy" + "r" * 22,
        WL="r" * 5 + "G" * 8 + "g" * 22 + "yyy" + "r" * 22,
    )
    findings = by_rule(validate_program(program, junction, profile("gb")), "protection")
    assert [(f.groups, f.second) for f in findings] == [(("WL", "E"), 15)]
    assert "fell back" in findings[0].message
    assert not by_rule(validate_program(program, junction, profile("as-surveyed")), "protection")


def test_unknown_intergreen(junction: Junction) -> None:
    known = {k: v for k, v in junction.intergreens.seconds.items() if k != ("N", "W")}
    bare = replace(junction, intergreens=IntergreenMatrix.of(known))
    (finding,) = by_rule(
        validate(plan_am(), bare, profile("as-surveyed")).errors, "intergreen-unknown"
    )
    assert finding.groups == ("N", "W")


def test_minimum_green_takes_the_stricter_value(junction: Junction) -> None:
    program = lamps(junction, N="r" * 40 + "G" * 6 + "yyy" + "r" * 11)
    for name in ("fhwa", "gb", "as-surveyed"):
        (finding,) = by_rule(validate_program(program, junction, profile(name)), "minimum-green")
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
    (finding,) = by_rule(
        validate_program(lamps(junction, N=green), junction, profile("fhwa")), "amber"
    )
    assert finding.second == second
    assert words in finding.message


@pytest.mark.parametrize(("letter", "rule_id"), [("y", "amber"), ("u", "red-amber")])
def test_lamps_in_between_do_not_last_for_ever(letter: str, rule_id: str) -> None:
    # Four seconds, a legal length, but they never end.
    lone = Junction(id="J", groups=(vehicle("N", "north", Movement.THROUGH, 0),))
    findings = validate_program(Program.of({"N": letter * 4}), lone, profile("as-surveyed"))
    assert by_rule(findings, rule_id)


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
    findings = by_rule(
        validate_program(lamps(junction, N=letters), junction, profile("gb")), "succession"
    )
    assert second in {f.second for f in findings}


def test_amber_may_fall_back_to_permissive_only_where_the_profile_has_it(
    junction: Junction,
) -> None:
    program = lamps(
        junction,
        E="r" * 16 + "G" * 19 + "yyy" + "r" * 22,
        WL="G" * 8 + "yyy" + "g" * 24 + "yyy" + "r" * 22,
    )
    assert not by_rule(validate_program(program, junction, profile("fhwa")), "succession")
    assert by_rule(validate_program(program, junction, profile("rilsa")), "succession")


def test_red_amber_while_a_conflicting_group_is_green(junction: Junction) -> None:
    program = lamps(junction, N="r" * 34 + "uu" + "G" * 19 + "yyyrr")
    findings = by_rule(validate_program(program, junction, profile("rilsa")), "red-amber")
    assert any(f.second == 34 and set(f.groups) == {"N", "E"} for f in findings)


def test_red_amber_is_not_allowed_in_china(junction: Junction) -> None:
    program = lamps(junction, N="r" * 39 + "u" + "G" * 15 + "yyyrr")
    (finding,) = by_rule(validate_program(program, junction, profile("gb")), "red-amber")
    assert finding.second == 39


def test_walk_and_clearance(junction: Junction) -> None:
    short = lamps(junction, F="G" * 3 + "r" * 57)
    (finding,) = by_rule(validate_program(short, junction, profile("fhwa")), "minimum-walk")
    assert finding.groups == ("F",)
    wide = replace(
        junction,
        groups=tuple(replace(g, crossing_m=20.0) if g.id == "F" else g for g in junction.groups),
    )
    late = lamps(junction, F="G" * 24 + "r" * 36)
    (finding,) = by_rule(validate_program(late, wide, profile("fhwa")), "pedestrian-clearance")
    assert finding.groups == ("F", "N")
    assert "takes 19 s" in finding.message
    assert finding.second == 40


def test_unknown_crossing_length_is_said(junction: Junction) -> None:
    groups = tuple(replace(g, crossing_m=None) for g in junction.groups)
    report = validate(plan_am(), replace(junction, groups=groups), profile("gb"))
    assert [f.rule for f in report.findings] == ["crossing-length"]
    assert report.ok


def test_a_group_never_served(junction: Junction) -> None:
    program = lamps(junction, N="r" * 60)
    (finding,) = by_rule(validate_program(program, junction, profile("gb")), "group-served")
    assert finding.severity is Severity.ERROR
    (finding,) = by_rule(
        validate_program(program, junction, profile("as-surveyed")), "group-served"
    )
    assert finding.severity is Severity.WARNING
    plate = lamps(junction, N="s" * 60)
    assert not by_rule(validate_program(plate, junction, profile("gb")), "group-served")
    unused = replace(
        junction,
        groups=tuple(
            replace(g, kind=GroupKind.UNUSED) if g.id == "N" else g for g in junction.groups
        ),
    )
    assert not by_rule(validate_program(program, unused, profile("gb")), "group-served")


def test_green_arrow_plate_conflicts_with_nobody(junction: Junction) -> None:
    program = lamps(junction, N="s" * 40 + "G" * 15 + "yyyss")
    assert validate_program(program, junction, profile("as-surveyed")) == ()


def test_dark_programs_are_said_and_nothing_else(junction: Junction) -> None:
    program = Program.of(dict.fromkeys(junction.group_ids, "O" * 60))
    (finding,) = validate_program(program, junction, profile("gb"))
    assert finding.rule == "unsignalised"
    assert "not signal-controlled" in finding.message


def test_yellow_trap(junction: Junction) -> None:
    program = lamps(junction, WL="g" * 20 + "yyy" + "r" * 37)
    (finding,) = by_rule(validate_program(program, junction, profile("fhwa")), "yellow-trap")
    assert (finding.groups, finding.second) == (("WL", "E"), 20)
    assert "stays green for 15 s more." in finding.message
    assert finding.severity is Severity.ERROR


def test_yellow_trap_names_the_turn_that_lags_on_the_other_side(junction: Junction) -> None:
    lag = vehicle("EL", "east", Movement.LEFT, 5)
    wider = replace(
        junction,
        groups=(*junction.groups, lag),
        conflicts=replace(
            junction.conflicts, hard=junction.conflicts.hard | {("EL", "W"), ("EL", "WL")}
        ),
    )
    base = lamps(junction, WL="r" * 5 + "g" * 15 + "yyy" + "r" * 37).seconds
    program = Program.of({**base, "EL": "r" * 25 + "G" * 10 + "yyy" + "r" * 22})
    (finding,) = by_rule(validate_program(program, wider, profile("fhwa")), "yellow-trap")
    assert finding.message.endswith("stays green for 15 s more, because EL lags beside it.")
    both = Program.of({**base, "EL": "r" * 60, "WL": base["E"].replace("G", "g")})
    assert not by_rule(validate_program(both, wider, profile("fhwa")), "yellow-trap")
