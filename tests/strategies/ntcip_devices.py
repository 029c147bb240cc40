"""Emulated NTCIP controllers on real sockets, and devices that speak to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, Agent, serve
from signalctl.controllers.device.ntcip1202.defaults import Sizes
from signalctl.controllers.device.ntcip1202.profile import (
    PROFILES,
    Credentials,
    Profile,
    Version,
)
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.controllers.device.ntcip1202.store import Behaviour, Store
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
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.registry import profile

ACCESS = Access(
    read_community="reading",
    write_community="writing",
    administrator="administrator",
    user="gateway",
    authentication_key="authentic-1",
    privacy_key="private-key-1",
)
WRITER = Credentials(community="writing")
USER = Credentials(user="gateway", authentication_key="authentic-1", privacy_key="private-key-1")
QUICK = replace(PROFILES["standard"], timeout_s=1.0)
SMALL = Sizes(pattern=6, split=6, sequence=4, action=6, entry=4, day_plan=3, event=4, preempt=1)
START_S = 1_700_000_000


def dual_ring() -> tuple[SiteMap, TimingPlan]:
    """Eight phases in two rings: lefts, throughs, and a plan of 100 s for them."""
    names = ("Wl", "E", "Sl", "N", "El", "W", "Nl", "S")
    groups = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.VEHICLE,
            approach=name[0],
            movements=(Movement.LEFT if name.endswith("l") else Movement.THROUGH,),
            links=(link,),
        )
        for link, name in enumerate(names)
    )
    together = {("Wl", "El"), ("Wl", "W"), ("E", "El"), ("E", "W")}
    together |= {("Sl", "Nl"), ("Sl", "S"), ("N", "Nl"), ("N", "S")}
    hard = frozenset(
        (a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if (a, b) not in together and (b, a) not in together
    )
    junction = Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=hard),
        intergreens=IntergreenMatrix.of({pair: 5 for a, b in hard for pair in ((a, b), (b, a))}),
    )

    def phase(number: int, split_s: int) -> Phase:
        greens = FrozenMap({names[number - 1]: GreenKind.PROTECTED})
        return Phase(number=number, split_s=split_s, greens=greens, amber_s=3, red_clearance_s=2)

    layout = RingBarrier(
        sections=(
            ((phase(1, 20), phase(2, 35)), (phase(5, 15), phase(6, 40))),
            ((phase(3, 15), phase(4, 30)), (phase(7, 20), phase(8, 25))),
        )
    )
    site = SiteMap(
        junction=junction,
        layout=layout,
        coordinated=(2, 6),
        min_greens_s=FrozenMap(dict.fromkeys(range(1, 9), 5)),
    )
    plan = TimingPlan(
        junction_id="J", name="am", cycle_s=100, offset=Offset(seconds=17), form=layout
    )
    return site, plan


def controller(site: SiteMap, backup_s: int = 0, faults: Faults | None = None) -> Controller:
    """A controller for the site that starts in a few seconds."""
    settings = Settings(boot_s=0, flash_s=0, all_red_s=1, backup_s=backup_s)
    return Controller(site.junction, profile("fhwa"), settings, faults)


class Street:
    """One emulated device and its time."""

    def __init__(
        self,
        site: SiteMap,
        *,
        backup_s: int = 0,
        faults: Faults | None = None,
        behaviour: Behaviour | None = None,
        clock_unsigned: bool = False,
        sizes: Sizes = SMALL,
    ) -> None:
        self.controller = controller(site, backup_s, faults)
        self.time_s = 0.0
        self.store = Store(
            self.controller,
            site,
            time_s=lambda: self.time_s,
            behaviour=behaviour,
            clock_unsigned=clock_unsigned,
            sizes=sizes,
        )
        self.now = START_S
        self.live(3)

    def live(self, seconds: int) -> None:
        """Let so many seconds pass."""
        for _ in range(seconds):
            self.controller.step(self.now)
            self.store.tick()
            self.now += 1
            self.time_s += 1.0


@asynccontextmanager
async def agent_of(
    store: Store, *, line_in: Channel | None = None, line_out: Channel | None = None
) -> AsyncIterator[Agent]:
    """The store on a free port of this machine."""
    agent = await serve(store, ACCESS, line_in=line_in, line_out=line_out)
    try:
        yield agent
    finally:
        agent.close()
        await asyncio.sleep(0)


def device_at(
    port: int,
    site: SiteMap,
    credentials: Credentials = WRITER,
    profile_: Profile = QUICK,
) -> NtcipDevice:
    """A device that speaks to the agent on this port."""
    version = Version.V3 if credentials.user else profile_.version
    return NtcipDevice(
        "D1",
        "127.0.0.1",
        site,
        credentials,
        profile=replace(profile_, version=version),
        port=port,
    )


DRIVE = Callable[[Street, NtcipDevice], Awaitable[None]]


def drive(
    street: Street,
    act: DRIVE,
    *,
    credentials: Credentials = WRITER,
    profile: Profile = QUICK,
    site: SiteMap | None = None,
    line_in: Channel | None = None,
    line_out: Channel | None = None,
) -> None:
    """Serve the street and act on it through a device."""

    async def whole() -> None:
        async with agent_of(street.store, line_in=line_in, line_out=line_out) as agent:
            device = device_at(agent.port, site or street.store.site, credentials, profile)
            try:
                await act(street, device)
            finally:
                await device.close()

    asyncio.run(whole())
