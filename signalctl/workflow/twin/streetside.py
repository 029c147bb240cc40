"""What the controllers of a twin live by: their time, and what their detectors see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from signalctl.sim.driven_run import Sighting
from signalctl.workflow.emulation.cabinet_client import CabinetClient
from signalctl.workflow.emulation.street import Street
from signalctl.workflow.twin.detector_wires import DetectorWires

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


class StreetHere:
    """Emulated controllers in this process: their time goes on when SUMO's does."""

    waits: Final = True
    late: Final = 0

    def __init__(self, street: Street, wires: DetectorWires) -> None:
        self._street: Final = street
        self._wires: Final = wires

    @property
    def now_s(self) -> int:
        """The second since 1970 that the controllers last lived."""
        return self._street.now_s

    async def live(self, sighting: Sighting | None) -> None:
        """Tell the detectors what they see, then let one second pass."""
        if sighting is not None:
            for device_id, number, occupied, vehicles in self._wires.inputs(sighting):
                self._street.controllers[device_id].detect(number, occupied, vehicles)
        self._street.step()
        # What the second has the agents say by themselves goes out before they are asked.
        await asyncio.sleep(0)


class StreetThere:
    """Emulated controllers of another process, stepped through their cabinets."""

    waits: Final = True
    late: Final = 0

    def __init__(self, cabinet: CabinetClient, wires: DetectorWires, now_s: int) -> None:
        """`now_s` is the second that the controllers have last lived."""
        self._cabinet: Final = cabinet
        self._wires: Final = wires
        self._now_s = now_s

    @property
    def now_s(self) -> int:
        """The second since 1970 that the controllers last lived."""
        return self._now_s

    async def live(self, sighting: Sighting | None) -> None:
        """Tell the detectors what they see, and let one second pass."""
        inputs = [] if sighting is None else self._wires.inputs(sighting)
        self._now_s = (await self._cabinet.step(1, inputs)).now_s


class WallClock:
    """Controllers that live by themselves: one waits for the clock on the wall.

    Real ones have their detectors wired to a real street, so what SUMO's vehicles do is
    not told them; emulated ones are told through their cabinets, where there are any.
    """

    waits: Final = False
    now_s: Final = None

    def __init__(
        self,
        cabinet: CabinetClient | None = None,
        wires: DetectorWires | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._cabinet: Final = cabinet
        self._wires: Final = wires
        self._clock: Final = clock
        self._sleep: Final = sleep
        self._next_s: float | None = None
        self._late = 0

    @property
    def late(self) -> int:
        """Seconds that SUMO or the devices took too long for: simulated time falls behind."""
        return self._late

    async def live(self, sighting: Sighting | None) -> None:
        """Wait for the next second of the clock."""
        if self._cabinet is not None and self._wires is not None and sighting is not None:
            await self._cabinet.detect(self._wires.inputs(sighting))
        now_s = self._clock()
        if self._next_s is None:
            self._next_s = float(int(now_s)) + 1 + SETTLED_S
        elif now_s > self._next_s + 1:
            self._late += 1
            self._next_s = float(int(now_s)) + SETTLED_S
        await self._sleep(max(0.0, self._next_s - now_s))
        self._next_s += 1
