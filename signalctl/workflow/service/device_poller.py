"""Reads every device once a second, and keeps what was read with its moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from signalctl.controllers.device.device import Device, Lamps, Status
from signalctl.domain.errors import DeviceError
from signalctl.domain.plan import TimingPlan
from signalctl.files.devices_schema import DeviceEntry

EVERY_S: Final = 1.0
_AT_ONCE: Final = 50
_MOST_WAIT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of a device: its last good readings, and why the last attempt failed.

    `plan` is what the running slot holds, read when the device came to run it.
    """

    entry: DeviceEntry
    status: Status | None = None
    lamps: Lamps | None = None
    plan: TimingPlan | None = None
    plan_slot: int | None = None
    failure: str = ""

    @property
    def read_at(self) -> datetime | None:
        """When it last answered."""
        return None if self.status is None else self.status.read_at


class DevicePoller:
    """Polls devices on the loop it is run on; `readings` may be read from any thread."""

    def __init__(
        self,
        entries: Sequence[DeviceEntry],
        devices: Mapping[str, Device],
        told: Callable[[Sequence[Reading]], None],
    ) -> None:
        self._devices = devices
        self._told = told
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._readings = {entry.id: Reading(entry=entry) for entry in entries}
        self._silent: dict[str, tuple[float, float]] = {}

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The newest readings, in the order of the devices."""
        return tuple(self._readings.values())

    def reread_plan(self, device_id: str) -> None:
        """What a slot holds may have changed: read it again when the device is next polled."""
        reading = self._readings.get(device_id)
        if reading is not None:
            self._readings[device_id] = replace(reading, plan_slot=None)

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            begun = time.monotonic()
            await asyncio.gather(*(self._poll(device_id) for device_id in self._readings))
            self._told(self.readings)
            await asyncio.sleep(max(0.1, EVERY_S - (time.monotonic() - begun)))

    async def _poll(self, device_id: str) -> None:
        now = time.monotonic()
        again_at, wait_s = self._silent.get(device_id, (0.0, EVERY_S))
        if now < again_at:
            return
        async with self._turns:
            try:
                self._readings[device_id] = await self._read(device_id)
            except DeviceError as error:
                # A silent device is asked more and more seldom, so that it holds nobody up.
                self._silent[device_id] = (now + wait_s, min(2.0 * wait_s, _MOST_WAIT_S))
                self._readings[device_id] = replace(
                    self._readings[device_id], failure=error.message
                )
            else:
                self._silent.pop(device_id, None)

    async def _read(self, device_id: str) -> Reading:
        device, last = self._devices[device_id], self._readings[device_id]
        status = await device.status()
        lamps = await device.lamps()
        plan, slot = last.plan, last.plan_slot
        if status.slot is None:
            plan, slot = None, None
        elif status.slot != slot:
            plan, slot = await device.read_plan(status.slot), status.slot
        return replace(last, status=status, lamps=lamps, plan=plan, plan_slot=slot, failure="")
