"""Whether plans with newly permissive turns make vehicles brake in an emergency, all together.

One plan alone shows it late: one or two such brakings a run are few. But plans of one
search have the same turns, and what all of them show with all their seeds is soon clear.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence, Set
from typing import Final

from signalctl.optimiser.objective import Objective
from signalctl.sim.measures import Measures
from signalctl.workflow.race.confirm import LOOKS
from signalctl.workflow.race.race import SHIPPED
from signalctl.workflow.race.standing import CLEARLY, is_clearly_more

COUNTED: Final = (
    ("emergency_brakings", "emergency brakings"),
    ("emergency_stops", "emergency stops"),
)
WHY_NARROW: Final = (
    "Plans with turns that no shipped program has permissive had more {what}, {own} in {runs} "
    "runs against {shipped} in {shipped_runs} of the shipped plan: from then on plans with turns "
    "permissive only where shipped were searched."
)
DOUBT: Final = 0.35
"""Level of a count that is more by all appearances: enough to look elsewhere, not to bar a plan."""


def why_narrow(
    measures: Mapping[str, Mapping[int, Measures]],
    wide: Set[str],
    objective: Objective,
    level: float = CLEARLY,
) -> str | None:
    """Why turns should be permissive only where shipped; None where nothing speaks for it.

    `measures` are runs by entrant and seed (`Track.measures`), more may come meanwhile;
    `wide` are the entrants with newly permissive turns. Only those ahead of the shipped plan
    count. Their rate must be higher than its at that level, and so high that the first look
    at fresh seeds would bar them.
    """
    shipped = list(measures.get(SHIPPED, {}).values())
    own = [run for name in sorted(wide) for run in _ahead(measures, name, shipped, objective)]
    if not own or not shipped:
        return None
    share = len(own) / (len(own) + len(shipped))
    for field, what in COUNTED:
        count, base = (sum(getattr(run, field) for run in runs) for runs in (own, shipped))
        expected = round(LOOKS[0] * count / len(own))
        at_least = round(LOOKS[0] * base / len(shipped))
        if is_clearly_more(count, base, level, share) and is_clearly_more(expected, at_least):
            return WHY_NARROW.format(
                what=what, own=count, runs=len(own), shipped=base, shipped_runs=len(shipped)
            )
    return None


def _ahead(
    measures: Mapping[str, Mapping[int, Measures]],
    name: str,
    shipped: Sequence[Measures],
    objective: Objective,
) -> list[Measures]:
    """A plan's runs if their mean is below that of the shipped plan's runs."""
    own = list(measures.get(name, {}).values())
    if not own or not shipped:
        return []
    values = [statistics.fmean(objective.value(run) for run in runs) for runs in (own, shipped)]
    return own if values[0] < values[1] else []
