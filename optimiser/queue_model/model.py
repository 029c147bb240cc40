"""The queue model of a network: one plan in, its delays and queues out, in milliseconds."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import Traffic
from signalctl.optimiser.queue_model.evaluation import Evaluation, Floats
from signalctl.optimiser.queue_model.kernel import (
    FINISHED,
    NEVER_IN,
    STOPPED_EARLY,
    STOPS,
    Lamps,
    Rates,
    Tally,
    Work,
)
from signalctl.optimiser.queue_model.parameters import Parameters
from signalctl.optimiser.queue_model.simulate import simulate
from signalctl.optimiser.queue_model.tables import drivers_of, roads_of, trips_of
from signalctl.optimiser.signal_table import SignalTable

_NO_SIGNALS: Final[Mapping[str, SignalTable]] = MappingProxyType({})
_UNBOUND: Final = 1e30


class QueueModel:
    """A lane-queue simulation of one traffic, ready to be run with many plans.

    One-second steps whatever SUMO's are. Same input, same numbers, in threads too.
    """

    def __init__(
        self,
        traffic: Traffic,
        groups: Mapping[str, tuple[str, ...]],
        base: Mapping[str, SignalTable],
        *,
        drain_limit_s: float = 3600.0,
        parameters: Parameters = Parameters(),  # noqa: B008 - frozen
    ) -> None:
        """`groups`: group ids of each junction in the order of its table's rows; `base`: what
        every junction shows unless a run says otherwise.

        Raises InputError when a light of the traffic has no base table or no such group.
        """
        self.traffic = traffic
        self.drain_limit_s = drain_limit_s
        self._groups = dict(groups)
        lights = sorted({k.junction_id for k in traffic.links if k.junction_id is not None})
        self._number = {light: number for number, light in enumerate(lights)}
        for light in lights:
            if light not in base or light not in groups:
                raise InputError(
                    f"Junction {light} shows nothing.",
                    remedy="Give the model a base table and the groups of every light.",
                )
        self._base = [self._checked(light, base[light]) for light in lights]
        rows = {
            (light, group): (number, row)
            for light, number in self._number.items()
            for row, group in enumerate(groups[light])
        }
        for link in traffic.links:
            key = (link.junction_id or "", link.group_id or "")
            if link.junction_id is not None and key not in rows:
                raise InputError(
                    f"The traffic has a group {link.group_id!r} that the model was not given.",
                    where=f"junction {link.junction_id}",
                )
        trips, kinds = trips_of(traffic, parameters)
        self._roads = roads_of(traffic, rows, parameters)
        self._drivers = drivers_of(traffic, kinds, parameters)
        self._trips = trips
        self._weights = self._drivers.weight[trips.kind]
        self._persons = float(self._weights.sum())
        self._rates = Rates(*(float(getattr(parameters, name)) for name in Rates._fields))
        self._spare: list[Work] = []

    @property
    def seconds(self) -> int:
        """Longest simulated time, s."""
        return math.ceil(self.traffic.end_s - self.traffic.begin_s + self.drain_limit_s)

    def run(
        self,
        signals: Mapping[str, SignalTable] = _NO_SIGNALS,
        *,
        stop_above_s: float | None = None,
    ) -> Evaluation:
        """One run with these tables, the base's elsewhere.

        `stop_above_s` gives up as soon as the mean total delay is sure to pass it.
        Raises InputError for a table of an unknown junction or of the wrong size.
        """
        lamps = self._lamps(signals)
        traffic, due = self.traffic, len(self.traffic.trips)
        tally = Tally(
            np.zeros(5),
            np.zeros(len(traffic.links)),
            np.zeros(len(traffic.links)),
            np.zeros(len(traffic.edges)),
        )
        if due == 0:
            return _evaluation(tally, 0, 0.0, 0.0)
        try:
            work = self._spare.pop()
        except IndexError:
            work = self._new_work()
        bound = _UNBOUND if stop_above_s is None else stop_above_s * due
        simulate(
            self._roads,
            lamps,
            self._drivers,
            self._trips,
            self._rates,
            work,
            tally,
            self.seconds,
            bound,
        )
        lost, persons = float(work.lost_s.sum()), float(work.lost_s @ self._weights)
        self._spare.append(work)
        return _evaluation(tally, due, lost / due, persons / self._persons)

    def run_many(
        self,
        plans: Sequence[Mapping[str, SignalTable]],
        *,
        threads: int | None = None,
        stop_above_s: float | None = None,
    ) -> list[Evaluation]:
        """One run for each plan, in threads; the same numbers as `run`, in the plans' order."""
        workers = min(len(plans), threads or os.cpu_count() or 1)
        if workers <= 1:
            return [self.run(plan, stop_above_s=stop_above_s) for plan in plans]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda plan: self.run(plan, stop_above_s=stop_above_s), plans))

    def _checked(self, light: str, table: SignalTable) -> SignalTable:
        if table.codes.ndim != 2 or table.codes.shape[0] != len(self._groups[light]):
            raise InputError(
                f"A table of shape {table.codes.shape} does not show "
                f"{len(self._groups[light])} groups.",
                where=f"junction {light}",
            )
        return table

    def _lamps(self, signals: Mapping[str, SignalTable]) -> Lamps:
        tables = list(self._base)
        for light, table in signals.items():
            number = self._number.get(light)
            if number is not None:
                tables[number] = self._checked(light, table)
            elif light not in self._groups:
                raise InputError(f"The model has no junction {light!r}.")
        begin = math.floor(self.traffic.begin_s)
        cycles = [table.codes.shape[1] for table in tables]
        sizes = [table.codes.size for table in tables]
        return Lamps(
            np.concatenate([t.codes.ravel() for t in tables] or [np.zeros(1, dtype=np.uint8)]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            np.array(cycles or [1], dtype=np.int32),
            np.array(
                [(begin - t.offset_s) % c for t, c in zip(tables, cycles, strict=True)] or [0],
                dtype=np.int32,
            ),
        )

    def _new_work(self) -> Work:
        visits, lanes = len(self._trips.step), len(self.traffic.lanes)
        links, edges = len(self.traffic.links), len(self.traffic.edges)
        size = {
            "arrive": visits,
            "gone": visits,
            "lane": visits,
            "link": visits,
            "behind": visits,
            "behind_inside": visits,
            "halts_before": visits,
            "lost_s": len(self.traffic.trips),
            "cleared": links,
            "inside_head": links,
            "inside_tail": links,
            "inside_count": links,
            "inside_ready": links,
            "next_entry": edges,
            "entry_ready": edges,
            "wheel": self.seconds + 1,
            "next_place": lanes + edges + links,
        }
        floats = {"arrive", "gone", "lost_s", "used_m", "ready", "entered", "moved_m"}
        floats |= {"cleared", "inside_ready", "entry_ready"}
        return Work(
            *(
                np.zeros(size.get(name, lanes), dtype=np.float64 if name in floats else np.int32)
                for name in Work._fields
            )
        )


def _evaluation(tally: Tally, due: int, delay_s: float, person_delay_s: float) -> Evaluation:
    totals: Floats = tally.totals
    return Evaluation(
        due=due,
        unfinished=due - int(totals[FINISHED]),
        never_inserted=int(totals[NEVER_IN]),
        total_delay_s=delay_s,
        person_delay_s=person_delay_s,
        stops_per_vehicle=float(totals[STOPS]) / due if due else 0.0,
        link_delay_s=tally.link_lost_s,
        link_vehicles=tally.link_vehicles,
        edge_queue_m=tally.edge_queue_m,
        stopped_early=bool(totals[STOPPED_EARLY]),
    )
