"""Amber, red-amber and rest of a signal group: from its shipped programs, else by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import AMBERS, GREENS, UNSIGNALISED, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind
from signalctl.domain.program import Program, Run

_KMH: Final = 3.6
_AMBER_BY_SPEED_S: Final = ((50.0, 3), (60.0, 4), (70.0, 5))
"""Amber by permitted speed in km/h: 3 s to 50, 4 s at 60, 5 s at 70 (RiLSA 2015,
transition times). GB 14886-2016 asks for at least 3 s everywhere, so it is met."""
_CYCLE_AMBER_S: Final = 2
"""Amber of cyclists with signals of their own (RiLSA 2015, transition times)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LampTimes:
    """What a group shows around its greens: seconds of amber and red-amber, and its rest.

    `remarks` are half sentences on what differs from the shipped programs; the
    names of the groups concerned follow them.
    """

    amber_s: int
    red_amber_s: int
    rest: Aspect
    remarks: tuple[str, ...] = ()


def lamp_times(kind: GroupKind, speed_mps: float, shown: Sequence[str]) -> LampTimes:
    """Lamp times of a group and remarks on where they come from.

    `shown` holds the group's letters, a string for each shipped program. Where
    all greens of all programs end in the same amber (start from the same
    red-amber), that one is taken; else the default for the group's kind and
    permitted speed. A vehicle group whose programs show no amber at all gets
    the default too, because going from green to red at once is no practice.
    """
    if kind is GroupKind.UNUSED:
        return LampTimes(amber_s=0, red_amber_s=0, rest=Aspect.RED)
    amber_s = _default_amber_s(kind, speed_mps)
    ambers: set[int] = set()
    red_ambers: set[int] = set()
    rests: set[Aspect] = set()
    for letters in filter(None, shown):
        program = Program(len(letters), FrozenMap({"": letters}))
        runs = program.runs("")
        if any(run.aspect in UNSIGNALISED for run in runs):
            continue
        rests |= {run.aspect for run in runs} & {Aspect.RED, Aspect.AFTER_STOP}
        ambers |= _after_green(runs)
        red_ambers |= _before_green(runs)
    remarks = []
    if len(ambers) == 1 and (ambers != {0} or kind is GroupKind.PEDESTRIAN):
        amber_s = ambers.pop()
    elif ambers == {0}:
        remarks.append(f"The shipped programs show no amber, new plans get {amber_s} s")
    elif ambers:
        remarks.append(f"The shipped programs show {_list(ambers)} s of amber, new plans {amber_s}")
    red_amber_s = red_ambers.pop() if len(red_ambers) == 1 else 0
    if red_ambers:
        remarks.append(f"The shipped programs show {_list(red_ambers)} s of red-amber, new plans 0")
    if len(rests) > 1:
        remarks.append(
            "The shipped programs show the green arrow after a stop only at times, new plans "
            "plain red"
        )
    rest = Aspect.AFTER_STOP if rests == {Aspect.AFTER_STOP} else Aspect.RED
    return LampTimes(amber_s=amber_s, red_amber_s=red_amber_s, rest=rest, remarks=tuple(remarks))


def _list(values: set[int]) -> str:
    return ", ".join(map(str, sorted(values)))


def _default_amber_s(kind: GroupKind, speed_mps: float) -> int:
    if kind in (GroupKind.PEDESTRIAN, GroupKind.UNUSED):
        return 0
    if kind is GroupKind.CYCLE:
        return _CYCLE_AMBER_S
    # Half a km/h of slack: 13.89 m/s is 50.004 km/h.
    speed_kmh = speed_mps * _KMH - 0.5
    return next((amber_s for limit, amber_s in _AMBER_BY_SPEED_S if speed_kmh <= limit), 5)


def _after_green(runs: Sequence[Run]) -> set[int]:
    """Lengths of amber that follow greens; 0 where red follows at once."""
    lengths = set()
    for run, after in _neighbours(runs):
        if run.aspect in GREENS and after.aspect not in GREENS:
            lengths.add(after.end_s - after.start_s if after.aspect in AMBERS else 0)
    return lengths


def _before_green(runs: Sequence[Run]) -> set[int]:
    """Lengths of red-amber that lead into greens; 0 where red leads there."""
    lengths = set()
    for before, run in _neighbours(runs):
        if run.aspect in GREENS and before.aspect not in GREENS:
            red_amber = before.aspect is Aspect.RED_AMBER
            lengths.add(before.end_s - before.start_s if red_amber else 0)
    return lengths


def _neighbours(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    return list(zip(runs, [*runs[1:], *runs[:1]], strict=True))
