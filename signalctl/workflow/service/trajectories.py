"""Simulated vehicles for the time-space diagram, on its own axes and small enough to send."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from signalctl import __version__
from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.atomic import write_atomic
from signalctl.files.plan_file import PlanSet, plan_set_document
from signalctl.rules.registry import Profile
from signalctl.sim.sumo_options import sumo_version
from signalctl.sim.trajectories import Trajectory
from signalctl.workflow.driven_ways import driven_ways, settled_at_s
from signalctl.workflow.service.distances import Distances
from signalctl.workflow.source import Source

MOST_VEHICLES: Final = 300
"""More lines than this are a grey field, not a picture: every n-th vehicle is told instead."""
TOLERANCE_M: Final = 2.0
"""How far a told way may be from the driven one, along the road."""

Progress = Callable[[int, int, str], None]
Way = list[list[float]]


def trajectories_document(
    plan_set: PlanSet,
    source: Source,
    profile: Profile,
    *,
    seed: int,
    warm_up_s: int,
    cycles: int,
    kept: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Vehicles of one run, as the diagram draws them.

    `begin_s` is the simulated second that is second 0 of the drawing, a whole number of
    cycles; each way is [[t_s, distance_m], ...] from there, at the heights of the diagram's
    rows. `every` says that of the vehicles entering at one place every n-th is told.
    The answer is kept in the folder `kept` by everything that decides it.
    Raises InputError without corridor or demand, and as `driven_ways` does.
    """
    corridor, scenario = plan_set.corridor, source.scenario
    if corridor is None:
        raise InputError(
            "The plan names no corridor, so there is nothing to draw against distance.",
            remedy="Give the plan a corridor, with a plan for each of its junctions.",
        )
    if scenario is None:
        raise InputError("Vehicles need a scenario with demand.", where=str(source.network.path))
    key = [
        plan_set_document(plan_set),
        scenario.fingerprint,
        [seed, warm_up_s, cycles, TOLERANCE_M, MOST_VEHICLES],
        profile.name,
        [__version__, sumo_version()],
    ]
    path = kept / f"{fingerprint(key).removeprefix('sha256:')}.json"
    found = _kept(path)
    if found is not None:
        return found
    lap_s = _lap_s(corridor, plan_set)
    cycle_s = max(plan_set.plans[each].cycle_s for each in corridor.junction_ids)
    begin_s = settled_at_s(scenario, lap_s, warm_up_s)
    end_s = begin_s + cycles * cycle_s
    first_s = scenario.begin_s

    def on_second(second: float) -> None:
        progress(int(second - first_s), int(end_s - first_s), f"second {second:g}")

    ways = driven_ways(
        plan_set,
        source.network,
        scenario,
        corridor,
        profile,
        seed=seed,
        begin_s=begin_s,
        end_s=end_s,
        on_second=on_second,
    )
    document = {
        "scenario": scenario.name,
        "seed": seed,
        "cycle_s": cycle_s,
        "cycles": cycles,
        "begin_s": begin_s,
        "sumo": sumo_version(),
        **_told(ways, corridor, begin_s),
    }
    kept.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(document))
    return document


def _kept(path: Path) -> dict[str, Any] | None:
    """What was kept; a damaged file is as good as none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _lap_s(corridor: Corridor, plan_set: PlanSet) -> int:
    """After so many seconds every junction is again where it was at second 0.

    Where cycles have little in common that may be longer than any demand: then the longest
    cycle, and rows with others are not in step with the drawing.
    """
    cycles = [plan_set.plans[each].cycle_s for each in corridor.junction_ids]
    lap_s = math.lcm(*cycles)
    return lap_s if lap_s <= 4 * max(cycles) else max(cycles)


def _told(ways: Sequence[Trajectory], corridor: Corridor, begin_s: int) -> dict[str, Any]:
    every = max(1, -(-len(ways) // MOST_VEHICLES))
    distances = Distances.of(corridor)
    told: dict[str, list[Way]] = {}
    for direction, progression in corridor.directions.items():
        places = [line.position_m for line in progression.stop_lines]
        entered: dict[int, int] = {}
        lines = []
        for way in ways:
            if way.direction != direction:
                continue
            # Thinned at each entry alike: who turns in from a side street is not lost.
            entry = bisect_right(places, way.points[0][1])
            entered[entry] = entered.get(entry, -1) + 1
            if entered[entry] % every:
                continue
            lines.append(
                [
                    [round(t_s - begin_s, 1), round(distances.at(direction, position_m), 1)]
                    for t_s, position_m in simplified(way.points, TOLERANCE_M)
                ]
            )
        told[direction] = lines
    counts = {
        direction: sum(way.direction == direction for way in ways)
        for direction in corridor.directions
    }
    return {"every": every, "vehicles": counts, "directions": told}


def simplified(
    points: Sequence[tuple[float, float]], tolerance_m: float
) -> list[tuple[float, float]]:
    """The fewest of the points found whose polyline is never further off than so many metres.

    Deviation is measured along the road at the same second, so that a stop stays where and
    when it was (D. H. Douglas and T. K. Peucker, Cartographica 10(2), 1973, with the distance
    of trajectories).
    """
    if len(points) < 3:
        return list(points)
    keep = {0, len(points) - 1}
    open_parts = [(0, len(points) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        (t0, x0), (t1, x1) = points[first], points[last]
        slope = (x1 - x0) / (t1 - t0) if t1 > t0 else 0.0
        worst, worst_m = first, tolerance_m
        for i in range(first + 1, last):
            off_m = abs(points[i][1] - (x0 + slope * (points[i][0] - t0)))
            if off_m > worst_m:
                worst, worst_m = i, off_m
        if worst != first:
            keep.add(worst)
            open_parts += [(first, worst), (worst, last)]
    return [points[i] for i in sorted(keep)]
