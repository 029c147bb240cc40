"""What is fuzzed, and what may come of it: decoders, both agents, both devices.

Every target takes one case and returns, or raises what a caller is promised; anything
else is a crash. The agents are whole emulated controllers that live on from case to case;
the devices ask a hostile peer through real sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, Final

from bench.fuzz_mutations import (
    as_stream,
    deep,
    other_bindings,
    other_values,
    resealed,
    spoilt,
)
from bench.street_emulators import HOST, Kind, junction_of, plan_of
from bench.street_plans import RULES, gbt_site, ntcip_site
from signalctl.controllers.device.device import Device
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.adapter import GbtDevice
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.dictionary import ENTRIES
from signalctl.controllers.device.gbt20999.frame import (
    Frame,
    FrameError,
    decode_datagram,
    encode_frame,
)
from signalctl.controllers.device.gbt20999.links import udp_connector
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.receiver import LONGEST_FRAME, StreamReceiver
from signalctl.controllers.device.gbt20999.session import Address, Session
from signalctl.controllers.device.gbt20999.values import ValueRefused
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, Agent, serve
from signalctl.controllers.device.ntcip1202.ber import Malformed, well_formed
from signalctl.controllers.device.ntcip1202.defaults import Sizes
from signalctl.controllers.device.ntcip1202.message import decode, encode
from signalctl.controllers.device.ntcip1202.profile import PROFILES, Credentials, Profile, Version
from signalctl.controllers.device.ntcip1202.store import Store
from signalctl.domain.errors import DeviceError, InputError, NotExpressible
from signalctl.rules.registry import profile as rules

PROMISED: Final = (DeviceError, InputError, NotExpressible)
"""What may leave a device."""
SIZES: Final = Sizes(pattern=4, split=4, sequence=4, action=4, entry=4, day_plan=3, event=4)
COMMUNITY: Final = "fuzz"
KEYS: Final = ("authentic-1", "private-key-1")
ACCESS: Final = Access(
    read_community="reader",
    write_community=COMMUNITY,
    user="fuzzer",
    authentication_key=KEYS[0],
    privacy_key=KEYS[1],
)
START_S: Final = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """What a target is given: bytes, and a seed for what else it draws."""

    data: bytes
    seed: int


Meet = Callable[[Case], Awaitable[None]]
Draw = Callable[[Random], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to be fuzzed: how a case is drawn, and how it is met."""

    name: str
    draw: Draw
    meet: Meet


class Crash(Exception):
    """A target did what it must not do."""


async def _gbt_datagram(case: Case) -> None:
    try:
        frame = decode_datagram(case.data)
    except FrameError:
        return
    if decode_datagram(encode_frame(frame)) != frame:
        raise Crash("A frame that was read is not written as it was read.")


async def _gbt_stream(frames: Sequence[bytes], escape: bool, case: Case) -> None:
    random = Random(case.seed)
    receiver = StreamReceiver(escape=escape)
    for piece in as_stream([case.data, *random.sample(list(frames), 3)], random):
        receiver.feed(piece)
        if receiver.pending > LONGEST_FRAME:
            raise Crash(f"{receiver.pending} bytes are kept of a frame that never ends.")


async def _gbt_values(case: Case) -> None:
    for entry in ENTRIES:
        with suppress(ValueRefused):
            value = entry.decode(case.data[: entry.encoding.size])
            entry.check(value)


async def _ber(case: Case) -> None:
    fine = well_formed(case.data)
    try:
        message = decode(case.data)
    except Malformed:
        return
    if not fine:
        raise Crash("The codec takes what the gate does not let in.")
    if decode(encode(message)) != message:
        raise Crash("A message that was read is not written as it was read.")


class GbtEmulator:
    """A GB/T controller without a socket."""

    def __init__(self) -> None:
        plans = (plan_of(Kind.GBT, 0), plan_of(Kind.GBT, 0, "new"))
        self.site: Final = gbt_site(junction_of(0), *plans)
        settings = Settings(boot_s=0, flash_s=0, stages=device_stages(self.site))
        self.controller: Final = Controller(self.site.junction, rules(RULES), settings)
        self.agent: Final = GbtAgent(self.controller, self.site, GbtProfile(), number=1)
        self.now = START_S
        self.live()

    def live(self) -> None:
        """One second."""
        self.controller.step(self.now)
        self.agent.tick()
        self.now += 1

    def answers(self, datagram: bytes) -> list[bytes]:
        """What it sends back."""
        replies: list[Frame] = []
        with suppress(FrameError):
            self.agent.receive(decode_datagram(datagram), replies.append)
        return [encode_frame(reply) for reply in replies]

    async def meet(self, case: Case) -> None:
        """Take bytes from the wire, and live on."""
        self.answers(case.data)
        self.live()


