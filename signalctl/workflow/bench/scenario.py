"""One scenario of a bench: every peer and the plan on the same seeds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from signalctl.domain.errors import SignalctlError
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.atomic import write_atomic
from signalctl.sim.attempts import Cancelled
from signalctl.sim.experiment import Experiments
from signalctl.sim.record import RunRecord
from signalctl.sim.scenario import Scenario
from signalctl.sim.sumo_options import sumo_version
from signalctl.sim.variants import Variant, VariantKind, plans, shipped
from signalctl.workflow.bench.claims import FRESH
from signalctl.workflow.bench.planner import planned
from signalctl.workflow.bench.rows import (
    FAR_WORSE,
    FAR_WORSE_S,
    HEAVY_VEHICLE_S,
    PLAN,
    BenchEntry,
    BenchRow,
    BenchSettings,
    Planner,
    Planning,
    Trial,
    VariantLine,
)
from signalctl.workflow.export import export_sumo
from signalctl.workflow.manifest import with_manifest
from signalctl.workflow.peers import FIXED_TIME, peer
from signalctl.workflow.source import Source, open_scenario

Progress = Callable[[int, int, str], None]

FRESH_SEEDS: Final = range(1001, 1011)
"""Ten seeds that neither planning nor the table has seen."""
SCALES: Final = ("0.9", "1.1")
"""Demand 10 % down and up (SUMO's `scale`: vehicles dropped or doubled at random)."""


def bench_scenario(entry: BenchEntry, settings: BenchSettings, progress: Progress) -> BenchRow:
    """Run one scenario; what fails is said in the row and never raised.

    Raises Cancelled and KeyboardInterrupt only.
    """
    try:
        source = with_manifest(open_scenario(entry.configuration), entry.manifest)
        return _row(entry, source, settings, progress)
    except Cancelled:
        raise
    except SignalctlError as error:
        return BenchRow(entry=entry, failed=str(error))


def shelf_of(folder: Path, scenario: Scenario) -> Path:
    """Where a bench that keeps its runs in `folder` keeps a scenario's variants and plans."""
    return folder / "variants" / scenario.fingerprint.removeprefix("sha256:")[:16]


def _row(
    entry: BenchEntry, source: Source, settings: BenchSettings, progress: Progress
) -> BenchRow:
    scenario = source.scenario
    assert scenario is not None
    shelf = shelf_of(settings.folder, scenario)
    lines: dict[str, VariantLine] = {}
    variants: dict[str, Variant] = {}
    planning: Planning | None = None
    with _experiments(source, settings) as runs:
        first = runs.run([shipped()], [1]).records[0][0]
        heavy = first.measures.total_delay_s * first.measures.due > HEAVY_VEHICLE_S
        seeds = tuple(range(1, 1 + (settings.heavy_seeds if heavy else settings.seeds)))
        for name in settings.peers:
            progress(0, 0, f"{entry.name}: {name}")
            try:
                variants[name] = _peer(name, source, settings, shelf)
            except Cancelled:
                raise
            except SignalctlError as error:
                lines[name] = VariantLine(name=name, failed=str(error))
                continue
            lines[name] = _line(runs, variants[name], seeds, progress, entry.name)
        if settings.planner is not Planner.NONE:
            progress(0, 0, f"{entry.name}: planning")
            budget_s = (settings.heavy_budget_s if heavy else None) or settings.budget_s
            own = replace(settings, budget_s=settings.budgets_s.get(entry.name, budget_s))
            planning, variant = _plan(entry, source, own, shelf, progress)
            if variant is not None:
                variants[PLAN] = variant
                lines[PLAN] = _line(runs, variant, seeds, progress, entry.name)
    row = BenchRow(
        entry=entry,
        seeds=seeds,
        heavy=heavy,
        period_s=(scenario.begin_s, scenario.end_s),
        step_s=scenario.step_s,
        due=first.measures.due,
        sumo_version=first.sumo_version,
        lines=tuple(lines.values()),
        planning=planning,
    )
    if settings.robust:
        fixed = [variants[name] for name in (*FIXED_TIME, PLAN) if name in variants]
        row = replace(row, trials=_trials(source, settings, row, fixed, progress))
    return row


def _experiments(source: Source, settings: BenchSettings) -> Experiments:
    assert source.scenario is not None
    return Experiments(
        source.scenario,
        jobs=settings.jobs,
        cluster=settings.cluster,
        approaches=False,
        cache=settings.folder / "runs",
    )


def _line(
    runs: Experiments, variant: Variant, seeds: Sequence[int], progress: Progress, where: str
) -> VariantLine:
    def tell(done: int, total: int, what: str) -> None:
        progress(done, total, f"{where}: {what}")

    try:
        records: Sequence[RunRecord] = runs.run([variant], seeds, progress=tell).records[0]
    except Cancelled:
        raise
    except SignalctlError as error:
        return VariantLine(name=variant.name, failed=str(error), notes=variant.notes)
    return VariantLine.of(variant.name, records, variant.notes)


def _peer(name: str, source: Source, settings: BenchSettings, shelf: Path) -> Variant:
    """The peer, its files kept: SUMO's tools alone may take an hour on a jamming network."""
    key = fingerprint([name, settings.profile.name, sumo_version()]).removeprefix("sha256:")[:8]
    folder = shelf / f"{name}-{key}"
    kept = folder / "variant.json"
    if name == "sumo-tools" and kept.exists():
        written = json.loads(kept.read_text(encoding="utf-8"))
        return Variant(
            name=name,
            kind=VariantKind.SUMO_TOOLS,
            additionals=tuple(folder / file for file in written["additionals"]),
            notes=tuple(written["notes"]),
        )
    folder.mkdir(parents=True, exist_ok=True)
    made = peer(name, source, folder, settings.profile.name)
    files = [file.name for file in made.additionals]
    write_atomic(kept, json.dumps({"additionals": files, "notes": list(made.notes)}))
    return made


def _plan(
    entry: BenchEntry, source: Source, settings: BenchSettings, shelf: Path, progress: Progress
) -> tuple[Planning, Variant | None]:
    def tell(done: int, total: int, what: str) -> None:
        progress(done, total, f"{entry.name}: {what}")

    allowed = f"{settings.budget_s:g}"
    if settings.evaluations is not None:
        allowed = f"{settings.evaluations}-evaluations"
    name = re.sub(r"\W+", "-", f"{settings.planner}-{settings.turns}-{allowed}")
    folder = shelf / name
    made = planned(source, settings, folder, tell)
    if made.planning.failed:
        return made.planning, None
    if made.plans is None:
        return made.planning, shipped(PLAN)
    additional = folder / "plans.add.xml"
    try:
        export_sumo(made.plans, source.network, additional, settings.profile)
    except SignalctlError as error:
        return replace(made.planning, failed=str(error)), None
    return made.planning, plans(PLAN, additional)


def _trials(
    source: Source,
    settings: BenchSettings,
    row: BenchRow,
    fixed: Sequence[Variant],
    progress: Progress,
) -> tuple[Trial, ...]:
    """Other demand and fresh seeds for every fixed-time variant.

    The plan runs first; a peer's run is given up once it is certain to be far worse.
    """
    assert source.scenario is not None
    found = []
    asked = [(f"demand x {scale}", {"scale": scale}, row.seeds) for scale in SCALES]
    for what, options, seeds in [*asked, (FRESH, {}, tuple(FRESH_SEEDS))]:
        changed = replace(source, scenario=source.scenario.with_options(options))
        with _experiments(changed, settings) as runs:
            where = f"{row.entry.name}, {what}"
            own = [_line(runs, each, seeds, progress, where) for each in fixed if each.name == PLAN]
            bounds = _bounds(runs, [each for each in fixed if each.name == PLAN], seeds)
            peers = [
                _bounded_line(runs, each, seeds, bounds, progress, where)
                if bounds
                else _line(runs, each, seeds, progress, where)
                for each in fixed
                if each.name != PLAN
            ]
        found.append(Trial(what=what, seeds=tuple(seeds), lines=(*peers, *own)))
    return tuple(found)


def _bounds(
    runs: Experiments, plan: Sequence[Variant], seeds: Sequence[int]
) -> dict[int, tuple[float, int]]:
    """By seed the delay, s per vehicle, that is far worse than the plan's, and the vehicles due."""
    records = [(seed, runs.known(each, seed)) for each in plan for seed in seeds]
    return {
        seed: (FAR_WORSE * record.measures.total_delay_s + FAR_WORSE_S, record.measures.due)
        for seed, record in records
        if record is not None
    }


def _bounded_line(
    runs: Experiments,
    variant: Variant,
    seeds: Sequence[int],
    bounds: Mapping[int, tuple[float, int]],
    progress: Progress,
    where: str,
) -> VariantLine:
    def bound_vehicle_s(seed: int) -> float | None:
        found = bounds.get(seed)
        return None if found is None else found[0] * found[1]

    def tell(done: int, total: int, what: str) -> None:
        progress(done, total, f"{where}: {what}")

    try:
        given_up = runs.run_bounded(
            [variant], seeds, bound_vehicle_s, progress=tell, remembers=True
        )
    except Cancelled:
        raise
    except SignalctlError as error:
        return VariantLine(name=variant.name, failed=str(error), notes=variant.notes)
    records = [runs.known(variant, seed) for seed in seeds]
    above_s = [bounds[seed][0] for seed in seeds if (variant.name, seed) in given_up]
    finished = [record for record in records if record is not None]
    return VariantLine.of(variant.name, finished, variant.notes, above_s)
