"""The steady states of a program: what it shows between its changes."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from signalctl.controllers.adaptive.strategy import State
from signalctl.domain.aspect import AMBERS, GREENS, UNSIGNALISED, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import Program

STEADY_S: Final = 5
"""A state shown for less is part of a change: the usual least green (RiLSA 2015:
Mindestfreigabezeit 5 s)."""


def green_states(program: Program) -> tuple[State, ...]:
    """Each different state with some green and no amber, by its first second.

    Those shown for STEADY_S or longer; where none is, all of them. A group that is
    never under control (dark or flashing throughout) may be so in a state; seconds in
    which others are belong to no state.
    """
    groups = program.group_ids
    columns = ["".join(letters) for letters in zip(*program.seconds.values(), strict=True)]
    uncontrolled = {g for g in groups if set(program.seconds[g]) <= set(UNSIGNALISED)}
    longest: dict[str, int] = {}
    for column, same in groupby([*columns, *columns]):
        longest[column] = max(longest.get(column, 0), sum(1 for _ in same))
    found = {column: s for column, s in longest.items() if _is_steady(groups, column, uncontrolled)}
    kept = [column for column, s in found.items() if s >= STEADY_S] or list(found)
    return tuple(
        FrozenMap({group: Aspect(letter) for group, letter in zip(groups, column, strict=True)})
        for column in kept
    )


def _is_steady(groups: tuple[str, ...], column: str, uncontrolled: set[str]) -> bool:
    aspects = [
        Aspect(letter)
        for group, letter in zip(groups, column, strict=True)
        if group not in uncontrolled
    ]
    return any(a in GREENS for a in aspects) and not any(
        a in AMBERS or a is Aspect.RED_AMBER or a in UNSIGNALISED for a in aspects
    )
