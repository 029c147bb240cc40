"""Who gains and who loses by a change: the approaches of the signals, one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signalctl.networks.network import Network
from signalctl.sim.measures import Measures

LEVEL = 0.05
"""Chance that any approach at all is named wrongly: shared out over all of them."""

LEAST = {"stops": 3.0, "queue": 7.5}
"""Smaller changes are nothing to speak of: stops a run, and m of queue, a car's length."""
LEAST_SHARE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachEffect:
    """A clear change on one approach: mean difference other - base over the seeds.

    `measure` is `stops` (per run) or `queue` (longest, m); `interval` holds it with
    the confidence that is left when all approaches are looked at together.
    """

    junction_id: str
    edge_id: str
    measure: str
    before: float
    difference: float
    interval: tuple[float, float]


def approach_effects(
    base: Sequence[Measures], other: Sequence[Measures], network: Network
) -> tuple[ApproachEffect, ...]:
    """Approaches whose stops or longest queues clearly change, largest share first.

    Student's paired intervals, Bonferroni over all approaches and both measures.
    Empty with fewer than three seeds or when queues were not watched.
    """
    n = len(base)
    lights = _lights(network)
    rows = [a.edge_id for a in base[0].approaches if a.signalled]
    if n < 3 or not rows:
        return ()
    quantile = student_t(1.0 - LEVEL / (2 * 2 * len(rows)), n - 1)
    found = []
    for edge in rows:
        for measure in ("stops", "queue"):
            before = [_value(run, edge, measure) for run in base]
            after = [_value(run, edge, measure) for run in other]
            differences = [b - a for a, b in zip(before, after, strict=True)]
            mean = math.fsum(differences) / n
            variance = math.fsum((d - mean) ** 2 for d in differences) / (n - 1)
            half = quantile * math.sqrt(variance / n)
            if abs(mean) > max(half, LEAST[measure], LEAST_SHARE * math.fsum(before) / n):
                found.append(
                    ApproachEffect(
                        junction_id=lights.get(edge, ""),
                        edge_id=edge,
                        measure=measure,
                        before=math.fsum(before) / n,
                        difference=mean,
                        interval=(mean - half, mean + half),
                    )
                )
    return tuple(sorted(found, key=lambda e: (-abs(e.difference) / max(e.before, 1.0), e.edge_id)))


def _value(run: Measures, edge: str, measure: str) -> float:
    for approach in run.approaches:
        if approach.edge_id == edge:
            return float(approach.stops if measure == "stops" else approach.max_queue_m)
    return 0.0


def _lights(network: Network) -> Mapping[str, str]:
    """Edge -> the junction whose light stands at its end."""
    return {
        connection.from_edge: junction_id
        for junction_id in network.junctions
        for connection in network.roads.of_light(junction_id)
    }


def student_t(share: float, degrees: int) -> float:
    """Quantile of Student's t."""
    # Imported here: scipy takes longer to load than everything else in this room.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, share))
