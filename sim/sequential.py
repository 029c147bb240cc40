"""Is one plan better than another? Answered pair by pair, with an error rate that holds.

A pair is the difference other - base of two runs with the same seed (common random
numbers); below 0 the other is better. Looking after each pair and stopping at the
first good sign accepts noise; both answers here keep their error rate all the same:

* `SequentialTest` looks at planned numbers of pairs only and spends a part of its
  level at each look (alpha spending, Lan and DeMets 1983, Biometrika 70; here the
  parts are simply added up, Bonferroni's inequality, which needs nothing of how
  the looks hang together). At each look it is Student's one-sided paired t test.
* `anytime_interval` holds at every number of pairs at once, planned or not: the
  mixture martingale of the t statistic with a normal mixture over the effect in
  standard deviations (Wang and Ramdas 2024, arXiv:2310.03722, after Lai 1976,
  Annals of Statistics 4) and Ville's inequality.

Both take differences to be independent and normal. Runs that jam make them skewed:
that is why a final plan is confirmed on fresh seeds. Where the base jams with one seed in
five, that one large gain widens the interval until a plan that gained with every seed is
not shown better; `trimmed` takes such luck away.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signalctl.domain.errors import InputError

DEFAULT_LOOKS: Final = (4, 7, 12, 20, 30)
"""Numbers of pairs at which the test looks: each about 1.7 times the one before."""


class Decision(StrEnum):
    """What the pairs so far say."""

    ACCEPT = "accept"
    """The other is better."""
    REJECT = "reject"
    """It is not shown better, or not by as much as is worth having."""
    GO_ON = "go on"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsFinding:
    """The decision after some pairs, and why in a sentence.

    `interval` is that of the look: the mean difference lies within with the
    confidence the look spent. None before the first look.
    """

    decision: Decision
    pairs: int
    mean: float
    interval: tuple[float, float] | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """A test of "the other is better" that may end after few pairs.

    `level` is the chance, over all looks, to accept what is not better, and as well
    to reject as too small what gains `least_gain` or more. Differences above
    -`least_gain` are not worth having; with 0 the test gives up only when the other
    is clearly worse, or at the last look.
    """

    level: float = 0.05
    least_gain: float = 0.0
    looks: tuple[int, ...] = DEFAULT_LOOKS
    trims: bool = False
    """Whether every look is at the `trimmed` differences."""

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.looks, self.looks[1:], strict=False))
        if not self.looks or self.looks[0] < 2 or not rising:
            raise InputError(f"Looks at {self.looks} pairs cannot be made: they rise from 2 up.")
        if not 0 < self.level < 0.5 or self.least_gain < 0:
            raise InputError(
                f"A test of level {self.level:g} for gains of {self.least_gain:g} tests nothing.",
                remedy="The level lies between 0 and 0.5, the gain is 0 or more.",
            )

    @property
    def at_most(self) -> int:
        """Pairs after which the test has always decided."""
        return self.looks[-1]

    def spent_at(self, pairs: int) -> float:
        """The part of the level spent at a look; later looks get more, as they can tell more."""
        place = self.looks.index(pairs)
        shares = [math.sqrt(look) for look in self.looks]
        return self.level * shares[place] / math.fsum(shares)

    def next_look(self, pairs: int) -> int | None:
        """Pairs at the next look after so many pairs; None when there is none."""
        return next((look for look in self.looks if look > pairs), None)

    def decide(self, differences: Sequence[float]) -> PairsFinding:
        """What the differences so far say; the looks before are taken again in order.

        So the answer is the same whether one asks after each pair or only at the end.
        """
        found = PairsFinding(
            decision=Decision.GO_ON,
            pairs=len(differences),
            mean=_mean(differences),
            interval=None,
            reason=f"{len(differences)} pairs are too few to say.",
        )
        for look in self.looks:
            if look > len(differences):
                break
            found = self._look(differences[:look])
            if found.decision is not Decision.GO_ON:
                break
        return found

    def _look(self, differences: Sequence[float]) -> PairsFinding:
        n, level = len(differences), self.spent_at(len(differences))
        if self.trims:
            differences, level = trimmed(differences), TRIMMED_SHARE * level
        mean, error = _mean(differences), _standard_error(differences)
        half = _t(1.0 - level, n - 1) * error
        low, high = mean - half, mean + half
        if high < 0:
            decision, reason = Decision.ACCEPT, f"better in {n} pairs"
        elif low > -self.least_gain or (mean >= 0 and error == 0):
            small = f"gains less than {self.least_gain:g}" if self.least_gain else "is no better"
            decision, reason = Decision.REJECT, f"{small}, {n} pairs say"
        elif n >= self.at_most:
            decision, reason = Decision.REJECT, f"not shown better in {n} pairs"
        else:
            decision, reason = Decision.GO_ON, f"open after {n} pairs"
        return PairsFinding(
            decision=decision,
            pairs=n,
            mean=mean,
            interval=(low, high),
            reason=f"{reason}: {mean:+.3g}, interval {low:+.3g} .. {high:+.3g}.",
        )


def spent_on_test(level: float, number: int) -> float:
    """Level of the `number`-th test (1, 2, ...) of a search, all together at most `level`.

    A search makes hundreds of tests and would accept noise at the same level each;
    level * 6 / (pi number)^2 sums to `level` however many there are (alpha spending,
    Foster and Stine 2008, J. R. Statist. Soc. B 70, without reinvestment).
    """
    if number < 1:
        raise InputError(f"Test number {number} does not exist: they count from 1.")
    return level * 6.0 / (math.pi * number) ** 2


def anytime_interval(
    differences: Sequence[float], level: float = 0.05, effect_sd: float = 1.0
) -> tuple[float, float] | None:
    """Interval of the mean difference that holds at every number of pairs at once.

    With chance 1 - `level` it holds the mean after each pair, so one may stop when
    one likes. `effect_sd` is the spread of effects it is made for, in standard
    deviations of a difference. None while the pairs are too few for any bound.

    The martingale is (1 + n g)^(-1/2) ((1 + x) / (1 + x / (1 + n g)))^(n / 2) with
    x = t^2 / (n - 1), g = effect_sd^2; solved for x where it reaches 1 / level.
    """
    n = len(differences)
    if n < 2:
        return None
    spread = 1.0 + n * effect_sd**2
    reach = (math.sqrt(spread) / level) ** (2.0 / n)
    if reach >= spread:
        return None
    x = (reach - 1.0) / (1.0 - reach / spread)
    half = math.sqrt((n - 1) * x) * _standard_error(differences)
    mean = _mean(differences)
    return mean - half, mean + half


TRIM: Final = 2.0
TRIMMED_SHARE: Final = 0.75
"""Part of its level that a look at trimmed differences spends: trimming makes Student's test
accept at most 1.3 times as often what is no better (40,000 draws each of 3 to 20 normal or
t-distributed pairs)."""


def trimmed(differences: Sequence[float]) -> list[float]:
    """Differences with gains above twice the median gain taken for just that much.

    Losses stay as they are: a mean that is below 0 afterwards was lower still before.
    """
    middle = statistics.median(differences) if differences else 0.0
    if middle >= 0:
        return list(differences)
    return [max(each, TRIM * middle) for each in differences]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _standard_error(values: Sequence[float]) -> float:
    n, mean = len(values), _mean(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)


def _t(share: float, degrees: int) -> float:
    # Imported here: scipy takes longer to load than everything else in this room.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, share))
