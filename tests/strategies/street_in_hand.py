"""A street of emulated controllers as tests put it on free ports, and act on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from signalctl.controllers.device.device import Device, Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.files.devices_file import DeviceList
from signalctl.networks.network import Network
from signalctl.workflow.devices import open_devices
from signalctl.workflow.emulation import Street
from signalctl.workflow.emulation.listing import emulated_list

START_S = 1_700_000_000
PROTOCOLS = ("ntcip1202", "gbt20999")
QUICK: dict[str, dict[str, object]] = {
    "ntcip1202": {"timeout_s": 0.5},
    "gbt20999": {"waits_s": [0.5, 0.5]},
}


def listed(network: Network, protocol: str, *junctions: str, **more: object) -> DeviceList:
    return emulated_list(
        network.path,
        protocol,
        junctions,
        port=0,
        credentials="env:THEM",
        settings={**QUICK[protocol], **more},
    )


def mode_of(controller: Controller) -> Mode:
    return controller.state.mode


def answering(controller: Controller) -> bool:
    return controller.answers


Act = Callable[[Street, Device], Awaitable[None]]


def on_street(network: Network, devices: DeviceList, act: Act, **options: object) -> None:
    """Act on the first device of a street."""

    async def whole() -> None:
        async with (
            Street(devices, network, start_s=START_S, **options) as street,  # type: ignore[arg-type]  # options of a test
            open_devices(street.devices, network) as found,
        ):
            await act(street, found[devices.devices[0].id])

    asyncio.run(whole())
