"""Mending shipped programs: only what takes no judgement, never who drives when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.aspect import AMBERS, GREENS, RESTS
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.program import Program
from signalctl.optimiser.mend import mended


def group(name: str, link: int, kind: GroupKind = GroupKind.VEHICLE) -> SignalGroup:
    return SignalGroup(
        id=name, kind=kind, approach=name, movements=(Movement.THROUGH,), links=(link,)
    )


JUNCTION = Junction(
    id="J",
    groups=(group("main", 0), group("turn", 1), group("side", 2)),
    conflicts=ConflictMatrix(
        hard=frozenset({("main", "side")}), yields=frozenset({("turn", "main")})
    ),
    intergreens=IntergreenMatrix.of(
        {("main", "side"): 4, ("side", "main"): 4, ("main", "turn"): 2, ("turn", "main"): 3}
    ),
)


def test_a_sound_program_is_left_alone() -> None:
    program = Program.of(
        {"main": "GGGGGyyyrrrrrrr", "turn": "gggggyyyrrrrrrr", "side": "rrrrrrrrrGGGyyy"}
    )
    found = mended(program, JUNCTION)
    assert found.program is program
    assert found.notes == ()


def test_a_protected_turn_that_gives_way_becomes_permissive_until_the_others_have_cleared() -> None:
    program = Program.of(
        {"main": "GGGGGyyyrrrrrrr", "turn": "GGGGGGGGGGyyyrr", "side": "rrrrrrrrrGGGyyy"}
    )
    found = mended(program, JUNCTION)
    # main is green to second 5 and clears for 2 s more.
    assert found.program.seconds["turn"] == "gggggggGGGyyyrr"
    assert found.program.seconds["main"] == program.seconds["main"]
    assert found.notes == ("J: shown permissive, because they give way: turn.",)


def test_missing_amber_is_taken_from_the_red() -> None:
    program = Program.of(
        {"main": "GGGGGrrrrrrrrrr", "turn": "rrrrrrrrrrrrrrr", "side": "rrrrrrrrrGGGrrr"}
    )
    found = mended(program, JUNCTION)
    assert found.program.seconds["main"] == "GGGGGyyyrrrrrrr"
    assert found.program.seconds["side"] == "rrrrrrrrrGGGyyy"


def test_no_room_for_amber_is_left_for_the_rules() -> None:
    program = Program.of(
        {"main": "GGGGGrrGGGGGGGG", "turn": "rrrrrrrrrrrrrrr", "side": "rrrrrrrrrrrrrrr"}
    )
    assert mended(program, JUNCTION).program is program


def test_amber_between_two_greens_is_green_unless_a_hard_foe_is() -> None:
    program = Program.of(
        {"main": "GGGGGyyyrrrrrrr", "turn": "rrrrrrrrrrrrrrr", "side": "yyrrrrrrrGGGGyG"}
    )
    found = mended(program, JUNCTION)
    # Nobody who crosses is near: permissive in between would make drivers brake for nothing.
    assert found.program.seconds["side"] == "yyrrrrrrrGGGGGG"
    both = Program.of(
        {"main": "GGGGGyyyrrrrrGG", "turn": "rrrrrrrrrrrrrrr", "side": "yyrrrrrrrGGGGyG"}
    )
    assert mended(both, JUNCTION).program.seconds["side"] == both.seconds["side"]
    clearing = Program.of(
        {"main": "GGGGGyyyrrrrrrr", "turn": "rrrrGGyGGyyyrrr", "side": "rrrrrrrrrrrrrrr"}
    )
    # The traffic it gives way to still clears in second 6.
    assert mended(clearing, JUNCTION).program.seconds["turn"] == "rrrrgggGGyyyrrr"


LETTERS = st.text(alphabet="rGgys", min_size=12, max_size=12)


@given(LETTERS, LETTERS, LETTERS)
def test_nobody_gets_a_green_at_rest_and_nobody_loses_one(main: str, turn: str, side: str) -> None:
    program = Program.of({"main": main, "turn": turn, "side": side})
    after = mended(program, JUNCTION).program
    for name, before in program.seconds.items():
        for old, new in zip(before, after.seconds[name], strict=True):
            if old in GREENS:
                assert new in GREENS
            elif old in RESTS:
                assert new in RESTS | AMBERS
            else:
                assert new in GREENS | AMBERS


@given(LETTERS, LETTERS, LETTERS)
def test_mending_twice_changes_nothing_more(main: str, turn: str, side: str) -> None:
    once = mended(Program.of({"main": main, "turn": turn, "side": side}), JUNCTION)
    assert mended(once.program, JUNCTION).program == once.program
