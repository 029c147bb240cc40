"""Emulated controllers in a process of their own, and the verbs that look at devices."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import complaint, said

from signalctl.cli.main import run
from signalctl.files.devices_file import read_devices
from signalctl.files.plan_file import read_plans

pytestmark = pytest.mark.sumo
PATIENCE_S = 120


@contextmanager
def emulating(*words: str, folder: Path, ends_with: int = signal.SIGTERM) -> Iterator[list[str]]:
    """The process, ready; its lines. It must end cleanly."""
    process = subprocess.Popen(
        [sys.executable, "-m", "signalctl", "emulate", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests started in the background pass on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    assert process.stdout is not None
    try:
        remark = process.stderr.readline()
        assert "are ready" in remark, remark
        count = int(remark.split()[0])
        yield [process.stdout.readline().rstrip() for _ in range(count)]
    finally:
        process.send_signal(ends_with)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    assert process.returncode == (130 if ends_with == signal.SIGINT else 0)


@pytest.mark.parametrize("protocol", ["ntcip1202", "gbt20999"])
def test_a_street_is_emulated_described_and_looked_at(
    protocol: str,
    arterial: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = arterial / "net.net.xml"
    file = tmp_path / "devices.yaml"
    monkeypatch.setenv("SIGNALCTL_DEVICES", str(file))
    words = [protocol, "--network", str(net), "--junction", "J1,J3", "--port", "0"]
    words += ["--write-devices", "devices.yaml", "--state", "memory.json", "--speed", "10"]
    with emulating(*words, folder=tmp_path) as lines:
        assert [line.split(":")[0] for line in lines] == ["J1", "J3"]
        assert all("runs the network's program" in line for line in lines)
        found = read_devices(file)
        assert found.network_path.resolve() == net.resolve()
        for path in tmp_path.glob("*credentials.json"):
            assert path.stat().st_mode & 0o077 == 0

        listed = said(["device", "list"], capfd)["devices"]
        assert [each["id"] for each in listed] == ["J1", "J3"]
        states = said(["device", "status"], capfd)["devices"]
        assert [(s["answers"], s["mode"], s["slot"]) for s in states] == [
            (True, "coordinated", 1)
        ] * 2
        assert all(s["greens"] is not None and s["age_s"] < 60 for s in states)
        assert run(["device", "status"]) == 0
        assert "2 devices, 0 without an answer" in capfd.readouterr().out
        assert run(["device", "status", "J3"]) == 0
        assert "plan in slot 1" in capfd.readouterr().out

        plan = tmp_path / "plan.yaml"
        assert run(["device", "read", "J3", "-o", str(plan)]) == 0
        assert list(read_plans(plan).plans) == ["J3"]
        assert run(["validate", str(plan), "--network", str(net)]) == 0
        capfd.readouterr()
        assert "Slot 5 is empty" in complaint(["device", "read", "J3", "--plan", "5"], capfd)

        assert run(["device", "watch", "J1", "--every", "0.2", "--seconds", "3"]) == 0
        watched = capfd.readouterr().out.splitlines()
        assert watched[0].startswith("groups, left to right: ")
        groups = len(watched[0].removeprefix("groups, left to right: ").split())
        assert len(watched) > 1
        assert all(len(line.split()[1]) == groups for line in watched[1:])
        assert run(["device", "watch", "J1", "--seconds", "1", "--json"]) == 0
        looks = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
        assert looks[0]["mode"] == "coordinated"

        # Ten of its seconds pass in one of ours, so that its clock runs ahead.
        clock = said(["device", "clock", "J1", "--set"], capfd)
        assert abs(clock["ahead_s"]) < abs(clock["was_ahead_s"])
        assert run(["device", "events", "J1"]) == 0
        assert "vents" in capfd.readouterr().out
    assert {"J1", "J3"} == set(json.loads((tmp_path / "memory.json").read_text())["devices"])


def test_what_a_devices_file_names_is_emulated_until_ctrl_c(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(
        "schema: signalctl/devices/1\n"
        f"network: {arterial / 'net.net.xml'}\n"
        "devices:\n"
        "  - {id: A, junction: J1, protocol: gbt20999, address: 'udp://127.0.0.1:0'}\n"
        "  - {id: B, junction: J2, protocol: gbt20999, address: 'tcp://127.0.0.1:0'}\n"
    )
    words = ["--devices", str(file), "--events", "events.csv", "--cabinet-port", "0", "--stepped"]
    with emulating(*words, folder=tmp_path, ends_with=signal.SIGINT) as lines:
        assert "udp://127.0.0.1:" in lines[0]
        assert "tcp://127.0.0.1:" in lines[1]
    assert (tmp_path / "events.csv").read_text().startswith("TimeStamp,DeviceId,EventId,Parameter")


def test_nobody_there_is_a_row_and_exit_3(
    arterial: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(
        "schema: signalctl/devices/1\n"
        f"network: {arterial / 'net.net.xml'}\n"
        "devices:\n"
        "  - id: J1\n"
        "    junction: J1\n"
        "    protocol: gbt20999\n"
        "    address: udp://127.0.0.1:9\n"
        "    waits_s: [0.2]\n"
    )
    assert run(["device", "status", "--devices", str(file)]) == 3
    out = capfd.readouterr().out
    assert "no answer" in out
    assert "1 devices, 1 without an answer" in out
    assert run(["device", "status", "--devices", str(file), "--json"]) == 3
    (state,) = json.loads(capfd.readouterr().out)["devices"]
    assert (state["answers"], state["error"]["code"]) == (False, "device-unreachable")
    assert run(["device", "clock", "J1", "--devices", str(file)]) == 3


def test_mistakes_have_one_clear_sentence(
    arterial: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    net = str(arterial / "net.net.xml")
    emulate = ["emulate", "gbt20999", "--network", net]
    assert "devices.yaml: There is no such file" in complaint(["device", "list"], capfd)
    assert "not said what to emulate" in complaint(["emulate"], capfd)
    assert "no protocol 'ocit'" in complaint(["emulate", "ocit", "--network", net], capfd)
    assert "J9" in complaint([*emulate, "--junction", "J9"], capfd)
    assert "listed twice" in complaint([*emulate, "--junction", "J1,J1"], capfd)
    assert "speed of 0" in complaint([*emulate, "--speed", "0"], capfd)
    assert "no fault 'rain'" in complaint([*emulate, "--fault", "rain"], capfd)
    assert "cabinets" in complaint([*emulate, "--stepped"], capfd)
    assert "do not exist" in complaint([*emulate, "--port", "65530"], capfd)
    assert "name nothing else" in complaint([*emulate, "--devices", "d.yaml"], capfd)
    file = tmp_path / "devices.yaml"
    text = (
        "schema: signalctl/devices/1\n"
        f"network: {net}\n"
        "devices:\n"
        "  - {id: J1, junction: J1, protocol: ntcip1202, address: 127.0.0.1,\n"
        "     credentials: 'env:NOT'}\n"
    )
    file.write_text(text)
    sentence = complaint(["device", "status"], capfd)
    assert "devices.yaml:4: device J1: The environment has no NOT" in sentence
    assert "no device J2" in complaint(["device", "status", "J2"], capfd)
    file.write_text(text.replace("junction: J1", "junction: K1"))
    assert "devices.yaml:4: device J1: There is no signal-controlled junction 'K1'" in complaint(
        ["device", "status"], capfd
    )
