"""Who gains and who loses by place: approaches of signals, and everything else once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signalctl.networks.roads import RoadGraph
from signalctl.sim.measures import Measures
from signalctl.workflow.report.lines import line
from signalctl.workflow.report.places import Approach, approaches, compass


@dataclass(slots=True)
class _Lost:
    """What one run lost at a place; `vehicles` drove on its last edge."""

    vehicles: int = 0
    delays_s: list[float] = field(default_factory=list)

    @property
    def delay_s(self) -> float:
        return math.fsum(self.delays_s)

    @property
    def mean_s(self) -> float:
        return self.delay_s / self.vehicles if self.vehicles else 0.0


def place_effects(
    before: Sequence[Measures], after: Sequence[Measures], roads: RoadGraph
) -> dict[str, Any]:
    """`approaches`, the largest change of their summed delay first, `elsewhere` and `outside`.

    `elsewhere` is between signals and on the way out, `outside` who was never let in;
    both in vehicle-hours, as is `sum` of each approach. The sums of all three add up to
    the network's total delay. Without edge delays in every run: none, null and null.
    """
    runs = [*before, *after]
    if not all(run.edge_delays for run in runs):
        return {"approaches": [], "elsewhere": None, "outside": None}
    belongs = approaches(roads)
    lost = [_by_place(run, belongs) for run in runs]
    places = sorted({place for each in lost for place in each if isinstance(place, Approach)})
    pairs = len(before)

    def sums(place: Approach | str) -> dict[str, Any]:
        values = [each[place].delay_s / 3600.0 if place in each else 0.0 for each in lost]
        return line(values[:pairs], values[pairs:]).to_json()

    def means(place: Approach) -> dict[str, Any]:
        values = [each[place].mean_s if place in each else 0.0 for each in lost]
        return line(values[:pairs], values[pairs:]).to_json()

    def vehicles(place: Approach) -> float:
        counts = [each[place].vehicles if place in each else 0 for each in lost[pairs:]]
        return sum(counts) / pairs

    rows = [
        {
            "junction": place.junction_id,
            "edge": place.edge_id,
            "name": roads.edges[place.edge_id].name,
            "from": compass(roads, place),
            "unit": "s/veh",
            "vehicles": vehicles(place),
            **means(place),
            "sum": {"unit": "veh-h", **sums(place)},
        }
        for place in places
    ]
    rows.sort(key=lambda row: -abs(row["sum"]["difference"]))
    return {
        "approaches": rows,
        "elsewhere": {"unit": "veh-h", **sums(_ELSEWHERE)},
        "outside": {"unit": "veh-h", **sums(_OUTSIDE)},
    }


_ELSEWHERE, _OUTSIDE = "elsewhere", "outside"


def _by_place(run: Measures, belongs: Mapping[str, Approach]) -> dict[Approach | str, _Lost]:
    found: dict[Approach | str, _Lost] = defaultdict(_Lost)
    for each in run.edge_delays:
        place: Approach | str = belongs.get(each.edge_id, _ELSEWHERE) if each.edge_id else _OUTSIDE
        found[place].delays_s.append(each.delay_s)
        if isinstance(place, Approach) and place.edge_id == each.edge_id:
            found[place].vehicles += each.vehicles
    return found
