"""Data values in frames: what is asked, what is set, what came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.gbt20999.dictionary import entry, entry_of
from signalctl.controllers.device.gbt20999.enumerations import FrameType, StatusCode
from signalctl.controllers.device.gbt20999.frame import Frame, Item, ItemId
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.values import Value, ValueRefused

_FRAME_BYTES: Final = 17
"""Bytes of a frame beside its data values."""
_ITEM_BYTES: Final = 6
_REPLIES: Final = {
    FrameType.QUERY: (FrameType.QUERY_REPLY, FrameType.QUERY_ERROR),
    FrameType.SET: (FrameType.SET_REPLY, FrameType.SET_ERROR),
}


def item_id(class_id: int, object_id: int, attribute_id: int = 0, element: int = 0) -> ItemId:
    """A full id that the dictionary knows. Raises ValueRefused (no such object)."""
    return entry(class_id, object_id, attribute_id).item_id(element)


def encoded(values: Mapping[ItemId, Value]) -> tuple[tuple[ItemId, bytes], ...]:
    """Checked bytes of values, in their order. Raises ValueRefused."""
    return tuple((id_, entry_of(id_).encode(value)) for id_, value in values.items())


def query_batches(ids: Iterable[ItemId], profile: GbtProfile) -> Iterator[tuple[Item, ...]]:
    """The items of query frames so small that their replies fit a frame as well."""
    sized = ((id_, b"", entry_of(id_).encoding.size) for id_ in ids)
    return _batches(sized, profile)


def set_batches(
    values: Iterable[tuple[ItemId, bytes]], profile: GbtProfile
) -> Iterator[tuple[Item, ...]]:
    """The items of set frames."""
    return _batches(((id_, data, len(data)) for id_, data in values), profile)


def _batches(
    sized: Iterable[tuple[ItemId, bytes, int]], profile: GbtProfile
) -> Iterator[tuple[Item, ...]]:
    batch: list[Item] = []
    size = _FRAME_BYTES
    for id_, data, value_bytes in sized:
        needed = _ITEM_BYTES + value_bytes
        if batch and (len(batch) == profile.most_items or size + needed > profile.most_bytes):
            yield tuple(batch)
            batch, size = [], _FRAME_BYTES
        batch.append(Item(len(batch) + 1, id_, data))
        size += needed
    if batch:
        yield tuple(batch)


@dataclass(slots=True)
class Answers:
    """Collects the replies to one request until every item is answered.

    A controller may answer the good items in one frame and the bad ones in a
    second, with the same sequence number. What was not asked is not taken.
    """

    request: Frame
    good: dict[int, bytes]
    bad: dict[int, StatusCode]

    @classmethod
    def to(cls, request: Frame) -> Answers:
        """No answers yet to this request."""
        return cls(request, {}, {})

    @property
    def complete(self) -> bool:
        """Whether every item is answered."""
        return len(self.good) + len(self.bad) == len(self.request.items)

    def take(self, reply: Frame, *, by_sequence: bool) -> bool:
        """Take a frame if it answers items of the request that have no answer yet."""
        kinds = _REPLIES[self.request.kind]
        if reply.kind not in kinds or reply.controller != self.request.controller:
            return False
        if by_sequence and reply.sequence != self.request.sequence:
            return False
        asked = {(item.index, item.id): item for item in self.request.items}
        fresh = [
            item
            for item in reply.items
            if (item.index, item.id) in asked
            and item.index not in self.good
            and item.index not in self.bad
        ]
        for item in fresh:
            status = _status(reply.kind, item)
            if status is None:
                self.good[item.index] = item.value
            else:
                self.bad[item.index] = status
        return bool(fresh)

    def values(self) -> dict[ItemId, bytes]:
        """The answered values by id."""
        return {i.id: self.good[i.index] for i in self.request.items if i.index in self.good}

    def refusals(self) -> dict[ItemId, StatusCode]:
        """The refused ids with their statuses."""
        return {i.id: self.bad[i.index] for i in self.request.items if i.index in self.bad}


def _status(kind: FrameType, item: Item) -> StatusCode | None:
    """The status of an answered item, None for a good one."""
    if kind is FrameType.QUERY_REPLY:
        return None
    if kind is FrameType.SET_REPLY and item.value in (b"", b"\0"):
        return None
    try:
        return StatusCode(item.value[0]) if len(item.value) == 1 else StatusCode.GENERAL_ERROR
    except ValueError:
        return StatusCode.GENERAL_ERROR


def decoded(values: Mapping[ItemId, bytes]) -> dict[ItemId, Value]:
    """The values of known objects; vendors' own classes are left out.

    Raises ValueRefused for a value of a wrong length.
    """
    found: dict[ItemId, Value] = {}
    for id_, data in values.items():
        try:
            known = entry_of(id_)
        except ValueRefused:
            continue
        found[id_] = known.decode(data)
    return found
