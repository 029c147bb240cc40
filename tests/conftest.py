"""Figures that tests measure, told at the end of the run; the shipped arterial, made once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from commands import CORRIDOR
from hypothesis import settings

from signalctl.cli.main import run
from signalctl.networks.shipped import build

# How busy the machine is fails no test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["browser_place", "service_databases"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{name}: {figure}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An integration test's file stays on one worker: what its fixtures start is started once."""
    for item in items:
        if "integration" in item.path.parts and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def arterial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("arterial", tmp_path_factory.mktemp("shipped") / "arterial").folder


@pytest.fixture(scope="session")
def short(arterial: Path) -> Path:
    """The off-peak scenario's first five minutes, as a scenario file of our own."""
    root = ET.parse(arterial / "offpeak.sumocfg").getroot()
    routes = next(n.get("value", "") for n in root.iter("route-files"))
    additionals = [n.get("value", "") for n in root.iter("additional-files")]
    path = arterial / "short.yaml"
    lines = [
        "schema: signalctl/scenario/1",
        "name: short",
        "network: net.net.xml",
        f"routes: [{routes}]",
        *([f"additionals: [{additionals[0]}]"] if additionals else []),
        "begin_s: 0",
        "end_s: 300",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def plans(arterial: Path, short: Path) -> Path:
    path = arterial / "plans.yaml"
    code = run(
        ["greenwave", str(short), "--corridor", CORRIDOR, "--cycle", "80..84", "-o", str(path)]
    )
    assert code == 0
    return path
