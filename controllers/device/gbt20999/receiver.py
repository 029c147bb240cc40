"""Frames out of a byte stream that may be cut anywhere and may hold rubbish."""

from __future__ import annotations

import re
from typing import Final

from signalctl.controllers.device.gbt20999.frame import (
    END,
    SHORTEST_FRAME,
    SPECIALS,
    START,
    Frame,
    FrameError,
    decode_body,
    unescaped,
)

LONGEST_FRAME: Final = 4096
"""Bytes on the wire; longer ones are taken for rubbish, so that memory and time stay bounded."""

_BODY: Final = re.compile(rb"(?>[^\x5c\x7d\x7e]+|\x5c.)*+", re.DOTALL)
"""Bytes up to the first 7E or 7D that is not escaped."""


class StreamReceiver:
    """Cuts a TCP stream into frames.

    Bytes before a start are dropped. A start that leads to no good frame is
    rubbish: the next 7E is tried, escaped or not, so that no rubbish can hide a
    good frame behind it. With `escape` off, frames are cut by their length field
    (for controllers that never escape).
    """

    def __init__(self, *, escape: bool = True) -> None:
        self._cut: Final = self._cut_escaped if escape else self._cut_bare
        self._buffer = b""
        self.rejected = 0
        """Starts that led to no frame."""

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole with these bytes, in order."""
        frames: list[Frame] = []
        for at in range(0, len(data), LONGEST_FRAME):
            buffer = self._buffer + data[at : at + LONGEST_FRAME]
            start = buffer.find(START)
            while start >= 0:
                frame, after = self._cut(buffer, start)
                if frame is None and after == start:
                    break
                if frame is None:
                    self.rejected += 1
                else:
                    frames.append(frame)
                start = buffer.find(START, after)
            self._buffer = buffer[start:] if start >= 0 else b""
        return frames

    def reset(self) -> None:
        """Forget a frame that is not whole: the line was silent too long."""
        self._buffer = b""

    def _cut_escaped(self, buffer: bytes, start: int) -> tuple[Frame | None, int]:
        """The frame from `start`, if any, and where to go on; at `start` itself: wait for more."""
        body = _BODY.match(buffer, start + 1)
        end = body.end() if body else start + 1
        # A lone escape at the very end waits for what it escapes.
        if end >= len(buffer) or buffer[end] not in (START, END):
            return None, max(start, end - LONGEST_FRAME)
        if buffer[end] == START:
            return None, end
        return _last_frame(buffer[start + 1 : end]), end + 1

    def _cut_bare(self, buffer: bytes, start: int) -> tuple[Frame | None, int]:
        if len(buffer) - start < 4:
            return None, start
        size = int.from_bytes(buffer[start + 1 : start + 3], "big") + 4
        end = start + size
        if not SHORTEST_FRAME <= size <= LONGEST_FRAME or buffer[start + 3] != 1:
            return None, start + 1
        if end > len(buffer):
            return None, start
        if buffer[end - 1] != END:
            return None, start + 1
        try:
            return decode_body(buffer[start + 1 : end - 1], size), end
        except FrameError:
            return None, start + 1


def _last_frame(wire: bytes) -> Frame | None:
    """The frame that ends with these escaped bytes, rubbish before it dropped.

    An escaped 7E inside may be the start of a frame whose escape belongs to the
    rubbish: what follows it is un-escaped by the same steps, so one pass serves
    all of them, and the length field tells which to look at.
    """
    body = unescaped(wire)
    start = -1
    while True:
        tail = body[start + 1 :]
        size = len(wire) + 2 if start < 0 else len(tail) + sum(map(tail.count, SPECIALS)) + 2
        if int.from_bytes(tail[:2], "big") in (len(tail) - 2, size - 4):
            try:
                return decode_body(tail, size)
            except FrameError:
                pass
        start = body.find(START, start + 1)
        if start < 0:
            return None
