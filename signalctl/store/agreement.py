"""Whether the journal says what the audit log says: the log alone shows tampering.

The tables of pushes, certificates and approvals change or grow without a chain of
their own. Each change stands in the audit log too, so the log is played back and
compared with them; together with `Audit.verify` nothing that is kept can be changed
unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from signalctl.domain.push import Push
from signalctl.store.column_types import stored_moment
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.push_json import push_to_json, snapshot_to_json
from signalctl.store.push_rows import push_of
from signalctl.store.stored_json import JsonValue, canonical
from signalctl.store.tables import APPROVAL, AUDIT, CERTIFICATE, PUSH

_AT_ONCE: Final = 200
_Told = dict[str, Any]


def disagreements(database: Database) -> tuple[str, ...]:
    """Where the journal, the certificates or the approvals differ from the audit log.

    One sentence each, none if all is well. Verify the log first: this believes it.
    Raises StoreError when the database fails or the log cannot be read.
    """
    found: list[str] = []
    with database.read() as connection:
        told, certificates, approvals = _told(connection)
        for push_id in connection.execute(select(PUSH.c.id).order_by(PUSH.c.number)).scalars():
            said = _push_differs(connection, push_id, told.pop(push_id, None))
            found += [said] if said else []
        found += [f"Push {push_id} is in the audit log and not in the journal." for push_id in told]
        kept = connection.execute(select(CERTIFICATE.c.hash).order_by(CERTIFICATE.c.number))
        if list(kept.scalars()) != certificates:
            found.append("The certificates kept are not those that the audit log tells of.")
        try:
            given = connection.execute(select(APPROVAL).order_by(APPROVAL.c.number))
            agree = [_approval(row) for row in given] == approvals
        except StoreError:
            agree = False
        if not agree:
            found.append("The approvals kept are not those that the audit log tells of.")
    return tuple(found)


def _push_differs(connection: Connection, push_id: str, logged: _Told | None) -> str | None:
    if logged is None:
        return f"Push {push_id} is in the journal and not in the audit log."
    try:
        row = connection.execute(select(PUSH).where(PUSH.c.id == push_id)).one()
        stands = _short(_as_told(push_of(connection, row)))
    except StoreError as error:
        return f"Push {push_id} stands in the journal otherwise than in the log: {error.message}"
    if stands != logged:
        return f"Push {push_id} stands in the journal otherwise than in the log."
    return None


def _told(connection: Connection) -> tuple[dict[str, _Told], list[str], list[JsonValue]]:
    """Pushes by id as the log leaves them, hashes of certificates, approvals."""
    pushes: dict[str, _Told] = {}
    parts: dict[str, tuple[str, str | None]] = {}
    certificates: list[str] = []
    approvals: list[JsonValue] = []
    try:
        for row in _entries(connection):
            after = json.loads(row.after_json)
            at = stored_moment(row.at)
            match row.action:
                case "push-begin":
                    push_id = after["id"]
                    pushes[push_id] = _short(after)
                    parts[row.subject] = (push_id, None)
                    for device in after["devices"]:
                        parts[f"{row.subject} device {device['device']}"] = (
                            push_id,
                            device["device"],
                        )
                case "push-step":
                    push_id, device_id = parts[row.subject]
                    pushes[push_id]["devices"][device_id] |= _shorter(after) | {"at": at}
                case "push-end":
                    push_id, _ = parts[row.subject]
                    pushes[push_id] |= after | {"ended_at": at}
                case "certificate":
                    certificates.append(after["hash"])
                case "approval":
                    approvals.append([after["plan_hash"], after["by"], at, row.reason])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise StoreError(
            "The audit log tells what cannot have happened.", remedy="Verify its chain."
        ) from error
    return pushes, certificates, approvals


def _entries(connection: Connection) -> Iterator[Row[Any]]:
    last = 0
    while rows := connection.execute(
        select(AUDIT).where(AUDIT.c.sequence > last).order_by(AUDIT.c.sequence).limit(_AT_ONCE)
    ).all():
        yield from rows
        last = rows[-1].sequence


def _as_told(push: Push) -> _Told:
    """A push in the words of the log, with what became of it."""
    told = push_to_json(push)
    told["ended_at"] = None if push.ended_at is None else stored_moment(push.ended_at)
    for device, document in zip(push.devices, told["devices"], strict=True):
        document["at"] = None if device.at is None else stored_moment(device.at)
        if device.snapshot is not None:
            document["snapshot"] = snapshot_to_json(device.snapshot)
    return told


def _short(push: _Told) -> _Told:
    devices = {
        device["device"]: {"place": place, "at": None} | _shorter(device)
        for place, device in enumerate(push["devices"])
    }
    return {"ended_at": None} | push | {"devices": devices}


def _shorter(part: _Told) -> _Told:
    """Plans and snapshots as their text's hash: years of pushes must fit into memory."""
    return {
        key: _digest(value) if key in {"plan", "snapshot"} else value for key, value in part.items()
    }


def _digest(value: JsonValue) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _approval(row: Row[Any]) -> JsonValue:
    return [row.plan_hash, row.by, stored_moment(row.at), row.reason]
