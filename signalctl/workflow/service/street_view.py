"""Devices and pushes as the page shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from signalctl.domain.push import Push
from signalctl.workflow.push import Prepared
from signalctl.workflow.service.device_poller import Reading
from signalctl.workflow.service.street_desk import StreetDesk


def device_json(reading: Reading, street: StreetDesk, now: datetime) -> dict[str, Any]:
    """A device: what it did when it last answered, and how long ago that is."""
    entry, status, lamps = reading.entry, reading.status, reading.lamps
    state: dict[str, Any] | None = None
    if status is not None:
        state = {
            "mode": str(status.mode),
            "slot": status.slot,
            "commanded_slot": status.commanded_slot,
            "in_transition": status.in_transition,
            "cycle_second": _second(reading),
            "cycle_s": reading.cycle_s,
            "remaining_s": status.remaining_s,
            "read_at": status.read_at.isoformat(),
            "age_s": round((now - status.read_at).total_seconds(), 1),
            "greens": {}
            if lamps is None
            else {group: letter.value for group, letter in lamps.aspects.items() if letter},
            "faults": list(status.faults),
        }
    return {
        "id": entry.id,
        "junction": entry.junction,
        "protocol": entry.protocol,
        "address": entry.address,
        "state": state,
        "failure": reading.failure,
        "running_plan": _running(reading, street),
    }


def _second(reading: Reading) -> int | None:
    """What the device itself tells, else what its lamps told; as of the reading."""
    if reading.status is not None and reading.status.cycle_second is not None:
        return reading.status.cycle_second
    return reading.cycle_second


def _running(reading: Reading, street: StreetDesk) -> dict[str, Any]:
    slot = None if reading.status is None else reading.status.slot
    ran = street.running(reading.entry.id, slot)
    if ran is not None:
        return {
            "id": ran.plan_id,
            "name": ran.name,
            "hash": ran.plan_hash,
            "push": ran.push_id,
        }
    plan = reading.plan
    return {"id": None, "name": None if plan is None else plan.name, "hash": None, "push": None}


def push_json(push: Push) -> dict[str, Any]:
    """A push, device by device."""
    return {
        "id": push.id,
        "state": str(push.state),
        "activation": str(push.activation),
        "actor": push.actor,
        "reason": push.reason,
        "begun_at": push.begun_at.isoformat(),
        "ended_at": None if push.ended_at is None else push.ended_at.isoformat(),
        "message": push.message,
        "devices": [
            {
                "id": item.device_id,
                "junction": item.junction_id,
                "plan": item.plan.name,
                "plan_hash": item.plan_hash,
                "slot": None if item.snapshot is None else item.snapshot.spare_slot,
                "step": str(item.step),
                "message": item.message,
                "at": None if item.at is None else item.at.isoformat(),
            }
            for item in push.devices
        ],
    }


def prepared_json(prepared: Prepared) -> dict[str, Any]:
    """A dry run: what would go where, and everything that stands against it."""
    return {
        "ok": not prepared.complaints,
        "devices": [
            {
                "id": order.device_id,
                "junction": order.plan.junction_id,
                "plan": order.plan.name,
                "plan_hash": order.plan_hash,
                "slot": order.spare_slot,
            }
            for order in prepared.orders
        ],
        "complaints": [
            {
                "device": each.device_id,
                "junction": each.junction_id,
                "fault": str(each.fault),
                "message": each.message,
            }
            for each in prepared.complaints
        ],
    }
