"""Frames of GB/T 20999-2017: bytes to header and data values, and back.

    7E, length, version, host, controller, junction, sequence, type, count, items, CRC, 7D

The length counts everything but start, end and itself; all numbers are
big-endian; the CRC runs from the length to the last item. On TCP and serial
lines every 7E, 7D and 5C between start and end is preceded by 5C; datagrams
carry one bare frame each. Decoding never trusts a byte: whatever is wrong
raises FrameError.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from signalctl.controllers.device.gbt20999.enumerations import HEARTBEATS, FrameType
from signalctl.domain.errors import DeviceError

START: Final = 0x7E
END: Final = 0x7D
ESCAPE: Final = 0x5C
HEADER: Final = struct.Struct(">HHBIBBB")
"""Length, version, host, controller, junction, sequence, type."""
SHORTEST_FRAME: Final = 16
"""Bytes of a heartbeat without count byte."""
LONGEST_VALUE: Final = 251
MOST_ITEMS: Final = 255
_MAJOR_VERSION: Final = 1
SPECIALS: Final = (ESCAPE, START, END)


class FrameError(DeviceError):
    """Bytes from the wire that are no frame of this protocol."""

    code: ClassVar[str] = "device-frame"


class ItemId(NamedTuple):
    """Which data value: class, object, attribute and element; 0 where there is none."""

    class_id: int
    object_id: int
    attribute_id: int = 0
    element_id: int = 0

    def __str__(self) -> str:
        return ".".join(map(str, self))


@dataclass(frozen=True, slots=True)
class Item:
    """One data value of a frame: its index within the frame, its id, its bytes (none: a query)."""

    index: int
    id: ItemId
    value: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A whole frame.

    `host` 0-255, `controller` 32 bits, `junction` 0 or 1-8. `counted` says that a
    heartbeat carries a count byte of 0 (sources disagree); other frames always
    carry their count.
    """

    kind: FrameType
    controller: int
    sequence: int
    host: int = 0
    junction: int = 0
    version: int = 0x0100
    items: tuple[Item, ...] = ()
    counted: bool = False


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1005 if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return tuple(table)


_CRC_TABLE: Final = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x1005, initial value 0, nothing reflected, no final XOR."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC_TABLE[crc >> 8 ^ byte]
    return crc


def escaped(body: bytes) -> bytes:
    """Every 7E, 7D and 5C preceded by 5C, as on TCP and serial lines."""
    for special in SPECIALS:
        body = body.replace(bytes([special]), bytes([ESCAPE, special]))
    return body


def unescaped(body: bytes) -> bytes:
    """The inverse of `escaped`. Raises FrameError for an escape before nothing."""
    if ESCAPE not in body:
        return body
    out = bytearray()
    at = 0
    while (found := body.find(ESCAPE, at)) >= 0:
        if found + 1 == len(body):
            raise FrameError("The frame ends in an escape byte.")
        out += body[at:found]
        out.append(body[found + 1])
        at = found + 2
    return bytes(out + body[at:])


def encode_frame(frame: Frame, *, escape: bool = False) -> bytes:
    """The bytes of a frame, escaped for TCP if asked for.

    Raises FrameError for a header field, a count or a value that has no room.
    """
    data = bytearray()
    if frame.kind not in HEARTBEATS:
        if not 1 <= len(frame.items) <= MOST_ITEMS:
            raise FrameError(f"A frame carries 1 to {MOST_ITEMS} data values.")
        data.append(len(frame.items))
    elif frame.items:
        raise FrameError("A heartbeat carries no data values.")
    elif frame.counted:
        data.append(0)
    for item in frame.items:
        if len(item.value) > LONGEST_VALUE:
            raise FrameError(f"Value {item.id} has {len(item.value)} bytes, {LONGEST_VALUE} fit.")
        try:
            data += bytes((item.index, 4 + len(item.value), *item.id))
        except ValueError:
            raise FrameError(f"Index {item.index} or id {item.id} does not fit a byte.") from None
        data += item.value
    try:
        body = (
            HEADER.pack(
                HEADER.size + len(data),
                frame.version,
                frame.host,
                frame.controller,
                frame.junction,
                frame.sequence,
                frame.kind,
            )
            + data
        )
    except struct.error as error:
        raise FrameError(f"The frame's header has no room for its fields: {error}.") from None
    body += crc16(body).to_bytes(2, "big")
    return bytes([START]) + (escaped(body) if escape else body) + bytes([END])


def decode_datagram(datagram: bytes) -> Frame:
    """The frame that a datagram holds. Raises FrameError for anything else."""
    if len(datagram) < SHORTEST_FRAME or datagram[0] != START or datagram[-1] != END:
        raise FrameError("The datagram is no frame from 7E to 7D.")
    return decode_body(datagram[1:-1], len(datagram))


def decode_body(body: bytes, wire_bytes: int) -> Frame:
    """The frame whose un-escaped bytes between start and end are `body`.

    `wire_bytes` is the frame's size as it came, escapes counted: some senders
    state that one as the length. Raises FrameError.
    """
    if len(body) + 2 < SHORTEST_FRAME:
        raise FrameError(f"A frame of {len(body) + 2} bytes is too short.")
    if crc16(body[:-2]) != int.from_bytes(body[-2:], "big"):
        raise FrameError("The frame's check sum is wrong.")
    length, version, host, controller, junction, sequence, kind = HEADER.unpack_from(body)
    if length not in (len(body) - 2, wire_bytes - 4):
        raise FrameError(f"The frame states a length of {length} and has {len(body) - 2}.")
    if version >> 8 != _MAJOR_VERSION:
        raise FrameError(f"Protocol version {version:#06x} is unknown.")
    try:
        frame_type = FrameType(kind)
    except ValueError:
        raise FrameError(f"Frame type {kind:#04x} is unknown.") from None
    data = body[HEADER.size : -2]
    items = _heartbeat_items(data) if frame_type in HEARTBEATS else _decode_items(data)
    return Frame(
        kind=frame_type,
        controller=controller,
        sequence=sequence,
        host=host,
        junction=junction,
        version=version,
        items=items,
        counted=frame_type in HEARTBEATS and bool(data),
    )


def _heartbeat_items(data: bytes) -> tuple[Item, ...]:
    if data not in (b"", b"\0"):
        raise FrameError("A heartbeat carries data.")
    return ()


def _decode_items(data: bytes) -> tuple[Item, ...]:
    if not data or not data[0]:
        raise FrameError("The frame carries no data values.")
    items = []
    at = 1
    for _ in range(data[0]):
        if at + 6 > len(data):
            raise FrameError("A data value is cut off.")
        index, length = data[at], data[at + 1]
        end = at + 2 + length
        if length < 4 or end > len(data):
            raise FrameError(f"Data value {index} states {length} bytes.")
        items.append(Item(index, ItemId(*data[at + 2 : at + 6]), data[at + 6 : end]))
        at = end
    if at != len(data):
        raise FrameError(f"{len(data) - at} bytes follow the last data value.")
    return tuple(items)
