"""The schema and its versions: migrations run in order, each once, each whole or not at all.

A migration is frozen once it is released: it spells its tables out instead of asking
`tables.py`, which always describes the newest version.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, func, insert, inspect, select

from signalctl.domain.errors import InputError
from signalctl.store.job_schema import add_plan_of_job
from signalctl.store.service_schema import make_service_tables
from signalctl.store.street_schema import make_street_tables
from signalctl.store.tables import SCHEMA

_FIRST_TABLES: Final = (
    """CREATE TABLE signalctl_schema (
        version INTEGER NOT NULL PRIMARY KEY,
        at TEXT NOT NULL)""",
    """CREATE TABLE signalctl_audit (
        sequence BIGINT NOT NULL PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        reason TEXT NOT NULL,
        before_json TEXT NOT NULL,
        after_json TEXT NOT NULL,
        previous TEXT NOT NULL UNIQUE,
        hash TEXT NOT NULL UNIQUE)""",
    """CREATE TABLE signalctl_push (
        id TEXT NOT NULL PRIMARY KEY,
        number BIGINT NOT NULL UNIQUE,
        begun_at TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        activation TEXT NOT NULL,
        state TEXT NOT NULL,
        ended_at TEXT,
        message TEXT NOT NULL)""",
    """CREATE TABLE signalctl_push_device (
        push_id TEXT NOT NULL REFERENCES signalctl_push (id),
        place INTEGER NOT NULL,
        device_id TEXT NOT NULL,
        junction_id TEXT NOT NULL,
        plan_json TEXT NOT NULL,
        plan_hash TEXT NOT NULL,
        certificate_hash TEXT NOT NULL,
        step TEXT NOT NULL,
        snapshot_json TEXT,
        message TEXT NOT NULL,
        at TEXT,
        PRIMARY KEY (push_id, place),
        UNIQUE (push_id, device_id))""",
    "CREATE INDEX signalctl_push_by_state ON signalctl_push (state)",
    "CREATE INDEX signalctl_push_device_by_step ON signalctl_push_device (step)",
    """CREATE TABLE signalctl_lease (
        device_id TEXT NOT NULL PRIMARY KEY,
        owner TEXT NOT NULL,
        until TEXT NOT NULL)""",
    "CREATE INDEX signalctl_lease_by_owner ON signalctl_lease (owner)",
    """CREATE TABLE signalctl_certificate (
        hash TEXT NOT NULL PRIMARY KEY,
        number BIGINT NOT NULL UNIQUE,
        plan_hash TEXT NOT NULL,
        junction_hash TEXT NOT NULL,
        certificate_json TEXT NOT NULL)""",
    "CREATE INDEX signalctl_certificate_by_plan"
    " ON signalctl_certificate (plan_hash, junction_hash)",
    """CREATE TABLE signalctl_approval (
        number BIGINT NOT NULL PRIMARY KEY,
        plan_hash TEXT NOT NULL,
        by TEXT NOT NULL,
        at TEXT NOT NULL,
        reason TEXT NOT NULL)""",
    "CREATE INDEX signalctl_approval_by_plan ON signalctl_approval (plan_hash)",
)
# INSERT OR REPLACE deletes without asking the delete trigger; the insert trigger runs
# before it does, and takes only the next number.
_SQLITE_GUARDS: Final = (
    """CREATE TRIGGER signalctl_audit_no_update BEFORE UPDATE ON signalctl_audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER signalctl_audit_no_delete BEFORE DELETE ON signalctl_audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER signalctl_audit_next BEFORE INSERT ON signalctl_audit
        WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM signalctl_audit)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)
_POSTGRESQL_GUARDS: Final = (
    """CREATE FUNCTION signalctl_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE FUNCTION signalctl_audit_is_next() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM signalctl_audit) THEN
                RAISE EXCEPTION 'the audit log is append-only';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER signalctl_audit_no_change BEFORE UPDATE OR DELETE ON signalctl_audit
        FOR EACH ROW EXECUTE FUNCTION signalctl_audit_refuse()""",
    """CREATE TRIGGER signalctl_audit_no_truncate BEFORE TRUNCATE ON signalctl_audit
        FOR EACH STATEMENT EXECUTE FUNCTION signalctl_audit_refuse()""",
    """CREATE TRIGGER signalctl_audit_next BEFORE INSERT ON signalctl_audit
        FOR EACH ROW EXECUTE FUNCTION signalctl_audit_is_next()""",
)


def _first(connection: Connection) -> None:
    guards = {"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS}
    for statement in (*_FIRST_TABLES, *guards[connection.dialect.name]):
        connection.exec_driver_sql(statement)


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (
    _first,
    make_service_tables,
    make_street_tables,
    add_plan_of_job,
)
"""Migration i leads from version i to version i + 1."""


def is_current(connection: Connection, where: str) -> bool:
    """Whether nothing need be migrated; raises InputError as `migrate` does."""
    return _version(connection, where) == len(MIGRATIONS)


def migrate(connection: Connection, where: str) -> None:
    """Bring the database to the newest version, inside the caller's write transaction.

    Raises InputError for a database of a newer program, and for an SQLite file that
    is another program's.
    """
    version = _version(connection, where)
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        migration(connection)
        connection.execute(insert(SCHEMA).values(version=number, at=datetime.now(UTC)))


def _version(connection: Connection, where: str) -> int:
    inspector = inspect(connection)
    if not inspector.has_table(SCHEMA.name):
        if connection.dialect.name == "sqlite" and inspector.get_table_names():
            raise InputError(
                "This SQLite file is another program's: it has tables, and none of signalctl's.",
                where=where,
                remedy="Name a file of signalctl's own, or one that does not exist yet.",
            )
        return 0
    version = connection.execute(select(func.max(SCHEMA.c.version))).scalar() or 0
    if version > len(MIGRATIONS):
        raise InputError(
            f"The database has schema {version}, this signalctl knows schemas up to "
            f"{len(MIGRATIONS)}.",
            where=where,
            remedy="Use the newer signalctl that made it.",
        )
    return version
