"""What a bench is asked to show, scenario by scenario: held, missed, or not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.workflow.bench.rows import ACTUATED, PLAN, BenchRow, Trial, VariantLine, best
from signalctl.workflow.peers import FIXED_TIME
from signalctl.workflow.race.standing import COLLISIONS, LOCKED, is_clearly_more

FRESH: Final = "fresh seeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence and the scenarios for which it holds, does not, or could not be judged."""

    what: str
    held: tuple[str, ...]
    missed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def said(self) -> str:
        """Of how many scenarios it holds, and on which it does not; empty where none is judged."""
        judged = len(self.held) + len(self.missed)
        if not judged:
            return ""
        missed = f" Not on {', '.join(self.missed)}." if self.missed else ""
        return f"{self.what}: {len(self.held)} of {judged}.{missed}"


def claims(rows: Sequence[BenchRow]) -> tuple[Claim, ...]:
    """Every claim over all scenarios that have a plan."""
    return _judged(rows, {**_OF_PLANS, **_OF_TRIALS})


def trial_claims(rows: Sequence[BenchRow]) -> tuple[Claim, ...]:
    """Those on other demands and fresh seeds alone."""
    return _judged(rows, _OF_TRIALS)


def _judged(
    rows: Sequence[BenchRow], judges: Mapping[str, Callable[[BenchRow], bool | None]]
) -> tuple[Claim, ...]:
    planned = [row for row in rows if row.line(PLAN) is not None]
    found = []
    for what, judge in judges.items():
        verdicts = [(row.entry.name, judge(row)) for row in planned]
        found.append(
            Claim(
                what=what,
                held=tuple(name for name, held in verdicts if held is True),
                missed=tuple(name for name, held in verdicts if held is False),
                unknown=tuple(name for name, held in verdicts if held is None),
            )
        )
    return tuple(found)


def _no_worse(row: BenchRow) -> bool | None:
    """Median no higher, or a paired interval that reaches zero, and no more left inside."""
    own, peer = row.line(PLAN), row.best_fixed
    difference, ratio = row.difference_to(peer), row.ratio_to(peer)
    if own is None or peer is None or difference is None or ratio is None:
        return None
    low = difference.mean if difference.interval is None else difference.interval[0]
    return own.unfinished <= peer.unfinished and (ratio <= 1.0 or low <= 0.0)


def _beats_actuated(row: BenchRow) -> bool | None:
    own, peer = row.line(PLAN), row.line(ACTUATED)
    ratio = row.ratio_to(peer)
    if own is None or peer is None or ratio is None:
        return None
    return own.unfinished <= peer.unfinished and ratio < 1.0


def _as_safe(row: BenchRow) -> bool | None:
    own, peer = row.line(PLAN), row.line("shipped")
    if own is None or peer is None:
        return None
    return own.emergency_brakings <= peer.emergency_brakings and own.collisions <= peer.collisions


def _as_safe_by_median(row: BenchRow) -> bool | None:
    own, peer = row.line(PLAN), row.line("shipped")
    if own is None or peer is None:
        return None
    brakes_no_more = own.median_brakings <= peer.median_brakings
    return brakes_no_more and own.median_collisions <= peer.median_collisions


def _not_clearly_less_safe(row: BenchRow) -> bool | None:
    """Sums over seeds that differ by no more than chance, as the race judges them."""
    own, peer = row.line(PLAN), row.line("shipped")
    if own is None or peer is None:
        return None
    brakings = is_clearly_more(own.emergency_brakings, peer.emergency_brakings)
    return not (brakings or is_clearly_more(own.collisions, peer.collisions, COLLISIONS))


def _no_lock_up(row: BenchRow) -> bool | None:
    """The worst fresh seed within LOCKED of the median, unless the best peer misses that too."""
    trial = next((each for each in row.trials if each.what == FRESH), None)
    if trial is None or len(trial.seeds) < 2:
        return None
    own, peer = _sides(trial)
    if own is None or peer is None:
        return None
    if _holds_tail(own):
        return True
    held = _holds_tail(peer)
    return None if held is None else not held


def _other_demand(row: BenchRow) -> bool | None:
    """Still ahead of the best fixed-time peer with less and with more demand."""
    sides = [_sides(each) for each in row.trials if each.what != FRESH]
    if not sides:
        return None
    for own, peer in sides:
        if own is None or peer is None or own.delay is None or peer.delay is None:
            return None
        if (own.unfinished, own.delay.median) > (peer.unfinished, peer.delay.median):
            return False
    return True


def _sides(trial: Trial) -> tuple[VariantLine | None, VariantLine | None]:
    own = next((x for x in trial.lines if x.name == PLAN and x.delays_s), None)
    return own, best([x for x in trial.lines if x.name in FIXED_TIME])


def _holds_tail(line: VariantLine) -> bool | None:
    """None where runs were given up, and none that ended left vehicles inside."""
    delay = line.delay
    if delay is None or line.unfinished:
        return False
    # What a run that was given up would have come to is not known.
    return None if line.given_up else delay.highest <= LOCKED * delay.median


_OF_PLANS: Final[Mapping[str, Callable[[BenchRow], bool | None]]] = {
    "The plan is no worse than the best fixed-time peer and leaves no more unfinished": _no_worse,
    "The plan beats SUMO actuated": _beats_actuated,
    "Emergency brakings and collisions do not rise above the shipped plan's, summed over seeds": (
        _as_safe
    ),
    "Emergency brakings and collisions do not rise above the shipped plan's, by the median": (
        _as_safe_by_median
    ),
    "Emergency brakings and collisions are not clearly more than the shipped plan's": (
        _not_clearly_less_safe
    ),
}
_OF_TRIALS: Final[Mapping[str, Callable[[BenchRow], bool | None]]] = {
    f"No lock-up: worst fresh seed within {LOCKED:g} of the median, or the peer's is not either": (
        _no_lock_up
    ),
    "With demand 10 % down and up the plan still beats the best fixed-time peer": _other_demand,
}
