"""Adaptive control inside a running simulation: detectors, strategy, guard, lamps.

Every whole second, for each junction: the strategy sees what its detectors count and
requests a state, the guard grants what the rules allow, and that is what SUMO shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from signalctl.controllers.adaptive.grantable_states import grantable_states
from signalctl.controllers.adaptive.green_states import green_states
from signalctl.controllers.adaptive.registry import strategy
from signalctl.controllers.adaptive.strategy import Observation, Passage, Site, Strategy
from signalctl.domain.aspect import Aspect
from signalctl.networks.network import Network, read_network
from signalctl.networks.roads import CROSSING
from signalctl.optimiser.mend import mended
from signalctl.rules.guard import Guard
from signalctl.rules.registry import Profile, profile
from signalctl.sim.adaptive_detectors import Detectors
from signalctl.sim.variants import Control, Variant, VariantKind


def adaptive(name: str, network: Network, control: Control) -> Variant:
    """A variant in which `control` runs every light of the network that it can.

    Notes name the lights that stay with their shipped program. Raises InputError for an
    unknown profile.
    """
    kept = sorted(set(network.junctions) - set(sites(network, profile(control.rules))))
    notes = (
        (f"No steady state can be read from the programs of {', '.join(kept)}: kept as shipped.",)
        if kept
        else ()
    )
    return Variant(name=name, kind=VariantKind.ADAPTIVE, control=control, notes=notes)


def sites(network: Network, rules: Profile) -> dict[str, Site]:
    """What strategies know of each junction, by light id, sorted.

    Without junctions whose program cannot be read or shows no green that `rules` allow.
    """
    found = {}
    for light in sorted(network.junctions):
        shipped = network.default_program(light)
        if shipped is None or shipped.program is None:
            continue
        junction = network.junctions[light]
        shown = green_states(mended(shipped.program, junction).program)
        states = grantable_states(shown, junction, rules)
        if states:
            found[light] = Site(
                junction=junction,
                passages=passages(network, light),
                states=states,
            )
    return found


def passages(network: Network, light: str) -> tuple[Passage, ...]:
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
        detectors = Detectors(libsumo, network)
        self._lights: Final = [
            _Light(libsumo, site, Guard(site.junction, rules), detectors, control)
            for site in sites(network, rules).values()
        ]
        self._detectors: Final = detectors

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
        self._detectors.forget()
        for light in self._lights:
            light.step(int(now_s))


class _Light:
    """One light: its strategy, its guard, and what it shows."""

    def __init__(
        self, libsumo: Any, site: Site, guard: Guard, detectors: Detectors, control: Control
    ) -> None:
        self._set_state: Final = libsumo.trafficlight.setRedYellowGreenState
        self._id: Final = site.junction.id
        self._strategy: Final[Strategy] = strategy(control.strategy, site, control.settings)
        self._guard: Final = guard
        self._entries: Final = detectors.before
        self._exits: Final = detectors.behind
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
