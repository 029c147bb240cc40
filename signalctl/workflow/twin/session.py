"""A twin from its files: devices opened, controllers emulated or met, pushes prepared, SUMO run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from signalctl.controllers.device.device import Device
from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.atomic import write_atomic
from signalctl.files.devices_file import DeviceList
from signalctl.files.plan_file import PlanSet
from signalctl.sim.run import prepared
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant, VariantKind
from signalctl.workflow.devices.opening import open_devices
from signalctl.workflow.emulation.cabinet_client import CabinetClient
from signalctl.workflow.emulation.street import SETTLE_S, Street
from signalctl.workflow.source import Source
from signalctl.workflow.twin.detector_wires import DetectorWires
from signalctl.workflow.twin.junction_wire import HOLD_S, JunctionWire, Patience
from signalctl.workflow.twin.planned import planned, push_desk
from signalctl.workflow.twin.streetside import StreetHere, Streetside, StreetThere, WallClock
from signalctl.workflow.twin.twin import BOOT_S, WARM_UP_S, Progress, TwinRun, run_twin

MONDAY_S: Final = 1_704_067_200
"""Midnight UTC before 1 January 2024, a Monday: the day that emulated controllers live in."""
ANSWER_S: Final = 0.6
"""How long a second of the wall clock waits for devices."""
_SECRETS: Final = {
    "community": "twin",
    "user": "twin",
    "authentication_key": "twin-of-this-process",
    "privacy_key": "twin-of-this-process",
}
"""What controllers in this process and their centre, also in it, call each other by."""


class Way(StrEnum):
    """Where the controllers are, and whose time they live in."""

    HERE = "here"
    """Emulated in this process, in lockstep with SUMO."""
    CABINET = "cabinet"
    """Emulated by another process, in lockstep through their cabinets."""
    REAL_TIME = "real-time"
    """At their own addresses, in their own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOrder:
    """What to run. `pushes` are plans, each with the simulated second it is pushed at.

    `begin_s`, `end_s`: other than the scenario's. `cabinet` is host and port. `issuer` is
    who pushes. `certificates` of plans pushed to emulated controllers in this process
    are issued on the spot, by the rules alone.
    """

    source: Source
    devices: DeviceList
    seed: int = 1
    begin_s: float | None = None
    end_s: float | None = None
    pushes: tuple[tuple[PlanSet, int], ...] = ()
    way: Way = Way.HERE
    cabinet: tuple[str, int] | None = None
    hold_s: int = HOLD_S
    warm_up_s: int = WARM_UP_S
    issuer: str
    keep_outputs: Path | None = None
    variant: Variant | None = None


async def twin(order: TwinOrder, progress: Progress | None = None) -> TwinRun:
    """Run a twin as ordered.

    Raises InputError for files that do not fit, DeviceError for what a push meets,
    SimulationError when SUMO fails. Silent devices are counted, not raised.
    """
    scenario = _period(order)
    network, entries = order.source.network, order.devices
    for entry in entries.devices:
        network.junction(entry.junction)
    async with AsyncExitStack() as stack:
        devices, street = await stack.enter_async_context(_street(order, scenario))
        patience = Patience(
            answer_s=None if street.waits else ANSWER_S,
            hold_s=order.hold_s,
        )
        wires = {
            entry.junction: JunctionWire(
                devices[entry.id],
                network.junction(entry.junction),
                patience,
                protocol=entry.protocol,
            )
            for entry in entries.devices
        }
        pushes = []
        if order.pushes:
            desk = stack.enter_context(
                push_desk(
                    [plan_set for plan_set, _ in order.pushes],
                    entries,
                    network,
                    devices,
                    issuer=order.issuer,
                    on_the_spot=order.way is Way.HERE,
                    waits=street.waits,
                )
            )
            pushes = [planned(plan_set, at_s, desk) for plan_set, at_s in order.pushes]
        ready = stack.enter_context(
            prepared(scenario, corridor_edges=_corridor_edges(order), approaches=True)
        )
        found = await run_twin(
            ready,
            network,
            wires,
            street,
            order.variant or Variant(name="twin", kind=VariantKind.DEVICES),
            order.seed,
            pushes=pushes,
            warm_up_s=order.warm_up_s,
            keep_outputs=order.keep_outputs,
            progress=progress,
        )
    return replace(found, run=replace(found.run, variant_fingerprint=_fingerprint(order)))


