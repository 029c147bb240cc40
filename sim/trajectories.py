"""Vehicles' ways along a corridor, for the time-space diagram.

From SUMO's floating car data, recorded once a second on the corridor's edges and
the lanes inside its junctions. A vehicle that leaves the corridor and comes back
is a new trajectory.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from signalctl.domain.corridor import Corridor, Progression
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.road_reader import read_roads
from signalctl.networks.roads import RoadGraph
from signalctl.networks.sumo_xml import elements, number, text
from signalctl.sim.run import RunningRun, prepared
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant

MAX_BYTES: Final = 8_000_000_000
GAP_S: Final = 5.0
"""A vehicle unseen for longer has left the corridor."""
BACK_M: Final = 1.0
"""A position that falls by more is another lap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """A vehicle's front along one direction: points are (time s, position m), by time.

    Positions count from the direction's first stop line, negative before it, as
    `StopLine.position_m` does.
    """

    vehicle_id: str
    direction: str
    points: tuple[tuple[float, float], ...]


def trajectories(
    scenario: Scenario,
    variant: Variant,
    seed: int,
    corridor: Corridor,
    t0_s: float,
    t1_s: float,
    on_second: Callable[[float], None] = lambda _second: None,
) -> tuple[Trajectory, ...]:
    """Ways of all vehicles on the corridor's edges in seconds t0_s to t1_s, one run.

    Ordered by direction, first second and vehicle. `on_second` is told the simulated
    second reached, now and then. Raises InputError for an empty window, edges that are
    not in the scenario's network, and what a run raises.
    """
    if not t0_s < t1_s or t1_s <= scenario.begin_s or t0_s >= scenario.limit_s:
        raise InputError(
            f"Seconds {t0_s:g} to {t1_s:g} are not in the scenario's "
            f"{scenario.begin_s:g} to {scenario.limit_s:g} s."
        )
    roads = read_roads(scenario.net)
    starts: dict[str, tuple[str, float]] = {}
    for direction, progression in sorted(corridor.directions.items(), reverse=True):
        for edge, start_m in edge_starts(progression, roads).items():
            starts.setdefault(edge, (direction, start_m))
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        place = Path(folder)
        seen = _record(scenario, variant, seed, place, tuple(starts), t0_s, t1_s, on_second)
        tracks = _tracks(seen, starts)
    found = [
        Trajectory(vehicle_id=vehicle, direction=direction, points=tuple(points))
        for (direction, vehicle), parts in tracks.items()
        for points in parts
        if len(points) > 1
    ]
    return tuple(sorted(found, key=lambda t: (t.direction, t.points[0][0], t.vehicle_id)))


def edge_starts(progression: Progression, roads: RoadGraph) -> dict[str, float]:
    """Position of the begin of each edge of a direction, junctions' inner edges included.

    Lengths are the network's; at every stop line the position is the progression's
    own, so that vehicles stop where the diagram's bars stand. Raises InputError for a
    path that is not connected in this network or passes no stop line of it.
    """
    path, lines = progression.edges, list(progression.stop_lines)
    if not path:
        raise InputError("The corridor's direction has no edges: nothing can be followed.")
    starts: dict[str, float] = {path[0]: 0.0}
    end_m = _length(roads, path[0])
    shift_m: float | None = None
    for edge, after in pairwise(path):
        steps = [c for c in roads.outgoing(edge) if c.to_edge == after]
        if not steps:
            raise InputError(f"Edge {edge} does not lead to edge {after} in this network.")
        if lines and any(c.tl == lines[0].junction_id for c in steps):
            line_m = lines.pop(0).position_m
            if shift_m is None:
                shift_m = line_m - end_m
                starts = {known: at_m + shift_m for known, at_m in starts.items()}
            end_m = line_m
        inner = [roads.internal_path(c) for c in steps]
        for lanes in inner:
            at_m = end_m
            for lane in lanes:
                starts.setdefault(lane.edge_id, at_m)
                at_m += lane.length_m
        end_m += min(sum(lane.length_m for lane in lanes) for lanes in inner)
        starts[after] = end_m
        end_m += _length(roads, after)
    if shift_m is None:
        raise InputError(
            f"The path of {len(path)} edges passes no stop line of junction "
            f"{progression.stop_lines[0].junction_id}."
        )
    return starts


def _length(roads: RoadGraph, edge: str) -> float:
    found = roads.edges.get(edge)
    if found is None:
        raise InputError(f"There is no edge {edge!r} in this network.")
    return found.length_m


def _record(
    scenario: Scenario,
    variant: Variant,
    seed: int,
    folder: Path,
    edges: tuple[str, ...],
    t0_s: float,
    t1_s: float,
    on_second: Callable[[float], None],
) -> Iterator[tuple[float, str, str, float]]:
    """(time s, vehicle, edge, position on it m) of every vehicle seen on the edges."""
    selection, output = folder / "edges.txt", folder / "fcd.xml"
    selection.write_text("".join(f"edge:{edge}\n" for edge in edges), encoding="utf-8")
    options = {
        "fcd-output": str(output),
        "fcd-output.filter-edges.input-file": str(selection),
        "fcd-output.attributes": "lane,pos",
        "device.fcd.period": "1",
        "device.fcd.begin": f"{max(t0_s, scenario.begin_s):g}",
    }
    watched = Variant(
        name=variant.name,
        kind=variant.kind,
        additionals=variant.additionals,
        options=FrozenMap({**variant.options, **options}),
    )
    with (
        prepared(scenario, approaches=False) as ready,
        RunningRun(ready, watched, seed, stop_s=t1_s) as running,
    ):
        while not running.is_over:
            on_second(running.reached_s)
            time.sleep(0.02)
        running.record()
    for step in elements(output, ("timestep",), max_bytes=MAX_BYTES):
        if step.tag != "timestep":
            continue
        now_s = number(output, step, "time")
        if t0_s <= now_s <= t1_s:
            for vehicle in step.iterchildren("vehicle"):
                edge = text(output, vehicle, "lane").rpartition("_")[0]
                yield now_s, text(output, vehicle, "id"), edge, number(output, vehicle, "pos")


def _tracks(
    seen: Iterator[tuple[float, str, str, float]], starts: Mapping[str, tuple[str, float]]
) -> dict[tuple[str, str], list[list[tuple[float, float]]]]:
    """(direction, vehicle) -> its parts, each an unbroken way."""
    tracks: dict[tuple[str, str], list[list[tuple[float, float]]]] = defaultdict(list)
    for now_s, vehicle, edge, on_edge_m in seen:
        if edge not in starts:
            continue
        direction, start_m = starts[edge]
        point = (now_s, round(start_m + on_edge_m, 2))
        parts = tracks[direction, vehicle]
        goes_on = (
            parts and point[0] - parts[-1][-1][0] <= GAP_S and point[1] > parts[-1][-1][1] - BACK_M
        )
        if goes_on:
            parts[-1].append(point)
        else:
            parts.append([point])
    return tracks
