"""States that the guard lets through: those of a program, parted where it shows too much.

Shipped programs show groups green together that may not be: everybody at once, or a turn
across the bicycles beside it. Asked for such a state the guard withholds some groups, and
would for ever. Parted, each of its groups has a state in which it is granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from signalctl.controllers.adaptive.strategy import State
from signalctl.domain.aspect import GREENS
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.rules.guard import Guard
from signalctl.rules.registry import Profile

_TRIED_S: Final = 10
"""From all red, whoever may be green is so by then: longer than any red-amber."""


def grantable_states(
    states: Sequence[State], junction: Junction, rules: Profile
) -> tuple[State, ...]:
    """The states in their order, each that the guard withholds a group of in parts.

    Every part has as many of the state's greens as go together, and every group that
    the guard ever lets be green by itself is in one. No state comes twice.
    """
    found: dict[State, None] = {}
    for state in states:
        found.update(dict.fromkeys(_parts(state, junction, rules)))
    return tuple(found)


def _parts(state: State, junction: Junction, rules: Profile) -> tuple[State, ...]:
    if _is_granted(state, junction, rules):
        return (state,)
    greens = [group for group, aspect in state.items() if aspect in GREENS]
    parts = []
    left = greens
    while left:
        together: list[str] = []
        # Who had no part yet comes first, so that each round serves somebody new.
        for group in [*left, *(g for g in greens if g not in left)]:
            if _is_granted(_only(state, [*together, group], junction), junction, rules):
                together.append(group)
        served = set(together) & set(left)
        if not served:
            break
        parts.append(_only(state, together, junction))
        left = [group for group in left if group not in served]
    return tuple(parts)


def _only(state: State, greens: Sequence[str], junction: Junction) -> State:
    """The state with no other greens than these."""
    return FrozenMap(
        {
            group: aspect if aspect not in GREENS or group in greens else junction.group(group).rest
            for group, aspect in state.items()
        }
    )


def _is_granted(state: State, junction: Junction, rules: Profile) -> bool:
    """Whether the guard, from all red, comes to show every green of the state."""
    guard = Guard(junction, rules)
    wanted = [(group, aspect) for group, aspect in state.items() if aspect in GREENS]
    for _ in range(_TRIED_S):
        shown = guard.step(state).aspects
        if all(shown[group] is aspect for group, aspect in wanted):
            return True
    return False
