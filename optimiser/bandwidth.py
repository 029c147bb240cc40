"""The widest two-way green wave of an arterial, proved optimal.

    best_bands(problem, objective)                          one cycle
    best_cycle(problem_for_cycle, cycles, objective=...)    a range of cycles
    bands_at(problem, outbound_s, inbound_s)                one point of the Pareto front
    pareto_front(problem)                                   all of them

What is proved, and of what. Offsets are whole seconds from the start, never
rounded after banding. Travel times count to the tenth of a second; where they
have more digits, or greens have, or speed is free, `bound_s` allows for that and
`tolerance_s` says by how much. For each cycle the sweep with continuous offsets
bounds and the sweep with whole-second offsets answers; a cycle is cut only when
one of the two has proved that it cannot beat the best. Links whose speed is free
are driven in whole tenths of a second (in halves when two or more offsets are
fixed besides).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from time import perf_counter
from typing import Literal

from signalctl.domain.errors import InputError, SolveError
from signalctl.optimiser.arterial import (
    ArterialProblem,
    ArterialResult,
    CycleRow,
    Direction,
    DirectionBand,
    Objective,
)
from signalctl.optimiser.band_explanation import explain
from signalctl.optimiser.band_search import BandPair, BandSearch
from signalctl.optimiser.band_timing import link_times, measure_band, place_offsets, signal_timings
from signalctl.optimiser.continuous_band import continuous_bound_s
from signalctl.optimiser.tick_arterial import TickArterial, tick_arterial

TICKS_PER_S = 10
"""The engine's tick is a tenth of a second ..."""

COARSE_TICKS_PER_S = 2
"""... but half a second where two offsets are fixed and speeds are free: then the sets keep
absolute time in both directions, and their work grows with the square of the ticks."""

_HARDLY = Fraction(1, 10**9)
"""Less than any two values of the objective can differ by."""

_WORTHWHILE = Fraction(51, 50)
"""How much better a cycle must look in the first pass to be measured there."""

_LOOKED_AT = 16
"""About how many cycles the first pass looks at."""

_EQUAL = Objective()

Criterion = Literal["share", "seconds"]


def best_bands(problem: ArterialProblem, objective: Objective = _EQUAL) -> ArterialResult:
    """The best bands of one cycle. Raises SolveError where no band can pass at all."""
    _in_ticks(problem)
    return best_cycle({problem.cycle_s: problem}.get, [problem.cycle_s], objective=objective)


def best_cycle(
    problem_for_cycle: Callable[[int], ArterialProblem | None],
    cycles: Iterable[int],
    *,
    objective: Objective = _EQUAL,
    criterion: Criterion = "share",
    every_cycle: bool = False,
    on_cycle: Callable[[int], None] | None = None,
) -> ArterialResult:
    """The best bands over a range of cycles, and the table of all cycles looked at.

    `criterion` compares cycles: "share", the objective divided by the cycle (a
    band of 20 s in 60 s serves as much as 40 s in 120 s); "seconds", the
    objective itself. Ties go to the shorter cycle. `problem_for_cycle` returns
    None for a cycle that is not admitted, and may raise SolveError to say why.
    `every_cycle` solves each one to the end, for a table without cuts.
    `on_cycle` is told each cycle before it is looked at.

    Raises SolveError when no cycle is given, none is admitted, or no band can
    pass at any of them.
    """
    begin = perf_counter()
    wanted = sorted(set(cycles))
    if not wanted:
        raise SolveError(
            "The range of cycles is empty.", remedy="Give a range such as 60..120, low end first."
        )
    rows: dict[int, CycleRow] = {}
    searches: dict[int, tuple[ArterialProblem, BandSearch]] = {}
    refusal: SolveError | None = None
    for cycle_s in wanted:
        if on_cycle is not None:
            on_cycle(cycle_s)
        try:
            problem = problem_for_cycle(cycle_s)
            if problem is None:
                rows[cycle_s] = CycleRow(cycle_s=cycle_s, status="not admitted")
                continue
            if problem.cycle_s != cycle_s:
                raise InputError(f"A cycle of {cycle_s} s got a problem of {problem.cycle_s} s.")
            search = BandSearch(_in_ticks(problem), _wanted(objective, problem))
        except SolveError as error:
            refusal = refusal or error
            rows[cycle_s] = CycleRow(cycle_s=cycle_s, status="no green", note=str(error))
            continue
        searches[cycle_s] = (problem, search)
    if not searches:
        raise refusal or SolveError(
            f"No cycle from {wanted[0]} to {wanted[-1]} s is admitted.",
            remedy="Widen the range of cycles or relax what limits it.",
        )

    def scale(cycle_s: int) -> int:
        ticks_per_s = searches[cycle_s][1].arterial.ticks_per_s
        return ticks_per_s * (cycle_s if criterion == "share" else 1)

    first = _promising({c: search for c, (_, search) in searches.items()}, scale)
    best_s, pair = first, BandPair(outbound=0, inbound=0, value=Fraction(0))
    for cycle_s in [first, *(c for c in searches if c != first)]:
        to_beat = pair.value * scale(cycle_s) / scale(best_s)
        if cycle_s < best_s:
            # The shorter of two equals wins: it only has to draw level.
            to_beat -= _HARDLY
        search = searches[cycle_s][1]
        found = search.best(Fraction(0) if every_cycle else max(to_beat, Fraction(0)))
        rows[cycle_s] = _row(cycle_s, found, to_beat, search.arterial.ticks_per_s)
        if found is not None and found.value > to_beat:
            best_s, pair = cycle_s, found
    ordered = tuple(rows[c] for c in sorted(rows))
    return _result((*searches[best_s], pair), objective, ordered, begin, wanted)


