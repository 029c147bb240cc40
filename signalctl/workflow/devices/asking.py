"""Devices asked what they do: all side by side, each answer with its age, silence as an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from signalctl.controllers.device.device import Device, Status
from signalctl.domain.errors import DeviceError, InputError
from signalctl.domain.fingerprint import junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.files.devices_schema import DeviceEntry, DeviceList, GbtEntry
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.workflow.devices.opening import open_devices

AT_ONCE: Final = 200
"""Devices spoken to at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one device answered; without a status `problem` is the error that came instead."""

    entry: DeviceEntry
    status: Status | None
    problem: DeviceError | None
    asked_at: datetime

    def age_s(self, now: datetime) -> float:
        """How old the reading is; of a device that was silent, since it was asked."""
        at = self.status.read_at if self.status is not None else self.asked_at
        return max(0.0, (now - at).total_seconds())


async def read_statuses(
    devices: DeviceList, network: Network, only: Iterable[str] | None = None
) -> tuple[Reading, ...]:
    """The status of all devices, or of some, asked side by side, in the order of the file.

    A device that fails is a reading without a status. Raises InputError for what is
    wrong in the file.
    """
    ids = [entry.id for entry in devices.devices] if only is None else list(only)
    # Opening a device whose stages are read from it may fail: it must not fail the others.
    entries = {entry.id: entry for entry in devices.devices}
    alone = [i for i in ids if i in entries and _reads_its_site(entries[i])]
    together = [i for i in ids if i not in alone]
    gate = asyncio.Semaphore(AT_ONCE)

    async def of(device: Device) -> Reading:
        entry, asked_at = entries[device.id], datetime.now(UTC)
        async with gate:
            try:
                status = await device.status()
            except DeviceError as error:
                return Reading(entry=entry, status=None, problem=error, asked_at=asked_at)
        return Reading(entry=entry, status=status, problem=None, asked_at=asked_at)

    async def opened(some: list[str]) -> list[Reading]:
        asked_at = datetime.now(UTC)
        try:
            async with open_devices(devices, network, only=some) as found:
                return list(await asyncio.gather(*(of(device) for device in found.values())))
        except DeviceError as error:
            return [
                Reading(entry=entries[i], status=None, problem=error, asked_at=asked_at)
                for i in some
            ]

    parts = [[i] for i in alone] + ([together] if together else [])
    answers = await asyncio.gather(*(opened(part) for part in parts))
    by_id = {reading.entry.id: reading for answer in answers for reading in answer}
    return tuple(by_id[i] for i in dict.fromkeys(ids))


def _reads_its_site(entry: DeviceEntry) -> bool:
    return isinstance(entry, GbtEntry) and entry.site is not None and entry.site.stages is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at a device: a status, or what went wrong."""

    at: datetime
    status: Status | None
    problem: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it different from another look."""
        if self.status is None:
            return (None, self.problem)
        s = self.status
        return s.mode, s.slot, s.commanded_slot, s.in_transition, s.greens, s.faults


async def changes(
    device: Device, every_s: float, seconds: float | None = None
) -> AsyncIterator[Seen]:
    """Looks at a device that differ from the one before, the first one included.

    A device that falls silent is a change, and so is its return. Ends after so many
    seconds, else never.
    """
    begun = asyncio.get_running_loop().time()
    before: tuple[object, ...] | None = None
    looks = 0
    while seconds is None or looks * every_s < seconds:
        try:
            seen = Seen(at=datetime.now(UTC), status=await device.status())
        except DeviceError as error:
            seen = Seen(at=datetime.now(UTC), status=None, problem=error.message)
        if seen.key != before:
            before = seen.key
            yield seen
        looks += 1
        now = asyncio.get_running_loop().time() - begun
        # Looks that a slow answer has missed are left out, not made up for.
        looks = max(looks, int(now / every_s))
        await asyncio.sleep(max(0.0, looks * every_s - now))


async def read_held_plan(device: Device, slot: int | None) -> tuple[int, TimingPlan]:
    """The plan in a slot, or in the one that runs. Raises InputError where there is none."""
    if slot is None:
        slot = (await device.status()).slot
        if slot is None:
            raise InputError(
                "It runs no plan now.",
                where=f"device {device.id}",
                remedy="Name a slot with --plan.",
            )
    plan = await device.read_plan(slot)
    if plan is None:
        raise InputError(f"Slot {slot} is empty.", where=f"device {device.id}")
    return slot, plan


def plan_set(plan: TimingPlan, junction: Junction, device_id: str, network: Network) -> PlanSet:
    """A plan read from a device as a plan file."""
    return PlanSet(
        name=f"{plan.name} of {device_id}",
        network_file=network.path.name,
        network_sha256=network.sha256,
        corridor=None,
        plans=FrozenMap({junction.id: plan}),
        junction_hashes=FrozenMap({junction.id: junction_fingerprint(junction)}),
    )


async def clock_difference(device: Device) -> tuple[datetime, timedelta]:
    """The device's clock, and by how much it is ahead of ours, half the way there taken off."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    shown = await device.clock()
    half = timedelta(seconds=(loop.time() - asked) / 2)
    return shown, shown - (datetime.now(UTC) - half)
