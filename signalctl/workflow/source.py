"""What a user may hand to a verb: a network, a SUMO configuration, a scenario file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.errors import InputError
from signalctl.networks.network import Network, read_network
from signalctl.sim.scenario import Scenario, read_scenario

NETWORK_SUFFIXES = (".net.xml", ".net.xml.gz")
SCENARIO_SUFFIXES = (".sumocfg", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A network and, when the user gave one, the scenario it came with."""

    network: Network
    scenario: Scenario | None


def open_source(path: Path) -> Source:
    """Read NET|SUMOCFG|SCENARIO; raises InputError for anything else."""
    name = path.name.lower()
    if name.endswith(SCENARIO_SUFFIXES):
        scenario = read_scenario(path)
        network = read_network(scenario.net, scenario.additionals)
        return Source(network=network, scenario=scenario)
    if name.endswith((".xml", ".xml.gz")):
        return Source(network=read_network(path), scenario=None)
    raise InputError(
        "This is neither a network nor a scenario.",
        where=str(path),
        remedy=f"Give a file ending in {', '.join((*NETWORK_SUFFIXES, *SCENARIO_SUFFIXES))}.",
    )


def open_scenario(path: Path) -> Source:
    """Read SUMOCFG|SCENARIO, which a simulation needs; raises InputError for a bare network."""
    source = open_source(path)
    if source.scenario is None:
        raise InputError(
            "A bare network has no demand to simulate.",
            where=str(path),
            remedy="Give a .sumocfg or a scenario file.",
        )
    return source
