"""What is to be made small: delay, person delay, stops, or delay and stops together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from signalctl.domain.frozen import FrozenMap

SECONDS_PER_STOP: Final = 10.0
"""What a stop counts in `balanced`, s of delay: the performance index of Synchro weighs
stops so (PI = (delay + 10 stops) / 3600)."""


BREACH: Final = 1000.0
"""What a queue limit that is not kept counts: more than any aim gives for it."""
BREACH_PER_M: Final = 10.0
"""What each metre above a queue limit counts, so that a search finds its way back."""
UNFINISHED_S: Final = 3600.0
"""What a vehicle that never arrives counts on top of the delay it has had, s: without it
a gridlock that is cut off early would look better than a long queue that clears."""


class Aim(StrEnum):
    """The measure an optimisation makes small."""

    DELAY = "delay"
    PERSON_DELAY = "person-delay"
    STOPS = "stops"
    BALANCED = "balanced"


class Measured(Protocol):
    """What the model and the simulation both say of a plan, means over vehicles due."""

    @property
    def due(self) -> int:
        """Vehicles due to depart."""

    @property
    def unfinished(self) -> int:
        """Vehicles that had not arrived at the end."""

    @property
    def total_delay_s(self) -> float:
        """Total delay, s per vehicle."""

    @property
    def person_delay_s(self) -> float:
        """Total delay weighed by occupancy, s per person."""

    @property
    def stops_per_vehicle(self) -> float:
        """Stops per vehicle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The aim, and the longest queue allowed on some edges (edge id -> m).

    `blocking_s` is what each time counts that a vehicle comes to stand in a node across the
    paths of others, s of delay: with such queues a network is one unlucky driver away from
    gridlock, which costs thousands of vehicles minutes each.
    """

    aim: Aim = Aim.DELAY
    queue_limits_m: FrozenMap[str, float] = field(default_factory=FrozenMap)
    blocking_s: float = 0.0

    def value(self, measured: Measured) -> float:
        """The figure to make small, limits apart."""
        match self.aim:
            case Aim.DELAY:
                return measured.total_delay_s
            case Aim.PERSON_DELAY:
                return measured.person_delay_s
            case Aim.STOPS:
                return measured.stops_per_vehicle
            case Aim.BALANCED:
                return measured.total_delay_s + SECONDS_PER_STOP * measured.stops_per_vehicle

    def blocking_value(self, blocking_per_vehicle: float) -> float:
        """What is added for vehicles that stand across the paths of others."""
        return self.blocking_s * blocking_per_vehicle

    def limited_value(
        self,
        measured: Measured,
        longest_queue_m: Mapping[str, float],
        blocking_per_vehicle: float = 0.0,
    ) -> float:
        """The figure to make small with what limits and gridlock cost.

        `longest_queue_m` by edge, at least for each limited one; `blocking_per_vehicle`
        as the queue model counts it (`Evaluation`). A plan that keeps all
        limits has a smaller figure than any that does not, whatever else it gains.
        """
        found = self.value(measured)
        if measured.unfinished:
            found += UNFINISHED_S * measured.unfinished / max(measured.due, 1)
        found += self.blocking_value(blocking_per_vehicle)
        for edge, limit_m in self.queue_limits_m.items():
            over_m = longest_queue_m[edge] - limit_m
            if over_m > 0:
                found += BREACH + BREACH_PER_M * over_m
        return found
