"""Lanes, links and rights of way that the queue model gets from networks of netconvert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from small_nets import ARMS, crossroads, netconvert, twin_nodes

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import DueVehicle, QueueLink, Traffic
from signalctl.networks.lane_traffic import (
    NO_CONNECTION,
    NO_LANE,
    NO_ROUTE,
    OUTSIDE,
    UNKNOWN_ROAD,
    lane_traffic,
)
from signalctl.networks.network import read_network
from signalctl.optimiser.queue_model.model import QueueModel
from signalctl.optimiser.signal_table import SignalTable, table_of

pytestmark = pytest.mark.sumo

ALL_WAYS = tuple((f"{a}c", f"c{b}") for a in ARMS for b in ARMS if a != b)


def due(number: int, edges: Sequence[str], v_class: str = "passenger") -> DueVehicle:
    return DueVehicle(
        id=f"v{number}",
        depart_s=float(number),
        v_class=v_class,
        length_m=7.5,
        edges=tuple(edges),
    )


def traffic_of(net: Path, ways: Sequence[Sequence[str]], v_class: str = "passenger") -> Traffic:
    vehicles = [due(number, way, v_class) for number, way in enumerate(ways)]
    return lane_traffic(read_network(net), vehicles, 0.0, 100.0, 1.0)


def node(folder: Path, kind: str, *options: str, fast: str = "ew") -> Path:
    """Four arms of one lane meeting in an unsignalised node; `fast` arms have priority."""
    nodes = f'<node id="c" x="0" y="0" type="{kind}"/>' + "".join(
        f'<node id="{arm}" x="{x}" y="{y}"/>' for arm, (x, y) in ARMS.items()
    )
    edges = "".join(
        f'<edge id="{a}{b}" from="{a}" to="{b}" priority="{9 if arm in fast else 1}"/>'
        for arm in ARMS
        for a, b in ((arm, "c"), ("c", arm))
    )
    return netconvert(folder, nodes, edges, *options)


def way_of(traffic: Traffic, link: QueueLink) -> tuple[str, str]:
    lanes = traffic.lanes
    return (
        traffic.edges[lanes[link.from_lane].edge],
        traffic.edges[lanes[link.to_lane].edge],
    )


def yields(traffic: Traffic) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Way -> the ways it gives way to."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for link in traffic.links:
        to = {way_of(traffic, traffic.links[foe]) for foe in link.gives_way_to}
        found.setdefault(way_of(traffic, link), set()).update(to)
    return found


def test_side_roads_give_way_to_the_main_road(tmp_path: Path) -> None:
    found = yields(traffic_of(node(tmp_path, "priority"), ALL_WAYS))
    assert found["ec", "cw"] == set()
    assert {("ec", "cw"), ("wc", "ce")} <= found["nc", "cs"]
    # A left turn of the main road gives way to who comes towards it.
    assert ("ec", "cw") in found["wc", "cn"]


def test_only_ways_that_somebody_drives_are_there(tmp_path: Path) -> None:
    traffic = traffic_of(node(tmp_path, "priority"), [("nc", "cs"), ("nc", "cs")])
    assert [way_of(traffic, link) for link in traffic.links] == [("nc", "cs")]
    (link,) = traffic.links
    assert link.gives_way_to == ()
    assert link.minor
    assert len(traffic.routes) == 1


def test_stop_signs_stop(tmp_path: Path) -> None:
    traffic = traffic_of(node(tmp_path, "priority_stop"), ALL_WAYS)
    stopping = {way_of(traffic, link)[0] for link in traffic.links if link.stops_first}
    assert stopping == {"nc", "sc"}


def test_right_before_left_in_both_kinds_of_traffic(tmp_path: Path) -> None:
    """Equal roads: who comes from the right goes first, from the left in left-hand traffic."""
    for name, options, first in (("right", (), "ec"), ("left", ("--lefthand", "true"), "wc")):
        (tmp_path / name).mkdir()
        net = node(tmp_path / name, "right_before_left", *options, fast="")
        found = yields(traffic_of(net, ALL_WAYS))
        giving_way = {source for source, _ in found["sc", "cn"]}
        assert first in giving_way
        assert {"ec", "wc"} - {first} - giving_way


def test_who_drives_round_a_roundabout_goes_first(tmp_path: Path) -> None:
    ring = {"n": (0, 20), "w": (-20, 0), "s": (0, -20), "e": (20, 0)}
    nodes = "".join(
        f'<node id="r{a}" x="{x}" y="{y}"/><node id="{a}" x="{10 * x}" y="{10 * y}"/>'
        for a, (x, y) in ring.items()
    )
    ways = [("rn", "rw"), ("rw", "rs"), ("rs", "re"), ("re", "rn")]
    ways += [pair for a in ring for pair in ((a, f"r{a}"), (f"r{a}", a))]
    edges = "".join(f'<edge id="{a}-{b}" from="{a}" to="{b}"/>' for a, b in ways)
    round_it = " ".join(f"{a}-{b}" for a, b in ways[:4])
    edges += f'<roundabout nodes="rn rw rs re" edges="{round_it}"/>'
    net = netconvert(tmp_path, nodes, edges)
    found = yields(
        traffic_of(net, [("s-rs", "rs-re", "re-e"), ("w-rw", "rw-rs", "rs-re", "re-rn", "rn-n")])
    )
    assert found["s-rs", "rs-re"] == {("rw-rs", "rs-re")}
    assert found["rw-rs", "rs-re"] == set()


def test_lights_hold_back_by_group_and_permissive_lefts_know_their_foes(tmp_path: Path) -> None:
    net = crossroads(tmp_path)
    network = read_network(net)
    traffic = traffic_of(net, ALL_WAYS)
    ids = set(network.junctions["c"].group_ids)
    assert {link.junction_id for link in traffic.links} == {"c"}
    assert all(link.group_id in ids for link in traffic.links)
    found = yields(traffic)
    assert ("sc", "cn") in found["nc", "ce"]
    assert found["nc", "cs"] == set() or ("sc", "cn") not in found["nc", "cs"]
    lefts = [link for link in traffic.links if way_of(traffic, link) == ("nc", "ce")]
    assert all(link.waits_inside and 0 < link.inside_m < link.length_m for link in lefts)


def test_bus_lanes_carry_buses_only(tmp_path: Path) -> None:
    nodes = '<node id="a" x="0" y="0"/><node id="b" x="200" y="0"/><node id="d" x="400" y="0"/>'
    lane = '<lane index="0" allow="bus"/>'
    edges = (
        f'<edge id="ab" from="a" to="b" numLanes="2">{lane}</edge>'
        f'<edge id="bd" from="b" to="d" numLanes="2">{lane}</edge>'
    )
    net = netconvert(tmp_path, nodes, edges)
    cars, buses = (traffic_of(net, [("ab", "bd")], kind) for kind in ("passenger", "bus"))
    assert {lane.id for lane in cars.lanes} == {"ab_1", "bd_1"}
    assert {lane.id for lane in buses.lanes} == {"ab_0", "ab_1", "bd_0", "bd_1"}
    assert all(lane.classes == {"bus"} for lane in buses.lanes)
    both = lane_traffic(
        read_network(net), [due(0, ("ab", "bd")), due(1, ("ab", "bd"), "bus")], 0.0, 100.0, 1.0
    )
    assert {lane.id: lane.classes for lane in both.lanes}["ab_0"] == {"bus"}


def test_vehicles_without_a_way_are_counted_by_reason(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{n}" x="{200 * k}" y="0"/>' for k, n in enumerate("abde"))
    edges = (
        '<edge id="ab" from="a" to="b" numLanes="2"/><edge id="bd" from="b" to="d"/>'
        '<edge id="de" from="d" to="e" allow="tram"/>'
    )
    # Only the inner lane leads on.
    links = '<connection from="ab" to="bd" fromLane="1" toLane="0"/>'
    net = netconvert(tmp_path, nodes, edges, connections=links)
    network = read_network(net)
    vehicles = [
        due(0, ("ab", "bd")),
        due(1, ("ab", "xy")),
        due(2, ()),
        due(3, ("bd", "de")),
        due(4, ("bd", "ab")),
        due(5, ("ab",), "bus"),
        due(500, ("ab",)),
    ]
    traffic = lane_traffic(network, vehicles, 0.0, 100.0, 1.0, 300.0)
    assert dict(traffic.lost) == {
        UNKNOWN_ROAD: 1,
        NO_ROUTE: 1,
        NO_LANE: 1,
        NO_CONNECTION: 1,
        OUTSIDE: 1,
    }
    assert [traffic.lanes[link.from_lane].id for link in traffic.links] == ["ab_1"]
    assert traffic.time_to_teleport_s == 300.0
    found = QueueModel(traffic, {}, {}).run()
    assert (found.due, found.unfinished) == (2, 0)
    with pytest.raises(InputError, match="none"):
        lane_traffic(network, vehicles, 100.0, 100.0, 1.0)


def test_one_light_over_two_nodes(tmp_path: Path) -> None:
    """The short road between the nodes is a lane of its own, both its ends signalised."""
    net = twin_nodes(tmp_path)
    ways = [("wa", "ab", "be"), ("sa", "ab", "be"), ("eb", "ba", "aw")] * 10
    network, traffic = read_network(net), traffic_of(net, ways)
    assert {link.junction_id for link in traffic.links} == {"twin"}
    assert {link.node_id for link in traffic.links} == {"a", "b"}
    assert len({link.group_id for link in traffic.links}) >= 3
    groups = {"twin": network.junctions["twin"].group_ids}
    shipped = network.default_program("twin")
    assert shipped is not None
    assert shipped.program is not None
    base: dict[str, SignalTable] = {"twin": table_of(shipped.program, groups["twin"])}
    found = QueueModel(traffic, groups, base).run()
    assert (found.due, found.unfinished) == (len(ways), 0)


def test_networks_without_internal_lanes_keep_their_rights_of_way(tmp_path: Path) -> None:
    net = node(tmp_path, "priority", "--no-internal-links", "true")
    found = yields(traffic_of(net, ALL_WAYS))
    assert {("ec", "cw"), ("wc", "ce")} <= found["nc", "cs"]
    assert found["ec", "cw"] == set()


def test_nobody_due_is_no_traffic(tmp_path: Path) -> None:
    traffic = traffic_of(node(tmp_path, "priority"), [])
    assert (traffic.edges, traffic.lanes, traffic.links, traffic.routes) == ((), (), (), ())
    assert QueueModel(traffic, {}, {}).run().total_delay_s == 0.0
