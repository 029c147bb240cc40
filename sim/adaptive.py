"""Adaptive control inside a running simulation: detectors, strategy, guard, lamps.

Every whole second, for each junction: the strategy sees what its detectors count and
requests a state, the guard grants what the rules allow, and that is what SUMO shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from signalctl.controllers.adaptive.green_states import green_states
from signalctl.controllers.adaptive.registry import strategy
from signalctl.controllers.adaptive.strategy import LaneCount, Observation, Passage, Site, Strategy
from signalctl.domain.aspect import Aspect
from signalctl.networks.network import Network, read_network
from signalctl.networks.roads import CROSSING, WALKINGAREA
from signalctl.rules.guard import Guard
from signalctl.rules.registry import profile
from signalctl.sim.variants import Control, Variant, VariantKind

REACH_M: Final = 100.0
"""How far before and behind a junction its detectors see, within one lane."""


def adaptive(name: str, network: Network, control: Control) -> Variant:
    """A variant in which `control` runs every light of the network that it can.

    Notes name the lights that stay with their shipped program.
    """
    kept = sorted(set(network.junctions) - set(sites(network)))
    notes = (
        (f"No steady state can be read from the programs of {', '.join(kept)}: kept as shipped.",)
        if kept
        else ()
    )
    return Variant(name=name, kind=VariantKind.ADAPTIVE, control=control, notes=notes)


def sites(network: Network) -> dict[str, Site]:
    """What strategies know of each junction, by light id, sorted.

    Without junctions whose program cannot be read or shows no green.
    """
    found = {}
    for light in sorted(network.junctions):
        shipped = network.default_program(light)
        states = green_states(shipped.program) if shipped and shipped.program else ()
        if states:
            found[light] = Site(
                junction=network.junctions[light],
                passages=_passages(network, light),
                states=states,
            )
    return found


def _passages(network: Network, light: str) -> tuple[Passage, ...]:
    """Ways from lane to lane; a crossing is entered from its walking areas."""
    roads = network.roads
    group_of = {link: g.id for g in network.junctions[light].groups for link in g.links}
    found = []
    for connection in roads.of_light(light):
        group = group_of.get(connection.link_index if connection.link_index is not None else -1)
        if group is None:
            continue
        start = roads.edge(connection.from_edge)
        if start.function == CROSSING:
            continue
        found.append(
            Passage(
                group=group,
                entry=start.lanes[connection.from_lane].id,
                exit=roads.edge(connection.to_edge).lanes[connection.to_lane].id,
            )
        )
    return tuple(found)


class AdaptiveControl:
    """Every light of a simulation under one kind of strategy."""

    def __init__(self, libsumo: Any, network: Network, control: Control) -> None:
        """Raises InputError for an unknown strategy, setting or profile."""
        rules = profile(control.rules)
        lanes = _Lanes(libsumo, network)
        self._lights: Final = [
            _Light(libsumo, site, Guard(site.junction, rules), lanes, control)
            for site in sites(network).values()
        ]
        self._lanes: Final = lanes

    @classmethod
    def from_request(cls, libsumo: Any, request: Mapping[str, Any]) -> AdaptiveControl:
        """As a run asks for it in its process: network files, strategy, settings, rules."""
        network = read_network(Path(request["net"]), [Path(p) for p in request["additionals"]])
        control = Control(
            strategy=request["strategy"], settings=request["settings"], rules=request["rules"]
        )
        return cls(libsumo, network, control)

    def step(self, now_s: float) -> None:
        """Decide for the step that begins; between whole seconds nothing changes."""
        if not float(now_s).is_integer():
            return
        self._lanes.forget()
        for light in self._lights:
            light.step(int(now_s))


class _Light:
    """One light: its strategy, its guard, and what it shows."""

    def __init__(
        self, libsumo: Any, site: Site, guard: Guard, lanes: _Lanes, control: Control
    ) -> None:
        self._set_state: Final = libsumo.trafficlight.setRedYellowGreenState
        self._id: Final = site.junction.id
        self._strategy: Final[Strategy] = strategy(control.strategy, site, control.settings)
        self._guard: Final = guard
        self._entries: Final = lanes.before
        self._exits: Final = lanes.behind
        self._shown: Mapping[str, Aspect] = {g.id: g.rest for g in site.junction.groups}
        group_of = {link: g.id for g in site.junction.groups for link in g.links}
        width = len(libsumo.trafficlight.getRedYellowGreenState(self._id))
        self._order: Final = [group_of.get(link) for link in range(width)]
        self._state = ""

    def step(self, second: int) -> None:
        request = self._strategy.step(
            Observation(second=second, shown=self._shown, entries=self._entries, exits=self._exits)
        )
        shown = self._guard.step(request.aspects).aspects
        if shown is self._shown:
            return
        self._shown = shown
        state = "".join(shown[g].value if g is not None else "r" for g in self._order)
        if state != self._state:
            self._set_state(self._id, state)
            self._state = state


class _Lanes:
    """Counts on lanes, asked of the simulator when a strategy looks, once a second."""

    def __init__(self, libsumo: Any, network: Network) -> None:
        self._libsumo: Final = libsumo
        self._lanes: Final = network.roads.lanes
        self._walks: Final = {
            lane.id: edge.id
            for edge in network.roads.edges.values()
            if edge.function in (WALKINGAREA, CROSSING)
            for lane in edge.lanes
        }
        self._kept: Final[dict[tuple[str, bool], LaneCount]] = {}
        self.before: Final = _Counts(self, upstream=True)
        self.behind: Final = _Counts(self, upstream=False)

    def forget(self) -> None:
        """A new second begins."""
        self._kept.clear()

    def count(self, lane: str, *, upstream: bool) -> LaneCount:
        """Within REACH_M of the lane's end (upstream of a junction) or beginning."""
        key = (lane, upstream)
        if key not in self._kept:
            people = lane in self._walks
            self._kept[key] = self._people(lane) if people else self._vehicles(lane, upstream)
        return self._kept[key]

    def _vehicles(self, lane: str, upstream: bool) -> LaneCount:
        api = self._libsumo
        length_m = self._lanes[lane].length_m
        if length_m <= REACH_M:
            return LaneCount(
                api.lane.getLastStepVehicleNumber(lane), api.lane.getLastStepHaltingNumber(lane)
            )
        present = waiting = 0
        vehicle = api.vehicle
        for one in api.lane.getLastStepVehicleIDs(lane):
            at_m = vehicle.getLanePosition(one)
            if (at_m >= length_m - REACH_M) if upstream else (at_m <= REACH_M):
                present += 1
                waiting += vehicle.getSpeed(one) < _HALT_MPS
        return LaneCount(present, waiting)

    def _people(self, lane: str) -> LaneCount:
        """Those who stand: who walks through a walking area may want to go elsewhere."""
        person = self._libsumo.person
        edge = self._walks[lane]
        standing = sum(
            person.getWaitingTime(one) > 0 for one in self._libsumo.edge.getLastStepPersonIDs(edge)
        )
        return LaneCount(standing, standing)


_HALT_MPS: Final = 0.1
"""SUMO's halting speed."""


class _Counts(Mapping[str, LaneCount]):
    """Lane id -> count, read when asked for."""

    def __init__(self, lanes: _Lanes, *, upstream: bool) -> None:
        self._lanes_of: Final = lanes
        self._upstream: Final = upstream

    def __getitem__(self, lane: str) -> LaneCount:
        return self._lanes_of.count(lane, upstream=self._upstream)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lanes_of._lanes)

    def __len__(self) -> int:
        return len(self._lanes_of._lanes)
