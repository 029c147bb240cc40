"""Trips are counted on the ways SUMO's own router gives them."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import sumo
from corpus import ABSENT, CORPUS
from lxml import etree

from signalctl.networks.driving import DrivingGraph, way_to
from signalctl.networks.road_reader import read_roads

pytestmark = [
    pytest.mark.sumo,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=ABSENT),
]


@pytest.mark.parametrize(("name", "same"), [("cologne1", 1.0), ("cologne8", 0.95)])
def test_fastest_ways_are_those_of_duarouter(name: str, same: float, tmp_path: Path) -> None:
    folder = CORPUS / name
    routed = tmp_path / "routed.rou.xml"
    (trips,) = folder.glob("*.rou.xml.gz")
    subprocess.run(
        [
            str(Path(sumo.__file__).parent / "bin" / "duarouter"),
            *("-n", str(folder / "net.net.xml.gz"), "-r", str(trips), "-o", str(routed)),
            *("--ignore-errors", "--no-warnings"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    graph = DrivingGraph(read_roads(folder / "net.net.xml.gz"))

    def cost_s(edges: tuple[str, ...]) -> float:
        steps = [graph.step(a, b) for a, b in pairwise(edges)]
        return sum(s.crossing_s + s.penalty_s + graph.run_s(s.to_edge) for s in steps if s)

    trees: dict[str, dict[str, str | None]] = {}
    agree = total = 0
    for route in etree.parse(str(routed)).getroot().iter("route"):
        theirs = tuple(route.get("edges", "").split())
        if theirs[0] not in trees:
            trees[theirs[0]] = graph.fastest_from(theirs[0])
        ours = way_to(trees[theirs[0]], theirs[-1])
        assert ours is not None
        total += 1
        agree += ours == theirs
        # Where the ways differ they are as good as equal.
        assert cost_s(theirs) <= 1.03 * cost_s(ours)
    assert total > 1000
    assert agree >= same * total
