"""An arterial in ticks: every time a whole number of ticks on a circle.

Windows in whole seconds and travel times in tenths of a second lose nothing at
the engine's ten ticks a second. Other fixed travel times are rounded along the
arterial, not link by link, so that no arrival is more than half a tick wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TypeAlias, TypeVar

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import (
    DIRECTIONS,
    ArterialProblem,
    ArterialSignal,
    Candidate,
    Direction,
    TravelTime,
    Windows,
    windows_of,
)

Arc: TypeAlias = tuple[int, int]
"""(start, length) in ticks."""

Pair: TypeAlias = tuple[int, int, int, int, int]
"""Outbound start and length, inbound start and length, index among the choices;
a length of a whole cycle means that the direction does not stop here."""

Number = TypeVar("Number", int, float)

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class TickLink:
    """Effective travel ticks (queue advance taken off): fewest, and how many more may be chosen."""

    outbound: int
    outbound_spread: int
    inbound: int
    inbound_spread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TickArterial:
    """Signals as pairs of an outbound and an inbound green, links as travel ticks.

    `caps`: no band of a direction can be wider (its narrowest signal's widest
    green). `rounding`: by how many ticks at most rounding may have narrowed a
    real band, 0 when nothing was rounded. `fixed`: offset ticks of signals that
    may not move, by index. `rigid`: no link leaves a choice of travel time.
    """

    ticks_per_s: int
    size: int
    pairs: tuple[tuple[Pair, ...], ...]
    links: tuple[TickLink, ...]
    caps: tuple[int, int]
    fixed: dict[int, int]
    rounding: int
    snug: bool
    rigid: bool


def tick_arterial(
    problem: ArterialProblem, ticks_per_s: int, *, generous: bool = False
) -> TickArterial:
    """The problem in ticks; greens and ranges of travel times are rounded inward.

    `generous` rounds them outward, so that every real solution, its travel
    times rounded along the way, is contained but for `rounding` ticks of band.
    Raises SolveError naming a signal without green in a wanted direction.
    """
    size = problem.cycle_s * ticks_per_s
    exact_greens = True
    pairs: list[tuple[Pair, ...]] = []
    caps = (size, size)
    goes_out, goes_back = (direction in problem.directions for direction in DIRECTIONS)
    for signal in problem.signals:
        found: list[Pair] = []
        out_widest = back_widest = 0
        for index, candidate in enumerate(signal.choices):
            out, whole_out = _arcs(
                candidate.outbound if goes_out else None, size, ticks_per_s, generous
            )
            back, whole_back = _arcs(
                candidate.inbound if goes_back else None, size, ticks_per_s, generous
            )
            exact_greens = exact_greens and whole_out and whole_back
            for s, g in out:
                for t, h in back:
                    found.append((s, g, t, h, index))
                    if g > out_widest:
                        out_widest = g
                    if h > back_widest:
                        back_widest = h
        if not found:
            raise _no_green(problem, signal)
        pairs.append(tuple(found))
        caps = (min(caps[0], out_widest), min(caps[1], back_widest))
    links, exact_fixed, exact_ranges = _links(problem, ticks_per_s, generous)
    return TickArterial(
        ticks_per_s=ticks_per_s,
        size=size,
        pairs=tuple(pairs),
        links=links,
        caps=caps,
        fixed={
            i: signal.fixed_offset_s * ticks_per_s % size
            for i, signal in enumerate(problem.signals)
            if signal.fixed_offset_s is not None
        },
        rounding=(not exact_fixed) + (not exact_ranges),
        snug=exact_greens and exact_ranges,
        rigid=not any(link.outbound_spread or link.inbound_spread for link in links),
    )


def _no_green(problem: ArterialProblem, signal: ArterialSignal) -> SolveError:
    if not signal.choices:
        return SolveError(
            f"No candidate is allowed at a cycle of {problem.cycle_s} s.",
            where=f"signal {signal.id}",
            remedy="Allow at least one stage sequence.",
        )
    for direction in problem.directions:
        if not any(_passes(candidate, direction) for candidate in signal.choices):
            return SolveError(
                f"The {direction} direction is never green at a cycle of {problem.cycle_s} s: "
                "no band can pass.",
                where=f"signal {signal.id}",
                remedy="Give the direction a green, or leave the signal out of the corridor.",
            )
    return SolveError(
        f"No candidate gives both directions a green at a cycle of {problem.cycle_s} s.",
        where=f"signal {signal.id}",
        remedy="Allow a candidate with both greens.",
    )


def _passes(candidate: Candidate, direction: Direction) -> bool:
    return windows_of(candidate, direction) != ()


def _arcs(
    windows: Windows | None, size: int, ticks_per_s: int, generous: bool
) -> tuple[list[Arc], bool]:
    """Disjoint arcs of green, touching windows joined; and whether nothing was rounded."""
    if windows is None:
        return [(0, size)], True
    if len(windows) == 1:
        ((start_s, end_s),) = windows
        if type(start_s) is int and type(end_s) is int:
            return [(start_s * ticks_per_s % size, (end_s - start_s) * ticks_per_s)], True
    spans: list[Arc] = []
    exact = True
    for start_s, end_s in windows:
        start, end = start_s * ticks_per_s, end_s * ticks_per_s
        if type(start) is int and type(end) is int:
            begin, stop = start, end
        else:
            begin, stop = _outward(start, end) if generous else _inward(start, end)
            exact = exact and abs(begin - start) + abs(stop - end) < _EPSILON
        if stop > begin:
            spans.append((begin % size, stop - begin))
    return (spans if len(spans) < 2 else joined_arcs(spans, size)), exact


def joined_arcs(spans: list[tuple[Number, Number]], size: Number) -> list[tuple[Number, Number]]:
    """Arcs (start, length) on a circle of `size`, those that overlap or touch made one."""
    spans = sorted(spans)
    joined: list[tuple[Number, Number]] = []
    for start, length in spans:
        if joined and start <= joined[-1][0] + joined[-1][1]:
            begin, was = joined[-1]
            joined[-1] = (begin, max(was, start + length - begin))
        else:
            joined.append((start, length))
    while len(joined) > 1 and joined[-1][0] + joined[-1][1] >= joined[0][0] + size:
        first = joined.pop(0)
        begin, was = joined[-1]
        joined[-1] = (begin, max(was, first[0] + size + first[1] - begin))
    return [(size - size, size)] if joined[-1][1] >= size else joined


def _inward(low: float, high: float) -> tuple[int, int]:
    return ceil(low - _EPSILON), floor(high + _EPSILON)


def _outward(low: float, high: float) -> tuple[int, int]:
    return floor(low + _EPSILON), ceil(high - _EPSILON)


def _links(
    problem: ArterialProblem, ticks_per_s: int, generous: bool
) -> tuple[tuple[TickLink, ...], bool, bool]:
    """Links in ticks; whether the fixed times and the ranges needed no rounding."""
    forward = [
        _effective(link.outbound, problem.signals[i + 1].outbound_queue_s)
        for i, link in enumerate(problem.links)
    ]
    backward = [
        _effective(link.inbound, problem.signals[i].inbound_queue_s)
        for i, link in enumerate(problem.links)
    ]
    out, fixed_out, range_out = _rounded(forward, ticks_per_s, generous)
    back, fixed_back, range_back = _rounded(backward, ticks_per_s, generous)
    links = tuple(
        TickLink(outbound=a, outbound_spread=b, inbound=c, inbound_spread=d)
        for (a, b), (c, d) in zip(out, back, strict=True)
    )
    return links, fixed_out and fixed_back, range_out and range_back


def _effective(time: TravelTime, queue_s: float) -> tuple[float, float]:
    return time.lo_s - queue_s, time.hi_s - queue_s


def _rounded(
    times: list[tuple[float, float]], ticks_per_s: int, generous: bool
) -> tuple[list[tuple[int, int]], bool, bool]:
    """(fewest ticks, spread) of each link; fixed times carry their rounding on."""
    rounded: list[tuple[int, int]] = []
    carry = 0.0
    exact_fixed = exact_ranges = True
    for low_s, high_s in times:
        low, high = low_s * ticks_per_s, high_s * ticks_per_s
        if high > low:
            a, b = _outward(low, high) if generous else _inward(low, high)
            exact_ranges = exact_ranges and abs(a - low) + abs(b - high) < _EPSILON
            if b >= a:
                rounded.append((a, b - a))
                continue
        middle = (low + high) / 2 + carry
        ticks = round(middle)
        carry = middle - ticks
        exact_fixed = exact_fixed and abs(carry) < _EPSILON
        rounded.append((ticks, 0))
    return rounded, exact_fixed, exact_ranges