class NtcipEmulator:
    """An NTCIP controller; what its agent would send is heard instead."""

    def __init__(self, agent: Agent, controller: Controller) -> None:
        self.agent: Final = agent
        self.controller: Final = controller
        self.now = START_S + 1
        self._sent: list[bytes] = []
        transport: Any = agent._transport
        self._hand_on: Final = transport.hand_on
        transport.send_message = lambda data, _address: self._sent.append(bytes(data))

    @classmethod
    async def open(cls, stack: AsyncExitStack) -> NtcipEmulator:
        """A controller with a library of its own."""
        site = ntcip_site(junction_of(0))
        controller = Controller(site.junction, rules(RULES), Settings(boot_s=0, flash_s=0))
        clock = asyncio.get_running_loop().time
        store = Store(controller, site, time_s=clock, sizes=SIZES)
        controller.step(START_S)
        store.tick()
        agent = await serve(store, ACCESS, host=HOST)
        stack.callback(agent.close)
        return cls(agent, controller)

    def answers(self, datagram: bytes) -> list[bytes]:
        """What it sends back."""
        self._sent = []
        self._hand_on(datagram, (HOST, 9))
        return self._sent

    async def meet(self, case: Case) -> None:
        """Take bytes from the wire, and live on."""
        self.answers(case.data)
        self.controller.step(self.now)
        self.agent.store.tick()
        self.now += 1


