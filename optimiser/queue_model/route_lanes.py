"""Which lanes of an edge serve the rest of a route, and at what cost in lane changes.

A vehicle looks a few edges ahead, as SUMO's drivers do: a lane from which the road
ahead can be driven without changes on short edges is worth a longer queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from signalctl.domain.traffic import QueueLane, Traffic

LOOK_AHEAD: Final = 4
"""Edges that are looked at, the one driven included."""
Option = tuple[int, int, float]
"""(lane, link to the next edge, cost in metres of queue)."""


@dataclass(slots=True)
class RouteLanes:
    """Options of every stretch of route, each worked out once."""

    traffic: Traffic
    change_m: float
    _links: dict[tuple[int, int], list[tuple[int, int, int]]] = field(default_factory=dict)
    _lanes: dict[int, list[int]] = field(default_factory=dict)
    _rank: list[int] = field(default_factory=list)
    _found: dict[tuple[tuple[int, ...], str], tuple[Option, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lanes: Sequence[QueueLane] = self.traffic.lanes
        for number, lane in enumerate(lanes):
            own = self._lanes.setdefault(lane.edge, [])
            self._rank.append(len(own))
            own.append(number)
        for number, link in enumerate(self.traffic.links):
            key = (lanes[link.from_lane].edge, lanes[link.to_lane].edge)
            self._links.setdefault(key, []).append((link.from_lane, number, link.to_lane))

    def rank(self, lane: int) -> int:
        """Place of a lane on its edge, from the outer side."""
        return self._rank[lane]

    def change_cost_m(self, lane_from: int, lane_to: int) -> float:
        """What changing between two lanes of an edge costs, m of queue."""
        changes = abs(self._rank[lane_from] - self._rank[lane_to])
        length_m = self.traffic.lanes[lane_from].length_m
        return max(0.0, changes * self.change_m - length_m) + 0.1 * changes

    def options(self, ahead: tuple[int, ...], v_class: str) -> tuple[Option, ...]:
        """Lanes of the first of these edges that lead on along the others, with costs.

        On the last edge every lane open to the class, its link -1.
        """
        key = (ahead[:LOOK_AHEAD], v_class)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._work_out(*key)
        return found

    def _work_out(self, ahead: tuple[int, ...], v_class: str) -> tuple[Option, ...]:
        lanes = self.traffic.lanes
        if len(ahead) == 1:
            return tuple(
                (at, -1, 0.0) for at in self._lanes[ahead[0]] if v_class in lanes[at].classes
            )
        after = self.options(ahead[1:], v_class)
        best: dict[int, Option] = {}
        for start, link, end in self._links.get((ahead[0], ahead[1]), ()):
            if v_class not in lanes[start].classes or v_class not in lanes[end].classes:
                continue
            cost = min(
                (cost + self.change_cost_m(end, lane) for lane, _, cost in after), default=0.0
            )
            if start not in best or cost < best[start][2]:
                best[start] = (start, link, cost)
        return tuple(best[start] for start in sorted(best))
