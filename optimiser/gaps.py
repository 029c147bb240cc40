"""Gaps between greens that other lengths of a program's steps must keep.

For every change of right of way in a conflict: how long before it what stood in
its way had ended, and how much of that the intergreens ask. The changes are those
the rules look at (`rules.conflicts`), here said of steps instead of seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.junction import GroupKind, Junction, SignalGroup

WALKING_SPEED_MPS: Final = 1.0
"""Speed at which the last pedestrian clears a crossing: the lowest that any rule
profile asks for (GB 50647-2011), so that what passed it before passes after."""

LATEST_S: Final = 4
"""Groups of one stage whose starts lie closer than this start with it."""

_GREEN: Final = frozenset(aspect.value for aspect in GREENS)
_PROTECTED: Final = frozenset({Aspect.PROTECTED.value})
_PERMISSIVE: Final = Aspect.PERMISSIVE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The steps between the end of one group's green and another's start.

    `gap_s` is what they last, `needed_s` what the two ask, never more than that.
    """

    ending: str
    starting: str
    steps: tuple[int, ...]
    gap_s: int
    needed_s: int


def gaps(
    shown: Mapping[str, Sequence[str]], lengths_s: Sequence[int], junction: Junction
) -> list[Gap]:
    """Every gap of a program that asks for time.

    `shown` are the letters of each group by step, `lengths_s` the steps' lengths (s).
    Where a program gives a gap less than is asked, what it gives is needed.
    """
    found = []
    for starting in junction.group_ids:
        letters = shown[starting]
        foes = sorted(junction.conflicts.foes(starting) & set(shown))
        for i in range(len(lengths_s)):
            before, now = letters[i - 1], letters[i]
            promoted = before == _PERMISSIVE and now in _PROTECTED
            if now not in _GREEN or now == before or (before in _GREEN and not promoted):
                continue
            for foe in foes:
                need_s, lost = _needed(junction.group(foe), starting, shown[foe][i], junction)
                if promoted:
                    need_s = max(need_s, junction.group(foe).amber_s)
                between = _back_to(shown[foe], i, lost) if need_s else ()
                if between:
                    gap_s = sum(lengths_s[k] for k in between)
                    found.append(
                        Gap(
                            ending=foe,
                            starting=starting,
                            steps=between,
                            gap_s=gap_s,
                            needed_s=min(need_s, gap_s),
                        )
                    )
    return found


def late_starts(
    found: Sequence[Gap],
    greens: Sequence[frozenset[str]],
    lengths_s: Sequence[int],
    junction: Junction,
) -> Iterator[int]:
    """Steps that only wait for a late starter: vehicles that clear exactly long enough.

    `greens` are the groups that are green in each step. Such a step lasts at most
    `LATEST_S`, and from it on until the late group starts no green ends; a longer
    one is a stage of its own.
    """
    n = len(greens)
    for gap in found:
        walker = junction.group(gap.ending).kind is GroupKind.PEDESTRIAN
        if walker or gap.needed_s < gap.gap_s:
            continue
        for i in reversed(gap.steps):
            if lengths_s[i] > LATEST_S or not greens[i] < greens[(i + 1) % n]:
                break
            yield i


def _needed(
    foe: SignalGroup, starting: str, letter: str, junction: Junction
) -> tuple[int, frozenset[str]]:
    """Seconds asked after the last step in which the foe showed one of the letters."""
    needed_s = junction.intergreens.get(foe.id, starting) or 0
    if letter in _GREEN:
        beside = junction.conflicts.gives_way(foe.id, starting) and letter == _PERMISSIVE
        return (needed_s if beside else 0), _PROTECTED
    walker = foe.kind is GroupKind.PEDESTRIAN
    if walker and foe.crossing_m and junction.group(starting).kind is not GroupKind.PEDESTRIAN:
        needed_s = max(needed_s, math.ceil(foe.crossing_m / WALKING_SPEED_MPS - 1e-9))
    return needed_s, _GREEN


def _back_to(letters: Sequence[str], i: int, lost: frozenset[str]) -> tuple[int, ...]:
    """Steps before step i, in order, back to the last one that shows a lost letter."""
    n = len(letters)
    for back in range(1, n):
        if letters[(i - back) % n] in lost:
            return tuple((i - k) % n for k in range(back - 1, 0, -1))
    return ()
