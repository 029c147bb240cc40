"""The demand an engineer has: flows of a known one, or vehicles that reproduce counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.files.counts import PASSENGER, read_detector_counts, read_turning_counts
from signalctl.networks.counted_balance import imbalances
from signalctl.networks.counted_file import write_routes
from signalctl.networks.counted_fit import CountedDemand, counted_demand, sliced
from signalctl.networks.counted_places import PlaceCount, edge_counts, movement_counts
from signalctl.networks.demand import Way
from signalctl.networks.flows import TurningFlows, flows_of_ways, turning_flows
from signalctl.networks.network import Network
from signalctl.sim.counted_demand import write_scenario
from signalctl.workflow.source import Source

MAX_SLICES: Final = 1000
_MOVEMENT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFiles:
    """What was counted, and which part of it counts; None: the whole of the files."""

    turning: Path | None = None
    detectors: Path | None = None
    begin_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandOfCounts:
    """Vehicles for counts, flows of the turning counts by slice, what does not agree."""

    demand: CountedDemand
    flows: tuple[TurningFlows, ...]
    imbalances: tuple[str, ...]
    notes: tuple[str, ...]
    routes: Path
    scenario: Path


def flows_by_slice(source: Source, slice_s: float | None) -> tuple[TurningFlows, ...]:
    """Turning flows of a scenario's demand in slices of its period (None: one for all).

    A vehicle counts in the slice in which it departs. Raises InputError for a bare
    network or too many slices.
    """
    scenario = source.scenario
    if scenario is None:
        raise InputError(
            "A bare network has no demand.",
            where=str(source.network.path),
            remedy="Give a .sumocfg or a scenario file, or counts.",
        )
    length_s = scenario.end_s - scenario.begin_s
    width_s = length_s if slice_s is None else slice_s
    number = math.ceil(length_s / width_s - 1e-9)
    if number > MAX_SLICES:
        raise InputError(f"{number} slices are too many.", where="--slice", remedy="Widen them.")
    starts = [scenario.begin_s + i * width_s for i in range(number)]
    return tuple(
        turning_flows(
            source.network,
            scenario.routes,
            start_s,
            min(start_s + width_s, scenario.end_s),
            scenario.additionals,
        )
        for start_s in starts
    )


def demand_of_counts(source: Source, files: CountFiles, seed: int, routes: Path) -> DemandOfCounts:
    """Find vehicles for counts; write them to `routes` and a scenario file beside it.

    Raises InputError for a mistake in the tables, with file and line.
    """
    scenario_file = routes.parent / f"{routes.name.split('.')[0]}.yaml"
    if scenario_file == routes:
        raise InputError(
            "The output is a SUMO route file.", where=str(routes), remedy="Name it *.rou.xml."
        )
    counts, notes = _counts(source, files)
    begin_s = min(c.begin_s for c in counts) if files.begin_s is None else files.begin_s
    end_s = max(c.end_s for c in counts) if files.end_s is None else files.end_s
    if end_s <= begin_s or not any(c.begin_s < end_s and c.end_s > begin_s for c in counts):
        raise InputError(
            f"Nothing was counted from {begin_s:g} to {end_s:g} s.",
            where="--begin, --end",
            remedy="Give a period of the counts.",
        )
    demand = counted_demand(source.network, counts, begin_s, end_s, seed)
    if not demand.vehicles:
        raise InputError("The counts are all zero: there is no vehicle to find.")
    write_routes(routes, demand)
    like = source.scenario
    left_out = write_scenario(scenario_file, source.network.path, routes, begin_s, end_s, like)
    return DemandOfCounts(
        demand=demand,
        flows=_flows(source.network, counts, begin_s, end_s),
        imbalances=imbalances(source.network, counts, begin_s, end_s),
        notes=(*notes, *demand.notes, *left_out),
        routes=routes,
        scenario=scenario_file,
    )


def _counts(source: Source, files: CountFiles) -> tuple[tuple[PlaceCount, ...], tuple[str, ...]]:
    found: tuple[PlaceCount, ...] = ()
    notes: tuple[str, ...] = ()
    if files.turning is not None:
        found += movement_counts(source.network, read_turning_counts(files.turning))
    if files.detectors is not None:
        additionals = source.scenario.additionals if source.scenario is not None else ()
        of_edges, notes = edge_counts(
            source.network, read_detector_counts(files.detectors), additionals
        )
        if any(count.v_class != PASSENGER for count in found):
            notes += ("Detectors do not tell classes: their counts are taken as cars alone.",)
        found += of_edges
    if not found:
        raise InputError(
            "There is no count to start from.",
            where=str(files.turning or files.detectors or ""),
            remedy="Give --turning-counts or --detector-counts with whole roads counted.",
        )
    return found, notes


def _flows(
    network: Network, counts: tuple[PlaceCount, ...], begin_s: float, end_s: float
) -> tuple[TurningFlows, ...]:
    """Flows of the turning counts as they were counted, slice by slice."""
    return tuple(
        flows_of_ways(
            network,
            {
                Way(place, v_class, complete=True): vehicles
                for (place, v_class), vehicles in found.items()
                if len(place) == _MOVEMENT
            },
            low_s,
            high_s,
        )
        for (low_s, high_s), found in sliced(counts, begin_s, end_s).items()
        if any(len(place) == _MOVEMENT for place, _ in found)
    )
