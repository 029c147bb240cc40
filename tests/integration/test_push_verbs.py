"""signalctl push as people type it: certified plans to emulated controllers, and back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import complaint, said

from signalctl.cli.main import run
from signalctl.files.yaml_document import read_yaml

pytestmark = pytest.mark.sumo


@contextmanager
def emulating(folder: Path, *words: str) -> Iterator[None]:
    """Emulated controllers in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "signalctl", "emulate", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        remark = process.stderr.readline()
        assert "are ready" in remark, remark
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def interrupted(words: list[str], at: str) -> tuple[int, str]:
    """Exit code and standard error of a command that gets Ctrl-C once a line says `at`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "signalctl", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Tests started in the background pass on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if at in line:
            process.send_signal(signal.SIGINT)
            break
    told += process.stderr.read()
    return process.wait(timeout=120), told


def test_plans_are_pushed_listed_and_taken_back(
    arterial: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGNALCTL_DATABASE_URL", f"sqlite:///{tmp_path}/records.db")
    net = str(arterial / "net.net.xml")
    plans, devices = "plans.yaml", "devices.yaml"
    wave = ["greenwave", net, "--corridor", "J1,J2", "--cycle", "80", "-o", plans]
    assert run(wave) == 0
    words = ["gbt20999", "--network", net, "--junction", "J1,J2", "--port", "0"]
    words += ["--plans", plans, "--write-devices", devices, "--speed", "20"]
    with emulating(tmp_path, *words):
        push = ["push", plans, "--devices", devices, "--actor", "ann", "--reason", "better"]
        quick = ["--watch", "60"]
        refused = said(push, capfd, code=1)
        assert refused["sent"] is False
        assert {c["fault"] for c in refused["complaints"]} == {"fitness"}
        assert all("no certificate" in c["message"] for c in refused["complaints"])

        assert run(["certify", plans, "--network", net, "--by", "ben"]) == 0
        dry = said([*push, "--dry-run"], capfd)
        assert [(o["device"], o["slot"]) for o in dry["orders"]] == [("J1", 10), ("J2", 10)]
        assert dry["complaints"] == []
        assert said(["push", "--history"], capfd)["pushes"] == []

        (done,) = said([*push, *quick], capfd)["pushes"]
        assert (done["state"], done["actor"]) == ("done", "ann")
        assert [d["step"] for d in done["devices"]] == ["running", "running"]
        states = said(["device", "status", "--devices", devices], capfd)["devices"]
        assert [s["slot"] for s in states] == [10, 10]

        assert run([*push, *quick, "--junctions", "J2"]) == 0
        out, err = capfd.readouterr()
        assert "is done. 1 devices run their new plans." in out
        assert [line.split()[2] for line in err.splitlines() if line.startswith("J2")] == [
            "snapshot",
            "writing",
            "written",
            "activating",
            "running",
        ]
        later = said(["push", "--history"], capfd)["pushes"][0]["id"]
        back = ["push", "--devices", devices, "--rollback"]
        assert f"Roll back {later} first" in complaint([*back, done["id"], "--reason", "x"], capfd)
        assert "needs a reason" in complaint([*back, later], capfd)
        (rolled,) = said([*back, later, "--reason", "queues"], capfd)["pushes"]
        assert rolled["state"] == "rolled-back"
        assert run([*back, done["id"], "--reason", "queues"]) == 0
        history = said(["push", "--history"], capfd)["pushes"]
        assert [p["state"] for p in history] == ["rolled-back", "rolled-back"]
        assert said(["push", "--resume", "--devices", devices], capfd)["pushes"] == []

        code, told = interrupted([*push, *quick], "activating")
        assert code == 1, told
        undone = said(["push", "--history"], capfd)["pushes"][0]
        assert undone["state"] == "undone"
        assert "interrupted by the operator" in undone["message"]

        approving = Path(devices)
        approving.write_text(approving.read_text().replace("approval: false", "approval: true"))
        assert read_yaml(approving, "signalctl/devices/1")["approval"] is True
        blocked = said([*push, "--dry-run"], capfd, code=1)
        assert all("Nobody but ben" in c["message"] for c in blocked["complaints"])
        assert run(["approve", plans, "--by", "cat", "--reason", "looked at it"]) == 0
        assert said([*push, "--dry-run"], capfd)["complaints"] == []
    silent = said([*push, "--dry-run"], capfd, code=3)
    assert {c["fault"] for c in silent["complaints"]} == {"device"}


def test_a_push_says_one_thing_at_a_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "one thing at a time" in complaint(["push"], capfd)
    assert "one thing at a time" in complaint(["push", "p.yaml", "--resume"], capfd)
    assert "Which devices" in complaint(
        ["push", "p.yaml", "--database", f"sqlite:///{tmp_path}/r.db"], capfd
    )
