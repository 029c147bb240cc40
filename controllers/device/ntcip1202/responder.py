"""Answers to SNMP GET and SET by community, from the store of an emulated controller.

Version 3 and walks are the library's; see `agent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from signalctl.controllers.device.emulator.settings import PowerLost
from signalctl.controllers.device.ntcip1202.ber import INTEGER, OCTETS, OID, Malformed
from signalctl.controllers.device.ntcip1202.message import (
    COUNTER,
    GET,
    MOST_SENT_OCTETS,
    NO_SUCH_INSTANCE,
    NO_SUCH_OBJECT,
    RESPONSE,
    SET,
    UNSIGNED,
    V1,
    Binding,
    Message,
    binding,
    decode,
    encode,
    encoded,
    value_of,
)
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, is_clock, locate
from signalctl.controllers.device.ntcip1202.store import NoSuchInstance, Store
from signalctl.controllers.device.ntcip1202.transaction import SetRefused, SetStatus

READER: Final = "reader"
SILENCE: Final = b""
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
STATUS_NUMBERS: Final = {
    SetStatus.TOO_BIG: TOO_BIG,
    SetStatus.GEN_ERR: 5,
    SetStatus.NO_ACCESS: 6,
    SetStatus.WRONG_TYPE: 7,
    SetStatus.WRONG_LENGTH: 8,
    SetStatus.WRONG_VALUE: 10,
    SetStatus.NO_CREATION: 11,
    SetStatus.NOT_WRITABLE: 17,
}
_V1_NUMBERS: Final = {1: 1, 5: 5, 6: 2, 7: 3, 8: 3, 10: 3, 11: 2, 17: 2}
"""Error status of version 1 for one of version 2 (RFC 3584 section 4.4)."""


class Responder:
    """Speaks for one store to those whose community it knows."""

    def __init__(self, store: Store, communities: Mapping[str, str]) -> None:
        """`communities` says who speaks by which: a reader, or a writer of that name."""
        self._store: Final = store
        self._who: Final = {name.encode(): who for name, who in communities.items() if name}

    def answer(self, datagram: bytes) -> bytes | None:
        """The answer, SILENCE for none at all; None for what is not GET or SET by community."""
        try:
            request = decode(datagram)
        except Malformed:
            return None
        if request.kind not in (GET, SET):
            return None
        who = self._who.get(request.community)
        if who is None or not self._store.controller.answers:
            return SILENCE
        if request.kind == GET:
            return self._get(request)
        try:
            self._set(request, who)
        except SetRefused as refused:
            return _refused(request, STATUS_NUMBERS[refused.status], refused.index)
        except PowerLost:
            return SILENCE
        return encode(replace(request, kind=RESPONSE, status=0, index=0))

    def _get(self, request: Message) -> bytes:
        listed = []
        for place, asked in enumerate(request.bindings, start=1):
            value = self._read(asked.oid)
            if request.version == V1 and value in (NO_SUCH_OBJECT, NO_SUCH_INSTANCE):
                return _refused(request, NO_SUCH_NAME, place)
            listed.append(binding(asked.oid, value))
        answer = encode(replace(request, kind=RESPONSE, status=0, index=0, listed=b"".join(listed)))
        return answer if len(answer) <= MOST_SENT_OCTETS else _refused(request, TOO_BIG, 0)

    def _read(self, oid: Oid) -> bytes:
        try:
            value = self._store.value(oid)
        except NoSuchInstance:
            return NO_SUCH_INSTANCE if locate(oid) else NO_SUCH_OBJECT
        return encoded(value, clock=is_clock(oid), unsigned=self._store.clock_unsigned)

    def _set(self, request: Message, who: str) -> None:
        """All of it or nothing. Raises SetRefused, PowerLost."""
        pairs = []
        for place, given in enumerate(request.bindings, start=1):
            value = self._given(given)
            if value is None:
                raise SetRefused(SetStatus.WRONG_TYPE, place)
            pairs.append((given.oid, value))
        if who == READER:
            raise SetRefused(SetStatus.NO_ACCESS, 1)
        self._store.set(pairs, who)

    def _given(self, given: Binding) -> Value | None:
        """The value, None for a type that the object does not have."""
        if is_clock(given.oid):
            wanted = UNSIGNED if self._store.clock_unsigned else COUNTER
            return value_of(given) if given.tag == wanted else None
        return value_of(given) if given.tag in (INTEGER, OCTETS, OID) else None


def _refused(request: Message, status: int, index: int) -> bytes:
    """The request back with an error; where an answer was too big, without its objects."""
    if request.version == V1:
        status = _V1_NUMBERS.get(status, status)
    index = min(index, len(request.bindings))
    listed = b"" if status == TOO_BIG and request.version != V1 else request.listed
    return encode(replace(request, kind=RESPONSE, status=status, index=index, listed=listed))
