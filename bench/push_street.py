"""A street for pushes: emulated controllers of both protocols on real sockets, and their faults.

Small crossings, so that a push takes as few messages as it can. Every device first runs
its old plan, commanded by the centre, in slot 1; its own schedule, which it falls back to
with a loss of power, names slot 5; another good plan of somebody else's stands in slot 6;
slots 2 to 4 are for pushes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from signalctl.controllers.device.device import DayPlanEntry, Device, ScheduleEntry
from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.enumerations import FrameType, StatusCode
from signalctl.controllers.device.gbt20999.frame import Frame, Item
from signalctl.controllers.device.gbt20999.links import Reply, udp_connector
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.gbt20999.site_map import SiteMap as GbtSite
from signalctl.controllers.device.gbt20999.site_map import site_map_for
from signalctl.controllers.device.ntcip1202.adapter import SYSTEM_PATTERN, NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, serve
from signalctl.controllers.device.ntcip1202.defaults import Sizes
from signalctl.controllers.device.ntcip1202.profile import PROFILES, Credentials
from signalctl.controllers.device.ntcip1202.site_map import SiteMap as NtcipSite
from signalctl.controllers.device.ntcip1202.store import Store
from signalctl.controllers.device.ntcip1202.transaction import SetRefused, SetStatus
from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.registry import profile

HOST: Final = "127.0.0.1"
OLD_SLOT, SCHEDULED_SLOT, OTHER_SLOT = 1, 5, 6
SLOTS: Final = range(2, 5)
START_S: Final = 1_700_000_000
COMMUNITY: Final = Credentials(community="writing")
_ACCESS: Final = Access(read_community="reading", write_community="writing")
_SIZES: Final = Sizes(
    phase=2,
    ring=1,
    pattern=6,
    split=6,
    sequence=2,
    action=6,
    entry=4,
    day_plan=3,
    event=4,
    preempt=1,
    overlap=1,
)


class Kind(StrEnum):
    """The protocol of a device."""

    NTCIP = "ntcip1202"
    GBT = "gbt20999"


class Line(Channel):
    """One direction of a line whose faults are switched on and off."""

    def __init__(self, seed: int) -> None:
        super().__init__(Faults(), seed)
        self._seed: Final = seed
        self._line = Channel(Faults(), seed)

    def switch(self, faults: Faults) -> None:
        """From now on the line is like this."""
        self._line = Channel(faults, self._seed)

    def send(self, datagram: bytes, at_s: float) -> list[tuple[float, bytes]]:
        """As `Channel.send`."""
        return self._line.send(datagram, at_s)


class StubbornStore(Store):
    """An NTCIP store that refuses every change while `refuses`."""

    refuses = False

    def set(self, pairs: Any, writer: str) -> None:
        """As `Store.set`. Raises SetRefused."""
        if self.refuses:
            raise SetRefused(SetStatus.GEN_ERR, 1)
        super().set(pairs, writer)


class StubbornAgent(GbtAgent):
    """A GB/T agent that refuses every change while `refuses`."""

    refuses = False

    def receive(self, frame: Frame, reply: Reply) -> None:
        """As `GbtAgent.receive`."""
        if self.refuses and frame.kind is FrameType.SET and self._objects.controller.answers:
            refused = bytes([StatusCode.CONTROL_FAILED])
            self._answer(frame, reply, [], [Item(i.index, i.id, refused) for i in frame.items])
            return
        super().receive(frame, reply)


@dataclass
class Place:
    """One emulated controller, its line, and how it can be told to refuse."""

    device_id: str
    kind: Kind
    junction: Junction
    controller: Controller
    line_in: Line
    line_out: Line
    refuse: Callable[[bool], None]
    command: Callable[[int], None]
    """What another centre does: command a slot."""
    tick: Callable[[], None]
    port: int = 0
    close: Callable[[], Any] | None = None


def junction(junction_id: str) -> Junction:
    """Two groups that cross."""
    groups = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.VEHICLE,
            approach=name,
            movements=(Movement.THROUGH,),
            links=(link,),
            min_green_s=5,
        )
        for link, name in enumerate(("E", "N"))
    )
    return Junction(
        id=junction_id,
        groups=groups,
        conflicts=ConflictMatrix(hard=frozenset({("E", "N")})),
        intergreens=IntergreenMatrix.of({("E", "N"): 5, ("N", "E"): 5}),
    )


def plan(junction_id: str, kind: Kind, name: str, east_s: int, offset_s: int) -> TimingPlan:
    """A plan of 40 s, in the form that the protocol speaks."""
    splits = (("E", east_s), ("N", 40 - east_s))
    form: StageSequence | RingBarrier
    if kind is Kind.GBT:
        form = StageSequence(
            stages=tuple(
                Stage(id=g, split_s=s, greens=FrozenMap({g: GreenKind.PROTECTED}))
                for g, s in splits
            )
        )
    else:
        form = RingBarrier(
            sections=((tuple(_phase(2 * n, *split) for n, split in enumerate(splits, start=1)),),)
        )
    return TimingPlan(
        junction_id=junction_id, name=name, cycle_s=40, offset=Offset(seconds=offset_s), form=form
    )


def _phase(number: int, group: str, split_s: int) -> Phase:
    return Phase(
        number=number,
        split_s=split_s,
        greens=FrozenMap({group: GreenKind.PROTECTED}),
        amber_s=3,
        red_clearance_s=2,
    )


def old_plan(junction_id: str, kind: Kind) -> TimingPlan:
    """What runs before the first push."""
    return plan(junction_id, kind, "old", 20, 0)


def scheduled_plan(junction_id: str, kind: Kind) -> TimingPlan:
    """What its own schedule asks for, where nothing is commanded."""
    return plan(junction_id, kind, "scheduled", 25, 11)


def other_plan(junction_id: str, kind: Kind) -> TimingPlan:
    """What somebody else may command."""
    return plan(junction_id, kind, "other", 15, 3)


def ntcip_site(site_junction: Junction) -> NtcipSite:
    """The phases of the crossing."""
    layout = old_plan(site_junction.id, Kind.NTCIP).form
    assert isinstance(layout, RingBarrier)
    return NtcipSite(
        junction=site_junction,
        layout=layout,
        coordinated=(2,),
        min_greens_s=FrozenMap({2: 5, 4: 5}),
    )


def gbt_site(site_junction: Junction) -> GbtSite:
    """The stages of the crossing."""
    form = old_plan(site_junction.id, Kind.GBT).form
    assert isinstance(form, StageSequence)
    return site_map_for(site_junction, [form])


def device_of(device_id: str, kind: Kind, port: int, *, timeout_s: float, attempts: int) -> Device:
    """A device that speaks to the controller on this port."""
    there = junction(device_id)
    if kind is Kind.NTCIP:
        quick = replace(
            PROFILES["standard"],
            timeout_s=timeout_s,
            attempts=attempts,
            varbinds=60,
            verify_timeout_s=1.0,
        )
        return NtcipDevice(device_id, HOST, ntcip_site(there), COMMUNITY, profile=quick, port=port)
    spoken = GbtProfile(waits_s=(timeout_s,) * attempts)
    session = Session(
        Address(device_id=device_id, controller=1, host=5), udp_connector(HOST, port), spoken
    )
    return GbtDevice(session, gbt_site(there))


PLANS: Final = {
    OLD_SLOT: old_plan,
    SCHEDULED_SLOT: scheduled_plan,
    OTHER_SLOT: other_plan,
}
"""What stands in every device before the first push."""
EVERY_DAY: Final = ScheduleEntry(
    months=frozenset(range(1, 13)),
    weekdays=frozenset(range(7)),
    days=frozenset(range(1, 32)),
    day_plan=1,
)


class Street:
    """Emulated controllers in this process, and their time."""

    def __init__(self, kinds: Mapping[str, Kind], *, second_s: float, seed: int = 1) -> None:
        """`second_s` is the real time that an emulated second takes in `run`."""
        self.places: Final[dict[str, Place]] = {}
        self.now = START_S
        self._kinds: Final = dict(kinds)
        self._second_s: Final = second_s
        self._seed: Final = seed

    def step(self) -> None:
        """One second of all."""
        for place in self.places.values():
            place.controller.step(self.now)
            place.tick()
        self.now += 1

    async def run(self) -> None:
        """Live, until cancelled."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            self.step()
            # A machine that is too busy lives fewer seconds; it does not catch up.
            due_s = max(due_s + self._second_s, loop.time())
            await asyncio.sleep(due_s - loop.time())

    async def open(self) -> None:
        """Put every controller on a port, with both plans in it and the old one running."""
        for number, (device_id, kind) in enumerate(self._kinds.items()):
            there = junction(device_id)
            lines = (Line(self._seed + 2 * number), Line(self._seed + 2 * number + 1))
            opened = _gbt if kind is Kind.GBT else _ntcip
            self.places[device_id] = await opened(device_id, there, *lines)
        for _ in range(4):
            self.step()
        for device_id, place in self.places.items():
            device = device_of(device_id, place.kind, place.port, timeout_s=5.0, attempts=3)
            try:
                for slot, made in PLANS.items():
                    await device.write_plan(slot, made(device_id, place.kind))
                await device.write_day_plan(1, (DayPlanEntry(minute=0, slot=SCHEDULED_SLOT),))
                await device.write_schedule((EVERY_DAY,))
                await device.activate(OLD_SLOT)
            finally:
                await device.close()
        for _ in range(60):
            self.step()

    async def close(self) -> None:
        """Let go of every port."""
        for place in self.places.values():
            if place.close is not None:
                ended = place.close()
                if asyncio.iscoroutine(ended):
                    await ended


