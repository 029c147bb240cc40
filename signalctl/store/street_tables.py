"""The tables of alarms and lock-outs."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from signalctl.store.column_types import Moment, Words
from signalctl.store.tables import METADATA

ALARM: Final = Table(
    "signalctl_alarm",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("device_id", Words, nullable=False),
    Column("junction_id", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("values_json", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("cleared_at", Moment),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Words),
    Column("reason", Words),
)
LOCKOUT: Final = Table(
    "signalctl_lockout",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("address", Words, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("locked_until", Moment),
)
