"""Bytes from the wire: whatever comes, the agent lives and answers the next question."""

from __future__ import annotations

import asyncio
import socket

from hypothesis import given, settings
from hypothesis import strategies as st
from ntcip_devices import Street, agent_of, device_at, dual_ring
from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

from signalctl.controllers.device.ntcip1202.ber import well_formed
from signalctl.controllers.device.ntcip1202.objects import Oid, instance
from signalctl.controllers.device.ntcip1202.transaction import State


def message(pdu: object, pairs: list[tuple[Oid, object]], community: str = "writing") -> bytes:
    """A v2c message, encoded by the library."""
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, pairs)
    whole = v2c.Message()
    v2c.apiMessage.set_defaults(whole)
    v2c.apiMessage.set_community(whole, community)
    v2c.apiMessage.set_pdu(whole, pdu)
    return bytes(encoder.encode(whole))


GOOD = (
    message(v2c.GetRequestPDU(), [(instance("maxPhases"), v2c.Null(""))]),
    message(v2c.GetNextRequestPDU(), [((1, 3), v2c.Null(""))]),
    message(v2c.SetRequestPDU(), [(instance("phaseWalk", 1), v2c.Integer32(7))]),
    message(v2c.SetRequestPDU(), [(instance("phaseConcurrency", 1), v2c.OctetString(b"\5"))]),
)


def test_the_gate_knows_messages() -> None:
    for datagram in GOOD:
        assert well_formed(datagram)
        assert not well_formed(datagram[:-1])
        assert not well_formed(datagram + b"\0")
        assert not well_formed(b"\0" + datagram)
    assert not well_formed(b"")
    assert not well_formed(b"\x30\x80\x02\x01\x01\x04\0\0\0")
    deep = b"\x02\x01\x00"
    for _ in range(50):
        deep = b"\x30" + bytes([len(deep)]) + deep if len(deep) < 128 else deep
    assert not well_formed(deep)
    assert not well_formed(b"\x30\x84\xff\xff\xff\xff" + b"\0" * 100)


def mutated(base: bytes, edits: list[tuple[int, int]]) -> bytes:
    changed = bytearray(base)
    for at, octet in edits:
        changed[at % len(changed)] = octet
    return bytes(changed)


MUTATED = st.builds(
    mutated,
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4),
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.binary(max_size=300), MUTATED))
def test_the_gate_never_raises(datagram: bytes) -> None:
    assert well_formed(datagram) in (True, False)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=100), MUTATED), min_size=40, max_size=60))
def test_the_agent_survives_and_answers_the_next_question(noise: list[bytes]) -> None:
    site, _ = dual_ring()
    street = Street(site)
    failures: list[dict[str, object]] = []

    async def whole() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: failures.append(told))
        async with agent_of(street.store) as agent:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                for datagram in noise:
                    peer.sendto(datagram, ("127.0.0.1", agent.port))
                    await asyncio.sleep(0)
            device = device_at(agent.port, site)
            status = await device.status()
            assert status.read_at is not None
            await device.close()

    asyncio.run(whole())
    assert failures == []
    assert street.store.transaction.state in State
