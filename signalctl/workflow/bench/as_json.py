"""A bench's result as plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from signalctl import __version__
from signalctl.sim.statistics import PairedDifference
from signalctl.workflow.bench.claims import claims
from signalctl.workflow.bench.rows import (
    ACTUATED,
    BenchRow,
    BenchSettings,
    VariantLine,
    geometric_mean,
)

SCHEMA: Final = "signalctl/bench/1"


def result_json(rows: Sequence[BenchRow], settings: BenchSettings) -> dict[str, Any]:
    """`{settings, scenarios[], geometric_means}`; delays in s per vehicle."""
    return {
        "schema": SCHEMA,
        "signalctl_version": __version__,
        "sumo_version": next((row.sumo_version for row in rows if row.sumo_version), None),
        "settings": {
            "peers": list(settings.peers),
            "seeds": settings.seeds,
            "heavy_seeds": settings.heavy_seeds,
            "planner": str(settings.planner),
            "budget_s": settings.budget_s,
            "heavy_budget_s": settings.heavy_budget_s,
            "budgets_s": dict(settings.budgets_s),
            "evaluations": settings.evaluations,
            "turns": str(settings.turns),
            "rules": settings.profile.name,
        },
        "scenarios": [_scenario(row) for row in rows],
        "geometric_means": means(rows),
        "claims": [asdict(claim) for claim in claims(rows)],
    }


def means(rows: Sequence[BenchRow]) -> dict[str, dict[str, float] | None]:
    """Geometric means over scenarios of plan / peer, with the number of scenarios."""
    found = {
        "best fixed-time peer": geometric_mean([r.ratio_to(r.best_fixed) for r in rows]),
        ACTUATED: geometric_mean([r.ratio_to(r.line(ACTUATED)) for r in rows]),
        "best peer of any kind": geometric_mean([r.ratio_to(r.best_peer) for r in rows]),
    }
    return {
        name: None if mean is None else {"ratio": mean[0], "scenarios": mean[1]}
        for name, mean in found.items()
    }


def _scenario(row: BenchRow) -> dict[str, Any]:
    manifest = row.entry.manifest
    best = row.best_fixed
    return {
        "name": row.entry.name,
        "failed": row.failed or None,
        "licence": manifest.licence,
        "source": manifest.source,
        "begin_s": row.period_s[0],
        "end_s": row.period_s[1],
        "step_s": row.step_s,
        "due": row.due,
        "seeds": list(row.seeds),
        "heavy": row.heavy,
        "variants": [_line(line) for line in row.lines],
        "best_fixed": None if best is None else best.name,
        "ratio_to_best_fixed": row.ratio_to(best),
        "ratio_to_actuated": row.ratio_to(row.line(ACTUATED)),
        "plan_less_best_fixed_s": _difference(row.difference_to(best)),
        "plan_less_actuated_s": _difference(row.difference_to(row.line(ACTUATED))),
        "planning": None
        if row.planning is None
        else {
            "planner": str(row.planning.planner),
            "seconds": row.planning.seconds,
            "evaluations": row.planning.evaluations,
            "shipped_stands": row.planning.shipped_stands,
            "notes": list(row.planning.notes),
            "failed": row.planning.failed or None,
        },
        "trials": [
            {
                "what": trial.what,
                "seeds": list(trial.seeds),
                "variants": [_line(line) for line in trial.lines],
            }
            for trial in row.trials
        ],
    }


def _line(line: VariantLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "failed": line.failed or None,
        "total_delay_s": None if line.delay is None else asdict(line.delay),
        "unfinished": line.unfinished,
        "given_up": line.given_up,
        "teleports": line.teleports,
        "emergency_brakings": line.emergency_brakings,
        "emergency_stops": line.emergency_stops,
        "collisions": line.collisions,
        "median_emergency_brakings": line.median_brakings,
        "median_collisions": line.median_collisions,
        "computing_s": line.wall_s,
        "notes": list(line.notes),
    }


def _difference(difference: PairedDifference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    return {
        "mean": difference.mean,
        "interval": None if difference.interval is None else list(difference.interval),
        "pairs": difference.seeds,
    }
