"""The queue model of a scenario: roads, due vehicles, and what lights show as shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity
from signalctl.domain.traffic import DueVehicle, Traffic
from signalctl.networks.lane_traffic import lane_traffic
from signalctl.networks.network import Network
from signalctl.optimiser.signal_table import BY_SIGNS, SignalTable, table_of
from signalctl.sim.scenario import Scenario

if TYPE_CHECKING:
    from signalctl.optimiser.queue_model.model import QueueModel

_NONE: Final[Mapping[str, LaneCapacity]] = FrozenMap({})


def traffic_of(
    network: Network,
    scenario: Scenario,
    vehicles: Sequence[DueVehicle],
    capacities: Mapping[str, LaneCapacity] = _NONE,
) -> Traffic:
    """The scenario's lanes and due vehicles, with its period, step and teleporting.

    `capacities` of signalled lanes by lane id, where they are known.
    """
    return lane_traffic(
        network,
        vehicles,
        scenario.begin_s,
        scenario.end_s,
        scenario.step_s,
        scenario.time_to_teleport_s,
        capacities,
    )


def queue_models(
    network: Network, scenario: Scenario, traffics: Iterable[Traffic]
) -> tuple[QueueModel, ...]:
    """A model of each traffic; lights that a plan says nothing of show what they ship."""
    # Imported here: compiling takes seconds, which `--help` need not wait for.
    from signalctl.optimiser.queue_model.model import QueueModel

    groups = {j: junction.group_ids for j, junction in network.junctions.items()}
    shown = {j: shown_as_shipped(network, j) for j in network.junctions}
    return tuple(
        QueueModel(each, groups, shown, drain_limit_s=scenario.drain_limit_s) for each in traffics
    )


def shown_as_shipped(network: Network, junction_id: str) -> SignalTable:
    """What a junction shows as shipped; a light that cannot be read counts as dark."""
    junction = network.junction(junction_id)
    shipped = network.default_program(junction_id)
    if shipped is None or shipped.program is None:
        return SignalTable(np.full((len(junction.groups), 1), BY_SIGNS, dtype=np.uint8))
    return table_of(shipped.program, junction.group_ids, shipped.offset_s or 0)
