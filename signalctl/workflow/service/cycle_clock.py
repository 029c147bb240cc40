"""Which second of its cycle a device is in, as its lamps tell.

No protocol tells this. NTCIP 1202's coordCycleStatus counts down to the controller's
own local zero, whose place in the plan is the maker's affair (version 02 has no object
for it), and may be longer than the cycle while an offset is corrected; GB/T 20999 tells
the rest of a stage and no cycle. So the seconds are counted from what can be seen: a
change of the greens that the running plan makes in one second of its cycle only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from signalctl.controllers.device.device import Lamps
from signalctl.domain.aspect import GREENS
from signalctl.domain.errors import SignalctlError
from signalctl.domain.expand import expand
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan

APART_S: Final = 2.5
"""Two readings further apart than this leave open when the change between them was."""
_Greens = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Program:
    """A plan's greens, second by second from the plan's own second 0."""

    cycle_s: int
    greens: tuple[_Greens, ...]

    def changed_at(self, before: _Greens, after: _Greens) -> int | None:
        """The second that begins with this change, None unless there is just one."""
        found = [
            second
            for second in range(self.cycle_s)
            if self.greens[second] == after and self.greens[second - 1] == before
        ]
        return found[0] if len(found) == 1 else None

    def fits(self, second: int, greens: _Greens) -> bool:
        """Whether greens can be seen about that second: a reading is a moment between two."""
        return any(self.greens[(second + by) % self.cycle_s] == greens for by in (-1, 0, 1))


class CycleClock:
    """Follows one device's lamps."""

    def __init__(self, junction: Junction) -> None:
        self._junction: Final = junction
        self._plan: TimingPlan | None = None
        self._program: _Program | None = None
        self._last: tuple[datetime, _Greens] | None = None
        self._zero: tuple[float, float] | None = None
        """Earliest and latest moment (POSIX s) of some second 0; None while it is not known."""

    @property
    def cycle_s(self) -> int | None:
        """The cycle of the plan followed, None without one."""
        return None if self._program is None else self._program.cycle_s

    def see(self, lamps: Lamps | None, plan: TimingPlan | None) -> int | None:
        """Take a reading of the lamps and the plan that runs; the second, None if not known.

        Right to one second: devices change at whole seconds and are asked between them.
        """
        if plan is not self._plan:
            self._plan, self._program = plan, self._of(plan)
            self._last = self._zero = None
        program = self._program
        if program is None or lamps is None:
            self._last = self._zero = None
            return None
        at, greens = lamps.read_at, _greens(lamps)
        last, self._last = self._last, (at, greens)
        if last is not None and last[1] != greens:
            self._changed(program, last, at, greens)
        if self._zero is None:
            return None
        second = int(at.timestamp() - sum(self._zero) / 2) % program.cycle_s
        if not program.fits(second, greens):
            # A transition, or somebody else's hand: counted anew from the next change.
            self._zero = None
            return None
        return second

    def _changed(
        self, program: _Program, last: tuple[datetime, _Greens], at: datetime, greens: _Greens
    ) -> None:
        second = program.changed_at(last[1], greens)
        if second is None or (at - last[0]).total_seconds() > APART_S:
            return
        new = (last[0].timestamp() - second, at.timestamp() - second)
        known = self._zero
        if known is not None:
            # The same zero, so many whole cycles later.
            turns = round((sum(new) - sum(known)) / 2 / program.cycle_s) * program.cycle_s
            both = (max(new[0], known[0] + turns), min(new[1], known[1] + turns))
            if both[0] <= both[1]:
                new = both
        self._zero = new

    def _of(self, plan: TimingPlan | None) -> _Program | None:
        if plan is None:
            return None
        try:
            program = expand(plan, self._junction)
        except SignalctlError:
            return None
        seconds = tuple(
            frozenset(g for g in program.group_ids if program.aspect(g, second) in GREENS)
            for second in range(program.cycle_s)
        )
        return _Program(program.cycle_s, seconds)


def _greens(lamps: Lamps) -> _Greens:
    return frozenset(group for group, aspect in lamps.aspects.items() if aspect in GREENS)
