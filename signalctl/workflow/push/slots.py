"""Which slot of a device the new plan is written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from signalctl.controllers.device.device import Device, Status
from signalctl.domain.errors import Mismatch, NotExpressible, Refused
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Push


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """A slot that may be written, and what stands in it."""

    slot: int
    held: TimingPlan | None
    readable: bool = True
    """False for something that is no plan: it cannot be put back."""


def last_uses(pushes: Iterable[Push]) -> dict[str, dict[int, int]]:
    """For each device the slots that pushes wrote: 0 the most recently used, then 1, ...

    `pushes` newest first, as a journal tells its history.
    """
    uses: dict[str, dict[int, int]] = {}
    for push in pushes:
        for item in push.devices:
            if item.snapshot is not None:
                known = uses.setdefault(item.device_id, {})
                known.setdefault(item.snapshot.spare_slot, len(known))
    return uses


def candidates(
    slots: range, able: range, taken: frozenset[int], uses: Mapping[int, int]
) -> Sequence[int]:
    """Slots in the order in which they are looked at.

    Within those that the devices file gives and those that the device has, none that
    is `taken`. Never used first, as they are likeliest to be empty; then the longest
    unused.
    """
    free = [slot for slot in slots if slot in able and slot not in taken]
    return sorted(free, key=lambda slot: (slot in uses, -uses.get(slot, 0), slot))


def taken_slots(status: Status, scheduled: frozenset[int]) -> frozenset[int]:
    """Slots that run, are commanded, or that the device may run by itself."""
    return scheduled | {s for s in (status.slot, status.commanded_slot) if s is not None}


async def choose(device: Device, slots: range, status: Status, uses: Mapping[int, int]) -> Spare:
    """The spare slot: an empty one; else the one that pushes have not used for longest;
    else one with a plan that no push wrote.

    Raises Refused when every slot runs, is commanded or stands in a day plan.
    """
    able = (await device.capabilities()).slots
    taken = taken_slots(status, await device.scheduled_slots())
    order = candidates(slots, able, taken, uses)
    full: list[Spare] = []
    for slot in order:
        try:
            held = await device.read_plan(slot)
        except (Mismatch, NotExpressible):
            full.append(Spare(slot=slot, held=None, readable=False))
            continue
        if held is None:
            return Spare(slot=slot, held=None)
        full.append(Spare(slot=slot, held=held))
    if not full:
        raise Refused(
            f"None of its slots {_told(slots)} is spare: each runs, is commanded, stands in a "
            "day plan, or does not exist.",
            where=device.id,
            remedy="Give it more slots in the devices file.",
        )
    # A slot of ours holds nothing that anybody else misses; one that cannot be read,
    # and so not be put back, is taken only where a push has written it before.
    full.sort(key=lambda s: (s.slot not in uses, -uses.get(s.slot, 0), not s.readable, s.slot))
    best = full[0]
    if not best.readable and best.slot not in uses:
        raise Refused(
            f"Its slot {best.slot} holds something that is no plan of this junction.",
            where=device.id,
            remedy="Empty a slot at the device, or give it other slots in the devices file.",
        )
    return best


def _told(slots: range) -> str:
    if not slots:
        return "(none)"
    return str(slots[0]) if len(slots) == 1 else f"{slots[0]} to {slots[-1]}"
