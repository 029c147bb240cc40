"""The widest two-way green wave of an arterial, proved optimal.

    best_bands(problem, objective)                          one cycle
    best_cycle(problem_for_cycle, cycles, objective=...)    a range of cycles
    bands_at(problem, outbound_s, inbound_s)                one point of the Pareto front
    pareto_front(problem)                                   all of them

What is proved, and of what. Offsets are whole seconds from the start, never
rounded after banding. Travel times are exact to the tenth of a second; where
they have more digits the bound says how much that can matter (`tolerance_s`).
For each cycle the sweep with continuous offsets bounds; the sweep with
whole-second offsets answers; a cycle is cut only when one of the two has proved
that it cannot beat the best. Links with a range of speeds are driven in whole
tenths of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
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
from signalctl.optimiser.tick_arterial import tick_arterial

TICKS_PER_S = 10
"""The engine's tick is a tenth of a second."""

_FINE_TICKS_PER_S = 1000
"""The tick of the continuous bound: a millisecond."""

_EQUAL = Objective()

Criterion = Literal["share", "seconds"]


def best_bands(problem: ArterialProblem, objective: Objective = _EQUAL) -> ArterialResult:
    """The best bands of one cycle. Raises SolveError where no band can pass at all."""
    tick_arterial(problem, TICKS_PER_S)
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
    rows: list[CycleRow] = []
    best: tuple[ArterialProblem, BandSearch, BandPair] | None = None
    refusal: SolveError | None = None
    for cycle_s in wanted:
        if on_cycle is not None:
            on_cycle(cycle_s)
        try:
            problem = problem_for_cycle(cycle_s)
            if problem is None:
                rows.append(CycleRow(cycle_s=cycle_s, status="not admitted"))
                continue
            if problem.cycle_s != cycle_s:
                raise InputError(f"A cycle of {cycle_s} s got a problem of {problem.cycle_s} s.")
            arterial = tick_arterial(problem, TICKS_PER_S)
        except SolveError as error:
            refusal = refusal or error
            rows.append(CycleRow(cycle_s=cycle_s, status="no green", note=str(error)))
            continue
        search = BandSearch(arterial, objective)
        to_beat = Fraction(0)
        if best is not None:
            scale = Fraction(cycle_s, best[0].cycle_s) if criterion == "share" else Fraction(1)
            to_beat = best[2].value * scale
        pair = search.best(Fraction(0) if every_cycle else to_beat)
        rows.append(_row(cycle_s, pair, to_beat))
        if pair is not None and pair.value > to_beat:
            best = (problem, search, pair)
        elif best is None:
            # No ratio of bands is possible; keep the first such cycle for what is left over.
            best = (problem, search, BandPair(outbound=0, inbound=0, value=Fraction(0)))
    if best is None:
        raise refusal or SolveError(
            f"No cycle from {wanted[0]} to {wanted[-1]} s is admitted.",
            remedy="Widen the range of cycles or relax what limits it.",
        )
    return _result(best, objective, tuple(rows), begin, wanted)


def bands_at(
    problem: ArterialProblem, outbound_s: float, inbound_s: float
) -> ArterialResult | None:
    """Offsets that give at least these widths (0: no matter), or None: proved impossible.

    The bound of the result is that of equal bands, the point being chosen by
    the caller. Raises SolveError where no band can pass at all.
    """
    begin = perf_counter()
    search = BandSearch(tick_arterial(problem, TICKS_PER_S), _EQUAL)
    out, back = (round(width_s * TICKS_PER_S) for width_s in (outbound_s, inbound_s))
    if not search.fits(out, back):
        return None
    pair = BandPair(outbound=out, inbound=back, value=search.value(out, back))
    row = _row(problem.cycle_s, pair, Fraction(0))
    proved = search.best(pair.value) or pair
    result = _result((problem, search, pair), _EQUAL, (row,), begin, [problem.cycle_s], fill=False)
    bound = float(proved.value) / TICKS_PER_S + result.tolerance_s
    bound = min(max(bound, result.value_s), max(result.continuous_bound_s, result.value_s))
    return replace(result, bound_s=bound, gap_s=bound - result.value_s)


def pareto_front(problem: ArterialProblem, *, unit_s: int = 1) -> tuple[tuple[int, int], ...]:
    """All pairs (outbound, inbound) of whole-second widths that no other pair dominates.

    Widest outbound first; `bands_at` gives the offsets of a point. Proved: each
    pair has whole-second offsets, and every wider pair has none.
    Raises SolveError where no band can pass at all.
    """
    search = BandSearch(tick_arterial(problem, TICKS_PER_S), _EQUAL)
    front = search.front(unit_s * TICKS_PER_S)
    return tuple((out * unit_s, back * unit_s) for out, back in front)


def _row(cycle_s: int, pair: BandPair | None, to_beat: Fraction) -> CycleRow:
    if pair is None:
        return CycleRow(cycle_s=cycle_s, status="cut", bound_s=float(to_beat) / TICKS_PER_S)
    return CycleRow(
        cycle_s=cycle_s,
        status="optimal",
        outbound_s=pair.outbound / TICKS_PER_S,
        inbound_s=pair.inbound / TICKS_PER_S,
        bound_s=float(pair.value) / TICKS_PER_S,
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
    value = _value_s(objective, search, *widths)
    tolerance = _tolerance_s(search)
    continuous = max(_continuous_bound_s(problem, objective), value)
    bound = min(max(float(base.value) / TICKS_PER_S + tolerance, value), continuous)
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


def _value_s(objective: Objective, search: BandSearch, out_s: float, back_s: float) -> float:
    """The objective of real widths, normalised as ArterialResult.value_s says."""
    high = search.heavy
    shares = [(w / high, v) for w, v in zip(search.weights, (out_s, back_s), strict=True)]
    if objective.mode == "sum":
        return sum(weight * width for weight, width in shares)
    return min(width / weight for weight, width in shares if weight)


def _tolerance_s(search: BandSearch) -> float:
    """How much of the objective rounding to ticks may hide."""
    lost_s = search.arterial.rounding / search.arterial.ticks_per_s
    weights = [w / search.heavy for w in search.weights if w]
    if search.objective.mode == "sum":
        return lost_s * sum(weights)
    return lost_s / min(weights)


def _continuous_bound_s(problem: ArterialProblem, objective: Objective) -> float:
    """No offsets whatever, real travel times chosen freely, give more than this."""
    arterial = tick_arterial(problem, _FINE_TICKS_PER_S, generous=True)
    search = BandSearch(arterial, objective, relaxed_only=True)
    pair = search.best(Fraction(0))
    reached = pair.value if pair is not None else Fraction(0)
    # A real band may lie between two ticks, and rounding may have hidden some.
    real = reached + Fraction(1 + arterial.rounding) * search.heavy / min(
        w for w in search.weights if w
    )
    return float(min(real, search.value(*arterial.caps))) / _FINE_TICKS_PER_S
