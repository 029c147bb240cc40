"""From SUMO's output files to measures."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from signalctl.domain.errors import InputError, SimulationError
from signalctl.domain.traffic import OCCUPANCY
from signalctl.networks.sumo_xml import elements, number, text, whole
from signalctl.sim.detectors import OUTPUT, LaneStretch, Watched
from signalctl.sim.measures import (
    ApproachMeasures,
    ClassMeasures,
    Measures,
    PedestrianMeasures,
)
from signalctl.sim.statistics import percentile

TRIPS: Final = "tripinfo.xml"
STATISTICS: Final = "statistics.xml"
MAX_BYTES: Final = 4_000_000_000
_FULL: Final = 0.95
"""Share of a stretch covered by its queue from which the queue may be longer."""


def measure(
    folder: Path,
    *,
    begin_s: float,
    end_s: float,
    emptied_s: float | None,
    v_classes: Mapping[str, str],
    watched: Watched,
) -> Measures:
    """Measures of a finished run from the outputs in `folder`.

    `v_classes` maps vehicle type to SUMO class. Raises SimulationError when an
    output is missing or broken.
    """
    delays: list[float] = []
    by_class: dict[str, list[float]] = defaultdict(list)
    walks: list[_Walk] = []
    time_loss = depart_delay = waiting = longest = 0.0
    stops = unfinished = never_inserted = arrived_in_time = 0
    path = folder / TRIPS
    for trip in children(path, ("tripinfo", "personinfo")):
        if trip.tag == "personinfo":
            if trip.find("walk") is not None:
                walks.append(_walk(path, trip))
            continue
        # A vehicle never let in has depart -1 and, of its times, a departure delay only.
        inserted = number(path, trip, "depart") >= 0
        lost_s = max(number(path, trip, "timeLoss"), 0.0) if inserted else 0.0
        late_s = number(path, trip, "departDelay")
        stood_s = max(number(path, trip, "waitingTime"), 0.0) if inserted else 0.0
        arrival_s = number(path, trip, "arrival")
        time_loss += lost_s
        depart_delay += late_s
        waiting += stood_s
        longest = max(longest, stood_s + late_s)
        stops += max(whole(path, trip, "waitingCount"), 0)
        unfinished += arrival_s < 0
        never_inserted += not inserted
        arrived_in_time += 0 <= arrival_s < end_s
        delays.append(lost_s + late_s)
        by_class[class_of(text(path, trip, "vType"), v_classes)].append(delays[-1])
    numbers = _statistics(folder / STATISTICS)
    due = len(delays)
    rows = _rows(folder / OUTPUT, watched)
    classes = tuple(
        ClassMeasures(
            v_class=name,
            due=len(found),
            total_delay_s=_mean(found),
            occupancy=OCCUPANCY.get(name, 1.0),
        )
        for name, found in sorted(by_class.items())
    )
    persons = sum(c.due * c.occupancy for c in classes)
    return Measures(
        due=due,
        unfinished=unfinished,
        never_inserted=never_inserted,
        unmeasured=max(numbers["vehicles.loaded"] - due, 0),
        total_delay_s=_mean(delays),
        time_loss_s=time_loss / due if due else 0.0,
        depart_delay_s=depart_delay / due if due else 0.0,
        total_delay_p90_s=percentile(delays, 0.9) if due else 0.0,
        person_delay_s=(
            sum(c.due * c.occupancy * c.total_delay_s for c in classes) / persons
            if persons
            else 0.0
        ),
        stops_per_vehicle=stops / due if due else 0.0,
        waiting_s=waiting / due if due else 0.0,
        longest_waiting_s=longest,
        throughput_vph=arrived_in_time * 3600.0 / (end_s - begin_s),
        emptied_s=emptied_s,
        teleports=numbers["teleports.total"],
        collisions=numbers["safety.collisions"],
        emergency_stops=numbers["safety.emergencyStops"],
        emergency_brakings=numbers["safety.emergencyBraking"],
        corridor_stops=(
            sum(rows[stretch.id].stops for stretch in watched.stops) if watched.stops else None
        ),
        classes=classes,
        approaches=_approaches(watched, rows),
        pedestrians=_pedestrians(walks),
    )


class _Row(NamedTuple):
    queue_m: float
    queue_vehicles: int
    longest_halt_s: float
    stops: int
    vehicles: int


def _rows(path: Path, watched: Watched) -> dict[str, _Row]:
    """What each detector counted, by id; every one of `watched` is there."""
    if not watched.detectors:
        return {}
    rows = {
        text(path, element, "id"): _Row(
            queue_m=number(path, element, "maxJamLengthInMeters"),
            queue_vehicles=whole(path, element, "maxJamLengthInVehicles"),
            longest_halt_s=number(path, element, "maxHaltingDuration"),
            stops=int(number(path, element, "startedHalts")),
            vehicles=int(number(path, element, "nVehSeen")),
        )
        for element in children(path, ("interval",))
    }
    for stretch in watched.detectors:
        if stretch.id not in rows:
            raise SimulationError(f"SUMO reported no detector {stretch.id}.", where=str(path))
    return rows


def _approaches(watched: Watched, rows: Mapping[str, _Row]) -> tuple[ApproachMeasures, ...]:
    by_edge: dict[str, list[LaneStretch]] = defaultdict(list)
    for stretch in watched.queues:
        by_edge[stretch.edge_id].append(stretch)
    approaches = []
    for edge, stretches in by_edge.items():
        own = [rows[stretch.id] for stretch in stretches]
        approaches.append(
            ApproachMeasures(
                edge_id=edge,
                signalled=any(stretch.signalled for stretch in stretches),
                max_queue_m=max(row.queue_m for row in own),
                max_queue_vehicles=max(row.queue_vehicles for row in own),
                full=any(
                    row.queue_m >= _FULL * stretch.length_m
                    for row, stretch in zip(own, stretches, strict=True)
                ),
                longest_halt_s=max(row.longest_halt_s for row in own),
                stops=sum(row.stops for row in own),
                vehicles=sum(row.vehicles for row in own),
            )
        )
    return tuple(approaches)


class _Walk(NamedTuple):
    waited_s: float
    lost_s: float | None


def _walk(path: Path, person: etree._Element) -> _Walk:
    """Waiting and time lost on all walks of a person; no time lost when one did not end."""
    walks = list(person.iterchildren("walk"))
    # SUMO writes -1 for what has not happened.
    waited_s = math.fsum(max(number(path, walk, "waitingTime"), 0.0) for walk in walks)
    if any(number(path, walk, "arrival") < 0 for walk in walks):
        return _Walk(waited_s, None)
    return _Walk(waited_s, math.fsum(number(path, walk, "timeLoss") for walk in walks))


def _pedestrians(walks: Sequence[_Walk]) -> PedestrianMeasures | None:
    if not walks:
        return None
    waits = [walk.waited_s for walk in walks]
    losses = [walk.lost_s for walk in walks if walk.lost_s is not None]
    return PedestrianMeasures(
        due=len(walks),
        unfinished=len(walks) - len(losses),
        waiting_s=_mean(waits),
        waiting_p90_s=percentile(waits, 0.9),
        longest_waiting_s=max(waits),
        time_loss_s=_mean(losses),
    )


def _statistics(path: Path) -> dict[str, int]:
    """Whole numbers of SUMO's statistics as `element.attribute`."""
    wanted = {
        "vehicles": ("loaded",),
        "teleports": ("total",),
        "safety": ("collisions", "emergencyStops", "emergencyBraking"),
    }
    found = {
        f"{element.tag}.{name}": whole(path, element, name)
        for element in children(path, tuple(wanted))
        for name in wanted[str(element.tag)]
    }
    missing = sorted(f"{t}.{n}" for t, names in wanted.items() for n in names)
    if missing != sorted(found):
        raise SimulationError("SUMO's statistics are incomplete.", where=str(path))
    return found


def children(path: Path, tags: Collection[str]) -> Iterator[etree._Element]:
    """Elements under the root of an output; raises SimulationError for a broken one."""
    try:
        stream = elements(path, tags, max_bytes=MAX_BYTES)
        next(stream, None)
        yield from stream
    except InputError as error:
        raise SimulationError(
            f"SUMO's output cannot be read: {error.message}", where=error.where
        ) from error


def class_of(v_type: str, v_classes: Mapping[str, str]) -> str:
    """The SUMO class of a vehicle type, `passenger` for one that is not known."""
    # SUMO names the type of a single vehicle with own parameters `type@vehicle`.
    return v_classes.get(v_type, v_classes.get(v_type.partition("@")[0], "passenger"))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
