"""The sources of the shipped networks: demand, streets and timing, without SUMO."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from signalctl.domain.errors import SimulationError
from signalctl.networks.shipped.arterial import arterial
from signalctl.networks.shipped.demand import (
    PERIOD_S,
    BusLine,
    Demand,
    Stream,
    WalkStream,
    routes_xml,
    turn_flows,
)
from signalctl.networks.shipped.expressway import expressway
from signalctl.networks.shipped.grid import grid
from signalctl.networks.shipped.lights import Light, Link
from signalctl.networks.shipped.roads import Node, StageSource
from signalctl.networks.shipped.streets import Street, StreetMap
from signalctl.networks.shipped.timing import best_timing, interstage_s, lane_groups

SOURCES = {"arterial": arterial, "grid": grid, "expressway": expressway}

SMALL = Demand(
    seed=7,
    cars=(Stream(("a", "b"), 10.4), Stream(("a", "c"), 5.6), Stream(("d", "c"), 3.0)),
    walkers=(WalkStream("a", "b", 4.0),),
    buses=(BusLine(id="bus", route=("a", "b"), stops=("stop",), headway_s=600),),
)


def test_vehicles_are_as_many_as_the_streams_ask_for() -> None:
    root = ET.fromstring(routes_xml(SMALL))
    routes = [item.find("route").get("edges") for item in root.iter("vehicle")]  # type: ignore[union-attr]  # every vehicle has one
    assert routes.count("a c") == 6
    assert routes.count("d c") == 3
    assert routes.count("a b") == 10 + 6  # cars, and a bus every 600 s
    assert len(root.findall("person")) == 4


def test_departures_are_sorted_and_inside_the_period() -> None:
    root = ET.fromstring(routes_xml(SMALL))
    departs = [float(item.get("depart", "-1")) for item in root if item.tag != "vType"]
    assert departs == sorted(departs)
    assert all(0 <= depart < PERIOD_S for depart in departs)


def test_the_seed_alone_changes_the_departures() -> None:
    other = Demand(seed=8, cars=SMALL.cars, walkers=SMALL.walkers, buses=SMALL.buses)
    assert routes_xml(SMALL) == routes_xml(SMALL)
    assert routes_xml(SMALL) != routes_xml(other)


def test_turn_flows_count_cars_and_buses() -> None:
    assert turn_flows(SMALL)["a", "b"] == pytest.approx(10.4 + 6)


@pytest.mark.parametrize("name", SOURCES)
def test_every_route_is_a_chain_of_edges_and_connections(name: str) -> None:
    sources = SOURCES[name]()
    linked = {(c.start, c.end) for c in sources.connections}
    for demand in sources.demand.values():
        for stream in demand.cars:
            assert stream.vph > 0
            assert set(pairwise(stream.route)) <= linked


@pytest.mark.parametrize("name", SOURCES)
def test_offpeak_is_lighter_on_the_same_routes(name: str) -> None:
    sources = SOURCES[name]()
    peak = {stream.route: stream.vph for stream in sources.demand["peak"].cars}
    for stream in sources.demand["offpeak"].cars:
        assert stream.vph < peak[stream.route]


@pytest.mark.parametrize("eastbound", [True, False])
def test_through_traffic_is_most_of_the_arterials_flow_on_every_link(eastbound: bool) -> None:
    line = ["W", *(f"J{k}" for k in range(1, 9)), "E"]
    edges = [f"{a}_{b}" for a, b in pairwise(line if eastbound else line[::-1])]
    cars = arterial().demand["peak"].cars
    for edge in edges:
        here = [stream for stream in cars if edge in stream.route]
        through = sum(s.vph for s in here if {edges[0], edges[-1]} <= set(s.route))
        assert 0.55 <= through / sum(s.vph for s in here) <= 0.65


def test_arterial_spacings_are_uneven() -> None:
    nodes = sorted(n.x_m for n in arterial().nodes if n.signal)
    spacings = [b - a for a, b in pairwise(nodes)]
    assert len(nodes) == 8
    assert min(spacings) >= 180
    assert max(spacings) <= 520
    assert max(spacings) > 2 * min(spacings)


def _crossroads() -> StreetMap:
    nodes = (
        Node(id="J", x_m=0, y_m=0, signal=True),
        Node(id="n", x_m=0, y_m=200),
        Node(id="e", x_m=200, y_m=0),
        Node(id="w", x_m=-200, y_m=0),
    )
    streets = (
        Street(a="w", b="J", lanes=2, pocket_m=60),
        Street(a="J", b="e", lanes=2, pocket_m=60),
        Street(a="n", b="J"),
    )
    return StreetMap(nodes, streets)


def test_a_pocket_is_laid_only_where_one_can_turn_left() -> None:
    edges = {edge.id: edge.lanes for edge in _crossroads().edges}
    assert edges["w_J_stop"] == 3
    assert "e_J_stop" not in edges
    assert edges["e_J"] == 2


def test_a_single_left_turn_leads_with_the_through_traffic_beside_it() -> None:
    first, second, third = _crossroads().stages("J", protected=frozenset({"EW"}))
    assert set(first.movements) == {("w_J_stop", "J_n"), ("w_J_stop", "J_e")}
    assert set(second.movements) == {("w_J_stop", "J_e"), ("e_J", "J_w"), ("e_J", "J_n")}
    assert second.crossings == (("n_J", "J_n"),)
    assert set(third.movements) == {("n_J", "J_w"), ("n_J", "J_e")}


def _two_streams() -> tuple[Light, tuple[StageSource, ...]]:
    light = Light(
        id="X",
        links=(Link(0, "a", "b", 0, "s"), Link(1, "c", "d", 0, "s")),
        crossings=(),
        yields_to=(frozenset(), frozenset()),
        conflicts_with=(frozenset({1}), frozenset({0})),
    )
    return light, (StageSource((("a", "b"),)), StageSource((("c", "d"),)))


def test_greens_follow_the_flows_and_fill_the_cycle() -> None:
    light, stages = _two_streams()
    timing = best_timing(light, stages, {("a", "b"): 900.0, ("c", "d"): 450.0})
    assert sum(timing.greens_s) + 2 * interstage_s() == timing.cycle_s
    assert timing.greens_s[0] > timing.greens_s[1]
    saturations = [timing.saturation(group) for group in timing.groups]
    assert max(saturations) < 1.0
    assert abs(saturations[0] - saturations[1]) < 0.1


def test_more_traffic_asks_for_a_longer_cycle() -> None:
    light, stages = _two_streams()
    light_cycle = best_timing(light, stages, {("a", "b"): 500.0, ("c", "d"): 400.0}).cycle_s
    heavy_cycle = best_timing(light, stages, {("a", "b"): 850.0, ("c", "d"): 600.0}).cycle_s
    assert heavy_cycle > light_cycle


def test_conflicting_streams_in_one_stage_are_refused() -> None:
    light, _ = _two_streams()
    with pytest.raises(SimulationError, match="neither gives way"):
        light.state(frozenset({0, 1}))


def test_a_stage_with_an_unknown_movement_is_refused() -> None:
    light, stages = _two_streams()
    with pytest.raises(SimulationError, match="no movement"):
        lane_groups(light, (*stages, StageSource((("a", "d"),))), {})
