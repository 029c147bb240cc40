"""The tables, as the queries name them; `schema.py` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

from signalctl.store.column_types import Moment, Words

METADATA: Final = MetaData()

SCHEMA: Final = Table(
    "signalctl_schema",
    METADATA,
    Column("version", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
)
AUDIT: Final = Table(
    "signalctl_audit",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("before_json", Text, nullable=False),
    Column("after_json", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
PUSH: Final = Table(
    "signalctl_push",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("activation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", Moment),
    Column("message", Words, nullable=False),
)
PUSH_DEVICE: Final = Table(
    "signalctl_push_device",
    METADATA,
    Column("push_id", Words, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("device_id", Words, nullable=False),
    Column("junction_id", Words, nullable=False),
    Column("plan_json", Text, nullable=False),
    Column("plan_hash", Words, nullable=False),
    Column("certificate_hash", Words, nullable=False),
    Column("step", Text, nullable=False),
    Column("snapshot_json", Text),
    Column("message", Words, nullable=False),
    Column("at", Moment),
)
LEASE: Final = Table(
    "signalctl_lease",
    METADATA,
    Column("device_id", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("until", Moment, nullable=False),
)
CERTIFICATE: Final = Table(
    "signalctl_certificate",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("plan_hash", Words, nullable=False),
    Column("junction_hash", Words, nullable=False),
    Column("certificate_json", Text, nullable=False),
)
APPROVAL: Final = Table(
    "signalctl_approval",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("plan_hash", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Words, nullable=False),
)
