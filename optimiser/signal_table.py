"""What the lamps of a junction show in each second, as numbers for compiled models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.domain.aspect import Aspect
from signalctl.domain.program import Program

Codes: TypeAlias = npt.NDArray[np.uint8]

HALT: Final = 0
"""Red, red-amber."""
CLOSING: Final = 1
"""Amber: who can stop does."""
GIVE_WAY: Final = 2
"""Permissive green."""
GO: Final = 3
"""Protected green."""
AFTER_STOP: Final = 4
"""Green-arrow plate: after a full stop, giving way to everybody."""
BY_SIGNS: Final = 5
"""The light is dark or flashing: right of way by signs."""

_CODE_OF: Final = {
    Aspect.RED: HALT,
    Aspect.RED_AMBER: HALT,
    Aspect.AMBER: CLOSING,
    Aspect.AMBER_PRIORITY: CLOSING,
    Aspect.PERMISSIVE: GIVE_WAY,
    Aspect.PROTECTED: GO,
    Aspect.AFTER_STOP: AFTER_STOP,
    Aspect.FLASHING: BY_SIGNS,
    Aspect.OFF: BY_SIGNS,
}
_BY_LETTER: Final = np.zeros(256, dtype=np.uint8)
for _aspect, _code in _CODE_OF.items():
    _BY_LETTER[ord(_aspect.value)] = _code


@dataclass(frozen=True, slots=True, eq=False)
class SignalTable:
    """One junction's lamps: codes[group, second of the cycle], groups in the junction's order.

    Column 0 is what is shown at system second `offset_s` modulo the cycle.
    """

    codes: Codes
    offset_s: int = 0

    @property
    def cycle_s(self) -> int:
        """Length of the cycle, s."""
        return int(self.codes.shape[1])

    def with_offset(self, offset_s: int) -> SignalTable:
        """The same lamps, second 0 at another system second."""
        return SignalTable(self.codes, offset_s % self.cycle_s)


def codes_of(program: Program, group_ids: Sequence[str]) -> Codes:
    """Codes of a program's letters: shape (groups, cycle), groups in the given order."""
    text = "".join(program.seconds[group] for group in group_ids).encode("ascii")
    letters = np.frombuffer(text, dtype=np.uint8)
    return _BY_LETTER[letters].reshape(len(group_ids), program.cycle_s)


def table_of(program: Program, group_ids: Sequence[str], offset_s: int = 0) -> SignalTable:
    """The table of a program whose second 0 happens at system second `offset_s`."""
    return SignalTable(codes_of(program, group_ids), offset_s % program.cycle_s)
