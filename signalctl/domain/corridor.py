"""A corridor: the stop lines a green wave passes, in each direction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from signalctl.domain.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """A stop line of the wave: which group at which junction, how far along.

    `position_m` is measured along the driven path from the direction's first
    stop line. A junction with two stop lines in a row appears twice.
    """

    junction_id: str
    group_id: str
    position_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """One direction of a corridor, in order of travel.

    `speeds_mps[i]` is the progression speed from stop line i to i + 1.
    `edges` is the driven path, for drawing trajectories and counting vehicles.
    """

    stop_lines: tuple[StopLine, ...]
    speeds_mps: tuple[float, ...]
    edges: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.stop_lines)
        positions = [line.position_m for line in self.stop_lines]
        if n < 1 or len(self.speeds_mps) != n - 1:
            raise InputError(f"{n} stop lines need {max(n - 1, 0)} speeds between them.")
        if any(b <= a for a, b in pairwise(positions)):
            raise InputError("Stop lines must lie in order of travel.")
        if any(speed <= 0 for speed in self.speeds_mps):
            raise InputError("Progression speeds must be above 0 m/s.")

    @property
    def travel_times_s(self) -> tuple[float, ...]:
        """Travel time from the first stop line to each, s."""
        times = [0.0]
        for i, speed in enumerate(self.speeds_mps):
            gap_m = self.stop_lines[i + 1].position_m - self.stop_lines[i].position_m
            times.append(times[-1] + gap_m / speed)
        return tuple(times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """An arterial: its junctions in outbound order and the stop lines each way.

    `inbound` is None on a one-way street; its stop lines are in inbound order.
    """

    name: str
    junction_ids: tuple[str, ...]
    outbound: Progression
    inbound: Progression | None

    @property
    def directions(self) -> dict[str, Progression]:
        """The directions that exist, by name: outbound, inbound."""
        found = {"outbound": self.outbound}
        if self.inbound is not None:
            found["inbound"] = self.inbound
        return found
