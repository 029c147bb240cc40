"""Laws of the move table over random plans in stages, rings and green windows."""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from timings import offsets, ring_barriers, staged

from signalctl.domain.collapse import collapse_windows
from signalctl.domain.errors import SignalctlError
from signalctl.domain.expand import expand, timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import GreenWindows, StageSequence, TimingPlan
from signalctl.domain.ring_barrier import RingBarrier
from signalctl.files.plan_file import PlanSet, plan_set_document
from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate
from signalctl.workflow.fitting import FittedPlan
from signalctl.workflow.service.moves import move_table
from signalctl.workflow.service.site import SiteNetwork
from signalctl.workflow.service.unrolled import Unrolled

LAWS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = profile("as-surveyed")


@st.composite
def cases(draw: st.DrawFn) -> tuple[Junction, TimingPlan]:
    """A junction and a plan that unrolls, in any form that has edges to move."""
    form = draw(st.sampled_from(["stages", "rings", "windows"]))
    if form == "rings":
        junction, plan = draw(ring_barriers())
    else:
        junction, plan, program = draw(staged())
        if form == "windows":
            plan = _with(plan, collapse_windows(program, junction))
    single = [
        group
        for group, text in expand(plan, junction).seconds.items()
        if len(expand(plan, junction).green_spans(group)) == 1 and len(set(text)) > 1
    ]
    group = draw(st.sampled_from([None, *single]))
    plan = _with(plan, plan.form, draw(offsets(plan.cycle_s, group)))
    try:
        timed(plan, junction)
    except SignalctlError:
        assume(False)
    return junction, plan


def _with(plan: TimingPlan, form: Any, offset: Any = None) -> TimingPlan:
    return TimingPlan(
        junction_id=plan.junction_id,
        name=plan.name,
        cycle_s=plan.cycle_s,
        offset=offset or plan.offset,
        form=form,
    )


def _handles(plan: TimingPlan) -> list[str]:
    form = plan.form
    if isinstance(form, StageSequence):
        ids = [stage.id for stage in form.stages]
        pairs = zip(ids, [*ids[1:], *ids[:1]], strict=True)
        return [f"stage:{a}|{b}" for a, b in pairs] if len(ids) > 1 else []
    if isinstance(form, RingBarrier):
        rings = [ring for section in form.sections for ring in section]
        found = [f"phase:{a.number}|{b.number}" for ring in rings for a, b in pairwise(ring)]
        if len(form.sections) > 1:
            found += [f"barrier:{n + 1}" for n in range(len(form.sections))]
        return found
    assert isinstance(form, GreenWindows)
    return [
        f"{part}:{n + 1}|{group}"
        for group, windows in form.windows.items()
        for n in range(len(windows))
        for part in ("start", "end", "green")
    ]


def _unrolled(plan: TimingPlan, junction: Junction) -> Unrolled:
    return Unrolled(
        plans=_plans(plan),
        site_network=SiteNetwork(id="n", net=Path("n.net.xml"), scenarios=FrozenMap({})),
        profile=RULES,
        fitted=FrozenMap({junction.id: FittedPlan(plan=plan, junction=junction)}),
    )


def _plans(plan: TimingPlan) -> PlanSet:
    return PlanSet(
        name="p",
        network_file="n.net.xml",
        network_sha256=None,
        corridor=None,
        plans=FrozenMap({plan.junction_id: plan}),
        junction_hashes=FrozenMap({}),
    )


def _written(document: dict[str, Any], candidate: dict[str, Any], handle: str) -> TimingPlan:
    """The plan with the candidate written into its document, field by field."""
    changed = copy.deepcopy(document)
    plan = changed["plans"][0]
    if "window_s" in candidate:
        number, _, group = handle.partition(":")[2].partition("|")
        plan["windows"][group][int(number) - 1][:2] = candidate["window_s"]
    else:
        form = plan.get("stages") or plan["ring_barrier"]
        form["start_s"] = candidate["start_s"]
        parts = form.get("sequence") or [
            phase for section in form["sections"] for ring in section for phase in ring
        ]
        for part in parts:
            name = str(part.get("id", part.get("number")))
            part["split_s"] = candidate["splits_s"].get(name, part["split_s"])
    return next(iter(plan_set_from_json(changed).plans.values()))


@LAWS
@given(cases(), st.data())
def test_every_candidate_is_what_the_document_says_with_it_written(
    case: tuple[Junction, TimingPlan], data: st.DataObject
) -> None:
    junction, plan = case
    handles = _handles(plan)
    assume(handles)
    handle = data.draw(st.sampled_from(handles))
    table = move_table(_unrolled(plan, junction), "J", handle)
    document = plan_set_document(_plans(plan))
    values = [each["value"] for each in table["candidates"]]
    assert values == list(range(values[0], values[-1] + 1))
    assert table["value"] in values
    for candidate in table["candidates"]:
        moved = _written(document, candidate, handle)
        assert moved.cycle_s == plan.cycle_s
        assert moved.offset == plan.offset
        report = validate(moved, junction, RULES)
        assert candidate["ok"] == report.ok
        assert candidate["rules"] == sorted({each.rule for each in report.errors})
        if isinstance(moved.form, RingBarrier):
            sums = moved.form.ring_sums_s()
            assert all(len(set(own)) == 1 for own in sums)
            assert sum(own[0] for own in sums) == moved.cycle_s
        if "aspects" not in candidate:
            continue
        shown, was = timed(moved, junction), timed(plan, junction)
        for group in junction.group_ids:
            letters = "".join(
                letter * (end - start) for start, end, letter in candidate["aspects"].get(group, [])
            )
            assert shown.seconds[group] == (letters or was.seconds[group])
        assert shown == expand(moved, junction).shifted(candidate["zero_s"])
    here = next(c for c in table["candidates"] if c["value"] == table["value"])
    assert here["second"] == table["now"]
    assert timed(_written(document, here, handle), junction) == timed(plan, junction)


@LAWS
@given(ring_barriers(), st.data())
def test_a_second_of_a_phase_stays_between_its_barriers(
    case: tuple[Junction, TimingPlan], data: st.DataObject
) -> None:
    junction, plan = case
    handles = [each for each in _handles(plan) if each.startswith("phase:")]
    assume(handles)
    handle = data.draw(st.sampled_from(handles))
    a, b = handle.removeprefix("phase:").split("|")
    table = move_table(_unrolled(plan, junction), "J", handle)
    assert isinstance(plan.form, RingBarrier)
    splits = {str(phase.number): phase.split_s for phase in plan.form.phases}
    for candidate in table["candidates"]:
        assert set(candidate["splits_s"]) == {a, b}
        assert sum(candidate["splits_s"].values()) == splits[a] + splits[b]
        assert candidate["value"] == candidate["splits_s"][a]
        by_s = candidate["value"] - splits[a]
        assert (candidate["second"] - table["now"] - by_s) % plan.cycle_s == 0
