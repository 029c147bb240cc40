"""The SNMP manager: reads and writes objects of one controller, and never writes twice blindly.

UDP loses requests and replies alike: a SET that was not answered may have taken
effect. It is repeated only after a look at the device has shown that it did not.
"""

# mypy: disable-error-code="import-untyped"
# The library carries no types.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    SnmpEngine,
    UsmUserData,
    usmAesCfb128Protocol,
    usmHMAC192SHA256AuthProtocol,
)
from pysnmp.hlapi.v3arch.asyncio.lcd import CommandGeneratorLcdConfigurator
from pysnmp.proto import errind, rfc1902

from signalctl.controllers.device.ntcip1202.objects import Oid, Syntax, Value, locate
from signalctl.controllers.device.ntcip1202.profile import Credentials, Profile, Version
from signalctl.controllers.device.ntcip1202.transport import GatedTarget
from signalctl.controllers.device.ntcip1202.wire import any_from_wire, to_wire
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
        self, name: str, host: str, port: int, profile: Profile, credentials: Credentials
    ) -> None:
        """Opens nothing yet. Raises InputError when the credentials do not fit the version."""
        self._name: Final = name
        self._address: Final = (host, port)
        self.profile: Final = profile
        self._user: Final = _user(name, profile, credentials)
        self._engine: SnmpEngine | None = None
        self._target: GatedTarget | None = None
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
            read = {tuple(name): any_from_wire(value) for name, value in answer}
            return missing | read
        return missing

    async def _read(self, oids: list[Oid]) -> tuple[int, int, list[Any]]:
        """One reading, tried again while there is no answer, or one to another question."""
        objects = [(rfc1902.ObjectName(oid), _NULL) for oid in oids]
        last = Unreachable("No attempt was made.", where=self._name)
        for _ in range(self.profile.attempts):
            try:
                status, index, answer = await self._exchange(cmdgen.GetCommandGenerator(), objects)
            except Unreachable as error:
                last = error
                continue
            if status or [tuple(name) for name, _ in answer] == oids:
                return status, index, answer
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
        if status in (3, 7) and any(_clock(oid) for oid, _ in pairs):
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
        objects = [
            (rfc1902.ObjectName(oid), to_wire(value, clock=_clock(oid), unsigned=unsigned))
            for oid, value in pairs
        ]
        status, index, _ = await self._exchange(cmdgen.SetCommandGenerator(), objects)
        return status, index

    async def _exchange(self, command: Any, objects: list[Any]) -> tuple[int, int, list[Any]]:
        """One request and its answer. Raises Unreachable, Refused for a security error.

        Spoken through the library's lower layer: its upper one looks every name up in
        MIBs, which takes longer than all the rest.
        """
        async with self._turn:
            if self._engine is None or self._target is None:
                self._engine = SnmpEngine()
                self._target = await GatedTarget.create(
                    self._address, timeout=self.profile.timeout_s, retries=0
                )
            answered: asyncio.Future[tuple[Any, Any, Any, Any]]
            answered = asyncio.get_running_loop().create_future()
            target, _ = _CONFIGURATOR.configure(self._engine, self._user, self._target, b"")
            command.send_varbinds(self._engine, target, None, b"", objects, _answer, answered)
            trouble, status, index, answer = await answered
        if trouble is None:
            return int(status), int(index), list(answer)
        if isinstance(trouble, _SECURITY):
            raise Refused(
                f"The controller does not accept the credentials: {trouble}.",
                where=self._name,
                remedy="Check user and keys.",
            )
        raise Unreachable(
            f"No answer: {trouble}.",
            where=self._name,
            remedy="Check address, port, SNMP version and community.",
        )

    def close(self) -> None:
        """Let go of the socket."""
        if self._engine is not None:
            self._engine.close_dispatcher()
        self._engine = None
        self._target = None


def _answer(
    _engine: Any,
    _handle: Any,
    trouble: Any,
    status: Any,
    index: Any,
    objects: Any,
    answered: asyncio.Future[tuple[Any, Any, Any, Any]],
) -> None:
    if not answered.done():
        answered.set_result((trouble, status, index, objects))


_NULL: Final = rfc1902.Null("")
_CONFIGURATOR: Final = CommandGeneratorLcdConfigurator()
_SECURITY: Final = (
    errind.UnknownUserName,
    errind.WrongDigest,
    errind.DecryptionError,
    errind.UnsupportedSecurityLevel,
    errind.AuthenticationFailure,
)


def _user(name: str, profile: Profile, credentials: Credentials) -> Any:
    if profile.version is Version.V3:
        keys = (credentials.authentication_key, credentials.privacy_key)
        if not credentials.user or any(len(key) < 8 for key in keys):
            raise InputError(
                "SNMPv3 needs a user and two keys of at least 8 characters.", where=name
            )
        return UsmUserData(
            credentials.user,
            *keys,
            authProtocol=usmHMAC192SHA256AuthProtocol,
            privProtocol=usmAesCfb128Protocol,
        )
    if not credentials.community:
        raise InputError(f"SNMP {profile.version} needs a community.", where=name)
    return CommunityData(credentials.community, mpModel=0 if profile.version is Version.V1 else 1)


def _clock(oid: Oid) -> bool:
    found = locate(oid)
    return found is not None and found[0].syntax is Syntax.CLOCK


def _word(status: int) -> str:
    return _STATUS[status] if 0 <= status < len(_STATUS) else f"error {status}"
