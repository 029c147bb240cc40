"""Which moves look promising: the queue model's opinion, to order tests by, never to decide."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signalctl.domain.expand import timed
from signalctl.domain.plan import TimingPlan
from signalctl.domain.traffic import Traffic
from signalctl.networks.network import Network
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.signal_table import SignalTable, table_of
from signalctl.sim.due_vehicles import due_vehicles
from signalctl.workflow.source import Source
from signalctl.workflow.traffic_model import queue_models, traffic_of

if TYPE_CHECKING:
    from signalctl.optimiser.queue_model.model import QueueModel

LIKES: Final = 3
"""How many demands like the scenario's, besides its own, the model is asked about: one
sequence of arrivals alone says as much of itself as of the plan."""
JITTER_S: Final = 10
"""By how many seconds departures of a like differ, at most."""

Tables = Mapping[str, SignalTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Queue models of a scenario's demand and of its likes, and what they say plans are worth."""

    models: tuple[QueueModel, ...]
    network: Network
    objective: Objective
    threads: int | None = None

    def tables(self, plans: Mapping[str, TimingPlan]) -> dict[str, SignalTable]:
        """What the plans show, in system time."""
        return {junction_id: self.table(plan) for junction_id, plan in plans.items()}

    def table(self, plan: TimingPlan) -> SignalTable:
        """What one plan shows, in system time."""
        junction = self.network.junction(plan.junction_id)
        return table_of(timed(plan, junction), junction.group_ids)

    def values(self, plans: Sequence[Tables]) -> list[float]:
        """The objective of each, limits and gridlock counted in, mean over the models."""
        limits = self.objective.queue_limits_m
        edges = self.models[0].traffic.edges
        place = {edge: edges.index(edge) for edge in limits if edge in edges}
        sums = [0.0] * len(plans)
        for model in self.models:
            for i, found in enumerate(model.run_many(plans, threads=self.threads)):
                queues = found.edge_queue_m
                longest = {
                    edge: float(queues[place[edge]]) if edge in place else 0.0 for edge in limits
                }
                sums[i] += self.objective.limited_value(found, longest)
        return [total / len(self.models) for total in sums]

    def promises(
        self, plans: Mapping[str, TimingPlan], ways: Sequence[Mapping[int, TimingPlan]]
    ) -> list[float]:
        """Change of the objective for one step of each move, below 0 a gain.

        A way maps numbers of steps to the plan they lead to; the promise is the mean of
        the changes a step.
        """
        base = self.tables(plans)
        asked = [
            (number, steps, {**base, plan.junction_id: self.table(plan)})
            for number, way in enumerate(ways)
            for steps, plan in way.items()
        ]
        here, *values = self.values([base, *(tables for _, _, tables in asked)])
        slopes: list[list[float]] = [[] for _ in ways]
        for (number, steps, _), value in zip(asked, values, strict=True):
            slopes[number].append((value - here) / steps)
        return [sum(found) / len(found) for found in slopes]


def open_screen(
    source: Source,
    objective: Objective,
    threads: int | None = None,
    told: Callable[[str], None] | None = None,
) -> Screen:
    """The screen of a scenario; raises what reading the demand raises."""
    say = told or (lambda _what: None)
    scenario, network = source.scenario, source.network
    assert scenario is not None
    say("demand")
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        vehicles = due_vehicles(scenario, Path(folder))
    traffic = traffic_of(network, scenario, vehicles)
    say("traffic model")
    jittered = (_jittered(traffic, seed) for seed in range(1, LIKES + 1))
    models = queue_models(network, scenario, (traffic, *jittered))
    return Screen(models=models, network=network, objective=objective, threads=threads)


def _jittered(traffic: Traffic, seed: int) -> Traffic:
    """The same vehicles, each departing a few seconds earlier or later."""
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    last_s = max(traffic.begin_s, traffic.end_s - 1.0)
    trips = []
    for trip in traffic.trips:
        at_s = trip.depart_s + draw.randint(-JITTER_S, JITTER_S)
        trips.append(replace(trip, depart_s=min(max(at_s, traffic.begin_s), last_s)))
    return replace(traffic, trips=tuple(sorted(trips, key=lambda trip: trip.depart_s)))
