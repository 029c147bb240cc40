"""Detectors: what they see now, the calls they leave, volume and occupancy of each period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.emulator.settings import Detector
from signalctl.domain.errors import InputError


@dataclass(slots=True)
class Seen:
    """What one detector has seen.

    `volume` and `occupied_s` belong to the last whole period; the counting ones to
    the period that runs. `last_s` is the last occupied second, None for never.
    """

    detector: Detector
    occupied: bool = False
    last_s: int | None = None
    volume: int = 0
    occupied_s: int = 0
    counting: int = 0
    counting_s: int = 0


class Detectors:
    """All detectors of one controller."""

    def __init__(self, detectors: Sequence[Detector], period_s: int) -> None:
        """Raises InputError when two detectors share a number."""
        self._seen: Final = {d.number: Seen(d) for d in detectors}
        if len(self._seen) != len(detectors):
            raise InputError("Two detectors share a number.")
        self._pulses: set[int] = set()
        self.by_group: Final[dict[str, tuple[Seen, ...]]] = {
            group: tuple(s for s in self._seen.values() if s.detector.group == group)
            for group in sorted({d.group for d in detectors})
        }
        self.period_s = period_s
        self.sequence = 0
        """Goes up by one with every whole period."""
        self._lived_s = 0

    def all(self) -> tuple[Seen, ...]:
        """Every detector, by number."""
        return tuple(self._seen[number] for number in sorted(self._seen))

    def detect(self, number: int, occupied: bool, vehicles: int) -> bool:
        """Take what a detector sees; whether that changed. Raises InputError for none such."""
        seen = self._seen.get(number)
        if seen is None:
            raise InputError(f"There is no detector {number}.")
        changed = seen.occupied != occupied
        seen.occupied = occupied
        seen.counting += vehicles
        if vehicles:
            self._pulses.add(number)
        return changed

    def step(self, second: int) -> None:
        """Count one second."""
        for number, seen in self._seen.items():
            if seen.occupied or number in self._pulses:
                seen.last_s = second
                seen.counting_s += 1
        self._pulses.clear()
        self._lived_s += 1
        if self._lived_s >= self.period_s:
            self._lived_s = 0
            self.sequence = (self.sequence + 1) % 256
            for seen in self._seen.values():
                seen.volume, seen.occupied_s = seen.counting, seen.counting_s
                seen.counting = seen.counting_s = 0
