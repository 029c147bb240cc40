"""Roads and raw signal programs out of a SUMO network file (.net.xml, .net.xml.gz)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.program_reader import RawProgram, raw_program
from signalctl.networks.roads import (
    INTERNAL,
    NORMAL,
    Connection,
    Edge,
    Lane,
    Location,
    Node,
    Polyline,
    Request,
    RoadGraph,
)
from signalctl.networks.sumo_xml import at, elements, number, text, whole

_TAGS: Final = ("location", "edge", "junction", "connection", "tlLogic")
MAX_LINKS: Final = 10_000
"""More lamps than any light has; a larger index is a mistake that would cost memory."""
_LANE_WIDTH_M: Final = 3.2
"""SUMO's default lane width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFile:
    """What a network file holds: its roads and the programs it ships, unread."""

    roads: RoadGraph
    programs: tuple[RawProgram, ...]


def read_roads(path: Path) -> RoadGraph:
    """The roads of a network file; see read_net_file."""
    return read_net_file(path).roads


def read_net_file(path: Path) -> NetFile:
    """Roads and raw programs of a network file.

    Unknown elements are passed over. Raises InputError, with file and line, for
    a file that is no SUMO network, is truncated, hostile, or contradicts itself.
    """
    edges: dict[str, Edge] = {}
    nodes: dict[str, Node] = {}
    connections: list[Connection] = []
    places: list[str] = []
    programs: list[RawProgram] = []
    location = Location()
    stream = elements(path, _TAGS)
    root = next(stream, None)
    if root is None or root.tag != "net":
        found = "empty" if root is None else f"a <{root.tag}> file"
        raise InputError(
            f"This is no SUMO network: it is {found}.",
            where=str(path),
            remedy="Give the .net.xml or .net.xml.gz file that netconvert wrote.",
        )
    version = root.get("version", "")
    left_hand = root.get("lefthand", "false").lower() in ("true", "1", "x", "yes", "t", "on")
    for element in stream:
        match element.tag:
            case "edge":
                edge = _edge(path, element)
                _refuse_twice(path, element, edge.id, edges)
                edges[edge.id] = edge
            case "junction":
                if element.get("type") != INTERNAL:
                    node = _node(path, element)
                    _refuse_twice(path, element, node.id, nodes)
                    nodes[node.id] = node
            case "connection":
                connections.append(_connection(path, element))
                places.append(at(path, element))
            case "tlLogic":
                programs.append(raw_program(path, element))
            case "location":
                location = _location(path, element)
    if not edges:
        raise InputError("The network holds no roads.", where=str(path))
    for connection, place in zip(connections, places, strict=True):
        _must_join(connection, edges, place)
    roads = RoadGraph(
        version=version,
        left_hand=left_hand,
        location=location,
        edges=FrozenMap(edges),
        nodes=FrozenMap(nodes),
        connections=tuple(connections),
    )
    return NetFile(roads=roads, programs=tuple(programs))


def _refuse_twice(
    path: Path, element: etree._Element, element_id: str, known: Mapping[str, object]
) -> None:
    if element_id in known:
        raise InputError(
            f"There are two <{element.tag}> elements with id {element_id!r}.",
            where=at(path, element),
        )


def _must_join(connection: Connection, edges: Mapping[str, Edge], place: str) -> None:
    """Both ends of a connection must be lanes of the network."""
    for edge_id, lane in (
        (connection.from_edge, connection.from_lane),
        (connection.to_edge, connection.to_lane),
    ):
        edge = edges.get(edge_id)
        if edge is None or not 0 <= lane < len(edge.lanes):
            raise InputError(
                f"A connection names lane {lane} of edge {edge_id!r}, which the network does "
                "not have.",
                where=place,
            )


