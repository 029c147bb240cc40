"""The databases of the service's tests: SQLite, and a real PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql_server import Server, postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A server of this test run; tests that want it skip where none can be run."""
    with postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of one kind and then of the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/service.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()
