"""Corridors and flows on every real network at hand."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
import yaml
from corpus import ABSENT, CORPUS

from signalctl.domain.corridor import Progression
from signalctl.networks.corridor import RankedCorridor, corridor_from_junctions, rank_corridors
from signalctl.networks.flows import TurningFlows, flow_ratios, turning_flows
from signalctl.networks.network import Network, read_network

NAMES = sorted(p.name for p in CORPUS.iterdir() if p.is_dir()) if CORPUS.is_dir() else []

pytestmark = pytest.mark.skipif(not NAMES, reason=ABSENT)

ALONE = {"cologne1", "hangzhou_1x1_bctyc", "ingolstadt1"}
"""Networks with one signal."""


@cache
def _network(name: str) -> Network:
    folder = CORPUS / name
    return read_network(folder / "net.net.xml.gz", sorted(folder.glob("*.add.xml")))


@cache
def _flows(name: str) -> TurningFlows:
    folder = CORPUS / name
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    return turning_flows(
        _network(name),
        sorted(folder.glob("*.rou.xml.gz")),
        manifest["begin"],
        manifest["end"],
        sorted(folder.glob("*.add.xml")),
    )


def _check(ranked: RankedCorridor, network: Network) -> None:
    corridor = ranked.corridor
    assert len(corridor.junction_ids) >= 2
    met = set()
    for direction in corridor.directions.values():
        assert len({line.junction_id for line in direction.stop_lines}) >= 2
        for line in direction.stop_lines:
            assert line.group_id in network.junctions[line.junction_id].group_ids
            met.add(line.junction_id)
        edges = network.roads.edges
        for a, b in pairwise(direction.edges):
            assert edges[a].to_node == edges[b].from_node
        # Stop lines are no further apart than all driven edges, nodes added, are long.
        driven_m = sum(edges[e].length_m for e in direction.edges)
        assert direction.stop_lines[0].position_m == 0.0
        assert direction.stop_lines[-1].position_m <= 1.4 * driven_m
        assert all(1.0 <= speed <= 50.0 for speed in direction.speeds_mps)
    assert met == set(corridor.junction_ids)
    assert (corridor.inbound is None) == any("no inbound" in note for note in ranked.notes)


@pytest.mark.parametrize("name", NAMES)
def test_arterials_are_found_with_and_without_demand(name: str) -> None:
    network = _network(name)
    for flows in (None, _flows(name)):
        ranked = rank_corridors(network, flows, limit=1000)
        assert bool(ranked) == (name not in ALONE)
        assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
        for each in ranked:
            _check(each, network)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ALONE])
def test_the_best_arterial_is_found_again_by_its_junctions(name: str) -> None:
    network = _network(name)
    best = rank_corridors(network, _flows(name), limit=1)[0].corridor
    again = corridor_from_junctions(network, best.junction_ids).corridor
    assert again.junction_ids == best.junction_ids
    assert _met(again.outbound) == _met(best.outbound)
    assert (again.inbound is None) == (best.inbound is None)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ALONE])
def test_a_corridor_named_backwards_swaps_its_directions(name: str) -> None:
    network = _network(name)
    ids = rank_corridors(network, _flows(name), limit=1)[0].corridor.junction_ids
    there, back = (corridor_from_junctions(network, way).corridor for way in (ids, ids[::-1]))
    assert there.inbound is not None
    assert back.outbound == there.inbound
    assert back.inbound == there.outbound


def _met(direction: Progression) -> list[str]:
    return list(dict.fromkeys(line.junction_id for line in direction.stop_lines))


def test_peachtree_street_has_its_five_signals_both_ways() -> None:
    best = rank_corridors(_network("atlanta_1x5"), _flows("atlanta_1x5"))
    assert len(best) == 1
    corridor = best[0].corridor
    assert corridor.junction_ids == ("69421277", "69249210", "69387071", "69227168", "69515842")
    assert corridor.inbound is not None
    assert [s.junction_id for s in corridor.inbound.stop_lines] == list(corridor.junction_ids[::-1])
    assert 550 < best[0].length_m < 570


@pytest.mark.parametrize(("name", "gap_m"), [("grid4x4", 300.0), ("arterial4x4", 200.0)])
def test_grids_give_their_rows_and_columns(name: str, gap_m: float) -> None:
    ranked = rank_corridors(_network(name), _flows(name))
    assert len(ranked) == 8
    for each in ranked:
        assert len(each.corridor.junction_ids) == 4
        assert each.length_m == pytest.approx(3 * gap_m, rel=0.01)
        assert each.corridor.inbound is not None


@pytest.mark.parametrize("name", NAMES)
def test_flows_count_every_vehicle_once_at_each_signal(name: str) -> None:
    network, flows = _network(name), _flows(name)
    if name != "berlin_doerpfeld":  # there, some lanes of signalled movements have no lamp
        assert sum(flows.links.values()) == pytest.approx(sum(flows.movements.values()))
    assert sum(flows.groups.values()) == pytest.approx(sum(flows.links.values()))
    busy = 0
    for junction in network.junctions.values():
        ratios = flow_ratios(flows, junction)
        assert set(ratios) == set(junction.group_ids)
        assert all(0.0 <= y < 1.5 for y in ratios.values())
        busy += any(ratios.values())
    assert busy >= 0.6 * len(network.junctions)


def test_a_demand_that_fills_its_period_badly_is_remarked_upon() -> None:
    assert any("understate" in note for note in _flows("atlanta_1x5").notes)
    assert not any("understate" in note for note in _flows("cologne8").notes)
