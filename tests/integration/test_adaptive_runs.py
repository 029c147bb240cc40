"""Max-pressure in SUMO: safe lamps, less delay than the fixed program, the same every time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from small_nets import crossroads

from signalctl.domain.aspect import AMBERS, GREENS, Aspect
from signalctl.domain.junction import Conflict
from signalctl.sim.experiment import run_experiment
from signalctl.sim.seconds import shown_states
from signalctl.sim.variants import shipped
from signalctl.workflow.peers import peer
from signalctl.workflow.source import Source, open_scenario

pytestmark = pytest.mark.sumo

BEGIN_S, END_S = 0, 400


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """A crossing whose side road has little traffic, which its fixed program cannot know."""
    folder = tmp_path_factory.mktemp("crossing")
    crossroads(folder)
    ways = {"we": ("wc", "ce", 700), "ew": ("ec", "cw", 700), "ns": ("nc", "cs", 60)}
    flows = "".join(
        f'<flow id="{name}" from="{a}" to="{b}" begin="{BEGIN_S}" end="{END_S}" '
        f'vehsPerHour="{vph}"/>'
        for name, (a, b, vph) in ways.items()
    )
    (folder / "r.rou.xml").write_text(f"<routes>{flows}</routes>")
    config = folder / "c.sumocfg"
    config.write_text(
        '<configuration><input><net-file value="net.net.xml"/><route-files value="r.rou.xml"/>'
        f'</input><time><begin value="{BEGIN_S}"/><end value="{END_S}"/></time></configuration>'
    )
    return open_scenario(config)


@pytest.mark.parametrize("name", ["max-pressure", "max-pressure-acyclic"])
def test_lamps_are_safe_and_everybody_is_served(source: Source, name: str, tmp_path: Path) -> None:
    assert source.scenario is not None
    variant = peer(name, source, tmp_path, "as-surveyed")
    shown = shown_states(source.scenario, variant, ["c"], END_S)["c"]
    junction = source.network.junctions["c"]
    of = {g.id: [Aspect(state[g.links[0]]) for state in shown] for g in junction.groups}
    for group in junction.groups:
        seconds = of[group.id]
        runs = [i for i in range(1, len(seconds)) if seconds[i] is not seconds[i - 1]]
        for at in runs:
            if seconds[at - 1] in GREENS and seconds[at] not in GREENS:
                assert seconds[at] in AMBERS, f"{group.id} ends green without amber at {at}"
        for other in junction.conflicts.foes(group.id):
            if junction.conflicts.between(group.id, other) is Conflict.HARD:
                together = zip(seconds, of[other], strict=True)
                assert not any(a in GREENS and b in GREENS for a, b in together)
    through = [g for g in junction.groups if "through" in g.movement]
    assert all(any(a in GREENS for a in of[g.id]) for g in through)
    changes = sum(a != b for a, b in pairwise(shown))
    assert changes > 4


def test_max_pressure_beats_the_fixed_program_and_repeats_its_numbers(
    source: Source, tmp_path: Path
) -> None:
    assert source.scenario is not None
    names = ("shipped", "delay-based", "max-pressure-acyclic")
    variants = [peer(name, source, tmp_path, "as-surveyed") for name in names]
    first = run_experiment(source.scenario, variants, [1], jobs=2, approaches=False)
    again = run_experiment(source.scenario, variants[2:], [1], jobs=1, approaches=False)
    fixed, reactive, pressure = (records[0].measures for records in first.records)
    assert pressure.total_delay_s < 0.7 * fixed.total_delay_s
    assert reactive.total_delay_s < fixed.total_delay_s
    assert pressure.unfinished == reactive.unfinished == 0
    assert again.records[0][0].measures == first.records[2][0].measures


def test_who_controls_the_lights_counts_in_a_variants_fingerprint(
    source: Source, tmp_path: Path
) -> None:
    prints = {
        peer(name, source, tmp_path, rules).fingerprint
        for name in ("max-pressure", "max-pressure-acyclic", "max-pressure-5s")
        for rules in ("as-surveyed", "rilsa")
    }
    assert len(prints | {shipped().fingerprint}) == 7
    assert shipped("a").fingerprint == shipped("b").fingerprint
