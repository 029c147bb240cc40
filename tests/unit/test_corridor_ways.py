"""Corridors over small networks laid out by hand: ways, stop lines, both directions, errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.networks.corridor import (
    corridor_from_edges,
    corridor_from_junctions,
    rank_corridors,
)
from signalctl.networks.flows import TurningFlows
from signalctl.networks.groups import MOVEMENTS
from signalctl.networks.network import Network
from signalctl.networks.roads import (
    NORMAL,
    Connection,
    Edge,
    Lane,
    Location,
    Node,
    Point,
    RoadGraph,
)

SPEED_MPS = 10.0
ASIDE_M = 2.0


def _letter(before: Point, at: Point, after: Point) -> tuple[str, float]:
    arriving = math.atan2(at[1] - before[1], at[0] - before[0])
    leaving = math.atan2(after[1] - at[1], after[0] - at[0])
    degrees = math.degrees(leaving - arriving) % 360.0
    degrees = degrees - 360.0 if degrees > 180.0 else degrees
    if abs(degrees) < 45.0:
        return "s", degrees
    if abs(degrees) > 175.0:
        return "t", degrees
    return ("l" if degrees > 0 else "r"), degrees


def _edge(edge_id: str, nodes: Mapping[str, Point], a: str, b: str, name: str = "") -> Edge:
    """A one-lane edge, drawn a little to the right of the line between its nodes."""
    (x0, y0), (x1, y1) = nodes[a], nodes[b]
    length_m = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y1 - y0) / length_m * ASIDE_M, -(x1 - x0) / length_m * ASIDE_M
    shape = ((x0 + dx, y0 + dy), (x1 + dx, y1 + dy))
    lane = Lane(
        id=f"{edge_id}_0",
        edge_id=edge_id,
        index=0,
        length_m=length_m,
        speed_mps=SPEED_MPS,
        width_m=3.2,
        shape=shape,
    )
    return Edge(
        id=edge_id,
        from_node=a,
        to_node=b,
        function=NORMAL,
        speed_mps=SPEED_MPS,
        length_m=length_m,
        priority=1,
        lanes=(lane,),
        type="",
        shape=shape,
        name=name,
    )


def _network(
    nodes: Mapping[str, Point],
    streets: Iterable[str],
    lights: Mapping[str, str],
    controlled: Mapping[str, frozenset[str]] | None = None,
) -> Network:
    """Streets are `a-b` (two-way) or `a>b` (one-way); lights map node -> light id.

    `controlled` names the only edges a light stops.
    """
    edges: dict[str, Edge] = {}
    for street in streets:
        one_way = ">" in street
        a, b = street.split(">" if one_way else "-")
        edges[f"{a}{b}"] = _edge(f"{a}{b}", nodes, a, b)
        if not one_way:
            edges[f"{b}{a}"] = _edge(f"{b}{a}", nodes, b, a)
    connections = []
    groups: dict[str, list[SignalGroup]] = {light: [] for light in lights.values()}
    for source in edges.values():
        light = lights.get(source.to_node)
        if light and controlled and source.id not in controlled.get(light, frozenset({source.id})):
            light = None
        for target in edges.values():
            if target.from_node != source.to_node:
                continue
            letter, _ = _letter(
                nodes[source.from_node], nodes[source.to_node], nodes[target.to_node]
            )
            link = len(groups[light]) if light else None
            connections.append(
                Connection(
                    from_edge=source.id,
                    to_edge=target.id,
                    from_lane=0,
                    to_lane=0,
                    via=None,
                    tl=light,
                    link_index=link,
                    direction=letter,
                    state="o" if light else "M",
                )
            )
            if light and link is not None:
                groups[light].append(
                    SignalGroup(
                        id=f"{source.id}.{letter}.{target.id}",
                        kind=GroupKind.VEHICLE,
                        approach=source.id,
                        movements=(MOVEMENTS[letter],),
                        links=(link,),
                    )
                )
    roads = RoadGraph(
        version="1.20",
        left_hand=False,
        location=Location(),
        edges=FrozenMap(edges),
        nodes=FrozenMap(
            {
                name: Node(
                    id=name,
                    type="traffic_light" if name in lights else "priority",
                    x_m=x,
                    y_m=y,
                    incoming_lanes=(),
                    internal_lanes=(),
                    requests=FrozenMap(),
                    shape=(),
                )
                for name, (x, y) in nodes.items()
            }
        ),
        connections=tuple(connections),
    )
    junctions = {light: Junction(id=light, groups=tuple(own)) for light, own in groups.items()}
    return Network(
        path=Path("hand.net.xml"),
        sha256="",
        roads=roads,
        junctions=FrozenMap(junctions),
        programs=FrozenMap(dict.fromkeys(junctions, ())),
        surveyed=FrozenMap({}),
        geometric=FrozenMap({}),
        notes=(),
    )


MAIN: dict[str, Point] = {
    "W": (0.0, 0.0),
    "a": (300.0, 0.0),
    "b": (500.0, 0.0),
    "c": (900.0, 0.0),
    "E": (1200.0, 0.0),
    "aN": (300.0, 200.0),
    "bN": (500.0, 200.0),
    "cN": (900.0, 200.0),
}
STREETS = ("W-a", "a-b", "b-c", "c-E", "a-aN", "b-bN", "c-cN")
LIGHTS = {"a": "A", "b": "B", "c": "C"}


def _main(**changes: object) -> Network:
    return _network(MAIN, STREETS, LIGHTS)


def test_both_directions_of_a_straight_arterial() -> None:
    found = corridor_from_junctions(_main(), ["A", "B", "C"])
    corridor = found.corridor
    assert found.notes == ()
    assert corridor.outbound.edges == ("Wa", "ab", "bc", "cE")
    assert [line.group_id for line in corridor.outbound.stop_lines] == [
        "Wa.s.ab",
        "ab.s.bc",
        "bc.s.cE",
    ]
    assert [line.position_m for line in corridor.outbound.stop_lines] == [0.0, 200.0, 600.0]
    assert corridor.outbound.speeds_mps == (SPEED_MPS, SPEED_MPS)
    assert corridor.inbound is not None
    assert corridor.inbound.edges == ("Ec", "cb", "ba", "aW")
    assert [line.junction_id for line in corridor.inbound.stop_lines] == ["C", "B", "A"]
    assert [line.position_m for line in corridor.inbound.stop_lines] == [0.0, 400.0, 600.0]


def test_given_speed_replaces_the_limits() -> None:
    corridor = corridor_from_junctions(_main(), ["C", "B"], 12.5).corridor
    assert corridor.outbound.speeds_mps == (12.5,)
    assert corridor.outbound.stop_lines[0].group_id == "Ec.s.cb"


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (["A", "C"], "passes the signal B"),
        (["A", "b"], "Node b is controlled by the light B"),
        (["A", "X"], "There is no signal-controlled junction 'X'"),
        (["A", "bN"], "Node bN has no signals"),
        (["A"], "two junctions at least"),
        (["A", "B", "A"], "stands twice"),
    ],
)
def test_wrong_junctions_are_named(ids: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        corridor_from_junctions(_main(), ids)
    assert says in str(caught.value)


def test_impossible_speed_is_refused() -> None:
    with pytest.raises(InputError, match="not possible"):
        corridor_from_junctions(_main(), ["A", "B"], -1.0)


def test_a_one_way_street_has_no_inbound_and_says_so() -> None:
    network = _network(MAIN, ("W>a", "a>b", "b>c", "c>E"), LIGHTS)
    found = corridor_from_junctions(network, ["A", "B", "C"])
    assert found.corridor.inbound is None
    assert any("no inbound direction" in note for note in found.notes)
    with pytest.raises(InputError, match="No drivable way leads from junction C to junction B"):
        corridor_from_junctions(network, ["C", "B", "A"])


def test_a_long_way_round_is_no_inbound_direction() -> None:
    nodes = {**MAIN, "far": (600.0, 3000.0)}
    streets = ("W>a", "a>b", "b>c", "c>E", "E>far", "far>W", "E>c2", "c2>E")
    network = _network({**nodes, "c2": (1300.0, 10.0)}, streets, LIGHTS)
    found = corridor_from_junctions(network, ["A", "B", "C"])
    assert found.corridor.inbound is None


def test_a_wide_median_has_two_stop_lines_of_one_light() -> None:
    nodes = {
        "W": (0.0, 0.0),
        "a1": (300.0, 0.0),
        "a2": (320.0, 0.0),
        "b": (600.0, 0.0),
        "E": (900.0, 0.0),
        "S1": (300.0, -200.0),
        "S2": (320.0, 200.0),
        "bN": (600.0, 200.0),
    }
    streets = ("W-a1", "a1-a2", "a2-b", "b-E", "a1-S1", "a2-S2", "b-bN")
    network = _network(nodes, streets, {"a1": "A", "a2": "A", "b": "B"})
    for ids in (["A", "B"], ["B", "A"]):
        corridor = corridor_from_junctions(network, ids).corridor
        for name, direction in corridor.directions.items():
            met = [line.junction_id for line in direction.stop_lines]
            assert sorted(met) == ["A", "A", "B"], name
    there = corridor_from_junctions(network, ["A", "B"]).corridor.outbound
    assert [line.position_m for line in there.stop_lines] == [0.0, 20.0, 300.0]


def test_a_light_of_one_carriageway_is_met_in_that_direction_only() -> None:
    network = _network(MAIN, STREETS, LIGHTS, {"B": frozenset({"ab", "bNb"})})
    found = corridor_from_junctions(network, ["A", "B", "C"])
    inbound = found.corridor.inbound
    assert inbound is not None
    assert [line.junction_id for line in inbound.stop_lines] == ["C", "A"]
    assert "No signal of junction B stands on the inbound way." in found.notes


def test_lights_of_separate_carriageways_make_one_corridor() -> None:
    # Two one-way carriageways 15 m apart, joined at both junctions, with lights of their own.
    nodes: dict[str, Point] = {}
    for x, name in ((0, "0"), (300, "1"), (600, "2"), (900, "3")):
        nodes[f"e{name}"] = (float(x), 0.0)
        nodes[f"w{name}"] = (float(x), 15.0)
    streets = ["e0>e1", "e1>e2", "e2>e3", "w3>w2", "w2>w1", "w1>w0", "e1-w1", "e2-w2"]
    lights = {"e1": "E1", "e2": "E2", "w1": "W1", "w2": "W2"}
    network = _network(nodes, streets, lights)
    found = corridor_from_junctions(network, ["E1", "W1", "E2", "W2"]).corridor
    assert found.outbound.edges == ("e0e1", "e1e2", "e2e3")
    assert found.inbound is not None
    assert found.inbound.edges == ("w3w2", "w2w1", "w1w0")
    assert [line.junction_id for line in found.inbound.stop_lines] == ["W2", "W1"]


def test_edges_name_a_corridor_too() -> None:
    found = corridor_from_edges(_main(), "Wa", "cE")
    assert found.corridor.junction_ids == ("A", "B", "C")
    assert found.length_m == 600.0


@pytest.mark.parametrize(
    ("edges", "says"),
    [
        (("Wx", "cE"), "There is no edge 'Wx'"),
        (("Wa", "ab"), "meets only the signal A"),
        (("aaN", "aaN"), "meets no signal"),
    ],
)
def test_wrong_edges_are_named(edges: tuple[str, str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        corridor_from_edges(_main(), *edges)
    assert says in str(caught.value)


def test_unconnected_edges_are_named() -> None:
    network = _network(MAIN, ("W>a", "a>b", "b>c", "c>E"), LIGHTS)
    with pytest.raises(InputError, match="No drivable way leads from edge 'bc' to edge 'ab'"):
        corridor_from_edges(network, "bc", "ab")


def test_arterials_are_ranked_by_what_passes_on() -> None:
    nodes = {
        **MAIN,
        "d": (300.0, 600.0),
        "dW": (0.0, 600.0),
        "e": (700.0, 600.0),
        "eE": (1000.0, 600.0),
    }
    streets = (*STREETS, "dW-d", "d-e", "e-eE")
    network = _network(nodes, streets, {**LIGHTS, "d": "D", "e": "E"})
    by_class = rank_corridors(network)
    assert [r.corridor.junction_ids for r in by_class] == [("A", "B", "C"), ("D", "E")]
    assert by_class[0].through_vph is None
    flows = TurningFlows(
        begin_s=0.0,
        end_s=3600.0,
        links=FrozenMap({}),
        groups=FrozenMap({}),
        movements=FrozenMap({("Wa", "ab"): 50.0, ("dWd", "de"): 700.0, ("de", "eeE"): 600.0}),
        lanes=(),
    )
    by_flow = rank_corridors(network, flows)
    assert [r.corridor.junction_ids for r in by_flow] == [("D", "E"), ("A", "B", "C")]
    assert by_flow[0].score == 600.0
    assert by_flow[0].through_vph == pytest.approx(1300.0 / 4)
    assert rank_corridors(network, flows, 1) == by_flow[:1]


def test_a_long_gap_parts_an_arterial() -> None:
    nodes = {name: (x * 3.2 if x > 500 else x, y) for name, (x, y) in MAIN.items()}
    network = _network(nodes, STREETS, LIGHTS)
    assert [r.corridor.junction_ids for r in rank_corridors(network)] == [("A", "B")]


def test_a_lone_light_is_no_arterial() -> None:
    assert rank_corridors(_network(MAIN, STREETS, {"b": "B"})) == ()
