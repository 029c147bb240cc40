"""Where things stand on the page's time-space diagram: metres along the outbound way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from signalctl.domain.corridor import Corridor


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """The distance of each junction's row, and the way to it from positions in a direction.

    `knots`: for each direction, in order of travel, (position_m along it, distance_m).
    """

    rows: Mapping[str, float]
    knots: Mapping[str, tuple[tuple[float, float], ...]]

    @classmethod
    def of(cls, corridor: Corridor) -> Distances:
        """Rows by their first outbound stop line; by the inbound way where there is none."""
        rows: dict[str, float] = {}
        for line in corridor.outbound.stop_lines:
            rows.setdefault(line.junction_id, round(line.position_m, 2))
        passed = set(rows)
        if corridor.inbound is not None:
            length_m = corridor.inbound.stop_lines[-1].position_m
            for line in corridor.inbound.stop_lines:
                rows.setdefault(line.junction_id, round(length_m - line.position_m, 2))
        knots = {}
        for direction, way in corridor.directions.items():
            own: dict[str, float] = {}
            for line in way.stop_lines:
                # Of several lines at one junction the row is the first outbound, which
                # inbound is passed last.
                if direction == "outbound" or line.junction_id not in passed:
                    own.setdefault(line.junction_id, line.position_m)
                else:
                    own[line.junction_id] = line.position_m
            knots[direction] = tuple((place, rows[junction]) for junction, place in own.items())
        return cls(rows=rows, knots=knots)

    def at(self, direction: str, position_m: float) -> float:
        """The distance of a position along a direction.

        Linear between stop lines, and to scale beyond the first and the last.
        """
        knots = self.knots[direction]
        i = bisect_right(knots, position_m, key=lambda knot: knot[0])
        if i == 0 or i == len(knots):
            place, distance = knots[0] if i == 0 else knots[-1]
            return distance + (position_m - place) * (1.0 if direction == "outbound" else -1.0)
        (p0, d0), (p1, d1) = knots[i - 1], knots[i]
        return d0 + (d1 - d0) * (position_m - p0) / (p1 - p0)
