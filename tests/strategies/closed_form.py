"""A street of small crossings and a traffic model of it in closed form.

The second model besides the queue simulation: Webster's uniform delay, overflow by
HCM, and a cosine for how well neighbours stand to each other. Its optimum is known by
trying all points, which no simulation's is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from crossing import GOOD, P, crossing, plan_am, sequence

from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import DueTrip, QueueLane, QueueLink, Traffic
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.signal_table import GO, SignalTable
from signalctl.optimiser.skeleton import Skeleton

LINK_M = 300.0
SPEED_MPS = 12.5
THREE_STAGES = sequence(
    (25, {"E": P, "W": P, "F": P}), (15, {"W": P, "WL": P, "F": P}), (20, {"N": P})
)


def designs(junction_id: str) -> tuple[Skeleton, Skeleton]:
    """Two designs of a crossing: three stages, as shipped, and two."""
    junction = replace(crossing(), id=junction_id)
    found = []
    for label, form in (("as shipped", THREE_STAGES), ("two stages", GOOD)):
        program = expand(replace(plan_am(form), junction_id=junction_id), junction)
        found.append(Skeleton(junction, program, label))
    return found[0], found[1]


def street(n: int, *, east_vph: int = 700, north_vph: int = 350) -> Traffic:
    """`n` crossings in a row, J0 first: traffic going east, and from the north turning east."""
    edges = [*(f"e{k}" for k in range(n + 1)), *(f"n{k}" for k in range(n))]
    lanes = tuple(
        QueueLane(
            id=f"{edge}_0",
            edge=i,
            length_m=LINK_M,
            speed_mps=SPEED_MPS,
            classes=frozenset({"passenger"}),
        )
        for i, edge in enumerate(edges)
    )
    links = []
    for k in range(n):
        for lane, group in ((k, "E"), (n + 1 + k, "N")):
            links.append(
                QueueLink(
                    from_lane=lane,
                    to_lane=k + 1,
                    direction="s",
                    length_m=20.0,
                    speed_mps=SPEED_MPS,
                    junction_id=f"J{k}",
                    group_id=group,
                    node_id=f"J{k}",
                )
            )
    routes = [tuple(range(n + 1)), *((n + 1 + k, k + 1) for k in range(n))]
    due = [(3600 * i / east_vph, 0) for i in range(east_vph)]
    due += [(3600 * i / north_vph, 1 + k) for k in range(n) for i in range(north_vph)]
    return Traffic(
        begin_s=0.0,
        end_s=3600.0,
        step_s=1.0,
        edges=tuple(edges),
        lanes=lanes,
        links=tuple(links),
        routes=tuple(routes),
        trips=tuple(
            DueTrip(depart_s=at, route=route, v_class="passenger", length_m=7.5)
            for at, route in sorted(due)
        ),
        lost=FrozenMap(),
    )


class ClosedForm:
    """Delay of the street by formula; counts its runs."""

    def __init__(self, traffic: Traffic, base: Mapping[str, SignalTable]) -> None:
        self.traffic = traffic
        self.base = dict(base)
        self.runs = 0

    def run_many(
        self,
        plans: Sequence[Mapping[str, SignalTable]],
        *,
        threads: int | None = None,
        stop_above_s: float | None = None,
    ) -> list[Evaluation]:
        return [self.run(plan, stop_above_s=stop_above_s) for plan in plans]

    def run(
        self, signals: Mapping[str, SignalTable], *, stop_above_s: float | None = None
    ) -> Evaluation:
        self.runs += 1
        shown = {**self.base, **signals}
        traffic = self.traffic
        through = dict.fromkeys(range(len(traffic.routes)), 0)
        for trip in traffic.trips:
            through[trip.route] += 1
        delay = np.zeros(len(traffic.links))
        counts = np.zeros(len(traffic.links))
        ids = crossing().group_ids
        for i, link in enumerate(traffic.links):
            edge = traffic.lanes[link.from_lane].edge
            counts[i] = sum(n for route, n in through.items() if edge in traffic.routes[route][:-1])
            assert link.junction_id is not None
            assert link.group_id is not None
            table = shown[link.junction_id]
            green = np.flatnonzero(table.codes[ids.index(link.group_id)] == GO)
            delay[i] = counts[i] * _delay(len(green), table.cycle_s, counts[i])
            before = f"J{int(link.junction_id[1:]) - 1}"
            if link.group_id == "E" and before in shown:
                apart = table.offset_s - shown[before].offset_s - LINK_M / SPEED_MPS
                delay[i] += counts[i] * 4 * (1 - np.cos(2 * np.pi * apart / table.cycle_s))
        mean = float(delay.sum() / len(traffic.trips))
        queues = np.zeros(len(traffic.edges))
        for i, link in enumerate(traffic.links):
            queues[traffic.lanes[link.from_lane].edge] = delay[i] / 3600 * 7.5
        return Evaluation(
            due=len(traffic.trips),
            unfinished=0,
            never_inserted=0,
            total_delay_s=mean,
            person_delay_s=mean,
            stops_per_vehicle=mean / 20,
            blocking_per_vehicle=0.0,
            link_delay_s=delay,
            link_vehicles=counts,
            edge_queue_m=queues,
            stopped_early=stop_above_s is not None and mean > stop_above_s,
        )


def model_of(traffic: Traffic, n: int) -> ClosedForm:
    """The model with every crossing as shipped."""
    return ClosedForm(
        traffic,
        {f"J{k}": designs(f"J{k}")[0].table(designs(f"J{k}")[0].base_lengths) for k in range(n)},
    )


def _delay(green_s: int, cycle_s: int, vph: float) -> float:
    ratio = max(green_s, 0.5) / cycle_s
    capacity = 1800 * ratio
    x = vph / capacity
    uniform = 0.5 * cycle_s * (1 - ratio) ** 2 / (1 - min(x, 1.0) * ratio)
    return float(uniform + 900 * (x - 1 + np.sqrt((x - 1) ** 2 + 4 * x / capacity)))
