"""The best order and whole-second greens of given stages at one junction, with proof.

The largest degree of saturation is made as small as it can be (the greatest
reserve, Allsop 1972); of all ways to do that the shortest cycle, and of those the
least lost time. Saturation is a ratio of two linear terms, so the task is solved
by a few exact linear ones (Dinkelbach 1967; for the smallest of several ratios
Crouzeix, Ferland & Schaible 1985), each by CP-SAT with one circuit through the
stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.finding import Severity
from signalctl.domain.program import Program
from signalctl.optimiser.delay import (
    AMBER_USE_S,
    SATURATION_FLOW_VPH,
    SNEAKERS_PER_CYCLE,
    STARTUP_LOSS_S,
)
from signalctl.optimiser.stage_design.base_program import base_program
from signalctl.optimiser.stage_design.interstage import NEVER, Greens, Interstage, interstage
from signalctl.optimiser.stage_design.problem import StageProblem
from signalctl.optimiser.stage_design.scoring import permissive_share
from signalctl.rules.validate import validate_program

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_FLOW_UNIT: Final = 10_000
"""Flow ratios are taken to four digits."""
_SECOND_UNIT: Final = 100
"""Capacity seconds are taken to hundredths."""
_FEASIBLE_S: Final = 60.0
MOST_STAGES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedStages:
    """Stages in their best order with their greens.

    `order` are the numbers of the stages given, the first one first; `greens_s`
    the seconds of each in that order, from when its last group is green to the
    change, so that greens and interstages (`lost_s`) sum to `cycle_s`.
    `largest_saturation` is that of the most loaded group. `proven` says whether
    no order and no lengths are better; when a limit ended the search it is False
    and `least_saturation` is the best value that was not ruled out. `program` shows
    them; None where the unrolled lamps break a rule, as stages of a few seconds can.
    """

    order: tuple[int, ...]
    greens_s: tuple[int, ...]
    cycle_s: int
    lost_s: int
    largest_saturation: float
    least_saturation: float
    proven: bool
    program: Program | None


def best_order(
    problem: StageProblem,
    stages: Sequence[Greens],
    cycles: range,
    *,
    enough: float = 0.0,
    keep_order: bool = False,
    limit_s: float = 10.0,
    seed: int = 0,
) -> OrderedStages:
    """Order and greens of 2 to 8 stages with the largest reserve at a cycle of the range.

    `stages` say who is green and how; a permissive green carries its share
    (`permissive_share`). Saturation below `enough` counts as no better than it:
    with 0.9 the shortest cycle is found that keeps everybody at 0.9, where one
    exists. `keep_order` leaves the order as given. `limit_s` is in deterministic
    seconds for each of the exact solutions, so that results do not depend on the
    machine. Groups that start before the last one of their stage are counted
    from the last one's start.
    Raises InputError for too few or many stages or an empty range, SolveError
    when nothing fits the range.
    """
    if not 2 <= len(stages) <= MOST_STAGES:
        raise InputError(
            f"{len(stages)} stages cannot be ordered.",
            where=f"junction {problem.junction.id}",
            remedy=f"Give 2 to {MOST_STAGES} stages.",
        )
    if not cycles or cycles.step != 1 or cycles.start < 1:
        raise InputError(
            f"{cycles} is no range of cycles.",
            where=f"junction {problem.junction.id}",
            remedy="Give rising whole seconds without gaps.",
        )
    task = _Task(problem, stages, cycles, keep_order=keep_order, limit_s=limit_s, seed=seed)
    found, ratio, proven, bound = task.greatest_reserve(enough)
    for what in ("cycle", "lost"):
        better, sure = task.least(what, ratio, found)
        found, proven = better, proven and sure
    greens = tuple(found.greens_s[k] for k in found.order)
    return OrderedStages(
        order=found.order,
        greens_s=greens,
        cycle_s=found.cycle_s,
        lost_s=found.cycle_s - sum(greens),
        largest_saturation=task.saturation(found),
        least_saturation=bound,
        proven=proven,
        program=_safe_program(problem, [stages[k] for k in found.order], greens),
    )


def _safe_program(
    problem: StageProblem, stages: Sequence[Greens], greens_s: Sequence[int]
) -> Program | None:
    program = base_program(problem, stages, greens_s)
    if program is None:
        return None
    findings = validate_program(program, problem.junction, problem.rules)
    return None if any(f.severity is Severity.ERROR for f in findings) else program


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solution:
    order: tuple[int, ...]
    greens_s: tuple[int, ...]
    """By stage number."""
    cycle_s: int
    carried: tuple[int, ...]
    """Capacity of each loaded group, hundredths of seconds."""


class _Model:
    """One CP-SAT model: stage lengths, a circuit, the cycle and each group's capacity."""

    def __init__(self, task: _Task) -> None:
        from ortools.sat.python import cp_model  # ortools only where it is used

        self.model = cp_model.CpModel()
        most_s = task.cycles[-1]
        n = len(task.stages)
        self.greens = [self.model.new_int_var(1, most_s, f"d{k}") for k in range(n)]
        self.arcs = {
            pair: self.model.new_bool_var(f"a{pair[0]}_{pair[1]}") for pair in task.changes
        }
        self.model.add_circuit([(i, j, literal) for (i, j), literal in self.arcs.items()])
        self.lost = sum(change.lead_s * self.arcs[pair] for pair, change in task.changes.items())
        self.cycle = self.model.new_int_var(task.cycles[0], most_s, "cycle")
        self.model.add(self.cycle == sum(self.greens) + self.lost)
        for group in task.groups:
            self._least_green(task, group)
        for (i, j), change in task.changes.items():
            if change.early_s:
                # Crossings that clear early need a stage to do it in.
                long = self.greens[i] > change.early_s
                self.model.add(long).only_enforce_if(self.arcs[i, j])
        self.carried = [self._carried(task, group) for group in task.loaded]

    def _least_green(self, task: _Task, group: str) -> None:
        """Every uninterrupted green of a group lasts its minimum, whatever the order."""
        need_s = task.problem.junction.group(group).min_green_s
        inside = [k for k, stage in enumerate(task.stages) if group in stage]
        if len(inside) == len(task.stages) and not any(
            task.falls(group, i, j) for i, j in task.changes
        ):
            return
        so_far = {k: self.model.new_int_var(0, 2 * task.cycles[-1], "") for k in inside}
        for (i, j), change in task.changes.items():
            literal = self.arcs[i, j]
            ends = group not in task.stages[j] or task.falls(group, i, j)
            if group in task.stages[i] and ends:
                early_s = change.early_s if group in change.early else 0
                self.model.add(so_far[i] >= need_s + early_s).only_enforce_if(literal)
            if group not in task.stages[j]:
                continue
            begins = group not in task.stages[i] or task.falls(group, i, j)
            before = 0 if begins else so_far[i] + change.lead_s
            self.model.add(so_far[j] == self.greens[j] + before).only_enforce_if(literal)

    def _carried(self, task: _Task, group: str) -> cp_model.LinearExpr | int:
        parts = [
            task.worth(group, k) * self.greens[k]
            for k, stage in enumerate(task.stages)
            if group in stage
        ]
        parts += [
            task.at_change(group, i, j) * literal
            for (i, j), literal in self.arcs.items()
            if task.at_change(group, i, j)
        ]
        return sum(parts)


