"""How many plans the queue model judges in a second, beside SUMO.

    python -m bench.model_speed [--only NAME,...] [--repeats N] [--write docs/model.md]

For each scenario one plan's time in the model, in SUMO and in SUMO's mesoscopic model
(`--mesosim`), one after the other in the same run, as CPU seconds of the process that
computes; the model's first run, which compiles or loads, is told apart.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time
from typing import Final

from bench.corpus import scenarios, with_manifest
from bench.document import write_section
from signalctl.networks.network import Network
from signalctl.sim.due_vehicles import due_vehicles
from signalctl.sim.scenario import Scenario
from signalctl.sim.sumo_options import sumo_environment, sumo_home
from signalctl.workflow.source import open_scenario
from signalctl.workflow.traffic_model import queue_models, traffic_of

DEFAULT: Final = "cologne1,cologne8,grid4x4,arterial/peak,grid/peak"
HEAD: Final = (
    "| scenario | signals | due | model ms | plans/s | SUMO s | meso s | SUMO / model "
    "| meso / model |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def model_s(scenario: Scenario, network: Network, repeats: int) -> tuple[float, int]:
    """CPU seconds of one run of the model, and how many vehicles are due."""
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        vehicles = due_vehicles(scenario, Path(folder))
    traffic = traffic_of(network, scenario, vehicles)
    (model,) = queue_models(network, scenario, (traffic,))
    model.run()
    started = process_time()
    for _ in range(repeats):
        model.run()
    return (process_time() - started) / repeats, len(vehicles)


def sumo_s(scenario: Scenario, *, meso: bool) -> float:
    """CPU seconds of one run of SUMO without outputs."""
    options = {
        **scenario.options,
        "net-file": str(scenario.net),
        "route-files": ",".join(map(str, scenario.routes)),
        "begin": f"{scenario.begin_s:g}",
        "end": f"{scenario.limit_s:g}",
        "step-length": f"{scenario.step_s:g}",
        "time-to-teleport": f"{scenario.time_to_teleport_s:g}",
        "no-step-log": "true",
        "no-warnings": "true",
        "xml-validation": "never",
        **({"mesosim": "true", "meso-junction-control": "true"} if meso else {}),
        **(
            {"additional-files": ",".join(map(str, scenario.additionals))}
            if scenario.additionals
            else {}
        ),
    }
    command = [str(sumo_home() / "bin" / "sumo")]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=sumo_environment(dict(os.environ)))
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.model_speed", description=__doc__)
    parser.add_argument("--only", default=DEFAULT, help="names, separated by commas")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--write", type=Path, help="Markdown file to write the table to")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",")
    lines = [HEAD]
    print(HEAD)
    for name, config in scenarios():
        if name not in wanted:
            continue
        source = with_manifest(open_scenario(config), config)
        if source.scenario is None:
            continue
        own_s, due = model_s(source.scenario, source.network, options.repeats)
        micro_s, meso_s = (sumo_s(source.scenario, meso=meso) for meso in (False, True))
        lines.append(
            f"| {name} | {len(source.network.junctions)} | {due} | {1000 * own_s:.2f} | "
            f"{1 / own_s:.0f} | {micro_s:.2f} | {meso_s:.2f} | {micro_s / own_s:.0f} | "
            f"{meso_s / own_s:.0f} |"
        )
        print(lines[-1], flush=True)
    if options.write is not None:
        command = "python -m bench.model_speed"
        command += f" --only {options.only}" if options.only != DEFAULT else ""
        write_section(options.write, "bench.model_speed", command, lines)


if __name__ == "__main__":
    main()
