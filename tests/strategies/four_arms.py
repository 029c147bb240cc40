"""A crossroads of four throughs and four lefts, with a crossing if wanted."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.program import Program

FACING = {"N": "S", "S": "N", "E": "W", "W": "E"}
THROUGHS = ("N", "E", "S", "W")
LEFTS = tuple(f"{side}l" for side in THROUGHS)
WALK = "Nw"
"""The crossing of the northern arm: in the way of N, of S (straight into it) and of both lefts
into it."""


def crossroads(*, walk: bool = False, clearing: Mapping[str, int] | None = None) -> Junction:
    """The junction; `clearing` maps groups to their intergreen (s) to everybody, 5 else."""
    clearing = clearing or {}
    groups = [
        SignalGroup(
            id=name,
            kind=GroupKind.VEHICLE,
            approach=name[0],
            movements=(Movement.LEFT if name in LEFTS else Movement.THROUGH,),
            links=(link,),
        )
        for link, name in enumerate((*THROUGHS, *LEFTS))
    ]
    hard = set()
    yields = {(f"{side}l", FACING[side]) for side in THROUGHS}
    for a, b in combinations((*THROUGHS, *LEFTS), 2):
        if b[0] not in (a[0], FACING[a[0]]):
            hard.add((a, b))
    seconds = {(a, b): clearing.get(a, 5) for pair in hard | yields for a, b in (pair, pair[::-1])}
    if walk:
        groups.append(
            SignalGroup(
                id=WALK,
                kind=GroupKind.PEDESTRIAN,
                approach="Nw",
                movements=(Movement.CROSSING,),
                links=(8,),
                amber_s=0,
                crossing_m=12.0,
            )
        )
        hard |= {("N", WALK), ("S", WALK), ("Nl", WALK)}
        yields.add(("El", WALK))
        for foe in ("N", "S", "Nl", "El"):
            seconds |= {(WALK, foe): 12, (foe, WALK): 5}
    return Junction(
        id="J",
        groups=tuple(groups),
        conflicts=ConflictMatrix(hard=frozenset(hard), yields=frozenset(yields)),
        intergreens=IntergreenMatrix.of(seconds),
    )


def four_stages() -> Program:
    """North-south, its lefts, east-west, its lefts: everything protected."""
    stages = (("N", "S"), ("Nl", "Sl"), ("E", "W"), ("El", "Wl"))
    letters = dict.fromkeys((*THROUGHS, *LEFTS), "")
    for stage in stages:
        for name in letters:
            letters[name] += "G" * 15 + "yyyrr" if name in stage else "r" * 20
    return Program.of(letters)
