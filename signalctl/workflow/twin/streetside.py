"""What the controllers of a twin live by: their time, and what their detectors see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from signalctl.sim.driven_run import Sighting

SETTLED_S: Final = 0.25
"""How far into a second of the wall clock the lamps of real controllers are read."""


class Streetside(Protocol):
    """The side of the controllers that looks at the street."""

    @property
    def waits(self) -> bool:
        """Whether the controllers' time stands still until they are let live: lockstep."""

    @property
    def now_s(self) -> int | None:
        """The second since 1970 that the controllers last lived, None where it is not known."""

    @property
    def late(self) -> int:
        """Seconds that began later than they should have."""

    async def live(self, sighting: Sighting | None) -> None:
        """Let one second begin for every controller, its detectors seeing this."""


class WallClock:
    """Real controllers: they live by themselves, and one waits for the clock on the wall.

    Their detectors are wired to a real street, so what SUMO's vehicles do is not told them.
    """

    waits: Final = False
    now_s: Final = None

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock: Final = clock
        self._sleep: Final = sleep
        self._next_s: float | None = None
        self._late = 0

    @property
    def late(self) -> int:
        """Seconds that SUMO or the devices took too long for: simulated time falls behind."""
        return self._late

    async def live(self, sighting: Sighting | None) -> None:  # noqa: ARG002  (real loops see)
        """Wait for the next second of the clock."""
        now_s = self._clock()
        if self._next_s is None:
            self._next_s = float(int(now_s)) + 1 + SETTLED_S
        elif now_s > self._next_s + 1:
            self._late += 1
            self._next_s = float(int(now_s)) + SETTLED_S
        await self._sleep(max(0.0, self._next_s - now_s))
        self._next_s += 1
