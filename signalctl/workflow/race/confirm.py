"""The last word: the winner against the shipped plan on seeds nobody has chosen by.

Who wins a race among many was partly lucky with its seeds. So the winner, and if it
fails the runner-up, runs against the shipped plan with fresh seeds until a sequential
test says better or not shown better.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from signalctl.sim.sequential import Decision, SequentialTest
from signalctl.sim.statistics import PairedDifference, paired_difference
from signalctl.workflow.race.race import Entrant, Told, Track
from signalctl.workflow.race.standing import Standing, lock_ups, standing

LEVEL: Final = 0.05
"""Chance, over all candidates, to call a plan better that is not."""
WINNER_SHARE: Final = 0.8
FEWEST: Final = 4
"""Pairs that are always run, even past the budget: of three, Student's test needs half as large
a lead again to believe in it."""
LOOKS: Final = (5, 10, 20)
MOST_LATE: Final = 3
"""So many candidates are tried whatever the time, as long as each fails by a fault."""
NO_LUCK: Final = 0.75
"""Part of the lead in the race that is expected to last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One candidate against the shipped plan on fresh seeds; differences are candidate - shipped.

    `value` is of the objective, `delay` of total delay in s per vehicle.
    """

    entrant: str
    own: Standing
    shipped: Standing
    value: PairedDifference
    delay: PairedDifference
    is_better: bool
    is_given_up: bool
    """More runs would not make it the answer."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Trials in order; `answer` is the entrant confirmed, None when it is the shipped plan."""

    trials: tuple[Trial, ...]
    answer: str | None
    seeds: tuple[int, ...]

    @property
    def of_answer(self) -> Trial | None:
        """The answer's last trial; None where nobody was confirmed."""
        found = [t for t in self.trials if t.entrant == self.answer and t.is_better]
        return found[-1] if found else None


def confirm(
    track: Track,
    candidates: Sequence[Entrant],
    base: Entrant,
    seeds: Sequence[int],
    *,
    until_s: float | None = None,
    affordable: int,
    tried: int = 0,
    goes_on: Callable[[], bool] | None = None,
    told: Told | None = None,
) -> Confirmation:
    """Try the candidates in order until one is shown better than the shipped plan.

    `seeds` are fresh, at least 20; `affordable` is how many pairs the budget pays for,
    `tried` how many candidates were refuted before. The first four pairs of a candidate
    are run whatever the time; later looks are left out when `until_s` passes, and so is
    a further candidate unless the one before it failed by a fault, not by its figures,
    and it is one of the first three. After one that is given up `goes_on` is asked.
    Who is sure to be far worse than the shipped plan with one seed has locked up there,
    and is out. Seeds with which the shipped plan itself locks up are left out: where plans
    lock up by chance, that one does so with the same seed as another says nothing.
    """
    trials: list[Trial] = []
    answer = None
    used: tuple[int, ...] = ()
    for number, candidate in enumerate(candidates, start=tried + 1):
        if (
            trials
            and until_s is not None
            and time.monotonic() > until_s
            and not (trials[-1].own.faults and len(trials) < MOST_LATE)
        ):
            break
        if trials and trials[-1].is_given_up and goes_on is not None and not goes_on():
            break
        looks = tuple(n for n in LOOKS if n <= affordable) or (FEWEST,)
        level = level_of(number)
        trial = _trial(track, candidate, base, seeds, looks, level, until_s, told)
        left_out = [s for s in seeds if s in _locked(track, base)]
        if left_out:
            which = f"seed {', '.join(map(str, left_out))}, with which the shipped plan locks up"
            trial = replace(trial, reason=f"{trial.reason} Left out: {which}.")
        trials.append(trial)
        used = max(used, trial.own.seeds, key=len)
        if trial.is_better:
            answer = candidate.name
            break
    return Confirmation(trials=tuple(trials), answer=answer, seeds=used)


def level_of(number: int) -> float:
    """Level at which candidate `number` (1, 2, ...) is tried; of all together LEVEL at most.

    The race's first winner is the likeliest by far: it gets four fifths, each further
    one half of what is left, however many they become.
    """
    if number == 1:
        return WINNER_SHARE * LEVEL
    return (1.0 - WINNER_SHARE) * LEVEL * 0.5 ** (number - 1)


def pairs_wanted(shipped: Sequence[float], own: Sequence[float], at_most: int = LOOKS[-1]) -> int:
    """Pairs that would show a lead as large and as noisy as the race's; the first look's else.

    Values of the objective with the same seeds. The winner's lead is partly luck: a
    part of it is taken off. `at_most` are those that make sense (`most_pairs`): where it is
    fewer than the last look's, all plans jam, and a lead that one seed shows says so little of
    its noise that they are all wanted.
    """
    differences = [b - a for a, b in zip(shipped, own, strict=True)]
    if len(differences) < 2:
        return LOOKS[0] if at_most == LOOKS[-1] else at_most
    if math.fsum(differences) >= 0:
        return LOOKS[0]
    mean = math.fsum(differences) / len(differences)
    spread = statistics.stdev(differences)
    for pairs in LOOKS:
        test = SequentialTest(level=WINNER_SHARE * LEVEL, looks=(pairs,))
        # As many pairs of the same mean and spread, half of them below and half above.
        half = spread * math.sqrt((pairs - 1) / pairs)
        like = [NO_LUCK * mean + (half if i % 2 else -half) for i in range(pairs)]
        if test.decide(like).decision is Decision.ACCEPT:
            return min(at_most, pairs)
    return at_most


