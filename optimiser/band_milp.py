"""Independent oracle: MAXBAND and MULTIBAND as mixed-integer programmes.

The engines of this room do not need a solver. These models say the same
problems in the words of the literature, share nothing with the engines but the
problem's data, and are solved by HiGHS or SCIP through OR-Tools MathOpt; tests
and benches hold the engines to them. Sources: Little 1966, Little, Kelson &
Gartner 1981 (MAXBAND), Gartner et al. 1991 (MULTIBAND), in the form with one
wrap integer per signal and direction instead of one per loop, so that stage
sequences, several greens a cycle and fixed offsets enter as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from time import perf_counter
from typing import Any, Literal

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import (
    DIRECTIONS,
    ArterialProblem,
    Direction,
    Objective,
    windows_of,
)

Solver = Literal["highs", "scip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MilpBands:
    """What the solver found: objective (as ArterialResult.value_s), widths, offsets, s.

    `proved`: optimal within the solver's tolerances; else `bound_s` is its best
    bound at the time limit. For MULTIBAND the widths are tuples over links.
    """

    value_s: float
    bound_s: float
    proved: bool
    outbound_s: tuple[float, ...]
    inbound_s: tuple[float, ...]
    offsets_s: tuple[float, ...]
    elapsed_s: float


def maxband_milp(
    problem: ArterialProblem,
    objective: Objective,
    *,
    whole_offsets: bool = False,
    solver: Solver = "highs",
    time_limit_s: float = 60.0,
) -> MilpBands:
    """One band in each direction through all signals, real travel times.

    `whole_offsets` restricts offsets to whole seconds. Raises SolveError when no
    ratio of bands is possible because no two lines pass all signals.
    """
    programme = _Programme(problem, whole_offsets=whole_offsets, whole_lines=False)
    model = programme.model
    widths = {d: model.add_variable(lb=0.0, ub=programme.caps[d]) for d in DIRECTIONS}
    slack = {d: programme.given_up(widths[d], d, objective) for d in DIRECTIONS}
    for i in range(len(problem.signals)):
        for d in DIRECTIONS:
            start, end = programme.room(i, d)
            model.add_linear_constraint(start + slack[d] >= 0.0)
            model.add_linear_constraint(end + slack[d] >= widths[d])
    high = max(objective.outbound, objective.inbound)
    shares = {"outbound": objective.outbound / high, "inbound": objective.inbound / high}
    if objective.mode == "ratio":
        value = model.add_variable(lb=0.0)
        for d in DIRECTIONS:
            if shares[d]:
                model.add_linear_constraint(widths[d] >= shares[d] * value)
        model.maximize(value)
    else:
        model.maximize(sum(shares[d] * widths[d] for d in DIRECTIONS))
    result, elapsed = programme.solve(solver, time_limit_s)
    values = result.variable_values()
    return MilpBands(
        value_s=result.objective_value(),
        bound_s=result.best_objective_bound(),
        proved=programme.proved(result),
        outbound_s=(values[widths["outbound"]],),
        inbound_s=(values[widths["inbound"]],),
        offsets_s=programme.offsets(values),
        elapsed_s=elapsed,
    )


def multiband_milp(
    problem: ArterialProblem,
    *,
    whole_seconds: bool = False,
    solver: Solver = "highs",
    time_limit_s: float = 60.0,
) -> MilpBands:
    """A band for each link and direction around one line, weighted sum.

    Continuous: each band exactly centred on the line, as published.
    `whole_seconds`: line, offsets and widths whole, centred to within half a
    second, as `multiband` has it. No link band counts as wider than the
    arterial's longest green that is not a whole cycle.
    """
    programme = _Programme(problem, whole_offsets=whole_seconds, whole_lines=whole_seconds)
    model = programme.model
    widths: dict[Direction, list[Any]] = {d: [] for d in DIRECTIONS}
    total: Any = 0.0
    for i, link in enumerate(problem.links):
        for d, weight in (("outbound", link.outbound_weight), ("inbound", link.inbound_weight)):
            direction: Direction = "outbound" if d == "outbound" else "inbound"
            limit = programme.widest[direction]
            width = model.add_variable(lb=0.0, ub=limit, is_integer=whole_seconds)
            for j in (i, i + 1):
                start, end = programme.room(j, direction)
                model.add_linear_constraint(2.0 * start >= width - (1.0 if whole_seconds else 0.0))
                model.add_linear_constraint(2.0 * end >= width)
            widths[direction].append(width)
            if direction in problem.directions:
                total += weight * width
    for i in range(len(problem.signals)):
        for direction in DIRECTIONS:
            start, end = programme.room(i, direction)
            model.add_linear_constraint(start >= 0.0)
            model.add_linear_constraint(end >= 0.0)
    model.maximize(total)
    result, elapsed = programme.solve(solver, time_limit_s)
    values = result.variable_values()
    return MilpBands(
        value_s=result.objective_value(),
        bound_s=result.best_objective_bound(),
        proved=programme.proved(result),
        outbound_s=tuple(values[w] for w in widths["outbound"]),
        inbound_s=tuple(values[w] for w in widths["inbound"]),
        offsets_s=programme.offsets(values),
        elapsed_s=elapsed,
    )


class _Programme:
    """What both models share: offsets, lines, wraps and the choice of greens."""

    def __init__(self, problem: ArterialProblem, *, whole_offsets: bool, whole_lines: bool) -> None:
        from ortools.math_opt.python import mathopt

        self._mathopt = mathopt
        self.model = mathopt.Model(name="bands")
        cycle = float(problem.cycle_s)
        n = len(problem.signals)
        anchored = any(s.fixed_offset_s is not None for s in problem.signals)
        self._offsets = []
        for i, signal in enumerate(problem.signals):
            fixed = signal.fixed_offset_s if anchored else (0.0 if i == 0 else None)
            low, high = (0.0, cycle) if fixed is None else (fixed % cycle, fixed % cycle)
            self._offsets.append(self.model.add_variable(lb=low, ub=high, is_integer=whole_offsets))
        self._lines = {d: self._line(problem, d, whole_lines) for d in DIRECTIONS}
        self._choices = [self._pairs(problem, i) for i in range(n)]
        self._picks = []
        for pairs in self._choices:
            picks = [self.model.add_binary_variable() for _ in pairs]
            self.model.add_linear_constraint(sum(picks) == 1.0)
            self._picks.append(picks)
        self._wraps = {
            d: [
                self.model.add_integer_variable(
                    lb=ceil(low / cycle) - 3, ub=floor(high / cycle) + 1
                )
                for _, low, high in self._lines[d]
            ]
            for d in DIRECTIONS
        }
        greens = {d: [self._lengths(i, d) for i in range(n)] for d in DIRECTIONS}
        self._cycle = cycle
        self.caps = {d: min(max(lengths) for lengths in greens[d]) for d in DIRECTIONS}
        self.widest = {
            d: max((x for lengths in greens[d] for x in lengths if x < cycle), default=cycle)
            for d in DIRECTIONS
        }

    def _line(
        self, problem: ArterialProblem, direction: Direction, whole: bool
    ) -> list[tuple[Any, float, float]]:
        """The passage of each signal as an expression, with its least and greatest value."""
        cycle = float(problem.cycle_s)
        line: Any = self.model.add_variable(lb=0.0, ub=cycle, is_integer=whole)
        low, high = 0.0, cycle
        passed = [(line, low, high)]
        for i, link in enumerate(problem.links):
            time = link.outbound if direction == "outbound" else link.inbound
            drive = self.model.add_variable(lb=time.lo_s, ub=time.hi_s, is_integer=whole)
            if direction == "outbound":
                queue = problem.signals[i + 1].outbound_queue_s
                line, low, high = (
                    line + drive - queue,
                    low + time.lo_s - queue,
                    high + time.hi_s - queue,
                )
            else:
                queue = problem.signals[i].inbound_queue_s
                line, low, high = (
                    line - drive + queue,
                    low - time.hi_s + queue,
                    high - time.lo_s + queue,
                )
            passed.append((line, low, high))
        return passed

    def _pairs(
        self, problem: ArterialProblem, i: int
    ) -> list[dict[Direction, tuple[float, float, float]]]:
        """(start, end, length) of each pair of greens; a free direction gets room to spare."""
        cycle = float(problem.cycle_s)
        free = (-2.0 * cycle, 4.0 * cycle, cycle)
        pairs: list[dict[Direction, tuple[float, float, float]]] = []
        for candidate in problem.signals[i].choices:
            sides: dict[Direction, list[tuple[float, float, float]]] = {}
            for d in DIRECTIONS:
                windows = windows_of(candidate, d) if d in problem.directions else None
                sides[d] = (
                    [free]
                    if windows is None
                    else [(s, e, e - s) if e - s < cycle else free for s, e in windows]
                )
            pairs += [
                {"outbound": out, "inbound": back}
                for out in sides["outbound"]
                for back in sides["inbound"]
            ]
        return pairs

    def _lengths(self, i: int, direction: Direction) -> list[float]:
        return [pair[direction][2] for pair in self._choices[i]]

    def room(self, i: int, direction: Direction) -> tuple[Any, Any]:
        """Green before and after the line at a signal, as expressions."""
        line = self._lines[direction][i][0]
        at = line - self._offsets[i] - self._cycle * self._wraps[direction][i]
        start = sum(
            pair[direction][0] * pick
            for pair, pick in zip(self._choices[i], self._picks[i], strict=True)
        )
        end = sum(
            pair[direction][1] * pick
            for pair, pick in zip(self._choices[i], self._picks[i], strict=True)
        )
        return at - start, end - at

    def given_up(self, width: Any, direction: Direction, objective: Objective) -> Any:
        """Slack of a direction that is given up altogether: its width 0, its line free.

        Only where that can pay: a sum, or a direction of no weight.
        """
        if objective.mode == "ratio" and objective.outbound and objective.inbound:
            return 0.0
        wanted = self.model.add_binary_variable()
        self.model.add_linear_constraint(width <= self.caps[direction] * wanted)
        return 8.0 * self._cycle * (1.0 - wanted)

    def solve(self, solver: Solver, time_limit_s: float) -> tuple[Any, float]:
        """Solves; raises SolveError when nothing feasible was found."""
        import datetime

        mathopt = self._mathopt
        kind = mathopt.SolverType.HIGHS if solver == "highs" else mathopt.SolverType.GSCIP
        begin = perf_counter()
        # No thread count: HiGHS aborts the process when it is given one here.
        result = mathopt.solve(
            self.model,
            kind,
            params=mathopt.SolveParameters(
                time_limit=datetime.timedelta(seconds=time_limit_s),
                relative_gap_tolerance=1e-9,
                absolute_gap_tolerance=1e-9,
            ),
        )
        if not result.has_primal_feasible_solution():
            raise SolveError(
                f"{solver} found no line that passes all signals ({result.termination.reason}).",
                remedy="Allow more speeds or stage sequences, or more time.",
            )
        return result, perf_counter() - begin

    def proved(self, result: Any) -> bool:
        """Whether the solver says optimal."""
        return bool(result.termination.reason == self._mathopt.TerminationReason.OPTIMAL)

    def offsets(self, values: Any) -> tuple[float, ...]:
        """The offsets of a solution."""
        return tuple(values[v] % self._cycle for v in self._offsets)
