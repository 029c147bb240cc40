"""The way to the lamps: dark, flashing, red before the start, and then only by the guard."""

from __future__ import annotations

from typing import Final

from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.rules.guard import Guard
from signalctl.rules.registry import Profile

DARK_KINDS: Final = frozenset({GroupKind.PEDESTRIAN, GroupKind.UNUSED})
"""Kinds without a flashing amber: dark while the others flash."""


class LampDriver:
    """One junction's lamps.

    A guard comes into being after all lamps were red for `all_red_s`, or for the
    longest intergreen if that is more: nobody is left in the junction then.
    """

    def __init__(self, junction: Junction, profile: Profile, all_red_s: int) -> None:
        self._junction: Final = junction
        self._profile: Final = profile
        self._all_red_s: Final = max([all_red_s, *junction.intergreens.seconds.values()])
        self._dark: Final = FrozenMap(dict.fromkeys(junction.group_ids, Aspect.OFF))
        self._flash: Final = FrozenMap(
            {
                group.id: Aspect.OFF if group.kind in DARK_KINDS else Aspect.FLASHING
                for group in junction.groups
            }
        )
        self.red: Final = FrozenMap({group.id: group.rest for group in junction.groups})
        self.lamps: FrozenMap[str, Aspect] = self._dark
        self.guard: Guard | None = None
        self._red_for_s = 0

    def dark(self) -> None:
        """Show nothing; the guard is forgotten."""
        self.lamps, self.guard, self._red_for_s = self._dark, None, 0

    def flash(self) -> None:
        """Flash; the guard is forgotten."""
        self.lamps, self.guard, self._red_for_s = self._flash, None, 0

    def clear(self) -> None:
        """Show red for a second on the way from dark or flashing; at its end there is a guard."""
        self.lamps = self.red
        self._red_for_s += 1
        if self._red_for_s >= self._all_red_s:
            self.guard = Guard(self._junction, self._profile)
