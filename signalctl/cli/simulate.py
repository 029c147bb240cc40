"""signalctl simulate and signalctl compare: what SUMO says plans are worth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import (
    AllowUnsafe,
    AsJson,
    Cache,
    Cluster,
    Jobs,
    KeepOutputs,
    Rules,
    ScenarioFile,
    Seeds,
)
from signalctl.cli.console import emit_json, progress, remark, say, table
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.workflow.judge import Conditions


@app.command()
def simulate(
    scenario: ScenarioFile,
    plans: Annotated[
        Path | None, typer.Option(help="plan file; default: as the network ships")
    ] = None,
    seeds: Seeds = 5,
    jobs: Jobs = None,
    cluster: Cluster = None,
    keep_outputs: KeepOutputs = None,
    cache: Cache = None,
    rules: Rules = "as-surveyed",
    allow_unsafe: AllowUnsafe = False,
    as_json: AsJson = False,
) -> int:
    """Run a scenario over several seeds, with plans or as shipped, and measure it."""
    from signalctl.files.plan_file import read_plans
    from signalctl.workflow import judge
    from signalctl.workflow.source import open_scenario

    conditions = _conditions(
        seeds, jobs, cluster, keep_outputs, cache, rules, allow_unsafe=allow_unsafe
    )
    plan_set = read_plans(plans) if plans is not None else None
    source = open_scenario(scenario)
    with progress("simulate") as report:
        verdict = judge.simulate(source, plan_set, conditions, report)
    show_verdict(verdict, as_json=as_json)
    return 0


@app.command()
def compare(
    scenario: ScenarioFile,
    plans: Annotated[Path, typer.Option(help="plan file")],
    against: Annotated[
        str,
        typer.Option(
            help="shipped, sumo-tools, actuated, delay-based, max-pressure, "
            "max-pressure-acyclic or a plan file; several by comma"
        ),
    ] = "shipped",
    seeds: Seeds = 10,
    jobs: Jobs = None,
    cluster: Cluster = None,
    keep_outputs: KeepOutputs = None,
    cache: Cache = None,
    rules: Rules = "as-surveyed",
    allow_unsafe: AllowUnsafe = False,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", help="who gains and who loses, as .html to print or .json"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Compare plans with peers on the same demand and seeds, with 95 % intervals."""
    from signalctl.files.plan_file import read_plans
    from signalctl.workflow import judge
    from signalctl.workflow.source import open_scenario

    conditions = _conditions(
        seeds, jobs, cluster, keep_outputs, cache, rules, allow_unsafe=allow_unsafe
    )
    if report_file is not None:
        _check_report(report_file)
        conditions = replace(conditions, edge_delays=True)
    plan_set = read_plans(plans)
    source = open_scenario(scenario)
    peers = [name.strip() for name in against.split(",")]
    with progress("compare") as report:
        verdict = judge.judge(source, plan_set, peers, conditions, report)
    if report_file is not None:
        _write_report(source, verdict, report_file)
    show_verdict(verdict, as_json=as_json)
    return 0


def _check_report(path: Path) -> None:
    from signalctl.files.atomic import require_writable

    if path.suffix.lower() not in (".html", ".json"):
        raise InputError(
            "A report is a sheet or a document.",
            where=str(path),
            remedy="End it in .html or .json.",
        )
    require_writable(path)


def _write_report(source: Any, verdict: Any, path: Path) -> None:
    """The report of the first comparison."""
    from signalctl.files.atomic import write_atomic
    from signalctl.workflow.report.effects import verdict_effects
    from signalctl.workflow.report.sheet import sheet

    effects = verdict_effects(source, verdict)
    if path.suffix.lower() == ".json":
        write_atomic(path, json.dumps(effects, indent=1) + "\n")
        return
    comparison, record = verdict.comparisons[0], verdict.result.records[0][0]
    basis = (
        f"Scenario {record.scenario} ({record.scenario_fingerprint}); seeds "
        f"{', '.join(str(seed) for seed in verdict.result.seeds)}; {record.sumo_version}, "
        f"signalctl {record.signalctl_version}.",
    )
    title = f"{record.scenario}: {comparison.other} against {comparison.base}"
    write_atomic(path, sheet(effects, title=title, basis=basis))


def _conditions(
    seeds: int,
    jobs: int | None,
    cluster: str | None,
    keep_outputs: Path | None,
    cache: Path | None,
    rules: str,
    *,
    allow_unsafe: bool,
) -> Conditions:
    from signalctl.rules.registry import profile
    from signalctl.workflow.judge import Conditions

    return Conditions(
        seeds=seeds,
        jobs=jobs,
        cluster=cluster,
        keep_outputs=keep_outputs,
        cache=cache,
        profile=profile(rules),
        allow_unsafe=allow_unsafe,
    )


def verdict_json(verdict: Any) -> dict[str, Any]:
    """The runs as the JSON document promised to programs; `comparison` is the first peer's."""
    from signalctl.sim.result_json import result_to_json

    document = result_to_json(verdict.result, *verdict.comparisons[:1])
    document["comparisons"] = [
        result_to_json(verdict.result, each)["comparison"] for each in verdict.comparisons
    ]
    return document


def show_verdict(verdict: Any, *, as_json: bool) -> None:
    """The runs as a table for people or as the JSON document promised to programs."""
    document = verdict_json(verdict)
    if as_json:
        emit_json(document)
        return
    for variant in document["variants"]:
        for note in variant["notes"]:
            remark(f"note: {variant['name']}: {note}")
    watched = any(v["corridor_stops"] is not None for v in document["variants"])
    table(
        (
            "variant",
            "delay s/veh",
            "p90",
            "stops/veh",
            *(("corridor stops",) if watched else ()),
            "unfinished",
            "teleports",
        ),
        [
            (
                variant["name"],
                f"{variant['total_delay_s']['median']:.1f}",
                f"{variant['total_delay_s']['p90']:.1f}",
                f"{variant['stops_per_vehicle']:.2f}",
                *((f"{variant['corridor_stops']['median']:.0f}",) if watched else ()),
                variant["unfinished"],
                variant["teleports"],
            )
            for variant in document["variants"]
        ],
        title=f"{document['scenario']}, medians over {_counted(len(document['seeds']))}",
    )
    for each in verdict.comparisons:
        say(_sentence(each))


def _counted(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"


def _sentence(comparison: Any) -> str:
    delay = comparison.total_delay_s
    text = f"{comparison.other} - {comparison.base}: {delay.mean:+.1f} s/veh"
    if delay.relative is not None:
        text += f" ({100 * delay.relative:+.0f} %)"
    if delay.interval is None:
        return f"{text}; one seed gives no interval"
    low, high = delay.interval
    clear = "" if delay.is_clear else ", not clear of zero"
    text += f", 95 % interval {low:+.1f} .. {high:+.1f}{clear}"
    stops = comparison.corridor_stops
    if stops is not None and stops.relative is not None:
        text += f"; corridor stops {100 * stops.relative:+.0f} %"
    if comparison.is_lower_bound:
        text += " (vehicles were left unfinished: a lower bound)"
    return text
