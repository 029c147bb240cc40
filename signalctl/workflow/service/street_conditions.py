"""What is wrong with a device, read off its last readings: the conditions behind alarms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from signalctl.controllers.device.device import Mode, Status
from signalctl.domain.plan import TimingPlan
from signalctl.store.alarms import Seen
from signalctl.workflow.service.device_poller import Reading

OLD_S: Final = 5.0
"""A reading older than this is not the street any more: the page's own limit."""
CONTACT: Final = frozenset({"lost", "stale"})
"""Kinds that can be told of a device that does not answer."""
PUSHES: Final = frozenset({"push-in-doubt"})
"""Kinds that the journal tells, not the device."""
_OUT: Final = frozenset({Mode.FIXED, Mode.FREE, Mode.ADAPTIVE, Mode.MANUAL})
_DOWN: Final = frozenset({Mode.FLASH, Mode.ALL_RED, Mode.DARK})
_MONITOR: Final = frozenset({"faultMonitor", "mmu"})
"""NTCIP 1202 unitFlashStatus: the device's own conflict monitor put it to flash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a device should run since a push ended there."""

    push_id: str
    name: str
    at: datetime
    slot: int | None
    """None where the device's own day plan switches."""
    in_slot: int
    held: TimingPlan | None
    """The plan in the device's words, None where it has none for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A device with what is known besides its readings."""

    reading: Reading
    asked_since: datetime
    """Since when it has been asked: a device that never answered is that old."""
    was_coordinated: bool = False
    busy: bool = False
    """A push is at work on it: its plan and mode are in somebody's hand."""
    pushed: Pushed | None = None
    in_doubt: str | None = None
    """The push that left it in doubt."""


def conditions(watched: Watched, now: datetime) -> tuple[tuple[Seen, ...], bool]:
    """What is wrong, and whether the device itself could be judged.

    A device that does not answer is told lost, or stale where nothing failed and its
    readings are old all the same; of everything else nothing is known then.
    """
    reading = watched.reading
    found = []
    if watched.in_doubt is not None:
        found.append(
            _seen(
                reading,
                "push-in-doubt",
                1,
                f"Push {watched.in_doubt} left it in doubt: a person must look what it runs.",
                detail=watched.in_doubt,
                push=watched.in_doubt,
            )
        )
    silent = _contact(watched, now)
    if silent is not None or reading.status is None:
        return (*found, *([silent] if silent else [])), False
    found += _faults(reading, reading.status)
    has_conflict = any(s.kind == "conflict" and not s.passing for s in found)
    found += _mode(watched, reading.status, has_conflict=has_conflict)
    plan = _plan(watched, reading.status)
    return (*found, *([plan] if plan else [])), True


def _contact(watched: Watched, now: datetime) -> Seen | None:
    reading = watched.reading
    if (now - (reading.read_at or watched.asked_since)).total_seconds() <= OLD_S:
        return None
    if reading.failure:
        said = f"It does not answer: {reading.failure}"
        return _seen(reading, "lost", 2, said, failure=reading.failure)
    return _seen(
        reading, "stale", 3, f"Its last reading is older than {OLD_S:.0f} s, and nothing failed."
    )


def _faults(reading: Reading, status: Status) -> list[Seen]:
    found = []
    if status.details.get("unitFlashStatus") in _MONITOR:
        said = "Its conflict monitor put it to flash: it needs a technician."
        found.append(_seen(reading, "conflict", 1, said, detail="monitor", fault="monitor"))
    for fault in dict.fromkeys(status.faults):
        if any(noted.endswith(fault) for noted in status.noted):
            continue
        is_conflict = "conflict" in fault.lower()
        kind, priority = ("conflict", 1) if is_conflict else ("fault", 2)
        found.append(_seen(reading, kind, priority, fault, detail=fault, fault=fault))
    for noted in status.noted:
        # The record tells its time, so that the same one is known again after years.
        kind, priority = ("conflict", 1) if "conflict" in noted.lower() else ("fault", 2)
        seen = _seen(reading, kind, priority, noted, detail=noted, fault=noted)
        found.append(replace(seen, passing=True))
    return found


def _mode(watched: Watched, status: Status, *, has_conflict: bool) -> list[Seen]:
    reading, mode = watched.reading, status.mode
    if mode in _DOWN:
        if has_conflict:
            return []
        return [_seen(reading, str(mode), 1, f"It shows {_words(mode)}.", mode=str(mode))]
    if mode is Mode.PREEMPTED:
        return [_seen(reading, "preempted", 3, "It is pre-empted.", mode=str(mode))]
    if mode in _OUT and watched.was_coordinated and not watched.busy:
        said = f"It left coordination and is {_words(mode)} now."
        return [_seen(reading, "left-coordination", 2, said, detail=str(mode), mode=str(mode))]
    return []


def _plan(watched: Watched, status: Status) -> Seen | None:
    """A plan that is not the one a push brought; not while another reason is plain."""
    pushed, reading = watched.pushed, watched.reading
    if pushed is None or watched.busy or status.slot is None or status.mode in _DOWN:
        return None
    if status.read_at <= pushed.at or status.in_transition:
        return None
    told = {"push": pushed.push_id, "plan": pushed.name, "slot": str(status.slot)}
    if pushed.slot is not None and status.slot != pushed.slot:
        return _seen(
            reading,
            "plan",
            2,
            f"It runs slot {status.slot}; push {pushed.push_id} left it at slot {pushed.slot} "
            f"with {pushed.name}.",
            detail=f"slot {status.slot}",
            expected=str(pushed.slot),
            **told,
        )
    differs = pushed.held is not None and reading.plan != pushed.held
    if status.slot == pushed.in_slot == reading.plan_slot and differs:
        return _seen(
            reading,
            "plan",
            2,
            f"Slot {status.slot} does not hold what push {pushed.push_id} wrote "
            f"({pushed.name}): it was changed at the device.",
            detail="changed",
            expected=str(pushed.in_slot),
            **told,
        )
    return None


def _seen(
    reading: Reading, kind: str, priority: int, message: str, *, detail: str = "", **values: str
) -> Seen:
    return Seen(
        kind=kind,
        priority=priority,
        device=reading.entry.id,
        junction=reading.entry.junction,
        message=message,
        detail=detail,
        values=values,
    )


def _words(mode: Mode) -> str:
    return str(mode).replace("-", " ")
