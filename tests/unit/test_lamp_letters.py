"""Colours on the wire become kinds of green: by the plan, by its greens, by the conflicts."""

from __future__ import annotations

from crossing import crossing
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from timings import junctions, programs

from signalctl.domain.aspect import AMBERS, GREENS, RESTS, Aspect
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.workflow.twin.lamp_letters import Colours, Known, Lettered, Wired

CROSSING = crossing()
PROGRAM = Program.of(
    {
        "E": "GGGGGGyyyrrrrrrrrr",
        "W": "GGGGGGGGGyyyrrrrrr",
        "WL": "ggggggGGGyyyrrrrrr",
        "N": "rrrrrrrrrrrrrGGyyy",
        "F": "GGGrrrrrrrrrrrrrrr",
    }
)
"""The left turn gives way until the opposite direction has ended."""


def colour(aspect: Aspect) -> Aspect:
    """What a wire tells of a lamp."""
    for told, meant in (
        (Aspect.PROTECTED, GREENS),
        (Aspect.AMBER, AMBERS),
        (Aspect.RED, RESTS),
    ):
        if aspect in meant:
            return told
    return aspect


def told(program: Program, second: int) -> dict[str, Aspect]:
    return {g: colour(program.aspect(g, second)) for g in program.group_ids}


def shown(program: Program, second: int) -> dict[str, Aspect]:
    return {g: program.aspect(g, second) for g in program.group_ids}


def read(wired: Wired, *seconds: Colours) -> Lettered:
    found: Lettered | None = None
    for colours in seconds:
        found = wired.lettered(colours, found)
    assert found is not None
    return found


def test_the_kind_of_green_is_the_plans() -> None:
    wired = Wired(CROSSING, PROGRAM)
    for second in range(18):
        found = wired.lettered(told(PROGRAM, second), None)
        assert found.known is Known.PLAN
        assert found.aspects == shown(PROGRAM, second)


def test_of_two_kinds_under_the_same_colours_the_one_that_gives_way_is_taken() -> None:
    twice = Program.of({**PROGRAM.seconds, "WL": "ggGGGgGGGyyyrrrrrr"})
    wired = Wired(CROSSING, twice)
    assert wired.lettered(told(twice, 3), None).aspects["WL"] is Aspect.PERMISSIVE


def test_the_seconds_before_tell_where_in_the_plan_it_is() -> None:
    twice = Program.of({**PROGRAM.seconds, "WL": "ggGGGgGGGyyyrrrrrr"})
    wired = Wired(CROSSING, twice)
    before = read(wired, *(told(twice, second) for second in range(15, 18)))
    for second in range(18, 36):
        before = wired.lettered(told(twice, second), before)
        assert before.aspects == shown(twice, second)
        assert before.places == {second % 18}


def test_seconds_that_nobody_read_do_not_lose_the_place() -> None:
    twice = Program.of({**PROGRAM.seconds, "WL": "ggGGGgGGGyyyrrrrrr"})
    wired = Wired(CROSSING, twice)
    before = read(wired, *(told(twice, second) for second in range(15, 18)))
    after = wired.lettered(told(twice, 21), before, passed_s=4)
    assert after.places == {3}


def test_colours_of_no_second_are_read_by_their_greens() -> None:
    wired = Wired(CROSSING, PROGRAM)
    odd = {**told(PROGRAM, 4), "N": Aspect.AMBER}
    found = wired.lettered(odd, None)
    assert found.known is Known.GREENS
    assert found.aspects["WL"] is Aspect.PERMISSIVE
    assert found.aspects["N"] is Aspect.AMBER
    assert found.places == frozenset()


def test_without_a_plan_who_has_to_give_way_does() -> None:
    wired = Wired(CROSSING, None)
    together = dict.fromkeys(("E", "W", "WL"), Aspect.PROTECTED) | {"N": Aspect.RED}
    found = wired.lettered({**together, "F": Aspect.RED}, None)
    assert found.known is Known.CONFLICTS
    assert found.aspects["WL"] is Aspect.PERMISSIVE
    assert found.aspects["E"] is found.aspects["W"] is Aspect.PROTECTED
    alone = {**together, "E": Aspect.RED, "F": Aspect.RED}
    assert wired.lettered(alone, None).aspects["WL"] is Aspect.PROTECTED


def test_a_group_that_is_not_told_follows_the_plan() -> None:
    wired = Wired(CROSSING, PROGRAM)
    partly: dict[str, Aspect | None] = {**told(PROGRAM, 1), "F": None}
    before = wired.lettered({**told(PROGRAM, 0)}, None)
    before = Lettered(aspects=before.aspects, known=Known.PLAN, places=frozenset({0}))
    found = wired.lettered(partly, before)
    assert found.known is Known.PLAN
    assert found.aspects["F"] is Aspect.PROTECTED


def test_out_of_order_and_dark_are_told_as_they_are() -> None:
    for aspect in (Aspect.FLASHING, Aspect.OFF):
        found = Wired(CROSSING, PROGRAM).lettered(dict.fromkeys(CROSSING.group_ids, aspect), None)
        assert set(found.aspects.values()) == {aspect}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Junction, Program]:
    junction = draw(junctions())
    return junction, draw(programs(junction.group_ids, most_s=30))


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 29))
def test_after_one_cycle_every_lamp_is_the_plans(case: tuple[Junction, Program], at: int) -> None:
    junction, program = case
    cycle_s = program.cycle_s
    colours = [tuple(told(program, second).items()) for second in range(cycle_s)]
    own = all(colours[k:] + colours[:k] != colours for k in range(1, cycle_s))
    assume(own)
    wired = Wired(junction, program)
    before = read(wired, *(told(program, at + second) for second in range(cycle_s)))
    for second in range(at + cycle_s, at + 2 * cycle_s):
        before = wired.lettered(told(program, second), before)
        assert before.aspects == shown(program, second)


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 29))
def test_no_reading_claims_more_than_the_plan(case: tuple[Junction, Program], at: int) -> None:
    junction, program = case
    found = Wired(junction, program).lettered(told(program, at), None)
    for group, aspect in found.aspects.items():
        meant = program.aspect(group, at)
        assert colour(aspect) is colour(meant)
        if aspect is Aspect.PROTECTED:
            assert meant is Aspect.PROTECTED
