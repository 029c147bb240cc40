"""What SUMO's vehicles do before the stop lines, as inputs of the controllers' detectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.sim.driven_run import Seen, Sighting
from signalctl.workflow.emulation.cabinet_client import Input

NOBODY: Final = Seen(0, 0)


class DetectorWires:
    """The detectors of all devices, and what was last told them."""

    def __init__(self, wired: Mapping[str, tuple[str, Mapping[int, str]]]) -> None:
        """`wired` is by light: its device, and the group of each detector number."""
        self._wired: Final = wired
        self._occupied: Final[set[tuple[str, int]]] = set()

    def inputs(self, sighting: Sighting) -> list[Input]:
        """What has to be told: everything but that nobody is still there."""
        found: list[Input] = []
        for light, (device_id, detectors) in self._wired.items():
            seen: Mapping[str, Seen] = sighting.seen.get(light, {})
            for number, group in detectors.items():
                now = seen.get(group, NOBODY)
                key = (device_id, number)
                if now is NOBODY and key not in self._occupied:
                    continue
                found.append((device_id, number, now.present > 0, now.arrived))
                (self._occupied.add if now.present else self._occupied.discard)(key)
        return found
