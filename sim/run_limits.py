"""How long a run may take on the clock, and how often it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signalctl.domain.errors import InputError

_SETTLING_S: Final = 600.0
_PER_STEP_S: Final = 0.5
"""A jammed town of 10 000 vehicles takes about a tenth of this for a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """When a run counts as hung, and how many attempts it gets in all.

    A run is ended when it has not begun after `loading_s`, when its simulated time
    has not moved for `silence_s`, or after `wall_s` in all (default: 10 min and half
    a second for each step it may make).
    """

    attempts: int = 3
    loading_s: float = 600.0
    silence_s: float = 300.0
    wall_s: float | None = None

    def __post_init__(self) -> None:
        times_s = (self.loading_s, self.silence_s, 1.0 if self.wall_s is None else self.wall_s)
        if self.attempts < 1 or not all(time_s > 0 for time_s in times_s):
            raise InputError("A run needs an attempt and time.", remedy="Give limits above zero.")

    def wall_limit_s(self, simulated_s: float, step_s: float) -> float:
        """Wall-clock limit of a run that may simulate so long, s."""
        if self.wall_s is not None:
            return self.wall_s
        return _SETTLING_S + _PER_STEP_S * simulated_s / step_s
