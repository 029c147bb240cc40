"""SNMP messages of versions 1 and 2c as bytes: requests to get and to set, and their answers.

A street is asked once a second at every junction: these few messages are worth a codec of
their own, with which a status costs a seventeenth; version 3 and walks are the library's.
What is written is the shortest definite form, octet for octet the library's; what is read
adds up everywhere or is refused. Numbers padded with leading octets are read, because old
agents send them and their value is beyond doubt.
Source: RFC 1157 section 4, RFC 3416 section 3, X.690 section 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from signalctl.controllers.device.ntcip1202.ber import (
    INTEGER,
    MOST_OCTETS,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    Malformed,
    check_primitive,
    element,
)
from signalctl.controllers.device.ntcip1202.objects import Oid, Value

GET: Final = 0xA0
RESPONSE: Final = 0xA2
SET: Final = 0xA3
COUNTER: Final = 0x41
UNSIGNED: Final = 0x42
TICKS: Final = 0x43
NO_SUCH_OBJECT: Final = b"\x80\x00"
NO_SUCH_INSTANCE: Final = b"\x81\x00"
NULL_VALUE: Final = bytes((NULL, 0))
MOST_SENT_OCTETS: Final = 65_507
"""What a UDP datagram holds."""
MOST_STATUS: Final = 18
"""inconsistentName, the last error status there is."""
V1: Final = 0
V2C: Final = 1
_KINDS: Final = frozenset({GET, RESPONSE, SET})
_NATURALS: Final = frozenset({COUNTER, UNSIGNED, TICKS})
_KEPT_OIDS: Final = 4096
_KEPT_OCTETS: Final = 40
_INT32: Final = 2**31


class Binding(NamedTuple):
    """An object and its value as it came: tag and content."""

    oid: Oid
    tag: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `listed` are the octets of its bindings, for whoever echoes them."""

    version: int
    community: bytes
    kind: int
    request_id: int
    status: int = 0
    index: int = 0
    listed: bytes = b""
    bindings: tuple[Binding, ...] = ()


def decode(datagram: bytes) -> Message:
    """The message in a datagram. Raises Malformed for anything else, other kinds included."""
    if not 2 <= len(datagram) <= MOST_OCTETS:
        raise Malformed
    try:
        return _decode(datagram)
    except IndexError:
        raise Malformed from None


def _decode(datagram: bytes) -> Message:
    at, end = _entered(datagram, 0, len(datagram), SEQUENCE)
    version, at = _int32(datagram, at, end)
    tag, start, at = element(datagram, at, end)
    community = datagram[start:at]
    if version not in (V1, V2C) or tag != OCTETS:
        raise Malformed
    kind = datagram[at]
    if kind not in _KINDS:
        raise Malformed
    at, end = _entered(datagram, at, end, kind)
    request_id, at = _int32(datagram, at, end)
    status, at = _int32(datagram, at, end)
    index, at = _int32(datagram, at, end)
    if not 0 <= status <= MOST_STATUS or index < 0:
        raise Malformed
    at, end = _entered(datagram, at, end, SEQUENCE)
    listed = datagram[at:end]
    bindings = []
    while at < end:
        tag, start, stop = element(datagram, at, end)
        name, start_name, end_name = element(datagram, start, stop)
        if tag != SEQUENCE or name != OID:
            raise Malformed
        value, start, last = element(datagram, end_name, stop)
        content = datagram[start:last]
        if last != stop:
            raise Malformed
        found = Binding(oid_of(datagram[start_name:end_name]), value, content)
        if value_of(found) is None:
            check_primitive(value, content)
        bindings.append(found)
        at = stop
    return Message(
        version=version,
        community=community,
        kind=kind,
        request_id=request_id,
        status=status,
        index=index,
        listed=listed,
        bindings=tuple(bindings),
    )


def _entered(datagram: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Begin and end of the content of an element that fills the rest."""
    found, start, stop = element(datagram, at, end)
    if found != tag or stop != end:
        raise Malformed
    return start, stop


def _int32(datagram: bytes, at: int, end: int) -> tuple[int, int]:
    tag, start, stop = element(datagram, at, end)
    if tag != INTEGER:
        raise Malformed
    return number_of(tag, datagram[start:stop]), stop


def number_of(tag: int, content: bytes) -> int:
    """The number in an INTEGER, counter, gauge or time. Raises Malformed outside its 32 bits."""
    check_primitive(tag, content)
    value = int.from_bytes(content, "big", signed=True)
    low, high = (0, 2 * _INT32) if tag in _NATURALS else (-_INT32, _INT32)
    if not low <= value < high:
        raise Malformed
    return value


def oid_of(content: bytes) -> Oid:
    """The OID in these octets. Raises Malformed."""
    # Only short ones are kept: what strangers send must not fill the memory.
    return _kept_oid(content) if len(content) <= _KEPT_OCTETS else _read_oid(content)


def _read_oid(content: bytes) -> Oid:
    check_primitive(OID, content)
    arcs: list[int] = []
    arc = 0
    begins = True
    for octet in content:
        if begins and octet == 0x80:
            raise Malformed
        arc = arc << 7 | octet & 0x7F
        begins = octet < 0x80
        if begins:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


_kept_oid: Final = lru_cache(maxsize=_KEPT_OIDS)(_read_oid)


def value_of(binding: Binding) -> Value | None:
    """Our value of whatever an answer holds; None for no such object and for other types.

    Raises Malformed for a number or an OID that is none.
    """
    tag, content = binding.tag, binding.content
    if tag == INTEGER or tag in _NATURALS:
        return number_of(tag, content)
    if tag == OCTETS:
        return content
    return oid_of(content) if tag == OID else None


def encode(message: Message) -> bytes:
    """The octets of a message; its bindings are taken from `listed`."""
    body = (
        _number(INTEGER, message.request_id)
        + _number(INTEGER, message.status)
        + _number(INTEGER, message.index)
        + wrapped(SEQUENCE, message.listed)
    )
    return wrapped(
        SEQUENCE,
        _number(INTEGER, message.version)
        + wrapped(OCTETS, message.community)
        + wrapped(message.kind, body),
    )


def asking(oid: Oid) -> bytes:
    """The binding that asks for an object."""
    return binding(oid, NULL_VALUE)


def binding(oid: Oid, value: bytes) -> bytes:
    """A binding of an object to an encoded value."""
    return wrapped(SEQUENCE, _encoded_oid(oid) + value)


def encoded(value: Value, *, clock: bool = False, unsigned: bool = False) -> bytes:
    """A value as INTEGER, OCTET STRING or OBJECT IDENTIFIER; a clock as Counter32 or Unsigned32.

    A mask whose bit 31 is set goes as the negative number of the same 32 bits.
    """
    if isinstance(value, bytes):
        return wrapped(OCTETS, value)
    if isinstance(value, tuple):
        return _encoded_oid(value)
    if clock:
        return _number(UNSIGNED if unsigned else COUNTER, value % (2 * _INT32))
    return _number(INTEGER, value - 2 * _INT32 if value >= _INT32 else value)


@lru_cache(maxsize=_KEPT_OIDS)
def _encoded_oid(oid: Oid) -> bytes:
    first, second, *rest = oid
    content = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return wrapped(OID, bytes(content))


def _number(tag: int, value: int) -> bytes:
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return bytes((tag, size)) + value.to_bytes(size, "big", signed=True)


def wrapped(tag: int, content: bytes) -> bytes:
    """An element with this tag and content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
