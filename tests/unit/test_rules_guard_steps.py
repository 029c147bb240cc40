"""The guard, second by second, on requests one can follow by eye."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.program import Program
from signalctl.rules.guard import Granted, Guard
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program


def _group(name: str, *, red_amber_s: int = 0, walks: bool = False) -> SignalGroup:
    return SignalGroup(
        id=name,
        kind=GroupKind.PEDESTRIAN if walks else GroupKind.VEHICLE,
        approach=name,
        movements=(Movement.CROSSING if walks else Movement.THROUGH,),
        links=(ord(name),),
        min_green_s=4,
        amber_s=0 if walks else 3,
        red_amber_s=red_amber_s,
        crossing_m=6.0 if walks else None,
    )


def _junction(*groups: SignalGroup, yields: tuple[tuple[str, str], ...] = ()) -> Junction:
    names = [group.id for group in groups]
    loose = {frozenset(pair) for pair in yields}
    hard = {(a, b) for a in names for b in names if a < b and frozenset((a, b)) not in loose}
    pairs = hard | {(b, a) for a, b in hard} | set(yields) | {(b, a) for a, b in yields}
    return Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=frozenset(hard), yields=frozenset(yields)),
        intergreens=IntergreenMatrix.of(dict.fromkeys(pairs, 5)),
    )


def _run(guard: Guard, **asked: str) -> tuple[dict[str, str], list[Granted]]:
    """Ask letter by letter; what each group shows, and everything granted."""
    length = len(next(iter(asked.values())))
    granted = [
        guard.step({group: Aspect(letters[t]) for group, letters in asked.items()})
        for t in range(length)
    ]
    return {g: "".join(one.aspects[g] for one in granted) for g in asked}, granted


def test_a_jump_from_green_to_green_runs_amber_and_intergreen() -> None:
    guard = Guard(_junction(_group("a"), _group("b")), profile("as-surveyed"))
    shown, granted = _run(guard, a="GGGGGGrrrrrrrr", b="rrrrrrGGGGGGGG")
    assert shown["a"] == "GGGGGGyyyrrrrr"
    assert shown["b"] == "rrrrrrrrrrrGGG"
    assert {w.rule for w in granted[6].withheld} == {"amber", "intergreen"}
    (withheld,) = granted[9].withheld
    assert (withheld.group, withheld.requested, withheld.granted) == (
        "b",
        Aspect.PROTECTED,
        Aspect.RED,
    )
    assert withheld.reason == "a ended 3 s ago; 5 s are asked."
    assert granted[11].withheld == ()


def test_a_green_is_held_to_its_minimum() -> None:
    guard = Guard(_junction(_group("a")), profile("as-surveyed"))
    shown, granted = _run(guard, a="Grrrrrrrrr")
    assert shown["a"] == "GGGGyyyrrr"
    assert granted[1].withheld[0].rule == "minimum-green"


def test_amber_neither_short_nor_for_ever() -> None:
    guard = Guard(_junction(_group("a")), profile("gb"))
    shown, _ = _run(guard, a="GGGGGGGGyyyyyyyyyy")
    assert shown["a"] == "GGGGGGGGyyyyyrrrrr"
    shown, _ = _run(guard, a="GGGGGGGyrGGGG")
    assert shown["a"] == "GGGGGGGyyyrGG"


def test_red_amber_is_put_in_and_is_a_promise() -> None:
    junction = _junction(_group("a", red_amber_s=1), _group("b", red_amber_s=1))
    guard = Guard(junction, profile("rilsa"))
    shown, granted = _run(guard, a="Grrrrrrrrr", b="rGrrrrrrrr")
    assert shown["a"] == "uGGGGGyyyr"
    assert shown["b"] == "rrrrrrrrrr"
    assert granted[0].withheld[0].rule == "red-amber"


def test_a_profile_without_red_amber_grants_none() -> None:
    guard = Guard(_junction(_group("a")), profile("gb"))
    shown, _ = _run(guard, a="uuuGGG")
    assert shown["a"] == "rrrGGG"


def test_two_that_ask_at_once_go_in_the_junctions_order() -> None:
    guard = Guard(_junction(_group("b"), _group("a")), profile("as-surveyed"))
    shown, _ = _run(guard, a="GGGG", b="GGGG")
    assert shown == {"a": "rrrr", "b": "GGGG"}


def test_people_on_the_crossing_hold_back_vehicles() -> None:
    # 6 m at 1.0 m/s take 6 s, one more than the matrix asks.
    guard = Guard(_junction(_group("a"), _group("f", walks=True)), profile("gb"))
    shown, granted = _run(guard, f="GGGGGGGrrrrrrrr", a="rrrrrrrGGGGGGGG")
    assert shown["a"] == "rrrrrrrrrrrrrGG"
    assert "6 s are asked" in granted[12].withheld[0].reason


def test_permissive_turn_waits_for_its_protection() -> None:
    junction = _junction(_group("l"), _group("t"), yields=(("l", "t"),))
    guard = Guard(junction, profile("gb"))
    shown, granted = _run(guard, l="ggggggggGGGGGGG", t="GGGGGGGGrrrrrrr")
    assert shown["l"] == "gggggggggggggGG"
    assert granted[9].withheld[0].rule == "protection"
    # A protected turn beside its oncoming traffic is not to be had at all.
    shown, _ = _run(Guard(junction, profile("gb")), l="GGGGG", t="GGGGG")
    assert shown == {"l": "GGGGG", "t": "rrrrr"}


def test_groups_that_start_together_need_not_wait_for_each_other() -> None:
    # A turn is protected, ends, and starts again as permissive with its oncoming traffic:
    # alone neither might start so soon.
    junction = _junction(_group("t"), _group("l"), yields=(("l", "t"),))
    program = Program.of({"t": "G" * 20 + "yyy" + "r" * 13, "l": "g" * 25 + "G" * 8 + "yyy"})
    surveyed = profile("as-surveyed")
    assert not [f for f in validate_program(program, junction, surveyed) if f.severity == "error"]
    guard = Guard.after(program, 0, junction, surveyed)
    for at in range(72):
        wanted = {g: program.aspect(g, at) for g in program.group_ids}
        granted = guard.step(wanted)
        assert granted.withheld == ()
        assert granted.aspects == wanted


def test_nonsense_is_refused_with_a_reason() -> None:
    guard = Guard(_junction(_group("a")), profile("gb"))
    for letter in "yYoO":
        granted = guard.step({"a": Aspect.RED})
        granted = guard.step({"a": Aspect(letter)})
        assert granted.aspects["a"] is Aspect.RED
        assert granted.withheld[0].rule == "succession"
    with pytest.raises(InputError, match="'x'"):
        guard.step({"x": Aspect.RED})


def test_silence_means_stay() -> None:
    guard = Guard(_junction(_group("a"), _group("b")), profile("gb"))
    nobody: Mapping[str, Aspect] = {}
    guard.step({"a": Aspect.PROTECTED})
    for _ in range(20):
        assert guard.step(nobody).aspects == {"a": Aspect.PROTECTED, "b": Aspect.RED}


def test_dark_groups_stay_dark_until_they_come_under_control_by_red() -> None:
    guard = Guard(_junction(_group("a"), _group("b")), profile("gb"))
    shown, _ = _run(guard, a="OOOGGG", b="rrrrrr")
    assert shown["a"] == "OOOrGG"
