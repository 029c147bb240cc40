"""SUMO's delay-based control on a scenario's shipped stages, a peer to compare with.

A green step goes on while a vehicle near the stop line has lost time; source: SUMO
user documentation, "Traffic Lights", section "Type Delay Based" (after Oertel and
Wagner 2011). SUMO's own settings otherwise.
"""

from __future__ import annotations

from pathlib import Path

from signalctl.sim.actuated import on_shipped_stages
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant, VariantKind


def delay_based(scenario: Scenario, folder: Path, name: str = "delay-based") -> Variant:
    """The shipped stages with the same least and longest greens as the actuated peer.

    Writes one file to `folder`; lights whose program is not static stay as they are.
    """
    return on_shipped_stages(
        scenario, folder, name=name, kind=VariantKind.DELAY_BASED, sumo_type="delay_based"
    )
