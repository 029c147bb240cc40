"""The same sweep in real numbers: what any offsets whatever could give at most.

No ticks: offsets, travel times within their ranges and greens are real. The
result bounds every whole-second plan from above. Sets are lists of disjoint
closed intervals on [0, cycle]. Shares no code with the tick sweep but the problem.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from signalctl.optimiser.arterial import (
    ArterialProblem,
    Candidate,
    Direction,
    Objective,
    windows_of,
)

Interval: TypeAlias = tuple[float, float]


class ContinuousSweep:
    """Feasibility of real band pairs; 0 asks nothing of a direction. Fixed offsets are left out."""

    def __init__(self, problem: ArterialProblem) -> None:
        self.cycle = float(problem.cycle_s)
        self.greens = [
            [
                (out, back)
                for candidate in signal.choices
                for out in self._greens(problem, candidate, "outbound")
                for back in self._greens(problem, candidate, "inbound")
            ]
            for signal in problem.signals
        ]
        self.caps = tuple(
            min(max(pair[d][1] for pair in pairs) for pairs in self.greens) for d in (0, 1)
        )
        # How much the phase y - x falls from each signal to the next: least and most.
        self.falls: list[Interval] = []
        for i, link in enumerate(problem.links):
            queue = problem.signals[i + 1].outbound_queue_s + problem.signals[i].inbound_queue_s
            self.falls.append(
                (
                    link.outbound.lo_s + link.inbound.lo_s - queue,
                    link.outbound.hi_s + link.inbound.hi_s - queue,
                )
            )

    def _greens(
        self, problem: ArterialProblem, candidate: Candidate, direction: Direction
    ) -> list[Interval]:
        """(start, length) of each green; a whole cycle where nothing stops the direction."""
        windows = windows_of(candidate, direction)
        if windows is None or direction not in problem.directions:
            return [(0.0, self.cycle)]
        return [(start, end - start) for start, end in windows]

    def fits(self, out: float, back: float) -> bool:
        """Whether bands of these widths fit together."""
        if out > self.caps[0] or back > self.caps[1]:
            return False
        reached: list[Interval] = [(0.0, self.cycle)]
        for i, pairs in enumerate(self.greens):
            if i:
                least, most = self.falls[i - 1]
                reached = self._wrapped([(lo - most, hi - least) for lo, hi in reached])
            reached = _both(reached, self._allowed(pairs, out, back))
            if not reached:
                return False
        return True

    def _allowed(
        self, pairs: list[tuple[Interval, Interval]], out: float, back: float
    ) -> list[Interval]:
        """Phases y - x at which a signal lets both bands pass under some offset."""
        spans = []
        for (s, g), (t, h) in pairs:
            if out > g or back > h:
                continue
            if out <= 0 or back <= 0 or g >= self.cycle or h >= self.cycle:
                return [(0.0, self.cycle)]
            spans.append((t - s - (g - out), t - s + (h - back)))
        return self._wrapped(spans)

    def _wrapped(self, spans: list[Interval]) -> list[Interval]:
        """Spans of the real line on the circle, cut at 0, sorted, overlaps joined."""
        cycle = self.cycle
        cut: list[Interval] = []
        for lo, hi in spans:
            if hi - lo >= cycle:
                return [(0.0, cycle)]
            start = lo % cycle
            end = start + hi - lo
            if end > cycle:
                cut.append((start, cycle))
                cut.append((0.0, end - cycle))
            else:
                cut.append((start, end))
        cut.sort()
        joined: list[Interval] = []
        for lo, hi in cut:
            if joined and lo <= joined[-1][1]:
                if hi > joined[-1][1]:
                    joined[-1] = (joined[-1][0], hi)
            else:
                joined.append((lo, hi))
        return joined


def _both(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """Intersection of two sorted lists of disjoint intervals."""
    common: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        lo = max(a[i][0], b[j][0])
        hi = min(a[i][1], b[j][1])
        if lo <= hi:
            common.append((lo, hi))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return common


def continuous_bound_s(
    problem: ArterialProblem,
    objective: Objective,
    *,
    reached_s: float = 0.0,
    precision_s: float = 1e-4,
) -> float:
    """A value of the objective, in seconds, that no real offsets exceed.

    At most `precision_s` above the true optimum, unless that is below
    `reached_s`, a value known to be possible from which the search starts.
    """
    sweep = ContinuousSweep(problem)
    a, c = (
        w / max(objective.outbound, objective.inbound)
        for w in (objective.outbound, objective.inbound)
    )
    if objective.mode == "ratio":
        top = min(cap / w for cap, w in zip(sweep.caps, (a, c), strict=True) if w)
        return _most(lambda v: sweep.fits(a * v, c * v), reached_s, top, precision_s)
    swap = c > a
    heavy, light = (c, a) if swap else (a, c)
    caps = sweep.caps[::-1] if swap else sweep.caps
    lengths = {pair[1 if swap else 0][1] for pairs in sweep.greens for pair in pairs}
    bound = reached_s
    # For given greens the bands obey b <= B, b' <= B', b + b' <= K: some best pair has a
    # heavy band as long as some green, or no light band at all.
    for wide in sorted({min(length, caps[0]) for length in lengths} | {0.0}, reverse=True):

        def fits(value: float, wide: float = wide) -> bool:
            lack = value - heavy * wide
            if lack > light * caps[1]:
                return False
            narrow = max(lack / light, 0.0) if light else 0.0
            return sweep.fits(*((narrow, wide) if swap else (wide, narrow)))

        top = heavy * wide + light * caps[1]
        if top > bound and fits(bound + precision_s):
            bound = _most(fits, bound + precision_s, top, precision_s)
    return bound


def _most(fits: Callable[[float], bool], low: float, high: float, precision: float) -> float:
    """The end of what fits, from above: `low` fits; steps double until one does not."""
    if high <= low or fits(high):
        return max(low, high)
    step = max(precision, (high - low) / 1024)
    while low + step < high and fits(low + step):
        low += step
        step *= 2
    high = min(high, low + step)
    while high - low > precision:
        middle = (low + high) / 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return high
