"""Rules of several junctions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from signalctl.domain.finding import Finding, Severity
from signalctl.domain.plan import TimingPlan

COMMON_CYCLE = "common-cycle"
COMMON_CYCLE_TITLE = "Junctions of a corridor share a cycle or divide it"
COMMON_CYCLE_SOURCE = "FHWA Signal Timing Manual, 2nd ed., ch. 7: coordination"


def common_cycle(plans: Sequence[TimingPlan]) -> tuple[Finding, ...]:
    """Junctions of a corridor whose cycle neither equals nor divides the corridor's.

    The corridor's cycle is the one most plans have, the longest of those on a
    tie. Without a common cycle no band repeats; it endangers nobody, so this is
    a warning.
    """
    if not plans:
        return ()
    counts = Counter(plan.cycle_s for plan in plans)
    cycle_s = max(counts, key=lambda cycle: (counts[cycle], cycle))
    return tuple(
        Finding(
            rule=COMMON_CYCLE,
            severity=Severity.WARNING,
            junction_id=plan.junction_id,
            message=(
                f"Junction {plan.junction_id} has a cycle of {plan.cycle_s} s in a corridor of "
                f"{cycle_s} s, so no band repeats."
            ),
            source=COMMON_CYCLE_SOURCE,
            remedy=f"Use {cycle_s} s, or a cycle that divides it.",
        )
        for plan in sorted(plans, key=lambda plan: plan.junction_id)
        if cycle_s % plan.cycle_s
    )
