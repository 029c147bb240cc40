"""Scenario files: what is read, what is left out with a note, what is refused and where."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.sim.scenario import Scenario, read_scenario, time_s

NET = "<net/>"
ROUTES = '<routes><vehicle id="a" depart="5"/><vehicle id="b" depart="40"/></routes>'
CFG = """<configuration>
  <input>
    <net-file value="n.net.xml"/>
    <route-files value="r.rou.xml"/>
  </input>
  <time><begin value="0"/><end value="60"/></time>
  {}
</configuration>
"""
YAML = """schema: signalctl/scenario/1
name: small
network: n.net.xml
routes: [r.rou.xml]
end_s: 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "n.net.xml").write_text(NET)
    (tmp_path / "r.rou.xml").write_text(ROUTES)
    return tmp_path


def cfg(folder: Path, more: str = "") -> Path:
    path = folder / "s.sumocfg"
    path.write_text(CFG.format(more))
    return path


def yaml(folder: Path, text: str) -> Path:
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    return caught.value


def test_configuration_is_read_with_teleporting_off(folder: Path) -> None:
    scenario = read_scenario(cfg(folder))
    assert (scenario.begin_s, scenario.end_s, scenario.step_s) == (0.0, 60.0, 1.0)
    assert scenario.time_to_teleport_s == -1
    assert scenario.limit_s == 3660
    assert scenario.routes == ((folder / "r.rou.xml").resolve(),)
    assert scenario.inputs.keys() == {str(scenario.net), str(scenario.routes[0])}


def test_configuration_keeps_traffic_options_by_their_full_name(folder: Path) -> None:
    scenario = read_scenario(
        cfg(
            folder,
            '<processing><lateral-resolution value="0.8"/><time-to-teleport value="300"/>'
            "</processing>"
            '<output><tripinfo-output value="t.xml"/></output><random_number><seed value="7"/>'
            "</random_number><gui_only><osg-view value='true'/></gui_only>",
        )
    )
    assert dict(scenario.options) == {"lateral-resolution": "0.8"}
    assert scenario.time_to_teleport_s == 300
    assert any("seed" in note for note in scenario.notes)


def test_a_synonym_is_the_same_option(folder: Path) -> None:
    path = cfg(folder)
    path.write_text(path.read_text().replace("net-file", "n").replace("route-files", "routes"))
    assert read_scenario(path).net == (folder / "n.net.xml").resolve()


def test_an_unknown_option_is_refused_with_its_line(folder: Path) -> None:
    error = refused(cfg(folder, "<processing><no-such-thing value='1'/></processing>"))
    assert "no-such-thing" in error.message
    assert error.where.endswith("line 7")


def test_a_missing_route_file_names_file_and_key(folder: Path) -> None:
    (folder / "r.rou.xml").unlink()
    error = refused(cfg(folder))
    assert "route-files" in error.message
    assert "r.rou.xml" in error.message
    assert "s.sumocfg" in error.where


def test_hostile_and_broken_configurations_are_refused(folder: Path) -> None:
    path = cfg(folder)
    whole = path.read_text()
    path.write_text('<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + whole)
    assert "document type" in refused(path).message
    path.write_text(whole[:-20])
    assert "well-formed" in refused(path).message
    path.write_text("<routes/>")
    assert "<routes>" in refused(path).message


def test_without_an_end_the_demand_tells_it(folder: Path) -> None:
    path = cfg(folder)
    path.write_text(path.read_text().replace('<end value="60"/>', ""))
    scenario = read_scenario(path)
    assert scenario.end_s == 41
    assert any("last departure" in note for note in scenario.notes)


def test_an_endless_flow_needs_an_end(folder: Path) -> None:
    (folder / "r.rou.xml").write_text('<routes><flow id="f" period="3"/></routes>')
    path = cfg(folder)
    path.write_text(path.read_text().replace('<end value="60"/>', ""))
    assert "'f'" in refused(path).message


def test_an_end_before_the_begin_is_refused(folder: Path) -> None:
    path = cfg(folder)
    path.write_text(path.read_text().replace('begin value="0"', 'begin value="1:00:00"'))
    assert "3600" in refused(path).message


def test_our_yaml(folder: Path) -> None:
    scenario = read_scenario(
        yaml(folder, YAML + "teleport_s: 120\noptions: {scale: 1.5, ignore-route-errors: true}\n")
    )
    assert scenario.name == "small"
    assert scenario.time_to_teleport_s == 120
    assert dict(scenario.options) == {"scale": "1.5", "ignore-route-errors": "true"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("endd_s: 70", "endd_s"),
        ("step_s: 3", "step_s"),
        ("step_s: .inf", "step_s"),
        ("options: {no-such-thing: 1}", "no-such-thing"),
        ("options: {seed: 1}", "seed"),
        ("options: {end: 1}", "end"),
        ("additionals: [missing.add.xml]", "missing.add.xml"),
    ],
)
def test_yaml_refuses_with_the_line(folder: Path, line: str, message: str) -> None:
    error = refused(yaml(folder, YAML + line + "\n"))
    assert message in error.message
    assert error.where.endswith(":6")


def test_a_fingerprint_follows_content_not_place(folder: Path, tmp_path: Path) -> None:
    here = read_scenario(cfg(folder))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for file in ("n.net.xml", "r.rou.xml"):
        (elsewhere / file).write_bytes((folder / file).read_bytes())
    assert read_scenario(cfg(elsewhere)).fingerprint == here.fingerprint
    (elsewhere / "r.rou.xml").write_bytes(gzip.compress(b"<routes/>"))
    assert read_scenario(cfg(elsewhere)).fingerprint != here.fingerprint
    assert here.with_options({"scale": "2"}).fingerprint != here.fingerprint


def test_options_added_later_are_checked_too(folder: Path) -> None:
    scenario: Scenario = read_scenario(cfg(folder))
    for name in ("no-such-thing", "seed", "end", "tripinfo-output"):
        with pytest.raises(InputError, match=name):
            scenario.with_options({name: "1"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [("90", 90.0), ("1:30:00", 5400.0), ("1:00:00:01", 86401.0), (" 2.5 ", 2.5)],
)
def test_times(written: str, expected: float) -> None:
    assert time_s(written, "here") == expected


@pytest.mark.parametrize("written", ["", "nan", "inf", "1:2", "abc", "1:2:3:4:5"])
def test_no_times(written: str) -> None:
    with pytest.raises(InputError):
        time_s(written, "here")
