"""Who may be permissive: as shipped by default, wider or narrower by the engineer's word."""

from __future__ import annotations

import pytest

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.program import Program
from signalctl.optimiser.stage_design.permission import (
    Permission,
    TurnRule,
    may_be_permissive,
    permission_from,
    permitted_yields,
)


def group(name: str, link: int, movement: Movement = Movement.THROUGH) -> SignalGroup:
    return SignalGroup(
        id=name, kind=GroupKind.VEHICLE, approach=name[0], movements=(movement,), links=(link,)
    )


JUNCTION = Junction(
    id="J",
    groups=(
        group("N", 0),
        group("Nl", 1, Movement.LEFT),
        group("S", 2),
        group("Sr", 3, Movement.RIGHT),
        group("W", 4),
    ),
    conflicts=ConflictMatrix(
        hard=frozenset({("N", "W"), ("S", "W"), ("Nl", "W")}),
        yields=frozenset({("Nl", "S"), ("Sr", "W"), ("Sr", "Nl")}),
    ),
    intergreens=IntergreenMatrix.of({("N", "W"): 4, ("W", "N"): 4}),
)
PROTECTED = Program.of(
    {
        "N": "GGGGGGyyyrrrrrrrrrrr",
        "Nl": "rrrrrrrrrrrrrrGGGyyy",
        "S": "GGGGGGyyyrrrrrrrrrrr",
        "Sr": "GGGGGGyyyGGGGGyyyrrr",
        "W": "rrrrrrrrrGGyyyrrrrrr",
    }
)
PERMISSIVE = Program.of({**PROTECTED.seconds, "Nl": "ggggggyyyrrrrrrrrrrr"})


def test_as_shipped_is_what_a_program_shows() -> None:
    assert may_be_permissive(JUNCTION, [PERMISSIVE], Permission()) == {"Nl", "Sr"}


def test_a_turn_shown_protected_beside_traffic_it_joins_counts_as_shipped_to_that_traffic() -> None:
    # Sr is green beside W in the shipped program, never beside Nl.
    assert permitted_yields(JUNCTION, [PROTECTED], Permission()) == {("Sr", "W")}


def test_may_yield_is_wherever_the_matrix_lets_it() -> None:
    everywhere = Permission(default=TurnRule.MAY_YIELD)
    assert permitted_yields(JUNCTION, [PROTECTED], everywhere) == JUNCTION.conflicts.yields


def test_exceptions_hold_for_one_group_of_one_junction() -> None:
    rule = permission_from({"J": JUNCTION}, may_yield=["J:Nl"], protected_only=["J:Sr"])
    assert may_be_permissive(JUNCTION, [PROTECTED], rule) == {"Nl"}
    other = Permission(exceptions=FrozenMap({("K", "Nl"): TurnRule.MAY_YIELD}))
    assert may_be_permissive(JUNCTION, [PROTECTED], other) == {"Sr"}


def test_protected_only_forbids_what_is_shipped() -> None:
    nobody = Permission(default=TurnRule.PROTECTED_ONLY)
    assert may_be_permissive(JUNCTION, [PERMISSIVE], nobody) == frozenset()


def test_lists_are_separated_by_commas_and_ids_may_hold_colons() -> None:
    colon = Junction(id="a:b", groups=JUNCTION.groups, conflicts=JUNCTION.conflicts)
    rule = permission_from({"J": JUNCTION, "a:b": colon}, may_yield=["J:Nl, a:b:Nl,", "J:Sr"])
    assert set(rule.exceptions) == {("J", "Nl"), ("a:b", "Nl"), ("J", "Sr")}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Nl", "does not name a signal group"),
        ("J:", "does not name a signal group"),
        ("K:Nl", "no signal-controlled junction 'K'"),
        ("J:X", "no signal group 'X'"),
    ],
)
def test_a_mistake_is_one_clear_sentence(words: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        permission_from({"J": JUNCTION}, may_yield=[words])


def test_a_group_cannot_be_both() -> None:
    with pytest.raises(InputError, match="may yield and is protected only at once"):
        permission_from({"J": JUNCTION}, may_yield=["J:Nl"], protected_only=["J:Nl"])
