"""Many controllers in one process, on one clock, real or accelerated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

MOST_SPEED: Final = 1000.0
AT_ONCE: Final = 50
"""Controllers stepped before the sockets of the process have their turn again."""


class Fleet:
    """Controllers by id, each stepped once for every second of system time."""

    def __init__(
        self, controllers: Mapping[str, Controller], *, start_s: int, speed: float = 1.0
    ) -> None:
        """A fleet whose first second is `start_s`, system seconds since 1970 UTC.

        `speed` system seconds pass in a real one. Raises InputError for no speed.
        """
        if not 0 < speed <= MOST_SPEED:
            raise InputError(
                f"A speed of {speed} cannot be run.",
                where="--speed",
                remedy=f"Give a speed above 0 and up to {MOST_SPEED:.0f}.",
            )
        self.controllers: Final = FrozenMap(controllers)
        self.speed: Final = speed
        self._next_s = start_s

    @property
    def now_s(self) -> int:
        """The system second last lived, one before the start at first."""
        return self._next_s - 1

    def step(self) -> int:
        """Step every controller through the next second; which it was."""
        for controller in self.controllers.values():
            controller.step(self._next_s)
        self._next_s += 1
        return self.now_s

    async def run(
        self,
        seconds: int | None = None,
        *,
        each_second: Callable[[int], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Step for so many seconds, or until cancelled, at the fleet's speed.

        `each_second` is called after each one. A fleet that has fallen behind steps on
        without sleeping until it has caught up. `monotonic` and `sleep` are the real
        time it lives by.
        """
        begun, first_s = monotonic(), self._next_s
        while seconds is None or self._next_s - first_s < seconds:
            wait_s = begun + (self._next_s - first_s) / self.speed - monotonic()
            await sleep(max(0.0, wait_s))
            for number, controller in enumerate(self.controllers.values(), start=1):
                controller.step(self._next_s)
                if number % AT_ONCE == 0:
                    await sleep(0)
            self._next_s += 1
            if each_second is not None:
                each_second(self.now_s)
