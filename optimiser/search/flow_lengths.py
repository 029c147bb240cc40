"""Step lengths by flow: a first guess at splits, good enough to rank stage designs with.

Delay of each group by the uniform and overflow terms of HCM 6 (eq. 19-20, 19-26) with
a plain saturation flow; permissive green counts in part. The traffic model corrects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from signalctl.optimiser.lengths import Floats, feasible_lengths, improve
from signalctl.optimiser.search.demand import GroupLoad
from signalctl.optimiser.signal_table import GIVE_WAY, GO
from signalctl.optimiser.skeleton import Skeleton

SATURATION_VPS: Final = 0.5
"""Discharge of one lane, veh/s (measured in SUMO with a 1 s step: 0.52)."""
PERMISSIVE_SHARE: Final = 0.4
"""What a second of permissive green is worth against protected green."""
_PERIOD_H: Final = 1.0
_SHORTEST_GREEN_S: Final = 0.5


def flow_lengths(
    skeleton: Skeleton, cycle_s: int, loads: Mapping[str, GroupLoad]
) -> tuple[int, ...] | None:
    """Lengths at a cycle with the least estimated delay; None when the cycle is too short.

    `loads` by group id; a group without load counts with its minimum green only.
    """
    n = len(skeleton.stretchable)
    if not n:
        return () if cycle_s == skeleton.base.cycle_s else None
    start, _ = feasible_lengths(n, cycle_s - skeleton.fixed_s, skeleton.bounds)
    if start is None:
        return None
    ids = skeleton.junction.group_ids
    used = [i for i, group in enumerate(ids) if group in loads]
    if not used or n == 1:
        return tuple(start)
    open_s, fixed_s = _greens(skeleton, used)
    total = np.array([loads[ids[i]].total_vps for i in used])[:, None]
    busiest = np.array([loads[ids[i]].busiest_lane_vps for i in used])[:, None]

    def delay(lengths: Floats) -> Floats:
        green = np.maximum(open_s @ lengths + fixed_s[:, None], _SHORTEST_GREEN_S)
        ratio = np.minimum(green / cycle_s, 1.0)
        capacity = SATURATION_VPS * ratio
        x = busiest / capacity
        uniform = 0.5 * cycle_s * (1 - ratio) ** 2 / (1 - np.minimum(x, 1.0) * ratio)
        per_hour = capacity * 3600.0
        over = x - 1
        overflow = 900 * _PERIOD_H * (over + np.sqrt(over**2 + 4 * x / (per_hour * _PERIOD_H)))
        found: Floats = np.sum(total * (uniform + overflow), axis=0)
        return found

    rows, floors = skeleton.rows_and_floors
    return tuple(improve(start, delay, rows, floors))


def _greens(skeleton: Skeleton, used: list[int]) -> tuple[Floats, Floats]:
    """Worth of a second of each open step for each group, and of all fixed steps together."""
    codes = skeleton.step_codes[used]
    worth = np.where(codes == GO, 1.0, np.where(codes == GIVE_WAY, PERMISSIVE_SHARE, 0.0))
    is_open = np.array([step.stretchable for step in skeleton.steps])
    lengths = np.array([step.length_s for step in skeleton.steps], dtype=float)
    return worth[:, is_open], worth[:, ~is_open] @ lengths[~is_open]
