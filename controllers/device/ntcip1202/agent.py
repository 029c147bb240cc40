"""The SNMP agent of an emulated NTCIP 1202 controller: v1, v2c and v3 on one UDP port.

GET and SET by community are answered by `responder`. Everything else (version 3, walks)
is the library's, which takes a sixth of a second to be set up: at once where there is a
user, else when it is first needed. What is answered comes from the store all the same.
Two of the library's traps are worked around here: its responder spoils the error index, so
refused SETs are answered by `_Set` itself; and a custom instrumentation by-passes its
access control, so rights are checked by the writer's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.error import PySnmpError
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c
from pysnmp.smi.instrum import AbstractMibInstrumController

from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.settings import PowerLost
from signalctl.controllers.device.ntcip1202.ber import well_formed
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, is_clock, locate
from signalctl.controllers.device.ntcip1202.responder import (
    READER,
    SILENCE,
    STATUS_NUMBERS,
    Responder,
)
from signalctl.controllers.device.ntcip1202.store import ADMINISTRATOR, NoSuchInstance, Store
from signalctl.controllers.device.ntcip1202.transaction import SetRefused, SetStatus
from signalctl.controllers.device.ntcip1202.transport import GatedTransport
from signalctl.controllers.device.ntcip1202.wire import from_wire, to_wire
from signalctl.domain.errors import Unreachable

WRITER: Final = "writer"
USER: Final = "user"
_USM: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what: communities of v1 and v2c, and one user of v3; empty ones are off.

    The reader reads; the writer and the v3 user also write; the administrator may go
    on with anybody's transaction.
    """

    read_community: str = ""
    write_community: str = ""
    administrator: str = ""
    user: str = ""
    authentication_key: str = ""
    privacy_key: str = ""

    def __repr__(self) -> str:
        return "Access(...)"


