"""Whether a slot may be written: nothing that runs, or may run any time, depends on it."""

from __future__ import annotations

from signalctl.controllers.device.ntcip1202 import reading
from signalctl.controllers.device.ntcip1202.manager import Manager
from signalctl.controllers.device.ntcip1202.objects import instance
from signalctl.domain.errors import Refused


async def must_be_spare(
    manager: Manager, slot: int, scheduled: frozenset[int], *, where: str
) -> None:
    """Raises Refused when the slot runs or is due by the centre or the time base.

    `scheduled` are the slots that day plans lead to. A slot is a pattern and the split
    of the same number: a pattern of the maker's that is in use may run by that split.
    """
    read = await manager.get(
        [
            instance("coordPatternStatus"),
            instance("systemPatternControl"),
            instance("coordOperationalMode"),
        ]
    )
    named = frozenset(reading.number(value) for value in read.values())
    if slot in named:
        raise Refused(
            f"Slot {slot} runs or is commanded.",
            where=where,
            remedy="Write to a spare slot, then activate it.",
        )
    if slot in scheduled:
        raise Refused(
            f"Slot {slot} stands in a day plan: the controller may run it at any time.",
            where=where,
            remedy="Write to a spare slot, or take it out of the day plans first.",
        )
    in_use = [n for n in sorted(named | scheduled) if 1 <= n <= 253]
    splits = await manager.get(instance("patternSplitNumber", n) for n in in_use)
    for number in in_use:
        if splits[instance("patternSplitNumber", number)] == slot:
            raise Refused(
                f"Pattern {number}, which is in use, runs by split {slot}.",
                where=where,
                remedy="Write to a slot whose split no pattern in use refers to.",
            )
