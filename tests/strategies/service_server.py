"""A service behind a real socket: in a thread of the test, or as `signalctl serve`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from service_place import PASSWORD, V1, Place

from signalctl.api.listening import bound
from signalctl.api.server import Server

LONGEST_S = 90.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def served(place: Place) -> Iterator[str]:
    """The place's application behind uvicorn; its base URL."""
    with served_by(place, uvicorn.Config(place.app, log_level="error")) as port:
        yield f"http://127.0.0.1:{port}{V1}"


@contextlib.contextmanager
def served_by(place: Place, config: uvicorn.Config) -> Iterator[int]:
    """A place's application behind uvicorn as it is told; its port on this machine."""
    server = Server(place.service, config)
    listens = bound("127.0.0.1", 0)
    port: int = listens.getsockname()[1]
    thread = threading.Thread(target=server.run, args=([listens],), daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield port
    finally:
        server.should_exit = True
        thread.join(LONGEST_S)
        assert not thread.is_alive()


class ServeProcess:
    """`signalctl serve` as a process of its own, on a site and database that stay."""

    def __init__(self, site: Path, database: str) -> None:
        self._site = site
        self._database = database
        self._process: subprocess.Popen[bytes] | None = None
        self.base = ""

    def start(self) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        log = (self._site / "log.txt").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "signalctl", "serve", "--port", str(port)),
                *("--site", str(self._site), "--database", self._database),
            ],
            stdout=log,
            stderr=log,
        )
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._site / "log.txt").read_text()
        try:
            return httpx.get(f"{self.base}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does it."""
        self._end(signal.SIGINT)

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
            self._process.wait(LONGEST_S)

    def log_in(self, name: str) -> httpx.Client:
        """A client that has logged in."""
        client = httpx.Client(base_url=self.base + V1, timeout=LONGEST_S)
        answer = client.post("/sessions", json={"name": name, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return client


class Events:
    """Server-sent events of a response, one after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self, *types: str) -> tuple[str, str, Any]:
        """(id, type, data) of the next event of one of these types; raises StopIteration."""
        fields: dict[str, str] = {}
        while True:
            line = next(self._lines)
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if fields.get("event") in types:
                return fields.get("id", ""), fields["event"], json.loads(fields["data"])
            fields = {}


def wait_for(seen: Any, longest_s: float = LONGEST_S) -> Any:
    """What `seen` says once it is true."""
    give_up = time.monotonic() + longest_s
    while not (found := seen()):
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)
    return found
