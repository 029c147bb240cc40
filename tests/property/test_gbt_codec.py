"""Laws of the GB/T codec: identity, no crash, and a receiver that always finds back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from gbt_frames import BYTES, VECTORS, frames, values
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, Entry, entry_of
from signalctl.controllers.device.gbt20999.frame import (
    Frame,
    FrameError,
    ItemId,
    decode_datagram,
    encode_frame,
    escaped,
    unescaped,
)
from signalctl.controllers.device.gbt20999.receiver import LONGEST_FRAME, StreamReceiver
from signalctl.controllers.device.gbt20999.values import Kind, ValueRefused

GARBAGE = st.binary(max_size=60) | st.lists(
    st.sampled_from([0x7E, 0x7D, 0x5C, 0x00, 0x01, 0x13]), max_size=40
).map(bytes)


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_values_come_back(entry: Entry, data: st.DataObject) -> None:
    value = data.draw(values(entry))
    assert entry.decode(entry.encode(value)) == value


@settings(max_examples=200, deadline=None)
@given(item=st.tuples(BYTES, BYTES, BYTES, BYTES), data=st.binary(max_size=140))
def test_hostile_values_are_refused_or_read(item: tuple[int, int, int, int], data: bytes) -> None:
    try:
        entry = entry_of(ItemId(*item))
        value = entry.decode(data)
        entry.check(value)
    except ValueRefused:
        return
    if entry.encoding.kind is not Kind.TEXT:
        assert entry.encode(value) == data


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_any_bytes_of_the_right_size_can_be_read(entry: Entry, data: st.DataObject) -> None:
    size = entry.encoding.size
    raw = data.draw(st.binary(min_size=size, max_size=size))
    value = entry.decode(raw)
    try:
        again = entry.encode(value)
    except ValueRefused:
        return
    assert entry.decode(again) == value


@settings(max_examples=150, deadline=None)
@given(frame=frames())
def test_frames_come_back(frame: Frame) -> None:
    datagram = encode_frame(frame)
    assert decode_datagram(datagram) == frame
    for escape in (True, False):
        receiver = StreamReceiver(escape=escape)
        assert receiver.feed(encode_frame(frame, escape=escape)) == [frame]


@settings(max_examples=300, deadline=None)
@given(data=GARBAGE | st.binary(min_size=14, max_size=14).map(lambda b: b"\x7e" + b + b"\x7d"))
def test_hostile_datagrams_are_refused_or_read(data: bytes) -> None:
    try:
        frame = decode_datagram(data)
    except FrameError:
        return
    assert decode_datagram(encode_frame(frame)) == frame


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from([n for n in sorted(VECTORS) if n != "D8"]),
    at=st.floats(0, 1, exclude_max=True),
)
def test_one_flipped_bit_is_noticed(name: str, at: float) -> None:
    good = VECTORS[name]
    bit = int(at * len(good) * 8)
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FrameError):
        decode_datagram(bytes(bad))
    with pytest.raises(FrameError):
        decode_datagram(good[: bit // 8] + good[bit // 8 + 1 :])


@given(data=st.binary(max_size=60))
def test_escapes_come_off_again(data: bytes) -> None:
    assert unescaped(escaped(data)) == data


def fed(receiver: StreamReceiver, data: bytes, cuts: list[int]) -> list[Frame]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [frame for start, end in pairwise(edges) for frame in receiver.feed(data[start:end])]


CUTS = st.lists(st.integers(0, 400), max_size=8)


@settings(max_examples=200, deadline=None)
@given(rubbish=GARBAGE, first=frames(), more=GARBAGE, second=frames(), cuts=CUTS)
def test_receiver_finds_frames_behind_rubbish_however_cut(
    rubbish: bytes, first: Frame, more: bytes, second: Frame, cuts: list[int]
) -> None:
    stream = rubbish + encode_frame(first, escape=True) + more + encode_frame(second, escape=True)
    receiver = StreamReceiver()
    found = fed(receiver, stream, cuts)
    assert first in found
    assert second in found
    assert found == StreamReceiver().feed(stream)


@settings(max_examples=100, deadline=None)
@given(frames=st.lists(frames(), min_size=1, max_size=4), cuts=CUTS, escape=st.booleans())
def test_receiver_keeps_order_and_rejects_nothing_good(
    frames: list[Frame], cuts: list[int], escape: bool
) -> None:
    stream = b"".join(encode_frame(frame, escape=escape) for frame in frames)
    receiver = StreamReceiver(escape=escape)
    assert fed(receiver, stream, cuts) == frames
    assert receiver.rejected == 0


@pytest.mark.parametrize("unit", [b"\x7e", b"\x5c\x7e", b"\x7e\x01\x00\x01", b"\x00"])
@pytest.mark.parametrize("escape", [True, False])
def test_receiver_holds_little_of_endless_rubbish(unit: bytes, escape: bool) -> None:
    receiver = StreamReceiver(escape=escape)
    for _ in range(20):
        assert receiver.feed(unit * 2000) == []
    assert receiver.pending <= 2 * LONGEST_FRAME
    receiver.reset()
    good = VECTORS["D4"]
    frame = decode_datagram(good)
    assert receiver.feed(encode_frame(frame, escape=escape)) == [frame]
