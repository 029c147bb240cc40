"""signalctl emulate: controllers that run plans, on the wire, without a street."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson
from signalctl.cli.console import emit_json, remark, say
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.files.devices_file import DeviceList
    from signalctl.workflow.emulation.street import Street

SETTLE_S = 120
"""Seconds that the controllers have lived when they are ready: started, and at their offset."""


@app.command()
def emulate(
    protocol: Annotated[
        str | None, typer.Argument(metavar="[ntcip1202|gbt20999]", help="what they speak")
    ] = None,
    network: Annotated[
        Path | None, typer.Option("--network", help="network, configuration or scenario")
    ] = None,
    junction: Annotated[
        str, typer.Option(metavar="ID,ID,...", help="junctions to control; default: all")
    ] = "",
    devices: Annotated[
        Path | None, typer.Option("--devices", help="emulate what this devices file names instead")
    ] = None,
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="first port, the others follow; 0: any free ones"),
    ] = None,
    credentials: Annotated[
        str,
        typer.Option(metavar="env:NAME|file:PATH", help="what NTCIP controllers let one in with"),
    ] = "",
    plans: Annotated[
        list[Path] | None,
        typer.Option("--plans", help="plan file the controllers are set up for too; repeatable"),
    ] = None,
    speed: Annotated[float, typer.Option(help="seconds of theirs in one of ours")] = 1.0,
    stepped: Annotated[
        bool, typer.Option("--stepped", help="time passes by the cabinets' step alone")
    ] = False,
    fault: Annotated[
        str, typer.Option(help="drop=0.1,delay=2s,duplicate=,reorder=,truncate=,bitflip=,...")
    ] = "",
    seed: Annotated[int, typer.Option(help="seed of the faults")] = 1,
    cabinet_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="TCP port for detectors, lamps, switches; 0: any"),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="file that keeps the controllers' memory")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="CSV file of high-resolution events, begun anew")
    ] = None,
    write_devices: Annotated[
        Path | None, typer.Option("--write-devices", help="devices file to write for them")
    ] = None,
    seconds: Annotated[
        int | None, typer.Option(min=1, help="end after so many of their seconds")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Run emulated controllers until Ctrl-C: each runs the network's program and takes plans."""
    from signalctl.controllers.device.emulator.faults import parse_faults
    from signalctl.workflow.devices.sites import open_network
    from signalctl.workflow.emulation.listing import emulated_credentials, emulated_street
    from signalctl.workflow.emulation.street import Street

    faults = parse_faults(fault)
    if stepped and cabinet_port is None:
        raise InputError(
            "Nobody could step a street without cabinets.",
            where="--stepped",
            remedy="Give --cabinet-port too.",
        )
    named = _named(
        protocol=protocol,
        network=network,
        devices=devices,
        only_new=(junction, credentials, plans, write_devices, port),
    )
    secret = None
    if named is None:
        from signalctl.files.devices_file import read_devices

        listed = read_devices(_given(devices))
    else:
        protocol, network = named
        listed = emulated_street(
            network,
            protocol,
            tuple(part.strip() for part in junction.split(",")) if junction else None,
            host=host,
            port=port,
            credentials=credentials,
            commissioned=plans or [],
            written_to=write_devices,
        )
        secret = emulated_credentials(listed, write_devices)
    street = Street(
        listed,
        open_network(listed),
        faults={entry.id: faults for entry in listed.devices},
        speed=speed,
        settle_s=SETTLE_S,
        seed=seed,
        state=state,
        credentials=secret,
    )
    asyncio.run(
        _serve(
            street,
            stepped=stepped,
            cabinet=None if cabinet_port is None else (host, cabinet_port),
            events=events,
            write_devices=write_devices,
            seconds=seconds,
            as_json=as_json,
        )
    )
    return 0


def _named(
    *,
    protocol: str | None,
    network: Path | None,
    devices: Path | None,
    only_new: tuple[object, ...],
) -> tuple[str, Path] | None:
    """Protocol and network, None when a devices file says it all. Raises InputError."""
    from signalctl.workflow.emulation.listing import PROTOCOLS

    if devices is not None:
        if protocol or network or any(value not in (None, "", []) for value in only_new):
            raise InputError(
                "The devices file says what is emulated; name nothing else beside it.",
                where="--devices",
                remedy="Leave out the protocol, --network, --junction, --port, --plans, "
                "--credentials and --write-devices.",
            )
        return None
    if protocol is None or network is None:
        raise InputError(
            "It is not said what to emulate.",
            remedy="Write signalctl emulate ntcip1202 --network NET --junction ID, or "
            "signalctl emulate --devices devices.yaml.",
        )
    if protocol not in PROTOCOLS:
        raise InputError(
            f"There is no protocol {protocol!r}.", remedy=f"Known ones: {', '.join(PROTOCOLS)}."
        )
    return protocol, network


def _given(path: Path | None) -> Path:
    if path is None:
        raise InputError("No devices file is named.", where="--devices")
    return path


async def _serve(
    street: Street,
    *,
    stepped: bool,
    cabinet: tuple[str, int] | None,
    events: Path | None,
    write_devices: Path | None,
    seconds: int | None,
    as_json: bool,
) -> None:
    from signalctl.files.devices_file import write_devices as write
    from signalctl.workflow.emulation.cabinet import Cabinet
    from signalctl.workflow.emulation.event_file import EventFile

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(street)
        cabinet_at = ""
        if cabinet is not None:
            wires = Cabinet(street, stepped=stepped)
            stack.push_async_callback(wires.close)
            cabinet_at = f"{cabinet[0]}:{await wires.open(*cabinet)}"
        if events is not None:
            stack.enter_context(EventFile(events, street))
        if write_devices is not None:
            write(write_devices, street.devices, "Emulated controllers of one street.")
        _ready(street, street.devices, cabinet_at, as_json=as_json)
        living = asyncio.create_task(ended.wait() if stepped else street.run(seconds))
        stopping = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait((living, stopping), return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                await living
        finally:
            for task in (living, stopping):
                task.cancel()
            await asyncio.gather(living, stopping, return_exceptions=True)


def _ready(street: Street, devices: DeviceList, cabinet: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "devices": [
                    {
                        "id": entry.id,
                        "junction": entry.junction,
                        "protocol": entry.protocol,
                        "address": entry.address,
                        "runs": street.runs[entry.id],
                    }
                    for entry in devices.devices
                ],
                "cabinet": cabinet or None,
                "speed": street.fleet.speed,
            }
        )
    else:
        for entry in devices.devices:
            say(f"{entry.id}: {entry.protocol} at {entry.address}, {street.runs[entry.id]}")
        if cabinet:
            say(f"cabinets at {cabinet}")
    sys.stdout.flush()
    remark(f"{len(devices.devices)} controllers are ready; Ctrl-C ends them.")
