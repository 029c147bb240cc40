"""A scenario file for a demand that was made from counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from signalctl.files.atomic import write_atomic
from signalctl.files.yaml_document import dump_yaml
from signalctl.networks.sumo_xml import elements
from signalctl.sim.demand_period import MAX_BYTES
from signalctl.sim.scenario import Scenario
from signalctl.sim.scenario_file import SCENARIO_SCHEMA

DEMAND_TAGS = ("vehicle", "trip", "flow", "person", "personFlow", "container", "containerFlow")


def write_scenario(
    path: Path,
    net: Path,
    routes: Path,
    begin_s: float,
    end_s: float,
    like: Scenario | None = None,
) -> tuple[str, ...]:
    """Write a scenario of a network and a route file; remarks on what was left out.

    Step length, teleporting, options and additional files are those of the scenario
    `like`; additional files that hold demand of their own are left out. Raises
    InputError when a file cannot be read or written.
    """
    document: dict[str, Any] = {
        "schema": SCENARIO_SCHEMA,
        "name": path.stem,
        "network": _beside(path, net),
        "routes": [_beside(path, routes)],
        "begin_s": begin_s,
        "end_s": end_s,
    }
    notes = []
    if like is not None:
        kept = []
        for additional in like.additionals:
            if _has_demand(additional):
                notes.append(f"{additional.name} is left out: it holds vehicles or persons.")
            else:
                kept.append(_beside(path, additional))
        document |= {
            "additionals": kept,
            "step_s": like.step_s,
            "teleport_s": like.time_to_teleport_s,
            "drain_limit_s": like.drain_limit_s,
            "options": dict(like.options),
        }
    write_atomic(path, dump_yaml(document, "demand made from counts by signalctl demand"))
    return tuple(notes)


def _beside(path: Path, file: Path) -> str:
    return os.path.relpath(file.resolve(), path.resolve().parent)


def _has_demand(path: Path) -> bool:
    stream = elements(path, DEMAND_TAGS, max_bytes=MAX_BYTES)
    next(stream, None)
    return next(stream, None) is not None
