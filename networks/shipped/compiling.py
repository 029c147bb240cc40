"""From sources to a SUMO network, with netconvert."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from signalctl.domain.errors import SimulationError
from signalctl.networks.shipped.roads import (
    CROSSING_WIDTH_M,
    SIDEWALK_WIDTH_M,
    Edge,
    Node,
    Sources,
)
from signalctl.networks.shipped.xml_text import Attributes, element

_TIMEOUT_S = 120


def compile_network(sources: Sources) -> str:
    """The net.xml text of the roads, with netconvert's own provisional programs.

    The text depends on the sources alone: netconvert's comment with the date and
    its options is removed. Raises SimulationError when netconvert is missing,
    fails, or warns (a warning here is a mistake in our sources).
    """
    with tempfile.TemporaryDirectory(prefix="signalctl-netconvert-") as name:
        folder = Path(name)
        (folder / "x.nod.xml").write_text(_nodes(sources), encoding="utf-8")
        (folder / "x.edg.xml").write_text(_edges(sources), encoding="utf-8")
        (folder / "x.con.xml").write_text(_connections(sources), encoding="utf-8")
        _netconvert(folder)
        return _normalised((folder / "x.net.xml").read_text(encoding="utf-8"))


def _netconvert(folder: Path) -> None:
    import sumolib

    command = [
        sumolib.checkBinary("netconvert"),
        "--node-files=x.nod.xml",
        "--edge-files=x.edg.xml",
        "--connection-files=x.con.xml",
        "--output-file=x.net.xml",
        "--no-turnarounds=true",
        "--walkingareas=true",
        "--default.junctions.radius=6",
        "--tls.ignore-internal-junction-jam=true",
        "--internal-junctions.vehicle-width=2.4",
        "--offset.disable-normalization=true",
        "--xml-validation=never",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - SUMO's own program on our own sources
            command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulationError(
            f"netconvert did not run: {error}.",
            remedy="Install the eclipse-sumo package of this project's environment.",
        ) from error
    log = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    warnings = [line for line in log if line.startswith(("Warning", "Error"))]
    if done.returncode != 0 or warnings:
        tail = " | ".join((warnings or log)[-5:])
        raise SimulationError(
            f"netconvert did not accept the network sources: {tail}",
            remedy="Check that the SUMO release is the one this project is locked to.",
        )


def _normalised(text: str) -> str:
    """Without comments (date, version, options)."""
    without = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in without.splitlines() if line.strip()) + "\n"


def _nodes(sources: Sources) -> str:
    return element(
        "nodes",
        {},
        (
            element(
                "node",
                {
                    "id": node.id,
                    "x": f"{node.x_m:.2f}",
                    "y": f"{node.y_m:.2f}",
                    "type": "traffic_light" if node.signal else "priority",
                },
            )
            for node in sources.nodes
        ),
    )


def _edges(sources: Sources) -> str:
    nodes = {node.id: node for node in sources.nodes}
    return element("edges", {}, (_edge(edge, nodes) for edge in sources.edges))


def _edge(edge: Edge, nodes: dict[str, Node]) -> str:
    attributes: Attributes = {
        "id": edge.id,
        "from": edge.start,
        "to": edge.end,
        "numLanes": edge.last_lane + 1,
        "speed": f"{edge.speed_mps:.2f}",
        "priority": edge.priority,
        "spreadType": "right",
    }
    points = edge.shape_m or _shifted(nodes[edge.start], nodes[edge.end], edge.median_m)
    if edge.shape_m or edge.median_m:
        attributes = {**attributes, "shape": " ".join(f"{x:.2f},{y:.2f}" for x, y in points)}
    if not edge.sidewalk:
        return element("edge", {**attributes, "disallow": "pedestrian"})
    lanes = [element("lane", {"index": 0, "allow": "pedestrian", "width": SIDEWALK_WIDTH_M})]
    lanes += [
        element("lane", {"index": lane, "disallow": "pedestrian"})
        for lane in range(1, edge.last_lane + 1)
    ]
    return element("edge", attributes, lanes)


def _shifted(start: Node, end: Node, by_m: float) -> tuple[tuple[float, float], ...]:
    """The straight line between two nodes, moved to the right."""
    dx, dy = end.x_m - start.x_m, end.y_m - start.y_m
    length = (dx * dx + dy * dy) ** 0.5
    mx, my = dy / length * by_m, -dx / length * by_m
    return tuple((node.x_m + mx, node.y_m + my) for node in (start, end))


def _connections(sources: Sources) -> str:
    links = [
        element(
            "connection",
            {"from": c.start, "to": c.end, "fromLane": c.start_lane, "toLane": c.end_lane},
        )
        for c in sources.connections
    ]
    links += [
        element(
            "crossing",
            {
                "node": c.node,
                "edges": " ".join(c.edges),
                "priority": "true",
                "width": CROSSING_WIDTH_M,
            },
        )
        for c in sources.crossings
    ]
    return element("connections", {}, links)
