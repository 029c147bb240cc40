"""From the passage of the bands to offsets, and the bands those offsets really give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from signalctl.domain.band import Arc, intersect_arcs
from signalctl.optimiser.arterial import (
    DIRECTIONS,
    ArterialProblem,
    Direction,
    DirectionBand,
    SignalTiming,
    windows_of,
)
from signalctl.optimiser.sweep import Passage
from signalctl.optimiser.tick_arterial import Pair, TickArterial, joined_arcs

_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTimes:
    """Real travel time of each link in each direction, s, queue advances not taken off."""

    outbound: tuple[float, ...]
    inbound: tuple[float, ...]


def place_offsets(
    arterial: TickArterial, passage: Passage, out: int, back: int
) -> list[tuple[int, int]]:
    """(choice index, whole-second offset) of each signal, in the middle of its freedom.

    Where several candidates let the bands pass, the one with the most freedom
    is taken, the first among equals. `passage` must come from the exact sweep.
    """
    q = arterial.ticks_per_s
    cycle_s = arterial.size // q
    placed: list[tuple[int, int]] = []
    for i, pairs in enumerate(arterial.pairs):
        x, y = passage.outbound[i], passage.inbound[i]
        best: tuple[int, int, int] | None = None
        kept = arterial.fixed[i] // q if len(arterial.fixed) > 1 and i in arterial.fixed else None
        for pair in pairs:
            for low, high in _offset_range(pair, x, y, out, back, arterial.size):
                first, last = -(-low // q), high // q
                if kept is not None:
                    # An offset that must be kept decides which candidates are left.
                    first += (kept - first) % cycle_s
                    last = min(last, first)
                if best is None or last - first > best[0]:
                    best = (last - first, pair[4], (first + last) // 2)
        if best is None or best[0] < 0:
            raise AssertionError(f"The sweep's passage has no offset at signal {i}.")
        placed.append((best[1], best[2] % cycle_s))
    return _anchored(placed, arterial, cycle_s)


def _anchored(
    placed: list[tuple[int, int]], arterial: TickArterial, cycle_s: int
) -> list[tuple[int, int]]:
    """All offsets moved together: a fixed one to its place, else the first signal's to 0.

    With several fixed offsets the sweep has kept absolute time already.
    """
    if len(arterial.fixed) > 1:
        return placed
    shift = -placed[0][1]
    for i, ticks in arterial.fixed.items():
        shift = ticks // arterial.ticks_per_s - placed[i][1]
    return [(choice, (offset + shift) % cycle_s) for choice, offset in placed]


def _offset_range(
    pair: Pair, x: int, y: int, out: int, back: int, size: int
) -> list[tuple[int, int]]:
    """Offsets (ticks, inclusive ranges) that let both bands through this pair of greens."""
    s, g, t, h, _ = pair
    if out > g or back > h:
        return []
    first = None if not out or g == size else (x - s - g + out, g - out)
    second = None if not back or h == size else (y - t - h + back, h - back)
    if first is None or second is None:
        low, length = first or second or (0, size - 1)
        return [(low, low + length)]
    low, length = first
    gap = (second[0] - low) % size
    ranges = []
    if gap <= length:
        ranges.append((low + gap, min(low + length, low + gap + second[1])))
    if gap - size + second[1] >= 0:
        ranges.append((low, min(low + length, low + gap - size + second[1])))
    return ranges


def link_times(problem: ArterialProblem, arterial: TickArterial, passage: Passage) -> LinkTimes:
    """The travel times the passage uses: fixed ones as given, chosen ones in ticks."""
    q = arterial.ticks_per_s
    outbound, inbound = [], []
    for i, link in enumerate(problem.links):
        ticks = passage.outbound[i + 1] - passage.outbound[i]
        chosen = ticks / q + problem.signals[i + 1].outbound_queue_s
        outbound.append(min(max(chosen, link.outbound.lo_s), link.outbound.hi_s))
        ticks = passage.inbound[i] - passage.inbound[i + 1]
        chosen = ticks / q + problem.signals[i].inbound_queue_s
        inbound.append(min(max(chosen, link.inbound.lo_s), link.inbound.hi_s))
    return LinkTimes(outbound=tuple(outbound), inbound=tuple(inbound))


def arrivals_s(problem: ArterialProblem, times: LinkTimes, direction: Direction) -> list[float]:
    """When a front that passes the first signal (outbound order) at 0 passes each signal."""
    at = [0.0]
    for i in range(len(problem.links)):
        if direction == "outbound":
            at.append(at[-1] + times.outbound[i] - problem.signals[i + 1].outbound_queue_s)
        else:
            at.append(at[-1] - times.inbound[i] + problem.signals[i].inbound_queue_s)
    return at


def measure_band(
    problem: ArterialProblem,
    direction: Direction,
    placed: Sequence[tuple[int, int]],
    times: LinkTimes,
) -> DirectionBand:
    """The widest band that choices and offsets give one direction, in real numbers.

    Independent of the sweep: only `domain.band` arithmetic on the windows.
    """
    cycle = float(problem.cycle_s)
    arrivals = arrivals_s(problem, times, direction)
    greens = [
        _system_greens(problem, i, direction, placed[i], arrivals[i])
        for i in range(len(problem.signals))
    ]
    common: list[Arc] = [(0.0, cycle)]
    for arcs in greens:
        if arcs is not None:
            common = intersect_arcs(common, arcs, cycle) if common != [(0.0, cycle)] else arcs
    start, width = max(common, key=lambda arc: (arc[1], -arc[0]), default=(0.0, 0.0))
    binding = []
    for signal, arcs in zip(problem.signals, greens, strict=True):
        room = _room(arcs, start, width, cycle)
        if room is not None and width > 0 and min(room) < _EPSILON_S:
            binding.append(signal.id)
    times_s = times.outbound if direction == "outbound" else times.inbound
    # Sums of travel times leave noise in the last digits.
    return DirectionBand(
        width_s=round(width, 9),
        start_s=tuple((start + at) % cycle for at in arrivals),
        link_times_s=times_s,
        binding=tuple(binding),
    )


def _system_greens(
    problem: ArterialProblem,
    i: int,
    direction: Direction,
    placed: tuple[int, int],
    arrival_s: float,
) -> list[Arc] | None:
    """Greens of a signal as seen from the first one; None where nothing can stop the band."""
    choice, offset = placed
    windows = windows_of(problem.signals[i].choices[choice], direction)
    if windows is None:
        return None
    cycle = float(problem.cycle_s)
    arcs = joined_arcs([(start % cycle, float(end - start)) for start, end in windows], cycle)
    if arcs[0][1] >= cycle:
        return None
    return sorted(((start + offset - arrival_s) % cycle, length) for start, length in arcs)


def _room(
    arcs: list[Arc] | None, start: float, width: float, cycle: float
) -> tuple[float, float] | None:
    """Green before the front and after the tail of a band in one of the arcs."""
    best: tuple[float, float] | None = None
    for begin, length in arcs or ():
        before = (start - begin + _EPSILON_S) % cycle - _EPSILON_S
        after = length - before - width
        if after >= -_EPSILON_S and (best is None or before + after > sum(best)):
            best = (before, after)
    return best


def signal_timings(
    problem: ArterialProblem,
    placed: Sequence[tuple[int, int]],
    times: LinkTimes,
    bands: dict[Direction, DirectionBand],
) -> tuple[SignalTiming, ...]:
    """What each signal is to do, and how far its offset may move without loss."""
    cycle = float(problem.cycle_s)
    timings = []
    for i, (signal, (choice, offset)) in enumerate(zip(problem.signals, placed, strict=True)):
        earlier = later = problem.cycle_s // 2
        touching: list[Direction] = []
        for direction in DIRECTIONS:
            band = bands.get(direction)
            if band is None or band.width_s <= 0:
                continue
            arrival = arrivals_s(problem, times, direction)[i]
            arcs = _system_greens(problem, i, direction, placed[i], arrival)
            room = _room(arcs, band.start_s[0], band.width_s, cycle)
            if room is None:
                continue
            before, after = room
            # A green that starts earlier must still last to the band's tail.
            earlier = min(earlier, floor(after + _EPSILON_S))
            later = min(later, floor(before + _EPSILON_S))
            if signal.id in band.binding:
                touching.append(direction)
        candidate = signal.choices[choice]
        timings.append(
            SignalTiming(
                id=signal.id,
                candidate=candidate.label,
                candidate_index=signal.candidates.index(candidate),
                offset_s=offset,
                earlier_s=max(earlier, 0),
                later_s=max(later, 0),
                binding=tuple(touching),
            )
        )
    return tuple(timings)
