"""The best pair of bands of one arterial at one cycle, by asking the sweep.

Widths are ticks. Every claim is a yes of the exact sweep for the pair that is
returned and a no for what would be better, so the answer is proved, not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from math import ceil, floor
from typing import TypeAlias

from signalctl.optimiser.arterial import Objective
from signalctl.optimiser.sweep import Sweep
from signalctl.optimiser.tick_arterial import TickArterial

Fits: TypeAlias = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPair:
    """A feasible pair of widths in ticks and its value in ticks of the objective."""

    outbound: int
    inbound: int
    value: Fraction


class BandSearch:
    """Searches one arterial: `relaxed` offsets bound, `exact` ones (whole seconds) decide."""

    def __init__(self, arterial: TickArterial, objective: Objective) -> None:
        self.arterial = arterial
        self.objective = objective
        self.relaxed = Sweep(arterial, 1)
        a, c = objective.whole_weights()
        self.weights = (a, c)
        self.heavy = max(a, c)

    @cached_property
    def exact(self) -> Sweep:
        """The deciding sweep, made when first asked for."""
        return Sweep(self.arterial, self.arterial.ticks_per_s)

    def fits(self, out: int, back: int) -> bool:
        """Whether the pair fits; the relaxation is asked first because it is cheap."""
        return self.relaxed.fits(out, back) and self.exact.fits(out, back)

    def best(self, beyond: Fraction, *, relaxed: bool = False) -> BandPair | None:
        """The best pair whose value is above `beyond`, or None: proved that there is none.

        In ratio mode this is the pair in ratio; `filled` then gives the surplus.
        With `relaxed` offsets need not be whole seconds.
        """
        fits = self.relaxed.fits if relaxed else self.fits
        if self.objective.mode == "ratio":
            return self._best_ratio(beyond, fits)
        return self._best_sum(beyond, fits)

    def value(self, out: int, back: int) -> Fraction:
        """The objective of a pair, in ticks (see ArterialResult.value_s)."""
        a, c = self.weights
        if self.objective.mode == "sum":
            return Fraction(a * out + c * back, self.heavy)
        return min(Fraction(w * self.heavy, v) for w, v in ((out, a), (back, c)) if v)

    def _at(self, value: Fraction) -> tuple[int, int]:
        """The smallest pair in ratio that reaches a value."""
        a, c = self.weights
        return ceil(value * a / self.heavy), ceil(value * c / self.heavy)

    def _best_ratio(self, beyond: Fraction, fits: Fits) -> BandPair | None:
        a, c = self.weights
        out, back = (floor(beyond * w / self.heavy) + 1 if w else 0 for w in (a, c))
        if not fits(out, back):
            return None
        low = floor(self.value(out, back))
        high = floor(self.value(*self.arterial.caps))
        high = _largest(lambda v: self.relaxed.fits(*self._at(Fraction(v))), low, high)
        high = _largest(lambda v: fits(*self._at(Fraction(v))), low, high)
        pair = max((out, back), self._at(Fraction(high)), key=lambda p: self.value(*p))
        # Between two whole ticks of the heavier direction the lighter one has at most one more.
        out, back = self._at(Fraction(high))
        more = (out + 1, back) if a >= c else (out, back + 1)
        if self.value(*more) > self.value(*pair) and fits(*more):
            pair = more
        return BandPair(outbound=pair[0], inbound=pair[1], value=self.value(*pair))

    def filled(self, pair: BandPair) -> BandPair:
        """The pair with what slack is left given away, neither band narrower.

        In ratio mode no pair wider on both sides fits, so one side alone grows;
        after a sum none does but a direction of no weight.
        """
        out, back = pair.outbound, pair.inbound
        wider = _grown(partial(self.fits, out), back, self.arterial.caps[1])
        longer = _grown(lambda w: self.fits(w, back), out, self.arterial.caps[0])
        a, c = self.weights
        best = max(
            ((out, wider), (longer, back)), key=lambda p: (a * p[0] + c * p[1], p[0] + p[1], min(p))
        )
        return BandPair(outbound=best[0], inbound=best[1], value=self.value(*best))

    def _best_sum(self, beyond: Fraction, fits: Fits) -> BandPair | None:
        """Best weighted sum: the heavier direction's width downwards, the other as asked for.

        Between two green lengths of the heavier direction the relaxation trades
        at best one tick for one, so where it cannot beat the best at a green's
        length, it cannot until the next shorter green.
        """
        a, c = self.weights
        swap = c > a
        heavy, light = (c, a) if swap else (a, c)
        caps = self.arterial.caps[::-1] if swap else self.arterial.caps

        def ordered(w: int, v: int) -> tuple[int, int]:
            return (v, w) if swap else (w, v)

        def fits_ordered(w: int, v: int) -> bool:
            return fits(*ordered(w, v))

        best_value = floor(beyond * self.heavy)
        best: tuple[int, int] | None = None
        lengths = sorted(
            {p[3 if swap else 1] for pairs in self.arterial.pairs for p in pairs}, reverse=True
        )
        steps = [length for length in lengths if length <= caps[0]]
        if caps[0] not in steps:
            steps.insert(0, caps[0])
        # Width 0 asks nothing, so it is a step of its own.
        steps.append(0)
        for top, bottom in zip(steps, [*steps[1:], -1], strict=True):
            for wide in range(top, bottom, -1):
                need = _least_light(best_value, heavy, light, wide)
                if need is None or need > caps[1]:
                    break
                if not self.relaxed.fits(*ordered(wide, need)):
                    break
                if not fits_ordered(wide, need):
                    continue
                v = _largest(partial(fits_ordered, wide), need, caps[1])
                best, best_value = ordered(wide, v), heavy * wide + light * v
        if best is None:
            return None
        return self._balanced(*best, fits)

    def _balanced(self, out: int, back: int, fits: Fits) -> BandPair:
        """Of all pairs of equal value the one whose narrow band is widest."""
        a, c = self.weights
        total = a * out + c * back
        best = (out, back)
        if a and c:
            others = [
                (w, (total - a * w) // c)
                for w in range(self.arterial.caps[0] + 1)
                if (total - a * w) % c == 0 and 0 <= total - a * w <= c * self.arterial.caps[1]
            ]
            others = [p for p in others if min(p) > min(best)]
            for pair in sorted(others, key=lambda p: (-min(p), p)):
                if fits(*pair):
                    best = pair
                    break
        return BandPair(outbound=best[0], inbound=best[1], value=self.value(*best))

    def front(self, unit: int) -> Iterator[tuple[int, int]]:
        """All pairs in multiples of `unit` that no other dominates, wide outbound first."""

        def fits(out: int, back: int) -> bool:
            return self.fits(out * unit, back * unit)

        top = self.arterial.caps[0] // unit
        most = self.arterial.caps[1] // unit
        back = -1
        for out in range(top, -1, -1):
            if back == most:
                return
            if not fits(out, back + 1):
                continue
            back = _largest(partial(fits, out), back + 1, most)
            yield out, back


def _least_light(beyond: int, heavy: int, light: int, wide: int) -> int | None:
    """The least light width that lifts the sum above `beyond`; None: none does."""
    lack = beyond + 1 - heavy * wide
    if lack <= 0:
        return 0
    return -(-lack // light) if light else None


def _largest(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The largest value in low..high that holds; `low` is known to, and none above a failure.

    The answer is mostly near the top, so the top is tried first.
    """
    step = 1
    top = high
    while top > low:
        probe = max(top - step + 1, low + 1) if step > 1 else top
        if holds(probe):
            low = probe
            break
        top = probe - 1
        step *= 2
    while low < top:
        middle = (low + top + 1) // 2
        if holds(middle):
            low = middle
        else:
            top = middle - 1
    return low


def _grown(holds: Callable[[int], bool], low: int, high: int) -> int:
    """As `_largest`, for an answer that is mostly near `low`."""
    step = 1
    while low < high:
        probe = min(low + step, high)
        if not holds(probe):
            return _largest(holds, low, probe - 1) if step > 1 else low
        low = probe
        step *= 2
    return low
