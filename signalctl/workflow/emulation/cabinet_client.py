"""The other end of the cabinets' wires: a simulation or a test that stands in for the street."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from signalctl.domain.errors import InputError, Unreachable

MOST_ANSWER: Final = 64 * 1024 * 1024
WAIT_S: Final = 60.0

Input = tuple[str, int, bool, int]
"""A detector input: device, detector, whether occupied, vehicles that came since the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """What is wired to one controller: groups in the order of the lamps, and detectors."""

    junction: str
    protocol: str
    groups: tuple[str, ...]
    detectors: Mapping[int, str]
    """Group by detector number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What all lamps show in a second: one letter a group, by device."""

    now_s: int
    lamps: Mapping[str, str]


class CabinetClient:
    """Drives cabinets that another process serves. Use as `async with`."""

    def __init__(self, host: str, port: int) -> None:
        self._host: Final = host
        self._port: Final = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn: Final = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Connect. Raises Unreachable."""
        try:
            self._streams = await asyncio.wait_for(
                asyncio.open_connection(self._host, self._port, limit=MOST_ANSWER), WAIT_S
            )
        except (OSError, TimeoutError) as error:
            raise self._gone(str(error) or "no answer") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def about(self) -> Mapping[str, Wired]:
        """What is wired to each controller, by device id."""
        found = await self._ask({"do": "about"})
        return {
            device_id: Wired(
                junction=held["junction"],
                protocol=held["protocol"],
                groups=tuple(held["groups"]),
                detectors=dict(held["detectors"]),
            )
            for device_id, held in found["devices"].items()
        }

    async def lamps(self) -> Shown:
        """What the lamps show now."""
        return _shown(await self._ask({"do": "lamps"}))

    async def step(self, seconds: int = 1, inputs: Iterable[Input] = ()) -> Shown:
        """Give inputs, let seconds pass on a street stepped by hand, and see the lamps."""
        return _shown(await self._ask({"do": "step", "seconds": seconds, "inputs": list(inputs)}))

    async def detect(self, inputs: Iterable[Input]) -> Shown:
        """Give inputs. What the lamps show is what they showed before."""
        return _shown(await self._ask({"do": "detect", "inputs": list(inputs)}))

    async def manual(self, device_id: str, mode: str | None) -> None:
        """The switch: flash, all-red, dark, None for automatic."""
        await self._ask({"do": "manual", "device": device_id, "mode": mode})

    async def preempt(self, device_id: str, active: bool) -> None:
        """The preemption input."""
        await self._ask({"do": "preempt", "device": device_id, "active": active})

    async def power(self, device_id: str, state: str) -> None:
        """off, on or restart."""
        await self._ask({"do": "power", "device": device_id, "state": state})

    async def fault(
        self, device_id: str, kind: str, text: str | None, *, flash: bool = False
    ) -> None:
        """A fault appears, or with text None is over."""
        asked = {"do": "fault", "device": device_id, "kind": kind, "text": text, "flash": flash}
        await self._ask(asked)

    async def _ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One line there, one back. Raises InputError for a refusal, Unreachable."""
        if self._streams is None:
            raise self._gone("not connected")
        reader, writer = self._streams
        async with self._turn:
            try:
                writer.write(json.dumps(asked).encode() + b"\n")
                await writer.drain()
                line = await asyncio.wait_for(reader.readline(), WAIT_S)
            except (OSError, TimeoutError, ValueError) as error:
                raise self._gone(str(error) or "no answer in time") from error
        if not line:
            raise self._gone("it hung up")
        found = json.loads(line)
        if not isinstance(found, dict):
            raise self._gone("it speaks another language")
        if "error" in found:
            raise InputError(found["error"]["message"], where="cabinet")
        return found

    def _gone(self, why: str) -> Unreachable:
        return Unreachable(
            f"The cabinets cannot be reached: {why}.",
            where=f"{self._host}:{self._port}",
            remedy="Is signalctl emulate running with --cabinet-port?",
        )


def _shown(found: Mapping[str, Any]) -> Shown:
    return Shown(now_s=int(found["now_s"]), lamps=dict(found["lamps"]))
