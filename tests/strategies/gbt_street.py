"""A GB/T controller and its host on real sockets, and plans for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from crossing import GOOD, crossing, plan_am
from hypothesis import strategies as st
from timings import staged

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.enumerations import FrameType
from signalctl.controllers.device.gbt20999.frame import Frame
from signalctl.controllers.device.gbt20999.links import (
    Connector,
    DialIn,
    Disturb,
    tcp_connector,
    udp_connector,
)
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.gbt20999.site_map import SiteMap, site_map_for
from signalctl.domain.junction import Junction
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.rules.registry import profile as rules

NUMBER = 0x000C48FC
QUICK = GbtProfile(waits_s=(1.5, 1.5, 1.5), heartbeat_s=1.5)
"""Short of the standard, and longer than a busy machine holds anybody up."""
HOST = "127.0.0.1"


@dataclass
class Street:
    """Everything between a host and its controller."""

    controller: Controller
    agent: GbtAgent
    session: Session
    device: GbtDevice
    site: SiteMap
    now: int = 0
    dial: Callable[[], Awaitable[None]] | None = None
    """Lets the controller dial its host once more."""

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.controller.step(self.now)
            self.agent.tick()


def site_of(junction: Junction, *plans: TimingPlan) -> SiteMap:
    forms = [plan.form for plan in plans if isinstance(plan.form, StageSequence)]
    return site_map_for(junction, forms)


@asynccontextmanager
async def street(
    site: SiteMap,
    *,
    profile: GbtProfile = QUICK,
    agent_profile: GbtProfile | None = None,
    bearer: str = "udp",
    disturb: Disturb | None = None,
    faults: Faults | None = None,
    controller_number: int = NUMBER,
) -> AsyncIterator[Street]:
    settings = Settings(stages=device_stages(site), boot_s=0, flash_s=1, all_red_s=1)
    controller = Controller(site.junction, rules("as-surveyed"), settings, faults)
    agent_profile = agent_profile or profile
    agent = GbtAgent(controller, site, agent_profile, number=NUMBER, disturb=disturb)
    dial_in: DialIn | None = None
    connect: Connector
    if bearer == "udp":
        connect = udp_connector(HOST, await agent.serve_udp(HOST, 0))
    elif bearer == "tcp":
        port = await agent.serve_tcp(HOST, 0)
        connect = tcp_connector(HOST, port, escape=profile.tcp_escape)
    else:
        dial_in = DialIn(escape=profile.tcp_escape)
        hello = Frame(kind=FrameType.HEARTBEAT, controller=0, sequence=0)
        port = await dial_in.listen(HOST, 0, hello)
        connect = dial_in.connector(controller_number, 1.0)
        await agent.dial_tcp(HOST, port)
    session = Session(
        Address(device_id="dev", controller=controller_number, junction=1, host=5), connect, profile
    )
    found = Street(controller, agent, session, GbtDevice(session, site), site)
    if bearer == "dial":
        found.dial = lambda: agent.dial_tcp(HOST, port)
    found.live(3)
    try:
        yield found
    finally:
        await session.close()
        await agent.close()
        if dial_in is not None:
            await dial_in.close()


@st.composite
def stage_plans(draw: st.DrawFn) -> tuple[Junction, TimingPlan]:
    """A junction and a stage plan whose stages leave every group its minimum green."""
    junction, plan, _ = draw(
        staged().filter(lambda found: isinstance(found[1].form, StageSequence))
    )
    form = plan.form
    assert isinstance(form, StageSequence)
    longer = replace(
        form, stages=tuple(replace(stage, split_s=stage.split_s + 12) for stage in form.stages)
    )
    cycle_s = plan.cycle_s + 12 * len(form.stages)
    offset = replace(plan.offset, seconds=draw(st.integers(0, cycle_s - 1)))
    return junction, replace(plan, form=longer, cycle_s=cycle_s, offset=offset)


CROSSING = crossing()
PLAN = plan_am(GOOD, 60, seconds=7)
