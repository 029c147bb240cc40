"""Who gains and who loses by a change: the whole network, by mode, by approach.

Totals: total delay is time loss plus departure delay of every vehicle due (sim.measures).
A mode's figure is the mean total delay of its vehicles; pedestrians' is the mean time
they stand and wait, which is measured for everybody. An approach's figure is what was
lost on the way to its stop line (sim.edge_delays) over the vehicles that drove there.
Delays by approach, elsewhere and outside add up to the network's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from signalctl.domain.errors import InputError
from signalctl.networks.roads import RoadGraph
from signalctl.sim.measures import Measures
from signalctl.workflow.judge import Verdict
from signalctl.workflow.report.lines import LEAST_PAIRS, Line, line
from signalctl.workflow.report.place_effects import place_effects
from signalctl.workflow.source import Source

EFFECTS_SCHEMA: Final = "signalctl/effects/1"
PEDESTRIAN: Final = "pedestrian"
OTHER: Final = "other"
MODE_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("passenger", "private", "taxi", "hov", "evehicle", "vip", "custom1"), "car"),
    **dict.fromkeys(("bus", "coach"), "bus"),
    **dict.fromkeys(("truck", "trailer", "delivery"), "truck"),
    **dict.fromkeys(("bicycle", "scooter"), "bicycle"),
    **dict.fromkeys(("motorcycle", "moped"), "motorcycle"),
    **dict.fromkeys(("tram", "rail_urban", "rail", "rail_electric", "rail_fast"), "tram"),
    **dict.fromkeys(("emergency", "authority", "army"), "emergency"),
}
"""Mode of a SUMO class; every other class is `other`."""

_TOTALS: Final[tuple[tuple[str, str, Callable[[Measures], float]], ...]] = (
    ("total_delay", "s/veh", lambda m: m.total_delay_s),
    ("total_delay_sum", "veh-h", lambda m: m.total_delay_s * m.due / 3600.0),
    ("time_loss", "s/veh", lambda m: m.time_loss_s),
    ("depart_delay", "s/veh", lambda m: m.depart_delay_s),
    ("total_delay_p90", "s/veh", lambda m: m.total_delay_p90_s),
    ("person_delay", "s/person", lambda m: m.person_delay_s),
    ("stops", "1/veh", lambda m: m.stops_per_vehicle),
    ("unfinished", "veh", lambda m: float(m.unfinished)),
    ("never_inserted", "veh", lambda m: float(m.never_inserted)),
    ("teleports", "1", lambda m: float(m.teleports)),
    ("emergency_brakings", "1", lambda m: float(m.emergency_brakings)),
    ("collisions", "1", lambda m: float(m.collisions)),
)


def effects(
    before: Sequence[Measures], after: Sequence[Measures], roads: RoadGraph
) -> dict[str, Any]:
    """The effects as plain values; runs of the same seeds in the same order.

    `approaches`, `elsewhere` and `outside` are empty or null for runs without edge
    delays. Raises InputError unless there are pairs.
    """
    if len(before) != len(after) or not before:
        raise InputError(f"{len(before)} and {len(after)} runs make no pairs.")
    return {
        "schema": EFFECTS_SCHEMA,
        "pairs": len(before),
        "least_pairs": LEAST_PAIRS,
        "due": after[0].due,
        "is_lower_bound": any(m.unfinished or m.unmeasured for m in (*before, *after)),
        "totals": [
            {"measure": name, "unit": unit, **_over(before, after, value).to_json()}
            for name, unit, value in _TOTALS
        ],
        "modes": _modes(before, after),
        **place_effects(before, after, roads),
    }


def verdict_effects(source: Source, verdict: Verdict) -> dict[str, Any]:
    """The effects of the first comparison of a verdict. Raises InputError without one."""
    if not verdict.comparisons:
        raise InputError("Nothing was compared.")
    comparison = verdict.comparisons[0]
    before, after = (
        [record.measures for record in verdict.result.records_of(name)]
        for name in (comparison.base, comparison.other)
    )
    return effects(before, after, source.network.roads)


def _over(
    before: Sequence[Measures], after: Sequence[Measures], value: Callable[[Measures], float]
) -> Line:
    return line([value(m) for m in before], [value(m) for m in after])


def _modes(before: Sequence[Measures], after: Sequence[Measures]) -> list[dict[str, Any]]:
    """One row for each mode that is due in every run, the largest first, walking last."""
    runs = [*before, *after]
    modes = sorted({_mode(c.v_class) for c in runs[-1].classes})
    due = {mode: _due(runs[-1], mode) for mode in modes}
    rows = [
        {
            "mode": mode,
            "measure": "total_delay",
            "unit": "s/veh",
            "due": due[mode],
            **_over(before, after, partial(_mean_delay, mode)).to_json(),
        }
        for mode in sorted(due, key=lambda mode: (-due[mode], mode))
        if all(_due(run, mode) for run in runs)
    ]
    walks = [m.pedestrians for m in runs if m.pedestrians is not None]
    if len(walks) == len(runs):
        waits = [each.waiting_s for each in walks]
        rows.append(
            {
                "mode": PEDESTRIAN,
                "measure": "waiting",
                "unit": "s/person",
                "due": walks[-1].due,
                **line(waits[: len(before)], waits[len(before) :]).to_json(),
            }
        )
    return rows


def _mode(v_class: str) -> str:
    return MODE_OF.get(v_class, OTHER)


def _due(run: Measures, mode: str) -> int:
    return sum(c.due for c in run.classes if _mode(c.v_class) == mode)


def _mean_delay(mode: str, run: Measures) -> float:
    own = [c for c in run.classes if _mode(c.v_class) == mode]
    return math.fsum(c.due * c.total_delay_s for c in own) / sum(c.due for c in own)
