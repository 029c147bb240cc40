"""Frames over UDP and TCP, in both connect directions, for host and controller alike.

A link decodes what comes in and hands each frame on with a way to answer it.
Bytes that are no frame are counted and dropped. What cannot be sent at once is
dropped as well, as on any lossy way: the session above repeats what matters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol, cast

from signalctl.controllers.device.gbt20999.frame import (
    Frame,
    FrameError,
    decode_datagram,
    encode_frame,
)
from signalctl.controllers.device.gbt20999.receiver import StreamReceiver

Reply = Callable[[Frame], None]
OnFrame = Callable[[Frame, Reply], None]
Disturb = Callable[[bytes], Iterable[tuple[float, bytes]]]
"""What becomes of bytes on their way: (delay in s, bytes) of each that arrives."""
MOST_WAITING_BYTES: Final = 65_536
"""Unsent bytes of a stream at which the other side is taken for dead."""


class Link(Protocol):
    """A way to the other side."""

    @property
    def open(self) -> bool:
        """Whether frames can be sent."""

    def send(self, frame: Frame) -> None:
        """Send a frame, or lose it."""

    def close(self) -> None:
        """Let go of the socket."""


Connector = Callable[[OnFrame], Awaitable[Link]]
"""Opens a link that hands frames to a receiver. Raises OSError when it cannot."""


class DatagramLink(asyncio.DatagramProtocol):
    """One UDP socket: connected to a peer, or open to all."""

    def __init__(self, on_frame: OnFrame, disturb: Disturb | None = None) -> None:
        self._on_frame: Final = on_frame
        self._disturb: Final = disturb
        self._transport: asyncio.DatagramTransport | None = None
        self.rejected = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The socket is closed."""
        self._transport = None

    def error_received(self, exc: Exception) -> None:
        """The peer's machine says that nobody listens: the same as no answer."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One datagram, one frame."""
        _later(self._disturb, data, lambda bytes_: self._received(bytes_, addr))

    def _received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            frame = decode_datagram(data)
        except FrameError:
            self.rejected += 1
            return
        self._on_frame(frame, lambda reply: self.send_to(reply, addr))

    @property
    def open(self) -> bool:
        """Whether frames can be sent."""
        return self._transport is not None

    def send(self, frame: Frame) -> None:
        """Send to the connected peer."""
        self.send_to(frame, None)

    def send_to(self, frame: Frame, addr: tuple[str, int] | None) -> None:
        """Send to an address."""

        def send(data: bytes) -> None:
            if self._transport is not None:
                self._transport.sendto(data, addr)

        _later(self._disturb, encode_frame(frame), send)

    @property
    def port(self) -> int:
        """The local port."""
        if self._transport is None:
            return 0
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Let go of the socket."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class StreamLink(asyncio.Protocol):
    """One TCP connection."""

    def __init__(
        self,
        on_frame: OnFrame,
        *,
        escape: bool,
        disturb: Disturb | None = None,
        on_made: Callable[[StreamLink], None] | None = None,
        on_lost: Callable[[StreamLink], None] | None = None,
    ) -> None:
        self.on_frame = on_frame
        self._escape: Final = escape
        self._disturb: Final = disturb
        self._receiver: Final = StreamReceiver(escape=escape)
        self._on_made: Final = on_made
        self._on_lost: Final = on_lost
        self._transport: asyncio.Transport | None = None

    @property
    def rejected(self) -> int:
        """Starts that led to no frame."""
        return self._receiver.rejected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)
        if self._on_made:
            self._on_made(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The connection is gone."""
        self._transport = None
        if self._on_lost:
            self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Some bytes of the stream."""
        for frame in self._receiver.feed(data):
            self.on_frame(frame, self.send)

    @property
    def open(self) -> bool:
        """Whether frames can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, frame: Frame) -> None:
        """Send a frame; a peer that takes nothing any more loses the connection."""

        def send(data: bytes) -> None:
            if self._transport is None:
                return
            if self._transport.get_write_buffer_size() > MOST_WAITING_BYTES:
                self._transport.abort()
                return
            self._transport.write(data)

        _later(self._disturb, encode_frame(frame, escape=self._escape), send)

    def close(self) -> None:
        """Let go of the connection."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _later(disturb: Disturb | None, data: bytes, deliver: Callable[[bytes], None]) -> None:
    """Deliver at once, or as disturbed."""
    for delay_s, bytes_ in ((0.0, data),) if disturb is None else disturb(data):
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, deliver, bytes_)
        else:
            deliver(bytes_)


