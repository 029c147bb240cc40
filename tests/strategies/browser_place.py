"""A real service on a free port and a real browser; without either the tests skip and say why."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from signalctl.networks.shipped import build

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "api/static/index.html"
PASSWORD = "a sentence nobody guesses"
PEOPLE = {"li": "engineer", "wang": "approver", "zhao": "operator", "eye": "viewer"}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_S = 180


@dataclass(frozen=True)
class Visit:
    """A browser page with a person signed in, and what went wrong on it."""

    page: Any
    complaints: list[str]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright, whose event loop must not outlive the module."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("No Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service on the shipped arterial with emulated controllers; its address."""
    if not BUILT.is_file():
        pytest.skip("The page is not built: make page")
    folder = tmp_path_factory.mktemp("served")
    _site(folder / "site" / "networks" / "arterial")
    env = {**os.environ, "SIGNALCTL_DATABASE_URL": f"sqlite:///{folder}/signalctl.db"}
    verb = [sys.executable, "-m", "signalctl"]
    for name, role in PEOPLE.items():
        subprocess.run(
            [*verb, "user", "add", name, "--role", role],
            input=PASSWORD + "\n",
            text=True,
            env=env,
            check=True,
            capture_output=True,
            timeout=60,
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (folder / "service.log").open("w") as log:
        service = subprocess.Popen(
            [*verb, "serve", "--port", str(port), "--site", str(folder / "site")],
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(address, service, folder / "service.log")
            yield address
        finally:
            service.terminate()
            try:
                service.wait(20)
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()


def _site(folder: Path) -> None:
    """The shipped arterial with one more scenario, of five minutes, for simulations in tests."""
    folder.mkdir(parents=True)
    build("arterial", folder)
    peak = (folder / "peak.sumocfg").read_text()
    (folder / "short.sumocfg").write_text(peak.replace('end value="3600"', 'end value="300"'))


def _wait(address: str, service: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if service.poll() is not None:
            pytest.fail(f"The service ended at its start:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"The service was not ready in {_START_S} s:\n{log.read_text()}")


@pytest.fixture
def visit(chromium: Any, served: str) -> Iterator[Callable[..., Visit]]:
    """Signs a person in, in a language, a theme and a window; fails on any complaint."""
    open_contexts = []

    def sign_in(
        name: str,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1280,
        height: int = 800,
    ) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height})
        open_contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((served, "data:", "blob:"))
                else complaints.append(f"asked elsewhere: {request.url}")
            ),
        )
        page.on(
            "console",
            lambda message: (
                complaints.append(f"console: {message.text}")
                if "Content Security Policy" in message.text
                else None
            ),
        )
        page.add_init_script(
            f"localStorage.setItem('signalctl.language', '{language}');"
            f"localStorage.setItem('signalctl.theme', '{theme}')"
        )
        page.goto(served)
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav")
        found = Visit(page, complaints)
        seen.append(found)
        return found

    seen: list[Visit] = []
    yield sign_in
    for context in open_contexts:
        context.close()
    assert [complaint for each in seen for complaint in each.complaints] == []
