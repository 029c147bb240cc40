"""The alarm desk: raises alarms when conditions come, clears them when they go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from signalctl.controllers.device.device import Mode
from signalctl.store.alarms import Alarm, Alarms
from signalctl.store.failure import StoreError
from signalctl.workflow.service.street_conditions import CONTACT, PUSHES, Watched, conditions

STILL_S: Final = 60.0
"""How often the store learns that what is true is still true."""
_LOG: Final = logging.getLogger("signalctl.street")


class AlarmDesk:
    """Watches a street's readings; `told` gets the alarms that changed. One thread at a time."""

    def __init__(self, alarms: Alarms, told: Callable[[Sequence[Alarm]], None]) -> None:
        self.alarms = alarms
        self._told = told
        self._lock = Lock()
        self._true: dict[tuple[str, str, str], str] | None = None
        """Ids of the alarms that are not cleared, by what is the same again."""
        self._coordinated: set[str] = set()
        self._passed: set[tuple[str, str, str]] = set()
        """What was passing and is noted."""
        self._noted_at: datetime | None = None

    def watch(self, street: Iterable[Watched], now: datetime) -> None:
        """Hold the street against the alarms. A store that fails is asked again next time."""
        try:
            with self._lock:
                self._watch(street, now)
        except StoreError as error:
            _LOG.error("alarms cannot be kept: %s", error)

    def acknowledge(self, alarm_id: str, *, by: str, reason: str) -> Alarm:
        """A person has seen it. Raises Missing, WrongState."""
        found = self.alarms.acknowledge(alarm_id, by=by, reason=reason, at=datetime.now(UTC))
        self._told([found])
        return found

    def _watch(self, street: Iterable[Watched], now: datetime) -> None:
        true = self._true
        if true is None:
            # What was true when the service ended is true until the street says otherwise.
            kept = [a for a in self.alarms.open() if a.cleared_at is None]
            true = {alarm.seen.key: alarm.id for alarm in kept}
            self._coordinated |= {k[1] for k in true if k[0] == "left-coordination"}
        came, here = [], set()
        blind: set[str] = set()
        """Devices of which only their silence is known."""
        unheard: set[str] = set()
        """Devices that were only just asked for the first time."""
        for each in street:
            device = each.reading.entry.id
            found, judged = conditions(
                replace(each, was_coordinated=device in self._coordinated), now
            )
            if not judged:
                is_silent = any(seen.kind in CONTACT for seen in found)
                (blind if is_silent else unheard).add(device)
            elif each.reading.status is not None and each.reading.status.mode is Mode.COORDINATED:
                self._coordinated.add(device)
            here |= {seen.key for seen in found}
            came += [s for s in found if s.key not in true and s.key not in self._passed]
        gone = [
            key
            for key in true
            if key not in here
            and key[1] not in unheard
            and not (key[1] in blind and key[0] not in CONTACT | PUSHES)
        ]
        if came or gone:
            raised, cleared = self.alarms.note(came, [true[key] for key in gone], now)
            true = {key: i for key, i in true.items() if key not in gone}
            true |= {alarm.seen.key: alarm.id for alarm in raised if alarm.cleared_at is None}
            self._passed |= {seen.key for seen in came if seen.passing}
            if raised or cleared:
                self._told((*raised, *cleared))
        self._true = true
        if self._noted_at is None or (now - self._noted_at).total_seconds() >= STILL_S:
            self.alarms.still(list(true.values()), now)
            self._noted_at = now


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm as the page shows it."""
    active = alarm.cleared_at is None
    acknowledged = alarm.acknowledged_at
    return {
        "id": alarm.id,
        "number": alarm.number,
        "kind": alarm.seen.kind,
        "priority": alarm.seen.priority,
        "device": alarm.seen.device,
        "junction": alarm.seen.junction,
        "message": alarm.seen.message,
        "values": alarm.seen.values,
        "first_at": alarm.first_at.isoformat(),
        "last_at": alarm.last_at.isoformat(),
        "times": alarm.times,
        "active": active,
        "cleared_at": None if alarm.cleared_at is None else alarm.cleared_at.isoformat(),
        "acknowledged": None
        if acknowledged is None
        else {
            "by": alarm.acknowledged_by,
            "at": acknowledged.isoformat(),
            "reason": alarm.reason,
        },
    }