def udp_connector(host: str, port: int, *, local_port: int = 0) -> Connector:
    """Opens a UDP socket connected to a controller."""

    async def connect(on_frame: OnFrame) -> Link:
        local = ("0.0.0.0", local_port) if local_port else None  # noqa: S104  # the host's own port, any interface
        _, link = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: DatagramLink(on_frame), remote_addr=(host, port), local_addr=local
        )
        return link

    return connect


def tcp_connector(host: str, port: int, *, escape: bool = True) -> Connector:
    """Dials a controller that listens."""

    async def connect(on_frame: OnFrame) -> Link:
        _, link = await asyncio.get_running_loop().create_connection(
            lambda: StreamLink(on_frame, escape=escape), host, port
        )
        return link

    return connect


class DialIn:
    """A listening port for controllers that dial their host.

    A controller is known by the id in its frames. Whoever dials in is asked who
    he is by a heartbeat to controller 0; the first frame names him.
    """

    MOST_STRANGERS: Final = 64
    """Connections that have not named themselves; more are refused."""
    STRANGER_S: Final = 30.0
    """Seconds in which one must name itself."""

    def __init__(self, *, escape: bool = True) -> None:
        self._escape: Final = escape
        self._server: asyncio.Server | None = None
        self._strangers: set[StreamLink] = set()
        self._known: dict[int, StreamLink] = {}
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}

    async def listen(self, host: str, port: int, hello: Frame) -> int:
        """Listen; every stranger is sent `hello`. Returns the port."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: StreamLink(
                lambda _frame, _reply: None,
                escape=self._escape,
                on_made=lambda link: self._made(link, hello),
                on_lost=self._lost,
            ),
            host,
            port,
        )
        return int(self._server.sockets[0].getsockname()[1])

    def _made(self, link: StreamLink, hello: Frame) -> None:
        if len(self._strangers) >= self.MOST_STRANGERS:
            link.close()
            return
        self._strangers.add(link)

        def first(frame: Frame, _reply: Reply) -> None:
            self._strangers.discard(link)
            before = self._known.get(frame.controller)
            if before is not None and before is not link:
                before.close()
            self._known[frame.controller] = link
            for waiter in self._waiting.pop(frame.controller, []):
                if not waiter.done():
                    waiter.set_result(None)

        link.on_frame = first
        link.send(hello)
        asyncio.get_running_loop().call_later(self.STRANGER_S, self._drop_stranger, link)

    def _drop_stranger(self, link: StreamLink) -> None:
        if link in self._strangers:
            link.close()

    def _lost(self, link: StreamLink) -> None:
        self._strangers.discard(link)
        self._known = {id_: known for id_, known in self._known.items() if known is not link}

    def connector(self, controller: int, wait_s: float) -> Connector:
        """Waits until this controller has dialled in."""

        async def connect(on_frame: OnFrame) -> Link:
            if controller not in self._known:
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.setdefault(controller, []).append(waiter)
                try:
                    await asyncio.wait_for(waiter, wait_s)
                finally:
                    waiters = self._waiting.get(controller, [])
                    if waiter in waiters:
                        waiters.remove(waiter)
            link = self._known.get(controller)
            if link is None:
                raise ConnectionError("the controller hung up")
            link.on_frame = on_frame
            return link

        return connect

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        for link in (*self._strangers, *self._known.values()):
            link.close()
        if self._server is not None:
            await self._server.wait_closed()
