"""Who a session's token belongs to, remembered for a few seconds.

A page asks often, and a database on a server is a way to go. Whatever this service changes
of sessions or users empties the memory, so a session that was ended opens nothing from
then on; only what another process changes is seen late, and never later than the life.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from threading import Lock
from typing import Final

from signalctl.store.users import User

LIFE_S: Final = 10.0
_MOST: Final = 5_000


class KnownSessions:
    """Users by the hash of their token. May be asked from several threads."""

    def __init__(self, life_s: float = LIFE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._life_s = life_s
        self._clock = clock
        self._found: dict[str, tuple[User, float]] = {}
        self._changes = 0
        self._lock = Lock()

    def known(self, hashed: str) -> User | None:
        """The user of a token that was looked up a moment ago."""
        with self._lock:
            user, until = self._found.get(hashed, (None, 0.0))
        return user if self._clock() < until else None

    def user(self, hashed: str, look: Callable[[], User | None]) -> User | None:
        """The user of a token; `look` asks the database."""
        found = self.known(hashed)
        if found is not None:
            return found
        changes = self._changes
        found = look()
        with self._lock:
            # What was read before a change may be what the change has ended.
            if found is not None and changes == self._changes:
                if len(self._found) >= _MOST:
                    self._found.clear()
                self._found[hashed] = (found, self._clock() + self._life_of(hashed))
        return found

    def _life_of(self, hashed: str) -> float:
        """Between half and the whole of the life, by the hash: sessions that were looked up
        together are not looked up together again."""
        return self._life_s * (1.0 + zlib.crc32(hashed.encode()) / 0xFFFFFFFF) / 2.0

    def forget(self) -> None:
        """Users or sessions have changed."""
        with self._lock:
            self._changes += 1
            self._found.clear()
