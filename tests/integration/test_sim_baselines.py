"""The peers' published delays on real networks, reproduced within 1 %.

Where one seed alone is within 1 % of the published median, one is run.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ABSENT, CORPUS

from signalctl.sim.actuated import actuated
from signalctl.sim.experiment import run_experiment
from signalctl.sim.scenario import Scenario, read_scenario
from signalctl.sim.sumo_tools import sumo_tools
from signalctl.sim.variants import Variant, shipped

pytestmark = [
    pytest.mark.sumo,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=ABSENT),
]


@pytest.mark.parametrize(
    ("name", "make", "seeds", "delay_s"),
    [
        ("cologne1", lambda scenario, folder: shipped(), 1, 43.1),
        ("ingolstadt1", actuated, 3, 19.7),
        ("cologne8", sumo_tools, 1, 55.9),
    ],
)
def test_published_delays_are_reproduced(
    name: str,
    make: Callable[[Scenario, Path], Variant],
    seeds: int,
    delay_s: float,
    tmp_path: Path,
) -> None:
    scenario = read_scenario(CORPUS / name / "scenario.sumocfg")
    result = run_experiment(
        scenario,
        [make(scenario, tmp_path)],
        range(1, seeds + 1),
        jobs=2,
        approaches=False,
    )
    delays = [record.measures.total_delay_s for record in result.records[0]]
    assert statistics.median(delays) == pytest.approx(delay_s, rel=0.01)


def test_every_scenario_of_the_corpus_can_be_read() -> None:
    found = sorted(CORPUS.glob("*/scenario.sumocfg"))
    assert found
    for path in found:
        scenario = read_scenario(path)
        assert scenario.name == path.parent.name
        assert scenario.routes
        assert scenario.end_s - scenario.begin_s in (1800, 3600, 3800)
