"""Whether a group may gain green, protection or red-amber in this second.

One half of the guard: it looks at the other groups only. What a group may show
by its own past is in guard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from signalctl.domain.aspect import GREEN_KIND, GREENS, Aspect, GreenKind
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Conflict, Junction, SignalGroup
from signalctl.rules.lamp_memory import LampMemory
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import (
    Gain,
    clearance_s,
    exclude,
    protection_gap_s,
    red_amber_range_s,
)

Refusal = tuple[str, str]
"""(rule id, reason)."""


class Gains:
    """Judges gains of right of way at one junction; it remembers nothing itself.

    `past` is the guard's memory of each group, read here and never written.
    """

    def __init__(
        self,
        junction: Junction,
        profile: Profile,
        groups: Mapping[str, SignalGroup],
        past: Mapping[str, LampMemory],
    ) -> None:
        self._junction: Final = junction
        self._limits: Final = profile.limits
        self._clears: Final = profile.severities.get("pedestrian-clearance") is Severity.ERROR
        self._groups: Final = groups
        self._past: Final = past
        self.foes: Final = {
            name: tuple(sorted(junction.conflicts.foes(name) & set(groups))) for name in groups
        }

    def against(
        self, name: str, aspect: Aspect, granted: Mapping[str, Aspect], second: int
    ) -> Refusal | None:
        """First reason why a group may not show `aspect` in `second` beside `granted`."""
        if aspect in GREENS:
            return next(self._against_green(name, GREEN_KIND[aspect], granted, second), None)
        if aspect is Aspect.RED_AMBER and self._past[name].aspect is not Aspect.RED_AMBER:
            return next(self._against_red_amber(name, granted, second), None)
        return None

    def may_end(self, name: str, second: int) -> bool:
        """Whether a green may end although a group in conflict is promised green already."""
        for foe in self.foes[name]:
            past = self._past[foe]
            if past.aspect is Aspect.RED_AMBER:
                need_s = self._gap_s(Gain.GREEN, name, foe) or 0
                if second + need_s > self._latest_green(foe, past.since):
                    return False
        return True

    def _against_green(
        self, name: str, kind: GreenKind, granted: Mapping[str, Aspect], second: int
    ) -> Iterator[Refusal]:
        """Reasons why a group may not gain this kind of green in this second."""
        conflicts = self._junction.conflicts
        gain = Gain.PROTECTION if self._past[name].aspect in GREENS else Gain.GREEN
        for foe in self.foes[name]:
            theirs = GREEN_KIND.get(granted[foe])
            promised = granted[foe] is Aspect.RED_AMBER
            least = theirs or GreenKind.PERMISSIVE
            if (theirs or promised) and exclude(foe, least, name, kind, conflicts):
                yield "conflicting-greens", f"{foe} is green, or about to be."
            if theirs is None:
                end, step = self._past[foe].green_end_if(granted[foe], second), gain
            elif conflicts.gives_way(foe, name):
                end = self._past[foe].protected_end_if(granted[foe], second)
                step = Gain.GREEN_BESIDE
            else:
                continue
            if end is not None:
                yield from self._too_early(step, foe, name, second - end)

    def _against_red_amber(
        self, name: str, granted: Mapping[str, Aspect], second: int
    ) -> Iterator[Refusal]:
        """Reasons why a group may not be promised green in this second.

        Red-amber cannot be taken back, so the green at its latest end must be sure.
        """
        conflicts = self._junction.conflicts
        latest = self._latest_green(name, second)
        for foe in self.foes[name]:
            theirs = GREEN_KIND.get(granted[foe])
            hard = conflicts.between(foe, name) is Conflict.HARD
            if theirs is not None and exclude(foe, theirs, name, GreenKind.PERMISSIVE, conflicts):
                yield "conflicting-greens", f"{foe} is green."
            elif granted[foe] is Aspect.RED_AMBER and hard:
                yield "conflicting-greens", f"{foe} is about to be green."
            elif theirs is None:
                end = self._past[foe].green_end_if(granted[foe], second)
                if end is not None:
                    yield from self._too_early(Gain.GREEN, foe, name, latest - end)
            elif conflicts.gives_way(foe, name):
                end = self._past[foe].protected_end_if(granted[foe], second)
                if end is not None:
                    yield from self._too_early(Gain.GREEN_BESIDE, foe, name, latest - end)

    def _too_early(self, gain: Gain, ending: str, starting: str, gap_s: int) -> Iterator[Refusal]:
        need_s = self._gap_s(gain, ending, starting)
        if need_s is None:
            yield "intergreen-unknown", f"No intergreen from {ending} to {starting} is known."
        elif gap_s < need_s:
            rule = "intergreen" if gain is Gain.GREEN else "protection"
            yield rule, f"{ending} ended {gap_s} s ago; {need_s} s are asked."

    def _gap_s(self, gain: Gain, ending: str, starting: str) -> int | None:
        """Seconds demanded from a loss to a gain; None where a hard pair has no value."""
        a, b = self._groups[ending], self._groups[starting]
        known_s = self._junction.intergreens.get(ending, starting)
        if known_s is None and self._junction.conflicts.between(ending, starting) is Conflict.HARD:
            return None
        need_s = protection_gap_s(gain, a, starting, self._junction, self._limits)
        if gain is Gain.GREEN:
            need_s = max(need_s, known_s or 0)
        if self._clears and gain is not Gain.GREEN_BESIDE:
            need_s = max(need_s, clearance_s(a, b, self._limits))
        return need_s

    def _latest_green(self, name: str, red_amber_since: int) -> int:
        return red_amber_since + red_amber_range_s(self._groups[name], self._limits)[1]
