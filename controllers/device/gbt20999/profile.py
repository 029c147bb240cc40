"""How one make of controller reads the points on which the sources of the standard disagree.

Points without a switch, because one choice fits every source: centre control is
17.1.2-17.1.4 (C5; the other ids are known to be refused by a real controller),
whole-object queries are never sent (C9, always full ids), a set is never taken to
be atomic (C10; a plan is written to a spare number, read back, then switched to),
traps are ordinary data values (C11), action chains stay zero, and what the device
does without its host follows from the day plan and schedule it holds (C12).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from signalctl.domain.errors import InputError


class LampStateLayout(Enum):
    """Where the state of a lamp group stands (C4)."""

    ASK = "3.3.2, or 3.3.1 where the device has no 3.3.2"
    ATTRIBUTE_1 = "3.3.1 is the state"
    ATTRIBUTE_2 = "3.3.1 is the number, 3.3.2 the state"


class StageBoundary(Enum):
    """Where a stage's time begins: which transition it contains."""

    TRANSITION_OUT = "from its own green to the next stage's: the transition after it included"
    TRANSITION_IN = "from the end of the last stage's green: the transition before it included"


@dataclass(frozen=True, slots=True, kw_only=True)
class GbtProfile:
    """Switches of one device or site; the defaults are this program's choices.

    `set_reply_status` (C1), `heartbeat_count` (C2), `version` (C3), `lamp_state`
    (C4), `intergreen_unit_ds` (C6) and `extension_unit_ds` (C7) in tenths of a second,
    `tcp_escape` (C8).
    `sequence_echoed` off: replies are matched by their type and ids alone.
    `waits_s` are the waits for a reply, one for each try.
    """

    version: int = 0x0100
    set_reply_status: bool = True
    heartbeat_count: bool = False
    lamp_state: LampStateLayout = LampStateLayout.ASK
    intergreen_unit_ds: int = 10
    extension_unit_ds: int = 10
    tcp_escape: bool = True
    sequence_echoed: bool = True
    stage_boundary: StageBoundary = StageBoundary.TRANSITION_OUT
    waits_s: tuple[float, ...] = (5.0, 10.0, 20.0)
    heartbeat_s: float = 15.0
    heartbeats_missed: int = 3
    most_items: int = 20
    most_bytes: int = 1400

    def __post_init__(self) -> None:
        fine = (
            self.version >> 8 == 1
            and self.intergreen_unit_ds in (1, 10)
            and self.extension_unit_ds in (1, 10)
            and bool(self.waits_s)
            and all(wait > 0 for wait in self.waits_s)
            and self.heartbeat_s > 0
            and self.heartbeats_missed >= 1
            and 1 <= self.most_items <= 255
            and 280 <= self.most_bytes <= 16_000
        )
        if not fine:
            raise InputError(
                f"The profile {self} cannot be used.",
                remedy="Versions are 0x01xx, units 1 or 10 tenths of a second, waits and counts "
                "positive, frames 280 to 16000 bytes.",
            )
