"""signalctl device: what controllers on the street hold and do, over their own protocols."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson
from signalctl.cli.console import emit_json, say, table
from signalctl.cli.device_text import (
    WatchText,
    event_json,
    reading_json,
    reading_row,
    seen_json,
    status_lines,
)

if TYPE_CHECKING:
    from signalctl.controllers.device.device import Device
    from signalctl.files.devices_file import DeviceEntry, DeviceList
    from signalctl.networks.network import Network

device = typer.Typer(help="Controllers on the street: what they hold and do.")
app.add_typer(device, name="device", no_args_is_help=True)

DevicesFile: TypeAlias = Annotated[
    Path, typer.Option("--devices", envvar="SIGNALCTL_DEVICES", help="devices file")
]
DeviceId: TypeAlias = Annotated[str, typer.Argument(metavar="DEVICE", help="id in the file")]
DEFAULT = Path("devices.yaml")
Answer = TypeVar("Answer")


@device.command("list")
def list_devices(devices: DevicesFile = DEFAULT, as_json: AsJson = False) -> int:
    """Name the devices of a devices file; nothing is asked of them."""
    from signalctl.files.devices_file import read_devices

    listed = read_devices(devices)
    if as_json:
        emit_json(
            {
                "network": listed.network,
                "rules": listed.rules,
                "approval": listed.approval,
                "devices": [
                    {
                        "id": entry.id,
                        "junction": entry.junction,
                        "protocol": entry.protocol,
                        "address": entry.address,
                        "slots": entry.slots,
                    }
                    for entry in listed.devices
                ],
            }
        )
        return 0
    table(
        ("device", "junction", "protocol", "address", "slots for pushes"),
        [(e.id, e.junction, e.protocol, e.address, e.slots) for e in listed.devices],
    )
    return 0


@device.command()
def status(
    device_id: Annotated[
        str | None, typer.Argument(metavar="[DEVICE]", help="id in the file; default: all")
    ] = None,
    devices: DevicesFile = DEFAULT,
    as_json: AsJson = False,
) -> int:
    """Say what devices do now; exit 3 when one did not answer."""
    from signalctl.workflow.devices.asking import read_statuses

    listed, network = _opened(devices)
    only = None if device_id is None else [device_id]
    readings = asyncio.run(read_statuses(listed, network, only))
    now = datetime.now(UTC)
    if as_json:
        emit_json({"devices": [reading_json(reading, now) for reading in readings]})
    elif device_id is not None:
        for line in status_lines(readings[0], now):
            say(line)
    else:
        table(
            ("device", "junction", "mode", "slot", "commanded", "second", "age s", "remarks"),
            [reading_row(reading, now) for reading in readings],
        )
        silent = sum(reading.status is None for reading in readings)
        say(f"{len(readings)} devices, {silent} without an answer.")
    return 3 if any(reading.status is None for reading in readings) else 0


@device.command()
def read(
    device_id: DeviceId,
    plan: Annotated[
        int | None, typer.Option(min=1, help="slot to read; default: the one that runs")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="plan file to write; default: print it")
    ] = None,
    devices: DevicesFile = DEFAULT,
    as_json: AsJson = False,
) -> int:
    """Read a plan from a device into a plan file."""
    from signalctl.files.plan_file import dump_plans, write_plans
    from signalctl.workflow.devices.asking import plan_set, read_held_plan

    listed, network = _opened(devices)
    slot, held = _ask(listed, network, device_id, lambda one: read_held_plan(one, plan))
    junction = network.junction(held.junction_id)
    found = plan_set(held, junction, device_id, network)
    comment = f"Read from device {device_id}, slot {slot}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    if output is not None:
        write_plans(output, found, comment)
    if as_json:
        emit_json(
            {
                "device": device_id,
                "slot": slot,
                "junction": held.junction_id,
                "cycle_s": held.cycle_s,
                "offset_s": held.offset.seconds,
                "written": None if output is None else str(output),
                "plan": dump_plans(found, comment),
            }
        )
    elif output is not None:
        say(f"{output}: slot {slot} of {device_id}, cycle {held.cycle_s} s.")
    else:
        say(dump_plans(found, comment).rstrip())
    return 0


@device.command()
def watch(
    device_id: DeviceId,
    every: Annotated[float, typer.Option(min=0.1, help="seconds from look to look")] = 1.0,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="end after so long; default: Ctrl-C")
    ] = None,
    devices: DevicesFile = DEFAULT,
    as_json: AsJson = False,
) -> int:
    """Print a line for each change: mode, slot, which groups are green; --json: one a line."""
    import json
    import sys

    from signalctl.workflow.devices.asking import changes

    listed, network = _opened(devices)
    junction = network.junction(_entry(listed, device_id).junction)
    text = WatchText(junction)

    async def follow(one: Device) -> None:
        async for seen in changes(one, every, seconds):
            if as_json:
                say(json.dumps(seen_json(seen)))
            else:
                for line in text.lines(seen):
                    say(line)
            sys.stdout.flush()

    _ask(listed, network, device_id, follow)
    return 0


@device.command()
def events(device_id: DeviceId, devices: DevicesFile = DEFAULT, as_json: AsJson = False) -> int:
    """Print the events that a device has noted."""
    listed, network = _opened(devices)
    noted = _ask(listed, network, device_id, lambda one: one.events())
    if as_json:
        emit_json({"device": device_id, "events": [event_json(event) for event in noted]})
    elif noted:
        table(
            ("at (UTC)", "code", "parameter", "what"),
            [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.code, e.parameter, e.text) for e in noted],
        )
    elif _entry(listed, device_id).protocol == "ntcip1202":
        say("No events: NTCIP 1202 has no objects for them, such controllers keep them in files.")
    else:
        say("The device has noted no events.")
    return 0


@device.command()
def clock(
    device_id: DeviceId,
    set_now: Annotated[bool, typer.Option("--set", help="set it to this machine's time")] = False,
    devices: DevicesFile = DEFAULT,
    as_json: AsJson = False,
) -> int:
    """Read a device's clock, and set it if asked to."""
    from signalctl.workflow.devices.asking import clock_difference

    listed, network = _opened(devices)

    async def read_and_set(one: Device) -> list[tuple[datetime, float]]:
        looks = [await clock_difference(one)]
        if set_now:
            await one.set_clock(datetime.now(UTC))
            looks.append(await clock_difference(one))
        return [(shown, ahead.total_seconds()) for shown, ahead in looks]

    looks = _ask(listed, network, device_id, read_and_set)
    shown, ahead_s = looks[-1]
    if as_json:
        emit_json(
            {
                "device": device_id,
                "clock": shown.isoformat(),
                "ahead_s": round(ahead_s, 1),
                "set": set_now,
                "was_ahead_s": round(looks[0][1], 1),
            }
        )
        return 0
    was = f", was {looks[0][1]:+.1f} s" if set_now else ""
    say(f"{device_id}: {shown:%Y-%m-%d %H:%M:%S} UTC, {ahead_s:+.1f} s from ours{was}.")
    return 0


def _opened(path: Path) -> tuple[DeviceList, Network]:
    from signalctl.files.devices_file import read_devices
    from signalctl.workflow.devices.sites import open_network

    listed = read_devices(path)
    return listed, open_network(listed)


def _entry(listed: DeviceList, device_id: str) -> DeviceEntry:
    from signalctl.workflow.devices.opening import entries_named

    return entries_named(listed, [device_id])[0]


def _ask(
    listed: DeviceList,
    network: Network,
    device_id: str,
    asked: Callable[[Device], Awaitable[Answer]],
) -> Answer:
    from signalctl.workflow.devices.opening import open_devices

    async def whole() -> Answer:
        async with open_devices(listed, network, only=[device_id]) as found:
            return await asked(found[device_id])

    return asyncio.run(whole())
