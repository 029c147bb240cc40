"""Leases: one writer at a time for each device, across processes and hosts.

A lease ends by time, so that a host that is gone keeps nobody out for long; a process
of this host that died keeps nobody out at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from signalctl.domain.errors import NotInControl
from signalctl.store.database import Database
from signalctl.store.process_owner import ProcessOwner
from signalctl.store.tables import LEASE


class Leases:
    """The leases of a database. Owners are texts, best from `this_process`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, device_ids: Iterable[str], owner: str, until: datetime, now: datetime) -> None:
        """Take all of these devices, or none.

        A lease past its time, or of a process of this host that is dead, is taken
        over; one's own is prolonged. Raises NotInControl naming who holds a device
        and how long, StoreError when the database fails.
        """
        with self._database.write() as connection:
            for device_id in sorted(set(device_ids)):
                held = _lease(connection, device_id)
                if held is None:
                    connection.execute(
                        insert(LEASE).values(device_id=device_id, owner=owner, until=until)
                    )
                    continue
                if held.owner != owner and held.until > now and not _is_dead(held.owner):
                    raise NotInControl(
                        f"Somebody else is at work on it: {_brief(held.owner)}, until "
                        f"{held.until:%Y-%m-%d %H:%M:%S} UTC at the latest.",
                        where=f"device {device_id}",
                        remedy="Wait until that is done.",
                    )
                connection.execute(
                    update(LEASE)
                    .where(LEASE.c.device_id == device_id)
                    .values(owner=owner, until=until)
                )

    def renew(self, owner: str, until: datetime) -> tuple[str, ...]:
        """Prolong every lease of the owner; the devices it still holds, sorted.

        A device that is missing was taken over by another after the time ran out:
        hands off it. Raises StoreError.
        """
        with self._database.write() as connection:
            connection.execute(update(LEASE).where(LEASE.c.owner == owner).values(until=until))
            return _devices_of(connection, owner)

    def held(self, owner: str) -> tuple[str, ...]:
        """Devices that the owner holds, sorted."""
        with self._database.read() as connection:
            return _devices_of(connection, owner)

    def release(self, owner: str) -> None:
        """Give every lease of the owner back; none is fine. Raises StoreError."""
        with self._database.write() as connection:
            connection.execute(delete(LEASE).where(LEASE.c.owner == owner))


def _lease(connection: Connection, device_id: str) -> Row[Any] | None:
    return connection.execute(select(LEASE).where(LEASE.c.device_id == device_id)).first()


def _devices_of(connection: Connection, owner: str) -> tuple[str, ...]:
    rows = connection.execute(select(LEASE.c.device_id).where(LEASE.c.owner == owner)).scalars()
    return tuple(sorted(rows))


def _is_dead(owner: str) -> bool:
    process = ProcessOwner.of_text(owner)
    return process is not None and process.is_dead()


def _brief(owner: str) -> str:
    process = ProcessOwner.of_text(owner)
    return owner if process is None else process.brief
