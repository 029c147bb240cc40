"""The tables behind the service: users, plans and their versions, jobs, requests made once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from signalctl.store.column_types import Moment, Words
from signalctl.store.tables import METADATA

USER: Final = Table(
    "signalctl_user",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("password", Text, nullable=False),
    Column("roles_json", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)
TOKEN: Final = Table(
    "signalctl_token",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("user_name", Words, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("address", Words, nullable=False),
    Column("agent", Words, nullable=False),
)
KEY: Final = Table(
    "signalctl_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_name", Words, nullable=False),
    Column("label", Words, nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
)
REQUEST: Final = Table(
    "signalctl_request",
    METADATA,
    Column("user_name", Words, primary_key=True),
    Column("request_key", Words, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
)
PLAN: Final = Table(
    "signalctl_plan",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("network", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("based_on", Text),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
PLAN_VERSION: Final = Table(
    "signalctl_plan_version",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("document_json", Text, nullable=False),
    Column("author", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
PLAN_DECISION: Final = Table(
    "signalctl_plan_decision",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Words, nullable=False),
)
JOB: Final = Table(
    "signalctl_job",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("order_json", Text, nullable=False),
    Column("plan_id", Text),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("text", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("result_json", Text),
    Column("error_json", Text),
    Column("actor", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
)
