"""Plans as they are written, reports, and what may leave the validator."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from crossing import P, Q, by_rule, crossing, lamps, plan_am, sequence

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError, SafetyViolation
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    Junction,
)
from signalctl.domain.plan import (
    GreenWindows,
    ReferencePoint,
)
from signalctl.domain.program import GreenWindow
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.corridor import common_cycle
from signalctl.rules.registry import PROFILES, RULES, profile, rule
from signalctl.rules.validate import (
    ValidatedPlan,
    accept,
    validate,
    validated,
)


@pytest.fixture
def junction() -> Junction:
    return crossing()


def test_cycle_limits_and_usual_range(junction: Junction) -> None:
    for cycle_s, rule_id, severity in (
        (260, "cycle-limits", Severity.ERROR),
        (200, "usual-cycle", Severity.WARNING),
    ):
        form = sequence(
            (cycle_s - 30, {"E": P, "W": P, "WL": Q, "F": P}),
            (5, {"E": P, "W": P, "WL": Q}),
            (25, {"N": P}),
        )
        report = validate(plan_am(form, cycle_s), junction, profile("gb"))
        assert [f.severity for f in by_rule(report.findings, rule_id)] == [severity]


def test_maximum_red(junction: Junction) -> None:
    form = sequence(
        (130, {"E": P, "W": P, "WL": Q, "F": P}), (5, {"E": P, "W": P, "WL": Q}), (25, {"N": P})
    )
    report = validate(plan_am(form, 160), junction, profile("rilsa"))
    (finding,) = by_rule(report.findings, "maximum-red")
    assert (finding.groups, finding.second) == (("N",), 0)
    assert finding.severity is Severity.WARNING


def test_split_sums_name_the_sum(junction: Junction) -> None:
    report = validate(plan_am(sequence((30, {"E": P}), (20, {"N": P}))), junction, profile("gb"))
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
    (finding,) = validate(plan_am(form), junction, profile("fhwa")).errors
    assert finding.rule == "ring-sums"
    assert "31 s" in finding.message
    assert "33 s" in finding.message
    short = RingBarrier(
        sections=(((phase(2, 30, "E"),), (phase(6, 30, "W"),)), ((phase(4, 29, "N"),),))
    )
    (finding,) = validate(plan_am(short), junction, profile("fhwa")).errors
    assert "30 + 29 = 59 s" in finding.message


def test_a_plan_that_cannot_be_unrolled_is_a_finding(junction: Junction) -> None:
    form = GreenWindows(windows=FrozenMap({"E": (GreenWindow(0, 58),), "W": (GreenWindow(0, 90),)}))
    (finding,) = validate(plan_am(form), junction, profile("gb")).findings
    assert finding.rule == "not-expandable"
    assert finding.remedy not in finding.message or not finding.remedy


def test_offsets(junction: Junction) -> None:
    (finding,) = validate(plan_am(seconds=75), junction, profile("gb")).findings
    assert finding.rule == "offset-range"
    assert "15 s" in finding.remedy
    unknown = plan_am(seconds=5, point=ReferencePoint.GREEN_START, group="X")
    (finding,) = validate(unknown, junction, profile("gb")).findings
    assert finding.rule == "offset-range"
    assert "'X'" in finding.message


def test_plan_for_another_junction(junction: Junction) -> None:
    report = validate(replace(plan_am(), junction_id="K"), junction, profile("gb"))
    assert [f.rule for f in report.findings] == ["wrong-junction"]


def test_accept_gives_the_only_validated_plan(junction: Junction) -> None:
    gb = profile("gb")
    passed = validated(plan_am(), junction, gb)
    assert passed.plan == plan_am()
    assert pickle.loads(pickle.dumps(passed)) == passed
    with pytest.raises(TypeError):
        ValidatedPlan(plan=passed.plan, program=passed.program, report=passed.report, seal=None)
    with pytest.raises(InputError):
        accept(replace(plan_am(), name="pm"), junction, passed.report)
    bad = plan_am(seconds=75)
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
        replace(plan_am(cycle_s=c), junction_id=name)
        for name, c in (("A", 90), ("B", 90), ("C", 45), ("D", 80))
    ]
    assert [f.junction_id for f in common_cycle(plans)] == ["D"]
    assert common_cycle([]) == ()


def test_aspect_letters_of_the_fixture_are_what_the_tests_assume(junction: Junction) -> None:
    program = lamps(junction)
    assert program.aspect("N", 40) is Aspect.PROTECTED
    assert program.aspect("N", 39) is Aspect.RED
