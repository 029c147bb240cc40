"""Small networks made by SUMO's netconvert from a few lines."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from signalctl.sim.sumo_options import sumo_environment, sumo_home

ARMS = {"n": (0, 200), "e": (200, 0), "s": (0, -200), "w": (-200, 0)}


def netconvert(folder: Path, nodes: str, edges: str, *options: str, connections: str = "") -> Path:
    """The network netconvert makes of plain nodes, edges and connections."""
    import sumo

    (folder / "net.nod.xml").write_text(f"<nodes>{nodes}</nodes>")
    (folder / "net.edg.xml").write_text(f"<edges>{edges}</edges>")
    files = ["-n", str(folder / "net.nod.xml"), "-e", str(folder / "net.edg.xml")]
    if connections:
        (folder / "net.con.xml").write_text(f"<connections>{connections}</connections>")
        files += ["-x", str(folder / "net.con.xml")]
    out = folder / "net.net.xml"
    binary = Path(sumo.__file__).parent / "bin" / "netconvert"
    command = [str(binary), *files, "-o", str(out), "--no-turnarounds", "true", *options]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return out


def crossroads(folder: Path, *options: str, lanes: int = 2) -> Path:
    """Four arms of 200 m at 50 km/h meeting in the light `c`; edges `nc`, `cn`, `ec`, ..."""
    nodes = '<node id="c" x="0" y="0" type="traffic_light"/>' + "".join(
        f'<node id="{arm}" x="{x}" y="{y}"/>' for arm, (x, y) in ARMS.items()
    )
    edges = "".join(
        f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="{lanes}" speed="13.89"/>'
        for arm in ARMS
        for a, b in ((arm, "c"), ("c", arm))
    )
    return netconvert(folder, nodes, edges, *options)


def twin_nodes(folder: Path) -> Path:
    """One light `twin` over two nodes 40 m apart on a west-east road with a side road each."""
    nodes = (
        '<node id="a" x="0" y="0" type="traffic_light" tl="twin"/>'
        '<node id="b" x="40" y="0" type="traffic_light" tl="twin"/>'
        '<node id="w" x="-200" y="0"/><node id="e" x="240" y="0"/>'
        '<node id="s" x="0" y="-200"/><node id="n" x="40" y="200"/>'
    )
    ways = ("wa", "aw", "ab", "ba", "be", "eb", "sa", "as", "nb", "bn")
    edges = "".join(f'<edge id="{w}" from="{w[0]}" to="{w[1]}" numLanes="1"/>' for w in ways)
    return netconvert(folder, nodes, edges)


def signal_row(out: Path, signals: str, length_m: int, *options: str) -> Path:
    """Signals in a row as netgenerate makes them, such as "A0,B0"; the file `out`."""
    number = len(signals.split(","))
    subprocess.run(
        [
            str(sumo_home() / "bin" / "netgenerate"),
            *("--grid", "--grid.x-number", str(number), "--grid.y-number", "1"),
            *("--grid.length", str(length_m), "--grid.attach-length", "200"),
            *("--tls.set", signals, *options, "-o", str(out)),
        ],
        check=True,
        capture_output=True,
        env=sumo_environment(dict(os.environ)),
    )
    return out
