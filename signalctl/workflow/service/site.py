"""The site: the networks a service works on, each with its demand and its corridors.

A site is a folder; `networks/<id>/` holds a network and its scenarios
(`*.net.xml[.gz]`, `*.sumocfg`, scenario files). A folder without networks gets the
shipped arterial.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError, SignalctlError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.corridor import rank_corridors
from signalctl.networks.flows import TurningFlows
from signalctl.networks.network import Network, read_network
from signalctl.networks.shipped import build
from signalctl.store.refusals import Missing
from signalctl.workflow.source import Source, open_scenario
from signalctl.workflow.wave.search import demand_flows

SHIPPED: Final = "arterial"
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SCENARIOS: Final = (".sumocfg", ".scenario.yaml", ".scenario.yml")


@dataclass(frozen=True, kw_only=True)
class SiteNetwork:
    """One network of the site, read when it is first asked for.

    `scenarios` by name; the first one's demand is what estimates go by.
    """

    id: str
    net: Path
    scenarios: FrozenMap[str, Path]

    @cached_property
    def source(self) -> Source:
        """The network, with the scenario that estimates go by."""
        for path in self.scenarios.values():
            return open_scenario(path)
        return Source(network=read_network(self.net), scenario=None)

    @property
    def network(self) -> Network:
        """Roads, junctions and shipped programs."""
        return self.source.network

    @cached_property
    def flows(self) -> TurningFlows | None:
        """Turning flows of the scenario; None without one."""
        return demand_flows(self.source)

    @cached_property
    def corridors(self) -> tuple[Corridor, ...]:
        """The arterials found in it, the most important first."""
        return tuple(each.corridor for each in rank_corridors(self.network, self.flows))

    def scenario(self, name: str | None) -> Path:
        """The file of a scenario, the first one without a name. Raises Missing."""
        if name is None and self.scenarios:
            return next(iter(self.scenarios.values()))
        found = None if name is None else self.scenarios.get(name)
        if found is None:
            known = ", ".join(self.scenarios) or "none"
            raise Missing(
                f"Network {self.id!r} has no scenario {name!r}.", remedy=f"Known ones: {known}."
            )
        return found


@dataclass(frozen=True, kw_only=True)
class Site:
    """A folder with networks."""

    folder: Path
    networks: FrozenMap[str, SiteNetwork]

    def network(self, network_id: str) -> SiteNetwork:
        """The network of this id. Raises Missing."""
        found = self.networks.get(network_id)
        if found is None:
            raise Missing(
                f"There is no network {network_id!r} on this site.",
                remedy=f"Known ones: {', '.join(self.networks)}.",
            )
        return found


def default_folder() -> Path:
    """`signalctl/site` in XDG_STATE_HOME or ~/.local/state."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "signalctl" / "site"


def open_site(folder: Path) -> Site:
    """The site in a folder; one without networks gets the shipped arterial.

    Raises InputError for a folder that cannot be made or networks that cannot be read.
    """
    networks = folder / "networks"
    try:
        networks.mkdir(parents=True, exist_ok=True)
        folders = sorted(each for each in networks.iterdir() if each.is_dir())
    except OSError as error:
        raise InputError(
            f"The site's folder cannot be used: {error.strerror}.",
            where=str(folder),
            remedy="Give --site FOLDER one that can be written.",
        ) from error
    if not folders:
        build(SHIPPED, networks / SHIPPED)
        folders = [networks / SHIPPED]
    found = {each.name: _network(each) for each in folders}
    for network in found.values():
        try:
            _ = network.corridors
        except SignalctlError as error:
            raise InputError(
                error.message, where=error.where or str(network.net), remedy=error.remedy
            ) from error
    return Site(folder=folder, networks=FrozenMap(found))


def _network(folder: Path) -> SiteNetwork:
    if _ID.fullmatch(folder.name) is None:
        raise InputError(
            f"{folder.name!r} is no id for a network.",
            where=str(folder),
            remedy="Use letters, digits, dots, hyphens and underscores.",
        )
    files = sorted(each for each in folder.iterdir() if each.is_file())
    nets = [each for each in files if each.name.endswith((".net.xml", ".net.xml.gz"))]
    if len(nets) != 1:
        raise InputError(
            f"{len(nets)} networks (*.net.xml) lie in the folder, one is wanted.",
            where=str(folder),
        )
    scenarios = {_stem(each): each for each in files if each.name.lower().endswith(_SCENARIOS)}
    # The busiest hour is what estimates should go by, where there is one by that name.
    first = sorted(scenarios, key=lambda name: (name != "peak", name))
    return SiteNetwork(
        id=folder.name,
        net=nets[0],
        scenarios=FrozenMap({name: scenarios[name] for name in first}),
    )


def _stem(path: Path) -> str:
    for suffix in _SCENARIOS:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.stem
