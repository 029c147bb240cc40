"""The database: opened, brought to the newest schema, and its two kinds of transaction.

SQLite in a file by default, PostgreSQL by URL; the code above is the same. What a
write transaction did is on the disk when it returns.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from signalctl.domain.errors import InputError, SignalctlError
from signalctl.store.address import address_of
from signalctl.store.failure import StoreError
from signalctl.store.schema import is_current, migrate

WAIT_S: Final = 10
"""How long a transaction waits for the one that is writing, and a connection for its server."""
_WRITERS_LOCK: Final = 0x51676E_616C6374
"""Key of the advisory lock that PostgreSQL's writers queue for: any number, always the same."""
_WRITES: Final = "signalctl_writes"


class Database:
    """A database that is open and has the newest schema.

    One process, one Database: it does not cross a fork. Its methods may be called
    from several threads.
    """

    def __init__(self, url: str | None = None) -> None:
        """Open the database of a URL (see `address_of` for the default), make or migrate it.

        Raises InputError when it cannot be opened, is another program's, or was made
        by a newer signalctl.
        """
        address = address_of(url)
        self.shown = address.shown
        """The URL without its password."""
        self._password = address.url.password or ""
        self._process = os.getpid()
        self._engine = _engine(address.url)
        try:
            with self._engine.begin() as connection:
                _check_encoding(connection, self.shown)
                current = is_current(connection, self.shown)
            if not current:
                # Asked again inside, because another process may have been quicker.
                with self._writing() as connection:
                    migrate(connection, self.shown)
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise InputError(
                f"The database cannot be opened: {self._sentence(error)}.",
                where=self.shown,
                remedy="Check that its folder or server is there and may be written.",
            ) from None
        except SignalctlError:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is alone in writing, on the disk when the block ends.

        Readers are not kept waiting. An exception in the block undoes it whole.
        Raises StoreError when the database fails or another writer does not end.
        """
        self._check_process()
        try:
            with self._writing() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._failure(error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database. Raises StoreError."""
        self._check_process()
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            raise self._failure(error) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with (
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_S}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
            yield connection

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise RuntimeError("a Database does not cross a fork: open one in the child")

    def _failure(self, error: SQLAlchemyError) -> StoreError:
        return StoreError(
            f"The database failed: {self._sentence(error)}.",
            where=self.shown,
            remedy="What was to be written was not written.",
        )

    def _sentence(self, error: SQLAlchemyError) -> str:
        """The driver's own words, on one line, without the password."""
        text = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        return text.replace(self._password, "***") if self._password else text


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url,
        # A server that was started anew is found again.
        pool_pre_ping=True,
        # Each further one is opened when it is asked for and closed when it is given back,
        # which takes longer than most of what is asked.
        pool_size=20,
        connect_args={"connect_timeout": WAIT_S},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's driver would begin transactions by itself, and too late: see _begin_sqlite.
    connection.isolation_level = None
    # Bytes that are no UTF-8 were not written by us: let the audit's check see and name them.
    connection.text_factory = _text
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    # Two processes that make the same file at once meet here, and SQLite does not wait then.
    give_up = time.monotonic() + WAIT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can be refused in between; one that
    # will write says so at once and queues for its turn.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_encoding(connection: Connection, where: str) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SELECT current_setting('server_encoding')").scalar_one()
    if encoding != "UTF8":
        raise InputError(
            f"The database is encoded as {encoding}: it cannot hold every name.",
            where=where,
            remedy="Create it with ENCODING 'UTF8' TEMPLATE template0.",
        )


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit')")
        if cursor.fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit = on")
    connection.commit()
