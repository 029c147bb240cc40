"""A bench's result as a page of Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from signalctl.sim.statistics import PairedDifference
from signalctl.workflow.bench.as_json import means
from signalctl.workflow.bench.claims import claims
from signalctl.workflow.bench.rows import (
    ACTUATED,
    FAR_WORSE,
    FAR_WORSE_S,
    HEAVY_VEHICLE_S,
    PLAN,
    BenchRow,
    BenchSettings,
    Planner,
    VariantLine,
)


def page(rows: Sequence[BenchRow], settings: BenchSettings, command: str) -> str:
    """The whole page; `command` is what a reader types to get it again."""
    parts = [
        "# Bench",
        "",
        f"Made by `{command}`.",
        *_preface(rows, settings),
        "",
        "## Delay",
        "",
        *_summary(rows, settings),
        "",
        *_means(rows),
        *_claims(rows),
        "## Every variant",
        "",
        *_details(rows),
    ]
    if any(row.trials for row in rows):
        parts += ["", "## Other demand, fresh seeds", "", *_trials(rows)]
    return "\n".join([*parts, "", "## Notes", "", *_notes(rows), ""])


def _preface(rows: Sequence[BenchRow], settings: BenchSettings) -> list[str]:
    version = next((row.sumo_version for row in rows if row.sumo_version), "SUMO")
    lines = [
        f"{version}. Total delay, s per vehicle due, drained (docs/measures.md): median over "
        f"seeds 1 to {settings.seeds}; +n: vehicles unfinished, summed over seeds, which make a "
        "figure a lower bound.",
    ]
    if any(row.heavy for row in rows):
        lines.append(
            f"Heavy networks (shipped programs delay all vehicles together by more than "
            f"{HEAVY_VEHICLE_S:.2g} s in seed 1) have {settings.heavy_seeds} seed(s)"
            + (
                f", and {settings.heavy_budget_s:g} s of planning."
                if settings.heavy_budget_s
                else "."
            )
        )
    if settings.planner is Planner.OPTIMISE:
        allowed = f"{settings.budget_s:g} s"
        allowed += "".join(f", {name} {s:g} s" for name, s in settings.budgets_s.items())
        if settings.evaluations is not None:
            allowed = f"{settings.evaluations} evaluations"
        lines.append(f"Plan: `signalctl optimise`, {allowed}, turns {settings.turns}.")
    elif settings.planner is Planner.GREEN_WAVE:
        lines.append("Plan: one corridor's green wave, the other lights as shipped.")
    return lines


def _summary(rows: Sequence[BenchRow], settings: BenchSettings) -> list[str]:
    planned = settings.planner is not Planner.NONE
    heads = ["scenario", "seeds", *settings.peers]
    if planned:
        heads += [
            PLAN,
            "plan / best fixed",
            "plan - best fixed (95 %)",
            "plan / actuated",
            "planning, s",
            "evaluations",
        ]
    lines = [_cells(heads), _cells(["---"] * len(heads))]
    for row in rows:
        if row.failed:
            lines.append(_cells([row.entry.name, row.failed, *[""] * (len(heads) - 2)]))
            continue
        cells = [row.entry.name, str(len(row.seeds)), *(_delay(row, n) for n in settings.peers)]
        lines.append(_cells(cells + (_plan_cells(row) if planned else [])))
    return lines


def _plan_cells(row: BenchRow) -> list[str]:
    planning = row.planning
    if planning is None or planning.failed:
        return [f"none: {planning.failed if planning else ''}", *["-"] * 5]
    best = row.best_fixed
    evaluations = "-" if planning.evaluations is None else str(planning.evaluations)
    return [
        _delay(row, PLAN) + (" (shipped stands)" if planning.shipped_stands else ""),
        _ratio(row.ratio_to(best)),
        _interval(row.difference_to(best)),
        _ratio(row.ratio_to(row.line(ACTUATED))),
        f"{planning.seconds:.0f}",
        evaluations,
    ]


def _means(rows: Sequence[BenchRow]) -> list[str]:
    lines = [
        f"* Geometric mean of plan / {name}: **{mean['ratio']:.3f}** over "
        f"{mean['scenarios']:g} scenarios."
        for name, mean in means(rows).items()
        if mean is not None
    ]
    return [*lines, ""] if lines else []


def _claims(rows: Sequence[BenchRow]) -> list[str]:
    lines = [f"* {claim.said}" for claim in claims(rows) if claim.said]
    return [*lines, ""] if lines else []


def _details(rows: Sequence[BenchRow]) -> list[str]:
    heads = (
        "scenario",
        "variant",
        "median",
        "p90",
        "unfinished",
        "teleports",
        "emergency brakings",
        "emergency stops",
        "collisions",
        "computing, s",
    )
    lines = [_cells(heads), _cells(["---"] * len(heads))]
    for row in rows:
        lines += [_cells([row.entry.name, *_line(line)]) for line in row.lines]
    return lines


def _line(line: VariantLine) -> list[str]:
    if line.delay is None:
        return [line.name, line.failed, *["-"] * 7]
    return [
        line.name,
        f"{line.delay.median:.1f}",
        f"{line.delay.p90:.1f}",
        *map(
            str,
            (
                line.unfinished,
                line.teleports,
                line.emergency_brakings,
                line.emergency_stops,
                line.collisions,
            ),
        ),
        f"{line.wall_s:.0f}",
    ]


def _trials(rows: Sequence[BenchRow]) -> list[str]:
    heads = (
        "scenario",
        "trial",
        "seeds",
        "variant",
        "median",
        "worst",
        "worst / median",
        "+n",
        "emergency brakings",
        "collisions",
    )
    lines = [
        "> n: some runs of this peer were ended once vehicles had stood for more than "
        f"{FAR_WORSE:g} times the plan's delay and {FAR_WORSE_S:g} s.",
        "",
        _cells(heads),
        _cells(["---"] * len(heads)),
    ]
    for row in rows:
        for trial in row.trials:
            for line in trial.lines:
                named = [row.entry.name, trial.what, str(len(trial.seeds)), line.name]
                delay = line.delay
                if delay is None:
                    lines.append(_cells([*named, line.failed, *["-"] * 5]))
                    continue
                tail = f"{delay.highest / delay.median:.2f}" if delay.median else "-"
                figures = [f"{delay.median:.1f}", f"{delay.highest:.1f}", tail]
                counts = [str(line.emergency_brakings), str(line.collisions)]
                if line.given_up:
                    figures = [f"> {figures[0]}", f"> {figures[1]}", "-"]
                    counts = ["-", "-"]
                lines.append(_cells([*named, *figures, str(line.unfinished), *counts]))
    return lines


def _notes(rows: Sequence[BenchRow]) -> list[str]:
    lines = []
    for row in rows:
        begin_s, end_s = row.period_s
        manifest = row.entry.manifest
        facts = f"{row.due} vehicles due from {begin_s:g} to {end_s:g} s, step {row.step_s:g} s"
        origin = f"licence: {manifest.licence or 'not said'}"
        lines.append(f"* {row.entry.name}: {facts}; {origin}.")
        lines += [f"  * {x.name}: {note}" for x in row.lines for note in x.notes]
        lines += [f"  * {x.name}: {x.failed}" for x in row.lines if x.failed]
        if row.planning is not None:
            said = [row.planning.failed, *row.planning.notes]
            lines += [f"  * {PLAN}: {note}" for note in said if note]
    return lines


def _delay(row: BenchRow, name: str) -> str:
    line = row.line(name)
    if line is None or line.delay is None:
        return "failed" if any(x.name == name for x in row.lines) else "-"
    left = f" +{line.unfinished}" if line.unfinished else ""
    return f"{line.delay.median:.1f}{left}"


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _interval(difference: PairedDifference | None) -> str:
    if difference is None:
        return "-"
    if difference.interval is None:
        return f"{difference.mean:+.1f} (one seed)"
    low, high = difference.interval
    return f"{difference.mean:+.1f} ({low:+.1f} .. {high:+.1f})"


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"