def _settings(**more: Any) -> Settings:
    return Settings(boot_s=1, flash_s=1, all_red_s=1, slots=range(1, 7), **more)


async def _ntcip(device_id: str, there: Junction, line_in: Line, line_out: Line) -> Place:
    site = ntcip_site(there)
    controller = Controller(there, profile("fhwa"), _settings())
    store = StubbornStore(controller, site, time_s=asyncio.get_running_loop().time, sizes=_SIZES)
    agent = await serve(store, _ACCESS, line_in=line_in, line_out=line_out)

    def refuse(on: bool) -> None:
        store.refuses = on

    def command(slot: int) -> None:
        store.set([(SYSTEM_PATTERN, slot)], "administrator")

    return Place(
        device_id=device_id,
        kind=Kind.NTCIP,
        junction=there,
        controller=controller,
        line_in=line_in,
        line_out=line_out,
        refuse=refuse,
        command=command,
        tick=store.tick,
        port=agent.port,
        close=agent.close,
    )


async def _gbt(device_id: str, there: Junction, line_in: Line, line_out: Line) -> Place:
    site = gbt_site(there)
    controller = Controller(there, profile("as-surveyed"), _settings(stages=device_stages(site)))

    def disturbed(data: bytes) -> Iterable[tuple[float, bytes]]:
        # One hook for both directions: the GB/T agent does not tell them apart.
        return line_in.send(data, 0.0)

    agent = StubbornAgent(controller, site, GbtProfile(), number=1, disturb=disturbed)

    def refuse(on: bool) -> None:
        agent.refuses = on

    return Place(
        device_id=device_id,
        kind=Kind.GBT,
        junction=there,
        controller=controller,
        line_in=line_in,
        line_out=line_out,
        refuse=refuse,
        command=controller.command_slot,
        tick=agent.tick,
        port=await agent.serve_udp(HOST, 0),
        close=agent.close,
    )


@asynccontextmanager
async def street_of(
    kinds: Mapping[str, Kind], *, second_s: float, seed: int = 1
) -> AsyncIterator[Street]:
    """A street that lives in the background while the block runs."""
    street = Street(kinds, second_s=second_s, seed=seed)
    await street.open()
    life = asyncio.create_task(street.run())
    try:
        yield street
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        await street.close()
