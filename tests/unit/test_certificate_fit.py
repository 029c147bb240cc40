"""A certificate fits its plan at its junction and nothing else, not by one second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from four_arms import crossroads

from signalctl.domain.aspect import GreenKind
from signalctl.domain.certificate import Certificate, matches
from signalctl.domain.expand import timed
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import IntergreenMatrix, Junction
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.registry import PROFILES, profile
from signalctl.rules.version import rules_version

JUNCTION = crossroads()
STAGES = StageSequence(
    stages=tuple(
        Stage(id=a + b, split_s=30, greens=FrozenMap({a: kind, b: kind}))
        for a, b, kind in (("N", "S", GreenKind.PROTECTED), ("E", "W", GreenKind.PROTECTED))
    )
)
PLAN = TimingPlan(
    junction_id=JUNCTION.id, name="peak", cycle_s=60, offset=Offset(seconds=7), form=STAGES
)


def certified(plan: TimingPlan, junction: Junction) -> Certificate:
    return Certificate(
        junction_id=junction.id,
        plan_hash=fingerprint(plan),
        junction_hash=junction_fingerprint(junction),
        rules="as-surveyed",
        rules_version=rules_version(profile("as-surveyed")),
        issued_at=datetime(2026, 11, 22, tzinfo=UTC),
        issued_by="Zoë",
    )


def one_second_off() -> Iterator[TimingPlan]:
    yield replace(PLAN, offset=Offset(seconds=8))
    yield replace(PLAN, cycle_s=61)
    yield replace(PLAN, form=replace(STAGES, start_s=1))
    for number, stage in enumerate(STAGES.stages):
        stages = list(STAGES.stages)
        stages[number] = replace(stage, split_s=31)
        yield replace(PLAN, form=replace(STAGES, stages=tuple(stages)))


def test_one_second_breaks_the_fit() -> None:
    certificate = certified(PLAN, JUNCTION)
    assert matches(certificate, PLAN, JUNCTION)
    assert not [plan for plan in one_second_off() if matches(certificate, plan, JUNCTION)]


def test_any_one_lamp_in_any_one_second_breaks_the_fit() -> None:
    program = timed(PLAN, JUNCTION)
    lamps = replace(PLAN, form=program, offset=Offset(seconds=0))
    certificate = certified(lamps, JUNCTION)
    assert matches(certificate, lamps, JUNCTION)
    for group, letters in program.seconds.items():
        for second, letter in enumerate(letters):
            other = "r" if letter != "r" else "G"
            changed = letters[:second] + other + letters[second + 1 :]
            form = Program.of({**program.seconds, group: changed})
            assert not matches(certificate, replace(lamps, form=form), JUNCTION)


def test_a_changed_junction_breaks_the_fit_and_a_remark_does_not() -> None:
    certificate = certified(PLAN, JUNCTION)
    seconds = dict(JUNCTION.intergreens.seconds)
    pair = next(iter(seconds))
    longer = IntergreenMatrix(seconds=FrozenMap(seconds | {pair: seconds[pair] + 1}))
    assert not matches(certificate, PLAN, replace(JUNCTION, intergreens=longer))
    assert not matches(certificate, PLAN, replace(JUNCTION, id="other"))
    assert matches(certificate, PLAN, replace(JUNCTION, notes=("seen in the rain",)))


def test_the_rules_version_tells_profiles_numbers_and_severities_apart() -> None:
    surveyed = profile("as-surveyed")
    assert len({rules_version(each) for each in PROFILES}) == len(PROFILES)
    limit = replace(surveyed.limits.min_green_s, value=surveyed.limits.min_green_s.value + 1)
    stricter = replace(surveyed, limits=replace(surveyed.limits, min_green_s=limit))
    laxer = replace(
        surveyed,
        severities=FrozenMap({k: v for k, v in surveyed.severities.items() if k != "intergreen"}),
    )
    assert rules_version(surveyed) not in {rules_version(stricter), rules_version(laxer)}
    assert rules_version(surveyed) == rules_version(replace(surveyed))
