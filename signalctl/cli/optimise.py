"""signalctl optimise: plans with less delay for the whole network, judged in SUMO."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from signalctl.cli.aim_options import Aims, Budget, Limits, parse_budget, parse_objective
from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, Cluster, Jobs, OutputFile, Rules, ScenarioFile
from signalctl.cli.console import emit_json, progress, remark, say, table
from signalctl.cli.options import parse_cycles, parse_ids
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

if TYPE_CHECKING:
    from signalctl.optimiser.search.space import Keep

NOTES_SHOWN = 8


@app.command()
def optimise(
    scenario: ScenarioFile,
    output: OutputFile,
    objective: Aims = "delay",
    keep: Annotated[
        str, typer.Option(help="what stays as shipped: cycle, stages, offsets; several by comma")
    ] = "",
    corridor: Annotated[
        str | None, typer.Option(help="plan these junctions only: J1,J2,J3 or auto")
    ] = None,
    limit: Limits = None,
    turns: Annotated[
        str,
        typer.Option(help="permissive turns: shipped (where the network has them) or yielding"),
    ] = "shipped",
    protected_only: Annotated[
        list[str] | None, typer.Option(help="groups never shown permissive: JUNCTION:GROUP,...")
    ] = None,
    may_yield: Annotated[
        list[str] | None, typer.Option(help="groups that may give way: JUNCTION:GROUP,...")
    ] = None,
    saturation: Annotated[
        Path | None,
        typer.Option(help="CSV of saturation flow and lost time by lane, as calibrate writes it"),
    ] = None,
    cycle: Annotated[str, typer.Option(help="cycles to choose from, s")] = "30..120",
    budget: Budget = "10min",
    evaluations: Annotated[
        int | None,
        typer.Option(min=1, help="runs of the model instead of a budget: same numbers everywhere"),
    ] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    seed: Annotated[
        int,
        typer.Option(min=0, max=1_000_000_000, help="first seed of the race; compare uses 1 on"),
    ] = 1001,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="start anew instead of going on where it was")
    ] = False,
    rules: Rules = "as-surveyed",
    as_json: AsJson = False,
) -> int:
    """Search cycle, stages, splits and offsets for less delay, with SUMO as judge.

    The best plan so far is always in the output file. Interrupted or killed, the same
    command goes on where it was.
    """
    wanted_s = parse_budget(budget)
    wanted = parse_objective(objective, limit)
    kept = parse_keep(keep)
    cycles = parse_cycles(cycle)
    junctions = None if corridor is None else parse_ids(corridor)
    from signalctl.optimiser.stage_design.permission import TurnRule
    from signalctl.rules.registry import profile
    from signalctl.sim.calibration_file import read_capacities
    from signalctl.workflow.optimise.optimise import optimise as optimised
    from signalctl.workflow.optimise.report import report
    from signalctl.workflow.optimise.request import OptimiseRequest
    from signalctl.workflow.source import open_scenario

    request = OptimiseRequest(
        objective=wanted,
        profile=profile(rules),
        output=output,
        budget_s=wanted_s,
        keep=kept,
        corridor=junctions,
        turns=TurnRule.MAY_YIELD
        if chosen("--turns", turns, ("shipped", "yielding")) == "yielding"
        else TurnRule.AS_SHIPPED,
        may_yield=tuple(may_yield or ()),
        protected_only=tuple(protected_only or ()),
        cycles=cycles,
        jobs=jobs or os.cpu_count() or 1,
        cluster=cluster,
        seed=seed,
        evaluations=evaluations,
        fresh=fresh,
        capacities=FrozenMap({}) if saturation is None else read_capacities(saturation),
    )
    source = open_scenario(scenario)
    try:
        with progress("optimise") as reporter:
            outcome = optimised(source, request, reporter)
    except KeyboardInterrupt:
        best = f"the best so far is in {output}; " if output.exists() else ""
        remark(f"signalctl: {best}the same command goes on where it was.")
        raise
    document = report(outcome)
    if as_json:
        emit_json(document)
    else:
        show(document)
    return 0 if outcome.is_success else 1


def parse_keep(text: str) -> frozenset[Keep]:
    """`cycle,stages` as what to keep; raises InputError."""
    from signalctl.optimiser.search.space import Keep

    words = [word.strip() for word in text.split(",")] if text.strip() else []
    return frozenset(Keep(chosen("--keep", word, [str(each) for each in Keep])) for word in words)


def chosen(option: str, text: str, offered: Sequence[str]) -> str:
    """The text if it is among what is offered; raises InputError."""
    if text not in offered:
        raise InputError(
            f"There is no choice {text!r}.", where=option, remedy=f"Write {', '.join(offered)}."
        )
    return text


def show(document: Mapping[str, Any]) -> None:
    """The outcome for people."""
    for note in document["notes"][:NOTES_SHOWN]:
        remark(f"note: {note}")
    if len(document["notes"]) > NOTES_SHOWN:
        remark(f"note: {len(document['notes']) - NOTES_SHOWN} more notes, all of them with --json")
    for junction, reason in document["kept"].items():
        remark(f"kept: {junction}: {reason}")
    _show_trials(document)
    _show_junctions(document)
    for limit in document["limits"]:
        longest = limit["longest_m"]
        if longest is not None:
            held = "held" if longest <= limit["limit_m"] else "NOT held"
            say(
                f"queue on {limit['edge']}: {longest:.0f} m against {limit['limit_m']:g} m, {held} "
                f"(shipped {limit['shipped_longest_m']:.0f} m)"
            )
    for sentence in document["searched"]:
        say(sentence)
    say(_trust(document))
    say(
        f"{document['spent_s']:.0f} s"
        + (
            " used, "
            if document["budget_s"] is None
            else f" of {document['budget_s']:.0f} s used, "
        )
        + f"{_counted(document['rounds'], 'round')}, "
        f"{document['model']['evaluations']} runs of the model, {document['runs']} runs of SUMO."
    )
    say(document["verdict"])
    say(f"{document['output']}: " + ("plans" if document["better_plan_found"] else "no new plan"))


def _show_trials(document: Mapping[str, Any]) -> None:
    model, confirmation = document["model"], document["confirmation"]
    rows: list[tuple[object, ...]] = []
    for trial in confirmation["trials"] if confirmation else ():
        for who, name in (("shipped", "shipped"), ("own", trial["plan"])):
            each = trial[who]
            delays = each["total_delay_s"]
            rows.append(
                (
                    name,
                    model["shipped" if who == "shipped" else "plan"],
                    sum(each["values"]) / len(each["values"]),
                    f"{sum(delays) / len(delays):.1f}",
                    f"{max(delays):.1f}",
                    each["unfinished"],
                    each["collisions"],
                    each["emergency_brakings"],
                )
            )
        low_high = trial["total_delay_s"]["interval"]
        if low_high is not None:
            remark(
                f"{trial['plan']} - shipped: {trial['total_delay_s']['mean']:+.1f} s/veh, "
                f"95 % interval {low_high[0]:+.1f} .. {low_high[1]:+.1f}, "
                f"{len(trial['seeds'])} fresh seeds from {trial['seeds'][0]}"
            )
    if rows:
        table(
            (
                "plan",
                f"model {document['objective']}",
                f"SUMO {document['objective']}",
                "delay s/veh",
                "worst seed",
                "unfinished",
                "collisions",
                "emergency brakings",
            ),
            rows,
            title=f"{document['scenario']}, means over fresh seeds",
        )


def _show_junctions(document: Mapping[str, Any]) -> None:
    if not document["junctions"]:
        return
    table(
        ("junction", "cycle s", "offset s", "stages", "green steps s"),
        [
            (
                each["id"],
                f"{each['cycle_s']['before']} -> {each['cycle_s']['after']}",
                f"{each['offset_s']['before']} -> {each['offset_s']['after']}",
                f"{len(each['stages']['before'])} -> {len(each['stages']['after'])}",
                "+".join(str(s) for s in each["stage_lengths_s"]),
            )
            for each in document["junctions"]
        ],
    )
    for each in document["junctions"]:
        if each["stages"]["after"] != each["stages"]["before"]:
            for number, stage in enumerate(each["stages"]["after"], 1):
                say(f"{each['id']}: stage {number} is {stage}")
        for sentence in (*each["dropped"], *each["told"]):
            say(f"{each['id']}: {sentence}")
        if each["veto"]:
            say(f"{each['id']}: to forbid: --protected-only {each['veto']}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _trust(document: Mapping[str, Any]) -> str:
    race = document["race"]
    if race["trust"] is None:
        return "Too few plans were raced to say how well the model ranks them."
    return (
        f"Rank correlation of model and SUMO over {race['trust_of_plans']} raced plans: "
        f"{race['trust']:.2f}."
    )
