"""Demand, turning flows, lane flows and flow ratios, on files written by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.errors import InputError
from signalctl.networks.demand import Way, read_demand
from signalctl.networks.flows import PCU, SATURATION_VPH, flow_ratios, turning_flows
from signalctl.networks.lane_choice import Stream, spread
from signalctl.networks.network import Network, read_network

NET = """<net version="1.20">
  <edge id="in" from="W" to="J"><lane id="in_0" index="0" speed="13.89" length="200"
    shape="0,-5 200,-5"/><lane id="in_1" index="1" speed="13.89" length="200"
    shape="0,-2 200,-2"/></edge>
  <edge id="on" from="J" to="E"><lane id="on_0" index="0" speed="13.89" length="200"
    shape="220,-5 420,-5"/><lane id="on_1" index="1" speed="13.89" length="200"
    shape="220,-2 420,-2"/></edge>
  <edge id="up" from="J" to="N"><lane id="up_0" index="0" speed="13.89" length="200"
    shape="212,10 212,210"/></edge>
  <edge id="alone" from="X" to="Y"><lane id="alone_0" index="0" speed="13.89" length="50"
    shape="0,500 50,500"/></edge>
  <junction id="J" type="traffic_light" x="210" y="0" incLanes="in_0 in_1" intLanes="" shape="">
    <request index="0" response="000" foes="000"/>
    <request index="1" response="000" foes="000"/>
    <request index="2" response="000" foes="000"/>
  </junction>
  <junction id="W" type="dead_end" x="0" y="0" incLanes="" intLanes="" shape=""/>
  <connection from="in" to="on" fromLane="0" toLane="0" tl="J" linkIndex="0" dir="s" state="O"/>
  <connection from="in" to="on" fromLane="1" toLane="1" tl="J" linkIndex="1" dir="s" state="O"/>
  <connection from="in" to="up" fromLane="1" toLane="0" tl="J" linkIndex="2" dir="l" state="o"/>
  <tlLogic id="J" type="static" programID="0" offset="0">
    <phase duration="30" state="GGG"/><phase duration="3" state="yyy"/>
    <phase duration="27" state="rrr"/>
  </tlLogic>
