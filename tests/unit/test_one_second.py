"""One second from here to there in every form of plan, and what people write to ask for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from crossing import P, Q, crossing, lamps, plan_am, sequence

from signalctl.domain.collapse import collapse_windows
from signalctl.domain.errors import InputError
from signalctl.domain.expand import expand, timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import GreenWindows, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.registry import profile
from signalctl.workflow.tune.moves import moves_of, vehicle_lamps
from signalctl.workflow.tune.one_second import Change, changed, parts_of, refusal
from signalctl.workflow.tune.one_second_green import GreenShift, is_rewritten
from signalctl.workflow.tune.one_second_text import in_words, parse_changes

J = crossing()
FHWA = profile("fhwa")
RINGS = RingBarrier(
    sections=(
        (
            (
                Phase(number=1, split_s=12, greens=FrozenMap({"WL": P})),
                Phase(number=2, split_s=20, greens=FrozenMap({"E": P})),
            ),
            (Phase(number=6, split_s=32, greens=FrozenMap({"W": P})),),
        ),
        ((Phase(number=4, split_s=28, greens=FrozenMap({"N": P})),),),
    )
)


def parsed(text: str, plan: TimingPlan | None = None) -> tuple[Change, ...]:
    return parse_changes(text, {"J": plan or plan_am()}, {"J": J, "K": J})


def one(text: str, plan: TimingPlan) -> TimingPlan:
    (change,) = parsed(text, plan)
    return changed(plan, J, change)


def splits(plan: TimingPlan) -> list[int]:
    assert isinstance(plan.form, StageSequence)
    return [stage.split_s for stage in plan.form.stages]


def test_a_second_from_stage_to_stage_keeps_cycle_and_start() -> None:
    after = one("J: stage 1 -1, stage 3 +1", plan_am())
    assert splits(after) == [29, 5, 26]
    assert after.cycle_s == 60
    before, now = expand(plan_am(), J), expand(after, J)
    assert now.green_spans("N") == tuple((s - 1, e) for s, e in before.green_spans("N"))
    assert refusal(after, J, FHWA) is None


def test_a_later_offset_delays_everything() -> None:
    after = one("J: offset +2 s", plan_am(seconds=59))
    assert after.offset.seconds == 1
    assert timed(after, J) == timed(plan_am(seconds=59), J).shifted(2)


def test_the_cycle_may_be_changed_by_saying_so() -> None:
    after = one("J: stage 1 +1, cycle +1", plan_am())
    assert (after.cycle_s, splits(after)) == (61, [31, 5, 25])
    with pytest.raises(InputError, match=r"stages change by \+1 s together.*cycle \+1"):
        one("J: stage 1 +1", plan_am())


@pytest.mark.parametrize("form", ["windows", "lamps"])
def test_windows_and_lamps_move_by_their_stretchable_steps(form: str) -> None:
    program = lamps(J).shifted(17)  # second 0 falls into a green
    plan = plan_am(program if form == "lamps" else collapse_windows(program, J))
    parts = parts_of(plan, J)
    assert [part.name for part in parts] == [str(n) for n in range(1, len(parts) + 1)]
    north = next(part for part in parts if "N" in part.greens)
    main = max(parts, key=lambda part: part.length_s)
    assert "E" in main.greens
    after = one(f"J: stage {main.name} -1, stage {north.name} +1", plan)
    assert isinstance(after.form, Program if form == "lamps" else GreenWindows)
    before, now = expand(plan, J), expand(after, J)
    assert sum(e - s for s, e in now.green_spans("N")) == 1 + sum(
        e - s for s, e in before.green_spans("N")
    )
    assert sum(e - s for s, e in now.green_spans("W")) == -1 + sum(
        e - s for s, e in before.green_spans("W")
    )
    assert refusal(after, J, FHWA) is None


def test_seconds_stay_inside_a_ring_between_two_barriers() -> None:
    plan = plan_am(RINGS)
    after = one("J: phase 1 -1, phase 2 +1", plan)
    assert isinstance(after.form, RingBarrier)
    assert [p.split_s for p in after.form.phases] == [11, 21, 32, 28]
    with pytest.raises(InputError, match="would not meet at barrier 1: ring 1 31 s and ring 2 32"):
        one("J: phase 1 -1, phase 4 +1", plan)


def test_one_green_alone_grows_and_its_amber_moves_along() -> None:
    plan = plan_am(lamps(J))
    before = expand(plan, J)
    ((start, end),) = before.green_spans("F")
    later = changed(
        plan, J, Change(junction_id="J", greens=(GreenShift(group_id="F", by_s=-2, at_end=True),))
    )
    assert expand(later, J).green_spans("F") == ((start, end - 2),)
    ((n_start, n_end),) = before.green_spans("N")
    shorter = one("J: group N -3 at its end", plan)
    now = expand(shorter, J)
    assert now.green_spans("N") == ((n_start, n_end - 3),)
    assert now.seconds["N"].count("y") == before.seconds["N"].count("y") == 3
    assert {g: now.seconds[g] for g in "EWF"} == {g: before.seconds[g] for g in "EWF"}
    late = one("J: group N -2 at its start", plan)
    assert expand(late, J).green_spans("N") == ((n_start + 2, n_end),)


def test_stages_that_cannot_say_a_green_become_windows() -> None:
    after = one("J: group N -1 at its start", plan_am())
    assert is_rewritten(plan_am().form, after.form)
    assert expand(after, J).green_spans("N") == tuple(
        (s + 1, e) for s, e in expand(plan_am(), J).green_spans("N")
    )


def test_a_broken_rule_is_named_with_its_second() -> None:
    after = one("J: group N +2 at its end", plan_am(lamps(J)))
    broken = refusal(after, J, FHWA)
    assert broken is not None
    assert broken.rule == "intergreen"
    assert broken.second is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Nothing is to be changed"),
        ("stage 1 +1", "names no junction"),
        ("X: stage 1 +1", "no junction 'X'.*plans of J"),
        ("K: stage 1 +1", "no plan of junction K"),
        ("J: stage 4 +1, stage 1 -1", r"no stage 4.*1 \(30 s\), 2 \(5 s\), 3 \(25 s\)"),
        ("J: stage 1 +0, stage 2 -0", "changes nothing"),
        ("J: stage 1 +1, stage 1 -1", "stage 1 is changed twice"),
        ("J: stage 1 plus one", "no change"),
        ("J: stage 1 1", "no change"),
        ("J: phase 1 +1, phase 2 -1", "written in stages"),
        ("J: stage 1 +1,, stage 2 -1", "empty place"),
        ("J: offset +1; J: offset +1", "named twice"),
        ("J: offset +60", r"cannot move by \+60 s"),
        ("J: " + "offset +1, " * 2000, "More than"),
    ],
)
def test_every_mistake_gets_a_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parsed(text)


@pytest.mark.parametrize("text", ["J: group X +1 at its end", "J: group N green 3 +1 at its end"])
def test_greens_that_are_not_there_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"no signal group|no green 3"):
        one(text, plan_am())


def test_what_is_said_is_read_again() -> None:
    text = "J: stage 1 -2 s, stage 3 +1 s, cycle -1 s, offset +3 s, group N -1 s at its start"
    (change,) = parsed(text)
    assert in_words(change) == text
    assert parsed(in_words(change)) == (change,)
    typeset = "J：stage 1 −2，stage 3 ＋1, cycle −1, offset +3, group N -1 at start"
    assert parsed(typeset) == (change,)


def test_stage_names_come_before_numbers() -> None:
    form = sequence((30, {"E": P, "W": P, "WL": Q}), (30, {"N": P}))
    named = replace(
        form,
        stages=(replace(form.stages[0], id="2"), replace(form.stages[1], id="north")),
    )
    (change,) = parsed("J: stage 2 +1, stage north -1", plan_am(named))
    assert change.parts == {"2": 1, "north": -1}


def test_moves_are_safe_all_different_and_change_what_vehicles_see() -> None:
    plan = plan_am()
    moves = moves_of(plan, J, 1, FHWA)
    here = vehicle_lamps(timed(plan, J), J)
    shown = [move.lamps for move in moves.allowed]
    assert len(set(shown)) == len(shown)
    assert here not in shown
    assert all(refusal(move.plan, J, FHWA) is None for move in moves.allowed)
    assert all(each.why for each in moves.refused)
    # Stages 1 and 2 show vehicles the same: the one without people on foot gives, or neither.
    gives = [m for m in moves.allowed if m.change.parts.get("3") == 1 and not m.change.offset_s]
    assert [m.change.parts.get("2") for m in gives] == [-1]


def test_moves_below_a_minimum_green_are_refused_by_its_rule() -> None:
    tight = sequence(
        (43, {"E": P, "W": P, "WL": Q, "F": P}), (5, {"E": P, "W": P, "WL": Q}), (12, {"N": P})
    )
    moves = moves_of(plan_am(tight), J, 1, FHWA)
    taken = [each for each in moves.refused if each.change.parts.get("3") == -1]
    assert taken
    assert {each.rule for each in taken} == {"minimum-green"}
    assert all(each.second is not None for each in taken)
    assert not any(move.change.parts.get("3") == -1 for move in moves.allowed)
