"""Pages as far as the service sees them: each holds an event stream and reads plans.

Plain sockets and no parsing beyond what is counted, as the clients share the machine with
the service that is measured.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from bench.served_site import PASSWORD, V1

_HEAD: Final = re.compile(rb"id: \w+-(\d+)\nevent: (\w+)\ndata: ")
_READ_AT: Final = re.compile(rb'"read_at":\s*"([^"]+)"')
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Heard:
    """What all streams heard of one event. Moments are those of the system's clock, in s."""

    type: str
    first_at: float
    read_at: float | None
    """When the newest reading in it was made, for events of devices."""
    delays_s: list[float] = field(default_factory=list)
    """After the first stream that had it, stream by stream."""


@dataclass(slots=True)
class Tally:
    """What the pages saw. Times in s."""

    plan_s: list[float] = field(default_factory=list)
    diagram_s: list[float] = field(default_factory=list)
    heard: dict[int, Heard] = field(default_factory=dict)
    missed: int = 0
    resyncs: int = 0
    lost: int = 0
    """Streams that ended, and reads without a right answer."""
    first_s: dict[str, float] = field(default_factory=dict)
    """The first reads, for which the service computes what it then keeps; not among the others."""
    counts: bool = False
    """Whether what is seen is counted: not before every page is there."""


class Stream(asyncio.Protocol):
    """An event stream, each event noted by its number; a number left out is missed."""

    def __init__(self, tally: Tally, request: bytes) -> None:
        self._tally = tally
        self._request = request
        self._buffer = b""
        self._last = 0
        self._ended = False
        self.is_open = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Cut what came into events."""
        *frames, self._buffer = (self._buffer + data).split(b"\n\n")
        for frame in frames:
            self._event(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Nothing may end a stream while it is counted."""
        if self._tally.counts:
            self._tally.lost += 1

    def _event(self, frame: bytes) -> None:
        self.is_open.set()
        if b"event: resync" in frame:
            self._tally.resyncs += 1
        head = _HEAD.search(frame)
        if head is None:
            return
        number, tally = int(head[1]), self._tally
        if tally.counts:
            if self._last:
                tally.missed += number - self._last - 1
            at = time.time()
            heard = tally.heard.get(number)
            if heard is None:
                made = [datetime.fromisoformat(m.decode()) for m in _READ_AT.findall(frame)]
                read_at = max(made).timestamp() if made and head[2] == b"device" else None
                heard = tally.heard[number] = Heard(head[2].decode(), at, read_at)
            heard.delays_s.append(at - heard.first_at)
        self._last = number


class Reader:
    """A connection that stays open and asks one thing after the other."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._place = (host, port, address)
        self._token = ""
        self._pipes: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of an answer."""
        host, port, address = self._place
        if self._pipes is None:
            self._pipes = await asyncio.open_connection(host, port, local_addr=(address, 0))
        reader, writer = self._pipes
        writer.write(self.request(method, path, body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return int(head.split(b" ", 2)[1]), await reader.readexactly(
            int(length[1]) if length else 0
        )

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """A request as it goes over the wire."""
        lines = [f"{method} {V1}{path} HTTP/1.1", "Host: bench"]
        if self._token:
            lines.append(f"Authorization: Bearer {self._token}")
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def log_in(self, name: str) -> None:
        """Log in with the one password."""
        login = json.dumps({"name": name, "password": PASSWORD}).encode()
        status, answer = await self.ask("POST", "/sessions", login)
        assert status == 201, answer
        self._token = json.loads(answer)["token"]

    def close(self) -> None:
        """End the connection."""
        if self._pipes is not None:
            self._pipes[1].close()
            self._pipes = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a page does beside listening: a plan every so many seconds, its diagram at times."""

    plan: str
    plan_every_s: float = 4.0
    diagram_each: int = 5
    """Reads of the plan for one of the diagram."""


async def live(page: int, reader: Reader, habits: Habits, tally: Tally, until_s: float) -> None:
    """Read as somebody does who looks around, until the end; pages are spread over the time."""
    loop = asyncio.get_running_loop()
    due_s = loop.time() + habits.plan_every_s * (page * 0.618034 % 1.0)
    number = page
    while due_s < until_s:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        is_diagram = number % habits.diagram_each == 0
        path = f"/plans/{habits.plan}" + ("/diagram" if is_diagram else "")
        begun_s = loop.time()
        try:
            status, _ = await reader.ask("GET", path)
        except (OSError, EOFError):
            reader.close()
            status = 0
        took_s = loop.time() - begun_s
        (tally.diagram_s if is_diagram else tally.plan_s).append(took_s)
        tally.lost += status != 200
        number += 1
        due_s += habits.plan_every_s


def _it(stream: Stream) -> Stream:
    return stream


@contextmanager
def closing(readers: list[Reader], streams: list[asyncio.BaseTransport]) -> Iterator[None]:
    """Close every connection at the end of the block."""
    try:
        yield
    finally:
        for reader in readers:
            reader.close()
        for stream in streams:
            stream.close()


async def pages(host: str, port: int, count: int, habits: Habits, seconds: float, on: Any) -> Tally:
    """So many pages for so long, each from an address of its own; `on` is called at their start."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    addresses = [f"127.0.{1 + page // 200}.{1 + page % 200}" for page in range(count)]
    readers = [Reader(host, port, address) for address in addresses]
    streams: list[asyncio.BaseTransport] = []
    with closing(readers, streams):
        for page, reader in enumerate(readers):
            await reader.log_in(f"page{page}")
            stream = Stream(tally, reader.request("GET", "/events"))
            place = (addresses[page], 0)
            made, _ = await loop.create_connection(
                partial(_it, stream), host, port, local_addr=place
            )
            streams.append(made)
            await stream.is_open.wait()
        for path in ("", "/diagram"):
            begun_s = loop.time()
            await readers[0].ask("GET", f"/plans/{habits.plan}{path}")
            tally.first_s[path or "/plan"] = loop.time() - begun_s
        await asyncio.sleep(3.0)
        tally.counts = True
        on()
        until_s = loop.time() + seconds
        async with asyncio.TaskGroup() as group:
            for page, reader in enumerate(readers):
                group.create_task(live(page, reader, habits, tally, until_s))
        tally.counts = False
    return tally
