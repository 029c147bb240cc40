"""A bad line: what becomes of a datagram under injected faults. It knows no sockets."""

from __future__ import annotations

from random import Random
from typing import Final

from signalctl.controllers.device.emulator.faults import Faults

REORDER_S: Final = 0.05
"""Least extra delay of a datagram that is overtaken, s."""


class Channel:
    """One direction of a line; the same seed and datagrams give the same faults.

    Every datagram takes the same number of draws, so that one fault more does not
    shift the others.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults: Final = faults
        self._random: Final = Random(seed)  # noqa: S311  (faults for tests, no secret)

    def send(self, datagram: bytes, at_s: float) -> list[tuple[float, bytes]]:
        """Arrivals (due second, datagram) of one datagram sent at `at_s`, by due second.

        None when it is lost, two when it is doubled. Each copy is delayed, held
        back behind later ones, cut short or has one bit turned by its own chance.
        """
        faults, random = self._faults, self._random
        lost = random.random() < faults.drop
        doubled = random.random() < faults.duplicate
        copies = [self._copy(datagram, at_s), self._copy(datagram, at_s)]
        if lost:
            return []
        return sorted(copies[: 2 if doubled else 1])

    def _copy(self, datagram: bytes, at_s: float) -> tuple[float, bytes]:
        faults, random = self._faults, self._random
        delay, late, cut, flip = (random.random() for _ in range(4))
        where_cut, where_flip = random.random(), random.random()
        due_s = at_s + delay * faults.delay_s
        if late < faults.reorder:
            due_s += REORDER_S + 2 * faults.delay_s
        if cut < faults.truncate and datagram:
            datagram = datagram[: int(where_cut * len(datagram))]
        if flip < faults.bitflip and datagram:
            bit = int(where_flip * len(datagram) * 8)
            changed = bytearray(datagram)
            changed[bit // 8] ^= 1 << bit % 8
            datagram = bytes(changed)
        return due_s, datagram