class _Transport(GatedTransport):
    """The agent's socket, behind a bad line if there is one."""

    def __init__(self, line_in: Channel | None, line_out: Channel | None) -> None:
        super().__init__()
        self._line_in: Final = line_in
        self._line_out: Final = line_out
        self.answer: Callable[[bytes], bytes | None] = lambda _: SILENCE
        """What answers without the library; None says that it cannot."""
        self.library: Callable[[], None] = lambda: None
        """Sets the library up, if it is not."""
        self.bound: Final[asyncio.Future[int]] = self.loop.create_future()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """The socket is open."""
        super().connection_made(transport)
        if not self.bound.done():
            self.bound.set_result(transport.get_extra_info("sockname")[1])

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803  (the library's name)
        """A datagram has come in."""
        if self._line_in is None:
            self.hand_on(datagram, transportAddress)
            return
        now_s = self.loop.time()
        for due_s, arrived in self._line_in.send(datagram, now_s):
            self.loop.call_later(due_s - now_s, self.hand_on, arrived, transportAddress)

    def hand_on(self, datagram: bytes, address: Any) -> None:
        """Answer a datagram that has arrived."""
        answer = self.answer(datagram)
        if answer:
            self.send_message(answer, address)
        elif answer is None:
            if well_formed(datagram):
                self.library()
            super().hand_on(datagram, address)

    def send_message(self, outgoingMessage: Any, transportAddress: Any) -> None:  # noqa: N803  (the library's name)
        """Send an answer."""
        if self._line_out is None:
            super().send_message(outgoingMessage, transportAddress)
            return
        now_s = self.loop.time()
        for due_s, sent in self._line_out.send(bytes(outgoingMessage), now_s):
            self.loop.call_later(due_s - now_s, self._send_late, sent, transportAddress)

    def _send_late(self, datagram: bytes, address: Any) -> None:
        if self.transport is not None and not self.transport.is_closing():
            super().send_message(datagram, address)


class _Instrumentation(AbstractMibInstrumController):
    """Reads and writes the store for the library. A controller without power says nothing."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store

    def read_variables(self, *varBinds: Any, **_: Any) -> list[Any]:  # noqa: N803  (the library's name)
        self._must_answer()
        return [(name, self._read(tuple(name))) for name, _value in varBinds]

    def read_next_variables(self, *varBinds: Any, **_: Any) -> list[Any]:  # noqa: N803  (the library's name)
        self._must_answer()
        found = []
        for name, _value in varBinds:
            oid = self._store.following(tuple(name))
            while oid is not None and isinstance(value := self._read(oid), rfc1905.NoSuchInstance):
                oid = self._store.following(oid)
            if oid is None:
                found.append((name, rfc1905.endOfMibView))
            else:
                found.append((rfc1902.ObjectName(oid), value))
        return found

    def write(self, pairs: list[tuple[Oid, Value]], writer: str) -> None:
        """One SET. Raises SetRefused, or PySnmpError for no answer at all."""
        self._must_answer()
        if writer == READER:
            raise SetRefused(SetStatus.NO_ACCESS, 1)
        try:
            self._store.set(pairs, writer)
        except PowerLost as error:
            raise PySnmpError("the power is gone") from error

    def _must_answer(self) -> None:
        if not self._store.controller.answers:
            raise PySnmpError("the controller has no power")

    def _read(self, oid: Oid) -> Any:
        try:
            value = self._store.value(oid)
        except NoSuchInstance:
            return rfc1905.noSuchInstance if locate(oid) else rfc1905.noSuchObject
        return to_wire(value, clock=is_clock(oid), unsigned=self._store.clock_unsigned)


class _Set(cmdrsp.SetCommandResponder):
    """Answers SETs with the right error index, 0 included."""

    def __init__(
        self, engine: SnmpEngine, snmp_context: context.SnmpContext, objects: _Instrumentation
    ) -> None:
        super().__init__(engine, snmp_context)
        self._objects: Final = objects

    def handle_management_operation(
        self,
        snmpEngine: SnmpEngine,  # noqa: N803  (the library's name)
        stateReference: Any,  # noqa: N803  (the library's name)
        contextName: Any,  # noqa: N803, ARG002  (the library's signature)
        PDU: Any,  # noqa: N803  (the library's name)
    ) -> None:
        """One SetRequest: all of it or nothing."""
        asked = v2c.apiPDU.get_varbinds(PDU)
        asking = snmpEngine.observer.get_execution_context("rfc3412.receiveMessage:request")
        # A user of v3 is the writer, whatever he is called.
        writer = USER if asking["securityModel"] == _USM else str(asking["securityName"])
        status, index = 0, 0
        try:
            pairs: list[tuple[Oid, Value]] = []
            for place, (name, value) in enumerate(asked, start=1):
                read = from_wire(value, clock_unsigned=self._clock_unsigned(tuple(name)))
                if read is None:
                    raise SetRefused(SetStatus.WRONG_TYPE, place)
                pairs.append((tuple(name), read))
            self._objects.write(pairs, writer)
        except SetRefused as refused:
            status, index = STATUS_NUMBERS[refused.status], refused.index
        self.send_varbinds(snmpEngine, stateReference, status, index, asked)
        self.release_state_information(stateReference)

    def _clock_unsigned(self, oid: Oid) -> bool | None:
        return self._objects._store.clock_unsigned if is_clock(oid) else None


class Agent:
    """One emulated controller on one UDP port. Make it with `serve`; end it with `close`."""

    def __init__(self, store: Store, access: Access, transport: _Transport) -> None:
        self.store: Final = store
        self._transport: Final = transport
        self._access: Final = access
        self._engine: SnmpEngine | None = None
        self._responder: Final = Responder(store, dict(_communities(access)))
        transport.answer = self._responder.answer
        transport.library = self._set_up
        if access.user:
            self._set_up()
        self.port = 0
        """The port it listens on."""

    @property
    def dropped(self) -> int:
        """Datagrams dropped unread, because they were no message one could answer."""
        return self._transport.dropped

    async def _bound(self) -> None:
        self.port = await self._transport.bound

    def _set_up(self) -> None:
        """Let the library answer on the same socket."""
        if self._engine is not None:
            return
        self._engine = engine = SnmpEngine()
        config.add_transport(engine, udp.DOMAIN_NAME, self._transport)
        for community, name in _communities(self._access):
            config.add_v1_system(engine, name, community, securityName=name)
        if self._access.user:
            config.add_v3_user(
                engine,
                self._access.user,
                config.USM_AUTH_HMAC192_SHA256,
                self._access.authentication_key,
                config.USM_PRIV_CFB128_AES,
                self._access.privacy_key,
            )
        snmp_context = context.SnmpContext(engine)
        snmp_context.unregister_context_name(b"")
        objects = _Instrumentation(self.store)
        snmp_context.register_context_name(b"", objects)
        cmdrsp.GetCommandResponder(engine, snmp_context)
        cmdrsp.NextCommandResponder(engine, snmp_context)
        cmdrsp.BulkCommandResponder(engine, snmp_context)
        _Set(engine, snmp_context, objects)
        engine.transport_dispatcher.job_started(1)

    def close(self) -> None:
        """Let go of the port."""
        if self._engine is None:
            self._transport.close_transport()
            return
        self._engine.transport_dispatcher.job_finished(1)
        self._engine.close_dispatcher()


def _communities(access: Access) -> list[tuple[str, str]]:
    """Each community in use and who speaks by it, the strongest last."""
    found = (
        (access.read_community, READER),
        (access.write_community, WRITER),
        (access.administrator, ADMINISTRATOR),
    )
    return [pair for pair in found if pair[0]]


async def serve(
    store: Store,
    access: Access,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    line_in: Channel | None = None,
    line_out: Channel | None = None,
) -> Agent:
    """Put a store on the wire; port 0 takes a free one. Raises Unreachable for a port in use.

    Who serves steps the controller and then calls `store.tick()`, once a second of
    the time it lives in.
    """
    transport = _Transport(line_in, line_out)
    transport.open_server_mode((host, port))
    # The library opens the socket in a task of its own and keeps the error to itself.
    opening = transport._lport
    try:
        await asyncio.shield(opening)
    except OSError as error:
        raise Unreachable(
            f"UDP port {port} cannot be opened: {error.strerror}.",
            where=host,
            remedy="Choose another port with --port.",
        ) from error
    agent = Agent(store, access, transport)
    await agent._bound()
    return agent
