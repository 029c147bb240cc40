"""Law 3: a plan read back from a controller equals the plan written: python -m bench.law3.

Random plans that pass the rules, written to emulated controllers through UDP sockets and
read back, for each protocol. Equal means three things: what is read is what the device
says it holds, it unrolls to the lamps of the plan that was written, second by second, and
the controller's own memory holds the same.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bench.street_emulators import HOST, Kind
from bench.street_plans import RULES, crossing, gbt_site, ntcip_site, ring_plan, stage_plan
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.links import udp_connector
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, serve
from signalctl.controllers.device.ntcip1202.defaults import Sizes
from signalctl.controllers.device.ntcip1202.profile import PROFILES, Credentials
from signalctl.controllers.device.ntcip1202.store import Store
from signalctl.domain.expand import timed
from signalctl.domain.plan import TimingPlan
from signalctl.rules.registry import profile

AT_ONCE: Final = 10
"""Plans that one controller is given: each to a slot of its own."""
SIZES: Final = Sizes(pattern=AT_ONCE, split=AT_ONCE, sequence=AT_ONCE + 1)
COMMUNITY: Final = "law3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of the plans of one protocol: how many were equal, and those that were not."""

    kind: Kind
    equal: int
    others: tuple[str, ...]
    took_s: float


async def tried(kind: Kind, plans: int, seed: int) -> Tried:
    """Write and read back so many plans."""
    begun_s = time.monotonic()
    random = Random(f"{seed} {kind}")
    equal, others = 0, list[str]()
    for first in range(0, plans, AT_ONCE):
        junction = crossing(f"J{first // AT_ONCE}")
        draw = ring_plan if kind is Kind.NTCIP else stage_plan
        drawn = [
            draw(junction, random, f"plan {first + number}")
            for number in range(min(AT_ONCE, plans - first))
        ]
        async with AsyncExitStack() as stack:
            open_ = _ntcip if kind is Kind.NTCIP else _gbt
            device, controller = await open_(drawn, stack)
            for slot, plan in enumerate(drawn, start=1):
                await device.write_plan(slot, plan)
            for slot, plan in enumerate(drawn, start=1):
                read = await device.read_plan(slot)
                same = (
                    read is not None
                    and read == device.as_held(slot, plan) == controller.memory.held(slot)
                    and timed(read, junction) == timed(plan, junction)
                )
                equal += same
                if not same:
                    others.append(f"{plan.name}: wrote {plan}, read {read}")
    return Tried(kind=kind, equal=equal, others=tuple(others), took_s=time.monotonic() - begun_s)


async def _ntcip(
    plans: Sequence[TimingPlan], stack: AsyncExitStack
) -> tuple[NtcipDevice, Controller]:
    junction = crossing(plans[0].junction_id)
    site = ntcip_site(junction)
    controller = Controller(junction, profile(RULES), Settings(boot_s=0, flash_s=0))
    store = Store(controller, site, time_s=time.monotonic, sizes=SIZES)
    controller.step(1)
    store.tick()
    agent = await serve(store, Access(write_community=COMMUNITY), host=HOST)
    stack.callback(agent.close)
    spoken = replace(PROFILES["standard"], varbinds=60)
    secret = Credentials(community=COMMUNITY)
    device = NtcipDevice("D", HOST, site, secret, profile=spoken, port=agent.port)
    stack.push_async_callback(device.close)
    return device, controller


async def _gbt(plans: Sequence[TimingPlan], stack: AsyncExitStack) -> tuple[GbtDevice, Controller]:
    junction = crossing(plans[0].junction_id)
    site = gbt_site(junction, *plans)
    settings = Settings(boot_s=0, flash_s=0, stages=device_stages(site))
    controller = Controller(junction, profile(RULES), settings)
    controller.step(1)
    agent = GbtAgent(controller, site, GbtProfile(), number=1)
    stack.push_async_callback(agent.close)
    port = await agent.serve_udp(HOST, 0)
    address = Address(device_id="D", controller=1)
    device = GbtDevice(Session(address, udp_connector(HOST, port), GbtProfile()), site)
    stack.push_async_callback(device.close)
    return device, controller


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line a protocol; 1 when a plan came back as another."""
    parser = argparse.ArgumentParser(prog="python -m bench.law3", description=__doc__)
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    failed = 0
    for kind in Kind:
        found = asyncio.run(tried(kind, options.plans, options.seed))
        failed += len(found.others)
        print(
            f"{kind}: {found.equal} of {options.plans} plans came back as they were written "
            f"({found.took_s:.0f} s)",
            flush=True,
        )
        for line in found.others[:5]:
            print(f"  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
