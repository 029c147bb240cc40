"""Whether a network is seen to lock up, so that the search keeps its nodes clear.

A gridlock begins where vehicles come to stand in a node across the paths of others. SUMO
shows it with one seed and not with the next, for the same plan; the traffic model, which
knows no luck, shows only the standing. So what SUMO has shown decides whether the model's
standing vehicles count (`Objective.is_wary`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.sim.measures import Measures
from signalctl.sim.statistics import percentile

TAIL: Final = 1.5
"""A plan locks up with the seed whose total delay passes its median so many times."""


def locks_up(measures: Mapping[str, Mapping[int, Measures]]) -> bool:
    """Whether the shipped plan, or another that has run, does so with one of its seeds.

    `measures` are runs by entrant and seed (`Track.measures`); more may come meanwhile.
    """
    for runs in list(measures.values()):
        delays_s = [run.total_delay_s for run in list(runs.values())]
        if len(delays_s) > 1 and max(delays_s) > TAIL * percentile(delays_s, 0.5):
            return True
    return False
