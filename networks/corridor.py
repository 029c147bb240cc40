"""Corridors: from junctions, from an edge path, or found and ranked.

A corridor's outbound direction passes its junctions in the order given, inbound
the way back through the same junctions in reverse. Each direction is what a car
drives: its edges, the stop lines it meets, the distances between them measured
stop line to stop line over the nodes, and the progression speeds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.errors import InputError
from signalctl.domain.junction import GroupKind, Junction, Movement
from signalctl.networks.corridor_search import (
    Lights,
    lights_on,
    steps_on,
    way_between,
    way_through,
)
from signalctl.networks.driving import DrivingGraph, Step
from signalctl.networks.network import Network

DETOUR_RATIO = 1.6
DETOUR_M = 300.0
"""An inbound way longer than this many times the outbound one plus this is another street."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCorridor:
    """A corridor and what a person should know about it (why it has no way back...)."""

    corridor: Corridor
    notes: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Outbound distance from first to last stop line, m."""
        return self.corridor.outbound.stop_lines[-1].position_m


class Arteries:
    """The drivable roads of a network with its lights, prepared once for many corridors."""

    def __init__(self, network: Network, v_class: str = "passenger") -> None:
        self.network = network
        self.graph = DrivingGraph(network.roads, v_class)

    def light(self, step: Step) -> str | None:
        """The junction whose signal a step obeys; None at lights no program runs."""
        return step.tl if step.tl in self.network.junctions else None


def corridor_from_junctions(
    network: Network, ids: Sequence[str], speed_mps: float | None = None
) -> FoundCorridor:
    """The corridor through junctions in the given order, both directions.

    `speed_mps` is the progression speed of every link; without it each link
    gets the speed that its edges' limits give over the driven way.
    A signal that is not listed but lies on the way is an InputError naming it,
    pedestrian lights included: an unlisted light stops the platoon like any
    other. Lights that no program runs (rail crossings and signals) are passed.
    Also raises InputError for fewer than two junctions, repeated ones, unknown
    ids (with close matches), and lights that no drivable way joins. Without a
    way back inbound is None, and a note says why.
    """
    return corridor_on(Arteries(network), ids, speed_mps)


def corridor_on(
    arteries: Arteries, ids: Sequence[str], speed_mps: float | None = None
) -> FoundCorridor:
    """`corridor_from_junctions` on prepared roads."""
    _check_ids(arteries.network, ids)
    _check_speed(speed_mps)
    outbound_way = _way(arteries, ids)
    return _both_ways(arteries, tuple(ids), outbound_way, speed_mps)


def corridor_from_edges(
    network: Network, from_edge: str, to_edge: str, speed_mps: float | None = None
) -> FoundCorridor:
    """The corridor along the fastest way between two edges, straight on preferred.

    Its junctions are all lights on that way. Raises InputError for unknown
    edges, edges no car may use, edges that are not connected, and a way with
    fewer than two lights or one light met twice.
    """
    arteries = Arteries(network)
    graph = arteries.graph
    for edge_id in (from_edge, to_edge):
        if edge_id not in network.roads.edges:
            raise InputError(
                f"There is no edge {edge_id!r} in the network.",
                remedy=_close(edge_id, [e for e in network.roads.edges if not e.startswith(":")]),
            )
        if not graph.usable(edge_id):
            raise InputError(f"Edge {edge_id!r} is closed to cars: no corridor can run there.")
    _check_speed(speed_mps)
    way = way_between(graph, from_edge, to_edge)
    if way is None:
        raise InputError(
            f"No drivable way leads from edge {from_edge!r} to edge {to_edge!r}.",
            remedy="Swap them if the street is one-way, or name other edges.",
        )
    ids = lights_on(graph, arteries.light, way)
    if len(ids) < 2:
        met = f"only the signal {ids[0]}" if ids else "no signal"
        raise InputError(
            f"The way from edge {from_edge!r} to edge {to_edge!r} meets {met}.",
            remedy="A corridor needs two signals at least: name edges further apart.",
        )
    _check_ids(network, ids)
    return _both_ways(arteries, ids, way, speed_mps)


def _both_ways(
    arteries: Arteries, ids: tuple[str, ...], way: tuple[str, ...], speed_mps: float | None
) -> FoundCorridor:
    notes: list[str] = []
    outbound = _progression(arteries, way, speed_mps, notes)
    inbound: Progression | None = None
    reverse = ids[::-1]
    try:
        inbound = _progression(arteries, _way(arteries, reverse), speed_mps, notes)
    except InputError as error:
        notes.append(f"There is no inbound direction: {error.message}")
    if inbound is not None:
        there = outbound.stop_lines[-1].position_m
        back = inbound.stop_lines[-1].position_m
        if back > DETOUR_RATIO * there + DETOUR_M:
            notes.append(
                f"There is no inbound direction: the way back is {back:.0f} m long, the way "
                f"there {there:.0f} m, so it follows other streets."
            )
            inbound = None
    corridor = Corridor(
        name=_name(arteries, way, ids),
        junction_ids=ids,
        outbound=outbound,
        inbound=inbound,
    )
    return FoundCorridor(corridor=corridor, notes=tuple(dict.fromkeys(notes)))


def _way(arteries: Arteries, ids: Sequence[str]) -> tuple[str, ...]:
    """Edges driven through the lights; raises InputError where that is not possible."""
    light: Lights = arteries.light
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


def _progression(
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


def _check_ids(network: Network, ids: Sequence[str]) -> None:
    for junction_id in ids:
        if junction_id not in network.junctions:
            raise InputError(
                f"There is no signal-controlled junction {junction_id!r}.",
                remedy=_remedy(network, junction_id),
            )
    if len(ids) < 2:
        raise InputError("A corridor needs two junctions at least.")
    twice = sorted({a for a in ids if list(ids).count(a) > 1})
    if twice:
        raise InputError(f"Junction {twice[0]} stands twice in the corridor.")


def _check_speed(speed_mps: float | None) -> None:
    if speed_mps is not None and not 0.0 < speed_mps < 100.0:
        raise InputError(f"A progression speed of {speed_mps:g} m/s is not possible.")


def _remedy(network: Network, wanted: str) -> str:
    """Where a wrong junction id may have come from: a node's id, or a slip of the pen."""
    for edge in network.roads.entering(wanted):
        lights = [c.tl for c in network.roads.outgoing(edge.id) if c.tl in network.junctions]
        if lights:
            return f"Node {wanted} is controlled by the light {lights[0]}: use that id."
    if wanted in network.roads.nodes:
        return f"Node {wanted} has no signals."
    return _close(wanted, network.junctions)


def _close(wanted: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    close += [name for name in names if wanted and wanted in name and name not in close][:3]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(names[:8])}{'...' if len(names) > 8 else ''}."


def _name(arteries: Arteries, way: Sequence[str], ids: Sequence[str]) -> str:
    """The street's name when most of the way has one, else its first and last junction."""
    edges = arteries.network.roads.edges
    metres: dict[str, float] = {}
    for edge_id in way:
        metres[edges[edge_id].name] = metres.get(edges[edge_id].name, 0.0) + edges[edge_id].length_m
    best = max(sorted(metres), key=lambda name: metres[name])
    return best or f"{ids[0]} - {ids[-1]}"
