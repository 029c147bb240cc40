"""The queue model of a network: one plan in, its delays and queues out, in milliseconds."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from types import MappingProxyType
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import OCCUPANCY, Traffic
from signalctl.optimiser.queue_model import state as layout
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.queue_model.parameters import Parameters
from signalctl.optimiser.queue_model.simulate import simulate
from signalctl.optimiser.queue_model.state import Floats, Records, State
from signalctl.optimiser.queue_model.tables import initial_state
from signalctl.optimiser.signal_table import Codes, SignalTable

_NO_SIGNALS: Final[Mapping[str, SignalTable]] = MappingProxyType({})
_CHANGING: Final = (
    "lanes",
    "links",
    "edges",
    "gates",
    "vehicles",
    "visits",
    "wheel",
    "next_place",
    "totals",
)


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
        self._state = initial_state(traffic, rows, parameters, self.seconds)
        occupancy = [OCCUPANCY.get(trip.v_class, 1.0) for trip in traffic.trips]
        self._weights = np.array(occupancy, dtype=np.float64)
        self._spare: list[State] = []

    @property
    def seconds(self) -> int:
        """Longest simulated time, s."""
        return math.ceil(self.traffic.end_s - self.traffic.begin_s + self.drain_limit_s)

    def run(
        self,
        signals: Mapping[str, SignalTable] = _NO_SIGNALS,
        *,
        stop_above_s: float | None = None,
        stop_above_person_s: float | None = None,
        stop_above_stops: float | None = None,
    ) -> Evaluation:
        """One run with these tables, the base's elsewhere.

        `stop_above_s` gives up as soon as the mean total delay is sure to pass it,
        `stop_above_person_s` and `stop_above_stops` the same of the other means.
        Raises InputError for a table of an unknown junction or of the wrong size.
        """
        signal_records, codes = self._lamps(signals)
        try:
            own = self._spare.pop()
        except IndexError:
            own = self._new_state()
        bounds = self._bounds(stop_above_s, stop_above_person_s, stop_above_stops)
        simulate(own._replace(signals=signal_records, codes=codes), self.seconds, bounds)
        found = self._evaluation(own)
        self._spare.append(own)
        return found

    def run_many(
        self,
        plans: Sequence[Mapping[str, SignalTable]],
        *,
        threads: int | None = None,
        stop_above_s: float | None = None,
        stop_above_person_s: float | None = None,
        stop_above_stops: float | None = None,
    ) -> list[Evaluation]:
        """One run for each plan, in threads; the same numbers as `run`, in the plans' order."""

        def run(plan: Mapping[str, SignalTable]) -> Evaluation:
            return self.run(
                plan,
                stop_above_s=stop_above_s,
                stop_above_person_s=stop_above_person_s,
                stop_above_stops=stop_above_stops,
            )

        workers = min(len(plans), threads or os.cpu_count() or 1)
        if workers <= 1:
            return [run(plan) for plan in plans]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(run, plans))

    def _bounds(self, mean_s: float | None, person_s: float | None, stops: float | None) -> Floats:
        """Bounds of the sums over all vehicles, in the order the loop knows."""
        due, persons = len(self._weights), float(self._weights.sum())
        means = ((mean_s, due), (person_s, persons), (stops, due))
        return np.array([math.inf if mean is None else mean * many for mean, many in means])

    def _checked(self, light: str, table: SignalTable) -> SignalTable:
        if table.codes.ndim != 2 or table.codes.shape[0] != len(self._groups[light]):
            raise InputError(
                f"A table of shape {table.codes.shape} does not show "
                f"{len(self._groups[light])} groups.",
                where=f"junction {light}",
            )
        return table

    def _lamps(self, signals: Mapping[str, SignalTable]) -> tuple[Records, Codes]:
        tables = list(self._base)
        for light, table in signals.items():
            number = self._number.get(light)
            if number is not None:
                tables[number] = self._checked(light, table)
            elif light not in self._groups:
                raise InputError(f"The model has no junction {light!r}.")
        begin = math.floor(self.traffic.begin_s)
        found = np.zeros(len(tables), dtype=layout.SIGNAL)
        found["cycle"] = [table.codes.shape[1] for table in tables]
        found["start"] = [0, *accumulate(table.codes.size for table in tables)][: len(tables)]
        found["shift"] = [(begin - t.offset_s) % t.codes.shape[1] for t in tables]
        codes = [table.codes.ravel() for table in tables]
        return found, np.concatenate(codes or [self._state.codes])

    def _new_state(self) -> State:
        """Memory of its own for one run; what never changes is shared."""
        fixed = self._state
        return fixed._replace(
            **{name: getattr(fixed, name).copy() for name in _CHANGING},
        )

    def _evaluation(self, state: State) -> Evaluation:
        totals, due = state.totals[0], len(self._weights)
        lost_s = state.vehicles["lost_s"]
        persons = float(self._weights.sum())
        return Evaluation(
            due=due,
            unfinished=due - int(totals["finished"]),
            never_inserted=int(totals["never_in"]),
            total_delay_s=float(lost_s.sum()) / due if due else 0.0,
            person_delay_s=float(lost_s @ self._weights) / persons if due else 0.0,
            stops_per_vehicle=float(totals["stops"]) / due if due else 0.0,
            blocking_per_vehicle=float(totals["blocking"]) / due if due else 0.0,
            link_delay_s=state.links["lost_s"].copy(),
            link_vehicles=state.links["vehicles"].copy(),
            edge_queue_m=state.edges["queue_m"].copy(),
            stopped_early=bool(totals["stopped_early"]),
        )
