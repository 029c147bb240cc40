"""signalctl calibrate, and what optimise makes of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import complaint, said

from signalctl.cli.main import run
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.network import read_network
from signalctl.networks.signalled_lanes import signalled_lanes
from signalctl.optimiser.objective import Objective
from signalctl.rules.registry import profile
from signalctl.sim.calibration_file import read_capacities
from signalctl.workflow.optimise.problem import open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.source import open_scenario

pytestmark = pytest.mark.sumo


def test_what_calibrate_measures_is_in_its_file(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lanes = tmp_path / "lanes.csv"
    measured = said(
        ["calibrate", str(arterial / "peak.sumocfg"), "-o", str(lanes)],
        capfd,
    )
    found = {each["lane"]: each for each in measured["lanes"]}
    known = read_capacities(lanes)
    assert known
    assert set(known) == {lane for lane, each in found.items() if each["origin"] == "measured"}
    for lane, each in known.items():
        assert each.saturation_vph == pytest.approx(found[lane]["saturation_vph"], abs=0.5)
        assert each.saturation_vph == pytest.approx(1860.0, rel=0.25)


def test_a_file_that_cannot_be_written_is_told_before_the_run(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent" / "lanes.csv"
    capfd.readouterr()
    assert run(["calibrate", str(arterial / "peak.sumocfg"), "-o", str(absent)]) == 2
    (told,) = capfd.readouterr().err.splitlines()
    assert told.startswith(f"signalctl: {absent}: Cannot write: No such file or directory.")


def test_optimise_searches_with_what_an_engineer_counted(short: Path, tmp_path: Path) -> None:
    network = read_network(short.parent / "net.net.xml")
    lanes = sorted(signalled_lanes(network))
    path = tmp_path / "slow.csv"
    rows = "".join(f"{lane},300,0.7,-0.4\n" for lane in lanes)
    path.write_text(f"lane,saturation_vph,start_up_s,end_gain_s\n{rows}")
    source, folder = open_scenario(short), tmp_path / "work"
    plain, slow = (
        open_problem(
            source,
            OptimiseRequest(
                objective=Objective(),
                profile=profile("as-surveyed"),
                output=tmp_path / "plans.yaml",
                budget_s=60,
                corridor=("J1",),
                capacities=capacities,
            ),
            folder,
        )
        for capacities in (FrozenMap({}), read_capacities(path))
    )
    # 300 veh/h of green are a sixth of what the street carries.
    assert slow.shipped_value > 2 * plain.shipped_value
    assert all(
        busy.run({}).total_delay_s > idle.run({}).total_delay_s
        for idle, busy in zip(plain.other_models, slow.other_models, strict=True)
    )
    assert any(f"given for {len(lanes)} lanes" in note for note in slow.notes)
    assert source.scenario is not None
    with_slow, without = (p.request.fingerprint(source.scenario) for p in (slow, plain))
    assert with_slow != without


def test_a_lane_without_a_signal_is_named(
    short: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text("lane,saturation_vph,start_up_s,end_gain_s\nnowhere_0,1800,1,0\n")
    words = ["optimise", str(short), "-o", str(tmp_path / "plans.yaml")]
    sentence = complaint([*words, "--saturation", str(path)], capfd)
    assert "nowhere_0" in sentence
    assert "--saturation" in sentence
    assert not (tmp_path / "plans.yaml").exists()
    absent = complaint([*words, "--saturation", str(tmp_path / "absent.csv")], capfd)
    assert "absent.csv" in absent
