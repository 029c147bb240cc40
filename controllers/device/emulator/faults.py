"""Injected faults: what is written on the command line, parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from signalctl.domain.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, on the way and in the controller.

    Chances are per datagram. `delay_s` is the longest delay (each datagram's is
    drawn evenly from 0 on). The last four are the controller's own.
    """

    drop: float = 0.0
    delay_s: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    truncate: float = 0.0
    bitflip: float = 0.0
    reboot_in_write: bool = False
    wrong_readback: bool = False
    full_memory: bool = False
    drift_ppm: float = 0.0


CHANCES: Final = ("drop", "duplicate", "reorder", "truncate", "bitflip")
SWITCHES: Final = {
    "reboot-in-write": "reboot_in_write",
    "wrong-readback": "wrong_readback",
    "full-memory": "full_memory",
}
LONGEST_DELAY_S: Final = 60.0
MOST_DRIFT_PPM: Final = 100_000.0
_DELAY: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_DRIFT: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)ppm")
_KNOWN: Final = (
    "Known faults: drop, duplicate, reorder, truncate, bitflip (each =0..1), delay=2s, "
    "drift=50ppm, reboot-in-write, wrong-readback, full-memory."
)


def parse_faults(text: str) -> Faults:
    """Faults from text like `drop=0.1,delay=2s,reboot-in-write,drift=50ppm`.

    Empty text means none. Raises InputError in one sentence for anything that is
    unknown, said twice or out of its range.
    """
    faults = Faults()
    said: set[str] = set()
    for part in (piece.strip() for piece in text.split(",") if piece.strip()):
        name, _, value = part.partition("=")
        if name in said:
            raise InputError(f"The fault {name} is said twice.", where="--fault")
        said.add(name)
        faults = replace(faults, **_one(name, value))
    return faults


def _one(name: str, value: str) -> dict[str, Any]:
    if name in CHANCES:
        return {name: _chance(name, value)}
    if name in SWITCHES:
        if value:
            raise InputError(f"The fault {name} takes no value.", where="--fault")
        return {SWITCHES[name]: True}
    if name == "delay":
        found = _DELAY.fullmatch(value)
        delay_s = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1.0
        if not 0 <= delay_s <= LONGEST_DELAY_S:
            raise InputError(
                f"A delay of {value!r} cannot be made.",
                where="--fault",
                remedy=f"Write delay=200ms or delay=2s, at most {LONGEST_DELAY_S:.0f}s.",
            )
        return {"delay_s": delay_s}
    if name == "drift":
        found = _DRIFT.fullmatch(value)
        if not found or abs(float(found[1])) > MOST_DRIFT_PPM:
            raise InputError(
                f"A clock drift of {value!r} cannot be made.",
                where="--fault",
                remedy=f"Write drift=50ppm or drift=-50ppm, at most {MOST_DRIFT_PPM:.0f}ppm.",
            )
        return {"drift_ppm": float(found[1])}
    raise InputError(f"There is no fault {name!r}.", where="--fault", remedy=_KNOWN)


def _chance(name: str, value: str) -> float:
    try:
        chance = float(value)
    except ValueError:
        chance = -1.0
    if not 0 <= chance <= 1:
        raise InputError(
            f"The chance {name}={value!r} is not between 0 and 1.",
            where="--fault",
            remedy=f"Write {name}=0.1 for one datagram in ten.",
        )
    return chance
