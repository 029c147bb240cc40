"""Driving a corridor: the way through its lights, the stop lines on it and their distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import InputError
from signalctl.domain.junction import GroupKind, Junction, Movement
from signalctl.networks.arteries import Arteries
from signalctl.networks.corridor_search import (
    ALL_LIGHTS,
    Prices,
    lights_on,
    steps_on,
    way_through,
)
from signalctl.networks.driving import Step
from signalctl.networks.polyline import joined, turned
from signalctl.networks.roads import Polyline

DETOUR_RATIO: Final = 1.6
DETOUR_M: Final = 300.0
"""A way back longer than this many times the way there, plus this, is another street."""
SHARP_DEGREES: Final = 60.0
MORE_TURNS: Final = 1
LIGHTS_A_TURN: Final = 8
"""A way back may turn sharply once more than the way there, and once more for so many lights."""
ARM_M: Final = 40.0
ASIDE_DEGREES: Final = 75.0
"""An arm this far aside from the other direction's is another street."""
ASIDE_SHARE: Final = 1.0 / 3.0


def way_of(arteries: Arteries, ids: Sequence[str], prices: Prices = ALL_LIGHTS) -> tuple[str, ...]:
    """Edges driven through the lights; raises InputError where that is not possible.

    `prices` as for way_through.
    """
    way = way_through(arteries, ids, prices, arteries.around(ids))
    if isinstance(way, int) and prices == ALL_LIGHTS:
        way = way_through(arteries, ids, prices)
    if isinstance(way, int):
        if way == 0:
            raise InputError(f"Junction {ids[0]} controls no way that cars can drive.")
        raise InputError(
            f"No drivable way leads from junction {ids[way - 1]} to junction {ids[way]}.",
            remedy="Check the order of the junctions; a one-way street runs one way only.",
        )
    met = lights_on(arteries, way)
    foreign = [junction for junction in met if junction not in ids]
    if foreign:
        at = met.index(foreign[0])
        before = next((j for j in reversed(met[:at]) if j in ids), ids[0])
        raise InputError(
            f"The way on from junction {before} passes the signal {foreign[0]}, which is not "
            "in the list.",
            remedy=f"List {' and '.join(dict.fromkeys(foreign))} in its place too.",
        )
    if met != tuple(junction for junction in ids if junction in met):
        raise InputError(
            f"The way through the junctions meets them as {', '.join(met)}, not as listed.",
            remedy="List the junctions in the order in which the street passes them.",
        )
    return way


def why_another_street(arteries: Arteries, there: Sequence[str], back: Sequence[str]) -> str:
    """Why a way back does not follow the street of the way there; empty when it does.

    It must not be much longer, and not turn much more often. And of the links
    between two lights that are next to each other on both ways, at most
    ASIDE_SHARE may lead back from or to another arm, ASIDE_DEGREES aside
    (parallel one-way carriageways are not).
    """
    length, longest = (_metres(arteries, way) for way in (back, there))
    if length > DETOUR_RATIO * longest + DETOUR_M:
        return f"the way back is {length:.0f} m long, the way there {longest:.0f} m"
    turns = [sharp_turns(arteries, way) for way in (there, back)]
    lights = len(lights_on(arteries, there))
    if len(turns[1]) > len(turns[0]) + MORE_TURNS + lights // LIGHTS_A_TURN:
        return f"the way back turns sharply {len(turns[1])} times, the way there {len(turns[0])}"
    outward, homeward = _links(arteries, there), _links(arteries, back)
    common = [(a, b) for a, b in outward if (b, a) in homeward]
    aside: list[str] = []
    for a, b in common:
        one, other = outward[a, b], homeward[b, a]
        if _between(_first_part(one), _first_part(other[::-1])) > ASIDE_DEGREES:
            aside.append(a)
        elif _between(_first_part(one[::-1]), _first_part(other)) > ASIDE_DEGREES:
            aside.append(b)
    if len(aside) > ASIDE_SHARE * len(common):
        return f"the way back takes another arm of junction {aside[0]}"
    return ""


def sharp_turns(arteries: Arteries, way: Sequence[str]) -> tuple[Step, ...]:
    """Steps of a way that turn by more than SHARP_DEGREES."""
    return tuple(s for s in steps_on(arteries.graph, way) if abs(s.degrees) > SHARP_DEGREES)


def _metres(arteries: Arteries, way: Sequence[str]) -> float:
    """Length of a way between its first and its last edge, m."""
    return sum(arteries.network.roads.edges[edge].length_m for edge in way[1:-1])


def _links(arteries: Arteries, way: Sequence[str]) -> dict[tuple[str, str], Polyline]:
    """Paths of a way between consecutive lights."""
    found: dict[tuple[str, str], Polyline] = {}
    previous = ""
    shapes: list[Polyline] = []
    for step in steps_on(arteries.graph, way):
        passed = arteries.light(step)
        if passed is not None and passed != previous:
            if previous:
                found[previous, passed] = joined(shapes)
            previous = passed
        if passed is not None:
            shapes = []
        lanes = arteries.network.roads.edges[step.to_edge].lanes
        shapes.append(lanes[len(lanes) // 2].shape)
    return found


def _first_part(path: Polyline) -> tuple[float, float]:
    """Vector over the first ARM_M of a path."""
    start = path[0] if path else (0.0, 0.0)
    at = next((p for p in path if math.dist(start, p) >= ARM_M), path[-1] if path else start)
    return at[0] - start[0], at[1] - start[1]


def _between(u: tuple[float, float], v: tuple[float, float]) -> float:
    """Angle between two vectors, degrees; 0 where one has no length."""
    if math.hypot(*u) < 1.0 or math.hypot(*v) < 1.0:
        return 0.0
    return abs(turned(math.atan2(u[1], u[0]), math.atan2(v[1], v[0])))


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
            if lines:
                # Two stop lines in one place (a link without length) keep their order.
                at_m = max(at_m, line_m + 0.01)
                gap_m, gap_s = at_m - line_m, at_s - line_s
                speeds.append(speed_mps or (gap_m / gap_s if gap_s > 0 else 1.0))
            lines.append(StopLine(junction_id=junction_id, group_id=group_id, position_m=at_m))
            line_m, line_s = at_m, at_s
        if lines:
            at_m += step.crossing_m + roads.edges[step.to_edge].length_m
            at_s += step.crossing_s + arteries.graph.run_s(step.to_edge)
    return Progression(stop_lines=tuple(lines), speeds_mps=tuple(speeds), edges=tuple(way))


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