</net>"""


@pytest.fixture
def network(tmp_path: Path) -> Network:
    path = tmp_path / "net.net.xml"
    path.write_text(NET)
    return read_network(path)


def _routes(tmp_path: Path, body: str, name: str = "a.rou.xml") -> list[Path]:
    path = tmp_path / name
    path.write_text(f"<routes>{body}</routes>")
    return [path]


def _vehicles(n: int, edges: str, attributes: str = "") -> str:
    return "".join(
        f'<vehicle id="{edges}{i}" depart="{i}" {attributes}><route edges="{edges}"/></vehicle>'
        for i in range(n)
    )


def test_links_groups_and_movements_agree(network: Network, tmp_path: Path) -> None:
    body = _vehicles(300, "in on") + _vehicles(100, "in up")
    flows = turning_flows(network, _routes(tmp_path, body), 0.0, 3600.0)
    assert flows.movements == {("in", "on"): 300.0, ("in", "up"): 100.0}
    assert flows.links["J", 2] == pytest.approx(100.0)
    assert flows.links["J", 0] + flows.links["J", 1] == pytest.approx(300.0)
    # The lanes are filled evenly, turning vehicles counted as 1.05 through ones.
    assert flows.links["J", 0] == pytest.approx((300.0 + 105.0) / 2)
    through, left = network.junctions["J"].groups
    assert flows.groups["J", through.id] == pytest.approx(300.0)
    assert flows.groups["J", left.id] == pytest.approx(100.0)
    assert sum(lane.pcu_h for lane in flows.lane_flows("J")) == pytest.approx(400.0)


def test_ratio_is_that_of_the_fullest_lane(network: Network, tmp_path: Path) -> None:
    body = _vehicles(100, "in on") + _vehicles(400, "in up")
    flows = turning_flows(network, _routes(tmp_path, body), 0.0, 3600.0)
    junction = network.junctions["J"]
    through, left = junction.groups
    ratios = flow_ratios(flows, junction)
    # All left turners must use the middle lane; the others keep off it.
    assert ratios[left.id] == pytest.approx(400.0 * 1.05 / SATURATION_VPH)
    assert ratios[through.id] == pytest.approx(100.0 / SATURATION_VPH)
    assert flow_ratios(flows, junction, 930.0)[through.id] == pytest.approx(100.0 / 930.0)
    with pytest.raises(InputError, match="saturation flow"):
        flow_ratios(flows, junction, 0.0)


def test_classes_weigh_in_car_units_but_count_as_vehicles(network: Network, tmp_path: Path) -> None:
    body = '<vType id="t" vClass="truck"/>' + _vehicles(100, "in up", 'type="t"')
    flows = turning_flows(network, _routes(tmp_path, body), 0.0, 3600.0)
    (lane,) = flows.lane_flows("J")
    assert flows.links["J", 2] == pytest.approx(100.0)
    assert lane.pcu_h == pytest.approx(100.0 * PCU["truck"])
    with pytest.raises(InputError, match="passenger car units"):
        turning_flows(network, _routes(tmp_path, body), 0.0, 3600.0, pcu={"truck": 0.0})


def test_trips_take_the_fastest_way_and_gaps_are_noted(network: Network, tmp_path: Path) -> None:
    body = (
        '<trip id="1" depart="0" from="in" to="up"/><trip id="2" depart="0" from="in" to="alone"/>'
        '<vehicle id="3" depart="0"><route edges="in nowhere"/></vehicle>'
    )
    files = _routes(tmp_path, body)
    flows = turning_flows(network, files, 0.0, 3600.0)
    assert flows.movements == {("in", "up"): 1.0}
    notes = " ".join(flows.notes)
    assert "1 vehicles have no route" in notes
    assert "in -> alone" in notes
    assert "nowhere" in notes
    with pytest.raises(InputError, match="in -> alone"):
        turning_flows(network, files, 0.0, 3600.0, ignore_route_errors=False)


def test_no_vehicle_in_the_period_is_said(network: Network, tmp_path: Path) -> None:
    flows = turning_flows(network, _routes(tmp_path, _vehicles(5, "in on")), 100.0, 200.0)
    assert flows.notes == ("No vehicle departs in the period.",)
    assert set(flow_ratios(flows, network.junctions["J"]).values()) == {0.0}


@pytest.mark.parametrize(
    ("flow", "vehicles"),
    [
        ('begin="0" end="3600" vehsPerHour="325"', 162.5),
        ('begin="0" end="1800" period="10"', 180.0),
        ('begin="-100" end="100" period="10"', 10.0),
        ('begin="00:10:00" end="00:20:00" perHour="60"', 10.0),
        ('begin="0" end="3600" number="100"', 50.0),
        ('begin="600" number="5" period="1"', 5.0),
        ('begin="0" end="3600" probability="0.1"', 180.0),
        ('begin="0" end="3600" period="exp(0.1)"', 180.0),
        ('begin="1800" end="3600" vehsPerHour="500"', 0.0),
    ],
)
def test_flows_count_departures_of_the_period(flow: str, vehicles: float, tmp_path: Path) -> None:
    body = f'<flow id="f" {flow}><route edges="in on"/></flow>'
    demand = read_demand(_routes(tmp_path, body), 0.0, 1800.0)
    # A deterministic flow has whole departures: 325 an hour leave 163 times in half of it.
    assert sum(demand.vehicles.values()) == pytest.approx(vehicles, abs=0.51)


def test_routes_and_types_by_id_and_by_distribution(tmp_path: Path) -> None:
    types = (
        '<vTypeDistribution id="mix"><vType id="car" probability="3"/>'
        '<vType id="bus" vClass="bus" probability="1"/></vTypeDistribution>'
    )
    added = tmp_path / "types.add.xml"
    added.write_text(f"<additional>{types}</additional>")
    body = (
        '<route id="r1" edges="in on"/>'
        '<routeDistribution id="rs"><route refId="r1" probability="1"/>'
        '<route edges="in up" probability="3"/></routeDistribution>'
        '<interval begin="0" end="100"><flow id="f" number="8" route="rs" type="mix"/></interval>'
        '<vehicle id="v" depart="5" route="unknown"/>'
        '<person id="p" depart="5"/><vehicle id="w" depart="triggered" route="r1"/>'
    )
    demand = read_demand(_routes(tmp_path, body), 0.0, 100.0, [added])
    assert demand.vehicles == {
        Way(("in", "on"), "passenger", True): pytest.approx(1.5),
        Way(("in", "up"), "passenger", True): pytest.approx(4.5),
        Way(("in", "on"), "bus", True): pytest.approx(0.5),
        Way(("in", "up"), "bus", True): pytest.approx(1.5),
    }
    assert demand.notes == (
        "1 person elements are not counted.",
        "1 vehicles on the unknown route 'unknown' are not counted.",
        "1 vehicles that wait for a passenger or a split are not counted.",
    )


def test_packed_files_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.rou.xml.gz"
    path.write_bytes(gzip.compress(f"<routes>{_vehicles(7, 'in on')}</routes>".encode()))
    assert sum(read_demand([path], 0.0, 5.0).vehicles.values()) == 5.0


@pytest.mark.parametrize(
    "content",
    [
        "<routes><vehicle",
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><routes>&a;</routes>',
        '<routes><vehicle id="1" depart="soon"><route edges="a b"/></vehicle></routes>',
        '<routes><vehicle id="1"><route edges="a b"/></vehicle></routes>',
        '<routes><flow id="1" begin="0" end="9" number="many"><route edges="a b"/></flow></routes>',
    ],
)
def test_broken_and_hostile_files_are_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.rou.xml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_demand([path], 0.0, 100.0)
    assert "bad.rou.xml" in str(caught.value)


def test_missing_files_and_empty_periods_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.rou\.xml"):
        read_demand([tmp_path / "none.rou.xml"], 0.0, 100.0)
    with pytest.raises(InputError, match="empty"):
        read_demand([], 100.0, 100.0)


def test_lanes_are_filled_as_evenly_as_markings_allow() -> None:
    streams = [
        Stream(key=("left", ""), load=300.0, lanes=(2,)),
        Stream(key=("through", ""), load=500.0, lanes=(0, 1, 2)),
        Stream(key=("right", ""), load=100.0, lanes=(0,)),
    ]
    shares = spread(streams)
    totals = [sum(by_lane.get(lane, 0.0) for by_lane in shares.values()) for lane in range(3)]
    assert totals == pytest.approx([300.0, 300.0, 300.0])
    assert shares["through", ""] == pytest.approx({0: 200.0, 1: 300.0, 2: 0.0})


@given(
    st.lists(
        st.tuples(st.floats(0.0, 2000.0), st.sets(st.integers(0, 4), min_size=1)),
        min_size=1,
        max_size=8,
    )
)
def test_spread_keeps_loads_and_leaves_no_emptier_lane(
    drawn: list[tuple[float, set[int]]],
) -> None:
    streams = [
        Stream(key=(str(i), ""), load=load, lanes=tuple(sorted(lanes)))
        for i, (load, lanes) in enumerate(drawn)
    ]
    shares = spread(streams)
    totals = [sum(by_lane.get(lane, 0.0) for by_lane in shares.values()) for lane in range(5)]
    for stream in streams:
        own = shares[stream.key]
        assert sum(own.values()) == pytest.approx(stream.load, abs=1e-6)
        assert min(own.values()) >= 0.0
        emptiest = min(totals[lane] for lane in stream.lanes)
        # Nobody drives on a fuller lane while an emptier one is open to him.
        for lane, load in own.items():
            if load > 1.0:
                assert totals[lane] <= emptiest + 1.0
