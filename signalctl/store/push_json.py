"""Pushes and snapshots as JSON, for the audit log and for the journal's columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from signalctl.domain.push import DayPlanHeld, DevicePush, Push, Snapshot
from signalctl.store.column_types import stored_moment
from signalctl.store.plan_json import plan_from_json, plan_to_json


def snapshot_to_json(snapshot: Snapshot) -> dict[str, Any]:
    """What a device held, field by field."""
    held = snapshot.spare_held
    return {
        "taken_at": stored_moment(snapshot.taken_at),
        "safety_digest": snapshot.safety_digest,
        "mode": snapshot.mode,
        "running_slot": snapshot.running_slot,
        "commanded_slot": snapshot.commanded_slot,
        "spare_slot": snapshot.spare_slot,
        "spare_held": None if held is None else plan_to_json(held),
        "day_plans": [
            {"number": day.number, "entries": [list(entry) for entry in day.entries]}
            for day in snapshot.day_plans
        ],
    }


def snapshot_from_json(document: Mapping[str, Any]) -> Snapshot:
    """The snapshot of `snapshot_to_json`; KeyError, TypeError or ValueError for anything else."""
    held = document["spare_held"]
    return Snapshot(
        taken_at=datetime.fromisoformat(document["taken_at"]),
        safety_digest=document["safety_digest"],
        mode=document["mode"],
        running_slot=document["running_slot"],
        commanded_slot=document["commanded_slot"],
        spare_slot=document["spare_slot"],
        spare_held=None if held is None else plan_from_json(held),
        day_plans=tuple(
            DayPlanHeld(
                number=day["number"],
                entries=tuple((minute, slot) for minute, slot in day["entries"]),
            )
            for day in document["day_plans"]
        ),
    )


def push_to_json(push: Push) -> dict[str, Any]:
    """A push as the audit log has it when it begins."""
    return {
        "id": push.id,
        "begun_at": stored_moment(push.begun_at),
        "actor": push.actor,
        "reason": push.reason,
        "activation": push.activation.value,
        "state": push.state.value,
        "message": push.message,
        "devices": [_device_to_json(device) for device in push.devices],
    }


def _device_to_json(device: DevicePush) -> dict[str, Any]:
    return {
        "device": device.device_id,
        "junction": device.junction_id,
        "plan": plan_to_json(device.plan),
        "plan_hash": device.plan_hash,
        "certificate_hash": device.certificate_hash,
        "step": device.step.value,
        "message": device.message,
    }
