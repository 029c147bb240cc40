"""`signalctl serve --background`: begun, found, left alone, ended; one service for a site."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from service_server import free_port

from signalctl.cli.main import run


class Verb:
    """`signalctl serve` on a site and a database of its own."""

    def __init__(self, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.site = site
        self._capsys = capsys

    def __call__(self, *more: str) -> tuple[int, str, str]:
        """Exit code, what was told, and what was remarked."""
        database = f"sqlite:///{self.site.parent}/s.db"
        code = run(["serve", "--site", str(self.site), "--database", database, *more])
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def verb(tmp_path: Path, arterial: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Verb]:
    site = tmp_path / "site"
    shutil.copytree(arterial, site / "networks" / "arterial")
    found = Verb(site, capsys)
    yield found
    found("--stop")


def test_a_service_in_the_background_is_begun_once_and_ended(verb: Verb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        code, told, remarks = verb("--background", "--port", str(taken))
    assert code == 0, remarks
    assert f"Port {taken} is another program's" in remarks
    url = next(word for word in told.split() if word.startswith("http://"))
    assert url != f"http://127.0.0.1:{taken}/"
    assert httpx.get(url).status_code == 200
    assert "user add NAME --role admin" in told
    assert "--stop" in told

    code, again, remarks = verb("--background")
    assert (code, url in again) == (0, True)
    assert "left as it is" in remarks
    code, _, remarks = verb("--port", "0")
    assert code == 2, "a second one would take up the first one's jobs"
    assert f"runs on this site already at {url}" in remarks

    code, told, _ = verb("--status")
    assert (code, url in told) == (0, True)
    assert verb("--stop")[0] == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    assert verb("--status")[:2] == (1, "No service runs on this site.\n")
    log = (verb.site / "service.log").read_text()
    assert "Traceback" not in log, log


def test_one_that_cannot_start_says_why(verb: Verb) -> None:
    (verb.site / "devices.yaml").write_text("schema: nonsense\n")
    code, told, remarks = verb("--background", "--port", str(free_port()))
    assert (code, told) == (3, "")
    assert "devices.yaml" in remarks
    assert verb("--stop")[:2] == (0, "No service runs on this site.\n")
    assert verb("--stop", "--status")[0] == 2
