"""The third migration: alarms, lock-outs, and sessions that their owners can see."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

_STATEMENTS: Final = (
    """CREATE TABLE signalctl_alarm (
        id TEXT NOT NULL PRIMARY KEY,
        number BIGINT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        priority INTEGER NOT NULL,
        device_id TEXT NOT NULL,
        junction_id TEXT NOT NULL,
        detail TEXT NOT NULL,
        message TEXT NOT NULL,
        values_json TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        times INTEGER NOT NULL,
        cleared_at TEXT,
        acknowledged_at TEXT,
        acknowledged_by TEXT,
        reason TEXT)""",
    "CREATE INDEX signalctl_alarm_by_state ON signalctl_alarm (cleared_at, acknowledged_at)",
    "CREATE INDEX signalctl_alarm_by_device ON signalctl_alarm (device_id, kind)",
    """CREATE TABLE signalctl_lockout (
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        wrong INTEGER NOT NULL,
        last_at TEXT NOT NULL,
        locked_until TEXT,
        PRIMARY KEY (name, address))""",
    "CREATE INDEX signalctl_lockout_by_time ON signalctl_lockout (last_at)",
    # Sessions live for an hour: those of the older program end here, and nobody has to
    # guess where they came from.
    "DROP TABLE signalctl_token",
    """CREATE TABLE signalctl_token (
        hash TEXT NOT NULL PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        user_name TEXT NOT NULL REFERENCES signalctl_user (name),
        opened_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        address TEXT NOT NULL,
        agent TEXT NOT NULL)""",
    "CREATE INDEX signalctl_token_by_user ON signalctl_token (user_name)",
)


def make_street_tables(connection: Connection) -> None:
    """From version 2 to version 3."""
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement)
