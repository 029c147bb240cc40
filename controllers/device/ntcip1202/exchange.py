"""One UDP socket that asks any number of controllers at once, in SNMP version 1 or 2c."""

from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple, cast

from signalctl.controllers.device.ntcip1202.ber import Malformed
from signalctl.controllers.device.ntcip1202.message import RESPONSE, Message, decode, encode

Address = tuple[str, int]
RECEIVED_OCTETS: Final = 4_194_304
"""Room asked of the system for answers that come while this process does something else."""


class _Asked(NamedTuple):
    address: Address
    request: Message
    answer: asyncio.Future[Message]


class Exchange(asyncio.DatagramProtocol):
    """Requests under way, each known by its number.

    The numbers are random: who does not see the requests cannot answer for a
    controller. An answer counts only from the address that was asked, in the
    version and with the community of the question.
    """

    def __init__(self) -> None:
        """Opens nothing yet."""
        self._asked: Final[dict[int, _Asked]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._opening: Final = asyncio.Lock()
        self.dropped = 0
        """Datagrams that answered nothing that was asked."""

    async def ask(self, address: Address, request: Message, timeout_s: float) -> Message:
        """Send a request, numbered here, and wait for its answer.

        `address` is numeric. Raises TimeoutError without an answer, OSError when no
        socket can be had.
        """
        transport = await self._open()
        number = self._number()
        request = replace(request, request_id=number)
        asked = _Asked(address, request, asyncio.get_running_loop().create_future())
        self._asked[number] = asked
        try:
            transport.sendto(encode(request), address)
            async with asyncio.timeout(timeout_s):
                return await asked.answer
        finally:
            del self._asked[number]

    def _number(self) -> int:
        while (number := secrets.randbits(31)) in self._asked:
            pass
        return number

    async def _open(self) -> asyncio.DatagramTransport:
        async with self._opening:
            if self._transport is None:
                await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: self,
                    family=socket.AF_INET,
                    local_addr=("0.0.0.0", 0),  # noqa: S104  # a free port for answers, any interface
                )
        if self._transport is None:
            raise OSError("the socket was closed")
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        with suppress(OSError):
            opened: socket.socket = transport.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_OCTETS)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The socket is closed."""
        self._transport = None

    def error_received(self, exc: Exception) -> None:
        """Some machine says that nobody listens: the same as no answer."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """A datagram has come in: the answer to a question, or nothing."""
        try:
            message = decode(data)
        except Malformed:
            self.dropped += 1
            return
        asked = self._asked.get(message.request_id)
        if asked is None or asked.answer.done() or not _answers(message, addr, asked):
            self.dropped += 1
            return
        asked.answer.set_result(message)

    def close(self) -> None:
        """Let go of the socket; what is under way gets no answer."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _answers(message: Message, address: Address, asked: _Asked) -> bool:
    request = asked.request
    return (
        message.kind == RESPONSE
        and address[:2] == asked.address
        and message.version == request.version
        and message.community == request.community
    )
