"""Our SNMP messages against the general library's: the same octets, the same answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ntcip_devices import SMALL, Street, agent_of, dual_ring
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto.api import v1, v2c

from signalctl.controllers.device.ntcip1202 import message as ours
from signalctl.controllers.device.ntcip1202.ber import Malformed, well_formed
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance, instances
from signalctl.controllers.device.ntcip1202.wire import any_from_wire, from_wire, to_wire

INT32 = st.integers(-(2**31), 2**31 - 1)
LOWEST = {-(2**bits) for bits in (7, 15, 23, 31)}
"""The lowest number of so many octets, which the library pads with one more."""
NATURAL = st.integers(0, 2**32 - 1)
OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)),
    st.tuples(st.just(2), st.integers(0, 1000)),
).flatmap(lambda head: st.lists(NATURAL, max_size=12).map(lambda rest: (*head, *rest)))
VALUES: st.SearchStrategy[Value] = (
    INT32.filter(lambda n: n not in LOWEST) | st.binary(max_size=300) | OIDS
)
PAIRS = st.lists(st.tuples(OIDS, VALUES), max_size=8)


def library(
    version: int, kind: int, community: bytes, number: int, pairs: list[tuple[Oid, Any]]
) -> bytes:
    """The library's octets of a message without error."""
    api: Any = v1 if version == ours.V1 else v2c
    pdus = {ours.GET: api.GetRequestPDU, ours.SET: api.SetRequestPDU}
    pdu = (pdus | {ours.RESPONSE: api.GetResponsePDU})[kind]()
    api.apiPDU.set_defaults(pdu)
    api.apiPDU.set_request_id(pdu, number)
    api.apiPDU.set_varbinds(pdu, pairs)
    whole = api.Message()
    api.apiMessage.set_defaults(whole)
    api.apiMessage.set_community(whole, community)
    api.apiMessage.set_pdu(whole, pdu)
    return bytes(encoder.encode(whole))


@settings(max_examples=200, deadline=None)
@given(
    version=st.sampled_from([ours.V1, ours.V2C]),
    kind=st.sampled_from([ours.GET, ours.SET, ours.RESPONSE]),
    community=st.binary(min_size=1, max_size=140),
    number=st.integers(0, 2**31 - 1),
    pairs=PAIRS,
)
def test_what_is_sent_is_what_the_library_sends(
    version: int, kind: int, community: bytes, number: int, pairs: list[tuple[Oid, Value]]
) -> None:
    theirs: list[tuple[Oid, Any]]
    if kind == ours.GET:
        listed = [ours.asking(oid) for oid, _ in pairs]
        theirs = [(oid, v2c.Null("")) for oid, _ in pairs]
    else:
        listed = [ours.binding(oid, ours.encoded(value)) for oid, value in pairs]
        theirs = [(oid, to_wire(value)) for oid, value in pairs]
    message = ours.Message(
        version=version,
        community=community,
        kind=kind,
        request_id=number,
        listed=b"".join(listed),
    )
    octets = ours.encode(message)
    assert octets == library(version, kind, community, number, theirs)
    if len(octets) <= 8192:
        assert well_formed(octets)
        read = ours.decode(octets)
        assert (read.version, read.kind, read.community) == (version, kind, community)
        assert (read.request_id, read.status, read.index) == (number, 0, 0)
        assert read.listed == message.listed
        assert [found.oid for found in read.bindings] == [oid for oid, _ in pairs]
        if kind != ours.GET:
            assert [ours.value_of(found) for found in read.bindings] == [v for _, v in pairs]


@given(NATURAL, st.booleans())
def test_clocks_are_those_of_the_library(seconds: int, unsigned: bool) -> None:
    theirs = to_wire(seconds, clock=True, unsigned=unsigned)
    assert ours.encoded(seconds, clock=True, unsigned=unsigned) == encoder.encode(theirs)


def test_masks_with_bit_31_are_those_of_the_library() -> None:
    for value in (2**31 + 1, 2**32 - 1, 2**31 - 1, -1, -127, -129, 127, 128, 0):
        assert ours.encoded(value) == encoder.encode(to_wire(value))


def test_the_lowest_numbers_take_the_fewest_octets() -> None:
    for value in LOWEST:
        octets = ours.encoded(value)
        assert octets[2:] == value.to_bytes(octets[1], "big", signed=True)
        assert octets[1] == (-value).bit_length() // 8
        read, rest = decoder.decode(octets)
        assert (int(read), rest) == (value, b"")


