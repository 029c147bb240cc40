"""signalctl calibrate: saturation flow and lost time of every signalled lane, from SUMO."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, Cache, ScenarioFile
from signalctl.cli.console import emit_json, progress, remark, say, table


@app.command()
def calibrate(
    scenario: ScenarioFile,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="CSV for --saturation of optimise")
    ] = None,
    load: Annotated[
        float, typer.Option(min=0.1, max=10.0, help="traffic in it, times the demand's")
    ] = 1.5,
    cache: Cache = None,
    as_json: AsJson = False,
) -> int:
    """Measure how lanes discharge: one run under the shipped programs, with more traffic.

    Only queues of five and more vehicles tell a saturation flow, where none waits for gaps;
    other lanes get the mean of lanes alike, or a default, and are remarks in the file.
    """
    from signalctl.domain.lane_capacity import Origin
    from signalctl.files.atomic import require_writable
    from signalctl.sim.calibration import calibrated
    from signalctl.sim.calibration_file import write_capacities
    from signalctl.workflow.source import open_scenario

    require_writable(output)
    source = open_scenario(scenario)
    assert source.scenario is not None
    with progress("calibrate") as report:
        report(0, 1, "run in SUMO")
        lanes = calibrated(source.scenario, source.network, cache, load).lanes
    if output is not None:
        write_capacities(output, lanes.values())
    if as_json:
        emit_json({"load": load, "lanes": [lane_json(lane) for lane in lanes.values()]})
        return 0
    measured = [lane for lane in lanes.values() if lane.origin is Origin.MEASURED]
    table(
        ("lane", "saturation, veh/h", "start-up, s", "end gain, s", "headways"),
        [
            (
                lane.lane_id,
                f"{lane.saturation_vph:.0f}",
                f"{lane.start_up_s:.1f}",
                f"{lane.end_gain_s:.1f}",
                str(lane.samples),
            )
            for lane in sorted(measured, key=lambda each: each.lane_id)
        ],
        title=f"measured with {load:g} times the demand",
    )
    count = Counter(lane.origin for lane in lanes.values())
    say(
        f"{len(lanes)} lanes: {count[Origin.MEASURED]} measured, "
        f"{count[Origin.WITH_GAPS]} measured while some waited for gaps, "
        f"{count[Origin.POOLED]} by lanes alike, {count[Origin.DEFAULT]} by default."
    )
    if len(measured) < len(lanes):
        remark("note: more traffic (--load) has more lanes queue, until it jams.")
    if output is not None:
        say(f"{output}: written.")
    return 0


def lane_json(lane: Any) -> dict[str, Any]:
    """A lane's capacity as JSON."""
    return {
        "lane": lane.lane_id,
        "saturation_vph": lane.saturation_vph,
        "start_up_s": lane.start_up_s,
        "end_gain_s": lane.end_gain_s,
        "headways": lane.samples,
        "origin": str(lane.origin),
    }