def _period(order: TwinOrder) -> Scenario:
    scenario = order.source.scenario
    if scenario is None:
        raise InputError(
            "A bare network has no demand to simulate.",
            remedy="Give a .sumocfg or a scenario file.",
        )
    return replace(
        scenario,
        begin_s=scenario.begin_s if order.begin_s is None else order.begin_s,
        end_s=scenario.end_s if order.end_s is None else order.end_s,
    )


def _corridor_edges(order: TwinOrder) -> set[str]:
    """The corridor that the pushed plans serve: its stops are counted."""
    corridors = [plan_set.corridor for plan_set, _ in order.pushes]
    return {
        edge
        for corridor in corridors
        if corridor is not None
        for way in corridor.directions.values()
        for edge in way.edges
    }


def _fingerprint(order: TwinOrder) -> str:
    """What was run instead of the shipped programs: devices by kind, plans by content."""
    return fingerprint(
        {
            "devices": [[e.junction, e.protocol] for e in order.devices.devices],
            "way": str(order.way),
            "pushes": [
                [at_s, {j: fingerprint(plan) for j, plan in plan_set.plans.items()}]
                for plan_set, at_s in order.pushes
            ],
        }
    )


@asynccontextmanager
async def _street(
    order: TwinOrder, scenario: Scenario
) -> AsyncIterator[tuple[Mapping[str, Device], Streetside]]:
    """The devices, opened, and what their controllers live by."""
    network = order.source.network
    async with AsyncExitStack() as stack:
        entries = order.devices
        if order.way is Way.HERE:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signalctl-")))
            lead_s = SETTLE_S + BOOT_S + order.warm_up_s
            begin_s = max(int(scenario.begin_s) - lead_s, 0)
            street = await stack.enter_async_context(
                Street(_here(entries, folder), network, start_s=MONDAY_S + SETTLE_S + begin_s)
            )
            devices = await stack.enter_async_context(open_devices(street.devices, network))
            wired = {
                entry.junction: (
                    entry.id,
                    {
                        seen.detector.number: seen.detector.group
                        for seen in street.controllers[entry.id].detectors.all()
                    },
                )
                for entry in entries.devices
            }
            yield devices, StreetHere(street, DetectorWires(wired))
            return
        client: CabinetClient | None = None
        wires: DetectorWires | None = None
        if order.cabinet is not None:
            client = await stack.enter_async_context(CabinetClient(*order.cabinet))
            wires = DetectorWires(await _wired(client, entries))
        devices = await stack.enter_async_context(open_devices(entries, network))
        if order.way is Way.REAL_TIME:
            yield devices, WallClock(client, wires)
            return
        if client is None or wires is None:
            raise InputError(
                "Lockstep with another process needs its cabinets.",
                where="--cabinet",
                remedy="Give the address that signalctl emulate --stepped --cabinet-port tells.",
            )
        yield devices, StreetThere(client, wires, (await client.lamps()).now_s)


async def _wired(
    client: CabinetClient, entries: DeviceList
) -> dict[str, tuple[str, Mapping[int, str]]]:
    about = await client.about()
    missing = [entry.id for entry in entries.devices if entry.id not in about]
    if missing:
        raise InputError(
            f"The cabinets know no device {missing[0]}.",
            where="--cabinet",
            remedy=f"They know {', '.join(list(about)[:20])}.",
        )
    return {entry.junction: (entry.id, about[entry.id].detectors) for entry in entries.devices}


def _here(entries: DeviceList, folder: Path) -> DeviceList:
    """The same devices at free ports of this machine, let in by a secret of this process."""
    secrets = folder / "credentials.json"
    secrets.touch(mode=0o600)
    write_atomic(secrets, json.dumps(_SECRETS))
    secrets.chmod(0o600)
    moved = []
    for entry in entries.devices:
        if entry.protocol == "ntcip1202":
            change = {"address": "127.0.0.1:0", "credentials": f"file:{secrets}"}
        else:
            change = {"address": "udp://127.0.0.1:0"}
        moved.append(entry.model_copy(update=change))
    found = entries.model_copy(update={"devices": tuple(moved)})
    found._source = entries.source
    return found