ASKED: list[Oid] = [(1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 1, 1, 0), (1, 3), (2, 999, 3)]
GIVEN: tuple[list[tuple[Oid, Value]], ...] = (
    [(ASKED[0], 5), (ASKED[1], b"octets"), (ASKED[2], ASKED[0])],
    [(ASKED[0], -70_000)],
    [],
)
BASES = [
    library(ours.V2C, ours.RESPONSE, b"public", 7, [(oid, to_wire(v)) for oid, v in given])
    for given in GIVEN
] + [library(ours.V1, ours.GET, b"public", 2**31 - 1, [(ASKED[0], v1.Null(""))])]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good message with a few octets changed, cut or put in."""
    octets = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(octets) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                octets[at : at + 1] = draw(st.binary(max_size=2))
            case _:
                octets[at] = draw(st.integers(0, 255))
        if not octets:
            break
    return bytes(octets)


@settings(max_examples=600, deadline=None)
@given(spoilt() | st.binary(max_size=60))
def test_what_is_taken_is_what_the_library_reads(octets: bytes) -> None:
    try:
        read = ours.decode(octets)
    except Malformed:
        return
    assert well_formed(octets)
    api: Any = v1 if read.version == ours.V1 else v2c
    try:
        whole, rest = decoder.decode(octets, asn1Spec=api.Message())
    except PyAsn1Error:
        # Tags that only version 2 knows stand in messages of version 1, or Counter64.
        assert any(found.tag in (0x44, 0x46, 0x80, 0x81, 0x82, 0x40) for found in read.bindings)
        return
    assert rest == b""
    pdu = api.apiMessage.get_pdu(whole)
    assert int(api.apiPDU.get_request_id(pdu)) == read.request_id
    assert bytes(api.apiMessage.get_community(whole)) == read.community
    pairs = [(tuple(oid), value) for oid, value in api.apiPDU.get_varbinds(pdu)]
    assert [oid for oid, _ in pairs] == [found.oid for found in read.bindings]
    for (_, value), found in zip(pairs, read.bindings, strict=True):
        if hasattr(value, "tagSet") and found.tag != ours.NULL_VALUE[0]:
            assert any_from_wire(value) == ours.value_of(found)


def hears(agent: Any, heard: list[bytes]) -> None:
    """Keeps what an agent would send."""
    agent._transport.send_message = lambda octets, _address: heard.append(bytes(octets))


KNOWN = [oid for oid, _, _ in instances({"phase": 3, "pattern": 2, "split": 1, "ring": 2})]
REQUESTED = st.sampled_from(
    [*KNOWN, instance("globalTime"), instance("dbCreateTransaction"), (1, 3, 6, 1, 2, 1, 1, 1, 0)]
)


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([ours.V1, ours.V2C]),
            st.sampled_from([ours.GET, ours.SET]),
            st.sampled_from(["reading", "writing", "administrator"]),
            st.lists(
                st.tuples(
                    REQUESTED,
                    st.integers(-3, 300) | st.binary(max_size=3) | st.just((0, 0)),
                    st.booleans(),
                ),
                min_size=1,
                max_size=4,
            ),
        ),
        min_size=20,
        max_size=30,
    )
)
def test_an_agent_answers_as_the_library_lets_it(
    requests: list[tuple[int, int, str, list[tuple[Oid, Value, bool]]]],
) -> None:
    """Two controllers alike: one answers by itself, one by the library alone."""
    site, _ = dual_ring()
    streets = (Street(site, sizes=SMALL), Street(site, sizes=SMALL))
    answers: list[list[bytes]] = [[], []]

    async def whole() -> None:
        async with agent_of(streets[0].store) as first, agent_of(streets[1].store) as second:
            second._transport.answer = lambda _: None
            for agent, heard in zip((first, second), answers, strict=True):
                hears(agent, heard)
            for number, (version, kind, community, asked) in enumerate(requests):
                pairs = [
                    (oid, v2c.Null("") if kind == ours.GET else to_wire(value, clock=clock))
                    for oid, value, clock in asked
                    if not clock or isinstance(value, int)
                ] or [(KNOWN[0], v2c.Null(""))]
                octets = library(version, kind, community.encode(), number, pairs)
                for agent in (first, second):
                    agent._transport.hand_on(octets, ("127.0.0.1", 9))

    asyncio.run(whole())
    assert answers[0] == answers[1]
    assert len(answers[0]) == len(requests)
    assert streets[0].store.transaction == streets[1].store.transaction
    assert streets[0].store.parameters() == streets[1].store.parameters()


@pytest.mark.parametrize("octets", [b"", b"\x30", b"\x30\x00", b"\x30\x03\x02\x01\x01"])
def test_scraps_are_refused(octets: bytes) -> None:
    with pytest.raises(Malformed):
        ours.decode(octets)


def test_types_of_other_versions_have_no_value() -> None:
    for tag, content in ((0x46, b"\1"), (0x40, b"\1\2\3\4"), (0x80, b""), (0x05, b"")):
        assert ours.value_of(ours.Binding((1, 3), tag, content)) is None
    assert from_wire(v2c.Counter64(1)) is None
