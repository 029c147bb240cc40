"""Fault specifications, and what a bad line does to datagrams."""

from __future__ import annotations

import pytest

from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.faults import Faults, parse_faults
from signalctl.domain.errors import InputError

MANY = [bytes([n % 256, n // 256]) * 10 for n in range(2000)]


def _arrivals(faults: Faults, seed: int = 1) -> list[list[tuple[float, bytes]]]:
    channel = Channel(faults, seed)
    return [channel.send(datagram, float(n)) for n, datagram in enumerate(MANY)]


def test_a_specification_says_every_fault() -> None:
    text = (
        "drop=0.1, delay=2s,duplicate=0.05,reorder=0.2,truncate=0.01,bitflip=1,"
        "reboot-in-write,wrong-readback,drift=-50ppm,full-memory"
    )
    assert parse_faults(text) == Faults(
        drop=0.1,
        delay_s=2.0,
        duplicate=0.05,
        reorder=0.2,
        truncate=0.01,
        bitflip=1.0,
        reboot_in_write=True,
        wrong_readback=True,
        full_memory=True,
        drift_ppm=-50.0,
    )
    assert parse_faults("") == Faults()
    assert parse_faults("delay=250ms").delay_s == 0.25


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drop=1.5", "not between 0 and 1"),
        ("drop=nan", "not between 0 and 1"),
        ("drop", "not between 0 and 1"),
        ("delay=2", "delay of '2'"),
        ("delay=2h", "delay of '2h'"),
        ("delay=3600s", "delay of"),
        ("drift=50", "drift of"),
        ("drift=1e9ppm", "drift of"),
        ("reboot-in-write=1", "takes no value"),
        ("drop=0.1,drop=0.2", "said twice"),
        ("sabotage", "no fault 'sabotage'"),
    ],
)
def test_a_wrong_specification_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InputError, match="--fault") as caught:
        parse_faults(text)
    assert said in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_good_line_changes_nothing() -> None:
    assert _arrivals(Faults()) == [[(float(n), datagram)] for n, datagram in enumerate(MANY)]


def test_a_line_is_bad_in_the_same_way_for_the_same_seed() -> None:
    faults = Faults(drop=0.2, delay_s=1.0, duplicate=0.2, truncate=0.2, bitflip=0.2)
    assert _arrivals(faults, 7) == _arrivals(faults, 7)
    assert _arrivals(faults, 7) != _arrivals(faults, 8)


def test_datagrams_are_lost_and_doubled_about_as_often_as_said() -> None:
    counts = [len(arrived) for arrived in _arrivals(Faults(drop=0.1, duplicate=0.3))]
    assert 150 < counts.count(0) < 250
    assert 450 < counts.count(2) < 630


def test_delays_lie_between_none_and_the_longest() -> None:
    delays = [arrived[0][0] - n for n, arrived in enumerate(_arrivals(Faults(delay_s=2.0)))]
    assert 0 <= min(delays) < 0.1
    assert 1.9 < max(delays) <= 2.0


def test_reordered_datagrams_are_overtaken() -> None:
    channel = Channel(Faults(reorder=0.5), 3)
    due = [channel.send(bytes([n]), n / 100)[0] for n in range(100)]
    assert sorted(due) != due
    assert {datagram for _, datagram in due} == {bytes([n]) for n in range(100)}


def test_truncated_datagrams_are_beginnings_and_flipped_ones_differ_by_one_bit() -> None:
    for n, arrived in enumerate(_arrivals(Faults(truncate=1.0))):
        assert len(arrived[0][1]) < len(MANY[n])
        assert MANY[n].startswith(arrived[0][1])
    for n, arrived in enumerate(_arrivals(Faults(bitflip=1.0))):
        turned = int.from_bytes(arrived[0][1]) ^ int.from_bytes(MANY[n])
        assert turned.bit_count() == 1
    assert Channel(Faults(truncate=1.0, bitflip=1.0), 1).send(b"", 0.0) == [(0.0, b"")]
