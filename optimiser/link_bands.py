"""Per-link green waves (MULTIBAND) with whole-second offsets, proved optimal.

    best_link_bands(problem)                         one cycle
    best_cycle_link_bands(problem_for_cycle, cycles) a range of cycles

What is proved, and of what: arrival times are rounded to whole seconds along
the arterial (`tolerance_s` says how much that can matter to a link, 0 when
nothing was rounded), and on that grid no offsets, candidates and travel times
within their ranges give a larger weighted sum of link bands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from time import perf_counter
from typing import TypeAlias

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import (
    DIRECTIONS,
    ArterialProblem,
    CycleRow,
    Direction,
    LinkBand,
    LinkBandResult,
    SignalTiming,
)
from signalctl.optimiser.band_timing import LinkTimes, link_times, measure_band
from signalctl.optimiser.multiband import (
    LinePassage,
    best_lines,
    line_width,
    whole_second_arterial,
)
from signalctl.optimiser.sweep import Passage
from signalctl.optimiser.tick_arterial import Pair, TickArterial

Place: TypeAlias = tuple[int, int, int, int, tuple[Direction, ...]]
"""Choice, offset, how far it may move earlier and later, directions that touch."""


def best_link_bands(problem: ArterialProblem) -> LinkBandResult:
    """The per-link bands of one cycle.

    Raises SolveError where a direction is never green or no line passes all
    signals, InputError when two or more offsets are fixed.
    """
    begin = perf_counter()
    arterial = whole_second_arterial(problem)
    passage = best_lines(problem, arterial)
    if passage is None:
        raise SolveError(
            f"At a cycle of {problem.cycle_s} s no line of progression passes all signals in "
            "green in both directions.",
            where=f"{problem.signals[0].id} to {problem.signals[-1].id}",
            remedy="Allow a range of speeds or more stage sequences, or split the corridor.",
        )
    placed, timings = _timings(problem, arterial, passage)
    ticks = Passage(outbound=passage.outbound, inbound=passage.inbound)
    times = link_times(problem, arterial, ticks)
    outbound = _bands(problem, "outbound", passage, placed, times)
    inbound = _bands(problem, "inbound", passage, placed, times)
    row = CycleRow(cycle_s=problem.cycle_s, status="optimal", bound_s=passage.value)
    return LinkBandResult(
        status="optimal",
        cycle_s=problem.cycle_s,
        signals=timings,
        outbound=outbound,
        inbound=inbound,
        value_s=passage.value,
        bound_s=passage.value,
        tolerance_s=float(arterial.rounding),
        cycles=(row,),
        elapsed_s=perf_counter() - begin,
    )


def best_cycle_link_bands(
    problem_for_cycle: Callable[[int], ArterialProblem | None],
    cycles: Iterable[int],
    *,
    on_cycle: Callable[[int], None] | None = None,
) -> LinkBandResult:
    """The per-link bands of the best cycle: the largest weighted sum as a share of the cycle.

    Ties go to the shorter cycle. A cycle is cut when the greens at both ends of
    each link, added up, could not beat the best. Raises SolveError when no
    cycle is given or none admits a line of progression.
    """
    begin = perf_counter()
    wanted = sorted(set(cycles))
    if not wanted:
        raise SolveError(
            "The range of cycles is empty.", remedy="Give a range such as 60..120, low end first."
        )
    rows: list[CycleRow] = []
    best: LinkBandResult | None = None
    refusal: SolveError | None = None
    for cycle_s in wanted:
        if on_cycle is not None:
            on_cycle(cycle_s)
        try:
            problem = problem_for_cycle(cycle_s)
            if problem is None:
                rows.append(CycleRow(cycle_s=cycle_s, status="not admitted"))
                continue
            ceiling = _ceiling_s(problem, whole_second_arterial(problem))
            if best is not None and ceiling * best.cycle_s <= best.value_s * cycle_s:
                rows.append(CycleRow(cycle_s=cycle_s, status="cut", bound_s=ceiling))
                continue
            result = best_link_bands(problem)
        except SolveError as error:
            refusal = refusal or error
            rows.append(CycleRow(cycle_s=cycle_s, status="no green", note=str(error)))
            continue
        rows.extend(result.cycles)
        if best is None or result.value_s * best.cycle_s > best.value_s * cycle_s + 1e-9:
            best = result
    if best is None:
        raise refusal or SolveError(
            f"No cycle from {wanted[0]} to {wanted[-1]} s is admitted.",
            remedy="Widen the range of cycles or relax what limits it.",
        )
    return replace(best, cycles=tuple(rows), elapsed_s=perf_counter() - begin)


def _ceiling_s(problem: ArterialProblem, arterial: TickArterial) -> float:
    """No link band is wider than the longer greens at its ends allow."""
    total = 0.0
    for link, (a, b) in zip(problem.links, pairwise(arterial.pairs), strict=True):
        weights = (link.outbound_weight, link.inbound_weight)
        for weight, length, direction in zip(weights, (1, 3), ("outbound", "inbound"), strict=True):
            if direction in problem.directions:
                total += weight * min(max(p[length] for p in a), max(p[length] for p in b))
    return total


def _needed(passage: LinePassage, i: int) -> tuple[int, int]:
    """The width signal i really has to leave: no more than its neighbours can use."""
    own = passage.widths[i]
    beside = [passage.widths[j] for j in (i - 1, i + 1) if 0 <= j < len(passage.widths)]
    out, back = (min(own[d], max((w[d] for w in beside), default=own[d])) for d in (0, 1))
    return out, back


def _timings(
    problem: ArterialProblem, arterial: TickArterial, passage: LinePassage
) -> tuple[list[tuple[int, int]], tuple[SignalTiming, ...]]:
    """Choice and offset of each signal; of several candidates the one with most room."""
    cycle_s = problem.cycle_s
    found: list[Place] = []
    for i, pairs in enumerate(arterial.pairs):
        need = _needed(passage, i)
        places = [
            place
            for pair in pairs
            for place in _places(pair, passage.outbound[i], passage.inbound[i], need, cycle_s)
        ]
        if not places:
            raise AssertionError(f"The lines have no offset at {problem.signals[i].id}.")
        found.append(max(places, key=lambda place: min(place[2], place[3])))
    shift = -found[0][1]
    for i, fixed_s in arterial.fixed.items():
        shift = fixed_s - found[i][1]
    timings = []
    for signal, (choice, offset, earlier, later, touching) in zip(
        problem.signals, found, strict=True
    ):
        candidate = signal.choices[choice]
        timings.append(
            SignalTiming(
                id=signal.id,
                candidate=candidate.label,
                candidate_index=signal.candidates.index(candidate),
                offset_s=(offset + shift) % cycle_s,
                earlier_s=min(earlier, cycle_s // 2),
                later_s=min(later, cycle_s // 2),
                binding=touching,
            )
        )
    return [(f[0], (f[1] + shift) % cycle_s) for f in found], tuple(timings)


def _places(pair: Pair, x: int, y: int, need: tuple[int, int], cycle_s: int) -> Iterator[Place]:
    """All offsets under which a pair of greens leaves the widths needed around both lines."""
    s, g, t, h, choice = pair
    if g < cycle_s:
        offsets = [x - s - w for w in range(need[0] // 2, g - (need[0] + 1) // 2 + 1)]
    elif h < cycle_s:
        offsets = [y - t - w for w in range(need[1] // 2, h - (need[1] + 1) // 2 + 1)]
    else:
        offsets = [0]
    for offset in offsets:
        out = _room((x - offset - s) % cycle_s, g, need[0], cycle_s)
        back = _room((y - offset - t) % cycle_s, h, need[1], cycle_s)
        later, earlier = min(out[0], back[0]), min(out[1], back[1])
        if min(earlier, later) >= 0:
            touching = tuple(
                d for d, room in zip(DIRECTIONS, (out, back), strict=True) if min(room) == 0
            )
            yield choice, offset % cycle_s, earlier, later, touching


def _room(w: int, green: int, need: int, cycle_s: int) -> tuple[int, int]:
    """Seconds of green to spare before and after a line w seconds into a green."""
    if green == cycle_s:
        return cycle_s, cycle_s
    if w > green or line_width(w, green) < need:
        return -1, -1
    return w - need // 2, green - w - (need + 1) // 2


def _bands(
    problem: ArterialProblem,
    direction: Direction,
    passage: LinePassage,
    placed: list[tuple[int, int]],
    times: LinkTimes,
) -> tuple[LinkBand, ...]:
    if direction not in problem.directions:
        return ()
    side = 0 if direction == "outbound" else 1
    bands = []
    for i, link in enumerate(problem.links):
        alone = replace(problem, signals=problem.signals[i : i + 2], links=(link,))
        time_s = (times.outbound if side == 0 else times.inbound)[i]
        one = LinkTimes(outbound=(times.outbound[i],), inbound=(times.inbound[i],))
        clear = measure_band(alone, direction, placed[i : i + 2], one)
        bands.append(
            LinkBand(
                width_s=float(min(passage.widths[i][side], passage.widths[i + 1][side])),
                clear_s=clear.width_s,
                travel_time_s=time_s,
                weight=link.outbound_weight if side == 0 else link.inbound_weight,
            )
        )
    return tuple(bands)