def _edge(path: Path, element: etree._Element) -> Edge:
    edge_id = text(path, element, "id")
    # Like SUMO, number lanes by their order: some files write wrong indices.
    lanes = tuple(
        _lane(path, edge_id, index, lane) for index, lane in enumerate(element.iterchildren("lane"))
    )
    if not lanes:
        raise InputError(f"Edge {edge_id} has no lanes.", where=at(path, element))
    function = element.get("function", NORMAL)
    own_node = edge_id[1:].rsplit("_", 1)[0]
    shape = element.get("shape")
    return Edge(
        id=edge_id,
        from_node=element.get("from", own_node),
        to_node=element.get("to", own_node),
        function=function,
        speed_mps=max(lane.speed_mps for lane in lanes),
        length_m=lanes[0].length_m,
        priority=whole(path, element, "priority", -1),
        lanes=lanes,
        type=element.get("type", ""),
        shape=_polyline(path, element, shape) if shape else lanes[len(lanes) // 2].shape,
        crossed=tuple(element.get("crossingEdges", "").split()),
        name=element.get("name", ""),
    )


def _lane(path: Path, edge_id: str, index: int, element: etree._Element) -> Lane:
    allow, disallow = element.get("allow"), element.get("disallow")
    length_m = number(path, element, "length")
    speed_mps = number(path, element, "speed")
    if length_m < 0 or speed_mps < 0:
        raise InputError(
            f"Lane {element.get('id')} has a negative length or speed.", where=at(path, element)
        )
    return Lane(
        id=text(path, element, "id"),
        edge_id=edge_id,
        index=index,
        length_m=length_m,
        speed_mps=speed_mps,
        width_m=number(path, element, "width", _LANE_WIDTH_M),
        shape=_polyline(path, element, element.get("shape", "")),
        allowed=None if allow is None or allow == "all" else frozenset(allow.split()),
        denied=frozenset(disallow.split()) if disallow else frozenset(),
    )


def _node(path: Path, element: etree._Element) -> Node:
    requests = {
        whole(path, request, "index"): Request(
            response=_bits(path, request, "response"),
            foes=_bits(path, request, "foes"),
            waits_inside=request.get("cont") == "1",
        )
        for request in element.iterchildren("request")
    }
    return Node(
        id=text(path, element, "id"),
        type=element.get("type", "unknown"),
        x_m=number(path, element, "x", 0.0),
        y_m=number(path, element, "y", 0.0),
        incoming_lanes=tuple(element.get("incLanes", "").split()),
        internal_lanes=tuple(element.get("intLanes", "").split()),
        requests=FrozenMap(requests),
        shape=_polyline(path, element, element.get("shape", "")),
    )


def _connection(path: Path, element: etree._Element) -> Connection:
    tl = element.get("tl")
    link_index = None if tl is None else whole(path, element, "linkIndex")
    if link_index == -1:  # the light stands there, but not for this connection
        link_index = None
    elif link_index is not None and not 0 <= link_index < MAX_LINKS:
        raise InputError(
            f"Link index {link_index} does not lie between 0 and {MAX_LINKS - 1}.",
            where=at(path, element),
        )
    return Connection(
        from_edge=text(path, element, "from"),
        to_edge=text(path, element, "to"),
        from_lane=whole(path, element, "fromLane"),
        to_lane=whole(path, element, "toLane"),
        via=element.get("via"),
        tl=tl,
        link_index=link_index,
        direction=element.get("dir", "s"),
        state=element.get("state", "M"),
    )


def _location(path: Path, element: etree._Element) -> Location:
    offset = _numbers(path, element, element.get("netOffset", "0,0"))
    box = _numbers(path, element, element.get("convBoundary", "0,0,0,0"))
    if len(offset) < 2 or len(box) != 4:
        raise InputError("The network's location cannot be read.", where=at(path, element))
    return Location(
        net_offset=(offset[0], offset[1]),
        boundary_m=(box[0], box[1], box[2], box[3]),
        projection=element.get("projParameter", "!"),
    )


def _bits(path: Path, element: etree._Element, name: str) -> frozenset[int]:
    """Indices of the ones in SUMO's bit string, whose last letter is index 0."""
    bits = text(path, element, name)
    if set(bits) - {"0", "1"}:
        raise InputError(
            f"Attribute {name}={bits!r} of <request> is no bit string.", where=at(path, element)
        )
    return frozenset(i for i, bit in enumerate(reversed(bits)) if bit == "1")


def _polyline(path: Path, element: etree._Element, shape: str) -> Polyline:
    """Points in the plane; a height is dropped."""
    points = []
    for point in shape.split():
        xyz = _numbers(path, element, point)
        if len(xyz) < 2:
            raise InputError(f"{point!r} is no point of a shape.", where=at(path, element))
        points.append((xyz[0], xyz[1]))
    return tuple(points)


def _numbers(path: Path, element: etree._Element, written: str) -> list[float]:
    try:
        found = [float(part) for part in written.split(",")]
    except ValueError:
        found = [math.nan]
    if not all(map(math.isfinite, found)):
        raise InputError(f"{written!r} are not numbers.", where=at(path, element))
    return found
