"""The calibration run: SUMO's default car on a saturated lane, found again on disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from signalctl.domain.lane_capacity import Origin
from signalctl.networks.network import Network, read_network
from signalctl.sim.calibration import calibrated
from signalctl.sim.scenario import read_scenario
from signalctl.sim.sumo_options import sumo_environment, sumo_home

pytestmark = pytest.mark.sumo

ARMS = {"north": "0 400", "south": "0 -400", "west": "-400 0", "east": "400 0"}


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    """A saturated arm of the junction `n.net.xml`, straight on."""
    flow = '<flow id="f" begin="0" end="1200" number="400"><route edges="northIn southOut"/></flow>'
    (tmp_path / "d.rou.xml").write_text(f"<routes>{flow}</routes>")
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema: signalctl/scenario/1\nname: one\nnetwork: n.net.xml\nroutes: [d.rou.xml]\n"
        "end_s: 1200\n"
    )
    return path


def junction_in(folder: Path, *options: str) -> Network:
    """One junction of four one-lane arms, 50 km/h, greens of 42 s in a cycle of 90 s."""
    places = {arm: place.split() for arm, place in ARMS.items()}
    nodes = "".join(f'<node id="{a}" x="{x}" y="{y}"/>' for a, (x, y) in places.items())
    edges = "".join(
        f'<edge id="{a}In" from="{a}" to="C" numLanes="1" speed="13.89"/>'
        f'<edge id="{a}Out" from="C" to="{a}" numLanes="1" speed="13.89"/>'
        for a in ARMS
    )
    (folder / "n.nod.xml").write_text(
        f'<nodes><node id="C" x="0" y="0" type="traffic_light"/>{nodes}</nodes>'
    )
    (folder / "n.edg.xml").write_text(f"<edges>{edges}</edges>")
    subprocess.run(
        [
            str(sumo_home() / "bin" / "netconvert"),
            *("-n", str(folder / "n.nod.xml"), "-e", str(folder / "n.edg.xml")),
            *("--no-turnarounds", "true", "--tls.left-green.time", "0", *options),
            *("-o", str(folder / "n.net.xml")),
        ],
        check=True,
        capture_output=True,
        env=sumo_environment(dict(os.environ)),
    )
    return read_network(folder / "n.net.xml")


def test_the_default_car_is_measured_and_kept(brief: Path, tmp_path: Path) -> None:
    network = junction_in(tmp_path, "--no-left-connections", "true")
    scenario = read_scenario(brief)
    found = calibrated(scenario, network, tmp_path / "kept")
    lane = found.lanes["northIn_0"]
    assert lane.origin is Origin.MEASURED
    # 1860 veh/h, the figure behind the queue model's headways; the 4th front after 8.4 s.
    assert lane.saturation_vph == pytest.approx(1860.0, rel=0.03)
    assert lane.start_up_s == pytest.approx(0.7, abs=0.4)
    # Arms alike share the figure.
    assert found.lanes["eastIn_0"].origin is Origin.POOLED
    (kept,) = (tmp_path / "kept").iterdir()
    before = kept.stat().st_mtime_ns
    assert calibrated(scenario, network, tmp_path / "kept") == found
    assert kept.stat().st_mtime_ns == before


def test_a_lane_some_turn_left_from_through_gaps_speaks_for_no_other(
    brief: Path, tmp_path: Path
) -> None:
    network = junction_in(tmp_path)
    found = calibrated(read_scenario(brief), network)
    assert found.lanes["northIn_0"].origin is Origin.WITH_GAPS
    assert found.lanes["eastIn_0"].origin is Origin.DEFAULT
