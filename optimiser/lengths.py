"""Whole-second lengths of steps under lower bounds: feasibility, and the best ones.

Written in the seconds at which steps begin, every bound is a difference of two
of them, so a cycle is feasible exactly when a longest-path search finds no
positive loop (Bellman 1958), the loop names what does not fit, and whole
seconds need no rounding. A sum of convex costs of such differences is
L-natural-convex, so that exchanging seconds between steps until nothing gains
is a sound search (Murota 2003, Discrete Convex Analysis, ch. 10).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.optimiser.steps import Minimum, Step

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

Cost: TypeAlias = Callable[[Floats], Floats]
"""Costs of many length vectors at once: (stretchable steps, candidates) -> (candidates,)."""

_DOUBLE_MOVES_UP_TO = 6
"""Up to this many stretchable steps two exchanges at once are tried as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Stretchable steps first, first + 1, ... (`count` of them, modulo their number)
    together last at least `at_least_s`."""

    first: int
    count: int
    at_least_s: int
    reason: str


def bounds_on_stretchable(cut: Sequence[Step], minimums: Sequence[Minimum]) -> tuple[Bound, ...]:
    """The minimums said of stretchable steps alone, fixed time taken off.

    Bounds that fixed steps meet by themselves are left out.
    """
    number = {i: n for n, i in enumerate(i for i, step in enumerate(cut) if step.stretchable)}
    found = []
    for minimum in minimums:
        inside = [i for i in minimum.steps if i in number]
        fixed_s = sum(cut[i].length_s for i in minimum.steps if i not in number)
        if inside and minimum.at_least_s > fixed_s:
            found.append(
                Bound(
                    first=number[inside[0]],
                    count=len(inside),
                    at_least_s=minimum.at_least_s - fixed_s,
                    reason=minimum.reason,
                )
            )
    return tuple(found)


def feasible_lengths(
    n: int, total_s: int, bounds: Sequence[Bound]
) -> tuple[list[int] | None, tuple[str, ...]]:
    """Lengths of `n` steps summing to `total_s` that keep all bounds, or what fights.

    Returns (lengths, ()) or (None, reasons of the bounds that do not fit together).
    """
    edges: list[tuple[int, int, int, str]] = [(0, n, total_s, ""), (n, 0, -total_s, "")]
    for bound in bounds:
        begin, end = bound.first, bound.first + bound.count
        if bound.count >= n:
            if bound.at_least_s > total_s:
                return None, (bound.reason,)
        elif end <= n:
            edges.append((begin, end, bound.at_least_s, bound.reason))
        else:
            edges.append((begin, end - n, bound.at_least_s - total_s, bound.reason))
    at = [0] * (n + 1)
    came: list[tuple[int, str]] = [(-1, "")] * (n + 1)
    moved = -1
    for _ in range(n + 2):
        moved = -1
        for a, b, need, reason in edges:
            if at[a] + need > at[b]:
                at[b] = at[a] + need
                came[b] = (a, reason)
                moved = b
        if moved < 0:
            return [at[i + 1] - at[i] for i in range(n)], ()
    return None, _loop_reasons(moved, came)


def _loop_reasons(node: int, came: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    for _ in came:
        node = came[node][0]
    reasons: list[str] = []
    at = node
    while True:
        at, reason = came[at]
        if reason and reason not in reasons:
            reasons.append(reason)
        if at == node:
            return tuple(reversed(reasons))


def bound_rows(n: int, bounds: Sequence[Bound]) -> tuple[Floats, Floats]:
    """The bounds as rows @ lengths >= floors; shapes (bounds, n) and (bounds,)."""
    rows = np.zeros((len(bounds), n))
    for row, bound in zip(rows, bounds, strict=True):
        for k in range(bound.count):
            row[(bound.first + k) % n] = 1.0
    return rows, np.array([float(bound.at_least_s) for bound in bounds])


def improve(lengths_s: Sequence[int], cost: Cost, rows: Floats, floors: Floats) -> list[int]:
    """Exchange whole seconds between steps while that lowers the cost.

    Starts from feasible lengths and stays feasible (rows @ lengths >= floors, the
    sum unchanged). Steepest descent, long exchanges first; ends where no exchange
    of 1 s, nor of two at once with few steps, gains. Deterministic.
    """
    x = np.array(lengths_s, dtype=float)
    n = len(lengths_s)
    if n < 2:
        return list(lengths_s)
    single = np.zeros((n, n * (n - 1)))
    for k, (give, take) in enumerate(permutations(range(n), 2)):
        single[give, k] -= 1.0
        single[take, k] += 1.0
    here = float(cost(x[:, None])[0])
    for step in (16.0, 8.0, 4.0, 2.0, 1.0):
        x, here = _descend(x, here, single * step, cost, rows, floors)
    if n <= _DOUBLE_MOVES_UP_TO:
        i, j = np.triu_indices(single.shape[1])
        double = np.unique(np.hstack([single, single[:, i] + single[:, j]]), axis=1)
        x, here = _descend(x, here, double, cost, rows, floors)
    return [round(value) for value in x]


def _descend(
    x: Floats, here: float, moves: Floats, cost: Cost, rows: Floats, floors: Floats
) -> tuple[Floats, float]:
    shift = rows @ moves
    while True:
        slack = rows @ x - floors
        allowed = np.flatnonzero(np.all(slack[:, None] + shift >= -1e-9, axis=0))
        if not allowed.size:
            return x, here
        costs = cost(x[:, None] + moves[:, allowed])
        best = int(np.argmin(costs))
        if costs[best] >= here - 1e-9 * (1.0 + abs(here)):
            return x, here
        x = x + moves[:, allowed[best]]
        here = float(costs[best])
