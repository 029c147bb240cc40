"""Where the search begins: the shipped plan, and its stages retimed."""

from __future__ import annotations

from collections.abc import Mapping

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.networks.network import Network
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.splits import timed_program
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.source import Source

OWN_CYCLES_S = range(40, 131, 10)
"""Cycles from which each junction takes its own for the plan of isolated junctions, s."""
RETIMED_CYCLES_S = (45, 60, 75, 90, 105, 120)
"""Cycles at which the shipped stages, splits by flow, are a start of the search, s."""

CAUTIOUS = "shipped stages"
"""Labels of plans that change nothing but seconds and the order of stages, by flow, begin so:
what an engineer would do by the textbook, and what the model's mistakes cannot spoil."""

Starts = tuple[tuple[str, NetworkPoint], ...]


def made_starts(
    source: Source,
    request: OptimiseRequest,
    shipped: Mapping[str, JunctionPoint],
    flows: TurningFlows | None,
) -> Starts:
    """Labelled starts, the shipped plan first.

    `shipped` holds each planned junction's shipped stages at a safe cycle.
    """
    network = source.network
    starts = [("shipped plan", FrozenMap(shipped))]
    if flows is not None and Keep.CYCLE not in request.keep:
        starts += [
            (
                f"{CAUTIOUS} at {cycle_s} s, by flow",
                FrozenMap(retimed(network, shipped, flows, cycle_s)),
            )
            for cycle_s in RETIMED_CYCLES_S
            if cycle_s in request.cycles
        ]
    if flows is not None and not request.keep & {Keep.CYCLE, Keep.OFFSETS} and len(shipped) > 1:
        own = {
            j: _at_own_cycle(point, network.junction(j), flows, request)
            for j, point in shipped.items()
        }
        starts.append((f"{CAUTIOUS}, each at its own cycle, by flow", FrozenMap(own)))
    return tuple(starts)


def retimed(
    network: Network,
    points: Mapping[str, JunctionPoint],
    flows: TurningFlows | None,
    cycle_s: int,
) -> dict[str, JunctionPoint]:
    """The points' stages at a cycle, or the shortest they allow, splits by flow.

    As they are where no flow is known.
    """
    if flows is None:
        return dict(points)
    return {j: _timed(point, network.junction(j), flows, cycle_s)[1] for j, point in points.items()}


def volumes_vph(flows: TurningFlows | None, junction: Junction) -> dict[str, float]:
    """Volume of each group of a junction, veh/h; empty where no demand is known."""
    if flows is None:
        return {}
    return {g: flows.groups.get((junction.id, g), 0.0) for g in junction.group_ids}


def lengths_of(program: Program, skeleton: Skeleton) -> tuple[int, ...]:
    """Lengths that make a skeleton show a program of the same steps."""
    return Skeleton(skeleton.junction, program, skeleton.label).lengths_like(skeleton)


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
