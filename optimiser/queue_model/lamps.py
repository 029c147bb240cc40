"""What the lamps say to a link, asked by the compiled loop."""

from __future__ import annotations

from typing import Final

from signalctl.optimiser.queue_model.compiled import compiled
from signalctl.optimiser.queue_model.state import State
from signalctl.optimiser.signal_table import CLOSING

NEVER: Final = -1


@compiled
def shown(m: State, signal: int, row: int, second: int) -> int:
    """Code a group shows in a second."""
    own = m.signals[signal]
    at = (second + own.shift) % own.cycle
    return int(m.codes[own.start + row * own.cycle + at])


@compiled
def next_open(m: State, signal: int, row: int, second: int) -> int:
    """First second after this one in which the group may go; NEVER when none comes."""
    own = m.signals[signal]
    first = own.start + row * own.cycle
    at = (second + own.shift) % own.cycle
    for ahead in range(1, own.cycle + 1):
        at += 1
        if at == own.cycle:
            at = 0
        if m.codes[first + at] > CLOSING:
            return second + ahead
    return NEVER


@compiled
def green_end(m: State, signal: int, row: int, second: int, within_s: float) -> int:
    """Second in which the green before this closed second ended; NEVER when longer ago."""
    for back in range(1, int(within_s) + 2):
        if shown(m, signal, row, second - back) > CLOSING:
            return second - back + 1
    return NEVER
