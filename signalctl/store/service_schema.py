"""The second migration: what the service keeps."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

_TABLES: Final = (
    """CREATE TABLE signalctl_user (
        name TEXT NOT NULL PRIMARY KEY,
        password TEXT NOT NULL,
        roles_json TEXT NOT NULL,
        active INTEGER NOT NULL,
        created_at TEXT NOT NULL)""",
    """CREATE TABLE signalctl_token (
        hash TEXT NOT NULL PRIMARY KEY,
        user_name TEXT NOT NULL REFERENCES signalctl_user (name),
        expires_at TEXT NOT NULL)""",
    "CREATE INDEX signalctl_token_by_user ON signalctl_token (user_name)",
    """CREATE TABLE signalctl_key (
        id TEXT NOT NULL PRIMARY KEY,
        user_name TEXT NOT NULL REFERENCES signalctl_user (name),
        label TEXT NOT NULL,
        hash TEXT NOT NULL,
        created_at TEXT NOT NULL,
        expires_at TEXT)""",
    "CREATE INDEX signalctl_key_by_user ON signalctl_key (user_name)",
    """CREATE TABLE signalctl_request (
        user_name TEXT NOT NULL,
        request_key TEXT NOT NULL,
        digest TEXT NOT NULL,
        resource TEXT NOT NULL,
        at TEXT NOT NULL,
        status INTEGER,
        answer TEXT,
        PRIMARY KEY (user_name, request_key))""",
    "CREATE INDEX signalctl_request_by_at ON signalctl_request (at)",
    """CREATE TABLE signalctl_plan (
        id TEXT NOT NULL PRIMARY KEY,
        number BIGINT NOT NULL UNIQUE,
        network TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        version INTEGER NOT NULL,
        hash TEXT NOT NULL,
        based_on TEXT,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL)""",
    """CREATE TABLE signalctl_plan_version (
        plan_id TEXT NOT NULL REFERENCES signalctl_plan (id),
        version INTEGER NOT NULL,
        hash TEXT NOT NULL,
        document_json TEXT NOT NULL,
        author TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (plan_id, version))""",
    """CREATE TABLE signalctl_plan_decision (
        plan_id TEXT NOT NULL REFERENCES signalctl_plan (id),
        number INTEGER NOT NULL,
        hash TEXT NOT NULL,
        state TEXT NOT NULL,
        by TEXT NOT NULL,
        at TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (plan_id, number))""",
    """CREATE TABLE signalctl_job (
        id TEXT NOT NULL PRIMARY KEY,
        number BIGINT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        order_json TEXT NOT NULL,
        state TEXT NOT NULL,
        done INTEGER NOT NULL,
        total INTEGER NOT NULL,
        text TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        result_json TEXT,
        error_json TEXT,
        actor TEXT NOT NULL,
        created_at TEXT NOT NULL,
        started_at TEXT,
        ended_at TEXT)""",
    "CREATE INDEX signalctl_job_by_state ON signalctl_job (state)",
)


def make_service_tables(connection: Connection) -> None:
    """From version 1 to version 2."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
