"""Events on their way to the pages: kept for a while, so that a lost stream can go on."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

MOST_BYTES: Final = 16 * 1024 * 1024
"""Events of large streets are large: fewer of them are kept then."""
_AT_A_TIME: Final = 4
"""Streams that are told in one turn of the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; `id` is the start's mark and a number that grows by one."""

    number: int
    id: str
    type: str
    data: str
    frame: bytes
    """As it goes over the wire, made once for all streams."""


class EventHub:
    """Takes events from any thread, wakes every stream that waits.

    The last ones are kept for streams that resume; a stream whose last event is no
    longer known (or was of an earlier start) is told to read everything anew.
    """

    def __init__(self, kept: int) -> None:
        self._start = secrets.token_hex(4)
        self._kept = kept
        self._events: deque[Event] = deque()
        self._bytes = 0
        self._number = 0
        self._lock = Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self.is_closed = False

    @property
    def last(self) -> int:
        """Number of the last event, 0 before the first."""
        return self._number

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._waiting)

    def publish(self, type: str, data: Mapping[str, Any]) -> None:
        """Send an event to every stream."""
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        with self._lock:
            self._number += 1
            event_id = f"{self._start}-{self._number}"
            frame = f"id: {event_id}\nevent: {type}\ndata: {text}\n\n".encode()
            self._events.append(
                Event(number=self._number, id=event_id, type=type, data=text, frame=frame)
            )
            self._bytes += len(frame)
            while len(self._events) > self._kept or self._bytes > MOST_BYTES:
                self._bytes -= len(self._events.popleft().frame)
        self._ring()

    def close(self) -> None:
        """End every stream."""
        self.is_closed = True
        self._ring()

    def after(self, number: int) -> tuple[Event, ...]:
        """Events after a number, of those that are kept."""
        found = []
        with self._lock:
            # From the newest on: a stream is seldom more than one event behind.
            for each in reversed(self._events):
                if each.number <= number:
                    break
                found.append(each)
        return tuple(reversed(found))

    def number_of(self, event_id: str) -> int | None:
        """Number of an event that a stream saw last; None when what followed is not all kept."""
        start, _, number = event_id.partition("-")
        if start != self._start or not number.isdigit():
            return None
        with self._lock:
            first = self._events[0].number if self._events else self._number + 1
            return int(number) if first - 1 <= int(number) <= self._number else None

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """A bell that rings in the running loop at every event, for as long as it is held."""
        bell = asyncio.Event()
        with self._lock:
            self._waiting[bell] = asyncio.get_running_loop()
        try:
            yield bell
        finally:
            with self._lock:
                self._waiting.pop(bell, None)

    def _ring(self) -> None:
        with self._lock:
            waiting = list(self._waiting.items())
        for loop in {loop for _, loop in waiting}:
            if not loop.is_closed():
                bells = [bell for bell, its_loop in waiting if its_loop is loop]
                loop.call_soon_threadsafe(_wake, loop, bells)


def _wake(loop: asyncio.AbstractEventLoop, bells: list[asyncio.Event]) -> None:
    """Ring so many bells at a time: between them the loop answers who asked for something."""
    for bell in bells[:_AT_A_TIME]:
        bell.set()
    if len(bells) > _AT_A_TIME:
        loop.call_soon(_wake, loop, bells[_AT_A_TIME:])
