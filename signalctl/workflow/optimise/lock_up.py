"""Whether plans are seen to lock up, so that the search keeps nodes clear.

A gridlock begins where vehicles come to stand in a node across the paths of others. SUMO
shows it with one seed and not with the next, for the same plan; the traffic model, which
knows no luck, shows only the standing. So what SUMO has shown decides how much the model's
standing vehicles count, and as long as it goes on showing gridlocks of what was found so,
they count more and more.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Set
from typing import Final

from signalctl.sim.measures import Measures
from signalctl.workflow.race.race import HOPELESS, HOPELESS_S
from signalctl.workflow.race.standing import lock_ups

GIVEN_UP_TAIL: Final = 1.25
"""The same of a run that was given up on its way there."""
BLOCKING_S: Final = 30_000.0
"""What a vehicle counts that stands across others' paths once a plan has locked up, s."""
WARIER: Final = 3.0
"""By what that grows each time a plan found so has locked up all the same."""
WARIEST: Final = 3
"""Then one such vehicle counts as much as a minute's delay of thousands of others."""


def locks_up(
    measures: Mapping[str, Mapping[int, Measures]],
    given_up: Mapping[tuple[str, int], float] | None = None,
    judged: Set[str] = frozenset(),
) -> bool:
    """Whether one of the plans that have run, the shipped one among them, locks up.

    `measures` are runs by entrant and seed (`Track.measures`); more may come meanwhile.
    `given_up` holds for (entrant, seed) of a run that was given up the total delay that it
    was compared with, s per vehicle (`Track.hopeless`). Entrants `judged` do not count.
    """
    least_s: dict[str, float] = {}
    for (name, _), best_s in list((given_up or {}).items()):
        least_s[name] = max(HOPELESS * best_s + HOPELESS_S, least_s.get(name, 0.0))
    for name, runs in list(measures.items()):
        delays_s = {seed: run.total_delay_s for seed, run in list(runs.items())}
        if not delays_s or name in judged:
            continue
        median_s = statistics.median_low(delays_s.values())
        # Who is far worse than the best with each seed does not lock up, it is only bad.
        if least_s.get(name, 0.0) > GIVEN_UP_TAIL * median_s:
            return True
        if lock_ups(delays_s):
            return True
    return False


def blocking_s(wariness: int) -> float:
    """What a vehicle counts that stands across others' paths (`Objective.blocking_s`)."""
    return BLOCKING_S * WARIER ** (min(wariness, WARIEST) - 1) if wariness else 0.0
