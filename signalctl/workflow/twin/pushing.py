"""A push in the middle of a twin: begun at a simulated second, while SUMO waits.

Where simulated time can wait, it does until every device has been commanded and is
only watched: the same second sees the same change in every repetition. What follows
needs the controllers to live, so the push is watched while the simulation goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from signalctl.domain.push import Push
from signalctl.workflow.push.progress import Deed, Moved, Report


class Pushing:
    """One push, to be begun at `at_s`."""

    def __init__(
        self,
        at_s: int,
        name: str,
        devices: frozenset[str],
        begin: Callable[[Report], Awaitable[Push]],
        *,
        cycles_s: frozenset[int],
        waits: bool,
    ) -> None:
        """`devices` are those it goes to, `cycles_s` those of its plans; `begin` makes it.

        `waits` holds SUMO meanwhile.
        """
        self.at_s: Final = at_s
        self.name: Final = name
        self.devices: Final = devices
        self.cycles_s: Final = cycles_s
        self._begin: Final = begin
        self._waits: Final = waits
        self._task: asyncio.Task[Push] | None = None
        self._watched: Final[set[str]] = set()
        self._steady: Final = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it is done, undone or was never begun."""
        return self._task is None or self._task.done()

    @property
    def result(self) -> Push | None:
        """How it ended, None when it was never begun. Raises what the push raised."""
        return None if self._task is None else self._task.result()

    async def due(self, second: int) -> None:
        """Begin it when its second has come. Raises what the push raises at once."""
        if self._task is not None or second < self.at_s:
            if self._task is not None and self._task.done():
                self._task.result()
            return
        self._task = asyncio.ensure_future(self._made())
        if not self._waits:
            return
        steady = asyncio.create_task(self._steady.wait())
        await asyncio.wait({self._task, steady}, return_when=asyncio.FIRST_COMPLETED)
        steady.cancel()
        if self._task.done():
            self._task.result()

    async def close(self) -> None:
        """Give up watching it, if it is not over."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _made(self) -> Push:
        return await self._begin(self._told)

    def _told(self, moved: Moved) -> None:
        if moved.deed is Deed.WATCH:
            self._watched.add(moved.device_id)
        if self._watched >= self.devices:
            self._steady.set()
