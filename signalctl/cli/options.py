"""Options that people write in a short form: ranges, speeds, weights, lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signalctl.domain.errors import InputError

KMH_PER_MPS = 3.6
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_RANGE = re.compile(rf"({_NUMBER})(?:\.\.({_NUMBER}))?")
_WEIGHT = re.compile(rf"({_NUMBER}):({_NUMBER})")


@dataclass(frozen=True, slots=True)
class SpeedRange:
    """A progression speed, or the range it may be chosen from, m/s."""

    low_mps: float
    high_mps: float


def parse_cycles(text: str) -> range:
    """`90` or `60..120` as a range of whole seconds; raises InputError."""
    low, high = _range("--cycle", text, "60..120 or 90")
    if not (low.is_integer() and high.is_integer()):
        raise InputError(
            f"Cycles are whole seconds, not {text}.", where="--cycle", remedy="Write 60..120."
        )
    if low > high:
        raise InputError(
            f"The cycle range {text} is empty.",
            where="--cycle",
            remedy="Write the shorter cycle first, such as 60..120.",
        )
    if low < 10 or high > 600:
        raise InputError(
            f"A cycle of {text} s is outside 10 to 600 s.", where="--cycle", remedy="Write 60..120."
        )
    return range(int(low), int(high) + 1)


def parse_speed(text: str) -> SpeedRange:
    """`50` or `45..55`, km/h, as m/s; raises InputError."""
    low, high = _range("--speed", text, "50 or 45..55")
    if not 5 <= low <= high <= 150:
        raise InputError(
            f"A progression speed of {text} km/h makes no sense here.",
            where="--speed",
            remedy="Write 50 or 45..55, the lower first, between 5 and 150 km/h.",
        )
    return SpeedRange(low / KMH_PER_MPS, high / KMH_PER_MPS)


def parse_weight(text: str) -> tuple[float, float]:
    """`2:1` as (outbound, inbound); raises InputError."""
    found = _WEIGHT.fullmatch(text.strip())
    if found is None or float(found[1]) + float(found[2]) == 0:
        raise InputError(
            f"{text!r} is no pair of weights.",
            where="--weight",
            remedy="Write OUT:IN, such as 2:1; 1:0 asks for a one-way wave.",
        )
    return float(found[1]), float(found[2])


def parse_ids(text: str) -> tuple[str, ...]:
    """`J1,J2,J3` as ids; raises InputError for an empty or repeated one."""
    ids = tuple(part.strip() for part in text.split(","))
    if not all(ids):
        raise InputError(
            f"{text!r} has an empty junction id.", where="--corridor", remedy="Write J1,J2,J3."
        )
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise InputError(
            f"Junction {twice[0]} is listed twice.", where="--corridor", remedy="List each once."
        )
    return ids


def _range(option: str, text: str, example: str) -> tuple[float, float]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no range.", where=option, remedy=f"Write {example}.")
    low = float(found[1])
    return low, float(found[2]) if found[2] is not None else low
