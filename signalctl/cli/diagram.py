"""signalctl diagram: the pictures engineers look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, NetworkOf, OutputFile, PlanFile, Rules
from signalctl.cli.console import emit_json, remark, say


@app.command()
def diagram(
    plans: PlanFile,
    network: NetworkOf,
    output: OutputFile,
    trajectories: Annotated[
        Path | None, typer.Option(help="scenario whose simulated vehicles are drawn in")
    ] = None,
    junction: Annotated[
        str | None, typer.Option(help="draw this junction's signal timing diagram instead")
    ] = None,
    rules: Rules = "as-surveyed",
    as_json: AsJson = False,
) -> int:
    """Draw the time-space diagram of a corridor, or one junction's signal timing diagram."""
    from signalctl.files.plan_file import read_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.picture import draw_corridor, draw_junction
    from signalctl.workflow.source import open_scenario, open_source

    plan_set = read_plans(plans)
    roads = open_source(network).network
    told: dict[str, Any] = {"written": str(output)}
    if junction is not None:
        draw_junction(plan_set, roads, junction, output)
    else:
        simulated = open_scenario(trajectories) if trajectories is not None else None
        if simulated is not None:
            remark("simulating one seed for the trajectories")
        bands = draw_corridor(plan_set, roads, output, simulated=simulated, profile=profile(rules))
        told["bands"] = {
            direction: {"width_s": round(band.width_s, 3), "start_s": round(band.start_s, 3)}
            for direction, band in bands.items()
        }
    if as_json:
        emit_json(told)
    else:
        say(str(output))
    return 0
