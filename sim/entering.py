"""Where vehicles may enter their first road: what the demand says of lanes and positions.

Source: SUMO user documentation, "Definition of Vehicles, Vehicle Types, and Routes",
departLane and departPos. SUMO lets a vehicle in on the first lane that is open to it
unless the demand says otherwise, whatever lane its way asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from signalctl.sim.demand_period import demand_elements
from signalctl.sim.scenario import Scenario

_CHOOSING: Final = frozenset({"random", "free", "allowed", "best", "best_prob"})
"""Lanes that depend on the traffic, the way, or chance."""
_ANYWHERE: Final = frozenset({"last", "free", "random", "random_free"})
"""Positions that are not the begin of the road, nor another fixed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """How one vehicle enters: on a lane of its choice, behind the one before wherever that is."""

    chooses_lane: bool
    is_close: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringRules:
    """How the vehicles of a demand enter: `by_id` for who differs from `default`."""

    default: Entering
    by_id: Mapping[str, Entering]

    def of(self, vehicle_id: str) -> Entering:
        """The rule for a vehicle, which may be one of a flow (its id, a point, a number)."""
        flow, point, number = vehicle_id.rpartition(".")
        found = self.by_id.get(vehicle_id)
        if found is None and point and number.isdigit():
            found = self.by_id.get(flow)
        return found or self.default


def entering_rules(scenario: Scenario) -> EnteringRules:
    """What the scenario's route files and options say of entering.

    Raises InputError for a file that cannot be read.
    """
    options = scenario.options
    lane = options.get("default.departlane", "first")
    position = options.get("default.departpos", "base")
    default = _entering(lane, position)
    by_id = {}
    for path in (*scenario.routes, *scenario.additionals):
        for element in demand_elements(path):
            own = _entering(element.get("departLane", lane), element.get("departPos", position))
            if own != default:
                by_id[element.get("id", "")] = own
    return EnteringRules(default=default, by_id=by_id)


def _entering(lane: str, position: str) -> Entering:
    return Entering(chooses_lane=lane in _CHOOSING, is_close=position in _ANYWHERE)
