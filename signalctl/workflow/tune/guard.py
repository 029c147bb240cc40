"""What no gain may be paid with: vehicles left over, collisions, hard braking, queues."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from signalctl.domain.frozen import FrozenMap
from signalctl.sim.measures import Measures

CHANCE = 0.05
"""A rise of emergency brakings counts when chance alone makes it this rarely."""


def harm_done(
    base: Sequence[Measures], other: Sequence[Measures], limits_m: FrozenMap[str, float]
) -> str | None:
    """Why `other` may not replace `base`, as runs on the same seeds say; None if it may.

    Vehicles unfinished and collisions may not rise at all. Emergency brakings are
    few and fall by chance on either side: given their sum, each falls on one side
    or the other with even chance unless one plan makes more of them (the conditional
    test of two Poisson counts, Przyborowski and Wilenski 1940, Biometrika 31). The
    mean longest queue of a limited edge stays within its limit, or, where it was
    above before, does not grow.
    """
    for name, what in (("unfinished", "vehicles unfinished"), ("collisions", "collisions")):
        before, after = _sum(base, name), _sum(other, name)
        if after > before:
            return f"{what} rise from {before} to {after} over {len(base)} seeds"
    before, after = _sum(base, "emergency_brakings"), _sum(other, "emergency_brakings")
    if chance_of_rise(before, after) < CHANCE:
        return f"emergency brakings rise from {before} to {after} over {len(base)} seeds"
    for edge, limit_m in limits_m.items():
        queue_m, was_m = _queue_m(other, edge), _queue_m(base, edge)
        if queue_m > max(limit_m, was_m):
            return f"the queue on {edge} reaches {queue_m:.0f} m on average, {limit_m:g} m allowed"
    return None


def chance_of_rise(before: int, after: int) -> float:
    """Chance of at least `after` of all events on one side, were both sides alike."""
    total = before + after
    if after <= before:
        return 1.0
    return float(sum(comb(total, k) for k in range(after, total + 1)) / 2**total)


def _sum(runs: Sequence[Measures], name: str) -> int:
    return sum(int(getattr(run, name)) for run in runs)


def _queue_m(runs: Sequence[Measures], edge: str) -> float:
    lengths = [a.max_queue_m for run in runs for a in run.approaches if a.edge_id == edge]
    return sum(lengths) / len(lengths) if lengths else 0.0
