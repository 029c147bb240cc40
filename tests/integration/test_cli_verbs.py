"""Every verb as its user types it, on the shipped arterial: results and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import CORRIDOR, complaint, said

from signalctl.cli.main import run

pytestmark = pytest.mark.sumo


def test_inspect(arterial: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = said(["inspect", str(arterial / "net.net.xml")], capfd)
    first = document["junctions"][0]
    assert len(document["junctions"]) == 8
    assert {"id", "groups", "conflicts", "intergreens", "programs", "notes"} <= set(first)
    assert {"id", "kind", "approach", "movement", "links"} <= set(first["groups"][0])
    assert {"id", "type", "cycle_s", "offset_s"} <= set(first["programs"][0])
    assert [p["findings"] for p in first["programs"]] == [[]]


def test_inspect_for_people(arterial: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(arterial / "net.net.xml"), "--junction", "J3"]) == 0
    out = capfd.readouterr().out
    assert "gives way to" in out
    assert "intergreen s" in out


def test_greenwave_is_proven(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "80..84"]
    document = said(command, capfd)
    assert document["status"] == "optimal"
    assert 80 <= document["cycle_s"] <= 84
    assert document["bound_s"] >= document["value_s"] - 1e-9
    for direction in ("outbound", "inbound"):
        assert document["bands"][direction]["width_s"] > 0
    assert [j["id"] for j in document["junctions"]] == CORRIDOR.split(",")
    assert all(0 <= j["offset_s"] < document["cycle_s"] for j in document["junctions"])
    assert document["elapsed_s"] > 0
    widest = [(p["outbound_s"], p["inbound_s"]) for p in document["front"]]
    assert widest == sorted(widest, key=lambda pair: (-pair[0], pair[1]))


def test_greenwave_of_a_bare_network_by_edges_per_link(
    arterial: Path, plans: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from signalctl.files.plan_file import read_plans

    corridor = read_plans(plans).corridor
    assert corridor is not None
    edges = corridor.outbound.edges
    document = said(
        [
            *("greenwave", str(arterial / "net.net.xml"), "--from", edges[0], "--to", edges[-1]),
            *("--cycle", "90", "--per-link", "--speed", "45..50"),
        ],
        capfd,
    )
    assert [j["id"] for j in document["junctions"]] == CORRIDOR.split(",")
    assert len(document["link_bands"]["outbound"]) == 2


def test_one_way_weight(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "82"]
    both = said(command, capfd)
    one = said([*command, "--weight", "1:0"], capfd)
    assert one["bands"]["outbound"]["width_s"] >= both["bands"]["outbound"]["width_s"]


def test_validate_and_its_exit_code(
    arterial: Path, plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    network = ["--network", str(arterial / "net.net.xml")]
    assert said(["validate", str(plans), *network], capfd)["ok"] is True
    # Somebody takes seconds from one stage after the other, second by second, until it is felt.
    bad = tmp_path / "bad.yaml"
    text = plans.read_text()
    first, second = list(re.finditer(r"split_s: (\d+)", text))[:2]
    both = int(first[1]) + int(second[1])
    for left in range(int(second[1]), 0, -1):
        bad.write_text(
            f"{text[: first.start(1)]}{both - left}{text[first.end(1) : second.start(1)]}{left}"
            f"{text[second.end(1) :]}"
        )
        capfd.readouterr()
        if run(["validate", str(bad), *network, "--json"]) == 1:
            break
    document = json.loads(capfd.readouterr().out)
    assert document["ok"] is False
    worst = document["findings"][0]
    assert worst["rule"].startswith("minimum-")
    assert worst["groups"]
    assert worst["second"] is not None
    assert worst["source"]
    # Nothing simulates or exports it unless the user says so.
    out = tmp_path / "tls.add.xml"
    export = ["export", str(bad), *network, "-o", str(out)]
    assert "--allow-unsafe" in complaint(export, capfd, code=1)
    assert not out.exists()


def test_a_corridor_without_a_common_cycle_is_remarked(
    arterial: Path, short: Path, plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    from signalctl.domain.frozen import FrozenMap
    from signalctl.files.plan_file import read_plans, write_plans

    other = tmp_path / "other.yaml"
    command = ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "91"]
    assert run([*command, "-o", str(other)]) == 0
    ours, theirs = read_plans(plans), read_plans(other)
    mixed = tmp_path / "mixed.yaml"
    write_plans(mixed, replace(ours, plans=FrozenMap({**ours.plans, "J2": theirs.plans["J2"]})))
    network = ["--network", str(arterial / "net.net.xml")]
    document = said(["validate", str(mixed), *network], capfd)
    assert [f["rule"] for f in document["findings"]] == ["common-cycle"]
    assert document["ok"] is True


def test_export_loads_in_sumo_and_shows_the_plan(
    arterial: Path, plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from signalctl.files.plan_file import read_plans
    from signalctl.workflow.fitting import fit
    from signalctl.workflow.source import open_source

    out = tmp_path / "tls.add.xml"
    network = arterial / "net.net.xml"
    command = ["export", str(plans), "--network", str(network), "--format", "sumo"]
    said([*command, "-o", str(out)], capfd)
    fitted = fit(read_plans(plans), open_source(network).network)
    code = (
        "import libsumo, json\n"
        f"libsumo.start(['sumo', '-n', {str(network)!r}, '-a', {str(out)!r}, '--no-step-log'])\n"
        "shown = []\n"
        "for _ in range(200):\n"
        "    shown.append({i: libsumo.trafficlight.getRedYellowGreenState(i)"
        " for i in ('J1', 'J2', 'J3')})\n"
        "    libsumo.simulationStep()\n"
        "print('STATES', json.dumps(shown))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    states = json.loads(done.stdout.split("STATES ")[1])
    for each in fitted:
        group_of = {link: g.id for g in each.junction.groups for link in g.links}
        order = [group_of[i] for i in range(len(group_of))]
        program = each.program
        # State read before step t + 1 is what SUMO showed in second t.
        for second in range(1, 200):
            shown = states[second][each.junction.id]
            assert shown == program.state(order, second - 1), (each.junction.id, second)


def test_a_plan_runs_in_a_scenario_that_loads_what_was_exported_of_it(
    arterial: Path, short: Path, plans: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from signalctl.workflow.source import open_scenario

    out = arterial / "again.add.xml"
    network = ["--network", str(arterial / "net.net.xml")]
    said(["export", str(plans), *network, "--format", "sumo", "-o", str(out)], capfd)
    scenario = arterial / "again.yaml"
    lines = short.read_text().replace("additionals: [", f"additionals: [{out.name}, ")
    scenario.write_text(lines.replace("end_s: 300", "end_s: 20"))
    loaded = open_scenario(scenario).network
    # SUMO refuses two programs of one id; the second one loaded gets the next free id.
    assert {p.id for p in loaded.programs["J1"]} >= {"0", "greenwave"}
    document = said(["simulate", str(scenario), "--plans", str(plans), "--seeds", "1"], capfd)
    assert [v["name"] for v in document["variants"]] == ["plans"]


def test_simulate_and_compare(
    short: Path, plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept, sheet = tmp_path / "raw", tmp_path / "report.html"
    document = said(
        [
            *("compare", str(short), "--plans", str(plans), "--against", "shipped,actuated"),
            *("--seeds", "2", "--keep-outputs", str(kept), "--report", str(sheet)),
        ],
        capfd,
    )
    assert f"{document['comparison']['difference_s']:+.2f} (" in sheet.read_text()
    assert [v["name"] for v in document["variants"]] == ["shipped", "actuated", "plans"]
    for variant in document["variants"]:
        assert len(variant["total_delay_s"]["per_seed"]) == 2
        assert variant["total_delay_s"]["p90"] >= variant["total_delay_s"]["median"]
        assert variant["unfinished"] == variant["teleports"] == 0
    assert len(document["comparison"]["interval_s"]) == 2
    assert list(kept.rglob("*tripinfo*"))
    own = said(["simulate", str(short), "--plans", str(plans), "--seeds", "1"], capfd)
    again = document["variants"][2]["total_delay_s"]["per_seed"][0]
    assert own["variants"][0]["total_delay_s"]["per_seed"] == [again]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_diagrams(arterial: Path, plans: Path, suffix: str, tmp_path: Path) -> None:
    network = ["--network", str(arterial / "net.net.xml")]
    wave = tmp_path / f"wave.{suffix}"
    assert run(["diagram", str(plans), *network, "-o", str(wave)]) == 0
    junction = tmp_path / f"J2.{suffix}"
    assert run(["diagram", str(plans), *network, "--junction", "J2", "-o", str(junction)]) == 0
    magic = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[suffix]
    for path in (wave, junction):
        assert path.read_bytes().startswith(magic)


def test_diagram_with_trajectories(
    arterial: Path, plans: Path, short: Path, tmp_path: Path
) -> None:
    bare, driven = tmp_path / "bare.svg", tmp_path / "driven.svg"
    network = ["--network", str(arterial / "net.net.xml")]
    assert run(["diagram", str(plans), *network, "-o", str(bare)]) == 0
    assert (
        run(["diagram", str(plans), *network, "--trajectories", str(short), "-o", str(driven)]) == 0
    )
    assert driven.stat().st_size > bare.stat().st_size


@pytest.mark.parametrize("arguments", [[], ["networks"]])
def test_no_verb_gets_the_help(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capfd.readouterr().err.startswith("Usage: signalctl")


def test_version_and_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr().out.startswith("signalctl ")
    assert run(["greenwave", "--help"]) == 0
    assert "--corridor" in capfd.readouterr().out
