"""Laws 2 and 4 of the design, and what every expansion keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from timings import (
    junctions,
    offsets,
    plan_of,
    programs,
    ring_barriers,
    stage_sequences,
    staged,
)

from signalctl.domain.aspect import AMBERS, GREENS, Aspect, GreenKind
from signalctl.domain.band import Arc, intersect_arcs, widest_band
from signalctl.domain.collapse import collapse, collapse_stages, collapse_windows
from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, timed, zero_s
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, Junction
from signalctl.domain.plan import GreenWindows, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.domain.ring_barrier import RingBarrier, collapse_ring_barrier
from signalctl.rules.registry import PROFILES, Profile, profile
from signalctl.rules.validate import validate, validate_program

LAWS = settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(staged(gaps=True))
def test_expanding_a_collapsed_program_is_the_identity(
    case: tuple[Junction, TimingPlan, Program],
) -> None:
    junction, plan, program = case
    form = collapse(program, junction)
    assert expand(replace(plan, form=form), junction) == program


@LAWS
@given(staged(gaps=True))
def test_stages_come_back_as_stages_in_one_canonical_form(
    case: tuple[Junction, TimingPlan, Program],
) -> None:
    junction, plan, program = case
    assume(isinstance(plan.form, StageSequence))
    form = collapse_stages(program, junction)
    assert expand(replace(plan, form=form), junction) == program
    assert collapse_stages(expand(replace(plan, form=form), junction), junction) == form
    event(f"{len(form.stages)} stages")


@LAWS
@given(staged(), st.integers(-200, 200))
def test_collapse_does_not_depend_on_where_second_zero_lies(
    case: tuple[Junction, TimingPlan, Program], shift_s: int
) -> None:
    junction, plan, program = case
    assume(isinstance(plan.form, StageSequence))

    def stages(shown: Program) -> list[tuple[int, FrozenMap[str, GreenKind]]]:
        form = collapse_stages(shown, junction)
        order = [(s.split_s, s.greens) for s in form.stages]
        turns = [order[k:] + order[:k] for k in range(len(order))]
        return min(turns, key=fingerprint)

    assert stages(program.shifted(shift_s)) == stages(program)


@LAWS
@given(st.data(), junctions())
def test_any_program_collapses_to_something_that_shows_it(
    data: st.DataObject, junction: Junction
) -> None:
    program = data.draw(programs(junction.group_ids))
    form = collapse(program, junction)
    event(type(form).__name__)
    assert expand(plan_of(form, program.cycle_s), junction) == program
    for turn_back in (collapse_stages, collapse_windows):
        try:
            form = turn_back(program, junction)
        except NotExpressible:
            continue
        assert expand(plan_of(form, program.cycle_s), junction) == program


@LAWS
@given(staged(gaps=True))
def test_windows_say_whatever_stages_say(case: tuple[Junction, TimingPlan, Program]) -> None:
    junction, plan, program = case
    form = collapse_windows(program, junction)
    assert isinstance(form, GreenWindows)
    assert expand(replace(plan, form=form), junction) == program


@LAWS
@given(ring_barriers())
def test_ring_barrier_comes_back_as_it_was(case: tuple[Junction, TimingPlan]) -> None:
    junction, plan = case
    assert isinstance(plan.form, RingBarrier)
    program = expand(plan, junction)
    again = collapse_ring_barrier(program, plan.form)
    assert expand(replace(plan, form=again), junction) == program
    if len(plan.form.phases) > len(plan.form.sections[0]):  # else nothing ever changes
        assert again == plan.form


@LAWS
@given(staged())
def test_an_expansion_keeps_the_lamps_of_the_group(
    case: tuple[Junction, TimingPlan, Program],
) -> None:
    junction, plan, program = case
    for group in junction.groups:
        letters = program.seconds[group.id]
        for start, end in program.green_spans(group.id):
            if end - start == plan.cycle_s:
                continue
            after = [Aspect(letters[(end + k) % plan.cycle_s]) for k in range(group.amber_s)]
            before = [Aspect(letters[start - 1 - k]) for k in range(group.red_amber_s)]
            assert set(after) <= AMBERS
            assert set(before) <= {Aspect.RED_AMBER}
        assert set(letters) - GREENS - AMBERS - {Aspect.RED_AMBER} <= {group.rest}


@LAWS
@given(staged())
def test_a_gaining_group_waits_for_every_known_intergreen(
    case: tuple[Junction, TimingPlan, Program],
) -> None:
    junction, plan, program = case
    assume(isinstance(plan.form, StageSequence))
    for (ending, starting), wait_s in junction.intergreens.seconds.items():
        if junction.conflicts.between(ending, starting) is not Conflict.HARD:
            continue  # may share a stage, and then need not wait for each other
        for start, _ in program.green_spans(starting):
            if program.aspect(ending, start) in GREENS:
                continue
            if program.aspect(starting, start - 1) in GREENS:  # green throughout
                continue
            gap = next(
                (k for k in range(plan.cycle_s) if program.aspect(ending, start - 1 - k) in GREENS),
                wait_s,
            )
            assert gap >= wait_s


@LAWS
@given(st.data(), staged())
def test_offset_puts_the_reference_point_where_it_says(
    data: st.DataObject, case: tuple[Junction, TimingPlan, Program]
) -> None:
    junction, plan, program = case
    group = data.draw(st.sampled_from(junction.group_ids))
    offset = data.draw(offsets(plan.cycle_s, group))
    try:
        shown = timed(replace(plan, offset=offset), junction)
    except InputError:
        spans = program.green_spans(group)
        assert offset.group == group
        assert len(spans) != 1 or spans[0][1] - spans[0][0] == plan.cycle_s
        return
    assert shown == program.shifted(zero_s(offset, program))
    if offset.group is not None:
        ((start, end),) = shown.green_spans(group)
        assert offset.seconds in (start, end % plan.cycle_s)


@LAWS
@given(st.data(), st.integers(-500, 500))
def test_law_4_shifting_a_corridor_changes_no_band_and_no_finding(
    data: st.DataObject, by_s: int
) -> None:
    junction = data.draw(junctions(most_groups=3))
    base = data.draw(stage_sequences(junction))
    cycle_s = sum(stage.split_s for stage in base.stages)
    group = data.draw(st.sampled_from(junction.group_ids))
    n = data.draw(st.integers(1, 4))
    plans = [plan_of(base, cycle_s, data.draw(offsets(cycle_s))) for _ in range(n)]
    moved = [
        replace(p, offset=replace(p.offset, seconds=(p.offset.seconds + by_s) % cycle_s))
        for p in plans
    ]
    for before, after in zip(plans, moved, strict=True):
        assert (
            validate(before, junction, profile("gb")).findings
            == validate(after, junction, profile("gb")).findings
        )
    line = Progression(
        stop_lines=tuple(
            StopLine(junction_id=f"J{i}", group_id=group, position_m=137.0 * i) for i in range(n)
        ),
        speeds_mps=tuple(data.draw(st.floats(5, 25)) for _ in range(n - 1)),
    )
    try:
        bands = [
            widest_band(line, {f"J{i}": timed(p, junction) for i, p in enumerate(ps)}, cycle_s)
            for ps in (plans, moved)
        ]
    except (InputError, NotExpressible):
        return
    assert bands[1].width_s == pytest.approx(bands[0].width_s, abs=1e-6)


@LAWS
@given(st.data(), junctions(gaps=True), st.integers(-100, 100), st.sampled_from(PROFILES))
def test_findings_move_with_the_program(
    data: st.DataObject, junction: Junction, by_s: int, rules: Profile
) -> None:
    program = data.draw(programs(junction.group_ids))
    # What never changes has no first second to move.
    plain = (text.translate(str.maketrans("gs", "Gr")) for text in program.seconds.values())
    assume(all(len(set(text)) > 1 for text in plain))

    def told(shown: Program, back_s: int) -> list[tuple[object, ...]]:
        # An unknown intergreen is told once a pair, at the first change after second 0.
        return sorted(
            (f.rule, f.groups, -1 if f.second is None else (f.second - back_s) % shown.cycle_s)
            for f in validate_program(shown, junction, rules)
            if f.rule != "intergreen-unknown"
        )

    assert told(program.shifted(by_s), by_s) == told(program, 0)


@LAWS
@given(st.data(), st.sampled_from([12, 20, 24]))
def test_widest_band_equals_brute_force(data: st.DataObject, cycle_s: int) -> None:
    n = data.draw(st.integers(1, 4))
    shown = {}
    for i in range(n):
        own_s = data.draw(st.sampled_from([cycle_s, cycle_s, cycle_s // 2]))
        flags = data.draw(st.lists(st.sampled_from("GGGgr"), min_size=own_s, max_size=own_s))
        shown[f"J{i}"] = Program.of({"a": "".join(flags)})
    # Travel times in quarter seconds, so that a grid of quarters is exact.
    line = Progression(
        stop_lines=tuple(
            StopLine(junction_id=f"J{i}", group_id="a", position_m=float(p))
            for i, p in enumerate(
                sorted(data.draw(st.sets(st.integers(0, 200), min_size=n, max_size=n)))
            )
        ),
        speeds_mps=(4.0,) * (n - 1),
    )
    band = widest_band(line, shown, cycle_s)
    quarters = 4 * cycle_s
    free = [
        all(
            shown[stop.junction_id].seconds["a"][
                int((k / 4 + travel_s) % shown[stop.junction_id].cycle_s)
            ]
            in GREENS
            for stop, travel_s in zip(line.stop_lines, line.travel_times_s, strict=True)
        )
        for k in range(quarters)
    ]
    best = max(
        (
            next((m for m in range(quarters) if not free[(k + m) % quarters]), quarters)
            for k in range(quarters)
        ),
    )
    assert band.width_s == pytest.approx(best / 4, abs=1e-6)
    if 0 < band.width_s < cycle_s:
        first = round(band.start_s * 4)
        assert all(free[(first + m) % quarters] for m in range(best))
        assert band.binding


arcs = st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30)), min_size=0, max_size=3)


def _covered(parts: list[Arc], cycle_s: int) -> set[int]:
    return {int(start + k) % cycle_s for start, length in parts for k in range(round(length))}


@LAWS
@given(arcs, arcs)
def test_arcs_intersect_like_sets(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    sides: list[list[Arc]] = []
    for side in (one, two):
        parts: list[Arc] = []
        for start, length in side:
            if length < 30 and not _covered([(start, length)], 30) & _covered(parts, 30):
                parts.append((float(start), float(length)))
        sides.append(parts)
    cut = intersect_arcs(sides[0], sides[1], 30)
    assert _covered(cut, 30) == _covered(sides[0], 30) & _covered(sides[1], 30)
    assert sum(length for _, length in cut) == len(_covered(cut, 30))


@LAWS
@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=6), st.randoms())
def test_frozen_maps_and_fingerprints_ignore_order(items: dict[str, int], random: object) -> None:
    pairs = list(items.items())
    random.shuffle(pairs)  # type: ignore[attr-defined]  # hypothesis' Random
    one, two = FrozenMap(items), FrozenMap(pairs)
    assert one == two
    assert hash(one) == hash(two)
    assert fingerprint(one) == fingerprint(two)


@LAWS
@given(st.lists(st.sampled_from("rGgy"), min_size=1, max_size=30), st.integers(-70, 70))
def test_runs_cover_the_circle_once_and_shift_with_it(letters: list[str], by_s: int) -> None:
    program = Program.of({"a": "".join(letters)})
    runs = program.runs("a")
    seconds = [t % len(letters) for run in runs for t in range(run.start_s, run.end_s)]
    assert sorted(seconds) == list(range(len(letters)))
    assert all(
        program.aspect("a", t) is run.aspect for run in runs for t in range(run.start_s, run.end_s)
    )
    moved = program.shifted(by_s)
    assert all(moved.aspect("a", t + by_s) is program.aspect("a", t) for t in range(len(letters)))
    assert len(moved.runs("a")) == len(runs)
    assert sum(w.length_s for w in moved.greens("a")) == sum(x in "Gg" for x in letters)
    assert GreenKind.PROTECTED in {w.kind for w in program.greens("a")} or "G" not in letters
