"""What a signal group must show under a profile: the one place both guardians ask.

The validator and the guard call these functions, so that neither can be
stricter or laxer than the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from signalctl.domain.aspect import AMBERS, GREENS, RESTS, UNSIGNALISED, Aspect, GreenKind
from signalctl.domain.junction import Conflict, ConflictMatrix, GroupKind, Junction, SignalGroup
from signalctl.rules.limits import Limits

MOTORISED: Final = frozenset({GroupKind.VEHICLE, GroupKind.BUS})
"""Kinds whose green must end by amber (VwV-StVO to § 37, IX; MUTCD 11th ed., 4F.17)."""

SUCCESSORS: Final[Mapping[Aspect, frozenset[Aspect]]] = {
    Aspect.RED: RESTS | GREENS | {Aspect.RED_AMBER},
    Aspect.AFTER_STOP: RESTS | GREENS | {Aspect.RED_AMBER},
    Aspect.RED_AMBER: GREENS | {Aspect.RED_AMBER},
    Aspect.PROTECTED: GREENS | AMBERS | RESTS,
    Aspect.PERMISSIVE: GREENS | AMBERS | RESTS,
    Aspect.AMBER: AMBERS | RESTS,
    Aspect.AMBER_PRIORITY: AMBERS | RESTS,
    Aspect.FLASHING: UNSIGNALISED | RESTS,
    Aspect.OFF: UNSIGNALISED | RESTS,
}
"""Which aspect may follow which (Vienna Convention on Road Signs and Signals, art. 23).

Green to red without amber is legal here: whether a group needs amber is the
amber rule's question. A flashing or dark signal enters control by red.
"""


def min_green_s(group: SignalGroup, limits: Limits) -> int:
    """Least uninterrupted green (a pedestrian group's walk) of a group, s."""
    limit = limits.walk_min_s if group.kind is GroupKind.PEDESTRIAN else limits.min_green_s
    least = max(group.min_green_s, math.ceil(limit.value))
    if group.kind is GroupKind.PEDESTRIAN and group.crossing_m and limits.walking_speed_mps.value:
        reach_m = limits.walk_reach_share.value * group.crossing_m
        least = max(least, _whole(reach_m / limits.walking_speed_mps.value))
    return least


def amber_range_s(group: SignalGroup, limits: Limits) -> tuple[int, int]:
    """Shortest and longest amber of a group, s; the shortest is 0 where none is needed."""
    least = group.amber_s
    if group.kind in MOTORISED:
        least = max(least, math.ceil(limits.amber_min_s.value))
    return least, max(least, int(limits.amber_max_s.value))


def red_amber_range_s(group: SignalGroup, limits: Limits) -> tuple[int, int]:
    """Shortest and longest red-amber of a group, s; (0, 0) where it is not allowed."""
    most = int(limits.red_amber_max_s.value)
    least = min(group.red_amber_s, most)
    if group.kind is GroupKind.VEHICLE:
        least = max(least, math.ceil(limits.red_amber_min_s.value))
    return least, most


def walking_time_s(group: SignalGroup, limits: Limits) -> int | None:
    """Time to walk a pedestrian group's whole crossing, whole s rounded up.

    None where the group is no pedestrian group, its length is unknown, or the
    profile takes clearances as surveyed.
    """
    speed_mps = limits.walking_speed_mps.value
    if group.kind is not GroupKind.PEDESTRIAN or not group.crossing_m or not speed_mps:
        return None
    return _whole(group.crossing_m / speed_mps)


def clearance_s(ending: SignalGroup, starting: SignalGroup, limits: Limits) -> int:
    """Time pedestrians need to be off the road before `starting` starts, s; else 0."""
    if starting.kind is GroupKind.PEDESTRIAN:
        return 0
    return walking_time_s(ending, limits) or 0


class Gain(StrEnum):
    """What a group gains at a change of right of way in a conflict."""

    GREEN = "green"
    """Green, after the other ended."""
    PROTECTION = "protection"
    """Its permissive green becomes protected, after the other ended."""
    GREEN_BESIDE = "green-beside"
    """Green beside the other, which fell back from protected to permissive."""


def protection_gap_s(
    gain: Gain, ending: SignalGroup, starting: str, junction: Junction, limits: Limits
) -> int:
    """Seconds between a loss and a gain of protection within running greens.

    By the matrix where the profile says so and the value is known. Protection
    never begins while the other still shows its amber.
    """
    if gain is Gain.GREEN:
        return 0
    need_s = ending.amber_s if gain is Gain.PROTECTION else 0
    if limits.protection_by_matrix.value:
        need_s = max(need_s, junction.intergreens.get(ending.id, starting) or 0)
    return need_s


def exclude(
    a: str, kind_a: GreenKind, b: str, kind_b: GreenKind, conflicts: ConflictMatrix
) -> bool:
    """Whether two greens may not be shown together.

    Hard conflicts never; where one gives way to the other, only while the one
    that gives way is permissive.
    """
    if conflicts.between(a, b) is Conflict.HARD:
        return True
    return (kind_a is GreenKind.PROTECTED and conflicts.gives_way(a, b)) or (
        kind_b is GreenKind.PROTECTED and conflicts.gives_way(b, a)
    )


def _whole(seconds: float) -> int:
    """Rounded up to whole seconds, forgiving a float's last digit."""
    return math.ceil(seconds - 1e-9)
