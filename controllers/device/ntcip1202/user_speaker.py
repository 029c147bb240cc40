"""SNMP version 3, authenticated and encrypted, spoken by the general library."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.hlapi.v3arch.asyncio import (
    SnmpEngine,
    UsmUserData,
    usmAesCfb128Protocol,
    usmHMAC192SHA256AuthProtocol,
)
from pysnmp.hlapi.v3arch.asyncio.lcd import CommandGeneratorLcdConfigurator
from pysnmp.proto import errind, rfc1902

from signalctl.controllers.device.ntcip1202.exchange import Address
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, is_clock
from signalctl.controllers.device.ntcip1202.profile import Credentials, Profile
from signalctl.controllers.device.ntcip1202.speakers import Answer, silent
from signalctl.controllers.device.ntcip1202.transport import GatedTarget
from signalctl.controllers.device.ntcip1202.wire import any_from_wire, to_wire
from signalctl.domain.errors import InputError, Refused


class UserSpeaker:
    """One user of one controller. See `Speaker`."""

    def __init__(
        self, name: str, address: Address, profile: Profile, credentials: Credentials
    ) -> None:
        keys = (credentials.authentication_key, credentials.privacy_key)
        if not credentials.user or any(len(key) < 8 for key in keys):
            raise InputError(
                "SNMPv3 needs a user and two keys of at least 8 characters.", where=name
            )
        self._name: Final = name
        self._address: Final = address
        self._timeout_s: Final = profile.timeout_s
        self._user: Final = UsmUserData(
            credentials.user,
            *keys,
            authProtocol=usmHMAC192SHA256AuthProtocol,
            privProtocol=usmAesCfb128Protocol,
        )
        self._engine: SnmpEngine | None = None
        self._target: GatedTarget | None = None

    async def get(self, oids: Sequence[Oid]) -> Answer:
        """One message that asks."""
        objects = [(rfc1902.ObjectName(oid), _NULL) for oid in oids]
        return await self._exchange(cmdgen.GetCommandGenerator(), objects)

    async def set(self, pairs: Sequence[tuple[Oid, Value]], *, clock_unsigned: bool) -> Answer:
        """One message that sets."""
        objects = [
            (
                rfc1902.ObjectName(oid),
                to_wire(value, clock=is_clock(oid), unsigned=clock_unsigned),
            )
            for oid, value in pairs
        ]
        return await self._exchange(cmdgen.SetCommandGenerator(), objects)

    async def _exchange(self, command: Any, objects: list[Any]) -> Answer:
        """Spoken through the library's lower layer: its upper one looks every name up in
        MIBs, which takes longer than all the rest.
        """
        if self._engine is None or self._target is None:
            self._engine = SnmpEngine()
            self._target = await GatedTarget.create(
                self._address, timeout=self._timeout_s, retries=0
            )
        answered: asyncio.Future[tuple[Any, Any, Any, Any]]
        answered = asyncio.get_running_loop().create_future()
        target, _ = _CONFIGURATOR.configure(self._engine, self._user, self._target, b"")
        command.send_varbinds(self._engine, target, None, b"", objects, _answer, answered)
        trouble, status, index, answer = await answered
        if trouble is None:
            read = tuple((tuple(oid), any_from_wire(value)) for oid, value in answer)
            return Answer(int(status), int(index), read)
        if isinstance(trouble, _SECURITY):
            raise Refused(
                f"The controller does not accept the credentials: {trouble}.",
                where=self._name,
                remedy="Check user and keys.",
            )
        raise silent(self._name, str(trouble))

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
