"""Where the search begins: the shipped plan, its stages retimed, the green wave."""

from __future__ import annotations

from collections.abc import Mapping

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.splits import timed_program
from signalctl.workflow.optimise.request import AUTO, OptimiseRequest
from signalctl.workflow.source import Source
from signalctl.workflow.wave.greenwave import WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

OWN_CYCLES_S = range(40, 131, 10)
"""Cycles from which each junction takes its own for the plan of isolated junctions, s."""
RETIMED_CYCLES_S = (45, 60, 75, 90, 105, 120)
"""Cycles at which the shipped stages, splits by flow, are a start of the search, s."""
WAVE_CYCLES_S = (60, 75, 90, 105, 120)
"""Cycles at which a green wave is sought, s: a start needs to be near, not best."""

CAUTIOUS = "shipped stages"
"""Labels of plans that change nothing but seconds, by flow, begin so: what an engineer
would do by the textbook, and what the model's mistakes cannot spoil."""

Starts = tuple[tuple[str, NetworkPoint], ...]


def made_starts(
    source: Source,
    request: OptimiseRequest,
    shipped: Mapping[str, JunctionPoint],
    flows: TurningFlows | None,
) -> tuple[Starts, tuple[str, ...]]:
    """Labelled starts, the shipped plan first, and what is to be said of them.

    `shipped` holds each planned junction's shipped stages at a safe cycle.
    """
    network = source.network

    def retimed(cycle_s: int) -> dict[str, JunctionPoint]:
        if flows is None:
            return dict(shipped)
        return {
            j: _retimed(point, network.junction(j), flows, cycle_s) for j, point in shipped.items()
        }

    starts = [("shipped plan", FrozenMap(shipped))]
    if flows is not None and Keep.CYCLE not in request.keep:
        starts += [
            (f"{CAUTIOUS} at {cycle_s} s, by flow", FrozenMap(retimed(cycle_s)))
            for cycle_s in RETIMED_CYCLES_S
            if cycle_s in request.cycles
        ]
    if flows is not None and not request.keep & {Keep.CYCLE, Keep.OFFSETS} and len(shipped) > 1:
        own = {
            j: _at_own_cycle(point, network.junction(j), flows, request)
            for j, point in shipped.items()
        }
        starts.append((f"{CAUTIOUS}, each at its own cycle, by flow", FrozenMap(own)))
    if len(shipped) < 2 or request.keep & {Keep.CYCLE, Keep.OFFSETS}:
        return tuple(starts), ()
    wave, notes = _wave(source, request, shipped)
    if wave:
        cycle_s = next(iter(wave.values())).cycle_s
        starts.append(("green wave", FrozenMap({**retimed(cycle_s), **wave})))
    return tuple(starts), notes


def volumes_vph(flows: TurningFlows | None, junction: Junction) -> dict[str, float]:
    """Volume of each group of a junction, veh/h; empty where no demand is known."""
    if flows is None:
        return {}
    return {g: flows.groups.get((junction.id, g), 0.0) for g in junction.group_ids}


def lengths_of(program: Program, skeleton: Skeleton) -> tuple[int, ...]:
    """Lengths that make a skeleton show a program of the same steps."""
    return Skeleton(skeleton.junction, program, skeleton.label).lengths_like(skeleton)


def _retimed(
    point: JunctionPoint, junction: Junction, flows: TurningFlows, cycle_s: int
) -> JunctionPoint:
    """The stages at a cycle, or the shortest they allow, splits by flow."""
    return _timed(point, junction, flows, cycle_s)[1]


def _at_own_cycle(
    point: JunctionPoint, junction: Junction, flows: TurningFlows, request: OptimiseRequest
) -> JunctionPoint:
    """The stages at the cycle of least delay by formula, splits by flow."""
    cycles = [cycle_s for cycle_s in OWN_CYCLES_S if cycle_s in request.cycles]
    found = [_timed(point, junction, flows, cycle_s) for cycle_s in cycles]
    return min(found, key=lambda pair: (pair[0], pair[1].cycle_s))[1] if found else point


def _timed(
    point: JunctionPoint, junction: Junction, flows: TurningFlows, cycle_s: int
) -> tuple[float, JunctionPoint]:
    """Delay by formula in veh h per h, and the stages at the cycle or the shortest possible."""
    skeleton = point.skeleton
    cycle_s = max(cycle_s, skeleton.shortest_cycle_s)
    timed = timed_program(
        skeleton.base,
        skeleton.junction,
        cycle_s,
        flow_ratios(flows, junction),
        volumes_vph=volumes_vph(flows, junction),
    )
    delay = sum(group.volume_vph * group.delay_s / 3600 for group in timed.groups.values())
    return delay, JunctionPoint(
        skeleton=skeleton,
        lengths=lengths_of(timed.program, skeleton),
        offset_s=point.offset_s % cycle_s,
    )


def _wave(
    source: Source, request: OptimiseRequest, shipped: Mapping[str, JunctionPoint]
) -> tuple[dict[str, JunctionPoint], tuple[str, ...]]:
    """The green wave of the corridor that was named, or of the most important one."""
    named = request.corridor if request.corridor not in (None, AUTO) else None
    cycles = [cycle_s for cycle_s in WAVE_CYCLES_S if cycle_s in request.cycles]
    if not cycles:
        return {}, ()
    step_s = cycles[1] - cycles[0] if len(cycles) > 1 else 1
    wanted = WaveRequest(cycles=range(cycles[0], cycles[-1] + 1, step_s), profile=request.profile)
    try:
        wave = wave_for(source, CorridorChoice(junctions=named), wanted)
    except (SolveError, InputError) as error:
        return {}, (f"No green wave is among the starts: {error}",)
    points = {}
    for junction_id, plan in wave.plans.plans.items():
        point = shipped.get(junction_id)
        if point is None or point.skeleton.label != "shipped":
            continue
        program = expand(plan, source.network.junction(junction_id))
        points[junction_id] = JunctionPoint(
            skeleton=point.skeleton,
            lengths=lengths_of(program, point.skeleton),
            offset_s=plan.offset.seconds % program.cycle_s,
        )
    return points, ()
