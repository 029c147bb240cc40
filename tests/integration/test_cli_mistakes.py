"""Mistakes of users: one clear sentence and the right exit code for each."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from commands import CORRIDOR, complaint, said

pytestmark = pytest.mark.sumo


def test_missing_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert "no such file" in complaint(["inspect", "absent.net.xml"], capfd).lower()


def test_truncated_network(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = (arterial / "net.net.xml").read_bytes()
    cut = tmp_path / "cut.net.xml"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "cut.net.xml" in complaint(["inspect", str(cut)], capfd)
    squeezed = tmp_path / "cut.net.xml.gz"
    squeezed.write_bytes(gzip.compress(whole)[:1000])
    assert "cut.net.xml.gz" in complaint(["inspect", str(squeezed)], capfd)


def test_hostile_network(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bomb = tmp_path / "bomb.net.xml"
    bomb.write_text(
        '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        "<net>&a;</net>"
    )
    sentence = complaint(["inspect", str(bomb)], capfd)
    assert "root:" not in sentence


def test_missing_route_file(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "x.sumocfg"
    config.write_text(
        f'<configuration><input><net-file value="{arterial / "net.net.xml"}"/>'
        '<route-files value="absent.rou.xml"/></input>'
        '<time><begin value="0"/><end value="60"/></time></configuration>'
    )
    assert "absent.rou.xml" in complaint(["simulate", str(config)], capfd)


def test_unknown_junction(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sentence = complaint(["greenwave", str(short), "--corridor", "J1,J22"], capfd)
    assert "J22" in sentence


def test_corridor_not_connected(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sentence = complaint(["greenwave", str(short), "--corridor", "J1,J5,J2"], capfd)
    assert "J" in sentence


def test_corridor_that_skips_a_light(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "J2" in complaint(["greenwave", str(short), "--corridor", "J1,J3"], capfd)


def test_no_corridor_and_two(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    complaint(["greenwave", str(short)], capfd)
    complaint(["greenwave", str(short), "--auto", "--corridor", CORRIDOR], capfd)
    complaint(["greenwave", str(short), "--from", "x"], capfd)


def test_empty_cycle_range(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "90..80"]
    assert "is empty" in complaint(command, capfd)


def test_cycle_too_short_for_the_minimums(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "20..25"]
    assert "J" in complaint(command, capfd, code=1)


def test_plans_for_another_network(
    plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import sumo

    tools = Path(sumo.__file__).parent / "tools"
    other = tools / "game" / "corridor" / "corridor.net.xml"
    sentence = complaint(["validate", str(plans), "--network", str(other)], capfd)
    assert "J1" in sentence


def test_changed_junction(
    arterial: Path, plans: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = plans.read_text()
    at = text.index("junction_hash: sha256:") + len("junction_hash: sha256:")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text[:at] + "0" * 64 + text[at + 64 :])
    network = ["--network", str(arterial / "net.net.xml")]
    assert "another junction" in complaint(["validate", str(changed), *network], capfd)


def test_full_disk(arterial: Path, plans: Path, tmp_path: Path) -> None:
    out = tmp_path / "tls.add.xml"
    code = (
        "import resource, sys\n"
        "from signalctl.cli.main import run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        f"sys.exit(run(['export', {str(plans)!r}, '--network',"
        f" {str(arterial / 'net.net.xml')!r}, '-o', {str(out)!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Cannot write" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["inspect"],
        ["networks", "build", "atlantis"],
        ["simulate", "net.txt"],
        ["greenwave", "x.net.xml", "--auto", "--sequence", "best"],
        ["greenwave", "x.net.xml", "--auto", "--weight", "heavy"],
        ["validate", "p.yaml", "--network", "n.net.xml", "--rules", "mine"],
        ["export", "p.yaml", "--network", "n.net.xml", "-o", "x", "--format", "word"],
    ],
)
def test_slips_of_the_pen(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    complaint(arguments, capfd)


def test_bare_network_cannot_be_simulated(
    arterial: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "no demand" in complaint(["simulate", str(arterial / "net.net.xml")], capfd)


def test_errors_are_json_too(capfd: pytest.CaptureFixture[str]) -> None:
    document = said(["inspect", "absent.net.xml"], capfd, code=2)
    assert document["error"]["code"] == "bad-input"
