"""A PostgreSQL server of its own for tests, where the machine has one."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "ge/heim@1"  # of a server that lives as long as its tests
IN_URL = "ge%2Fheim%401"


def program(name: str) -> str | None:
    """A program of the server, which Debian keeps off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def server_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the user it then runs as."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Server:
    """A server in a folder of its own, on a free port of this machine."""

    def __init__(self, folder: Path, control: str) -> None:
        self.folder = folder
        self._control = control
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def control(self, *arguments: str) -> None:
        subprocess.run(
            [self._control, "-D", str(self.folder / "data"), "-w", "-s", *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
            **server_user(),
        )

    def start(self) -> None:
        options = (
            f"-F -c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        )
        self.control("-l", str(self.folder / "log"), "-o", options, "start")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://anna:{IN_URL}@127.0.0.1:{self.port}/{database}"

    def new_database(self, options: str = "") -> str:
        """The URL of an empty database."""
        import psycopg

        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="anna",
            password=PASSWORD,
            dbname="postgres",
            autocommit=True,
        ) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return self.url(name)


@contextmanager
def postgresql() -> Iterator[Server]:
    """A server that runs inside the block; skips the test where none is installed."""
    make, control = program("initdb"), program("pg_ctl")
    if make is None or control is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = server_user()
    with tempfile.TemporaryDirectory(prefix="signalctl-postgresql-") as name:
        folder = Path(name)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        for path in (folder, secret):
            if user:
                os.chown(path, user["user"], user["group"])
        subprocess.run(
            [make, "-D", str(folder / "data"), "-U", "anna", "-A", "scram-sha-256", "--no-sync",
             "--pwfile", str(secret), "-E", "UTF8", "--locale", "C"],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120, **user,
        )  # fmt: skip
        server = Server(folder, control)
        server.start()
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
