"""What the device verbs say: rows, lines and JSON of readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signalctl.controllers.device.device import Event, Status
    from signalctl.domain.junction import Junction
    from signalctl.workflow.devices.asking import Reading, Seen


def reading_row(reading: Reading, now: datetime) -> tuple[object, ...]:
    """A row of the table of all devices."""
    head = (reading.entry.id, reading.entry.junction)
    age = f"{reading.age_s(now):.1f}"
    if reading.status is None:
        what = reading.problem.message if reading.problem is not None else ""
        return (*head, "no answer", None, None, None, age, what)
    s = reading.status
    remarks = [*s.faults]
    if s.in_transition:
        remarks.insert(0, "moves to its offset")
    slots = (s.slot, s.commanded_slot, s.cycle_second)
    return (*head, str(s.mode), *slots, age, "; ".join(remarks))


def reading_json(reading: Reading, now: datetime) -> dict[str, Any]:
    """A reading as JSON."""
    found: dict[str, Any] = {
        "id": reading.entry.id,
        "junction": reading.entry.junction,
        "address": reading.entry.address,
        "age_s": round(reading.age_s(now), 1),
        "answers": reading.status is not None,
    }
    if reading.problem is not None:
        found["error"] = {"code": reading.problem.code, "message": str(reading.problem)}
    return found | (status_json(reading.status) if reading.status is not None else {})


def status_json(status: Status) -> dict[str, Any]:
    """A status as JSON; what the protocol does not tell is null."""
    return {
        "read_at": status.read_at.isoformat(timespec="milliseconds"),
        "mode": str(status.mode),
        "slot": status.slot,
        "commanded_slot": status.commanded_slot,
        "in_transition": status.in_transition,
        "cycle_second": status.cycle_second,
        "remaining_s": status.remaining_s,
        "greens": None if status.greens is None else sorted(status.greens),
        "faults": list(status.faults),
        "details": dict(status.details),
    }


def status_lines(reading: Reading, now: datetime) -> Iterator[str]:
    """A reading in a few lines."""
    entry, s = reading.entry, reading.status
    yield f"{entry.id}: junction {entry.junction}, {entry.protocol} at {entry.address}"
    if s is None:
        yield f"  no answer: {reading.problem}"
        return
    what = "no plan" if s.slot is None else f"plan in slot {s.slot}"
    moving = ", moves to its offset" if s.in_transition else ""
    yield f"  {s.mode}, {what}{moving}; read {reading.age_s(now):.1f} s ago"
    if s.commanded_slot is not None:
        yield f"  commanded: slot {s.commanded_slot}"
    if s.cycle_second is not None:
        yield f"  second {s.cycle_second} of the cycle"
    if s.remaining_s is not None:
        yield f"  {s.remaining_s} s left"
    if s.greens is not None:
        yield f"  green: {', '.join(sorted(s.greens)) or 'nobody'}"
    for fault in s.faults:
        yield f"  fault: {fault}"


def event_json(event: Event) -> dict[str, Any]:
    """An event as JSON."""
    return {
        "at": event.at.isoformat(),
        "code": event.code,
        "parameter": event.parameter,
        "text": event.text,
    }


def seen_json(seen: Seen) -> dict[str, Any]:
    """A look at a device as JSON."""
    if seen.status is None:
        return {"at": seen.at.isoformat(timespec="milliseconds"), "error": seen.problem}
    return status_json(seen.status)


class WatchText:
    """Lines of `watch`: a letter a group, its names above once."""

    def __init__(self, junction: Junction) -> None:
        self._groups = junction.group_ids
        self._headed = False

    def lines(self, seen: Seen) -> Iterator[str]:
        """The lines for a look; the first one is led by the groups."""
        if not self._headed:
            self._headed = True
            yield f"groups, left to right: {' '.join(self._groups)}"
        at = f"{seen.at.astimezone():%H:%M:%S}"
        if seen.status is None:
            yield f"{at}  no answer: {seen.problem}"
            return
        s = seen.status
        greens = s.greens
        lamps = "".join(
            "?" if greens is None else "G" if group in greens else "." for group in self._groups
        )
        slot = "-" if s.slot is None else str(s.slot)
        more = " moving" if s.in_transition else ""
        said = f"  {'; '.join(s.faults)}" if s.faults else ""
        yield f"{at}  {lamps}  {s.mode} {slot}{more}{said}"
