"""One socket for a street: whose answers count, and what an agent needs the library for."""

# mypy: disable-error-code="import-untyped"
# The library carries no types.

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest
from ntcip_devices import WRITER, Street, dual_ring
from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

from bench import law3
from bench.street_emulators import Kind
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.agent import Access, serve
from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.controllers.device.ntcip1202.message import (
    GET,
    RESPONSE,
    V1,
    V2C,
    Message,
    asking,
    decode,
    encode,
)
from signalctl.controllers.device.ntcip1202.objects import instance
from signalctl.controllers.device.ntcip1202.profile import PROFILES

ASKED = Message(
    version=V2C,
    community=b"public",
    kind=GET,
    request_id=0,
    listed=asking(instance("maxPhases")),
)


def peer() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", 0))
    found.setblocking(False)
    return found


def test_only_the_right_answer_of_the_right_peer_counts() -> None:
    async def whole() -> None:
        loop = asyncio.get_running_loop()
        exchange = Exchange()
        with peer() as asked, peer() as other:
            waiting = asyncio.create_task(exchange.ask(asked.getsockname(), ASKED, 5.0))
            data, address = await loop.sock_recvfrom(asked, 2000)
            good = replace(decode(data), kind=RESPONSE)
            wrong = [
                replace(good, community=b"private"),
                replace(good, version=V1),
                replace(good, kind=GET),
                replace(good, request_id=good.request_id ^ 1),
            ]
            other.sendto(encode(good), address)
            for message in wrong:
                asked.sendto(encode(message), address)
            asked.sendto(encode(good)[:-1], address)
            asked.sendto(encode(good), address)
            assert await waiting == good
            assert exchange.dropped == 6
            asked.sendto(encode(good), address)
            with pytest.raises(TimeoutError):
                await exchange.ask(asked.getsockname(), ASKED, 0.05)
            assert exchange.dropped == 7
        exchange.close()

    asyncio.run(whole())


def test_devices_share_a_socket_and_leave_it_open() -> None:
    site, _ = dual_ring()
    streets = [Street(site) for _ in range(3)]

    async def whole() -> None:
        exchange = Exchange()
        agents = [await serve(s.store, Access(write_community="writing")) for s in streets]
        devices = [
            NtcipDevice(
                "D",
                "localhost",
                site,
                WRITER,
                profile=replace(PROFILES["standard"], timeout_s=5.0),
                port=agent.port,
                exchange=exchange,
            )
            for agent in agents
        ]
        await asyncio.gather(*(device.status() for device in devices))
        await devices[0].close()
        await devices[1].status()
        # Nobody needed the library so far; a walk does.
        assert all(agent._engine is None for agent in agents)
        pdu = v2c.GetNextRequestPDU()
        v2c.apiPDU.set_defaults(pdu)
        v2c.apiPDU.set_varbinds(pdu, [((1, 3), v2c.Null(""))])
        whole = v2c.Message()
        v2c.apiMessage.set_defaults(whole)
        v2c.apiMessage.set_community(whole, "writing")
        v2c.apiMessage.set_pdu(whole, pdu)
        with peer() as walker:
            walker.sendto(bytes(encoder.encode(whole)), ("127.0.0.1", agents[2].port))
            answer = await asyncio.get_running_loop().sock_recv(walker, 2000)
        (found,) = decode(answer).bindings
        assert found.oid == instance("maxPhases")
        assert [agent._engine is None for agent in agents] == [True, True, False]
        await devices[2].status()
        for agent in agents:
            agent.close()
        exchange.close()

    asyncio.run(whole())


@pytest.mark.parametrize("kind", list(Kind))
def test_law_3_of_the_bench(kind: Kind) -> None:
    found = asyncio.run(law3.tried(kind, 12, seed=2))
    assert (found.equal, found.others) == (12, ())
