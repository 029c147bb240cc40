"""The cabinet side of emulated controllers: what is wired to them, not spoken.

Detector inputs, lamp outputs, the switch, the preemption input, power, faults, and in
hand-stepped mode the passing of time: so that another process (a simulation, a test)
can stand in for the street. One JSON object a line each way over TCP; lines are
bounded. There is no secret in it and no guard before it: it belongs on localhost.

    {"do": "step", "seconds": 1, "inputs": [["J1", 3, true, 1]]}
    {"now_s": 1700000001, "lamps": {"J1": "GGrr"}}
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.domain.errors import InputError, SignalctlError, Unreachable
from signalctl.workflow.emulation.street import Street

MOST_LINE: Final = 1024 * 1024
"""Bytes of a line: a second's detectors of a thousand junctions are below it."""
MOST_CLIENTS: Final = 16
MOST_STEPS: Final = 3600
STEPS_AT_ONCE: Final = 5
MOST_VEHICLES: Final = 100
_POWER: Final[dict[str, Callable[[Controller], None]]] = {
    "off": Controller.power_off,
    "on": Controller.power_on,
    "restart": Controller.restart,
}


class Cabinet:
    """Serves the cabinets of a street. `stepped`: time passes by `step` alone."""

    def __init__(self, street: Street, *, stepped: bool = False) -> None:
        self._street: Final = street
        self._stepped: Final = stepped
        self._server: asyncio.Server | None = None
        self._clients: Final[set[asyncio.StreamWriter]] = set()
        self._stepping: Final = asyncio.Lock()
        self._acts: Final[dict[str, Callable[[Mapping[str, Any]], None]]] = {
            "detect": self._detect,
            "manual": self._manual,
            "preempt": self._preempt,
            "power": self._power,
            "fault": self._fault,
        }

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port. Raises Unreachable for a port in use."""
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=MOST_LINE)
        except OSError as error:
            raise Unreachable(
                f"The cabinets' TCP port {port} cannot be opened: {error.strerror or error}.",
                where=host,
                remedy="Choose another one with --cabinet-port.",
            ) from error
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Let go of the port and hang up."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._clients):
            writer.close()
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= MOST_CLIENTS:
            writer.close()
            return
        self._clients.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            # Whoever was connected is gone, or the cabinet closes: both are no fault.
            return
        except ValueError:
            writer.write(_refusal(f"A line has at most {MOST_LINE} bytes."))
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = _object(line)
            do = asked.get("do")
            if do == "about":
                return self._about()
            if do == "step":
                return await self._step(asked)
            if isinstance(do, str) and do in self._acts:
                self._acts[do](asked)
            elif do != "lamps":
                raise InputError(
                    f"A cabinet does not know {do!r:.40}.",
                    remedy=f"Known: about, lamps, step, {', '.join(self._acts)}.",
                )
            return self._lamps()
        except SignalctlError as error:
            return {"error": {"code": error.code, "message": str(error)}}

    def _about(self) -> dict[str, Any]:
        return {
            "now_s": self._street.now_s,
            "stepped": self._stepped,
            "devices": {
                entry.id: {
                    "junction": entry.junction,
                    "protocol": entry.protocol,
                    "groups": list(self._street.controllers[entry.id].junction.group_ids),
                    "detectors": [
                        [seen.detector.number, seen.detector.group]
                        for seen in self._street.controllers[entry.id].detectors.all()
                    ],
                }
                for entry in self._street.devices.devices
            },
        }

    def _lamps(self) -> dict[str, Any]:
        return {
            "now_s": self._street.now_s,
            "lamps": {
                device_id: "".join(controller.lamps[g] for g in controller.junction.group_ids)
                for device_id, controller in self._street.controllers.items()
            },
        }

    async def _step(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if not self._stepped:
            raise InputError(
                "The street lives by its own clock.", remedy="Start it with --stepped to step it."
            )
        seconds = asked.get("seconds", 1)
        if not _is_whole(seconds) or not 1 <= seconds <= MOST_STEPS:
            raise InputError(f"seconds is a whole number from 1 to {MOST_STEPS}.")
        async with self._stepping:
            if "inputs" in asked:
                self._detect(asked)
            for number in range(1, seconds + 1):
                self._street.step()
                if number % STEPS_AT_ONCE == 0:
                    await asyncio.sleep(0)
        return self._lamps()

    def _detect(self, asked: Mapping[str, Any]) -> None:
        """All inputs are checked before the first one is taken."""
        inputs = asked.get("inputs")
        if not isinstance(inputs, list):
            raise InputError("inputs is a list of [device, detector, occupied, vehicles].")
        checked = []
        for row in inputs:
            if not (
                isinstance(row, list)
                and len(row) == 4
                and _is_whole(row[1])
                and isinstance(row[2], bool)
                and _is_whole(row[3])
                and 0 <= row[3] <= MOST_VEHICLES
            ):
                raise InputError(
                    f"An input is [device, detector, true|false, vehicles 0-{MOST_VEHICLES}]."
                )
            controller = self._controller(row[0])
            if all(seen.detector.number != row[1] for seen in controller.detectors.all()):
                raise InputError(f"Device {row[0]} has no detector {row[1]}.")
            checked.append((controller, row))
        for controller, (_, number, occupied, vehicles) in checked:
            controller.detect(number, occupied, vehicles)

    def _manual(self, asked: Mapping[str, Any]) -> None:
        mode = asked.get("mode")
        known = {"flash": Mode.FLASH, "all-red": Mode.ALL_RED, "dark": Mode.DARK}
        if mode is not None and mode not in known:
            raise InputError("mode is flash, all-red, dark, or null for automatic.")
        self._controller(asked.get("device")).set_manual(None if mode is None else known[mode])

    def _preempt(self, asked: Mapping[str, Any]) -> None:
        self._controller(asked.get("device")).preempt(_flag(asked, "active"))

    def _power(self, asked: Mapping[str, Any]) -> None:
        state = asked.get("state")
        if not isinstance(state, str) or state not in _POWER:
            raise InputError("state is off, on or restart.")
        _POWER[state](self._controller(asked.get("device")))

    def _fault(self, asked: Mapping[str, Any]) -> None:
        kind, text = asked.get("kind"), asked.get("text")
        if not isinstance(kind, str) or not 1 <= len(kind) <= 64:
            raise InputError("kind is the name of a fault, such as conflict, lamp or detector.")
        controller = self._controller(asked.get("device"))
        if text is None:
            controller.clear_fault(kind)
        elif isinstance(text, str) and len(text) <= 256:
            flash = _flag(asked, "flash") if "flash" in asked else False
            controller.raise_fault(kind, text, flash=flash)
        else:
            raise InputError("text is a sentence, or null for a fault that is over.")

    def _controller(self, device_id: object) -> Controller:
        found = self._street.controllers.get(device_id) if isinstance(device_id, str) else None
        if found is None:
            raise InputError(f"There is no device {device_id!r:.80}.")
        return found


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("A line is one JSON object.") from None
    if not isinstance(found, dict):
        raise InputError("A line is one JSON object.")
    return found


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _flag(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    if not isinstance(value, bool):
        raise InputError(f"{name} is true or false.")
    return value


def _refusal(message: str) -> bytes:
    return json.dumps({"error": {"code": "bad-input", "message": message}}).encode() + b"\n"
