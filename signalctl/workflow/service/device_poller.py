"""Reads every device once a second, and keeps what was read with its moment.

The devices' turns are spread over the second: neither the line nor the devices see all
questions at once, and what is read stays as it is shown, at most a second old.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from signalctl.controllers.device.device import Device, Lamps, Status
from signalctl.domain.errors import SignalctlError, Unreachable
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.files.devices_schema import DeviceEntry
from signalctl.workflow.service.cycle_clock import CycleClock

EVERY_S: Final = 1.0
REREAD_S: Final = 300.0
"""How often a running plan is read again: somebody may have changed it at the cabinet."""
_AT_ONCE: Final = 50
_MOST_WAIT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of a device: its last good readings, and why the last attempt failed.

    `plan` is what the running slot holds, read when the device came to run it and every
    five minutes. `cycle_second` is the second of that plan's cycle, None where the lamps
    have not told it yet.
    """

    entry: DeviceEntry
    status: Status | None = None
    lamps: Lamps | None = None
    plan: TimingPlan | None = None
    plan_slot: int | None = None
    cycle_s: int | None = None
    cycle_second: int | None = None
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
        junctions: Mapping[str, Junction],
        told: Callable[[Sequence[Reading]], None],
    ) -> None:
        self._devices = devices
        self._told = told
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._readings = {entry.id: Reading(entry=entry) for entry in entries}
        self._clocks = {entry.id: CycleClock(junctions[entry.junction]) for entry in entries}
        self._silent: dict[str, tuple[float, float]] = {}
        self._reread_at: dict[str, float] = {}

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The newest readings, in the order of the devices."""
        return tuple(self._readings.values())

    def reread_plan(self, device_id: str) -> None:
        """What a slot holds may have changed: read it again when the device is next polled."""
        self._reread_at.pop(device_id, None)

    async def run(self) -> None:
        """Poll until cancelled."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for place, device_id in enumerate(self._readings):
                first = begun + EVERY_S * place / len(self._readings)
                group.create_task(self._follow(device_id, first))
            group.create_task(self._tell(begun + EVERY_S))

    async def _tell(self, due: float) -> None:
        while True:
            due = await _wait_for(due)
            self._told(self.readings)

    async def _follow(self, device_id: str, due: float) -> None:
        while True:
            due = await _wait_for(due)
            again_at, wait_s = self._silent.get(device_id, (0.0, EVERY_S))
            now = time.monotonic()
            if now < again_at:
                continue
            async with self._turns:
                try:
                    self._readings[device_id] = await self._read(device_id)
                except SignalctlError as error:
                    # A silent device is asked more and more seldom, so that it holds nobody up.
                    self._silent[device_id] = (now + wait_s, min(2.0 * wait_s, _MOST_WAIT_S))
                    self._readings[device_id] = replace(
                        self._readings[device_id], cycle_second=None, failure=error.message
                    )
                else:
                    self._silent.pop(device_id, None)

    async def _read(self, device_id: str) -> Reading:
        device = self._devices[device_id]
        status = await device.status()
        lamps = await device.lamps()
        plan, slot = await self._plan(device_id, status.slot)
        clock = self._clocks[device_id]
        second = clock.see(lamps, plan)
        return replace(
            self._readings[device_id],
            status=status,
            lamps=lamps,
            plan=plan,
            plan_slot=slot,
            cycle_s=clock.cycle_s,
            cycle_second=second,
            failure="",
        )

    async def _plan(self, device_id: str, slot: int | None) -> tuple[TimingPlan | None, int | None]:
        """The plan in the slot that runs, and which slot it was read from."""
        last, now = self._readings[device_id], time.monotonic()
        if slot is None:
            return None, None
        if slot == last.plan_slot and now < self._reread_at.get(device_id, 0.0):
            return last.plan, slot
        # Set before the question: who asks for another reading meanwhile gets one.
        self._reread_at[device_id] = now + REREAD_S
        try:
            plan = await self._devices[device_id].read_plan(slot)
        except Unreachable:
            self._reread_at.pop(device_id, None)
            raise
        except SignalctlError:
            # It runs something that we have no words for.
            plan = None
        # The same object while it is the same plan: whoever follows it goes on.
        return (last.plan if plan == last.plan else plan), slot


async def _wait_for(due: float) -> float:
    """Wait until a moment; the next one, whole periods later, and never in the past."""
    await asyncio.sleep(max(0.0, due - time.monotonic()))
    missed = max(0.0, time.monotonic() - due) // EVERY_S
    return due + EVERY_S * (1 + missed)
