"""A process full of emulated controllers, each on a UDP port of its own, living in real time."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from multiprocessing.connection import Connection
from random import Random
from typing import Final

from bench.street_plans import RULES, crossing, gbt_site, ntcip_site, ring_plan, stage_plan
from signalctl.controllers.device.device import Device
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.fleet import Fleet
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.links import udp_connector
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, serve
from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.controllers.device.ntcip1202.objects import instance
from signalctl.controllers.device.ntcip1202.plan_mapping import to_objects
from signalctl.controllers.device.ntcip1202.profile import PROFILES, Credentials
from signalctl.controllers.device.ntcip1202.store import Store
from signalctl.controllers.device.ntcip1202.transaction import State
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.rules.registry import profile

HOST: Final = "127.0.0.1"
COMMUNITY: Final = "street"
SLOT: Final = 1
"""Where the plan lies that runs when the street is met."""
SETTLE_S: Final = 200
CROSSINGS: Final = 40
"""Different junctions; to draw a thousand would take longer than to measure."""
FILES: Final = 20_000
STATE: Final = instance("dbCreateTransaction")


class Kind(StrEnum):
    """The protocol of a device."""

    NTCIP = "ntcip1202"
    GBT = "gbt20999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the process has used so far."""

    cpu_s: float
    memory_mb: float
    behind_s: float
    """The most that a second began late."""


def plan_of(kind: Kind, number: int, name: str = "runs") -> TimingPlan:
    """A plan of one device, always the same for the same name."""
    return _plan(kind, number % CROSSINGS, name)


@cache
def _plan(kind: Kind, number: int, name: str) -> TimingPlan:
    draw = ring_plan if kind is Kind.NTCIP else stage_plan
    return draw(junction_of(number), Random(f"{name} {number}"), name)


def junction_of(number: int) -> Junction:
    """The junction of device `number`; there are as many as CROSSINGS."""
    return _crossing(f"J{number % CROSSINGS}")


_crossing = cache(crossing)


def allow_sockets() -> None:
    """Let this process have as many sockets as the system lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def emulators(kinds: Sequence[Kind], speed: float = 1.0) -> Iterator[tuple[list[int], Connection]]:
    """The ports of a new process's controllers, and the line to it; every message is
    answered with what it has Spent. It ends with the block."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_emulate, args=(list(kinds), speed, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield ours.recv(), ours
    finally:
        ours.close()
        process.join(10)
        if process.is_alive():
            process.kill()


def _emulate(kinds: list[Kind], speed: float, line: Connection) -> None:
    allow_sockets()
    asyncio.run(_live(kinds, speed, line))


async def _live(kinds: list[Kind], speed: float, line: Connection) -> None:
    controllers: dict[str, Controller] = {}
    ticks: list[Callable[[], None]] = []
    now_s = int(time.time())
    async with AsyncExitStack() as stack:
        ports = []
        for number, kind in enumerate(kinds):
            make = _ntcip if kind is Kind.NTCIP else _gbt
            controller, tick, port = await make(number, now_s - SETTLE_S, stack)
            controllers[str(number)] = controller
            ticks.append(tick)
            ports.append(port)
        fleet = Fleet(controllers, start_s=now_s, speed=speed)
        ended = asyncio.Event()
        begun, behind_s = time.monotonic(), 0.0

        def each_second(second: int) -> None:
            nonlocal behind_s
            for tick in ticks:
                tick()
            behind_s = max(behind_s, time.monotonic() - begun - (second - now_s) / speed)

        def asked() -> None:
            try:
                line.recv()
            except (EOFError, OSError):
                ended.set()
                return
            used = resource.getrusage(resource.RUSAGE_SELF)
            line.send(
                Spent(
                    cpu_s=used.ru_utime + used.ru_stime,
                    memory_mb=used.ru_maxrss / 1024,
                    behind_s=behind_s,
                )
            )

        asyncio.get_running_loop().add_reader(line.fileno(), asked)
        line.send(ports)
        life = asyncio.create_task(fleet.run(each_second=each_second))
        await ended.wait()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)


async def _ntcip(
    number: int, from_s: int, stack: AsyncExitStack
) -> tuple[Controller, Callable[[], None], int]:
    junction = junction_of(number)
    site = ntcip_site(junction)
    controller = Controller(junction, profile(RULES), Settings(boot_s=0, flash_s=0))
    store = Store(controller, site, time_s=time.monotonic)
    made = to_objects(
        plan_of(Kind.NTCIP, number),
        site,
        store.reference,
        slot=SLOT,
        sequence=1,
        phases=list(site.phases),
        rings=store.sizes["ring"],
    )
    controller.step(from_s)
    store.tick()
    for pairs in (
        [(STATE, int(State.TRANSACTION))],
        list(made.written),
        [(STATE, int(State.VERIFY))],
        [(STATE, int(State.NORMAL))],
        [(instance("systemPatternControl"), SLOT)],
    ):
        store.set(pairs, "bench")
    for second in range(from_s + 1, from_s + SETTLE_S):
        controller.step(second)
    store.tick()
    access = Access(write_community=COMMUNITY)
    agent = await serve(store, access, host=HOST)
    stack.callback(agent.close)
    return controller, store.tick, agent.port


async def _gbt(
    number: int, from_s: int, stack: AsyncExitStack
) -> tuple[Controller, Callable[[], None], int]:
    plans = [plan_of(Kind.GBT, number), plan_of(Kind.GBT, number, "new")]
    junction = junction_of(number)
    site = gbt_site(junction, *plans)
    settings = Settings(boot_s=0, flash_s=0, stages=device_stages(site))
    controller = Controller(junction, profile(RULES), settings)
    agent = GbtAgent(controller, site, GbtProfile(), number=number + 1)
    device = GbtDevice(Session(_address(number), udp_connector(HOST, 0), GbtProfile()), site)
    controller.memory.write_slot(SLOT, device.as_held(SLOT, plans[0]))
    controller.command_slot(SLOT)
    for second in range(from_s, from_s + SETTLE_S):
        controller.step(second)
    stack.push_async_callback(agent.close)
    return controller, agent.tick, await agent.serve_udp(HOST, 0)


def _address(number: int) -> Address:
    return Address(device_id=str(number), controller=number + 1)


def device_at(
    number: int, kind: Kind, port: int, exchange: Exchange, *, attempts: int = 1
) -> Device:
    """A device that speaks to the controller on this port, tried so often."""
    junction = junction_of(number)
    if kind is Kind.NTCIP:
        return NtcipDevice(
            str(number),
            HOST,
            ntcip_site(junction),
            Credentials(community=COMMUNITY),
            profile=replace(PROFILES["standard"], attempts=attempts),
            port=port,
            exchange=exchange,
        )
    spoken = GbtProfile(waits_s=(2.0,) * attempts)
    session = Session(_address(number), udp_connector(HOST, port), spoken)
    plans = (plan_of(kind, number), plan_of(kind, number, "new"))
    return GbtDevice(session, gbt_site(junction, *plans))
