"""The widest two-way green wave of an arterial, proved optimal.

best_cycle(problem_for_cycle, cycles, objective=..., criterion=...) -> ArterialResult
best_bands(problem, objective) -> ArterialResult
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import ArterialProblem, ArterialResult, Objective


def best_bands(problem: ArterialProblem, objective: Objective = Objective()) -> ArterialResult:
    """The best bands of one cycle."""
    return best_cycle({problem.cycle_s: problem}.get, [problem.cycle_s], objective=objective)


def best_cycle(
    problem_for_cycle: Callable[[int], ArterialProblem | None],
    cycles: Iterable[int],
    *,
    objective: Objective = Objective(),
    criterion: Literal["share", "seconds"] = "share",
    on_cycle: Callable[[int], None] | None = None,
) -> ArterialResult:
    """The best bands over a range of cycles."""
    raise SolveError("The band engine is not there yet.")
