"""Geometric intergreens against the worked examples of RiLSA that SUMO ships, and everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import sumo
from corpus import CORPUS

from signalctl.domain.junction import GroupKind
from signalctl.networks.network import Network, read_network

TOOLS = Path(sumo.__file__).parent / "tools"
SCENARIOS = TOOLS / "sumolib" / "scenario" / "scenarios"
EXAMPLES = sorted((SCENARIOS / "RealWorld").glob("RiLSA_example*/rilsa?.net.xml"))
ROADS = [p for p in TOOLS.glob("game/*/*.net.xml") if not p.parent.name.startswith("rail")]
OTHERS = sorted([*ROADS, *CORPUS.glob("*/net.net.xml.gz")])
LONGEST_S = 25
"""Wide junctions with trams or long crossings need up to 20 s and a little more."""

pytestmark = pytest.mark.sumo


@cache
def _network(path: Path) -> Network:
    return read_network(path, sorted(path.parent.glob("rilsa?_tls.add.xml")))


def test_all_four_examples_are_there() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.parent.name)
def test_worked_examples_are_met_within_a_second(path: Path) -> None:
    network = _network(path)
    (junction,) = network.junctions.values()
    kinds = {group.id: group.kind for group in junction.groups}
    compared = 0
    for (ending, starting), shown_s in network.surveyed[junction.id].direct.items():
        if {kinds[ending], kinds[starting]} != {GroupKind.VEHICLE}:
            continue
        computed_s = network.geometric[junction.id].get(ending, starting)
        assert computed_s is not None
        # Programs may wait longer than they must, when a third group decides the change.
        assert computed_s <= shown_s + 1, (ending, starting)
        if shown_s <= 6:
            assert abs(computed_s - shown_s) <= 1, (ending, starting)
            compared += 1
    assert compared >= 4


@pytest.mark.parametrize("path", OTHERS, ids=lambda p: p.parent.name)
def test_every_conflicting_pair_has_a_sensible_intergreen(path: Path) -> None:
    network = _network(path)
    for junction in network.junctions.values():
        matrix = network.geometric[junction.id]
        for a, b in junction.conflicts.hard | junction.conflicts.yields:
            for ending, starting in ((a, b), (b, a)):
                seconds = matrix.get(ending, starting)
                assert seconds is not None
                assert max(1, junction.group(ending).amber_s) <= seconds <= LONGEST_S
