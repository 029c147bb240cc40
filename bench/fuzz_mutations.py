"""Spoiling bytes: at random, and so that the spoilt message still adds up and goes deeper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES
from signalctl.controllers.device.gbt20999.enumerations import HEARTBEATS, FrameType
from signalctl.controllers.device.gbt20999.frame import (
    END,
    LONGEST_VALUE,
    START,
    FrameError,
    Item,
    ItemId,
    crc16,
    decode_datagram,
    encode_frame,
    escaped,
)
from signalctl.controllers.device.ntcip1202.ber import Malformed
from signalctl.controllers.device.ntcip1202.message import (
    Binding,
    binding,
    decode,
    encode,
    wrapped,
)

MOST_OCTETS: Final = 65_507
TAGS: Final = (0x02, 0x04, 0x05, 0x06, 0x30, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x80, 0x81, 0x82)
NUMBERS: Final = (0, 1, 2, 3, 127, 128, 254, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32 - 1)


def spoilt(data: bytes, random: Random) -> bytes:
    """A few bytes turned, cut out, doubled, put in or cut off; now and then something giant."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(8):
            case 0:
                del changed[at:]
            case 1:
                del changed[at : at + random.randrange(1, 9)]
            case 2:
                changed[at:at] = random.randbytes(random.randrange(1, 9))
            case 3:
                changed[at:at] = changed[at : at + random.randrange(1, 65)]
            case 4:
                changed[at : at + 1] = bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, START, END))])
            case 5 if changed:
                changed[at % len(changed)] ^= 1 << random.randrange(8)
            case 6 if random.random() < 0.02:
                changed *= 1 + MOST_OCTETS // (len(changed) + 1)
            case _:
                changed[at : at + 1] = random.randbytes(1)
    return bytes(changed[:MOST_OCTETS])


def resealed(data: bytes, random: Random) -> bytes:
    """A GB/T frame spoilt between start and check sum, length and check sum made right."""
    body = bytearray(spoilt(data[3:-3], random))[:4000]
    length = (len(body) + 2).to_bytes(2, "big")
    whole = length + body
    return bytes([START]) + whole + crc16(whole).to_bytes(2, "big") + bytes([END])


def other_values(data: bytes, random: Random) -> bytes:
    """A GB/T frame that is right and says something else; spoilt where it was no frame."""
    try:
        frame = decode_datagram(data)
    except FrameError:
        return spoilt(data, random)
    items = [_other_item(item, random) for item in frame.items]
    random.shuffle(items)
    if items and random.random() < 0.2:
        items *= random.randrange(1, 20)
    kind = frame.kind if random.random() < 0.9 else random.choice(list(FrameType))
    changed = replace(frame, kind=kind, items=() if kind in HEARTBEATS else tuple(items[:255]))
    if random.random() < 0.1:
        changed = replace(changed, sequence=random.randrange(256))
    try:
        return encode_frame(changed)
    except FrameError:
        return resealed(data, random)


def _other_item(item: Item, random: Random) -> Item:
    match random.randrange(5):
        case 0:
            return replace(item, value=spoilt(item.value, random)[:LONGEST_VALUE])
        case 1:
            size = random.choice((len(item.value), random.randrange(60)))
            return replace(item, value=random.randbytes(min(size, LONGEST_VALUE)))
        case 2:
            return replace(item, id=ItemId(*random.randbytes(4)))
        case 3:
            found = random.choice(ENTRIES)
            element = random.randrange(1, found.elements + 1) if found.elements else 0
            return replace(item, id=found.item_id(element))
    return item


def as_stream(datagrams: Sequence[bytes], random: Random) -> list[bytes]:
    """Frames one after the other as on TCP, rubbish between, cut anywhere."""
    stream = b""
    for datagram in datagrams:
        stream += datagram[:1] + escaped(datagram[1:-1]) + datagram[-1:]
        if random.random() < 0.3:
            stream += random.randbytes(random.randrange(20))
    stream = spoilt(stream, random) if random.random() < 0.5 else stream
    pieces = []
    while stream:
        at = random.choice((1, 7, 100, 5000, len(stream)))
        pieces.append(stream[:at])
        stream = stream[at:]
    return pieces


def other_bindings(data: bytes, random: Random) -> bytes:
    """An SNMP message that is right and says something else; spoilt where it was none."""
    try:
        message = decode(data)
    except Malformed:
        return spoilt(data, random)
    bindings = [_other_binding(found, random) for found in message.bindings]
    if random.random() < 0.1:
        random.shuffle(bindings)
    if random.random() < 0.1:
        bindings = bindings[: random.randrange(len(bindings) + 1)] * random.randrange(1, 30)
    changed = replace(
        message, listed=b"".join(binding(b.oid, wrapped(b.tag, b.content)) for b in bindings)
    )
    if random.random() < 0.15:
        changed = replace(
            changed,
            kind=random.choice((0xA0, 0xA1, 0xA2, 0xA3, 0xA5)),
            status=random.randrange(20),
            index=random.choice(NUMBERS),
        )
    return encode(changed)


def _other_binding(found: Binding, random: Random) -> Binding:
    match random.randrange(8):
        case 0:
            return found._replace(tag=random.choice(TAGS))
        case 1:
            return found._replace(content=spoilt(found.content, random)[:300])
        case 2:
            number = random.choice(NUMBERS)
            return found._replace(
                tag=0x02, content=number.to_bytes(5, "big").lstrip(b"\0") or b"\0"
            )
        case 3:
            return found._replace(tag=0x04, content=random.randbytes(random.randrange(40)))
        case 4:
            tail = tuple(random.choice(NUMBERS) for _ in range(random.randrange(1, 4)))
            return found._replace(
                oid=(*found.oid[: random.randrange(2, len(found.oid) + 1)], *tail)
            )
    return found


def deep(random: Random) -> bytes:
    """Sequences in sequences, or one that claims to be longer than it is."""
    data = random.randbytes(random.randrange(4))
    for _ in range(random.randrange(1, 2000)):
        size = len(data)
        head = bytes([size]) if size < 0x80 else b"\x83" + size.to_bytes(3, "big")
        data = random.choice((b"\x30", b"\xa0", b"\xa2", b"\x24")) + head + data
    if random.random() < 0.5:
        data = b"\x30\x84\xff\xff\xff\xff" + data
    return data
