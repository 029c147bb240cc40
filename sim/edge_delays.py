"""On which edge vehicles lost their time: trips and routes of a run put together.

SUMO tells the time loss of a whole trip (tripinfo) and when a vehicle left each edge
(vehroute). What a vehicle needed on an edge beyond its length at its own free speed
(lane limit x speed factor, at most the type's own; SUMO user documentation, "Simulation
/Output/TripInfo", timeLoss) is what it lost there; wished stops are left out. These
parts are scaled so that each trip's add up to its time loss: exit times are whole
steps, and free speed differs between the lanes of a turn. The way over a junction
belongs to the edge before it, departure delay to the edge a trip begins on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree

from signalctl.domain.errors import SimulationError
from signalctl.networks.sumo_xml import number, text
from signalctl.sim.measures import EdgeDelay
from signalctl.sim.outputs import TRIPS, children, class_of

ROUTES: Final = "routes.xml"
ROUTE_OPTIONS: Final = tuple(
    part
    for name in ("exit-times", "write-unfinished", "internal", "last-route", "speedfactor")
    for part in (f"--vehroute-output.{name}", "true")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeFlow:
    """What decides how fast a vehicle may drive: lengths (m) and limits (m/s) of edges,
    greatest speeds (m/s) of vehicle types."""

    length_m: Mapping[str, float]
    limit_mps: Mapping[str, float]
    type_mps: Mapping[str, float]

    @classmethod
    def asked(cls, libsumo: Any) -> FreeFlow:
        """As the simulation that runs says."""
        length_m: dict[str, float] = {}
        limit_mps: dict[str, float] = defaultdict(float)
        for lane in libsumo.lane.getIDList():
            edge = libsumo.lane.getEdgeID(lane)
            length_m[edge] = libsumo.lane.getLength(lane)
            limit_mps[edge] = max(limit_mps[edge], libsumo.lane.getMaxSpeed(lane))
        types = libsumo.vehicletype
        return cls(
            length_m=length_m,
            limit_mps=dict(limit_mps),
            type_mps={name: types.getMaxSpeed(name) for name in types.getIDList()},
        )

    def time_s(self, edge: str, v_type: str, factor: float, from_m: float = 0.0) -> float:
        """Seconds a vehicle needs for an edge that it has for itself."""
        own_mps = self.type_mps.get(v_type, self.type_mps.get(v_type.partition("@")[0], math.inf))
        speed_mps = min(self.limit_mps.get(edge, 0.0) * factor, own_mps)
        length_m = max(self.length_m.get(edge, 0.0) - from_m, 0.0)
        return length_m / speed_mps if 0.0 < speed_mps < math.inf else 0.0


class _Trip(NamedTuple):
    lost_s: float
    late_s: float
    from_m: float


def edge_delays(
    folder: Path, now_s: float, v_classes: Mapping[str, str], free_flow: FreeFlow
) -> tuple[EdgeDelay, ...]:
    """Delay by edge and class of a run that ended at `now_s`, sorted; adds up to the run's.

    Raises SimulationError when an output is missing or broken.
    """
    vehicles: dict[tuple[str, str], int] = defaultdict(int)
    delays: dict[tuple[str, str], list[float]] = defaultdict(list)
    trips: dict[str, _Trip] = {}
    path = folder / TRIPS
    for element in children(path, ("tripinfo",)):
        late_s = number(path, element, "departDelay")
        if number(path, element, "depart") < 0:
            key = "", class_of(text(path, element, "vType"), v_classes)
            vehicles[key] += 1
            delays[key].append(late_s)
            continue
        trips[text(path, element, "id")] = _Trip(
            lost_s=max(number(path, element, "timeLoss"), 0.0),
            late_s=late_s,
            from_m=max(number(path, element, "departPos"), 0.0),
        )
    path = folder / ROUTES
    for element in children(path, ("vehicle",)):
        trip = trips.pop(text(path, element, "id"), None)
        if trip is None:
            continue
        v_type = text(path, element, "type")
        v_class = class_of(v_type, v_classes)
        shares = _shares(path, element, v_type, trip, now_s, free_flow)
        for place, (edge, lost_s) in enumerate(shares):
            vehicles[edge, v_class] += 1
            delays[edge, v_class].append(lost_s + (trip.late_s if place == 0 else 0.0))
    if trips:
        raise SimulationError(
            f"SUMO reported no route of vehicle {min(trips)}.", where=str(folder / ROUTES)
        )
    return tuple(
        EdgeDelay(edge_id=edge, v_class=name, vehicles=vehicles[edge, name], delay_s=math.fsum(own))
        for (edge, name), own in sorted(delays.items())
    )


def _shares(
    path: Path,
    vehicle: etree._Element,
    v_type: str,
    trip: _Trip,
    now_s: float,
    free_flow: FreeFlow,
) -> list[tuple[str, float]]:
    """(edge, seconds lost) along a vehicle's way so far, junctions with the edge before."""
    factor = number(path, vehicle, "speedFactor", 1.0)
    stops = [
        (number(path, stop, "started"), number(path, stop, "ended", now_s))
        for stop in vehicle.iterchildren("stop")
        if stop.get("started") is not None
    ]
    found: list[tuple[str, float]] = []
    rest_s = trip.lost_s
    for edge, from_s, to_s in _ways(path, vehicle, now_s):
        if to_s is None:
            # Still on it: what the trip lost and did not lose before.
            lost_s = max(rest_s, 0.0)
        else:
            stood_s = sum(max(0.0, min(to_s, b) - max(from_s, a)) for a, b in stops)
            free_s = free_flow.time_s(edge, v_type, factor, 0.0 if found else trip.from_m)
            lost_s = max(to_s - from_s - stood_s - free_s, 0.0)
        rest_s -= lost_s
        if edge.startswith(":") and found:
            found[-1] = found[-1][0], found[-1][1] + lost_s
        else:
            found.append((edge, lost_s))
    return _scaled(found, trip.lost_s)


def _ways(
    path: Path, vehicle: etree._Element, now_s: float
) -> Iterator[tuple[str, float, float | None]]:
    """(edge, entered, left) as far as the vehicle came; it is still on one left at None."""
    route = vehicle.find("route")
    if route is None:
        raise SimulationError("SUMO wrote a vehicle without a route.", where=str(path))
    edges = text(path, route, "edges").split()
    left = [float(each) for each in text(path, route, "exitTimes").split()]
    entered_s = number(path, vehicle, "depart")
    for edge, left_s in zip(edges, left, strict=False):
        if left_s < 0:
            yield edge, entered_s, None
            return
        yield edge, entered_s, min(left_s, now_s)
        entered_s = left_s


def _scaled(shares: Sequence[tuple[str, float]], lost_s: float) -> list[tuple[str, float]]:
    """The same shares of `lost_s`; all of it at the end where no edge shows a loss."""
    total_s = math.fsum(lost for _, lost in shares)
    if total_s > 0:
        return [(edge, lost * lost_s / total_s) for edge, lost in shares]
    return [
        (edge, lost_s if place == len(shares) else 0.0)
        for place, (edge, _) in enumerate(shares, start=1)
    ]
