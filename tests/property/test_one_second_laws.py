"""Laws of one-second changes and of plan files edited in place, over random plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from timings import staged

from signalctl.domain.errors import InputError, SignalctlError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.files.plan_edit import edit_plans
from signalctl.files.plan_file import PlanSet, read_plans, write_plans
from signalctl.rules.registry import PROFILES, Profile
from signalctl.rules.validate import validate
from signalctl.workflow.tune.moves import changes_of, moves_of
from signalctl.workflow.tune.one_second import changed, parts_of
from signalctl.workflow.tune.one_second_text import in_words, parse_changes

LAWS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Case = tuple[Junction, TimingPlan, Program]


@LAWS
@given(staged(), st.data())
def test_a_move_and_its_opposite_lead_back(case: Case, data: st.DataObject) -> None:
    junction, plan, program = case
    changes = list(changes_of(plan, junction, data.draw(st.integers(1, 3))))
    change = data.draw(st.sampled_from(changes))
    back = replace(
        change,
        parts=FrozenMap({name: -by_s for name, by_s in change.parts.items()}),
        offset_s=-change.offset_s,
    )
    try:
        after = changed(plan, junction, change)
        expand(after, junction)
    except SignalctlError:
        assume(False)
    assert after.cycle_s == plan.cycle_s
    again = changed(after, junction, back)
    assert expand(again, junction) == program
    assert [p.length_s for p in parts_of(again, junction)] == [
        p.length_s for p in parts_of(plan, junction)
    ]


@LAWS
@given(staged(), st.data())
def test_a_change_in_words_is_read_as_the_same_change(case: Case, data: st.DataObject) -> None:
    junction, plan, _ = case
    assume(plan.cycle_s > 1)
    change = data.draw(st.sampled_from(list(changes_of(plan, junction, 1))))
    assert parse_changes(in_words(change), {"J": plan}, {"J": junction}) == (change,)


@LAWS
@given(staged(), st.sampled_from(PROFILES))
def test_allowed_moves_pass_the_rules_and_refused_ones_say_why(
    case: Case, judged_by: Profile
) -> None:
    junction, plan, _ = case
    moves = moves_of(plan, junction, 1, judged_by)
    for move in moves.allowed:
        assert validate(move.plan, junction, judged_by).ok
    for refused in moves.refused:
        assert refused.why
        assert (refused.second is None) or 0 <= refused.second < plan.cycle_s


@LAWS
@given(staged(), st.data())
def test_an_edited_file_says_the_new_plans(case: Case, data: st.DataObject) -> None:
    junction, plan, _ = case
    change = data.draw(st.sampled_from(list(changes_of(plan, junction, 1))))
    try:
        after = changed(plan, junction, change)
    except SignalctlError:
        assume(False)
    assume(all(part.length_s >= 1 for part in parts_of(after, junction)))
    other = replace(plan, junction_id="K")
    plans = PlanSet(
        name="n",
        network_file="n.net.xml",
        network_sha256=None,
        corridor=None,
        plans=FrozenMap({"J": plan, "K": other}),
        junction_hashes=FrozenMap(),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plans.yaml"
        write_plans(path, plans, "kept")
        try:
            read_plans(path)
        except InputError:
            assume(False)  # seconds a plan may hold, such as a start before 0, but no file
        edit_plans(path, path, {"J": after})
        assert dict(read_plans(path).plans) == {"J": after, "K": other}
        assert path.read_text().startswith("# kept\n")
