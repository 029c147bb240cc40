"""The time-space diagram as data: rows, aspects, bands and the estimated delay."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from signalctl.domain.band import Band, widest_band
from signalctl.domain.corridor import Corridor, Progression
from signalctl.domain.plan import StageSequence
from signalctl.workflow.service.aspect_runs import runs
from signalctl.workflow.service.distances import Distances
from signalctl.workflow.service.handles import stage_starts
from signalctl.workflow.service.unrolled import Unrolled, delay_json


def diagram_document(unrolled: Unrolled) -> dict[str, Any]:
    """The diagram of a plan set; all seconds are system seconds modulo the cycle.

    Junctions beside the corridor, all of them where the plans serve none, have their
    aspects in `beside`. Raises InputError or NotExpressible for a broken plan.
    """
    corridor = unrolled.corridor
    along = () if corridor is None else corridor.junction_ids
    ways = {} if corridor is None else corridor.directions
    cycle_s = unrolled.cycle_s
    bands = unrolled.bands()
    model = unrolled.delay_model()
    return {
        "cycle_s": cycle_s,
        "directions": [
            {"id": name, "length_m": round(way.stop_lines[-1].position_m, 2)}
            for name, way in ways.items()
        ],
        "rows": [] if corridor is None else _rows(unrolled, corridor),
        "beside": [_timed(unrolled, each) for each in unrolled.fitted if each not in along],
        "bands": {
            **{name: band_json(bands.get(name)) for name in ("outbound", "inbound")},
            "links": []
            if corridor is None or cycle_s is None
            else _link_bands(unrolled, corridor, cycle_s),
        },
        "delay_s_per_vehicle": delay_json(None if model is None else model.at({})),
        "estimate": True,
    }


def band_json(band: Band | None) -> dict[str, Any] | None:
    """A band at its first stop line, to the hundredth of a second."""
    if band is None:
        return None
    return {
        "start_s": round(band.start_s, 2),
        "width_s": round(band.width_s, 2),
        "binding": list(band.binding),
    }


def _rows(unrolled: Unrolled, corridor: Corridor) -> list[dict[str, Any]]:
    distance = Distances.of(corridor).rows
    progression: dict[str, dict[str, list[str]]] = {}
    for name, way in corridor.directions.items():
        for line in way.stop_lines:
            at = progression.setdefault(line.junction_id, {})
            at.setdefault(name, []).append(line.group_id)
    ids = corridor.junction_ids
    rows = []
    for number, junction_id in enumerate(ids):
        after = ids[number + 1] if number + 1 < len(ids) else None
        rows.append(
            {
                **_timed(unrolled, junction_id),
                "distance_m": distance[junction_id],
                "travel_s": {
                    "outbound": _travel_s(corridor.outbound, junction_id, after),
                    "inbound": None
                    if corridor.inbound is None
                    else _travel_s(corridor.inbound, after, junction_id),
                },
                "progression": {
                    name: progression.get(junction_id, {}).get(name, [])
                    for name in ("outbound", "inbound")
                },
            }
        )
    return rows


def _timed(unrolled: Unrolled, junction_id: str) -> dict[str, Any]:
    """What a junction shows when, wherever it lies."""
    plan = unrolled.fitted[junction_id].plan
    program = unrolled.programs[junction_id]
    return {
        "junction": junction_id,
        "name": junction_id,
        "offset_s": plan.offset.seconds,
        "offset_point": str(plan.offset.point),
        "cycle_s": plan.cycle_s,
        "zero_s": unrolled.zero_s(junction_id),
        "stages": _stages(unrolled, junction_id),
        "aspects": {group: runs(program, group) for group in program.group_ids},
    }


def stage_starts_s(unrolled: Unrolled, junction_id: str) -> dict[str, int]:
    """System second at which each stage's change begins; nothing for other forms."""
    plan = unrolled.fitted[junction_id].plan
    if not isinstance(plan.form, StageSequence):
        return {}
    zero = unrolled.zero_s(junction_id)
    return {name: (at + zero) % plan.cycle_s for name, at in stage_starts(plan.form).items()}


def _stages(unrolled: Unrolled, junction_id: str) -> list[dict[str, Any]]:
    form = unrolled.fitted[junction_id].plan.form
    if not isinstance(form, StageSequence):
        return []
    starts = stage_starts_s(unrolled, junction_id)
    return [
        {
            "id": stage.id,
            "split_s": stage.split_s,
            "start_s": starts[stage.id],
            "greens": {group: str(kind) for group, kind in stage.greens.items()},
        }
        for stage in form.stages
    ]


def _travel_s(way: Progression, before: str | None, after: str | None) -> float | None:
    """Drive from one junction's first stop line to the other's, s; None off the way."""
    at: dict[str, float] = {}
    for line, travel_s in zip(way.stop_lines, way.travel_times_s, strict=True):
        at.setdefault(line.junction_id, travel_s)
    if before is None or after is None or before not in at or after not in at:
        return None
    return round(at[after] - at[before], 3)


def _link_bands(unrolled: Unrolled, corridor: Corridor, cycle_s: int) -> list[dict[str, Any]]:
    """The band from each stop line to the next, both ways; start_s at the first of the two."""
    found = []
    for name, way in corridor.directions.items():
        for i, (a, b) in enumerate(pairwise(way.stop_lines)):
            if a.junction_id == b.junction_id:
                continue
            link = Progression(stop_lines=(a, b), speeds_mps=(way.speeds_mps[i],))
            band = widest_band(link, unrolled.programs, cycle_s)
            found.append(
                {
                    "from": a.junction_id,
                    "to": b.junction_id,
                    "direction": name,
                    "start_s": round(band.start_s, 2),
                    "width_s": round(band.width_s, 2),
                }
            )
    return found
