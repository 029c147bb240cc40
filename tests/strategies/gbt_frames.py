"""Captured and golden frames of GB/T 20999-2017, and strategies for frames and values."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from signalctl.controllers.device.gbt20999.dictionary import Entry
from signalctl.controllers.device.gbt20999.enumerations import HEARTBEATS, FrameType
from signalctl.controllers.device.gbt20999.frame import Frame, Item, ItemId
from signalctl.controllers.device.gbt20999.values import Encoding, Kind, Value

HERE = Path(__file__).parent


def _rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


class Captured(NamedTuple):
    """A request and its reply, recorded from a real controller."""

    id: ItemId
    request: bytes
    reply: bytes


class Described(NamedTuple):
    """What the fact sheet says of an object: its size, and the size in the capture."""

    id: str
    elements: bool
    size: str
    access: str
    captured: int | None


CAPTURED = [
    Captured(ItemId(*map(int, id_.split("."))), bytes.fromhex(request), bytes.fromhex(reply))
    for id_, request, reply in _rows("gbt_captured.tsv")
]
VECTORS = {name: bytes.fromhex(frame) for name, _, frame in _rows("gbt_vectors.tsv")}
DESCRIBED = [
    Described(id_, element == "n", size, access, None if seen == "no" else int(seen))
    for id_, element, size, access, seen in _rows("gbt_objects.tsv")
]

BYTES = st.integers(0, 255)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Any frame that can be sent."""
    kind = draw(st.sampled_from(FrameType))
    items: tuple[Item, ...] = ()
    if kind not in HEARTBEATS:
        awkward = st.binary(max_size=40) | st.lists(
            st.sampled_from([0x7E, 0x7D, 0x5C]), max_size=12
        ).map(bytes)
        items = tuple(
            Item(draw(BYTES), ItemId(*draw(st.tuples(BYTES, BYTES, BYTES, BYTES))), draw(awkward))
            for _ in range(draw(st.integers(1, 4)))
        )
    return Frame(
        kind=kind,
        controller=draw(st.integers(0, 0xFFFFFFFF)),
        sequence=draw(BYTES),
        host=draw(BYTES),
        junction=draw(BYTES),
        version=0x0100 + draw(BYTES),
        items=items,
        counted=kind in HEARTBEATS and draw(st.booleans()),
    )


def values(entry: Entry) -> st.SearchStrategy[Value]:
    """Values that an object may hold."""
    kind, allowed = entry.encoding.kind, entry.allowed
    if kind is Kind.MOMENT:
        return st.tuples(
            st.integers(0, 9999),
            st.integers(0, 12),
            st.integers(0, 31),
            st.integers(0, 23),
            st.integers(0, 59),
            st.integers(0, 59),
        )
    if allowed is None:
        return anything(entry.encoding)
    one: st.SearchStrategy[int] = (
        st.integers(allowed[0], allowed[-1])
        if isinstance(allowed, range)
        else st.sampled_from([int(member) for member in allowed])
    )
    if kind is Kind.UNSIGNED:
        return one
    return _tuples(one | st.just(0), entry.encoding.count)


def _tuples(one: st.SearchStrategy[int], count: int) -> st.SearchStrategy[Value]:
    return st.lists(one, min_size=count, max_size=count).map(tuple)


def anything(encoding: Encoding) -> st.SearchStrategy[Value]:
    """Any value an encoding holds."""
    count, size = encoding.count, encoding.size
    match encoding.kind:
        case Kind.UNSIGNED:
            return st.integers(0, encoding.most)
        case Kind.SIGNED:
            half = 1 << 8 * count - 1
            return st.integers(-half, half - 1)
        case Kind.MASK:
            return st.frozensets(st.integers(1, count))
        case Kind.ARRAY_8 | Kind.ARRAY_16:
            return _tuples(st.integers(0, encoding.most), count)
        case Kind.PAIRS:
            return st.lists(st.tuples(BYTES, BYTES), min_size=count, max_size=count).map(tuple)
        case Kind.MOMENT:
            return st.tuples(st.integers(0, 65535), BYTES, BYTES, BYTES, BYTES, BYTES)
        case Kind.TEXT:
            letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
            return st.text(letters, max_size=size // 4)
        case Kind.OCTETS:
            return st.binary(min_size=size, max_size=size)
