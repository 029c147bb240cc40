"""A PostgreSQL server of its own for tests and benches, where the machine has one (Debian's)."""

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
from typing import Any, Final
from urllib.parse import quote

PASSWORD: Final = "ge/heim@1"
IN_URL: Final = quote(PASSWORD, safe="")


class NotInstalled(Exception):
    """This machine has no PostgreSQL that could be run; the text says why."""


def program(name: str) -> str | None:
    """A program of the server, which Debian keeps off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def server_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the user it then runs as. Raises NotInstalled."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NotInstalled("PostgreSQL does not run as root, and there is no user nobody") from None
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
        """What pg_ctl does."""
        subprocess.run(
            [self._control, "-D", str(self.folder / "data"), "-w", "-s", *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
            **server_user(),
        )

    def start(self, more: str = "-F") -> None:
        """Begin to serve; `-F` waits for no disk."""
        options = f"{more} -c listen_addresses=127.0.0.1 -c port={self.port}"
        log = str(self.folder / "log")
        self.control("-l", log, "-o", f"{options} -c unix_socket_directories=", "start")

    def url(self, database: str = "postgres") -> str:
        """The URL of a database of this server."""
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
    """A server that runs inside the block. Raises NotInstalled."""
    make, control = program("initdb"), program("pg_ctl")
    if make is None or control is None:
        raise NotInstalled("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = server_user()
    with tempfile.TemporaryDirectory(prefix="signalctl-postgresql-") as name:
        folder = Path(name)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        for path in (folder, secret):
            if user:
                os.chown(path, user["user"], user["group"])
        words = ["-U", "anna", "-A", "scram-sha-256", "--no-sync", "--pwfile", str(secret)]
        subprocess.run(
            [make, "-D", str(folder / "data"), *words, "-E", "UTF8", "--locale", "C"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=120,
            **user,
        )
        server = Server(folder, control)
        server.start()
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
