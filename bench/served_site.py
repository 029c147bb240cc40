"""`signalctl serve` as a process of its own, on a site and a database that stay."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher

from signalctl.networks.shipped import build
from signalctl.store.database import Database
from signalctl.store.users import Role, User, Users
from signalctl.workflow.service.credentials import Hasher

V1: Final = "/api/v1"
PASSWORD: Final = "correct horse battery"
LONGEST_S: Final = 240.0
# Argon2's work is not what is measured here, and takes a core half a second each time.
FAST: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class ServedSite:
    """A site in a folder, its database by URL, and the service that is started and killed."""

    def __init__(self, site: Path, database: str) -> None:
        self.site = site
        self.database = database
        self.base = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the service wrote, over all its starts."""
        return self.site / "log.txt"

    @property
    def pid(self) -> int:
        """The process of the service."""
        assert self._process is not None
        return self._process.pid

    def take_arterial(self, built: Path | None = None) -> Path:
        """Put the shipped arterial on the site, a built one or a new one; its folder."""
        folder = self.site / "networks" / "arterial"
        if built is None:
            folder.parent.mkdir(parents=True, exist_ok=True)
            build("arterial", folder)
        else:
            shutil.copytree(built, folder)
        return folder

    def admit(self, people: Mapping[str, Iterable[Role]]) -> None:
        """Let people log in with the one password."""
        hashed = Hasher(FAST).hash(PASSWORD)
        with Database(self.database) as database:
            for name, roles in people.items():
                user = User(
                    name=name,
                    roles=frozenset(roles),
                    active=True,
                    created_at=datetime.now(UTC),
                    password=hashed,
                )
                Users(database).add(user, actor="test")

    def begin(self, *more: str) -> None:
        """Start the service and do not wait for it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "signalctl", "serve", "--port", "0"),
                    *("--site", str(self.site), "--database", self.database, *more),
                ],
                stdout=log,
                stderr=log,
            )
        self.base = ""

    def start(self, *more: str) -> None:
        """Start the service and wait until it answers."""
        self.begin(*more)
        wait_for(self._answers)

    def _answers(self) -> bool:
        """Whether it is ready; where it is stands in the file that holds its site."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the service ended: {self.log.read_text()[-4000:]}")
        try:
            held = json.loads((self.site / "service.lock").read_text())
            if held["pid"] != self._process.pid or not held["url"]:
                return False
            with urllib.request.urlopen(f"{held['url']}ready", timeout=5) as answer:
                self.base = held["url"].rstrip("/")
                return bool(answer.status == 200)
        except (OSError, ValueError, KeyError):
            return False

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """As `signalctl serve --stop` does it; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int | None:
        if self._process is None:
            return None
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
        return self._process.wait(LONGEST_S)


def wait_for(seen: Any, longest_s: float = LONGEST_S) -> Any:
    """What `seen` says once it is true. Raises TimeoutError."""
    give_up = time.monotonic() + longest_s
    while not (found := seen()):
        if time.monotonic() > give_up:
            raise TimeoutError("waited in vain")
        time.sleep(0.02)
    return found
