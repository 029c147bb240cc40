"""An event loop whose clock leaps: waits cost nothing, sockets of this machine stay real.

For what lives in one process with both ends of its sockets. Whenever nothing is left to
do before the next timer, the clock is set to that timer. How busy the machine is then
changes nothing: a time-out means that nobody answered, not that somebody was slow.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

Answer = TypeVar("Answer")
SETTLE_S: Final = 0.0002
"""Real time in which a datagram to this machine is sure to be there. Slept, for epoll waits
whole milliseconds."""


class _Leaping(selectors.DefaultSelector):
    """Waits for sockets only briefly, and notes the rest of the wait as passed."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """As `DefaultSelector.select`, in leaps."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        time.sleep(SETTLE_S)
        ready = super().select(0)
        if not ready and timeout is not None:
            self.passed_s += max(timeout, 0.0)
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """See the module."""

    def __init__(self) -> None:
        self._leaping: Final = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds of the loop's own time."""
        return self._leaping.passed_s


def run_leaping(main: Coroutine[Any, Any, Answer]) -> Answer:
    """As `asyncio.run`, on a loop of leaps."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(main)
