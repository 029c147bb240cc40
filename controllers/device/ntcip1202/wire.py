"""Our values as the SNMP library's, and back."""

from __future__ import annotations

from typing import Any

from pysnmp.proto import rfc1902

from signalctl.controllers.device.ntcip1202.objects import Value

_INT32 = 2**31


def to_wire(value: Value, *, clock: bool = False, unsigned: bool = False) -> Any:
    """INTEGER, OCTET STRING or OBJECT IDENTIFIER; a clock is Counter32 or Unsigned32.

    A mask whose bit 31 is set goes as the negative number of the same 32 bits.
    """
    if isinstance(value, bytes):
        return rfc1902.OctetString(value)
    if isinstance(value, tuple):
        return rfc1902.ObjectIdentifier(value)
    if clock:
        bounded = value % 2**32
        return rfc1902.Unsigned32(bounded) if unsigned else rfc1902.Counter32(bounded)
    return rfc1902.Integer32(value - 2 * _INT32 if value >= _INT32 else value)


def from_wire(value: Any, *, clock_unsigned: bool | None = None) -> Value | None:
    """Our value, None for a type that this object does not have.

    `clock_unsigned` None: no clock, an INTEGER is due; else the one kind of clock.
    """
    if clock_unsigned is not None:
        wanted = rfc1902.Unsigned32 if clock_unsigned else rfc1902.Counter32
        return int(value) if value.tagSet == wanted.tagSet else None
    if value.tagSet == rfc1902.Integer32.tagSet:
        return int(value)
    if value.tagSet == rfc1902.OctetString.tagSet:
        return bytes(value)
    if value.tagSet == rfc1902.ObjectIdentifier.tagSet:
        return tuple(int(arc) for arc in value)
    return None


def any_from_wire(value: Any) -> Value | None:
    """Our value of whatever an answer holds; None for no such object and for other types."""
    if value.tagSet in (
        rfc1902.Integer32.tagSet,
        rfc1902.Unsigned32.tagSet,
        rfc1902.Counter32.tagSet,
        rfc1902.TimeTicks.tagSet,
    ):
        return int(value)
    return from_wire(value)
