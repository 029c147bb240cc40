"""Emulated controllers with a protocol each: set up, put on the wire, stepped.

A body is what the street needs of a controller whatever its protocol: its first
plan, its socket, and a tick after each second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol
from zlib import crc32

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Detector, Settings
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.agent_objects import AgentObjects
from signalctl.controllers.device.gbt20999.plan_mapping import as_held, record_of
from signalctl.controllers.device.ntcip1202.agent import Access, Agent, serve
from signalctl.controllers.device.ntcip1202.defaults import Sizes
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance
from signalctl.controllers.device.ntcip1202.plan_mapping import sequence_rows, to_objects
from signalctl.controllers.device.ntcip1202.profile import (
    Credentials,
    TransactionUse,
    VerifyNumbering,
)
from signalctl.controllers.device.ntcip1202.schedules import schedule_objects
from signalctl.controllers.device.ntcip1202.site_map import canonical
from signalctl.controllers.device.ntcip1202.store import Behaviour, Store
from signalctl.domain.errors import InputError, NotExpressible, Unreachable
from signalctl.domain.junction import GroupKind, Junction
from signalctl.files.devices_schema import DeviceEntry, GbtEntry, NtcipEntry
from signalctl.rules.registry import Profile as Rules
from signalctl.workflow.devices.profiles import gbt_profile, ntcip_profile, port_of
from signalctl.workflow.devices.sites import Commissioning, gbt_site, ntcip_site

FIRST_SLOT: Final = 1
"""Where the network's own program goes."""
ALL_DAY: Final = (DayPlanEntry(minute=0, slot=FIRST_SLOT),)
EVERY_DAY: Final = ScheduleEntry(
    months=frozenset(range(1, 13)),
    weekdays=frozenset(range(7)),
    days=frozenset(range(1, 32)),
    day_plan=1,
)
DIAL_AGAIN_S: Final = 1.0


class Body(Protocol):
    """An emulated controller, whatever it speaks."""

    entry: DeviceEntry
    controller: Controller
    runs: str
    """What it was set up with, in one sentence."""

    def prepare(self) -> None:
        """Make ready to live, once its memory is what it is to be."""

    async def open(self) -> int:
        """Listen; the port. Its faults begin."""

    def tick(self) -> None:
        """After each second of the controller."""

    async def close(self) -> None:
        """Let go of the socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all controllers of a street share, and the faults of one."""

    rules: Rules
    settings: Settings
    faults: Faults
    seed: int
    time_s: Callable[[], float]


def make_body(
    entry: DeviceEntry, made_for: Commissioning, setting: Setting, credentials: Credentials | None
) -> Body:
    """The controller of a device entry, its memory set up, not yet on the wire.

    `credentials` are what an NTCIP controller lets its centre in with.
    """
    if isinstance(entry, NtcipEntry):
        return NtcipBody(entry, made_for, setting, credentials or Credentials())
    return GbtBody(entry, made_for, setting)


def detectors(junction: Junction) -> tuple[Detector, ...]:
    """One detector for every vehicle group, numbered in the junction's order from 1."""
    vehicles = [
        group.id
        for group in junction.groups
        if group.kind not in (GroupKind.PEDESTRIAN, GroupKind.UNUSED)
    ]
    return tuple(Detector(number=n, group=group) for n, group in enumerate(vehicles, start=1))


def _controller(
    entry: DeviceEntry, made_for: Commissioning, setting: Setting, settings: Settings
) -> Controller:
    settings = replace(
        settings,
        device_id=entry.id,
        detectors=settings.detectors or detectors(made_for.junction),
    )
    controller = Controller(made_for.junction, setting.rules, settings, setting.faults)
    # It was set up while it was well: its faults begin with its service.
    memory = controller.memory
    memory.full, memory.wrong_readback, memory.crash_after = False, False, None
    return controller


def _in_service(controller: Controller, faults: Faults) -> None:
    controller.memory.full = faults.full_memory
    controller.memory.wrong_readback = faults.wrong_readback
    controller.memory.crash_after = 1 if faults.reboot_in_write else None


def _line(entry: DeviceEntry, setting: Setting, direction: int) -> Channel | None:
    """The line of a device in one direction, None for a good one."""
    on_the_way = replace(
        setting.faults,
        reboot_in_write=False,
        wrong_readback=False,
        full_memory=False,
        drift_ppm=0.0,
    )
    if on_the_way == Faults():
        return None
    return Channel(on_the_way, crc32(f"{setting.seed} {entry.id} {direction}".encode()))


