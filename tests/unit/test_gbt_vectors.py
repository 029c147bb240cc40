"""Captured frames and golden vectors, byte for byte, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from gbt_frames import CAPTURED, DESCRIBED, VECTORS, Captured, Described

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, as_table, entry, entry_of
from signalctl.controllers.device.gbt20999.enumerations import (
    Command,
    ControlMode,
    FaultType,
    FrameType,
    StatusCode,
)
from signalctl.controllers.device.gbt20999.frame import (
    Frame,
    FrameError,
    Item,
    ItemId,
    crc16,
    decode_datagram,
    encode_frame,
    escaped,
)
from signalctl.controllers.device.gbt20999.items import Answers, decoded, encoded, item_id
from signalctl.controllers.device.gbt20999.receiver import StreamReceiver
from signalctl.controllers.device.gbt20999.values import Kind, Value

CENTRE = 0x000C48FC


def framed(kind: FrameType, sequence: int, values: Mapping[ItemId, Value], host: int = 0) -> Frame:
    items = [Item(n, *pair) for n, pair in enumerate(encoded(values), start=1)]
    return Frame(
        kind=kind,
        controller=CENTRE,
        sequence=sequence,
        host=host,
        junction=1,
        items=tuple(items),
    )


def test_all_of_the_sheet_was_transcribed() -> None:
    assert (len(CAPTURED), len(VECTORS), len(DESCRIBED)) == (45, 12, 177)


def test_check_sums() -> None:
    assert crc16(b"123456789") == 0x5BB8
    assert crc16(bytes.fromhex("0013010005000000060112100101040c020300")) == 0x4BD7


@pytest.mark.parametrize("pair", CAPTURED, ids=lambda pair: str(pair.id))
def test_captured_frames(pair: Captured) -> None:
    request, reply = decode_datagram(pair.request), decode_datagram(pair.reply)
    assert encode_frame(request) == pair.request
    assert encode_frame(reply) == pair.reply
    assert request.kind is FrameType.QUERY
    assert request.items == (Item(1, pair.id),)
    assert (request.host, request.sequence, reply.sequence) == (5, 1, 2)
    built = Frame(
        kind=FrameType.QUERY,
        controller=0,
        sequence=1,
        host=5,
        junction=request.junction,
        items=(Item(1, pair.id),),
    )
    assert encode_frame(built) == pair.request
    answers = Answers.to(request)
    assert answers.take(reply, by_sequence=False)
    assert answers.complete
    if pair.id == (17, 2, 1, 1):
        assert answers.refusals() == {ItemId(17, 2, 1, 1): StatusCode.NO_SUCH_OBJECT}
        return
    ((id_, value),) = decoded(answers.values()).items()
    if pair.id != (15, 2, 2, 1):  # a vendor's alarm type
        assert entry_of(id_).encode(value) == reply.items[0].value
    assert not Answers.to(request).take(reply, by_sequence=True)


@pytest.mark.parametrize(
    ("id_", "value"),
    [
        ((1, 1, 0, 0), "东土正创"),
        ((2, 2, 1, 0), bytes([192, 168, 40, 85])),
        ((2, 3, 2, 0), 5051),
        ((3, 1, 0, 0), 64),
        ((4, 2, 2, 1), frozenset({1})),
        ((5, 2, 5, 1), "测试01"),
        ((5, 3, 5, 1), ""),
        ((6, 2, 2, 1), frozenset({1, 2, 3, 4})),
        ((7, 1, 2, 1), frozenset({5, 6, 7, 8, 10, 13, 14, 15, 16})),
        ((9, 2, 3, 1), 120),
        ((9, 2, 6, 1), (1, 2, 3, 4) + (0,) * 12),
        ((9, 2, 7, 1), (29, 31, 29, 31) + (0,) * 12),
        ((9, 2, 8, 1), (16,) * 4 + (0,) * 12),
        ((12, 2, 4, 1), 0x3E),
        ((13, 2, 2, 1), int(ControlMode.LOCAL_COORDINATED)),
        ((16, 2, 3, 1), (2021, 9, 2, 18, 18, 33)),
    ],
)
def test_captured_values(id_: tuple[int, ...], value: Value) -> None:
    (pair,) = [pair for pair in CAPTURED if pair.id == id_]
    item = decode_datagram(pair.reply).items[0]
    assert entry_of(item.id).decode(item.value) == value


@pytest.mark.parametrize("name", [n for n in VECTORS if n != "D8"])
def test_vectors_as_datagrams(name: str) -> None:
    assert encode_frame(decode_datagram(VECTORS[name])) == VECTORS[name]


def plan(values: dict[int, Value]) -> dict[ItemId, Value]:
    return {item_id(9, 2, attribute, 1): value for attribute, value in values.items()}


PLAN = plan(
    {
        2: 1,
        3: 120,
        4: 1,
        5: 15,
        6: (1, 2, 3, 4) + (0,) * 12,
        7: (35, 25, 35, 25) + (0,) * 12,
        8: (16,) * 4 + (0,) * 12,
    }
)
NARROW = {item_id(9, 2, 3, 1): 125, item_id(9, 2, 5, 1): 126, item_id(4, 2, 27, 1): 92}
CONTROL = {
    item_id(17, 1, 2, 1): 1,
    item_id(17, 1, 3, 1): 1,
    item_id(17, 1, 4, 1): int(ControlMode.LOCAL_FIXED_TIME),
}
MEANT = {
    "G1": framed(FrameType.SET, 0x13, CONTROL, host=5),
    "D4": framed(FrameType.SET, 0x21, PLAN, host=5),
    "D7": framed(FrameType.SET, 0x23, NARROW, host=5),
    "D9": framed(FrameType.SET, 0x24, {item_id(17, 1, 4, 1): 0x11}, host=5),
    "D10": framed(FrameType.SET, 0x25, {item_id(18, 1): int(Command.YELLOW_FLASH)}, host=5),
    "D11": framed(
        FrameType.TRAP, 0x01, {item_id(16, 2, 2, 1): int(FaultType.GREEN_CONFLICT)}, host=5
    ),
}


@pytest.mark.parametrize("name", MEANT)
def test_vectors_from_their_meaning(name: str) -> None:
    found = decode_datagram(VECTORS[name])
    assert found.kind is MEANT[name].kind
    assert found.items == tuple(Item(item.index, item.id, item.value) for item in MEANT[name].items)
    assert (found.sequence, found.controller) == (MEANT[name].sequence, CENTRE)


def test_heartbeats_with_and_without_count() -> None:
    bare = Frame(kind=FrameType.HEARTBEAT, controller=CENTRE, sequence=0x20, host=5, junction=1)
    assert decode_datagram(VECTORS["D1"]) == bare
    assert decode_datagram(VECTORS["D2"]).counted
    assert decode_datagram(VECTORS["D3"]).kind is FrameType.HEARTBEAT_REPLY


def test_set_replies_answer_their_request() -> None:
    request = decode_datagram(VECTORS["D4"])
    answers = Answers.to(request)
    assert answers.take(decode_datagram(VECTORS["D5"]), by_sequence=True)
    assert answers.complete
    assert not answers.refusals()
    refusal = decode_datagram(VECTORS["D6"])
    assert refusal.kind is FrameType.SET_ERROR
    assert refusal.items == (Item(1, ItemId(9, 2, 3, 1), bytes([StatusCode.OUT_OF_RANGE])),)


def test_escaped_twin_of_a_datagram() -> None:
    frame = decode_datagram(VECTORS["D7"])
    assert encode_frame(frame, escape=True) == VECTORS["D8"]
    receiver = StreamReceiver()
    assert receiver.feed(VECTORS["D8"]) == [frame]
    assert receiver.rejected == 0
    with pytest.raises(FrameError):
        decode_datagram(VECTORS["D8"])


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda d: d.id)
def test_dictionary_agrees_with_the_sheet(described: Described) -> None:
    found = entry(*map(int, described.id.split(".")))
    assert bool(found.elements) is described.elements
    assert found.writable is described.access.startswith("RW")
    if described.size.startswith("<="):
        assert found.encoding.kind is Kind.TEXT
        assert found.encoding.size == int(described.size[2:])
    else:
        assert found.encoding.size == int(described.size)
        assert described.captured in (None, found.encoding.size)


def test_dictionary_holds_nothing_else() -> None:
    other_layout = "3.3.2"  # where some devices keep what others have in 3.3.1
    assert [str(e) for e in ENTRIES if str(e) != other_layout] == [d.id for d in DESCRIBED]


def sealed(body: bytes) -> bytes:
    """A datagram around a body, with its right check sum."""
    return b"\x7e" + body + crc16(body).to_bytes(2, "big") + b"\x7d"


def test_frames_that_are_none() -> None:
    body = VECTORS["D9"][1:-3]
    assert decode_datagram(sealed(body))
    for at, byte in ((0, 1), (1, body[1] + 1), (1, body[1] - 1), (2, 2), (11, 0x99), (12, 2)):
        bad = bytearray(body)
        bad[at] = byte
        with pytest.raises(FrameError):
            decode_datagram(sealed(bytes(bad)))


def test_indices_may_come_in_any_order() -> None:
    request = decode_datagram(VECTORS["D4"])
    mixed = replace(
        decode_datagram(VECTORS["D5"]), items=decode_datagram(VECTORS["D5"]).items[::-1]
    )
    answers = Answers.to(request)
    assert answers.take(decode_datagram(encode_frame(mixed)), by_sequence=True)
    assert answers.complete


def test_good_and_bad_items_may_come_in_two_frames() -> None:
    request = decode_datagram(VECTORS["D4"])
    good = decode_datagram(VECTORS["D5"])
    bad = replace(
        good,
        kind=FrameType.SET_ERROR,
        items=(Item(2, ItemId(9, 2, 3, 1), bytes([StatusCode.OUT_OF_RANGE])),),
    )
    answers = Answers.to(request)
    first = tuple(item for item in good.items if item.index != 2)
    assert answers.take(replace(good, items=first), by_sequence=True)
    assert sorted(answers.good) == [1, 3, 4, 5, 6, 7]
    assert not answers.take(replace(bad, sequence=0x99), by_sequence=True)
    assert answers.take(bad, by_sequence=True)
    assert answers.complete
    assert not answers.take(bad, by_sequence=True)
    assert answers.refusals() == {ItemId(9, 2, 3, 1): StatusCode.OUT_OF_RANGE}


@pytest.mark.parametrize("status", [b"", b"\0"])
def test_set_replies_with_and_without_status(status: bytes) -> None:
    request = decode_datagram(VECTORS["D9"])
    items = (Item(1, ItemId(17, 1, 4, 1), status),)
    reply = replace(request, kind=FrameType.SET_REPLY, items=items)
    answers = Answers.to(request)
    assert answers.take(reply, by_sequence=True)
    assert answers.complete
    assert not answers.refusals()


def test_a_stream_may_state_the_escaped_length() -> None:
    frame = decode_datagram(VECTORS["D7"])
    body = bytearray(VECTORS["D7"][1:-3])
    body[:2] = (len(VECTORS["D8"]) - 4).to_bytes(2, "big")
    wire = b"\x7e" + escaped(bytes(body) + crc16(bytes(body)).to_bytes(2, "big")) + b"\x7d"
    assert len(wire) == len(VECTORS["D8"])
    assert StreamReceiver().feed(wire) == [frame]


def test_a_bare_start_inside_a_frame_begins_a_new_one() -> None:
    good = VECTORS["D8"]
    receiver = StreamReceiver()
    assert receiver.feed(good[:20] + good + good) == [decode_datagram(VECTORS["D7"])] * 2
    assert receiver.rejected == 1


def test_the_dictionary_prints_as_a_table() -> None:
    lines = as_table().splitlines()
    assert len(lines) == len(ENTRIES) + 2
    assert "| 9.2.3 | 周期 | cycle | 4 | 128 | RW | s |  |" in lines
