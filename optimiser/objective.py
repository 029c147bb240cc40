"""What is to be made small: delay, person delay, stops, or delay and stops together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from signalctl.domain.frozen import FrozenMap

SECONDS_PER_STOP: Final = 10.0
"""What a stop counts in `balanced`, s of delay: the performance index of Synchro weighs
stops so (PI = (delay + 10 stops) / 3600)."""


class Aim(StrEnum):
    """The measure an optimisation makes small."""

    DELAY = "delay"
    PERSON_DELAY = "person-delay"
    STOPS = "stops"
    BALANCED = "balanced"


class Measured(Protocol):
    """What the model and the simulation both say of a plan, means over vehicles due."""

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
    """The aim, and the longest queue allowed on some edges (edge id -> m)."""

    aim: Aim = Aim.DELAY
    queue_limits_m: FrozenMap[str, float] = field(default_factory=FrozenMap)

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
