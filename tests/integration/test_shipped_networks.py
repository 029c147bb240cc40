"""The shipped networks as netconvert and SUMO see them."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sumolib

from signalctl.domain.errors import InputError, SimulationError
from signalctl.networks.shipped import SHIPPED, BuiltNetwork, build
from signalctl.networks.shipped.arterial import arterial
from signalctl.networks.shipped.assembly import SOURCES, timings
from signalctl.networks.shipped.compiling import compile_network
from signalctl.networks.shipped.demand import turn_flows
from signalctl.networks.shipped.lights import Light, read_lights
from signalctl.networks.shipped.roads import Connection
from signalctl.networks.shipped.timing import (
    ALL_RED_S,
    AMBER_S,
    WALKING_SPEED_MPS,
    SignalTiming,
    lane_groups,
)

pytestmark = pytest.mark.sumo

NAMES = [network.name for network in SHIPPED]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BuiltNetwork]:
    root = tmp_path_factory.mktemp("shipped")
    return {name: build(name, root / name) for name in NAMES}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", NAMES)
def test_building_twice_gives_the_same_bytes(
    name: str, built: Mapping[str, BuiltNetwork], tmp_path: Path
) -> None:
    again = build(name, tmp_path / name)
    assert _contents(again.folder) == _contents(built[name].folder)
    assert set(again.scenarios) == {"peak", "offpeak"}
    assert all(path.is_file() for path in (again.net, *again.scenarios.values()))


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="arterial, grid, expressway"):
        build("ring", tmp_path / "ring")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something other"):
        build("arterial", tmp_path)
    assert _contents(tmp_path) == {"thesis.txt": b"years of work"}


def test_building_again_mends_the_network_and_keeps_what_else_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "arterial"
    build("arterial", folder)
    whole = _contents(folder)
    (folder / "peak.rou.xml").write_text("spoilt")
    (folder / "plans.yaml").write_text("mine")
    build("arterial", folder)
    assert _contents(folder) == {**whole, "plans.yaml": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["arterial"]


def test_a_mistake_in_the_sources_ends_with_netconverts_words() -> None:
    sources = arterial()
    wrong = (*sources.connections, Connection("J1_J2", "nowhere", 1, 1))
    with pytest.raises(SimulationError, match="nowhere"):
        compile_network(replace(sources, connections=wrong))


@pytest.fixture(scope="module")
def tables(
    built: Mapping[str, BuiltNetwork],
) -> dict[str, tuple[dict[str, Light], dict[str, SignalTiming]]]:
    found = {}
    for name, network in built.items():
        text = network.net.read_text()
        found[name] = (read_lights(text), timings(SOURCES[name](), text))
    return found


Tables = Mapping[str, tuple[Mapping[str, Light], Mapping[str, SignalTiming]]]


@pytest.mark.parametrize("name", NAMES)
def test_two_or_more_junctions_are_critical_in_the_peak_and_none_is_full(
    name: str, tables: Tables
) -> None:
    worst = sorted(t.saturation(t.critical) for t in tables[name][1].values())
    assert worst[-1] <= 0.92
    assert 0.80 <= worst[-2] <= 0.90


@pytest.mark.parametrize("name", NAMES)
def test_the_offpeak_uses_about_half_of_the_capacity(name: str, tables: Tables) -> None:
    sources = SOURCES[name]()
    lights, peak = tables[name]
    flows = turn_flows(sources.demand["offpeak"])
    worst = []
    for junction, timing in peak.items():
        groups = lane_groups(lights[junction], sources.stages[junction], flows)
        offpeak = SignalTiming(timing.cycle_s, timing.greens_s, groups)
        worst.append(offpeak.saturation(offpeak.critical))
    assert 0.45 <= max(worst) <= 0.55


def _programs(net: Path) -> dict[str, list[str]]:
    """Signal -> its state in every second of the cycle."""
    return {
        logic.get("id", ""): [
            phase.get("state", "")
            for phase in logic.iter("phase")
            for _ in range(int(phase.get("duration", "0")))
        ]
        for logic in ET.parse(net).getroot().iter("tlLogic")
    }


@pytest.mark.parametrize("name", NAMES)
def test_shipped_programs_keep_conflicting_links_apart(
    name: str, built: Mapping[str, BuiltNetwork], tables: Tables
) -> None:
    for junction, seconds in _programs(built[name].net).items():
        light = tables[name][0][junction]
        walks = {walk.index: walk for walk in light.crossings}
        for index in range(light.size):
            lamps = "".join(state[index] for state in seconds) * 2
            for start in _starts(lamps[: len(seconds)]):
                length = len(lamps[start:]) - len(lamps[start:].lstrip("Gg"))
                assert length >= (7 if index in walks else 5)
                after = lamps[start + length : start + length + AMBER_S + ALL_RED_S]
                assert after == "r" * 5 if index in walks else after == "yyyrr"
            for foe in sorted(light.conflicts_with[index]):
                _check_apart(light, seconds, index, foe)


def _starts(lamps: str) -> list[int]:
    """Seconds in which a green begins."""
    return [t for t, now in enumerate(lamps) if now in "Gg" and lamps[t - 1] not in "Gg"]


def _check_apart(light: Light, seconds: list[str], index: int, foe: int) -> None:
    """Never both protected; a start waits for the foe's clearance unless one gives way."""
    walk = next((w for w in light.crossings if w.index == foe), None)
    need_s = walk.length_m / WALKING_SPEED_MPS if walk else AMBER_S + ALL_RED_S
    mine = "".join(state[index] for state in seconds)
    theirs = "".join(state[foe] for state in seconds)
    assert not any(a == b == "G" for a, b in zip(mine, theirs, strict=True))
    for start in _starts(mine):
        since = next((k for k in range(1, len(theirs)) if theirs[start - k] in "Gg"), len(theirs))
        beside = theirs[start] in "Gg" or mine[start] == "g"
        assert beside or since - 1 >= need_s


@pytest.mark.parametrize("name", NAMES)
def test_sumo_drives_the_network_without_complaint(
    name: str, built: Mapping[str, BuiltNetwork], tmp_path: Path
) -> None:
    """The peak to the end on the arterial, its first ten minutes elsewhere."""
    whole = name == "arterial"
    summary = tmp_path / "statistics.xml"
    done = subprocess.run(
        [
            sumolib.checkBinary("sumo"),
            f"--configuration-file={built[name].scenarios['peak']}",
            f"--end={3600 + 1200 if whole else 600}",
            f"--statistic-output={summary}",
            "--no-step-log=true",
            "--seed=1",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    root = ET.parse(summary).getroot()
    vehicles, teleports = root.find("vehicles"), root.find("teleports")
    assert vehicles is not None
    assert teleports is not None
    assert teleports.get("total") == "0"
    if whole:
        assert vehicles.get("running") == vehicles.get("waiting") == "0"
