"""What an optimisation begins from, on two real signals: SUMO's tools' plan among it."""

from __future__ import annotations

import os
import subprocess

import pytest

from signalctl.optimiser.objective import Objective
from signalctl.rules.registry import profile
from signalctl.sim.sumo_options import sumo_environment, sumo_home
from signalctl.workflow.optimise.junctions import why_unsafe
from signalctl.workflow.optimise.problem import Problem, open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.tools_start import LABEL
from signalctl.workflow.source import open_scenario

pytestmark = pytest.mark.sumo

DEMAND = """<routes>
  <vType id="car" vClass="passenger"/>
  <flow id="we" type="car" begin="0" end="300" vehsPerHour="700" from="left0A0" to="B0right0"/>
  <flow id="ew" type="car" begin="0" end="300" vehsPerHour="300" from="right0B0" to="A0left0"/>
  <flow id="sn" type="car" begin="0" end="300" vehsPerHour="200" from="bottom0A0" to="A0top0"/>
</routes>
"""


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder = tmp_path_factory.mktemp("starts")
    subprocess.run(
        [
            str(sumo_home() / "bin" / "netgenerate"),
            *("--grid", "--grid.x-number", "2", "--grid.y-number", "1"),
            *("--grid.length", "250", "--grid.attach-length", "200", "--tls.set", "A0,B0"),
            *("-o", str(folder / "two.net.xml")),
        ],
        check=True,
        capture_output=True,
        env=sumo_environment(dict(os.environ)),
    )
    (folder / "demand.rou.xml").write_text(DEMAND)
    path = folder / "s.yaml"
    path.write_text(
        "schema: signalctl/scenario/1\nname: two\nnetwork: two.net.xml\n"
        "routes: [demand.rou.xml]\nend_s: 300\n"
    )
    request = OptimiseRequest(
        objective=Objective(),
        profile=profile("as-surveyed"),
        output=folder / "plans.yaml",
        budget_s=60,
        cycles=range(20, 121),
    )
    return open_problem(open_scenario(path), request, folder / "work")


def test_the_plan_of_sumo_tools_is_a_start_and_a_choice(problem: Problem) -> None:
    starts = dict(problem.starts)
    assert set(starts[LABEL]) == {"A0", "B0"}
    made = [p for p in starts[LABEL].values() if p.skeleton.label != "shipped"]
    assert made
    for junction_id, point in starts[LABEL].items():
        assert point.skeleton in problem.planned[junction_id].skeletons


def test_every_start_is_safe_and_the_shipped_plan_is_first(problem: Problem) -> None:
    assert problem.starts[0][0] == "shipped plan"
    for label, start in problem.starts:
        for junction_id, point in start.items():
            junction = problem.planned[junction_id].junction
            assert why_unsafe(point, junction, problem.request.profile) is None, label
