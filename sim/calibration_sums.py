"""From greens and crossings to saturation flow and lost time: pure sums.

In a green that finds n vehicles standing, the first n fronts over the stop line are
the queue's discharge. Saturation headway: mean of the headways of position 5 and
later. Start-up loss: time of the 4th front less four saturation headways, of greens whose
first four nothing held up. End gain: effective green (vehicles that crossed in a green
the queue outlasted, times the headway) plus start-up loss less the green shown; negative
where whole vehicles do not fit and the amber is not driven. (Highway Capacity Manual,
6th ed., ch. 31, "Field measurement of saturation flow rate".)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final

FIRST_SATURATED: Final = 5
LONGEST_RATIO: Final = 2.5
"""Headways above so many medians are no saturation: the exit was blocked, or a gap."""
LEAST_OUTLASTED: Final = 5
"""Greens that the queue outlasts, fewer of which tell no end gain."""
AMBER_WATCHED_S: Final = 6.0
"""How long after the end of green fronts still count as its discharge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Green:
    """One green of a lane: fronts at the stop line in s after its begin, queue before it.

    `queued` stood when it began; `fronts_s` are those of vehicles that crossed until
    shortly after its end.
    """

    length_s: float
    queued: int
    left: int
    fronts_s: tuple[float, ...]

    @property
    def discharge_s(self) -> tuple[float, ...]:
        """Fronts of the vehicles that had stood in queue."""
        return self.fronts_s[: self.queued]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """How a lane, or a kind of lane, discharges; `headways` and `greens` are sample counts."""

    headway_s: float
    start_up_s: float
    end_gain_s: float | None
    headways: int
    greens: int


def greens_of(
    raw: Sequence[Mapping[str, float]], crossings_s: Sequence[float]
) -> tuple[Green, ...]:
    """A lane's greens with the fronts that belong to each; both in order of time."""
    found = []
    at = 0
    for each in raw:
        begin_s, end_s = each["begin_s"], each["end_s"]
        while at < len(crossings_s) and crossings_s[at] < begin_s:
            at += 1
        until = at
        while until < len(crossings_s) and crossings_s[until] < end_s + AMBER_WATCHED_S:
            until += 1
        found.append(
            Green(
                length_s=end_s - begin_s,
                queued=int(each["queued"]),
                left=int(each["left"]),
                fronts_s=tuple(t - begin_s for t in crossings_s[at:until]),
            )
        )
    return tuple(found)


def discharge(greens: Sequence[Green]) -> Discharge | None:
    """What the greens say together; None when no queue reached the fifth vehicle."""
    useful = [green for green in greens if len(green.discharge_s) >= FIRST_SATURATED]
    headways = [gap for green in useful for gap in _gaps(green.discharge_s[FIRST_SATURATED - 2 :])]
    if not headways:
        return None
    longest_s = LONGEST_RATIO * median(headways)
    kept = [headway for headway in headways if headway <= longest_s]
    headway_s = fmean(kept)
    before = FIRST_SATURATED - 1
    starts = [
        green.discharge_s[before - 1] - before * headway_s
        for green in useful
        if max(_gaps((0.0, *green.discharge_s[:before]))) <= longest_s
    ]
    if not starts:
        return None
    start_up_s = median(starts)
    beyond = [
        len(green.discharge_s) * headway_s + start_up_s - green.length_s
        for green in useful
        # The queue outlasted the green, and nothing held it up before the end.
        if green.queued > len(green.discharge_s)
        and green.length_s - green.discharge_s[-1] < longest_s
        and max(_gaps(green.discharge_s)) <= longest_s
    ]
    return Discharge(
        headway_s=headway_s,
        start_up_s=start_up_s,
        end_gain_s=fmean(beyond) if len(beyond) >= LEAST_OUTLASTED else None,
        headways=len(kept),
        greens=len(useful),
    )


def _gaps(times_s: Sequence[float]) -> list[float]:
    return [b - a for a, b in pairwise(times_s)]
