"""Benchmark networks built reproducibly from small sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedNetwork:
    """A benchmark network that can be built: its name, what it is, its scenarios."""

    name: str
    what: str
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltNetwork:
    """A benchmark network on disk: its folder, network and one sumocfg a scenario."""

    folder: Path
    net: Path
    scenarios: FrozenMap[str, Path]


SHIPPED: tuple[ShippedNetwork, ...] = (
    ShippedNetwork(
        name="arterial",
        what="8 unevenly spaced junctions, two-way, left-turn pockets, crossings, buses",
        scenarios=("peak", "offpeak"),
    ),
    ShippedNetwork(
        name="grid",
        what="6 x 6 junctions, uneven blocks, two main streets each way with left-turn lanes",
        scenarios=("peak", "offpeak"),
    ),
    ShippedNetwork(
        name="expressway",
        what="an expressway whose two off-ramps end at three signals of a surface street",
        scenarios=("peak", "offpeak"),
    ),
)


def build(name: str, folder: Path) -> BuiltNetwork:
    """Build a shipped network into `folder`: net.net.xml, routes, one sumocfg a scenario.

    The same release of SUMO gives the same bytes every time. A new folder appears
    whole or not at all; in one that holds a shipped network the network's files are
    replaced and others stay. Raises InputError for an unknown name or a folder that
    holds something else, SimulationError when netconvert fails.
    """
    known = [network.name for network in SHIPPED]
    if name not in known:
        raise InputError(
            f"There is no shipped network {name!r}.", remedy=f"Known networks: {', '.join(known)}."
        )
    from signalctl.networks.shipped.assembly import assemble

    return assemble(name, folder)
