"""A push as rows of its two tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from signalctl.domain.errors import SignalctlError
from signalctl.domain.push import Activation, DevicePush, Push, PushState, Step
from signalctl.store.failure import StoreError
from signalctl.store.plan_json import plan_from_json, plan_to_json
from signalctl.store.push_json import snapshot_from_json
from signalctl.store.stored_json import compact
from signalctl.store.tables import PUSH_DEVICE


def device_row(push_id: str, place: int, device: DevicePush) -> dict[str, Any]:
    """The row of a device of a push that begins."""
    return {
        "push_id": push_id,
        "place": place,
        "device_id": device.device_id,
        "junction_id": device.junction_id,
        "plan_json": compact(plan_to_json(device.plan)),
        "plan_hash": device.plan_hash,
        "certificate_hash": device.certificate_hash,
        "step": device.step.value,
        "snapshot_json": None,
        "message": device.message,
        "at": None,
    }


def _device_rows(connection: Connection, push_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(PUSH_DEVICE).where(PUSH_DEVICE.c.push_id == push_id).order_by(PUSH_DEVICE.c.place)
    ).all()


def push_of(connection: Connection, row: Row[Any]) -> Push:
    """The push of a row of its table, with its devices. Raises StoreError if it was changed."""
    try:
        return Push(
            id=row.id,
            begun_at=row.begun_at,
            actor=row.actor,
            reason=row.reason,
            activation=Activation(row.activation),
            devices=tuple(_device(device) for device in _device_rows(connection, row.id)),
            state=PushState(row.state),
            ended_at=row.ended_at,
            message=row.message,
        )
    except (KeyError, TypeError, ValueError, RecursionError, SignalctlError) as error:
        raise StoreError(
            "The record of this push was changed and cannot be read.",
            where=f"push {row.id}",
            remedy="The audit log still tells what was done; look at the devices themselves.",
        ) from error


def _device(row: Row[Any]) -> DevicePush:
    snapshot = row.snapshot_json
    return DevicePush(
        device_id=row.device_id,
        junction_id=row.junction_id,
        plan=plan_from_json(json.loads(row.plan_json)),
        plan_hash=row.plan_hash,
        certificate_hash=row.certificate_hash,
        step=Step(row.step),
        snapshot=None if snapshot is None else snapshot_from_json(json.loads(snapshot)),
        message=row.message,
        at=row.at,
    )
