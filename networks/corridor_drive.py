"""Driving a corridor: the way through its lights, the stop lines on it and their distances."""

from __future__ import annotations

from collections.abc import Sequence

from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import InputError
from signalctl.domain.junction import GroupKind, Junction, Movement
from signalctl.networks.corridor_search import lights_on, steps_on, way_through
from signalctl.networks.driving import DrivingGraph, Step
from signalctl.networks.network import Network


class Arteries:
    """The drivable roads of a network with its lights, prepared once for many corridors."""

    def __init__(self, network: Network, v_class: str = "passenger") -> None:
        self.network = network
        self.graph = DrivingGraph(network.roads, v_class)

    def light(self, step: Step) -> str | None:
        """The junction whose signal a step obeys; None at rail crossings and rail signals."""
        return step.tl if step.tl in self.network.junctions else None


def way_of(arteries: Arteries, ids: Sequence[str]) -> tuple[str, ...]:
    """Edges driven through the lights; raises InputError where that is not possible."""
    light = arteries.light
    way = way_through(arteries.graph, light, ids)
    if isinstance(way, int):
        if way == 0:
            raise InputError(f"Junction {ids[0]} controls no way that cars can drive.")
        raise InputError(
            f"No drivable way leads from junction {ids[way - 1]} to junction {ids[way]}.",
            remedy="Check the order of the junctions; a one-way street runs one way only.",
        )
    met = lights_on(arteries.graph, light, way)
    foreign = [junction for junction in met if junction not in ids]
    if foreign:
        at = met.index(foreign[0])
        before = next((j for j in reversed(met[:at]) if j in ids), ids[0])
        raise InputError(
            f"The way on from junction {before} passes the signal {foreign[0]}, which is not "
            "in the list.",
            remedy=f"List {' and '.join(dict.fromkeys(foreign))} in its place too.",
        )
    if met != tuple(ids):
        raise InputError(
            f"The way through the junctions meets them as {', '.join(met)}, not as listed.",
            remedy="List the junctions in the order in which the street passes them.",
        )
    return way


def progression(
    arteries: Arteries, way: Sequence[str], speed_mps: float | None, notes: list[str]
) -> Progression:
    """Stop lines and link speeds along a driven way."""
    roads = arteries.network.roads
    lines: list[StopLine] = []
    speeds: list[float] = []
    at_m = line_m = line_s = at_s = 0.0
    for step in steps_on(arteries.graph, way):
        junction_id = arteries.light(step)
        if junction_id is not None:
            junction = arteries.network.junctions[junction_id]
            group_id = _group(junction, step, notes)
            if lines and at_m - line_m <= 0.01:
                # Two stop lines in one place: the network has a link without length.
                at_m = line_m + 0.01
            if lines:
                gap_m, gap_s = at_m - line_m, at_s - line_s
                speeds.append(speed_mps or (gap_m / gap_s if gap_s > 0 else 1.0))
            lines.append(StopLine(junction_id=junction_id, group_id=group_id, position_m=at_m))
            line_m, line_s = at_m, at_s
        if lines:
            at_m += step.crossing_m + roads.edges[step.to_edge].length_m
            at_s += step.crossing_s + arteries.graph.run_s(step.to_edge)
    first_m = lines[0].position_m
    placed = tuple(
        StopLine(
            junction_id=line.junction_id,
            group_id=line.group_id,
            position_m=line.position_m - first_m,
        )
        for line in lines
    )
    return Progression(stop_lines=placed, speeds_mps=tuple(speeds), edges=tuple(way))


def _group(junction: Junction, step: Step, notes: list[str]) -> str:
    """The group whose green the driven way needs: of the step's own links.

    Where lanes of one step belong to several groups, a through movement of
    general traffic counts before others, then the one with most links.
    """
    of_link = {link: group for group in junction.groups for link in group.links}
    own = [c.link_index for c in step.connections if c.link_index in of_link]
    groups = {of_link[link].id: of_link[link] for link in own if link is not None}
    if not groups:
        raise InputError(
            f"No signal group of junction {junction.id} controls the way from edge "
            f"{step.from_edge} to edge {step.to_edge}.",
            where=f"junction {junction.id}",
        )
    if len(groups) > 1:
        notes.append(
            f"At junction {junction.id} the lanes from edge {step.from_edge} to edge "
            f"{step.to_edge} obey {len(groups)} groups ({', '.join(sorted(groups))})."
        )
    return min(
        groups.values(),
        key=lambda g: (
            g.kind is not GroupKind.VEHICLE,
            Movement.THROUGH not in g.movements,
            -sum(link in g.links for link in own),
            g.id,
        ),
    ).id