class HostilePeer(asyncio.DatagramProtocol):
    """Asks a good controller for each answer and sends something worse."""

    def __init__(self, answers: Callable[[bytes], list[bytes]], spoil: Spoil) -> None:
        self._answers: Final = answers
        self._spoil: Final = spoil
        self._transport: Any = None
        self.random = Random(0)
        self.port = 0
        self.asked: Final[list[bytes]] = []

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A question has come."""
        self.asked.append(data)
        for answer in self._spoil(self._answers(data), self.random):
            self._transport.sendto(answer, addr)


Spoil = Callable[[list[bytes], Random], list[bytes]]


def spoiler(other: Callable[[bytes, Random], bytes], noise: Draw) -> Spoil:
    """Good answers, spoilt ones, none, hundreds, giants: whatever a hostile peer may send."""

    def spoil(answers: list[bytes], random: Random) -> list[bytes]:
        match random.randrange(8):
            case 0:
                return answers
            case 1:
                return [noise(random) for _ in range(random.choice((0, 1, 1, 200)))]
            case 2:
                return [random.randbytes(random.choice((0, 1, 1400, 60_000))), *answers]
            case 3:
                return [spoilt(a, random) for a in answers] + answers * random.choice((0, 1, 50))
        return [other(answer, random) for answer in answers]

    return spoil


CALLS: Final[tuple[Callable[[Device, Random], Awaitable[object]], ...]] = (
    lambda device, _: device.status(),
    lambda device, _: device.identify(),
    lambda device, _: device.capabilities(),
    lambda device, random: device.read_plan(random.randrange(1, 5)),
    lambda device, random: device.read_day_plan(random.randrange(1, 4)),
    lambda device, _: device.read_schedule(),
    lambda device, _: device.clock(),
    lambda device, _: device.events(),
    lambda device, _: device.scheduled_slots(),
    lambda device, random: device.activate(random.randrange(1, 5)),
    lambda device, _: device.deactivate(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTarget:
    """A device against a hostile peer."""

    device: Callable[[], Device]
    peer: HostilePeer
    kind: Kind

    async def meet(self, case: Case) -> None:
        """One call on the device. Only what is promised may leave it."""
        random = Random(case.seed)
        self.peer.random = Random(random.random())
        self.peer.asked.clear()
        device = self.device()
        try:
            for _ in range(2):
                with suppress(*PROMISED):
                    await random.choice(CALLS)(device, random)
            if random.random() < 0.2:
                with suppress(*PROMISED):
                    await device.write_plan(2, plan_of(self.kind, 0, "new"))
        finally:
            await device.close()


async def open_targets(stack: AsyncExitStack) -> tuple[Target, ...]:
    """Every target, alive until the stack ends; the corpora are messages of real calls."""
    gbt, ntcip = GbtEmulator(), await NtcipEmulator.open(stack)
    quick = replace(PROFILES["standard"], timeout_s=0.05, attempts=2, verify_timeout_s=0.2)
    frames, gbt_device = await _hostile(Kind.GBT, gbt.answers, partial(_gbt_device, gbt), stack)
    messages, ntcip_device = await _hostile(
        Kind.NTCIP, ntcip.answers, partial(_ntcip_device, ntcip, quick), stack
    )
    by_user = replace(quick, version=Version.V3, timeout_s=1.0)
    secure, _ = await _hostile(
        Kind.NTCIP, ntcip.answers, partial(_ntcip_device, ntcip, by_user), stack, calls=3
    )
    snmp = [*messages, *secure]
    return (
        Target(name="gbt datagram", draw=_any(frames, other_values, resealed), meet=_gbt_datagram),
        Target(
            name="gbt stream",
            draw=_any(frames, other_values),
            meet=partial(_gbt_stream, frames, True),
        ),
        Target(
            name="gbt bare stream",
            draw=_any(frames, other_values),
            meet=partial(_gbt_stream, frames, False),
        ),
        Target(name="gbt values", draw=lambda r: r.randbytes(r.randrange(140)), meet=_gbt_values),
        Target(name="gbt agent", draw=_any(frames, other_values, resealed), meet=gbt.meet),
        Target(name="gbt device", draw=lambda _: b"", meet=gbt_device.meet),
        Target(name="ber", draw=_any(snmp, other_bindings), meet=_ber),
        Target(name="snmp agent", draw=_any(snmp, other_bindings), meet=ntcip.meet),
        Target(name="snmp device", draw=lambda _: b"", meet=ntcip_device.meet),
    )


def _any(corpus: Sequence[bytes], *others: Callable[[bytes, Random], bytes]) -> Draw:
    ways = (*others, *others, spoilt)

    def draw(random: Random) -> bytes:
        if random.random() < 0.05:
            return deep(random) if random.random() < 0.5 else random.randbytes(100)
        return random.choice(ways)(random.choice(corpus), random)

    return draw


async def _hostile(
    kind: Kind,
    answers: Callable[[bytes], list[bytes]],
    made: Callable[[int], Device],
    stack: AsyncExitStack,
    *,
    calls: int = len(CALLS),
) -> tuple[list[bytes], DeviceTarget]:
    """What a device asks and is answered while its peer is honest, and then the hostile peer."""
    heard: list[bytes] = []

    def both(data: bytes) -> list[bytes]:
        found = answers(data)
        heard.extend((data, *found))
        return found

    honest = await _peer(both, lambda found, _: found, stack)
    device = made(honest.port)
    random = Random(1)
    for call in CALLS[:calls]:
        with suppress(*PROMISED):
            await call(device, random)
    if calls == len(CALLS):
        await device.write_plan(2, plan_of(kind, 0))
    await device.close()
    other = other_values if kind is Kind.GBT else other_bindings
    hostile = await _peer(answers, spoiler(other, _any(heard, other)), stack)
    target = DeviceTarget(device=lambda: made(hostile.port), peer=hostile, kind=kind)
    return list(dict.fromkeys(heard)), target


async def _peer(
    answers: Callable[[bytes], list[bytes]], spoil: Spoil, stack: AsyncExitStack
) -> HostilePeer:
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(
        lambda: HostilePeer(answers, spoil), local_addr=(HOST, 0)
    )
    stack.callback(transport.close)
    return peer


def _gbt_device(emulator: GbtEmulator, port: int) -> Device:
    address = Address(device_id="D", controller=1)
    spoken = GbtProfile(waits_s=(0.05, 0.05))
    return GbtDevice(Session(address, udp_connector(HOST, port), spoken), emulator.site)


def _ntcip_device(emulator: NtcipEmulator, profile: Profile, port: int) -> Device:
    secret = Credentials(
        community=COMMUNITY, user="fuzzer", authentication_key=KEYS[0], privacy_key=KEYS[1]
    )
    site = emulator.agent.store.site
    return NtcipDevice("D", HOST, site, secret, profile=profile, port=port)
