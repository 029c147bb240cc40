"""SUMO's own fixed-time planning as a peer: Webster cycles and splits, then offsets.

The tools come with SUMO: tlsCycleAdaptation.py (Webster's formula) and
tlsCoordinator.py (greedy offsets along routes). They get the scenario's amber time
and the routes that vehicles drove in one run of the shipped programs, departures
as they were due: full knowledge of the demand. (With the departures of that run,
which a jam delays, the tools see less demand than there is and plan worse: on
hangzhou_1x1_bctyc 582 s of delay instead of 330 s.)
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from signalctl.domain.errors import SimulationError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import DueVehicle
from signalctl.files.atomic import write_atomic
from signalctl.networks.program_reader import RawProgram
from signalctl.sim.programs import active_programs
from signalctl.sim.run import run
from signalctl.sim.scenario import Scenario
from signalctl.sim.sumo_options import sumo_environment, sumo_home
from signalctl.sim.variants import Variant, VariantKind

PROGRAM_ID: Final = "sumo-tools"
TIMEOUT_S: Final = 1800.0
_ROUTES_SEED: Final = 1
_DEFAULT_AMBER_S: Final = 3
"""For networks whose programs show no amber at all: the usual one in town."""


class _ToolError(Exception):
    """A tool ended badly; the message is its last line."""


def sumo_tools(
    scenario: Scenario, folder: Path, name: str = "sumo-tools", *, routes: Path | None = None
) -> Variant:
    """Programs of SUMO's tools for every light they can handle; writes to `folder`.

    `routes` (see `due_routes`) spares the run of the shipped programs. Lights on which
    the tool breaks down keep their shipped program, and a note names them. Raises
    SimulationError when nothing comes out at all.
    """
    programs = active_programs(scenario.net, scenario.additionals)
    amber_s, notes = _amber_s(programs.values())
    routes = routes or _driven_routes(scenario, folder / "driven.rou.xml")
    cycles = folder / "cycles.add.xml"
    offsets = folder / "offsets.add.xml"
    base = ["-n", str(scenario.net), "-r", str(routes)]

    def adapt(skipped: Collection[str]) -> None:
        settings = ["-y", str(amber_s), "-p", PROGRAM_ID, "--skip", ",".join(sorted(skipped))]
        begin = ["-b", f"{scenario.begin_s:g}"]
        _run_tool("tlsCycleAdaptation.py", [*base, *begin, *settings, "-o", str(cycles)])

    skipped, why = _breaking(tuple(programs), adapt)
    if why:
        notes.append(
            f"tlsCycleAdaptation.py breaks down ({why}) on {', '.join(skipped) or 'all lights'}: "
            "shipped program kept there."
        )
        try:
            adapt(skipped)
        except _ToolError as error:
            raise SimulationError(
                f"tlsCycleAdaptation.py breaks down whatever it skips: {error}.",
                where=scenario.name,
            ) from error
    additionals = [cycles]
    try:
        _run_tool("tlsCoordinator.py", [*base, "-a", str(cycles), "-o", str(offsets)])
        additionals.append(offsets)
    except _ToolError as error:
        notes.append(f"tlsCoordinator.py breaks down ({error}): no offsets were set.")
    if not active_programs(cycles, ()) and len(additionals) == 1:
        raise SimulationError(
            "SUMO's tools made no program for this scenario. " + " ".join(notes),
            where=scenario.name,
        )
    return Variant(
        name=name,
        kind=VariantKind.SUMO_TOOLS,
        additionals=tuple(additionals),
        notes=tuple(notes),
    )


def due_routes(vehicles: Sequence[DueVehicle], path: Path) -> Path:
    """Write a route file of due vehicles, by departure, as the tools need it; its path."""
    lines = (
        f'<vehicle id={quoteattr(vehicle.id)} depart="{vehicle.depart_s:.2f}">'
        f"<route edges={quoteattr(' '.join(vehicle.edges))}/></vehicle>"
        for vehicle in vehicles
    )
    write_atomic(path, "\n".join(["<routes>", *lines, "</routes>\n"]))
    return path


def _driven_routes(scenario: Scenario, path: Path) -> Path:
    """A route file of every vehicle's own route, as the tools need it."""
    options = {
        "vehroute-output": str(path),
        "vehroute-output.sorted": "true",
        "vehroute-output.last-route": "true",
        "vehroute-output.intended-depart": "true",
        "vehroute-output.write-unfinished": "true",
    }
    variant = Variant(name="driven", kind=VariantKind.SHIPPED, options=FrozenMap(options))
    run(scenario, variant, _ROUTES_SEED, approaches=False)
    return path


def _amber_s(programs: Collection[RawProgram]) -> tuple[int, list[str]]:
    """The most frequent duration of amber steps, in whole seconds, and notes on it."""
    durations = Counter(
        max(1, round(step.duration_s))
        for program in programs
        for step in program.steps
        if set(step.state) & set("yY")
    )
    if not durations:
        return _DEFAULT_AMBER_S, [f"No shipped amber: {_DEFAULT_AMBER_S} s are used."]
    amber_s = min(durations, key=lambda s: (-durations[s], s))
    others = sorted(durations.keys() - {amber_s})
    told = f"Shipped ambers differ ({amber_s} and {', '.join(map(str, others))} s): "
    return amber_s, [f"{told}{amber_s} s used everywhere."] if others else []


def _breaking(
    lights: Sequence[str], adapt: Callable[[Collection[str]], None]
) -> tuple[list[str], str]:
    """Lights on which the tool breaks down, found by halving, and what it says there."""

    def search(part: Sequence[str]) -> tuple[list[str], str]:
        try:
            adapt(set(lights) - set(part))
        except _ToolError as error:
            if len(part) <= 1:
                return list(part), str(error)
            half = len(part) // 2
            (left, why_left), (right, why_right) = search(part[:half]), search(part[half:])
            return left + right, why_left or why_right or str(error)
        return [], ""

    return search(lights)


def _run_tool(tool: str, arguments: Sequence[str]) -> None:
    """Run a tool of SUMO's wheel; raises _ToolError with its last line."""
    command = [sys.executable, str(sumo_home() / "tools" / tool), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a program of SUMO's wheel, our own arguments
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env=sumo_environment(dict(os.environ)),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _ToolError(f"no end after {TIMEOUT_S:g} s") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise _ToolError(lines[-1] if lines else f"status {done.returncode}")
