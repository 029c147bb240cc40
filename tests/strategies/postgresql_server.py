"""A PostgreSQL server of its own for tests, where the machine has one; else they skip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bench import postgresql_server
from bench.postgresql_server import IN_URL, PASSWORD, NotInstalled, Server

__all__ = ["IN_URL", "PASSWORD", "Server", "postgresql"]


@contextmanager
def postgresql() -> Iterator[Server]:
    """A server that runs inside the block; skips the test where none can be run."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgresql_server.postgresql())
        except NotInstalled as reason:
            pytest.skip(str(reason))
        yield server
