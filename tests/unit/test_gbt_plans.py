"""Stage plans and calendars as GB/T objects: what they become, and what cannot be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from crossing import GOOD, P, crossing, plan_am, sequence
from gbt_street import site_of

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.gbt20999.calendar import (
    day_plan_of,
    day_plan_values,
    schedule_values,
)
from signalctl.controllers.device.gbt20999.checks import day_plan_faults, plan_faults
from signalctl.controllers.device.gbt20999.plan_mapping import (
    PlanRecord,
    as_held,
    plan_of,
    record_of,
)
from signalctl.controllers.device.gbt20999.profile import GbtProfile, StageBoundary
from signalctl.controllers.device.gbt20999.site_map import SiteMap, SitePhase, SiteStage
from signalctl.domain.errors import InputError, Mismatch, NotExpressible
from signalctl.domain.expand import expand, timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import ReferencePoint, Stage, StageSequence, TimingPlan

JUNCTION = crossing()
PLAN = plan_am(GOOD, 60, seconds=7)
SITE = site_of(JUNCTION, PLAN)
OUT = GbtProfile()
IN = GbtProfile(stage_boundary=StageBoundary.TRANSITION_IN)


def record(plan: TimingPlan = PLAN, profile: GbtProfile = OUT) -> PlanRecord:
    return record_of(as_held(plan, 3, SITE), SITE, profile)


def test_a_stage_on_the_wire_holds_the_transition_after_it() -> None:
    # Into stage 1 the first greens wait 5 s for north, into stage 2 nobody waits, into stage 3
    # north waits 8 s for the people who walked until stage 2 began, but 5 s for east and west.
    assert record().times_s == (30 - 5 + 0, 5 - 0 + 5, 25 - 5 + 5)
    assert record().offset_s == 7 + 5
    assert record().chain == (1, 2, 3)
    assert (record().cycle_s, record().index, record().junction) == (60, 1, 1)


def test_a_stage_on_the_wire_may_hold_the_transition_before_it() -> None:
    assert record(profile=IN).times_s == (30, 5, 25)
    assert record(profile=IN).offset_s == 7


@pytest.mark.parametrize("profile", [OUT, IN])
def test_records_come_back(profile: GbtProfile) -> None:
    held = as_held(PLAN, 3, SITE)
    assert plan_of(record(profile=profile), 3, SITE, profile) == held
    assert timed(held, JUNCTION) == timed(PLAN, JUNCTION)
    assert as_held(held, 3, SITE) == held


@pytest.mark.parametrize("index", [2, 3])
def test_another_coordinated_stage_is_read_rightly(index: int) -> None:
    own = record()
    later = own.offset_s + sum(own.times_s[: index - 1])
    other = replace(own, index=index, offset_s=later % own.cycle_s)
    assert plan_of(other, 3, SITE, OUT) == as_held(PLAN, 3, SITE)


@pytest.mark.parametrize("point", [ReferencePoint.GREEN_START, ReferencePoint.GREEN_END])
def test_offsets_by_a_green_and_late_starts_are_converted(point: ReferencePoint) -> None:
    plan = plan_am(replace(GOOD, start_s=41), 60, seconds=13, point=point, group="N")
    assert timed(as_held(plan, 1, SITE), JUNCTION) == timed(plan, JUNCTION)


def test_other_forms_go_where_stages_say_the_same() -> None:
    program = expand(PLAN, JUNCTION)
    held = as_held(plan_am(program, 60, seconds=7), 3, SITE)
    assert timed(held, JUNCTION) == timed(PLAN, JUNCTION)


def long(*stages: Stage) -> TimingPlan:
    form = StageSequence(stages=stages)
    return plan_am(form, sum(stage.split_s for stage in stages))


PAIR = sequence((30, {"E": P, "W": P}), (30, {"N": P})).stages


@pytest.mark.parametrize(
    ("plan", "site", "says"),
    [
        (plan_am(GOOD, 60, seconds=0), replace(SITE, cycles_s=range(61, 200)), "cycle of 60 s"),
        (long(*PAIR * 9), site_of(JUNCTION, long(*PAIR)), "18 stages"),
        (
            plan_am(GOOD, 60, seconds=0, point=ReferencePoint.GREEN_START, group="F"),
            site_of(JUNCTION, long(*PAIR)),
            "no phase",
        ),
        (long(*PAIR), SITE, "no stage with the greens of stage 1: E, W"),
        (replace(PLAN, junction_id="K"), SITE, "controls junction J"),
        (
            PLAN,
            replace(
                SITE,
                stages=tuple(
                    replace(s, late_start_s=FrozenMap(dict.fromkeys(s.phases, 4)))
                    for s in SITE.stages
                ),
            ),
            "4 s late, stage 1 of the plan needs 0 s",
        ),
        (
            PLAN,
            replace(
                SITE,
                stages=tuple(
                    replace(s, early_end_s=FrozenMap(dict.fromkeys(s.phases, 2)))
                    for s in SITE.stages
                ),
            ),
            "2 s early",
        ),
    ],
)
def test_what_cannot_be_said(plan: TimingPlan, site: SiteMap, says: str) -> None:
    with pytest.raises(NotExpressible, match=says) as error:
        as_held(plan, 3, site)
    assert error.value.remedy


def test_late_starts_tell_stages_with_the_same_greens_apart() -> None:
    # People who have just walked hold north back for longer than the cars do.
    slow = plan_am(sequence((30, {"E": P, "W": P, "F": P}), (30, {"N": P})), 60)
    mixed = plan_am(
        sequence(
            (30, {"F": P, "WL": P}),
            (
                30,
                {
                    "N": P,
                },
            ),
        ),
        60,
    )
    site = site_of(JUNCTION, slow, mixed)
    for plan in (slow, mixed):
        held = as_held(plan, 1, site)
        assert timed(held, JUNCTION) == timed(plan, JUNCTION)
        assert plan_of(record_of(held, site, OUT), 1, site, OUT) == held


BAD: list[dict[str, object]] = [
    {"cycle_s": 61},
    {"chain": (1, 2, 9)},
    {"index": 0},
    {"index": 4},
    {"junction": 2},
    {"appearance": (16, 16, 1)},
    {"times_s": (25, 0, 35)},
]
TOO_SHORT: dict[str, object] = {"times_s": (29, 30, 1)}
"""North has one second: the sum is right, and only the minimum green is not."""


def changed(change: dict[str, object]) -> PlanRecord:
    return replace(record(), **change)  # type: ignore[arg-type]  # one field of a test


@pytest.mark.parametrize("change", [*BAD, TOO_SHORT])
def test_controllers_find_bad_records(change: dict[str, object]) -> None:
    assert plan_faults(changed(change).values(), SITE)


def read_back(bad: PlanRecord) -> TimingPlan:
    again = PlanRecord.of(bad.values())
    assert again
    return plan_of(again, 3, SITE, OUT)


@pytest.mark.parametrize("change", BAD)
def test_hosts_find_bad_records(change: dict[str, object]) -> None:
    with pytest.raises(Mismatch):
        read_back(changed(change))


def test_good_and_empty_records_have_no_faults() -> None:
    assert plan_faults(record().values(), SITE) == []
    empty = replace(record(), chain=(), times_s=(), appearance=()).values()
    assert PlanRecord.of(empty) is None
    assert plan_faults(empty, SITE) == []


def test_site_maps_are_checked() -> None:
    phase = SitePhase(number=1, greens=FrozenMap({"N": P}))
    good = SiteMap(junction=JUNCTION, phases=(phase,), stages=(), lamp_groups=FrozenMap())
    with pytest.raises(InputError, match="different numbers"):
        replace(good, phases=(phase, phase))
    with pytest.raises(InputError, match="unknown phase"):
        replace(good, stages=(SiteStage(number=1, phases=frozenset({2})),))
    with pytest.raises(InputError, match="no junction 9"):
        replace(good, number=9)
    with pytest.raises(InputError, match="no signal group"):
        replace(good, lamp_groups=FrozenMap({"Q": 1}))


def test_weekdays_begin_with_sunday_on_the_wire() -> None:
    week = ScheduleEntry(
        months=frozenset(range(1, 13)),
        weekdays=frozenset(range(5)),
        days=frozenset(range(1, 32)),
        day_plan=1,
    )
    values = schedule_values(week, 1)
    assert [values[a] for a in (4, 5, 6)] == [0x3E, 0x1FFE, 0x7FFFFFFF]  # as captured
    with pytest.raises(InputError, match="no day"):
        schedule_values(replace(week, months=frozenset()), 1)


def test_day_plans_begin_at_midnight_and_rise() -> None:
    with pytest.raises(NotExpressible, match="00:00"):
        day_plan_values((DayPlanEntry(minute=60, slot=1),))
    with pytest.raises(NotExpressible, match="49 entries"):
        day_plan_values(tuple(DayPlanEntry(minute=n, slot=1) for n in range(49)))
    good = day_plan_values((DayPlanEntry(minute=0, slot=1), DayPlanEntry(minute=61, slot=2)))
    assert day_plan_faults(good) == []
    starts = good[3]
    assert isinstance(starts, tuple)
    assert starts[1] == (1, 1)
    bad = good | {3: ((0, 0), (24, 0), *starts[2:])}
    assert day_plan_faults(bad)
    with pytest.raises(Mismatch):
        day_plan_of(bad)
