"""The due demand: what SUMO would let in, with whole routes, whatever form it was given in."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from small_nets import netconvert, signal_row

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import DueVehicle, Dwell
from signalctl.sim.due_vehicles import due_vehicles, on_routes_under
from signalctl.sim.outputs import TRIPS
from signalctl.sim.run import run
from signalctl.sim.scenario import Scenario, read_scenario
from signalctl.sim.variants import plans, shipped

pytestmark = pytest.mark.sumo

DEMAND = """<routes>
  <vType id="car" vClass="passenger" length="4.5" minGap="2"/>
  <vType id="lorry" vClass="truck"/>
  <route id="through" edges="left0A0 A0B0 B0right0"/>
  <routeDistribution id="either">
    <route id="on" edges="left0A0 A0B0 B0right0" probability="0.5"/>
    <route id="off" edges="left0A0 A0top0" probability="0.5"/>
  </routeDistribution>
  <vehicle id="early" depart="10" type="car" route="through"/>
  <flow id="line" type="lorry" line="7" begin="100" end="400" period="100" route="through"/>
  <flow id="mix" begin="100" end="400" number="30" route="either"/>
  <trip id="trip" departSpeed="max" depart="120.5" type="car" from="bottom0A0" to="B0right0"/>
  <trip id="still" depart="130" departSpeed="0" from="bottom0A0" to="B0right0"/>
  <vehicle id="last" depart="299" type="car" route="through"/>
  <vehicle id="late" depart="300" type="car" route="through"/>
  <person id="walker" depart="110"><walk from="left0A0" to="A0B0"/></person>
</routes>
"""


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two signals in a row."""
    path = tmp_path_factory.mktemp("due") / "two.net.xml"
    return signal_row(path, "A0,B0", 200, "--sidewalks.guess")


def scenario(net: Path, folder: Path, demand: str = DEMAND, options: str = "") -> Scenario:
    (folder / "d.rou.xml").write_text(demand)
    path = folder / "s.yaml"
    path.write_text(
        f"schema: signalctl/scenario/1\nname: two\nnetwork: {net}\nroutes: [d.rou.xml]\n"
        f"begin_s: 50\nend_s: 300\n{options}"
    )
    return read_scenario(path)


def by_id(vehicles: tuple[DueVehicle, ...]) -> dict[str, DueVehicle]:
    return {vehicle.id: vehicle for vehicle in vehicles}


def test_flows_trips_and_distributions_become_vehicles(net: Path, tmp_path: Path) -> None:
    vehicles = due_vehicles(scenario(net, tmp_path), tmp_path / "work")
    found = by_id(vehicles)
    assert found.keys().isdisjoint({"early", "late", "walker"})
    assert [found[f"line.{k}"].depart_s for k in range(2)] == [100.0, 200.0]
    assert "line.2" not in found
    assert sum(id_.startswith("mix.") for id_ in found) == 20
    assert {vehicle.edges[1] for id_, vehicle in found.items() if id_.startswith("mix.")} == {
        "A0B0",
        "A0top0",
    }
    assert found["trip"].edges == ("bottom0A0", "A0B0", "B0right0")
    assert found["trip"].depart_s == 120.5
    assert (found["trip"].v_class, found["trip"].length_m) == ("passenger", 6.5)
    assert [found[id_].departs_moving for id_ in ("trip", "still")] == [True, False]
    assert (found["line.0"].v_class, found["line.0"].length_m) == ("truck", 7.1 + 2.5)
    assert [v.depart_s for v in vehicles] == sorted(v.depart_s for v in vehicles)


def test_the_due_are_those_a_run_measures(net: Path, tmp_path: Path) -> None:
    crowded = DEMAND.replace('number="30"', 'number="600"')
    asked = scenario(net, tmp_path, crowded)
    due = by_id(due_vehicles(asked, tmp_path / "work"))
    run(asked, shipped(), 1, approaches=False, keep_outputs=tmp_path / "out")
    trips = etree.parse(str(tmp_path / "out" / TRIPS)).getroot().iter("tripinfo")
    driven = {
        str(trip.get("id")): float(trip.get("depart", "")) - float(trip.get("departDelay", ""))
        for trip in trips
    }
    assert driven.keys() == due.keys()
    assert all(abs(due[id_].depart_s - depart_s) < 1e-6 for id_, depart_s in driven.items())


def test_scale_is_honoured(net: Path, tmp_path: Path) -> None:
    whole = due_vehicles(scenario(net, tmp_path), tmp_path / "work")
    doubled = due_vehicles(
        scenario(net, tmp_path, options="options: {scale: 2}\n"), tmp_path / "work"
    )
    assert len(doubled) == 2 * len(whole)