def _promising(searches: dict[int, BandSearch], scale: Callable[[int], int]) -> int:
    """A cycle that is likely best, by the relaxation alone: to start from, proving nothing."""
    best_s, value = min(searches), Fraction(0)
    for cycle_s, search in list(searches.items())[:: 1 + len(searches) // _LOOKED_AT]:
        to_beat = value * _WORTHWHILE * scale(cycle_s) / scale(best_s)
        found = search.best(to_beat, relaxed=True)
        if found is not None:
            best_s, value = cycle_s, found.value
    return best_s


def bands_at(
    problem: ArterialProblem, outbound_s: float, inbound_s: float
) -> ArterialResult | None:
    """Offsets that give at least these widths (0: no matter), or None: proved impossible.

    The bound of the result is that of equal bands, the point being chosen by
    the caller. Raises SolveError where no band can pass at all.
    """
    begin = perf_counter()
    search = BandSearch(_in_ticks(problem), _wanted(_EQUAL, problem))
    ticks_per_s = search.arterial.ticks_per_s
    out, back = (ceil(width_s * ticks_per_s - 1e-6) for width_s in (outbound_s, inbound_s))
    if not search.fits(out, back):
        return None
    pair = BandPair(outbound=out, inbound=back, value=search.value(out, back))
    row = _row(problem.cycle_s, pair, Fraction(0), ticks_per_s)
    proved = search.best(pair.value) or pair
    result = _result((problem, search, pair), _EQUAL, (row,), begin, [problem.cycle_s], fill=False)
    bound = float(proved.value) / ticks_per_s + result.tolerance_s
    bound = min(max(bound, result.value_s), max(result.continuous_bound_s, result.value_s))
    return replace(result, bound_s=bound, gap_s=bound - result.value_s)


def pareto_front(problem: ArterialProblem, *, unit_s: int = 1) -> tuple[tuple[int, int], ...]:
    """All pairs (outbound, inbound) of whole-second widths that no other pair dominates.

    Widest outbound first; `bands_at` gives the offsets of a point. Proved: each
    pair has whole-second offsets, and every wider pair has none.
    Raises SolveError where no band can pass at all.
    """
    search = BandSearch(_in_ticks(problem), _EQUAL)
    front = search.front(unit_s * search.arterial.ticks_per_s)
    return tuple((out * unit_s, back * unit_s) for out, back in front)


def _wanted(objective: Objective, problem: ArterialProblem) -> Objective:
    """The objective with no weight for a direction that wants no band."""
    if len(problem.directions) == 2:
        return objective
    outbound, inbound = (float(d in problem.directions) for d in ("outbound", "inbound"))
    return replace(objective, outbound=outbound, inbound=inbound)


def _in_ticks(problem: ArterialProblem, *, generous: bool = False) -> TickArterial:
    """The problem in the engine's ticks. Raises SolveError where a direction has no green."""
    fixed = sum(signal.fixed_offset_s is not None for signal in problem.signals)
    times = [time for link in problem.links for time in (link.outbound, link.inbound)]
    coarse = fixed > 1 and any(time.hi_s > time.lo_s for time in times)
    return tick_arterial(problem, COARSE_TICKS_PER_S if coarse else TICKS_PER_S, generous=generous)


def _row(cycle_s: int, pair: BandPair | None, to_beat: Fraction, ticks_per_s: int) -> CycleRow:
    if pair is None:
        return CycleRow(
            cycle_s=cycle_s, status="cut", bound_s=max(float(to_beat), 0.0) / ticks_per_s
        )
    return CycleRow(
        cycle_s=cycle_s,
        status="optimal",
        outbound_s=pair.outbound / ticks_per_s,
        inbound_s=pair.inbound / ticks_per_s,
        bound_s=float(pair.value) / ticks_per_s,
    )


def _result(
    best: tuple[ArterialProblem, BandSearch, BandPair],
    objective: Objective,
    rows: tuple[CycleRow, ...],
    begin: float,
    cycles: list[int],
    *,
    fill: bool = True,
) -> ArterialResult:
    problem, search, base = best
    pair = search.filled(base) if fill else base
    passage = search.exact.passage(pair.outbound, pair.inbound)
    if passage is None:
        raise AssertionError("The sweep lost a passage it had found.")
    arterial = search.arterial
    placed = place_offsets(arterial, passage, pair.outbound, pair.inbound)
    times = link_times(problem, arterial, passage)
    bands: dict[Direction, DirectionBand] = {
        direction: measure_band(problem, direction, placed, times)
        for direction in problem.directions
    }
    widths = [bands[d].width_s if d in bands else problem.cycle_s for d in ("outbound", "inbound")]
    value = _value_s(search, *widths)
    proved, tolerance = _proved_s(problem, search, base)
    # The pair reached is a lower start for the bound only as far as its last digit goes.
    continuous = max(continuous_bound_s(problem, search.objective, reached_s=value - 1e-6), value)
    bound = min(max(proved, value), continuous)
    return ArterialResult(
        status="optimal",
        cycle_s=problem.cycle_s,
        objective=objective,
        signals=signal_timings(problem, placed, times, bands),
        outbound=bands.get("outbound"),
        inbound=bands.get("inbound"),
        value_s=value,
        bound_s=bound,
        continuous_bound_s=continuous,
        gap_s=bound - value,
        tolerance_s=tolerance,
        cycles=rows,
        explanation=explain(problem, bands, continuous, value, cycles),
        elapsed_s=perf_counter() - begin,
    )


def _value_s(search: BandSearch, out_s: float, back_s: float) -> float:
    """The objective of real widths, normalised as ArterialResult.value_s says."""
    high = search.heavy
    shares = [(w / high, v) for w, v in zip(search.weights, (out_s, back_s), strict=True)]
    if search.objective.mode == "sum":
        return sum(weight * width for weight, width in shares)
    return min(width / weight for weight, width in shares if weight)


def _proved_s(problem: ArterialProblem, search: BandSearch, base: BandPair) -> tuple[float, float]:
    """What no whole-second offsets exceed at this cycle, and how much rounding may hide."""
    arterial, value = search.arterial, base.value
    ticks_per_s = arterial.ticks_per_s
    weights = [Fraction(w, search.heavy) for w in search.weights if w]
    share = sum(weights) if search.objective.mode == "sum" else 1 / min(weights)
    # The plan's real bands may be narrower than its ticks, the best ones wider.
    below = arterial.rounding * share
    if not arterial.snug:
        # Greens or ranges were rounded inward for the answer: outward for the bound.
        arterial = _in_ticks(problem, generous=True)
        wider = BandSearch(arterial, search.objective).best(value)
        value = wider.value if wider is not None else value
    bound = value + arterial.rounding * share
    return float(bound) / ticks_per_s, float(bound - base.value + below) / ticks_per_s
