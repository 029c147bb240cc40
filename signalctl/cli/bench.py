"""signalctl bench: every peer and the optimised plan on real networks, same seeds."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.aim_options import parse_budget
from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, Cluster, Jobs, Rules
from signalctl.cli.console import emit_json, progress, remark, say, table
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

if TYPE_CHECKING:
    from signalctl.optimiser.stage_design.permission import TurnRule
    from signalctl.workflow.bench.rows import BenchRow, BenchSettings

NAME = "bench"


@app.command(NAME)
def bench(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="result file, JSON; a .md and a .png go beside it"),
    ] = None,
    suite: Annotated[str, typer.Option(help="corpus or shipped")] = "corpus",
    only: Annotated[str, typer.Option(help="scenarios of the suite, several by comma")] = "",
    corpus: Annotated[
        Path | None, typer.Option(help="folder of the corpus; default: SIGNALCTL_CORPUS")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="seeds 1, 2, ...")] = 5,
    heavy_seeds: Annotated[
        int, typer.Option(min=1, max=1000, help="seeds of networks that jam as shipped")
    ] = 1,
    planner: Annotated[
        str, typer.Option(help="who makes the plan: optimise, green-wave or none")
    ] = "optimise",
    budget: Annotated[
        str, typer.Option(help="planning time a scenario: 5min; some by name: 5min,NAME=15min")
    ] = "5min",
    heavy_budget: Annotated[
        str, typer.Option(help="planning time of networks that jam as shipped; default: --budget")
    ] = "",
    evaluations: Annotated[
        int | None,
        typer.Option(
            min=1, help="plan with so many runs of the model, for the same plan every time"
        ),
    ] = None,
    turns: Annotated[
        str, typer.Option(help="permissive turns: shipped (as the network has them) or yielding")
    ] = "shipped",
    replan: Annotated[
        bool, typer.Option("--replan", help="plan anew where a plan of an earlier bench lies")
    ] = False,
    peers: Annotated[str, typer.Option(help="peers, several by comma; default: all at 10 s")] = "",
    robust: Annotated[
        bool, typer.Option("--robust", help="also demand 10 % down and up, and 10 fresh seeds")
    ] = False,
    folder: Annotated[
        Path, typer.Option(help="finished runs and plans: an interrupted bench goes on")
    ] = Path("out/bench"),
    jobs: Jobs = None,
    cluster: Cluster = None,
    rules: Rules = "as-surveyed",
    check: Annotated[
        Path | None,
        typer.Option(
            help="run what this baseline ran, by its suite, peers, planner and seeds; "
            "exit 1 naming what became clearly worse"
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(help="write the result as a baseline for --check")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Bench the peers and the optimised plan on every scenario of a suite."""
    from signalctl.files.atomic import require_writable, write_atomic
    from signalctl.rules.registry import profile
    from signalctl.workflow.bench.as_json import result_json
    from signalctl.workflow.bench.bench import DEFAULT_PEERS, Suite, bench, suite_entries
    from signalctl.workflow.bench.check import Made, baseline_json, made_of, read_baseline
    from signalctl.workflow.bench.rows import BenchSettings, Planner
    from signalctl.workflow.peers import PEERS

    for path in (output, write_baseline):
        # The bench's own folder is made on the way.
        if path is not None and not path.is_relative_to(folder):
            require_writable(path)
    made = Made(
        suite=_known((suite,), tuple(Suite), "--suite")[0],
        peers=_known(_words(peers), PEERS, "--peers") or DEFAULT_PEERS,
        planner=_known((planner,), tuple(Planner), "--planner")[0],
        seeds=seeds,
        heavy_seeds=heavy_seeds,
        rules=rules,
        evaluations=evaluations,
    )
    names = _words(only)
    baseline = None
    if check is not None:
        baseline = read_baseline(check)
        made = made_of(baseline)
        names = tuple(name for name in baseline["scenarios"] if not names or name in names)
        baseline["scenarios"] = {name: baseline["scenarios"][name] for name in names}
    budget_s, budgets_s = _budgets(budget)
    settings = BenchSettings(
        peers=made.peers,
        folder=folder,
        profile=profile(made.rules),
        seeds=made.seeds,
        heavy_seeds=made.heavy_seeds,
        planner=Planner(made.planner),
        budget_s=budget_s,
        budgets_s=budgets_s,
        heavy_budget_s=parse_budget(heavy_budget) if heavy_budget else None,
        evaluations=made.evaluations,
        turns=_turns(turns),
        # A plan of an earlier program says nothing of this one.
        replan=replan or check is not None,
        robust=robust,
        jobs=jobs,
        cluster=cluster,
    )
    entries = suite_entries(Suite(made.suite), folder, corpus, names)
    _known(tuple(budgets_s), tuple(each.name for each in entries), "--budget")
    rows: list[BenchRow] = []
    with progress("bench") as report:
        for row in bench(entries, settings, report):
            rows.append(row)
            remark(f"{len(rows)}/{len(entries)} {row.entry.name}: {_told(row)}")
            if output is not None:
                _write(output, rows, settings)
    document = result_json(rows, settings)
    if write_baseline is not None:
        write_atomic(write_baseline, json.dumps(baseline_json(rows, made), indent=1) + "\n")
    if as_json:
        emit_json(document)
    else:
        _show(rows, settings)
    return 0 if baseline is None else _checked(rows, baseline, as_json=as_json)


