"""The detectors of adaptive control: who is near a junction, counted on its lanes.

They see REACH_M up and down the road from the stop line and from the far side of the
junction, along every way that leads there without passing another light.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from signalctl.controllers.adaptive.strategy import LaneCount
from signalctl.networks.network import Network
from signalctl.networks.roads import CROSSING, NORMAL, WALKINGAREA, RoadGraph

REACH_M: Final = 100.0
HALT_MPS: Final = 0.1
"""SUMO's halting speed."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a lane, from low_m to high_m along it; `whole` when it is all of it."""

    lane: str
    low_m: float
    high_m: float
    whole: bool


class Detectors:
    """Counts of one simulation, asked of the simulator when looked at, once a second."""

    def __init__(self, libsumo: Any, network: Network) -> None:
        self._libsumo: Final = libsumo
        self._ways: Final = _Ways(network.roads)
        self._walks: Final = {
            lane.id: edge.id
            for edge in network.roads.edges.values()
            if edge.function in (WALKINGAREA, CROSSING)
            for lane in edge.lanes
        }
        self._stretches: Final[dict[tuple[str, bool], tuple[Stretch, ...]]] = {}
        self.before: Final = Counts(self, upstream=True)
        self.behind: Final = Counts(self, upstream=False)

    def forget(self) -> None:
        """A new second begins."""
        self.before.forget()
        self.behind.forget()

    def count(self, lane: str, *, upstream: bool) -> LaneCount:
        """Up to the lane's end and before it (`upstream`), or from its beginning on."""
        if lane in self._walks:
            return self._people(lane)
        key = (lane, upstream)
        if key not in self._stretches:
            self._stretches[key] = self._ways.reached(lane, upstream=upstream)
        present = waiting = 0
        for stretch in self._stretches[key]:
            found = self._vehicles(stretch)
            present += found.present
            waiting += found.waiting
        return LaneCount(present, waiting)

    def _vehicles(self, stretch: Stretch) -> LaneCount:
        lanes, vehicle = self._libsumo.lane, self._libsumo.vehicle
        if stretch.whole:
            present = lanes.getLastStepVehicleNumber(stretch.lane)
            halted = lanes.getLastStepHaltingNumber(stretch.lane) if present else 0
            return LaneCount(present, halted)
        present = waiting = 0
        for one in lanes.getLastStepVehicleIDs(stretch.lane):
            if stretch.low_m <= vehicle.getLanePosition(one) <= stretch.high_m:
                present += 1
                waiting += vehicle.getSpeed(one) < HALT_MPS
        return LaneCount(present, waiting)

    def _people(self, lane: str) -> LaneCount:
        """Those who stand: who walks through a walking area may want to go elsewhere."""
        person = self._libsumo.person
        standing = sum(
            person.getWaitingTime(one) > 0
            for one in self._libsumo.edge.getLastStepPersonIDs(self._walks[lane])
        )
        return LaneCount(standing, standing)


class Counts(Mapping[str, LaneCount]):
    """Lane id -> count, read when asked for and kept for the second."""

    def __init__(self, detectors: Detectors, *, upstream: bool) -> None:
        self._detectors: Final = detectors
        self._upstream: Final = upstream
        self._kept: Final[dict[str, LaneCount]] = {}

    def forget(self) -> None:
        """A new second begins."""
        self._kept.clear()

    def __getitem__(self, lane: str) -> LaneCount:
        found = self._kept.get(lane)
        if found is None:
            found = self._kept[lane] = self._detectors.count(lane, upstream=self._upstream)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._detectors._ways.length_m)

    def __len__(self) -> int:
        return len(self._detectors._ways.length_m)


class _Ways:
    """Which lane leads into which without a light between them."""

    def __init__(self, roads: RoadGraph) -> None:
        self.length_m: Final = {
            lane.id: lane.length_m
            for edge in roads.edges.values()
            if edge.function == NORMAL
            for lane in edge.lanes
        }
        self._before: Final[dict[str, list[str]]] = {}
        self._after: Final[dict[str, list[str]]] = {}
        for connection in roads.connections:
            if connection.tl is not None:
                continue
            lane = f"{connection.from_edge}_{connection.from_lane}"
            following = f"{connection.to_edge}_{connection.to_lane}"
            # A way back the other side is no way to the junction.
            if {lane, following} <= self.length_m.keys() and connection.direction != "t":
                self._after.setdefault(lane, []).append(following)
                self._before.setdefault(following, []).append(lane)

    def reached(self, lane: str, *, upstream: bool) -> tuple[Stretch, ...]:
        """Every stretch within REACH_M of the lane's end, or of its beginning."""
        further = self._before if upstream else self._after
        left_m = {lane: REACH_M}
        found: list[Stretch] = []
        waiting = [lane]
        while waiting:
            at = waiting.pop(0)
            length_m, reach_m = self.length_m[at], left_m[at]
            if length_m > reach_m:
                low_m, high_m = (length_m - reach_m, length_m) if upstream else (0.0, reach_m)
                found.append(Stretch(at, low_m, high_m, whole=False))
                continue
            found.append(Stretch(at, 0.0, length_m, whole=True))
            for other in further.get(at, ()):
                if other not in left_m:
                    left_m[other] = reach_m - length_m
                    waiting.append(other)
        return tuple(found)
