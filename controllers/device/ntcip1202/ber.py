"""Whether a datagram is an SNMP message at all: looked at before anything decodes it.

BER nests and names its lengths; a hostile one lies about both. Only messages whose
every length adds up, of bounded depth, numbers and names, go on to the library.
Source: RFC 3417 section 8 (definite lengths only).
"""

from __future__ import annotations

from typing import Final

MOST_OCTETS: Final = 8192
MOST_DEPTH: Final = 6
MOST_ELEMENTS: Final = 2048
MOST_OID_OCTETS: Final = 512

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
OCTETS: Final = 0x04
OID: Final = 0x06
NULL: Final = 0x05
_NUMBERS: Final = frozenset({INTEGER, 0x41, 0x42, 0x43, 0x46})
_STRINGS: Final = frozenset({OCTETS, 0x40, 0x44})
_NOTHINGS: Final = frozenset({NULL, 0x80, 0x81, 0x82})
_PDUS: Final = frozenset({*range(0xA0, 0xA9), SEQUENCE})


class Malformed(Exception):
    """Bytes that are no BER of the kind that is due."""


def well_formed(datagram: bytes) -> bool:
    """Whether it is one SEQUENCE of known types that adds up, beginning with a version."""
    if not 2 <= len(datagram) <= MOST_OCTETS or datagram[0] != SEQUENCE:
        return False
    try:
        kinds = _walk(datagram)
    except (Malformed, IndexError):
        return False
    return kinds[:2] in ([INTEGER, OCTETS], [INTEGER, SEQUENCE]) and len(kinds) in (3, 4)


def _walk(datagram: bytes) -> list[int]:
    """Tags of the message's own elements. Raises Malformed."""
    outer: list[int] = []
    elements = 0
    stack = [(0, len(datagram), 0)]
    while stack:
        at, end, depth = stack.pop()
        while at < end:
            elements += 1
            tag, start, stop = element(datagram, at, end)
            if elements > MOST_ELEMENTS or depth > MOST_DEPTH:
                raise Malformed
            if depth == 0 and (at != 0 or stop != len(datagram)):
                raise Malformed
            if depth == 1:
                outer.append(tag)
            if tag in _PDUS:
                stack.append((start, stop, depth + 1))
            else:
                check_primitive(tag, datagram[start:stop])
            at = stop
    return outer


def element(datagram: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, begin and end of the content of the element at `at`.

    Raises Malformed when it does not fit before `end`, IndexError at the very end.
    """
    tag, length, start = datagram[at], datagram[at + 1], at + 2
    if length >= 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or start + octets > end:
            raise Malformed
        length = int.from_bytes(datagram[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise Malformed
    return tag, start, start + length


def check_primitive(tag: int, content: bytes) -> None:
    """Raises Malformed for a content that no value of this type has."""
    if tag in _NUMBERS:
        good = 1 <= len(content) <= (9 if tag == 0x46 else 5)
    elif tag == OID:
        good = 1 <= len(content) <= MOST_OID_OCTETS and content[-1] < 0x80 and _arcs_fit(content)
    elif tag in _NOTHINGS:
        good = not content
    else:
        good = tag in _STRINGS
    if not good:
        raise Malformed


def _arcs_fit(content: bytes) -> bool:
    """Whether every arc has at most 32 bits."""
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if value > 0xFFFFFFFF:
            return False
        if octet < 0x80:
            value = 0
    return True
