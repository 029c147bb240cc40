"""What the controllers of a twin live by: their time, and what their detectors see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.sim.driven_run import Seen, Sighting
from signalctl.workflow.emulation.street import Street

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


class StreetHere:
    """Emulated controllers in this process: their time goes on when SUMO's does."""

    waits: Final = True
    late: Final = 0

    def __init__(self, street: Street, device_of: Mapping[str, str]) -> None:
        """`device_of` names the device of each light."""
        self._street: Final = street
        self._controllers: Final = {
            light: street.controllers[device_id] for light, device_id in device_of.items()
        }
        self._occupied: Final[set[tuple[str, int]]] = set()

    @property
    def now_s(self) -> int:
        """The second since 1970 that the controllers last lived."""
        return self._street.now_s

    async def live(self, sighting: Sighting | None) -> None:
        """Tell the detectors what they see, then let one second pass."""
        if sighting is not None:
            for light, controller in self._controllers.items():
                self._detect(light, controller, sighting)
        self._street.step()
        # What the second has the agents say by themselves goes out before they are asked.
        await asyncio.sleep(0)

    def _detect(self, light: str, controller: Controller, sighting: Sighting) -> None:
        seen: Mapping[str, Seen] = sighting.seen.get(light, {})
        for group, detectors in controller.detectors.by_group.items():
            now = seen.get(group)
            present, arrived = (now.present, now.arrived) if now is not None else (0, 0)
            for detector in detectors:
                number = detector.detector.number
                key = (light, number)
                if not present and not arrived and key not in self._occupied:
                    continue
                controller.detect(number, present > 0, arrived)
                if present:
                    self._occupied.add(key)
                else:
                    self._occupied.discard(key)
