"""A network as the page draws it: lanes, junctions with their shapes, groups and intergreens."""

from __future__ import annotations

from typing import Any

from signalctl.domain.corridor import Corridor
from signalctl.domain.junction import GroupKind, Junction
from signalctl.networks.network import Network
from signalctl.networks.roads import NORMAL, Node, Point
from signalctl.workflow.service.site import SiteNetwork


def network_line(site_network: SiteNetwork) -> dict[str, Any]:
    """One line of the list of networks."""
    return {
        "id": site_network.id,
        "name": site_network.id,
        "junctions": len(site_network.network.junctions),
        "corridors": [corridor_json(each) for each in site_network.corridors],
        "scenarios": list(site_network.scenarios),
    }


def corridor_json(corridor: Corridor) -> dict[str, Any]:
    """A corridor's name and its junctions in outbound order."""
    return {"name": corridor.name, "junctions": list(corridor.junction_ids)}


def network_document(site_network: SiteNetwork) -> dict[str, Any]:
    """The whole network; lengths in metres, x east, y north."""
    network = site_network.network
    roads = network.roads
    lanes = [
        {
            "id": lane.id,
            "edge": edge.id,
            "width_m": lane.width_m,
            "points": [_point(p) for p in lane.shape],
        }
        for edge in roads.edges.values()
        if edge.function == NORMAL
        for lane in edge.lanes
    ]
    points = [
        point
        for edge in roads.edges.values()
        if edge.function == NORMAL
        for lane in edge.lanes
        for point in lane.shape
    ]
    xs, ys = [p[0] for p in points] or [0.0], [p[1] for p in points] or [0.0]
    return {
        **network_line(site_network),
        "sha256": network.sha256,
        "lefthand": roads.left_hand,
        "bounds": [round(v, 2) for v in (min(xs), min(ys), max(xs), max(ys))],
        "lanes": lanes,
        "junctions": [_junction(network, each) for each in network.junctions.values()],
        "notes": list(network.notes),
    }


def _junction(network: Network, junction: Junction) -> dict[str, Any]:
    nodes = _nodes(network, junction.id)
    largest = max(nodes, key=lambda node: len(node.shape), default=None)
    intergreens: dict[str, dict[str, int]] = {}
    for (ending, starting), seconds in sorted(junction.intergreens.seconds.items()):
        intergreens.setdefault(ending, {})[starting] = seconds
    return {
        "id": junction.id,
        "name": junction.id,
        "x": _mean([node.x_m for node in nodes]),
        "y": _mean([node.y_m for node in nodes]),
        "shape": [] if largest is None else [_point(p) for p in largest.shape],
        "signalised": True,
        "groups": [
            {
                "id": group.id,
                "kind": str(group.kind),
                "label": group.id,
                "from_edge": group.approach,
                "turn": group.movement,
                "min_green_s": group.min_green_s,
                "amber_s": group.amber_s,
                "red_amber_s": group.red_amber_s,
                "crossing_m": group.crossing_m,
            }
            for group in junction.groups
            if group.kind is not GroupKind.UNUSED
        ],
        "intergreen_s": intergreens,
        "conflicts": {
            "hard": [list(pair) for pair in sorted(junction.conflicts.hard)],
            "yields": [list(pair) for pair in sorted(junction.conflicts.yields)],
        },
        "notes": list(junction.notes),
    }


def _nodes(network: Network, junction_id: str) -> list[Node]:
    found: dict[str, Node] = {}
    for connection in network.roads.of_light(junction_id):
        node = network.roads.node_of(connection)
        if node is not None and node.type != "internal":
            found[node.id] = node
    return [found[node_id] for node_id in sorted(found)]


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 2) if values else 0.0


def _point(point: Point) -> list[float]:
    return [round(point[0], 2), round(point[1], 2)]
