"""The steady states of a program: what it shows between its changes."""

from __future__ import annotations

from collections import Counter
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
    """Each different set of greens without amber beside it, by its first second.

    Those shown for STEADY_S or longer; where none is, all of them. While the same
    groups are green some may turn from permissive to protected: the state has the kinds
    shown longest, of two shown equally long the later. A group that is never under
    control (dark or flashing throughout) may be so in a state; seconds in which others
    are belong to no state.
    """
    groups = program.group_ids
    columns = ["".join(letters) for letters in zip(*program.seconds.values(), strict=True)]
    uncontrolled = {g for g in groups if set(program.seconds[g]) <= set(UNSIGNALISED)}
    greens_of = {column: _greens(groups, column, uncontrolled) for column in set(columns)}
    longest: dict[frozenset[str], tuple[int, str]] = {}
    # Twice around, so that a state over the end of the cycle is seen whole.
    for greens, same in groupby([*columns, *columns], greens_of.__getitem__):
        shown = list(same)
        if greens:
            known_s, kinds = longest.get(greens, (0, ""))
            if len(shown) > known_s:
                kinds = max(reversed(shown), key=Counter(shown).__getitem__)
                known_s = len(shown)
            longest[greens] = known_s, kinds
    kept = [kinds for s, kinds in longest.values() if s >= STEADY_S] or [
        kinds for _, kinds in longest.values()
    ]
    return tuple(
        FrozenMap({group: Aspect(letter) for group, letter in zip(groups, column, strict=True)})
        for column in kept
    )


def _greens(groups: tuple[str, ...], column: str, uncontrolled: set[str]) -> frozenset[str]:
    """Who is green in a steady second; nobody while any lamp is in change or out of control."""
    aspects = {
        group: Aspect(letter)
        for group, letter in zip(groups, column, strict=True)
        if group not in uncontrolled
    }
    changing = AMBERS | UNSIGNALISED | {Aspect.RED_AMBER}
    if any(aspect in changing for aspect in aspects.values()):
        return frozenset()
    return frozenset(group for group, aspect in aspects.items() if aspect in GREENS)
