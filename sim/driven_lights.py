"""Lights that somebody outside the simulation drives, second by second, over a socket.

This is the side inside SUMO's process. At every whole second it tells what its
detectors see, waits for what the lamps show in the second that begins, and sets it.
Both ways a message is one line of JSON.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final

from signalctl.domain.errors import SimulationError

REACH_M: Final = 30.0
"""How far before the stop line a detector sees."""


class PartnerGoneError(Exception):
    """Whoever drove the lights has hung up."""


class DrivenLights:
    """The driven lights of a simulation."""

    def __init__(self, libsumo: Any, fd: int, zones: Mapping[str, Any]) -> None:
        """`fd` is a connected socket of this process; `zones`: light -> group -> lanes and
        walking areas before its stop line."""
        self._libsumo: Final = libsumo
        self._socket: Final = socket.socket(fileno=fd)
        self._lines: Final = self._socket.makefile("rb")
        self._widths: Final = {
            light: len(libsumo.trafficlight.getRedYellowGreenState(light)) for light in zones
        }
        self._zones: Final = {
            (light, group): _Zone(libsumo, places["lanes"], places["walks"])
            for light, groups in zones.items()
            for group, places in groups.items()
        }
        self._shown: Final[dict[str, str]] = {}

    def step(self, now_s: float) -> None:
        """Exchange one second; between whole seconds nothing changes.

        Raises PartnerGoneError, SimulationError for a state that does not fit a light.
        """
        if not float(now_s).is_integer():
            return
        seen: dict[str, dict[str, list[int]]] = {light: {} for light in self._widths}
        for (light, group), zone in self._zones.items():
            present, arrived = zone.look()
            if present or arrived:
                seen[light][group] = [present, arrived]
        self._tell({"second": int(now_s), "seen": seen})
        for light, state in self._hear().items():
            if len(state) != self._widths.get(light):
                raise SimulationError(
                    f"The state {state!r} does not fit light {light!r}.", where="driven lights"
                )
            if self._shown.get(light) != state:
                self._libsumo.trafficlight.setRedYellowGreenState(light, state)
                self._shown[light] = state

    def _tell(self, message: Mapping[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise PartnerGoneError from error

    def _hear(self) -> dict[str, str]:
        try:
            line = self._lines.readline()
        except OSError as error:
            raise PartnerGoneError from error
        if not line.endswith(b"\n"):
            raise PartnerGoneError
        states: dict[str, str] = json.loads(line)
        return states


class _Zone:
    """Ends of lanes before one stop line, or where people wait to cross."""

    def __init__(self, libsumo: Any, lanes: Sequence[str], walks: Sequence[str]) -> None:
        self._libsumo: Final = libsumo
        self._lanes: Final = [
            (lane, max(0.0, libsumo.lane.getLength(lane) - REACH_M)) for lane in lanes
        ]
        self._walks: Final = walks
        self._inside: set[str] = set()

    def look(self) -> tuple[int, int]:
        """How many are there, and how many of them have come since the last look."""
        vehicle, person = self._libsumo.vehicle, self._libsumo.person
        inside = {
            one
            for lane, low_m in self._lanes
            for one in self._libsumo.lane.getLastStepVehicleIDs(lane)
            if vehicle.getLanePosition(one) >= low_m
        }
        # Who walks through may want to go elsewhere: only who stands presses the button.
        inside |= {
            one
            for edge in self._walks
            for one in self._libsumo.edge.getLastStepPersonIDs(edge)
            if person.getWaitingTime(one) > 0
        }
        arrived = len(inside - self._inside)
        self._inside = inside
        return len(inside), arrived
