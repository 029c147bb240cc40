"""What plans are compared with, by name: shipped programs, SUMO's own control, max-pressure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.sim.actuated import actuated
from signalctl.sim.adaptive import adaptive
from signalctl.sim.delay_based import delay_based
from signalctl.sim.sumo_tools import sumo_tools
from signalctl.sim.variants import Control, Variant, shipped
from signalctl.workflow.source import Source


def _max_pressure(*, cyclic: bool, decision_s: int) -> FrozenMap[str, float]:
    return FrozenMap({"decision_s": float(decision_s), "cyclic": float(cyclic)})


MAX_PRESSURE: Final[Mapping[str, FrozenMap[str, float]]] = {
    "max-pressure": _max_pressure(cyclic=True, decision_s=10),
    "max-pressure-acyclic": _max_pressure(cyclic=False, decision_s=10),
    "max-pressure-5s": _max_pressure(cyclic=True, decision_s=5),
    "max-pressure-acyclic-5s": _max_pressure(cyclic=False, decision_s=5),
}
"""Max-pressure by the order of its states and its decision period."""
MAX_PRESSURE_REVISION: Final = 3
"""To be raised when max-pressure or its detectors come to do something else, so that
runs kept from before are not taken for its own."""
FIXED_TIME: Final = ("shipped", "sumo-tools")
"""The peers that do not look at traffic."""
PEERS: Final = (*FIXED_TIME, "actuated", "delay-based", *MAX_PRESSURE)


def peer(name: str, source: Source, folder: Path, rules: str) -> Variant:
    """The peer of this name for a scenario; its files go to `folder`, which exists.

    `rules` is the profile of the guard before the lamps of max-pressure. Raises
    InputError for an unknown name, and what making the peer raises.
    """
    scenario = source.scenario
    assert scenario is not None
    if name in MAX_PRESSURE:
        control = Control(
            strategy="max-pressure",
            settings=MAX_PRESSURE[name],
            rules=rules,
            revision=MAX_PRESSURE_REVISION,
        )
        return adaptive(name, source.network, control)
    if name == "shipped":
        return shipped()
    if name == "sumo-tools":
        return sumo_tools(scenario, folder)
    if name == "actuated":
        return actuated(scenario, folder)
    if name == "delay-based":
        return delay_based(scenario, folder)
    raise InputError(
        f"There is nothing called {name!r} to compare with.", remedy=f"Name {', '.join(PEERS)}."
    )
