"""Demand cut to its period: what departs at or after the end is not due."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.sim.demand_period import demand_within, last_departure_s
from signalctl.sim.scenario import Scenario


def scenario(routes: Path, end_s: float = 100.0) -> Scenario:
    return Scenario(
        name="s",
        source=routes,
        net=routes,
        routes=(routes,),
        begin_s=0.0,
        end_s=end_s,
        options=FrozenMap(),
        inputs=FrozenMap({}),
    )


def cut(tmp_path: Path, demand: str) -> etree._Element:
    path = tmp_path / "r.rou.xml"
    path.write_text(f"<routes>{demand}</routes>")
    out = tmp_path / "out"
    out.mkdir()
    return etree.parse(str(demand_within(scenario(path), out)[path])).getroot()


def test_demand_that_ends_in_time_is_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "r.rou.xml"
    path.write_text(
        '<routes><vType id="v"/><trip id="a" depart="99.9"/><flow id="f" end="100" number="4"/>'
        '<vehicle id="t" depart="triggered"/></routes>'
    )
    assert demand_within(scenario(path), tmp_path)[path] == path


def test_late_vehicles_and_persons_go_and_all_else_stays_in_order(tmp_path: Path) -> None:
    root = cut(
        tmp_path,
        '<vType id="v"/><route id="r" edges="a b"/><vehicle id="a" depart="0:01:39"/>'
        '<vehicle id="b" depart="100"><stop lane="a_0" duration="3"/></vehicle>'
        '<person id="p" depart="50"><walk edges="a"/></person><person id="q" depart="500"/>'
        '<vehicle id="t" depart="triggered"/>',
    )
    assert [(e.tag, e.get("id")) for e in root] == [
        ("vType", "v"),
        ("route", "r"),
        ("vehicle", "a"),
        ("person", "p"),
        ("vehicle", "t"),
    ]
    assert root[3][0].tag == "walk"


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ('begin="0" end="200" vehsPerHour="60"', {"end": "100.0", "vehsPerHour": "60"}),
        ('begin="0" period="3"', {"end": "100.0", "period": "3"}),
        ('begin="0" end="200" number="20"', {"end": "100.0", "period": "10.0"}),
        ('begin="10" period="30" number="50"', {"end": "100.0", "period": "30"}),
        ('begin="0" end="900" probability="0.1"', {"end": "100.0", "probability": "0.1"}),
    ],
)
def test_flows_end_with_the_period(tmp_path: Path, flow: str, expected: dict[str, str]) -> None:
    (element,) = cut(tmp_path, f'<flow id="f" {flow}/>')
    found = {str(key): str(value) for key, value in element.attrib.items()}
    assert found.pop("id") == "f"
    found.pop("begin")
    assert found == expected


def test_a_flow_that_starts_late_goes(tmp_path: Path) -> None:
    assert len(cut(tmp_path, '<flow id="f" begin="100" period="3"/>')) == 0


def test_packed_files_are_cut_too(tmp_path: Path) -> None:
    path = tmp_path / "r.rou.xml.gz"
    path.write_bytes(
        gzip.compress(b'<routes><trip id="a" depart="1"/><trip id="b" depart="101"/></routes>')
    )
    copy = demand_within(scenario(path), tmp_path)[path]
    assert [e.get("id") for e in etree.parse(str(copy)).getroot()] == ["a"]


def test_a_departure_that_is_no_time_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.rou.xml"
    path.write_text('<routes>\n<trip id="a" depart="soon"/>\n</routes>')
    with pytest.raises(InputError, match="soon") as caught:
        demand_within(scenario(path), tmp_path)
    assert caught.value.where.endswith("line 2")


def test_the_last_departure_of_flows_and_vehicles(tmp_path: Path) -> None:
    path = tmp_path / "r.rou.xml"
    path.write_text(
        '<routes><trip id="a" depart="7"/><flow id="f" begin="10" period="5" number="4"/></routes>'
    )
    assert last_departure_s((path,), 0.0) == 25.0
    path.write_text("<routes/>")
    with pytest.raises(InputError, match="no demand"):
        last_departure_s((path,), 0.0)
