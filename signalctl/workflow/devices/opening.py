"""Devices opened from their entries, all at once, and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Final

from signalctl.controllers.device.device import Device
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.enumerations import FrameType
from signalctl.controllers.device.gbt20999.frame import Frame
from signalctl.controllers.device.gbt20999.links import (
    Connector,
    DialIn,
    tcp_connector,
    udp_connector,
)
from signalctl.controllers.device.gbt20999.safety import read_site
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.domain.errors import InputError, Unreachable
from signalctl.domain.frozen import FrozenMap
from signalctl.files.devices_schema import (
    DeviceEntry,
    DeviceList,
    GbtEntry,
    NtcipEntry,
    parse_range,
)
from signalctl.networks.network import Network
from signalctl.workflow.devices.credentials import credentials_of
from signalctl.workflow.devices.profiles import gbt_profile, ntcip_profile, port_of
from signalctl.workflow.devices.sites import (
    Commissioning,
    commissionings,
    gbt_phases,
    gbt_site,
    ntcip_site,
)

HELLO: Final = Frame(kind=FrameType.HEARTBEAT, controller=0, sequence=0)
"""What a controller that dials in is asked first."""


def spare_slots(entry: DeviceEntry) -> range:
    """The slots of a device that a push may write plans to."""
    return entry.spare_slots


@asynccontextmanager
async def open_devices(
    devices: DeviceList, network: Network, *, only: Iterable[str] | None = None
) -> AsyncIterator[Mapping[str, Device]]:
    """The devices by id, ready to be spoken to; `only` opens some of them.

    Nothing is asked of a device yet, unless its stages are to be read from it.
    Raises InputError for credentials, sites and ids that do not fit, Unreachable for
    a port of ours that cannot be opened.
    """
    wanted = devices.devices if only is None else entries_named(devices, only)
    made_for = commissionings(devices.model_copy(update={"devices": wanted}), network)
    listening: dict[tuple[str, int], DialIn] = {}
    found: dict[str, Device] = {}
    async with AsyncExitStack() as stack:
        exchange = Exchange()
        stack.callback(exchange.close)
        for entry in wanted:
            if isinstance(entry, NtcipEntry):
                device: Device = _ntcip(entry, devices, made_for[entry.id], exchange)
            else:
                device = await _gbt(entry, made_for[entry.id], listening, stack)
            stack.push_async_callback(device.close)
            found[entry.id] = device
        yield MappingProxyType(found)


def entries_named(devices: DeviceList, ids: Iterable[str]) -> tuple[DeviceEntry, ...]:
    """The entries with these ids, each once. Raises InputError for one that there is not."""
    known = {entry.id: entry for entry in devices.devices}
    wanted = list(dict.fromkeys(ids))
    for device_id in wanted:
        if device_id not in known:
            raise InputError(
                f"There is no device {device_id}.",
                where=str(devices.source or "devices"),
                remedy=f"Known devices: {', '.join(list(known)[:20])}"
                f"{', ...' if len(known) > 20 else ''}.",
            )
    return tuple(known[device_id] for device_id in wanted)


def _ntcip(
    entry: NtcipEntry, devices: DeviceList, made_for: Commissioning, exchange: Exchange
) -> NtcipDevice:
    where = (
        f"{devices.source}:{entry.line}: device {entry.id}"
        if devices.source is not None
        else f"device {entry.id}"
    )
    return NtcipDevice(
        entry.id,
        entry.host,
        ntcip_site(entry, made_for),
        credentials_of(entry.credentials, devices.folder, where=where),
        profile=ntcip_profile(entry),
        port=port_of(entry),
        exchange=exchange,
    )


async def _gbt(
    entry: GbtEntry,
    made_for: Commissioning,
    listening: dict[tuple[str, int], DialIn],
    stack: AsyncExitStack,
) -> GbtDevice:
    profile = gbt_profile(entry)
    port = port_of(entry)
    connect: Connector
    if entry.way == "udp":
        connect = udp_connector(entry.host, port)
    elif entry.way == "tcp":
        connect = tcp_connector(entry.host, port, escape=profile.tcp_escape)
    else:
        key = (entry.host, port)
        if key not in listening:
            listening[key] = await _listen(entry, port, escape=profile.tcp_escape)
            stack.push_async_callback(listening[key].close)
        connect = listening[key].connector(entry.controller, sum(profile.waits_s))
    address = Address(
        device_id=entry.id,
        controller=entry.controller,
        junction=entry.junction_number,
        host=entry.host_number,
    )
    session = Session(address, connect, profile)
    if entry.site is None or entry.site.stages is not None:
        return GbtDevice(session, gbt_site(entry, made_for))
    try:
        site = await read_site(
            session,
            made_for.junction,
            gbt_phases(entry.site),
            FrozenMap(entry.site.lamp_groups),
            cycles_s=parse_range(entry.cycles_s, "cycles_s"),
        )
    except BaseException:
        await session.close()
        raise
    return GbtDevice(session, site)


async def _listen(entry: GbtEntry, port: int, *, escape: bool) -> DialIn:
    dial_in = DialIn(escape=escape)
    try:
        await dial_in.listen(entry.host, port, HELLO)
    except OSError as error:
        raise Unreachable(
            f"TCP port {port} of {entry.host} cannot be opened: {error.strerror}.",
            where=f"device {entry.id}",
            remedy="Choose another port for controllers that dial in.",
        ) from error
    return dial_in
