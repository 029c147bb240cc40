"""Textbook formulas of one junction: Webster's cycle, HCM control delay, gap acceptance.

Sources: F. V. Webster, Traffic Signal Settings, Road Research Technical Paper 39
(1958); Highway Capacity Manual, 6th ed. (2016), ch. 19 and 31 (7th ed. alike).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError, SolveError
from signalctl.optimiser.lengths import Floats

STARTUP_LOSS_S: Final = 2.0
"""Green lost while the queue starts (HCM 6th, 19: default start-up lost time 2.0 s)."""
AMBER_USE_S: Final = 2.0
"""Amber driven as if it were green (HCM 6th, 19: extension of effective green 2.0 s)."""
SATURATION_FLOW_VPH: Final = 1800.0
"""Saturation flow of one lane (veh/h) where no measured one is given; SUMO's default
car at 50 km/h and 1 s steps discharges 1860 veh/h."""
CRITICAL_GAP_S: Final = 4.5
"""Critical headway of a permissive turn (HCM 6th, 31-4)."""
FOLLOW_UP_S: Final = 2.5
"""Follow-up headway of a permissive turn from its own lane (HCM 6th, 31-4)."""
SNEAKERS_PER_CYCLE: Final = 2.0
"""Permissive turners that clear at the end of green however dense the other side is
(HCM 6th, 31-4)."""

WEBSTER_RANGE_S: Final = (40.0, 150.0)
WEBSTER_LARGEST_Y: Final = 0.85


def webster_cycle(lost_time_s: float, flow_ratio: float) -> float:
    """Webster's cycle of least delay, C0 = (1.5 L + 5) / (1 - Y), in s.

    `lost_time_s` is L, the lost time of the critical groups in a cycle, and
    `flow_ratio` Y, the sum of their flow ratios (Webster 1958, eq. 11). Raises
    SolveError for Y >= 1, where no cycle carries the demand.
    """
    if lost_time_s < 0 or flow_ratio < 0:
        raise InputError("Lost time and flow ratio are at least 0.")
    if flow_ratio >= 1:
        raise SolveError(
            f"The critical flow ratios sum to {flow_ratio:.2f}: no cycle carries this demand.",
            remedy="Add lanes or stages that serve more groups together, or meter the demand.",
        )
    return (1.5 * lost_time_s + 5.0) / (1.0 - flow_ratio)


def cycle_notes(cycle_s: int, lost_time_s: float, flow_ratio: float) -> tuple[str, ...]:
    """What to be told when Webster's formula is used beyond what it was made for.

    Empty when the formula holds and `cycle_s` lies within 0.75 to 1.5 of its
    optimum, where delay is at most some 10 to 20 % above the least (Webster 1958).
    """
    if flow_ratio == 0:
        return ("No flow is known on the critical groups: Webster's cycle says nothing.",)
    if flow_ratio >= 1:
        return (
            f"Oversaturated: the critical flow ratios sum to {flow_ratio:.2f}, no cycle carries "
            "this demand; Webster's cycle does not exist.",
        )
    best_s = webster_cycle(lost_time_s, flow_ratio)
    low_s, high_s = WEBSTER_RANGE_S
    notes = []
    if flow_ratio > WEBSTER_LARGEST_Y:
        notes.append(
            f"Y = {flow_ratio:.2f} is above {WEBSTER_LARGEST_Y}: Webster's cycle grows without "
            "bound there and is no guide; judge cycles by delay."
        )
    if not low_s <= best_s <= high_s:
        notes.append(
            f"Webster's cycle of {best_s:.0f} s lies outside {low_s:.0f} to {high_s:.0f} s, "
            "where the formula was fitted."
        )
    if cycle_s < lost_time_s / (1.0 - flow_ratio):
        notes.append(
            f"A cycle of {cycle_s} s is below L / (1 - Y) = "
            f"{lost_time_s / (1.0 - flow_ratio):.0f} s: queues grow in every cycle."
        )
    elif not 0.75 * best_s <= cycle_s <= 1.5 * best_s:
        notes.append(
            f"A cycle of {cycle_s} s is outside 0.75 to 1.5 of Webster's {best_s:.0f} s: "
            "expect clearly more delay than needed."
        )
    return tuple(notes)


def control_delay(
    cycle_s: float, green_ratio: Floats, saturation: Floats, capacity_vph: Floats, period_h: float
) -> Floats:
    """HCM control delay d1 + d2, s per vehicle, elementwise.

    Uniform delay d1 (HCM 6th eq. 19-20, random arrivals: PF = 1) and incremental
    delay d2 (eq. 19-26, pretimed k = 0.5, isolated I = 1), no initial queue.
    `green_ratio` is effective green over cycle, `saturation` q / c, `period_h`
    the analysis period. A group that never gets green has infinite delay.
    """
    x = np.asarray(saturation, dtype=float)
    ratio = np.asarray(green_ratio, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        uniform = uniform_delay(cycle_s, ratio, x)
        over = x - 1
        root = np.sqrt(over**2 + 4.0 * x / (capacity_vph * period_h))
        delay = uniform + 900.0 * period_h * (over + root)
    found: Floats = np.where(ratio > 0, delay, np.inf)
    return found


def uniform_delay(cycle_s: float, green_ratio: Floats, saturation: Floats) -> Floats:
    """HCM uniform delay d1 at random arrivals, s per vehicle, elementwise (6th, eq. 19-20)."""
    x = np.asarray(saturation, dtype=float)
    ratio = np.asarray(green_ratio, dtype=float)
    found: Floats = (
        0.5 * cycle_s * (1 - ratio) ** 2 / np.maximum(1 - np.minimum(x, 1) * ratio, 1e-9)
    )
    return found


def gap_acceptance_share(
    opposing_vph: float, opposing_ratio: float, opposing_green: float
) -> float:
    """Share of its saturation flow that a permissive green keeps, 0 to 1.

    While the opposing queue discharges nobody turns; in the rest of the green,
    (g - y C) / (g (1 - y)) of it, turners use gaps at
    s = v exp(-v tc / 3600) / (1 - exp(-v tf / 3600)) veh/h (HCM 6th eq. 31-100).
    `opposing_vph` is the opposing flow v, `opposing_ratio` its flow ratio y per
    lane, `opposing_green` its green ratio g / C.
    """
    if opposing_vph <= 0:
        return min(1.0, 3600.0 / FOLLOW_UP_S / SATURATION_FLOW_VPH)
    if opposing_green <= 0 or opposing_ratio >= opposing_green:
        return 0.0
    free = (opposing_green - opposing_ratio) / (opposing_green * (1.0 - opposing_ratio))
    # In the unblocked green the opposing flow arrives at its mean rate.
    v = opposing_vph
    gaps_vph = (
        v * math.exp(-v * CRITICAL_GAP_S / 3600.0) / (1.0 - math.exp(-v * FOLLOW_UP_S / 3600.0))
    )
    return min(1.0, free * gaps_vph / SATURATION_FLOW_VPH)
