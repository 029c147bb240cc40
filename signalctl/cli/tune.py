"""signalctl tune: one second at a time, each judged in SUMO."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.aim_options import Aims, Budget, Limits, parse_budget, parse_objective
from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, Cache, Cluster, Jobs, Rules, ScenarioFile
from signalctl.cli.console import emit_json, progress, remark, say
from signalctl.cli.options import parse_ids
from signalctl.cli.tune_text import (
    answer_sentences,
    show_tuned,
    trial_line,
)
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.files.plan_file import PlanSet
    from signalctl.workflow.source import Source
    from signalctl.workflow.tune.runs import TuneConditions
    from signalctl.workflow.tune.session import Workplace
    from signalctl.workflow.tune.tune import TuneRequest

TRY_SEEDS = 10
TUNE_SEEDS = 30
INTERRUPTED = 130


@app.command()
def tune(
    scenario: ScenarioFile,
    plans: Annotated[Path, typer.Option(help="plan file")],
    attempt: Annotated[
        str | None,
        typer.Option(
            "--try", help='what does this do? "J3: stage 2 +1, stage 4 -1; J5: offset +2"'
        ),
    ] = None,
    junction: Annotated[
        str | None, typer.Option(help="tune these junctions only: J3 or J3,J4")
    ] = None,
    step: Annotated[int, typer.Option(min=1, max=60, help="seconds moved at a time")] = 1,
    budget: Budget = "10min",
    seeds: Annotated[
        int | None,
        typer.Option(
            min=3,
            max=1000,
            help="most seeds a test takes (30); with --try the number of seeds (10)",
        ),
    ] = None,
    objective: Aims = "delay",
    limit: Limits = None,
    least_gain: Annotated[
        float | None,
        typer.Option(help="gain worth having, s (or stops) a vehicle; 0.1 s, or 0.01 stops"),
    ] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    cache: Cache = None,
    rules: Rules = "as-surveyed",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="plan file to write")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Move green and offsets second by second, keeping what SUMO shows to help."""
    from signalctl.files.plan_file import read_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.source import open_scenario
    from signalctl.workflow.tune.runs import TuneConditions, usual_least_gain
    from signalctl.workflow.tune.session import Workplace
    from signalctl.workflow.tune.tune import TuneRequest

    aim = parse_objective(objective, limit)
    request = TuneRequest(
        junctions=None if junction is None else parse_ids(junction),
        step_s=step,
        budget_s=parse_budget(budget),
    )
    if least_gain is not None and not 0 < least_gain < 1000:
        raise InputError(
            f"{least_gain:g} is no gain worth having.", where="--least-gain", remedy="Write 0.1."
        )
    if attempt is None and output is None:
        raise InputError(
            "There is nowhere to write the tuned plans.",
            where="-o",
            remedy='Write -o tuned.yaml, or ask about one change with --try "J3: offset +1".',
        )
    workplace = None if output is None else Workplace(given=plans, output=output)
    keeps = workplace is not None and attempt is None and cache is None
    conditions = TuneConditions(
        profile=profile(rules),
        objective=aim,
        least_gain=least_gain if least_gain is not None else usual_least_gain(aim),
        seeds=seeds if seeds is not None else (TUNE_SEEDS if attempt is None else TRY_SEEDS),
        jobs=jobs,
        cluster=cluster,
        cache=workplace.runs if workplace is not None and keeps else cache,
    )
    plan_set = read_plans(plans)
    source = open_scenario(scenario)
    if attempt is not None:
        return _try(source, plan_set, attempt, conditions, workplace, as_json=as_json)
    assert workplace is not None
    return _tune(source, plan_set, request, conditions, workplace, as_json=as_json)


def _try(
    source: Source,
    plan_set: PlanSet,
    attempt: str,
    conditions: TuneConditions,
    workplace: Workplace | None,
    *,
    as_json: bool,
) -> int:
    from signalctl.workflow.fitting import fit
    from signalctl.workflow.tune.one_second_text import parse_changes
    from signalctl.workflow.tune.trying import try_changes

    fit(plan_set, source.network)
    changes = parse_changes(attempt, plan_set.plans, source.network.junctions)
    with progress("tune --try") as report:
        answer = try_changes(source, plan_set, changes, conditions, report)
    for note in answer.notes:
        remark(f"note: {note}")
    if workplace is not None:
        workplace.write_plans(answer.plans)
    if as_json:
        from signalctl.workflow.tune.report import answer_json

        emit_json(answer_json(answer, conditions))
        return 0
    for sentence in answer_sentences(answer, conditions):
        say(sentence)
    if workplace is not None:
        say(f"{workplace.output}: the changed plans.")
    return 0


def _tune(
    source: Source,
    plan_set: PlanSet,
    request: TuneRequest,
    conditions: TuneConditions,
    workplace: Workplace,
    *,
    as_json: bool,
) -> int:
    from signalctl.workflow.tune.runs import PairedRuns
    from signalctl.workflow.tune.screen import open_screen
    from signalctl.workflow.tune.tune import Ended, Listener, check, tune

    started = time.monotonic()
    check(source, plan_set, request, conditions)
    workplace.open()
    with progress("tune") as report:
        total = round(request.budget_s)
        screen = open_screen(
            source, conditions.objective, conditions.jobs, lambda what: report(0, total, what)
        )
        listener = Listener(
            told=lambda trial: remark(trial_line(trial, conditions)),
            progress=lambda used_s, what: report(min(round(used_s), total), total, what),
        )
        # Reading and the model's making count, but something is always tested.
        left_s = max(request.budget_s - (time.monotonic() - started), request.budget_s / 4.0)
        with PairedRuns(source, conditions) as runs:
            tuned = tune(
                runs,
                plan_set,
                replace(request, budget_s=left_s),
                workplace=workplace,
                screen=screen,
                listener=listener,
            )
    if as_json:
        from signalctl.workflow.tune.report import tuned_json

        emit_json(tuned_json(tuned, conditions))
    else:
        show_tuned(tuned, conditions)
        say(f"{workplace.output}: {len(tuned.plans.plans)} plans.")
    return INTERRUPTED if tuned.ended is Ended.INTERRUPTED else 0