def most_pairs(shipped: Mapping[int, float], *, is_jamming: bool) -> int:
    """Pairs that a confirmation has at most; `shipped` are the shipped plan's values by seed.

    Where it jams with one seed and not with the next a noisy lead calls for a plan that does
    not, and fewest pairs. Where it jams with every seed all plans do, more or less, and their
    leads are noisy however large they are: more pairs are what shows them.
    """
    if not is_jamming:
        return LOOKS[-1]
    return LOOKS[0] if lock_ups(shipped) else LOOKS[1]


def _trial(
    track: Track,
    candidate: Entrant,
    base: Entrant,
    seeds: Sequence[int],
    looks: tuple[int, ...],
    level: float,
    until_s: float | None,
    told: Told | None,
) -> Trial:
    test = SequentialTest(level=level, looks=looks, trims=True)
    found: Trial | None = None
    gives_up = track.conditions.gives_up
    for look in looks:
        run_base = partial(track.run, [base], told=told)
        wanted = _fair(track, base, seeds, min(look, FEWEST), run_base)
        track.run([candidate], wanted, told=told, is_bounded=gives_up, against=base.name)
        # A candidate that has locked up needs no more runs, and its base none.
        if not track.is_hopeless(candidate.name, wanted):
            wanted = _fair(track, base, seeds, look, partial(run_base, until_s=until_s))
            track.run(
                [candidate],
                wanted,
                until_s=until_s,
                told=told,
                is_bounded=gives_up,
                against=base.name,
            )
        if track.is_hopeless(candidate.name, wanted):
            return _locked_up(track, candidate, base, wanted)
        done = [s for s in wanted if _both(track, candidate, base, s)]
        is_cut = len(done) < look
        if is_cut and found is not None:
            break
        if is_cut:
            # What there is decides, as one look at the whole level.
            test = SequentialTest(level=level, looks=(len(done),), trims=True)
        found = _judged(track, candidate, base, done, test)
        if is_cut or found.is_better or found.is_given_up:
            break
    assert found is not None
    return found


def _fair(
    track: Track,
    base: Entrant,
    seeds: Sequence[int],
    wanted: int,
    run_base: Callable[[Sequence[int]], None],
) -> list[int]:
    """The first so many seeds with which the base does not lock up, run with it where it can."""
    tried: set[int] = set()
    while True:
        locked = _locked(track, base)
        fair = [seed for seed in seeds if seed not in locked][:wanted]
        if tried.issuperset(fair):
            return fair
        run_base(fair)
        tried.update(fair)


def _locked(track: Track, base: Entrant) -> frozenset[int]:
    """The seeds with which the base locks up, of those it has run with."""
    runs, objective = track.measures.get(base.name, {}), track.conditions.objective
    return frozenset(lock_ups({seed: objective.value(run) for seed, run in runs.items()}))


def _locked_up(track: Track, candidate: Entrant, base: Entrant, seeds: Sequence[int]) -> Trial:
    """The trial of a candidate that was given up with one of the seeds."""
    done = [s for s in seeds if _both(track, candidate, base, s)]
    if not done:
        # The race's runs are all there is to show.
        own = track.measures[candidate.name]
        done = sorted(s for s in own if s in track.measures[base.name])
    if not done:
        track.run([base, candidate], seeds[:1])
        done = list(seeds[:1])
    found = _judged(track, candidate, base, done, SequentialTest(level=LEVEL, looks=LOOKS))
    worst = {s: b for s in seeds if (b := track.hopeless.get((candidate.name, s))) is not None}
    seed, bound_s = next(iter(worst.items()))
    fault = f"jams with seed {seed}: far beyond the shipped plan's {bound_s:.0f} s per vehicle"
    return replace(
        found,
        own=replace(found.own, faults=(*found.own.faults, fault)),
        is_better=False,
        is_given_up=True,
        reason=f"It {'; it '.join((*found.own.faults, fault))}.",
    )


def _both(track: Track, a: Entrant, b: Entrant, seed: int) -> bool:
    return track.has(a.name, [seed]) and track.has(b.name, [seed])


def _judged(
    track: Track,
    candidate: Entrant,
    base: Entrant,
    seeds: Sequence[int],
    test: SequentialTest,
) -> Trial:
    runs, objective = track.measures, track.conditions.objective
    own = standing(candidate.name, runs[candidate.name], runs[base.name], seeds, objective)
    shipped = standing(base.name, runs[base.name], runs[base.name], seeds, objective)
    value = paired_difference(shipped.values, own.values)
    delay = paired_difference(shipped.delay_s, own.delay_s)
    said = test.decide([b - a for a, b in zip(shipped.values, own.values, strict=True)])
    is_better = said.decision is Decision.ACCEPT and not own.faults
    if own.faults:
        reason = f"It {'; it '.join(own.faults)}."
    elif is_better:
        reason = f"On fresh seeds {said.reason}"
    else:
        reason = f"Not shown better than the shipped plan on fresh seeds: {said.reason}"
    return Trial(
        entrant=candidate.name,
        own=own,
        shipped=shipped,
        value=value,
        delay=delay,
        is_better=is_better,
        is_given_up=bool(own.faults) or said.decision is Decision.REJECT,
        reason=reason,
    )
