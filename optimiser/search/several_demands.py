"""One model of several: the same plan on the period's traffic and on slightly other traffic.

A plan tuned to one demand to the second leaves no room for drivers who are not the
model's; what is good on a little more traffic as well has room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from signalctl.domain.traffic import Traffic
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.search.traffic_model import TrafficModel
from signalctl.optimiser.signal_table import SignalTable


class SeveralDemands:
    """Means over models of the same roads; the first one's traffic stands for all.

    Give the lightest demand first: a plan it finds too slow is not run on the others.
    """

    def __init__(self, models: Sequence[TrafficModel]) -> None:
        self._models = tuple(models)

    @property
    def traffic(self) -> Traffic:
        """The first model's traffic."""
        return self._models[0].traffic

    def run_many(
        self,
        plans: Sequence[Mapping[str, SignalTable]],
        *,
        threads: int | None = None,
        stop_above_s: float | None = None,
    ) -> list[Evaluation]:
        """Means over the demands; longest queues over all. See `TrafficModel`.

        A plan is given up when the first demand alone passes `stop_above_s`, or the
        mean is certain to.
        """
        first, *others = self._models
        found = [
            [evaluation]
            for evaluation in first.run_many(plans, threads=threads, stop_above_s=stop_above_s)
        ]
        for model in others:
            left = [i for i, row in enumerate(found) if not row[-1].stopped_early]
            if not left:
                break
            bound = None
            if stop_above_s is not None:
                spent = min(sum(e.total_delay_s for e in found[i]) for i in left)
                bound = stop_above_s * len(self._models) - spent
            runs = model.run_many([plans[i] for i in left], threads=threads, stop_above_s=bound)
            for i, evaluation in zip(left, runs, strict=True):
                found[i].append(evaluation)
        return [_mean(row, stop_above_s) for row in found]


def _mean(row: Sequence[Evaluation], stop_above_s: float | None) -> Evaluation:
    if len(row) == 1 or row[-1].stopped_early:
        # At least the bound: what is left of the runs could only add to it.
        at_least_s = max(row[0].total_delay_s, stop_above_s or 0.0)
        return replace(row[0], total_delay_s=at_least_s, stopped_early=row[-1].stopped_early)
    n = len(row)
    return Evaluation(
        due=sum(e.due for e in row),
        unfinished=sum(e.unfinished for e in row),
        never_inserted=sum(e.never_inserted for e in row),
        total_delay_s=sum(e.total_delay_s for e in row) / n,
        person_delay_s=sum(e.person_delay_s for e in row) / n,
        stops_per_vehicle=sum(e.stops_per_vehicle for e in row) / n,
        blocking_per_vehicle=sum(e.blocking_per_vehicle for e in row) / n,
        link_delay_s=np.mean([e.link_delay_s for e in row], axis=0),
        link_vehicles=np.mean([e.link_vehicles for e in row], axis=0),
        edge_queue_m=np.max([e.edge_queue_m for e in row], axis=0),
    )
