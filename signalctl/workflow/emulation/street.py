"""A street of emulated controllers on the wire, real or accelerated, or stepped by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.fleet import Fleet
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.ntcip1202.profile import Credentials
from signalctl.domain.errors import InputError
from signalctl.files.devices_schema import DeviceList, NtcipEntry
from signalctl.networks.network import Network
from signalctl.rules.registry import profile as rules_named
from signalctl.workflow.devices.credentials import credentials_of
from signalctl.workflow.devices.sites import commissionings
from signalctl.workflow.emulation.bodies import Body, Setting, make_body
from signalctl.workflow.emulation.state_file import StateFile

SETTLE_S: Final = 60
"""Seconds lived before the controllers are reached: booted, started, under way."""


class Street:
    """Emulated controllers of both protocols at the addresses of a devices list.

    Use as `async with Street(...) as street`. Port 0 takes a free port; `devices` is
    the list with the ports that were taken, for `open_devices`. Time stands still
    until `step`, `live` or `run` is called. `start_s` is the first system second:
    seconds since 1970 UTC (default: now), or any number for a simulation.
    """

    def __init__(
        self,
        devices: DeviceList,
        network: Network,
        *,
        faults: Mapping[str, Faults] | None = None,
        speed: float = 1.0,
        start_s: int | None = None,
        settle_s: int = SETTLE_S,
        settings: Settings | None = None,
        seed: int = 1,
        state: Path | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        """`faults` are by device id, `settings` of all; `state` keeps their memory in a file.

        `credentials` let the centre in instead of those that the entries refer to.
        Raises InputError for junctions, sites and credentials that do not fit, and for a
        controller with two junctions: an emulated one has one.
        """
        _one_junction_each(devices)
        unknown = sorted(set(faults or {}) - {entry.id for entry in devices.devices})
        if unknown:
            raise InputError(f"There is no device {unknown[0]} to have faults.", where="--fault")
        made_for = commissionings(devices, network)
        rules = rules_named(devices.rules)
        self._bodies: Final[dict[str, Body]] = {}
        for entry in devices.devices:
            setting = Setting(
                rules=rules,
                settings=settings or Settings(),
                faults=(faults or {}).get(entry.id, Faults()),
                seed=seed,
                time_s=lambda: float(self.fleet.now_s),
            )
            own = credentials
            if own is None and isinstance(entry, NtcipEntry):
                own = credentials_of(entry.credentials, devices.folder, where=f"device {entry.id}")
            self._bodies[entry.id] = make_body(entry, made_for[entry.id], setting, own)
        self._settle_s: Final = settle_s
        self.fleet: Final = Fleet(
            {device_id: body.controller for device_id, body in self._bodies.items()},
            start_s=(int(time.time()) if start_s is None else start_s) - settle_s,
            speed=speed,
        )
        self.devices = devices
        """The devices list, with the ports that were taken once the street is open."""
        self.on_second: Final[list[Callable[[int], None]]] = []
        """Called with each second, after all controllers have lived it."""
        self._state: Final = None if state is None else StateFile(state, self._bodies)
        self._stack: Final = AsyncExitStack()

    @property
    def controllers(self) -> Mapping[str, Controller]:
        """The emulated controllers by device id: what is wired to them, and their lamps."""
        return self.fleet.controllers

    @property
    def runs(self) -> Mapping[str, str]:
        """What each controller was set up with, in one sentence, by device id."""
        return MappingProxyType({device_id: body.runs for device_id, body in self._bodies.items()})

    @property
    def now_s(self) -> int:
        """The system second last lived."""
        return self.fleet.now_s

    async def __aenter__(self) -> Self:
        """Restore kept memory, live until the controllers run, and open their sockets."""
        try:
            if self._state is not None:
                self._state.restore()
            for body in self._bodies.values():
                body.prepare()
            for _ in range(self._settle_s):
                self.fleet.step()
                for body in self._bodies.values():
                    body.tick()
            if self._state is not None:
                self._state.restore_clocks(self.now_s)
            ports: dict[str, int] = {}
            for device_id, body in self._bodies.items():
                self._stack.push_async_callback(body.close)
                ports[device_id] = await body.open()
        except BaseException:
            await self._stack.aclose()
            raise
        self.devices = _with_ports(self.devices, ports)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of all sockets, and keep the memory if it is kept."""
        await self._stack.aclose()
        self.save()

    def step(self) -> int:
        """Live one second by hand; which it was."""
        second = self.fleet.step()
        self._lived(second)
        return second

    def live(self, seconds: int) -> int:
        """Live so many seconds by hand; the last one."""
        for _ in range(seconds):
            self.step()
        return self.now_s

    async def run(self, seconds: int | None = None) -> None:
        """Live by the machine's clock at the street's speed, until cancelled or so long."""
        if self._state is None:
            await self.fleet.run(seconds, each_second=self._lived)
            return
        saving = asyncio.create_task(self._save_often())
        try:
            await self.fleet.run(seconds, each_second=self._lived)
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)

    def save(self) -> None:
        """Write the memory to the state file if there is one and anything changed."""
        if self._state is not None:
            self._state.save(self.now_s)

    async def _save_often(self) -> None:
        while True:
            self.save()
            await asyncio.sleep(0.1)

    def _lived(self, second: int) -> None:
        for body in self._bodies.values():
            body.tick()
        for told in self.on_second:
            told(second)
        self.save()


def _one_junction_each(devices: DeviceList) -> None:
    seen: dict[tuple[bool, str, int], str] = {}
    for entry in devices.devices:
        if entry.port == 0 or entry.way == "dial-in" or entry.port is None:
            continue
        other = seen.setdefault((entry.way == "udp", entry.host, entry.port), entry.id)
        if other != entry.id:
            raise InputError(
                f"device {entry.id}: {other} has the same address; an emulated controller "
                "serves one junction.",
                remedy="Give each emulated junction a port of its own.",
            )


def _with_ports(devices: DeviceList, ports: Mapping[str, int]) -> DeviceList:
    entries = []
    for entry in devices.devices:
        host = f"[{entry.host}]" if ":" in entry.host else entry.host
        way = "" if entry.protocol == "ntcip1202" else f"{entry.way}://"
        address = f"{way}{host}:{ports[entry.id]}"
        copied = entry.model_copy(update={"address": address})
        entries.append(copied)
    found = devices.model_copy(update={"devices": tuple(entries)})
    found._source = devices.source
    return found
