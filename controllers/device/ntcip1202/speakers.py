"""How a manager speaks to its controller: by community (v1, v2c) or as a user (v3)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from signalctl.controllers.device.ntcip1202.exchange import Address, Exchange
from signalctl.controllers.device.ntcip1202.message import (
    GET,
    SET,
    V1,
    V2C,
    Message,
    asking,
    binding,
    encoded,
    value_of,
)
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, is_clock
from signalctl.controllers.device.ntcip1202.profile import Credentials, Profile, Version
from signalctl.domain.errors import InputError, Unreachable


class Answer(NamedTuple):
    """Error status and index (here: place) as SNMP numbers them, and the objects answered.

    A value of None is an object that the controller has not.
    """

    status: int
    place: int
    objects: tuple[tuple[Oid, Value | None], ...]


class Speaker(Protocol):
    """One way to one controller. Both calls raise Unreachable, and Refused for credentials."""

    async def get(self, oids: Sequence[Oid]) -> Answer:
        """One message that asks."""

    async def set(self, pairs: Sequence[tuple[Oid, Value]], *, clock_unsigned: bool) -> Answer:
        """One message that sets."""

    def close(self) -> None:
        """Let go of what was opened."""


def speaker(
    name: str,
    address: Address,
    profile: Profile,
    credentials: Credentials,
    exchange: Exchange | None,
) -> Speaker:
    """The way that the profile's version asks for. Raises InputError for missing credentials."""
    if profile.version is Version.V3:
        # The library takes a while to load.
        from signalctl.controllers.device.ntcip1202.user_speaker import UserSpeaker

        return UserSpeaker(name, address, profile, credentials)
    return CommunitySpeaker(name, address, profile, credentials, exchange)


class CommunitySpeaker:
    """Versions 1 and 2c, over a socket of its own or one shared by a whole street."""

    def __init__(
        self,
        name: str,
        address: Address,
        profile: Profile,
        credentials: Credentials,
        exchange: Exchange | None,
    ) -> None:
        if not credentials.community:
            raise InputError(f"SNMP {profile.version} needs a community.", where=name)
        self._name: Final = name
        self._address: Final = address
        self._numeric: Address | None = None
        self._timeout_s: Final = profile.timeout_s
        self._version: Final = V1 if profile.version is Version.V1 else V2C
        self._community: Final = credentials.community.encode()
        self._shared: Final = exchange is not None
        self._exchange: Final = exchange or Exchange()

    async def get(self, oids: Sequence[Oid]) -> Answer:
        """One message that asks."""
        return await self._ask(GET, b"".join(map(asking, oids)))

    async def set(self, pairs: Sequence[tuple[Oid, Value]], *, clock_unsigned: bool) -> Answer:
        """One message that sets."""
        listed = [
            binding(oid, encoded(value, clock=is_clock(oid), unsigned=clock_unsigned))
            for oid, value in pairs
        ]
        return await self._ask(SET, b"".join(listed))

    async def _ask(self, kind: int, listed: bytes) -> Answer:
        request = Message(
            version=self._version,
            community=self._community,
            kind=kind,
            request_id=0,
            listed=listed,
        )
        try:
            if self._numeric is None:
                self._numeric = await _resolved(self._address)
            answer = await self._exchange.ask(self._numeric, request, self._timeout_s)
        except TimeoutError:
            raise silent(self._name, "No SNMP response received before timeout") from None
        except OSError as error:
            raise silent(self._name, error.strerror or str(error)) from None
        return Answer(
            answer.status,
            answer.index,
            tuple((found.oid, value_of(found)) for found in answer.bindings),
        )

    def close(self) -> None:
        """Let go of the socket, unless others use it too."""
        if not self._shared:
            self._exchange.close()


async def _resolved(address: Address) -> Address:
    host, port = address
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
    )
    numeric, number = found[0][4][:2]
    return str(numeric), int(number)


def silent(name: str, trouble: str) -> Unreachable:
    """The error of a controller that does not answer."""
    return Unreachable(
        f"No answer: {trouble}.",
        where=name,
        remedy="Check address, port, SNMP version and community.",
    )
