"""A host's conversation with one controller: requests, repeats, heartbeat, traps.

One request is under way at a time. A query may be repeated freely. A set is
repeated only after a read-back shows that it was not applied, because a reply
that got lost says nothing about the set itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.gbt20999.dictionary import entry_of
from signalctl.controllers.device.gbt20999.enumerations import HEARTBEATS, FrameType, StatusCode
from signalctl.controllers.device.gbt20999.frame import Frame, Item, ItemId
from signalctl.controllers.device.gbt20999.items import (
    Answers,
    decoded,
    encoded,
    query_batches,
    set_batches,
)
from signalctl.controllers.device.gbt20999.links import Connector, Link, Reply
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import Mismatch, Refused, Unreachable

MOST_TRAPS: Final = 1000
MOST_WAITING: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Who talks to whom: the device's id for people, and the numbers of the frame header."""

    device_id: str
    controller: int
    junction: int = 1
    host: int = 1


class Session:
    """Requests to one controller. Every call may raise Unreachable.

    `online` is None before the first sign of life, then whether the device lives:
    a silence of `heartbeats_missed` intervals puts it off-line.
    """

    def __init__(self, address: Address, connect: Connector, profile: GbtProfile) -> None:
        self.address: Final = address
        self.profile: Final = profile
        self._connect: Final = connect
        self._link: Link | None = None
        self._lock: Final = asyncio.Lock()
        self._waiting = 0
        self._sequence = 0
        self._answers: Answers | None = None
        self._answered: Final = asyncio.Event()
        self._life: Final = asyncio.Event()
        self._misses = 0
        self._heart: asyncio.Task[None] | None = None
        self._traps: Final[deque[tuple[ItemId, bytes]]] = deque(maxlen=MOST_TRAPS)
        self._on_trap: Final = asyncio.Event()
        self.online: bool | None = None
        self.returns = 0
        """How often the device came back after it was off-line."""

    async def get(self, ids: Iterable[ItemId]) -> dict[ItemId, Value]:
        """Values by id. Raises Refused when the device refuses one, naming it."""
        raw, refused = await self.get_raw(ids)
        if refused:
            raise Refused(
                f"The device refuses to tell {_told(refused)}.", where=self.address.device_id
            )
        return decoded(raw)

    async def get_raw(
        self, ids: Iterable[ItemId]
    ) -> tuple[dict[ItemId, bytes], dict[ItemId, StatusCode]]:
        """Bytes by id, and what was refused."""
        values: dict[ItemId, bytes] = {}
        refused: dict[ItemId, StatusCode] = {}
        for batch in query_batches(ids, self.profile):
            async with self._turn():
                answers = await self._query(batch)
            values |= answers.values()
            refused |= answers.refusals()
        return values, refused

    async def set(self, values: Mapping[ItemId, Value]) -> None:
        """Set values; those of one frame go together, but the device may take only some.

        Raises Refused when it took none of a frame, Mismatch when it took a part,
        ValueRefused for values the dictionary does not allow.
        """
        for batch in set_batches(encoded(values), self.profile):
            async with self._turn():
                answers = await self._set(batch)
            refused = answers.refusals()
            if refused and answers.good:
                raise Mismatch(
                    f"The device took a part of the values and refused {_told(refused)}.",
                    where=self.address.device_id,
                    remedy="Read it back before anything else is written.",
                )
            if refused:
                raise Refused(f"The device refuses {_told(refused)}.", where=self.address.device_id)

    async def heartbeat(self) -> bool:
        """Ask once for a sign of life; whether one came within the first wait."""
        self._life.clear()
        try:
            link = await self._open()
            link.send(self._frame(FrameType.HEARTBEAT, self._next_sequence()))
            wait_s = min(self.profile.waits_s[0], self.profile.heartbeat_s)
            await asyncio.wait_for(self._life.wait(), wait_s)
        except (Unreachable, TimeoutError):
            self._misses += 1
            if self._misses >= self.profile.heartbeats_missed:
                self.online = False
            return False
        return True

    def start_heartbeat(self) -> None:
        """Ask for signs of life from now on, until `close`."""
        if self._heart is None:
            self._heart = asyncio.get_running_loop().create_task(self._beats())

    def traps(self) -> tuple[tuple[ItemId, bytes], ...]:
        """What the device reported by itself since the last call; the oldest may be lost."""
        found = tuple(self._traps)
        self._traps.clear()
        self._on_trap.clear()
        return found

    async def next_trap(self) -> tuple[tuple[ItemId, bytes], ...]:
        """Wait for reports."""
        await self._on_trap.wait()
        return self.traps()

    async def close(self) -> None:
        """Let go of the socket."""
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError):
                await self._heart
            self._heart = None
        if self._link is not None:
            self._link.close()
            self._link = None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One request at a time. Raises Unreachable when too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise Unreachable(
                f"{MOST_WAITING} requests wait already.", where=self.address.device_id
            )
        self._waiting += 1
        try:
            async with self._lock:
                yield
        finally:
            self._waiting -= 1

    async def _query(self, batch: tuple[Item, ...]) -> Answers:
        """Ask until every item is answered, with the same sequence number."""
        answers = Answers.to(self._frame(FrameType.QUERY, self._next_sequence(), batch))
        for wait_s in self.profile.waits_s:
            if await self._ask(answers, wait_s):
                return answers
        raise self._silent()

    async def _set(self, batch: tuple[Item, ...]) -> Answers:
        answers = Answers.to(self._frame(FrameType.SET, self._next_sequence(), batch))
        for wait_s in self.profile.waits_s:
            if await self._ask(answers, wait_s):
                return answers
            open_ = [i for i in batch if i.index not in answers.good and i.index not in answers.bad]
            held = await self._read_back(open_)
            if all(held.get(item.id) == item.value for item in open_):
                answers.good |= {item.index: b"" for item in open_}
                return answers
        raise self._silent()

    async def _read_back(self, items: Iterable[Item]) -> dict[ItemId, bytes]:
        values: dict[ItemId, bytes] = {}
        for batch in query_batches([item.id for item in items], self.profile):
            answers = await self._query(batch)
            if answers.bad:
                raise Unreachable(
                    "The device did not answer a set and will not say whether it took it.",
                    where=self.address.device_id,
                )
            # A padded text is the same text: values are compared as they are sent.
            for id_, data in answers.values().items():
                value = entry_of(id_).decode(data)
                values[id_] = value.encode() if isinstance(value, str) else data
        return values

    async def _ask(self, answers: Answers, wait_s: float) -> bool:
        """Send the request once; whether every item was answered in time."""
        link = await self._open()
        self._answers = answers
        self._answered.clear()
        try:
            link.send(answers.request)
            async with asyncio.timeout(wait_s):
                await self._answered.wait()
        except TimeoutError:
            pass
        finally:
            self._answers = None
        return answers.complete

    def _received(self, frame: Frame, _reply: Reply) -> None:
        if self.address.controller not in (0, frame.controller):
            return
        if self.online is False:
            self.returns += 1
        self.online = True
        self._misses = 0
        self._life.set()
        if frame.kind is FrameType.TRAP:
            self._traps.extend((item.id, item.value) for item in frame.items)
            self._on_trap.set()
        elif self._answers is not None and frame.kind not in HEARTBEATS:
            self._answers.take(frame, by_sequence=self.profile.sequence_echoed)
            if self._answers.complete:
                self._answered.set()

    async def _open(self) -> Link:
        if self._link is None or not self._link.open:
            try:
                self._link = await asyncio.wait_for(
                    self._connect(self._received), self.profile.waits_s[0]
                )
            except (OSError, TimeoutError) as error:
                raise Unreachable(
                    f"There is no way to the device: {error or 'no answer in time'}.",
                    where=self.address.device_id,
                ) from None
        return self._link

    def _frame(self, kind: FrameType, sequence: int, items: tuple[Item, ...] = ()) -> Frame:
        return Frame(
            kind=kind,
            controller=self.address.controller,
            sequence=sequence,
            host=self.address.host,
            junction=self.address.junction,
            version=self.profile.version,
            items=items,
            counted=kind in HEARTBEATS and self.profile.heartbeat_count,
        )

    def _next_sequence(self) -> int:
        self._sequence = (self._sequence + 1) % 256
        return self._sequence

    def _silent(self) -> Unreachable:
        total_s = sum(self.profile.waits_s)
        return Unreachable(
            f"The device did not answer within {total_s:g} s.",
            where=self.address.device_id,
            remedy="Check address, port and controller id, and whether it has power.",
        )

    async def _beats(self) -> None:
        while True:
            await self.heartbeat()
            await asyncio.sleep(self.profile.heartbeat_s)


def _told(refused: Mapping[ItemId, StatusCode]) -> str:
    return ", ".join(
        f"{entry_of(id_).en} ({id_}: {status.name.lower().replace('_', ' ')})"
        for id_, status in refused.items()
    )