def _write(output: Path, rows: list[BenchRow], settings: BenchSettings) -> None:
    """The result so far: JSON, page and picture, each whole."""
    from signalctl.files.atomic import write_atomic
    from signalctl.workflow.bench.as_json import result_json
    from signalctl.workflow.bench.picture import draw
    from signalctl.workflow.bench.table import page

    write_atomic(output, json.dumps(result_json(rows, settings), indent=1) + "\n")
    write_atomic(output.with_suffix(".md"), page(rows, settings, _command()))
    if any(row.lines for row in rows):
        draw(rows, output.with_suffix(".png"))


def _command() -> str:
    """The command as it was typed."""
    import sys

    return shlex.join(["signalctl", *sys.argv[1:]])


def _checked(rows: list[BenchRow], baseline: dict[str, object], *, as_json: bool) -> int:
    from signalctl.workflow.bench.check import check

    found = check(rows, baseline)
    tell = remark if as_json else say
    for gain in found.gains:
        tell(f"better: {gain.sentence}")
    for regression in found.regressions:
        tell(f"worse: {regression.sentence}")
    tell("check: " + (f"{len(found.regressions)} worse" if found.regressions else "nothing worse"))
    return 1 if found.regressions else 0


def _show(rows: list[BenchRow], settings: BenchSettings) -> None:
    from signalctl.workflow.bench.as_json import means
    from signalctl.workflow.bench.claims import claims
    from signalctl.workflow.bench.rows import PLAN

    names = (*settings.peers, PLAN)
    table(
        ("scenario", "seeds", *names, "plan / best fixed", "plan / actuated"),
        [
            (
                row.entry.name,
                len(row.seeds),
                *(_figure(row, name) for name in names),
                _ratio(row.ratio_to(row.best_fixed)),
                _ratio(row.ratio_to(row.line("actuated"))),
            )
            for row in rows
        ],
        title="total delay, s/veh, median over seeds; +n: unfinished over all seeds",
    )
    for row in rows:
        if row.failed:
            remark(f"{row.entry.name}: {row.failed}")
        if row.planning is not None and row.planning.failed:
            remark(f"{row.entry.name}: no plan: {row.planning.failed}")
    for claim in claims(rows):
        if claim.said:
            say(claim.said)
    for name, mean in means(rows).items():
        if mean is not None:
            count = f"{mean['scenarios']:g} scenarios"
            say(f"plan / {name}: geometric mean {mean['ratio']:.3f} over {count}")


def _figure(row: BenchRow, name: str) -> str:
    line = row.line(name)
    if line is None or line.delay is None:
        return "-"
    left = f" +{line.unfinished}" if line.unfinished else ""
    return f"{line.delay.median:.1f}{left}"


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _told(row: BenchRow) -> str:
    if row.failed:
        return row.failed
    best = row.best_fixed
    name = "-" if best is None or best.delay is None else f"{best.name} {best.delay.median:.1f}"
    ratio = row.ratio_to(best)
    plan = "no plan" if ratio is None else f"plan at {ratio:.2f} of it"
    return f"best fixed-time peer {name} s/veh, {plan}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _known(words: tuple[str, ...], known: tuple[str, ...], option: str) -> tuple[str, ...]:
    for word in words:
        if word not in known:
            raise InputError(
                f"{word!r} is not known here.",
                where=option,
                remedy=f"Name {', '.join(known)}.",
            )
    return words


def _budgets(text: str) -> tuple[float, FrozenMap[str, float]]:
    """Of all scenarios, and of those that are named: `5min,NAME=15min`."""
    words = _words(text)
    general = [word for word in words if "=" not in word]
    if len(general) != 1:
        raise InputError(
            f"{text!r} names {'no' if not general else 'more than one'} time for all scenarios.",
            where="--budget",
            remedy="Write 5min, or 5min,NAME=15min for a scenario with a time of its own.",
        )
    named = (word.split("=", 1) for word in words if "=" in word)
    return parse_budget(general[0]), FrozenMap(
        {name.strip(): parse_budget(each) for name, each in named}
    )


def _turns(text: str) -> TurnRule:
    from signalctl.optimiser.stage_design.permission import TurnRule

    rules = {"shipped": TurnRule.AS_SHIPPED, "yielding": TurnRule.MAY_YIELD}
    return rules[_known((text,), tuple(rules), "--turns")[0]]