class NtcipBody:
    """A controller behind an SNMP agent."""

    def __init__(
        self,
        entry: NtcipEntry,
        made_for: Commissioning,
        setting: Setting,
        credentials: Credentials,
    ) -> None:
        self.entry: DeviceEntry = entry
        self._setting: Final = setting
        self._credentials: Final = credentials
        self._profile: Final = ntcip_profile(entry)
        self._site: Final = ntcip_site(entry, made_for)
        self.controller = _controller(entry, made_for, setting, setting.settings)
        self.runs = self._set_up(made_for)
        self._agent: Agent | None = None
        self._store: Store | None = None

    def _set_up(self, made_for: Commissioning) -> str:
        plan = made_for.shipped
        if plan is None:
            return f"runs free: {made_for.reason}"
        memory = self.controller.memory
        rings = max(Sizes().ring, len(self._site.layout.sections[0]))
        try:
            order = sequence_rows(canonical(plan, self._site), self._site, rings)
            own = [
                bytes(p.number for section in self._site.layout.sections for p in section[ring])
                for ring in range(len(self._site.layout.sections[0]))
            ]
            made = to_objects(
                plan,
                self._site,
                self._profile.offset_reference,
                slot=FIRST_SLOT,
                sequence=1 if order[: len(own)] == own else 2,
                phases=self._site.phases,
                rings=rings,
            )
        except (NotExpressible, InputError) as error:
            return f"runs free, for its phases cannot show the network's program: {error.message}"
        actions: list[tuple[Oid, Value]] = [
            (instance("timebaseAscPattern", 1), FIRST_SLOT),
            (instance("dayPlanActionNumberOID", 1, 1), instance("timebaseAscActionNumber", 1)),
        ]
        days = schedule_objects(
            (EVERY_DAY,), {"maxTimeBaseScheduleEntries": Sizes().entry}, where=self.entry.id
        )
        for oid, value in (*made.written, *actions, *days):
            memory.keep(oid, value)
        return _told(plan.cycle_s)

    def prepare(self) -> None:
        """Make ready to live, once its memory is what it is to be."""
        self._store = self._made_store()

    def _made_store(self) -> Store:
        profile = self._profile
        return Store(
            self.controller,
            self._site,
            time_s=self._setting.time_s,
            reference=profile.offset_reference,
            behaviour=Behaviour(
                transactions=profile.transaction is not TransactionUse.NEVER,
                verify_base=int(profile.verify_numbering is VerifyNumbering.FROM_ONE),
            ),
            clock_unsigned=profile.clock_unsigned,
        )

    async def open(self) -> int:
        """Listen; the port. Raises Unreachable for a port in use."""
        store = self._store or self._made_store()
        credentials = self._credentials
        _in_service(self.controller, self._setting.faults)
        access = Access(
            write_community=credentials.community,
            user=credentials.user,
            authentication_key=credentials.authentication_key,
            privacy_key=credentials.privacy_key,
        )
        self._store = store
        self._agent = await serve(
            store,
            access,
            host=self.entry.host,
            port=port_of(self.entry),
            line_in=_line(self.entry, self._setting, 0),
            line_out=_line(self.entry, self._setting, 1),
        )
        return self._agent.port

    def tick(self) -> None:
        """After each second of the controller."""
        if self._store is not None:
            self._store.tick()

    async def close(self) -> None:
        """Let go of the socket."""
        if self._agent is not None:
            self._agent.close()
            self._agent = None
            await asyncio.sleep(0)


class GbtBody:
    """A controller behind a GB/T 20999 agent."""

    def __init__(self, entry: GbtEntry, made_for: Commissioning, setting: Setting) -> None:
        self.entry: DeviceEntry = entry
        self._gbt: Final = entry
        self._setting: Final = setting
        self._profile: Final = gbt_profile(entry)
        if entry.site is not None and entry.site.stages is None:
            raise InputError(
                f"device {entry.id}: an emulated controller has nobody to read its stages from.",
                remedy="Write the stages of its site, or leave the site out.",
            )
        self._site: Final = gbt_site(entry, made_for)
        settings = replace(setting.settings, stages=device_stages(self._site))
        self.controller = _controller(entry, made_for, setting, settings)
        self.runs = self._set_up(made_for)
        line = _line(entry, setting, 0)
        self._agent: Final = GbtAgent(
            self.controller,
            self._site,
            self._profile,
            number=entry.controller,
            disturb=None if line is None else lambda data: line.send(data, 0.0),
        )
        self._dialling: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        """Make ready to live: a GB/T controller is at once."""

    def objects(self) -> AgentObjects:
        """Its objects, to be set without a wire."""
        return AgentObjects(self.controller, self._site, self._profile, number=self._gbt.controller)

    def _set_up(self, made_for: Commissioning) -> str:
        plan = made_for.shipped
        if plan is None:
            return f"runs free: {made_for.reason}"
        memory = self.controller.memory
        try:
            held = as_held(plan, FIRST_SLOT, self._site)
            record_of(held, self._site, self._profile)
        except (NotExpressible, InputError) as error:
            return f"runs free, for its stages cannot show the network's program: {error.message}"
        memory.write_slot(FIRST_SLOT, held)
        memory.write_day_plan(1, ALL_DAY)
        memory.write_schedule((EVERY_DAY,))
        return _told(plan.cycle_s)

    async def open(self) -> int:
        """Listen, or dial its host; the port. Raises Unreachable for a port in use."""
        _in_service(self.controller, self._setting.faults)
        host, port = self.entry.host, port_of(self.entry)
        if self.entry.way == "dial-in":
            self._dialling = asyncio.create_task(self._dial(host, port))
            return port
        serve_ = self._agent.serve_udp if self.entry.way == "udp" else self._agent.serve_tcp
        try:
            return await serve_(host, port)
        except OSError as error:
            raise Unreachable(
                f"Port {port} of {host} cannot be opened: {error.strerror or error}.",
                where=f"device {self.entry.id}",
                remedy="Choose another port.",
            ) from error

    async def _dial(self, host: str, port: int) -> None:
        """Dial the host until it answers, and again whenever it has hung up."""
        while True:
            if not self._agent.connected:
                # Nobody listens yet: the host may not have started.
                with suppress(OSError):
                    await self._agent.dial_tcp(host, port)
            await asyncio.sleep(DIAL_AGAIN_S)

    def tick(self) -> None:
        """After each second of the controller."""
        self._agent.tick()

    async def close(self) -> None:
        """Let go of the sockets."""
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.gather(self._dialling, return_exceptions=True)
        await self._agent.close()


def _told(cycle_s: int) -> str:
    return f"runs the network's program, cycle {cycle_s} s, in slot {FIRST_SLOT}"
