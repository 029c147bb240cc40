"""The program: what each signal group shows in each second of the cycle.

This is the canonical form. Every plan expands to it, and from it alone come the
safety check, the bands, the diagrams, the SUMO logic and the hash of an approval.
Second `t` is the second from `t` up to, not including, `t + 1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from signalctl.domain.aspect import GREEN_KIND, GREENS, Aspect, GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap


@dataclass(frozen=True, slots=True)
class GreenWindow:
    """One green of one kind: seconds from start_s up to, not including, end_s.

    0 <= start_s < cycle; start_s < end_s <= start_s + cycle: an end past the
    cycle wraps, so a green over the whole cycle is (0, cycle).
    """

    start_s: int
    end_s: int
    kind: GreenKind = GreenKind.PROTECTED

    @property
    def length_s(self) -> int:
        """Length in s."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of equal seconds: from start_s up to end_s (may pass the cycle)."""

    start_s: int
    end_s: int
    aspect: Aspect


@dataclass(frozen=True)
class Program:
    """What each group shows in each second: group id -> one aspect letter a second.

    Every string has `cycle_s` letters of `Aspect`. Second 0 is the program's own
    zero; where it lies in system time is the plan's offset.
    """

    cycle_s: int
    seconds: FrozenMap[str, str]

    def __post_init__(self) -> None:
        if self.cycle_s < 1:
            raise InputError(f"A cycle of {self.cycle_s} s is not a cycle.")
        letters = {aspect.value for aspect in Aspect}
        for group, text in self.seconds.items():
            if len(text) != self.cycle_s:
                raise InputError(
                    f"Group {group} has {len(text)} seconds in a cycle of {self.cycle_s} s."
                )
            unknown = set(text) - letters
            if unknown:
                raise InputError(
                    f"Group {group} shows {sorted(unknown)!r}, which no lamp can show.",
                    remedy=f"Letters are {' '.join(sorted(letters))}.",
                )

    @classmethod
    def of(cls, seconds: Mapping[str, str]) -> Program:
        """A program from {group: letters}; the cycle is the strings' length."""
        lengths = {len(text) for text in seconds.values()}
        if len(lengths) != 1:
            raise InputError(f"Groups have different cycles: {sorted(lengths)} s.")
        return cls(lengths.pop(), FrozenMap(seconds))

    @property
    def group_ids(self) -> tuple[str, ...]:
        """Ids of the groups in the program's order."""
        return tuple(self.seconds)

    def aspect(self, group: str, second: int) -> Aspect:
        """What a group shows in a second, taken modulo the cycle."""
        return Aspect(self.seconds[group][second % self.cycle_s])

    def runs(self, group: str) -> tuple[Run, ...]:
        """Stretches of equal aspect by start second; the one over zero comes last."""
        return _runs(self.seconds[group])

    def greens(self, group: str) -> tuple[GreenWindow, ...]:
        """Green windows of a group, one per kind of green, by start second."""
        return _greens(self.seconds[group])

    def green_spans(self, group: str) -> tuple[tuple[int, int], ...]:
        """(start_s, end_s) of uninterrupted green of either kind, by start second."""
        return _green_spans(self.seconds[group])

    def state(self, groups: Iterable[str], second: int) -> str:
        """Letters of the given groups in one second, in their order."""
        at = second % self.cycle_s
        return "".join(self.seconds[group][at] for group in groups)

    def shifted(self, by_s: int) -> Program:
        """The same program, everything `by_s` seconds later (earlier if negative)."""
        k = -by_s % self.cycle_s
        return Program(
            self.cycle_s,
            FrozenMap({group: text[k:] + text[:k] for group, text in self.seconds.items()}),
        )


# Optimisers ask the same strings over and over, so what is pure is kept.


@lru_cache(maxsize=16_384)
def _runs(text: str) -> tuple[Run, ...]:
    return tuple(Run(start, end, Aspect(letter)) for start, end, letter in _circular_runs(text))


@lru_cache(maxsize=16_384)
def _greens(text: str) -> tuple[GreenWindow, ...]:
    return tuple(
        GreenWindow(run.start_s, run.end_s, GREEN_KIND[run.aspect])
        for run in _runs(text)
        if run.aspect in GREEN_KIND
    )


@lru_cache(maxsize=16_384)
def _green_spans(text: str) -> tuple[tuple[int, int], ...]:
    merged = "".join("G" if letter in GREENS else "r" for letter in text)
    return tuple((start, end) for start, end, letter in _circular_runs(merged) if letter == "G")


def _circular_runs(text: str) -> list[tuple[int, int, str]]:
    """Runs of equal letters on a circle, each counted once, by start."""
    runs: list[tuple[int, int, str]] = []
    at = 0
    for letter, same in groupby(text):
        length = sum(1 for _ in same)
        runs.append((at, at + length, letter))
        at += length
    if len(runs) > 1 and runs[0][2] == runs[-1][2]:
        first = runs.pop(0)
        last = runs.pop()
        runs.append((last[0], last[1] + first[1], last[2]))
    return runs
