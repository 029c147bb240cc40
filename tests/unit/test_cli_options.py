"""Options in short form."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalctl.cli.options import parse_cycles, parse_ids, parse_speed, parse_weight
from signalctl.domain.errors import InputError


def test_cycles() -> None:
    assert parse_cycles("90") == range(90, 91)
    assert parse_cycles("60..120") == range(60, 121)


@pytest.mark.parametrize("text", ["120..60", "", "x", "60..", "60.5", "0", "1..9999", "60-120"])
def test_bad_cycles(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_cycles(text)
    assert caught.value.where == "--cycle"
    assert caught.value.remedy


def test_speed_is_kmh_outside_and_mps_inside() -> None:
    speed = parse_speed("45..54")
    assert speed.low_mps == pytest.approx(12.5)
    assert speed.high_mps == pytest.approx(15.0)


@pytest.mark.parametrize("text", ["55..45", "0", "999", "fast", "-50"])
def test_bad_speed(text: str) -> None:
    with pytest.raises(InputError):
        parse_speed(text)


def test_weight() -> None:
    assert parse_weight("2:1") == (2.0, 1.0)
    assert parse_weight("1:0") == (1.0, 0.0)


@pytest.mark.parametrize("text", ["0:0", "2", "2:", "a:b", "-1:1"])
def test_bad_weight(text: str) -> None:
    with pytest.raises(InputError):
        parse_weight(text)


def test_ids() -> None:
    assert parse_ids("a, b ,c") == ("a", "b", "c")


@pytest.mark.parametrize("text", ["", "a,,b", "a,b,a"])
def test_bad_ids(text: str) -> None:
    with pytest.raises(InputError):
        parse_ids(text)


@given(st.text(max_size=12))
def test_nothing_but_an_input_error_ever_comes_out(text: str) -> None:
    for parse in (parse_cycles, parse_speed, parse_weight, parse_ids):
        with suppress(InputError):
            parse(text)
