"""How a lane that ends at a signal discharges: saturation flow and lost time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where a lane's figures come from."""

    MEASURED = "measured"
    WITH_GAPS = "with gaps"
    """Measured where some wait for gaps: a flow of that opposing traffic, no saturation flow."""
    POOLED = "lanes alike"
    DEFAULT = "default"
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCapacity:
    """How one lane discharges; `samples` are saturated headways behind the figures.

    `saturation_vph` in veh/h of green. `start_up_s` is the time of the 4th front over the
    stop line less four saturation headways, `end_gain_s` what is driven of the amber, less
    the part of a headway that no whole vehicle fits into (Highway Capacity Manual, 6th ed.,
    ch. 31): effective green is green - lost_s.
    """

    lane_id: str
    saturation_vph: float
    start_up_s: float
    end_gain_s: float
    samples: int
    origin: Origin

    @property
    def headway_s(self) -> float:
        """Saturation headway."""
        return 3600.0 / self.saturation_vph

    @property
    def lost_s(self) -> float:
        """Seconds of each green that serve nobody."""
        return self.start_up_s - self.end_gain_s