class _Task:
    """Stages, changes and loads in whole units."""

    def __init__(
        self,
        problem: StageProblem,
        stages: Sequence[Greens],
        cycles: range,
        *,
        keep_order: bool,
        limit_s: float,
        seed: int,
    ) -> None:
        self.problem, self.stages, self.cycles = problem, stages, cycles
        self._limit_s, self._seed = limit_s, seed
        n = len(stages)
        self.changes: dict[tuple[int, int], Interstage] = {}
        for i in range(n):
            for j in range(n):
                if i != j and (not keep_order or j == (i + 1) % n):
                    change = interstage(problem, stages[i], stages[j])
                    if change.lead_s < NEVER and change.early_s < NEVER:
                        self.changes[i, j] = change
        shown = {group for stage in stages for group in stage}
        self.groups = [g for g in problem.junction.group_ids if g in shown]
        self.loads = {
            group: round(problem.ratios.get(group, 0.0) * _FLOW_UNIT) for group in self.groups
        }
        self.loaded = [group for group in self.groups if self.loads[group] > 0]

    def falls(self, group: str, i: int, j: int) -> bool:
        """Whether a group goes from protected to permissive, with amber between."""
        kinds = (self.stages[i].get(group), self.stages[j].get(group))
        return kinds == (GreenKind.PROTECTED, GreenKind.PERMISSIVE)

    def worth(self, group: str, k: int) -> int:
        """What a second of a stage carries of a group, in hundredths."""
        if self.stages[k][group] is GreenKind.PROTECTED:
            return _SECOND_UNIT
        green = frozenset(self.stages[k])
        return round(_SECOND_UNIT * permissive_share(self.problem, group, green))

    def at_change(self, group: str, i: int, j: int) -> int:
        """What a group gains or loses at the change from stage i to j, hundredths of seconds."""
        before, after = group in self.stages[i], group in self.stages[j]
        if before and after and not self.falls(group, i, j):
            return self.worth(group, i) * self.changes[i, j].lead_s
        total = 0.0
        if after:
            total -= STARTUP_LOSS_S * self.worth(group, j)
        if before:
            protected = self.worth(group, i) == _SECOND_UNIT
            amber_s = min(AMBER_USE_S, self.problem.junction.group(group).amber_s)
            sneaking_s = SNEAKERS_PER_CYCLE * 3600.0 / SATURATION_FLOW_VPH
            total += _SECOND_UNIT * (amber_s if protected else sneaking_s)
        return round(total)

    def saturation(self, found: _Solution) -> float:
        """The largest degree of saturation; 0 without any flow."""
        return max(
            (
                self.loads[group] * found.cycle_s * _SECOND_UNIT / _FLOW_UNIT / max(carried, 1)
                for group, carried in zip(self.loaded, found.carried, strict=True)
            ),
            default=0.0,
        )

    def greatest_reserve(
        self, enough: float
    ) -> tuple[_Solution, tuple[int, int] | None, bool, float]:
        """A solution with the greatest reserve, the reserve (p, q), whether proven, the bound.

        The reserve p / q is the least carried / (load x cycle) over loaded groups.
        """
        found, _ = self._solve(_Model(self), None, minimise=False)
        if found is None:
            raise SolveError(
                f"The stages fit no cycle of {self.cycles[0]} to {self.cycles[-1]} s.",
                where=f"junction {self.problem.junction.id}",
                remedy="Allow longer cycles or take fewer stages.",
            )
        if not self.loaded:
            return found, None, True, 0.0
        aim = None
        if enough > 0:
            # carried / (load C) >= unit / (flow unit x enough), as whole numbers.
            aim = (_SECOND_UNIT * 1000, round(_FLOW_UNIT * enough * 1000))
        ratio = self._ratio(found)
        while True:
            if aim is not None and ratio[0] * aim[1] >= aim[0] * ratio[1]:
                return found, aim, True, enough
            model = _Model(self)
            slack = model.model.new_int_var(0, 2**60, "slack")
            for group, carried in zip(self.loaded, model.carried, strict=True):
                model.model.add(
                    slack <= ratio[1] * carried - ratio[0] * self.loads[group] * model.cycle
                )
            better, sure = self._solve(model, slack, minimise=False)
            if better is None:
                return found, ratio, sure, self.saturation(found) if sure else 0.0
            grown = self._ratio(better)
            if grown[0] * ratio[1] <= ratio[0] * grown[1]:
                return found, ratio, sure, self.saturation(found) if sure else 0.0
            found, ratio = better, grown

    def least(
        self, what: str, ratio: tuple[int, int] | None, found: _Solution
    ) -> tuple[_Solution, bool]:
        """The shortest cycle, or the least lost time, at a reserve; and whether proven.

        For the lost time the cycle of the solution so far is kept.
        """
        model = _Model(self)
        if ratio is not None:
            for group, carried in zip(self.loaded, model.carried, strict=True):
                model.model.add(ratio[1] * carried >= ratio[0] * self.loads[group] * model.cycle)
        if what == "lost":
            model.model.add(model.cycle == found.cycle_s)
        better, sure = self._solve(
            model, model.cycle if what == "cycle" else model.lost, minimise=True
        )
        return (found, False) if better is None else (better, sure)

    def _ratio(self, found: _Solution) -> tuple[int, int]:
        """The least carried / (load x cycle) as whole numbers p, q."""
        pairs = [
            (carried, self.loads[group] * found.cycle_s)
            for group, carried in zip(self.loaded, found.carried, strict=True)
        ]
        least = min(pairs, key=lambda pair: pair[0] / pair[1])
        return (max(least[0], 0), least[1])

    def _solve(
        self, model: _Model, goal: cp_model.LinearExpr | int | None, *, minimise: bool
    ) -> tuple[_Solution | None, bool]:
        """The best solution found and whether it is proven; None when there is none."""
        from ortools.sat.python import cp_model  # ortools only where it is used

        if goal is not None:
            if minimise:
                model.model.minimize(goal)
            else:
                model.model.maximize(goal)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self._seed
        # Some order and lengths are found at once or there are none; only the best ones cost.
        solver.parameters.max_deterministic_time = _FEASIBLE_S if goal is None else self._limit_s
        status = solver.solve(model.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, status == cp_model.INFEASIBLE
        after = {i: j for (i, j), literal in model.arcs.items() if solver.value(literal)}
        order = [0]
        while after[order[-1]] != 0:
            order.append(after[order[-1]])
        solution = _Solution(
            order=tuple(order),
            greens_s=tuple(int(solver.value(green)) for green in model.greens),
            cycle_s=int(solver.value(model.cycle)),
            carried=tuple(int(solver.value(carried)) for carried in model.carried),
        )
        return solution, goal is None or status == cp_model.OPTIMAL
