"""The fourth migration: jobs know the plan they are of, so that they can be found by it."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import Connection, text

_CHANGES: Final = (
    "ALTER TABLE signalctl_job ADD COLUMN plan_id TEXT",
    "CREATE INDEX signalctl_job_by_plan ON signalctl_job (plan_id)",
)


def add_plan_of_job(connection: Connection) -> None:
    """From version 3 to version 4; jobs that are there get the plan their order names."""
    for statement in _CHANGES:
        connection.exec_driver_sql(statement)
    rows = connection.execute(text("SELECT id, order_json FROM signalctl_job")).all()
    for job_id, order in rows:
        connection.execute(
            text("UPDATE signalctl_job SET plan_id = :plan WHERE id = :id"),
            {"plan": json.loads(order)["plan"], "id": job_id},
        )
