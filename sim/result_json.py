"""An experiment as JSON values, for programs that read `--json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from signalctl.sim.experiment import Comparison, ExperimentResult
from signalctl.sim.record import RunRecord
from signalctl.sim.statistics import PairedDifference, spread
from signalctl.sim.variants import Variant


def result_to_json(
    result: ExperimentResult, comparison: Comparison | None = None
) -> dict[str, Any]:
    """`{scenario, seeds, period, variants[], comparison}`, every number with its unit.

    `unfinished`, `teleports` and the like are sums over seeds, so that one bad seed
    shows; `stops_per_vehicle` and others that have a spread give it.
    """
    scenario = result.scenario
    return {
        "scenario": scenario.name,
        "scenario_fingerprint": scenario.fingerprint,
        "seeds": list(result.seeds),
        "period": {
            "begin_s": scenario.begin_s,
            "end_s": scenario.end_s,
            "step_s": scenario.step_s,
            "time_to_teleport_s": scenario.time_to_teleport_s,
            "drain_limit_s": scenario.drain_limit_s,
        },
        "sumo_version": result.records[0][0].sumo_version,
        "signalctl_version": result.records[0][0].signalctl_version,
        "notes": list(scenario.notes),
        "variants": [
            _variant(variant, records)
            for variant, records in zip(result.variants, result.records, strict=True)
        ],
        "comparison": None if comparison is None else _comparison(comparison),
    }


def _variant(variant: Variant, records: tuple[RunRecord, ...]) -> dict[str, Any]:
    measures = [record.measures for record in records]

    def over_seeds(name: str) -> dict[str, Any]:
        return asdict(spread([float(getattr(m, name)) for m in measures]))

    return {
        "name": variant.name,
        "kind": variant.kind.value,
        "notes": list(variant.notes),
        "total_delay_s": over_seeds("total_delay_s"),
        "person_delay_s": over_seeds("person_delay_s"),
        "stops_per_vehicle": spread([m.stops_per_vehicle for m in measures]).median,
        "waiting_s": over_seeds("waiting_s"),
        "longest_waiting_s": max(m.longest_waiting_s for m in measures),
        "throughput_vph": over_seeds("throughput_vph"),
        "corridor_stops": (
            over_seeds("corridor_stops") if measures[0].corridor_stops is not None else None
        ),
        "due": measures[0].due,
        "unfinished": sum(m.unfinished for m in measures),
        "never_inserted": sum(m.never_inserted for m in measures),
        "unmeasured": sum(m.unmeasured for m in measures),
        "teleports": sum(m.teleports for m in measures),
        "collisions": sum(m.collisions for m in measures),
        "emergency_stops": sum(m.emergency_stops for m in measures),
        "emergency_brakings": sum(m.emergency_brakings for m in measures),
        "classes": [asdict(c) for c in measures[0].classes],
        "approaches": _approaches(records),
        "pedestrians": _pedestrians(records),
        "warnings": sum(record.warning_count for record in records),
    }


def _approaches(records: tuple[RunRecord, ...]) -> list[dict[str, Any]]:
    """Median over seeds of each approach's queue, and its worst."""
    rows = zip(*(record.measures.approaches for record in records), strict=True)
    return [
        {
            "edge": row[0].edge_id,
            "signalled": row[0].signalled,
            "max_queue_m": asdict(spread([a.max_queue_m for a in row])),
            "full": any(a.full for a in row),
            "longest_halt_s": max(a.longest_halt_s for a in row),
            "stops": spread([float(a.stops) for a in row]).median,
        }
        for row in rows
    ]


def _pedestrians(records: tuple[RunRecord, ...]) -> dict[str, Any] | None:
    found = [r.measures.pedestrians for r in records if r.measures.pedestrians is not None]
    if not found:
        return None
    return {
        "due": found[0].due,
        "unfinished": sum(p.unfinished for p in found),
        "waiting_s": asdict(spread([p.waiting_s for p in found])),
        "waiting_p90_s": asdict(spread([p.waiting_p90_s for p in found])),
        "longest_waiting_s": max(p.longest_waiting_s for p in found),
        "time_loss_s": asdict(spread([p.time_loss_s for p in found])),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    delay = comparison.total_delay_s
    return {
        "base": comparison.base,
        "other": comparison.other,
        "seeds": delay.seeds,
        "difference_s": delay.mean,
        "interval_s": None if delay.interval is None else list(delay.interval),
        "difference_share": delay.relative,
        "is_clear": delay.is_clear,
        "is_lower_bound": comparison.is_lower_bound,
        "person_delay_s": _difference(comparison.person_delay_s),
        "stops_per_vehicle": _difference(comparison.stops_per_vehicle),
        "corridor_stops": _difference(comparison.corridor_stops),
    }


def _difference(difference: PairedDifference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    return {
        "difference": difference.mean,
        "interval": None if difference.interval is None else list(difference.interval),
        "share": difference.relative,
    }
