"""The SNMP manager: reads and writes objects of one controller, and never writes twice blindly.

UDP loses requests and replies alike: a SET that was not answered may have taken
effect. It is repeated only after a look at the device has shown that it did not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, is_clock, locate
from signalctl.controllers.device.ntcip1202.profile import Credentials, Profile
from signalctl.controllers.device.ntcip1202.speakers import Answer, speaker
from signalctl.domain.errors import InputError, Refused, Unreachable

NO_SUCH_NAME: Final = 2
GEN_ERR: Final = 5
_STATUS: Final = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)


class SetRejected(Refused):
    """The controller refused a SET; `status` is SNMP's word, `oid` the guilty object if told."""

    status: str = ""
    oid: Oid | None = None


class Manager:
    """One controller's objects. Its requests go out one after the other."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        profile: Profile,
        credentials: Credentials,
        exchange: Exchange | None = None,
    ) -> None:
        """Opens nothing yet; `exchange` is a socket shared with others (v1 and v2c only).

        Raises InputError when the credentials do not fit the version.
        """
        self._name: Final = name
        self.profile: Final = profile
        self._speaker: Final = speaker(name, (host, port), profile, credentials, exchange)
        self._turn: Final = asyncio.Lock()

    async def get(self, oids: Iterable[Oid]) -> dict[Oid, Value | None]:
        """Values by OID, None for an object the device has not.

        Reads are tried again; as many messages as needed. Raises Unreachable, Refused.
        """
        wanted = list(dict.fromkeys(oids))
        found: dict[Oid, Value | None] = {}
        size = self.profile.varbinds
        for at in range(0, len(wanted), size):
            found |= await self._get_some(wanted[at : at + size])
        return found

    async def _get_some(self, oids: list[Oid]) -> dict[Oid, Value | None]:
        missing: dict[Oid, Value | None] = {}
        left = list(oids)
        while left:
            status, index, answer = await self._read(left)
            if status == NO_SUCH_NAME and 1 <= index <= len(left):
                # Version 1 refuses the whole request for one object it has not.
                missing[left.pop(index - 1)] = None
                continue
            if status:
                raise Refused(
                    f"The controller does not answer a reading: {_word(status)}.", where=self._name
                )
            return missing | dict(answer)
        return missing

    async def _read(self, oids: list[Oid]) -> Answer:
        """One reading, tried again while there is no answer, or one to another question."""
        last = Unreachable("No attempt was made.", where=self._name)
        for _ in range(self.profile.attempts):
            try:
                async with self._turn:
                    answer = await self._speaker.get(oids)
            except Unreachable as error:
                last = error
                continue
            if answer.status or [oid for oid, _ in answer.objects] == oids:
                return answer
            last = Unreachable(
                "The controller answers other objects than it is asked for.", where=self._name
            )
        raise last

    async def set(
        self,
        pairs: Sequence[tuple[Oid, Value]],
        *,
        took_effect: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """One SET of at most `profile.varbinds` objects.

        Without an answer `took_effect` says by looking whether it was taken (else:
        by reading the objects); only if not is it sent again. Raises SetRejected,
        Unreachable.
        """
        if not 0 < len(pairs) <= self.profile.varbinds:
            raise InputError(f"{len(pairs)} objects do not fit one message.", where=self._name)
        looks = took_effect or (lambda: self._holds(pairs))
        for _ in range(self.profile.attempts):
            try:
                await self._set_once(pairs)
                return
            except Unreachable:
                if await looks():
                    return
        raise Unreachable(
            f"The controller did not take a change in {self.profile.attempts} attempts.",
            where=self._name,
            remedy="Read it before writing again.",
        )

    async def _holds(self, pairs: Sequence[tuple[Oid, Value]]) -> bool:
        held = await self.get(oid for oid, _ in pairs)
        return all(held[oid] == value for oid, value in pairs)

    async def _set_once(self, pairs: Sequence[tuple[Oid, Value]]) -> None:
        unsigned = self.profile.clock_unsigned
        status, index = await self._send(pairs, unsigned)
        if status in (3, 7) and any(is_clock(oid) for oid, _ in pairs):
            # Old and new devices want different types for seconds since 1970.
            status, index = await self._send(pairs, not unsigned)
        if not status:
            return
        guilty = pairs[index - 1][0] if 1 <= index <= len(pairs) else None
        known = locate(guilty) if guilty else None
        what = f"{known[0].name} {'.'.join(map(str, known[1]))}".strip() if known else "the request"
        rejected = SetRejected(
            f"The controller refuses {what}: {_word(status)}.",
            where=self._name,
            remedy="Ask for the value it accepts, or for the right to write.",
        )
        rejected.status = _word(status)
        rejected.oid = guilty
        raise rejected

    async def _send(self, pairs: Sequence[tuple[Oid, Value]], unsigned: bool) -> tuple[int, int]:
        async with self._turn:
            answer = await self._speaker.set(pairs, clock_unsigned=unsigned)
        return answer.status, answer.place

    def close(self) -> None:
        """Let go of the socket, unless it is shared."""
        self._speaker.close()


def _word(status: int) -> str:
    return _STATUS[status] if 0 <= status < len(_STATUS) else f"error {status}"
