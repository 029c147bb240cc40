"""signalctl export: plans as files that other tools load."""

from __future__ import annotations

from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AllowUnsafe, AsJson, NetworkOf, OutputFile, PlanFile, Rules
from signalctl.cli.console import emit_json, say
from signalctl.domain.errors import InputError


@app.command()
def export(
    plans: PlanFile,
    network: NetworkOf,
    output: OutputFile,
    to_format: Annotated[
        str, typer.Option("--format", help="sumo: an additional file of tlLogics")
    ] = "sumo",
    rules: Rules = "as-surveyed",
    allow_unsafe: AllowUnsafe = False,
    as_json: AsJson = False,
) -> int:
    """Write the plans as a tlLogic file any SUMO user can load as an additional file."""
    from signalctl.files.plan_file import read_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.export import export_sumo
    from signalctl.workflow.source import open_source

    if to_format != "sumo":
        raise InputError(
            f"There is no format {to_format!r}.", where="--format", remedy="Write --format sumo."
        )
    plan_set = read_plans(plans)
    roads = open_source(network).network
    export_sumo(plan_set, roads, output, profile(rules), allow_unsafe=allow_unsafe)
    if as_json:
        emit_json({"written": str(output), "format": to_format, "junctions": list(plan_set.plans)})
    else:
        say(f"{output}: {len(plan_set.plans)} programs. Load it with: sumo -a {output}")
    return 0
