"""What SUMO's own tools would plan, as a start: never to be worse than they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from signalctl.domain.errors import SimulationError, SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import DueVehicle
from signalctl.networks.network import Network, read_network
from signalctl.optimiser.mend import mended
from signalctl.optimiser.search.point import JunctionPoint
from signalctl.optimiser.skeleton import Skeleton
from signalctl.sim.programs import active_programs
from signalctl.sim.sumo_tools import due_routes, sumo_tools
from signalctl.workflow.optimise.junctions import PlannedJunction, why_unsafe
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.starts import CAUTIOUS, Starts
from signalctl.workflow.source import Source

LABEL = f"{CAUTIOUS} as SUMO's tools time them"


def with_tools_plan(
    source: Source,
    request: OptimiseRequest,
    planned: Mapping[str, PlannedJunction],
    vehicles: Sequence[DueVehicle],
    folder: Path,
) -> tuple[FrozenMap[str, PlannedJunction], Starts, tuple[str, ...]]:
    """The junctions with the tools' programs among their stages, the start, and notes.

    Cycles and splits of tlsCycleAdaptation.py, offsets of tlsCoordinator.py, greens no
    shorter than their minimum. A junction where these break a rule, or that the tools
    skip, starts as shipped. Nothing changes
    when something is to be kept as shipped, or the tools break down altogether.
    """
    scenario = source.scenario
    assert scenario is not None
    if request.keep:
        return FrozenMap(planned), (), ()
    tools = folder / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    try:
        variant = sumo_tools(scenario, tools, routes=due_routes(vehicles, tools / "due.rou.xml"))
    except SimulationError as error:
        return FrozenMap(planned), (), (f"SUMO's tools gave no start: {error.message}",)
    additionals = (*scenario.additionals, *variant.additionals)
    timed = read_network(scenario.net, additionals)
    offsets = {
        light: round(raw.offset_s)
        for light, raw in active_programs(scenario.net, additionals).items()
        if not isinstance(raw.offset_s, str)
    }
    found: dict[str, PlannedJunction] = {}
    points: dict[str, JunctionPoint] = {}
    for junction_id, each in planned.items():
        point = _point(timed, each, request, offsets.get(junction_id, 0))
        found[junction_id], points[junction_id] = each, each.start
        if point is None:
            continue
        points[junction_id] = point
        if point.skeleton not in each.skeletons:
            found[junction_id] = replace(each, skeletons=(*each.skeletons, point.skeleton))
    return FrozenMap(found), ((LABEL, FrozenMap(points)),), ()


def _point(
    timed: Network, planned: PlannedJunction, request: OptimiseRequest, offset_s: int
) -> JunctionPoint | None:
    """The tools' program of a junction as a point; None where it is none, or not a safe one."""
    junction = planned.junction
    program = timed.default_program(junction.id)
    if program is None or program.program is None or program.program == planned.shipped.program:
        return None
    first = planned.skeletons[0]
    base = mended(program.program, junction).program
    skeleton = Skeleton(first.junction, base, "SUMO's tools")
    if first.label != "shipped" or not skeleton.stretchable:
        return None
    # The tools know no minimum greens: the nearest lengths that keep them are taken.
    cycle_s = max(base.cycle_s, skeleton.shortest_cycle_s)
    # Half the common cycle is as good as the cycle: the search allows it as well.
    if not {cycle_s, 2 * cycle_s} & set(request.cycles):
        return None
    lengths = skeleton.base_lengths
    if not skeleton.is_feasible(lengths):
        try:
            lengths = skeleton.lengths_at(cycle_s, [float(length) for length in lengths])
        except SolveError:
            return None
    point = JunctionPoint(skeleton=skeleton, lengths=lengths, offset_s=offset_s % cycle_s)
    return point if why_unsafe(point, junction, request.profile) is None else None