def test_a_demand_sumo_refuses_is_named(net: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        due_vehicles(
            scenario(net, tmp_path, DEMAND.replace("A0top0", "nowhere")), tmp_path / "work"
        )


def test_an_empty_period_is_refused(net: Path, tmp_path: Path) -> None:
    nobody = '<routes><vehicle id="v" depart="10"><route edges="left0A0 A0B0"/></vehicle></routes>'
    with pytest.raises(InputError, match="No vehicle is due"):
        due_vehicles(scenario(net, tmp_path, nobody), tmp_path / "work")


def test_how_they_enter_drive_and_halt(net: Path, tmp_path: Path) -> None:
    """Lanes and positions by the words of the demand, also for those of a flow."""
    demand = """<routes>
      <vType id="bike" vClass="bicycle"/>
      <route id="r" edges="left0A0 A0B0 B0right0"/>
      <vehicle id="plain" depart="60" route="r"/>
      <vehicle id="best" depart="70" departLane="best" departPos="last" route="r"/>
      <flow id="f.1" begin="80" end="100" number="2" departLane="free" route="r"/>
      <vehicle id="bike" type="bike" depart="110" route="r"/>
      <vehicle id="bus" depart="120" route="r">
        <stop lane="A0B0_1" startPos="20" endPos="50" duration="30" until="240"/>
        <stop lane="B0right0_1" endPos="80" duration="20" parking="true"/>
        <stop lane="B0right0_1" endPos="90" duration="15"/>
      </vehicle>
    </routes>"""
    found = by_id(due_vehicles(scenario(net, tmp_path, demand), tmp_path / "work"))
    entering = {id_: (v.departs_on, v.departs_close) for id_, v in found.items()}
    assert entering["plain"] == (1, False), "lane 0 is the pavement"
    assert entering["best"] == (None, True)
    assert entering["f.1.0"] == entering["f.1.1"] == (None, False)
    assert found["bike"].max_speed_mps == pytest.approx(20 / 3.6, rel=0.01)
    assert found["plain"].max_speed_mps > 50
    assert found["bus"].dwells == (
        Dwell(leg=1, at_m=50.0, duration_s=30.0, until_s=240.0),
        Dwell(leg=2, at_m=90.0, duration_s=15.0),
    )
    by_option = scenario(net, tmp_path, demand, "options: {default.departlane: free}\n")
    other = by_id(due_vehicles(by_option, tmp_path / "work"))
    assert other["plain"].departs_on is None


TWO_WAYS = (
    '<node id="a" x="-300" y="0"/><node id="b" x="0" y="0"/>'
    '<node id="c" x="400" y="0" type="traffic_light"/><node id="d" x="200" y="150"/>'
    '<node id="e" x="700" y="0"/><node id="f" x="400" y="-200"/>'
)


def test_ways_chosen_on_departure_depend_on_the_signals(tmp_path: Path) -> None:
    """The straight way holds a light; while it is red, who departs later goes around."""
    ends = ("ab", "bc", "bd", "dc", "ce", "fc")
    edges = "".join(f'<edge id="{x}" from="{x[0]}" to="{x[1]}" numLanes="1"/>' for x in ends)
    net = netconvert(tmp_path, TWO_WAYS, edges)
    demand = (
        '<routes><route id="named" edges="ab bc ce"/>'
        '<flow id="free" from="ab" to="ce" begin="50" end="250" period="5"/>'
        '<vehicle id="told" depart="240" route="named"/>'
        '<trip id="halts" from="ab" to="ce" depart="245">'
        '<stop lane="ce_0" endPos="50" duration="9"/></trip></routes>'
    )
    asked = scenario(net, tmp_path, demand)
    alone = due_vehicles(asked, tmp_path / "work")
    assert {vehicle.edges for vehicle in alone} == {("ab", "bc", "ce")}
    assert len(alone) == 42
    assert by_id(alone)["halts"].dwells == (Dwell(leg=2, at_m=50.0, duration_s=9.0),)
    assert {v.id for v in alone if not v.picks_route} == {"told"}

    links = {
        (str(c.get("from")), str(c.get("to"))): int(str(c.get("linkIndex")))
        for c in etree.parse(str(net)).getroot().iter("connection")
        if c.get("tl") == "c"
    }
    red = "".join("r" if pair[0] == "bc" else "G" for pair in sorted(links, key=links.__getitem__))
    added = tmp_path / "red.add.xml"
    added.write_text(
        '<additional><tlLogic id="c" type="static" programID="red" offset="0">'
        f'<phase duration="90" state="{red}"/></tlLogic></additional>'
    )
    found = by_id(on_routes_under(asked, alone, plans("red", added), tmp_path / "under"))
    assert found["told"].edges == ("ab", "bc", "ce")
    assert found[alone[0].id].edges == ("ab", "bc", "ce")
    around = [v for v in found.values() if v.edges == ("ab", "bd", "dc", "ce")]
    assert len(around) > 10
    assert len(found["halts"].edges) == 4
    assert found["halts"].dwells == (Dwell(leg=3, at_m=50.0, duration_s=9.0),)
    assert [(v.id, v.depart_s) for v in alone] == [(v.id, v.depart_s) for v in found.values()]
