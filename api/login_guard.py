"""Who tries passwords is slowed down: a lock for a name at an address, growing each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

MOST_LOCK_S: Final = 3600.0
_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    locked_until: float = 0.0


class LoginGuard:
    """Counts wrong passwords by name and address, known names or not."""

    def __init__(
        self, lock_after: int, lock_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock_after = lock_after
        self._lock_s = lock_s
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()
        self._lock = Lock()

    def locked_s(self, name: str, address: str) -> float:
        """Seconds until the name may be tried again from this address; 0 for at once."""
        with self._lock:
            tries = self._tries.get((name, address))
            return 0.0 if tries is None else max(0.0, tries.locked_until - self._clock())

    def wrong(self, name: str, address: str) -> None:
        """Note a wrong password; each `lock_after` of them lock twice as long as before."""
        with self._lock:
            tries = self._tries.setdefault((name, address), _Tries())
            self._tries.move_to_end((name, address))
            tries.wrong += 1
            locks, rest = divmod(tries.wrong, self._lock_after)
            if rest == 0:
                length_s = min(self._lock_s * 2.0 ** min(locks - 1, 20), MOST_LOCK_S)
                tries.locked_until = self._clock() + length_s
            while len(self._tries) > _REMEMBERED:
                self._tries.popitem(last=False)

    def right(self, name: str, address: str) -> None:
        """Forget the wrong ones after a right password."""
        with self._lock:
            self._tries.pop((name, address), None)
