"""Signal groups of a light: links of one approach and direction, told apart by programs.

Rule (docs/architecture): links of one approach with the same direction form a
group, split further only where a shipped program treats them differently. Links
that share a link index are one. Conflicts between groups: conflicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.junction import GroupKind, Movement, SignalGroup
from signalctl.networks.lamp_times import lamp_times
from signalctl.networks.roads import (
    CROSSING,
    INTERNAL,
    RAIL_CLASSES,
    Connection,
    Point,
    RoadGraph,
)

MOVEMENTS: Final[Mapping[str, Movement]] = {
    "s": Movement.THROUGH,
    "l": Movement.LEFT,
    "L": Movement.LEFT,
    "r": Movement.RIGHT,
    "R": Movement.RIGHT,
    "t": Movement.U_TURN,
}
"""SUMO's direction letters; L and R are half left and half right."""
_COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_RESERVED: Final = (
    (GroupKind.CYCLE, frozenset({"bicycle", "pedestrian", "scooter", "wheelchair"})),
    (GroupKind.TRAM, RAIL_CLASSES),
    (GroupKind.BUS, frozenset({"bus", "coach", "taxi", "emergency", "authority", "bicycle"})),
)
"""Lanes only for these classes make a group of this kind; the first that fits counts."""
_ORDER: Final = tuple(Movement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The signal groups of a light, in the order of their links, and remarks on them."""

    groups: tuple[SignalGroup, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Arm:
    """Where traffic of a group comes from: an approach or a crossing."""

    edge_id: str
    movement: Movement


def signal_groups(
    roads: RoadGraph, light_id: str, columns: Sequence[Sequence[str]] = ()
) -> Grouping:
    """Groups of a light, every link index in exactly one.

    `columns[k][i]` is what program k shows on link index i, second after second
    (strings of one program have one length; a program may name more indices
    than the roads use, never fewer). Ids are compass side and movement,
    `N-through` being traffic that comes from the north; they depend on the
    roads alone unless programs split a group (then `-a`, `-b` follow).
    """
    by_index: dict[int, list[Connection]] = {}
    for connection in lamps_of(roads, light_id):
        if connection.link_index is not None:
            by_index.setdefault(connection.link_index, []).append(connection)
    width = max([*(i + 1 for i in by_index), *(len(column) for column in columns)], default=0)
    members: dict[tuple[frozenset[_Arm], tuple[str, ...]], list[int]] = {}
    for index in range(width):
        arms = frozenset(_arm(roads, c) for c in by_index.get(index, ()))
        shown = tuple(column[index] if index < len(column) else "" for column in columns)
        members.setdefault((arms, shown), []).append(index)
    notes = _index_notes(by_index, width)
    names = _names(
        roads,
        [
            (arms, _kind(roads, [c for index in links for c in by_index.get(index, ())]))
            for (arms, _), links in members.items()
        ],
    )
    groups = []
    concerned: dict[str, list[str]] = {}
    for ((arms, shown), links), group_id in zip(members.items(), names, strict=True):
        connections = [c for index in links for c in by_index.get(index, ())]
        group, remarks = _group(roads, group_id, arms, links, connections, shown)
        groups.append(group)
        for remark in remarks:
            concerned.setdefault(remark, []).append(group_id)
    notes += [f"{remark}: {', '.join(ids)}." for remark, ids in concerned.items()]
    return Grouping(groups=tuple(groups), notes=tuple(notes))


def lamps_of(roads: RoadGraph, light_id: str) -> list[Connection]:
    """Connections of a light that stand for its lamps, in file order.

    Second stages of indirect turns start within the node and use the lamps of
    the street they follow: they are left out where such a street has the index.
    """
    found = [c for c in roads.of_light(light_id) if c.link_index is not None]
    outside = {c.link_index for c in found if not _starts_inside(roads, c)}
    return [c for c in found if c.link_index not in outside or not _starts_inside(roads, c)]


def _starts_inside(roads: RoadGraph, connection: Connection) -> bool:
    edge = roads.edges.get(connection.from_edge)
    return edge is not None and edge.function == INTERNAL


def _arm(roads: RoadGraph, connection: Connection) -> _Arm:
    crossing = roads.crossing_of(connection)
    if crossing is not None:
        return _Arm(crossing.id, Movement.CROSSING)
    movement = MOVEMENTS.get(connection.direction, Movement.THROUGH)
    return _Arm(connection.from_edge, movement)


def _group(
    roads: RoadGraph,
    group_id: str,
    arms: frozenset[_Arm],
    links: Sequence[int],
    connections: Sequence[Connection],
    shown: Sequence[str],
) -> tuple[SignalGroup, tuple[str, ...]]:
    kind = _kind(roads, connections)
    crossings = [c for c in (roads.crossing_of(link) for link in connections) if c is not None]
    speeds = [roads.edges[c.from_edge].speed_mps for c in connections if c.from_edge in roads.edges]
    times = lamp_times(kind, max(speeds, default=0.0), shown)
    movements = sorted({arm.movement for arm in arms}, key=_ORDER.index)
    return (
        SignalGroup(
            id=group_id,
            kind=kind,
            approach=" ".join(sorted({arm.edge_id for arm in arms})),
            movements=tuple(movements),
            links=tuple(links),
            amber_s=times.amber_s,
            red_amber_s=times.red_amber_s,
            rest=times.rest,
            crossing_m=max((c.length_m for c in crossings), default=None),
        ),
        times.remarks,
    )


def _kind(roads: RoadGraph, connections: Sequence[Connection]) -> GroupKind:
    """Who obeys the lamps: the strictest needs win, a lane for everybody makes it VEHICLE.

    Lamps shared by a crossing and cycle lanes count as PEDESTRIAN, because
    walkers need the longer clearance.
    """
    if not connections:
        return GroupKind.UNUSED
    walked = [c for c in connections if roads.crossing_of(c) is not None]
    lanes = [roads.start_lane(c) for c in connections if c not in walked]
    for kind, classes in _RESERVED:
        if lanes and all(lane.only(classes) for lane in lanes):
            return GroupKind.PEDESTRIAN if walked and kind is GroupKind.CYCLE else kind
    return GroupKind.VEHICLE if lanes else GroupKind.PEDESTRIAN


def _index_notes(by_index: Mapping[int, Sequence[Connection]], width: int) -> list[str]:
    notes = []
    unused = [index for index in range(width) if index not in by_index]
    if unused:
        notes.append(
            f"Link indices {', '.join(map(str, unused))} control no road; they are kept as "
            "unused groups so that states can be written back."
        )
    shared = [i for i, links in sorted(by_index.items()) if len(links) > 1]
    if shared:
        notes.append(
            f"Link indices {', '.join(map(str, shared))} each control several connections, "
            "which therefore always show the same."
        )
    odd = sorted(
        {c.direction for links in by_index.values() for c in links if c.direction not in MOVEMENTS}
    )
    if odd:
        notes.append(f"Direction letters {' '.join(odd)} are unknown and are read as through.")
    return notes


def _names(roads: RoadGraph, keys: Sequence[tuple[frozenset[_Arm], GroupKind]]) -> list[str]:
    """One id for each group: side of the junction and movement.

    A reserved lane's kind follows (`N-through-bus`), then a letter where
    programs split a group. A crossing that shares its lamps keeps its own name.
    """
    sides = _sides(roads, {arm.edge_id for arms, _ in keys for arm in arms})
    wanted = []
    for arms, kind in keys:
        walked = [arm for arm in arms if arm.movement is Movement.CROSSING]
        named = walked if kind is GroupKind.PEDESTRIAN else arms
        movements = sorted({arm.movement for arm in named}, key=_ORDER.index)
        where = sorted({sides[arm.edge_id] for arm in named})
        words = ["+".join(where), "+".join(movements)] if named else ["unused"]
        if kind in {reserved for reserved, _ in _RESERVED}:
            words.append(kind.value)
        wanted.append("-".join(words))
    names = []
    for number, name in enumerate(wanted):
        twins = [k for k, other in enumerate(wanted) if other == name]
        names.append(name if len(twins) == 1 else f"{name}-{_letter(twins.index(number))}")
    return names


def _letter(number: int) -> str:
    """a, b, ... z, aa, ab: never runs out."""
    high, low = divmod(number, 26)
    return (_letter(high - 1) if high else "") + chr(ord("a") + low)


def _sides(roads: RoadGraph, edge_ids: Iterable[str]) -> dict[str, str]:
    """Compass side of each approach and crossing, numbered clockwise where several share one."""
    angle = {edge_id: side_angle(roads, edge_id) for edge_id in edge_ids}
    found: dict[str, str] = {}
    for crossing in (False, True):
        edges = sorted(
            (e for e in angle if (roads.edges[e].function == CROSSING) is crossing),
            key=lambda e: (angle[e], e),
        )
        compass = {e: _COMPASS[round(angle[e] / 45) % 8] for e in edges}
        for edge_id in edges:
            twins = [e for e in edges if compass[e] == compass[edge_id]]
            # Clockwise also across north: angles from the middle of the sector.
            twins.sort(key=lambda e: ((angle[e] + 22.5) % 360, e))
            number = str(twins.index(edge_id) + 1) if len(twins) > 1 else ""
            found[edge_id] = compass[edge_id] + number
    return found


def side_angle(roads: RoadGraph, edge_id: str) -> float:
    """From which side traffic of an edge reaches its node: degrees clockwise from north.

    For an approach the direction opposite to its last stretch of travel; for a
    crossing the direction from the node's middle to the crossing's.
    """
    edge = roads.edges[edge_id]
    node = roads.nodes.get(edge.to_node)
    if edge.function == CROSSING and node is not None:
        shape = edge.lanes[0].shape or ((node.x_m, node.y_m),)
        middle = (sum(p[0] for p in shape) / len(shape), sum(p[1] for p in shape) / len(shape))
        return bearing(_centre(node.shape) or (node.x_m, node.y_m), middle)
    lane = edge.lanes[len(edge.lanes) // 2].shape
    tail = _last_stretch(lane if len(lane) > 1 else edge.shape)
    return bearing(tail[1], tail[0])


def bearing(start: Point, end: Point) -> float:
    """Direction from start to end, degrees clockwise from north (y), in [0, 360)."""
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360


def _centre(shape: Sequence[Point]) -> Point | None:
    if not shape:
        return None
    xs, ys = [p[0] for p in shape], [p[1] for p in shape]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)


def _last_stretch(shape: Sequence[Point], length_m: float = 15.0) -> tuple[Point, Point]:
    """End of a polyline and a point some metres before: a kink at the stop line misleads."""
    if len(shape) < 2:
        only = shape[0] if shape else (0.0, 0.0)
        return only, (only[0], only[1] + 1e-9)
    back = 0.0
    for number in range(len(shape) - 1, 0, -1):
        (x2, y2), (x1, y1) = shape[number], shape[number - 1]
        step = math.hypot(x2 - x1, y2 - y1)
        if back + step >= length_m and step > 0:
            share = (length_m - back) / step
            return (x2 + (x1 - x2) * share, y2 + (y1 - y2) * share), shape[-1]
        back += step
    return shape[0], shape[-1]
