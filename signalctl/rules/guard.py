"""The guard: judges one second at a time what may reach the lamps.

A strategy, a person or a bug may request anything; the guard grants the nearest
state that keeps the rules between and within groups: conflicts, intergreens,
protection, minimum green and walk, amber, red-amber, successions, pedestrian
clearance. It delays (holds the present aspect, or runs amber then red) or
refuses, and says so. It asks the same `requirements` as the validator, so what
passes the static check passes the guard unchanged.

Rules over a whole cycle (maximum red, every group served, sums) have no meaning
for one second and are the validator's alone. Flashing the whole junction is a
controller's fail-safe and is not granted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import (
    AMBERS,
    GREEN_ASPECT,
    GREEN_KIND,
    GREENS,
    RESTS,
    UNSIGNALISED,
    Aspect,
    GreenKind,
)
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.rules.lamp_memory import LampMemory
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import (
    Gain,
    amber_range_s,
    clearance_s,
    exclude,
    min_green_s,
    protection_gap_s,
    red_amber_range_s,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A request that was not granted as it stood: by which rule, and why."""

    group: str
    requested: Aspect
    granted: Aspect
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What the lamps show this second, and what was withheld."""

    aspects: FrozenMap[str, Aspect]
    withheld: tuple[Withheld, ...]


_Refusal = tuple[str, str]
"""(rule id, reason)."""


class Guard:
    """One junction's guard. It has a memory: give it every second, in order."""

    def __init__(
        self,
        junction: Junction,
        profile: Profile,
        shown: Sequence[Mapping[str, Aspect]] = (),
    ) -> None:
        """A guard that starts from all red, or after the seconds `shown`, oldest first.

        Without `shown` the junction is taken to have been red for long: the
        lamps must truly be so.
        """
        self._junction: Final = junction
        self._limits: Final = profile.limits
        self._clears: Final = profile.severities.get("pedestrian-clearance") is Severity.ERROR
        self._groups: Final = {g.id: g for g in junction.groups if g.kind is not GroupKind.UNUSED}
        self._foes: Final = {
            name: tuple(sorted(junction.conflicts.foes(name) & set(self._groups)))
            for name in self._groups
        }
        self._past: Final = {name: LampMemory(g.rest) for name, g in self._groups.items()}
        self._second = 0
        for aspects in shown:
            self._record(aspects)

    @classmethod
    def after(cls, program: Program, second: int, junction: Junction, profile: Profile) -> Guard:
        """A guard as if `program` had run for long and `second` came next."""
        return cls(
            junction,
            profile,
            [
                {group: program.aspect(group, at) for group in program.group_ids}
                for at in range(second - 2 * program.cycle_s, second)
            ],
        )

    def step(self, requested: Mapping[str, Aspect]) -> Granted:
        """Grant one second. Groups not named in the request are to stay as they are.

        Raises InputError for a group the junction has not.
        """
        for name in requested:
            self._junction.group(name)
        if not self._second:
            self._begin(requested)
        wanted = {name: requested.get(name, past.aspect) for name, past in self._past.items()}
        granted: dict[str, Aspect] = {}
        refusals: dict[str, _Refusal] = {}
        waiting: list[str] = []
        for name, want in wanted.items():
            aspect, refusal = self._without_gain(name, want)
            granted[name] = aspect
            if refusal is not None:
                refusals[name] = refusal
            elif aspect is not want or want is Aspect.RED_AMBER:
                waiting.append(name)
        # Promises first: a group in red-amber must get its green.
        waiting.sort(key=lambda name: self._past[name].aspect is not Aspect.RED_AMBER)
        for name in waiting:
            aspect, refusal = self._gain(name, wanted[name], granted)
            granted[name] = aspect
            if refusal is not None:
                refusals[name] = refusal
        shown = {
            group.id: granted.get(group.id, requested.get(group.id, Aspect.RED))
            for group in self._junction.groups
        }
        self._record(shown)
        return Granted(
            aspects=FrozenMap(shown),
            withheld=tuple(
                Withheld(
                    group=name,
                    requested=wanted[name],
                    granted=granted[name],
                    rule=refusals[name][0],
                    reason=refusals[name][1],
                )
                for name in granted
                if granted[name] is not wanted[name] and name in refusals
            ),
        )

    def _record(self, aspects: Mapping[str, Aspect]) -> None:
        for name, past in self._past.items():
            past.show(aspects[name], self._second)
        self._second += 1

    def _begin(self, requested: Mapping[str, Aspect]) -> None:
        """Groups that are dark or flash from the very first second are left so."""
        for name, past in self._past.items():
            aspect = requested.get(name)
            if aspect in UNSIGNALISED:
                past.aspect = aspect

    def _without_gain(self, name: str, want: Aspect) -> tuple[Aspect, _Refusal | None]:
        """Next aspect of a group if it gains nothing; its refusal, None if it may still gain.

        (aspect, None) with an aspect that is not the wanted one means: ask `_gain`.
        """
        now = self._past[name].aspect
        if now in RESTS:
            if want in RESTS or want in GREENS or want is Aspect.RED_AMBER:
                return (want if want in RESTS else now), None
            return now, ("succession", f"{name} is red; only green may follow.")
        if now is Aspect.RED_AMBER:
            return now, None
        if now in GREENS:
            return self._from_green(name, now, want)
        if now in AMBERS:
            return self._from_amber(name, now, want)
        if want in UNSIGNALISED or want in RESTS:
            return want, None
        return Aspect.RED, ("succession", f"{name} comes under control by red.")

    def _from_green(self, name: str, now: Aspect, want: Aspect) -> tuple[Aspect, _Refusal | None]:
        group, past = self._groups[name], self._past[name]
        if want in GREENS:
            promoted = now is Aspect.PERMISSIVE and want is Aspect.PROTECTED
            return (now if promoted else want), None
        if want not in AMBERS and want not in RESTS:
            return now, ("succession", f"{name} is green; only amber or red may follow.")
        least_s = min_green_s(group, self._limits)
        if past.run_s < least_s:
            rule = "minimum-walk" if group.kind is GroupKind.PEDESTRIAN else "minimum-green"
            return now, (rule, f"{name} has been green for {past.run_s} of {least_s} s.")
        for foe in self._foes[name]:
            if self._past[foe].aspect is not Aspect.RED_AMBER:
                continue
            need_s = self._gap_s(Gain.GREEN, name, foe) or 0
            if self._second + need_s > self._latest_green(foe, self._past[foe].since):
                return now, ("intergreen", f"{foe} is already in red-amber.")
        if want in RESTS and amber_range_s(group, self._limits)[0]:
            return Aspect.AMBER, ("amber", f"{name} ends by amber.")
        return want, None

    def _from_amber(self, name: str, now: Aspect, want: Aspect) -> tuple[Aspect, _Refusal | None]:
        group, past = self._groups[name], self._past[name]
        least_s, most_s = amber_range_s(group, self._limits)
        if want in AMBERS and past.run_s < most_s:
            return want, None
        if past.run_s < least_s:
            return now, ("amber", f"{name} has shown {past.run_s} of {least_s} s of amber.")
        if want in RESTS:
            return want, None
        falls_back = (
            want is Aspect.PERMISSIVE
            and past.last_kind is GreenKind.PROTECTED
            and bool(self._limits.permissive_after_amber.value)
        )
        if falls_back:
            return group.rest, None
        rule = "amber" if want in AMBERS else "succession"
        return group.rest, (rule, f"Red follows the amber of {name}.")

    def _gain(
        self, name: str, want: Aspect, granted: Mapping[str, Aspect]
    ) -> tuple[Aspect, _Refusal | None]:
        """What a group that wants more than it has gets, beside what others got."""
        past = self._past[name]
        least_s, most_s = red_amber_range_s(self._groups[name], self._limits)
        if past.aspect is Aspect.RED_AMBER:
            return self._from_red_amber(name, want, granted, least_s, most_s)
        if past.aspect in RESTS and (want is Aspect.RED_AMBER or least_s):
            if not most_s:
                return past.aspect, ("red-amber", "The profile has no red-amber.")
            refusal = next(self._against_red_amber(name, granted), None)
            if refusal is not None:
                return past.aspect, refusal
            if want is Aspect.RED_AMBER:
                return want, None
            return Aspect.RED_AMBER, ("red-amber", f"{name} starts by {least_s} s of red-amber.")
        refusal = next(self._against_green(name, GREEN_KIND[want], granted), None)
        return (granted[name] if refusal else want), refusal

    def _from_red_amber(
        self, name: str, want: Aspect, granted: Mapping[str, Aspect], least_s: int, most_s: int
    ) -> tuple[Aspect, _Refusal | None]:
        """Red-amber is a promise: green follows, whatever is asked meanwhile."""
        past = self._past[name]
        if past.run_s < least_s:
            return past.aspect, ("red-amber", f"{name} must show {least_s} s of red-amber.")
        if want is Aspect.RED_AMBER and past.run_s < most_s:
            return want, None
        refusal: _Refusal | None = None
        for kind in (GREEN_KIND.get(want, GreenKind.PROTECTED), GreenKind.PERMISSIVE):
            against = next(self._against_green(name, kind, granted), None)
            if against is None:
                told = refusal or ("succession", f"Green follows the red-amber of {name}.")
                aspect = GREEN_ASPECT[kind]
                return aspect, (None if aspect is want else told)
            refusal = refusal or against
        return past.aspect, refusal

    def _against_green(
        self, name: str, kind: GreenKind, granted: Mapping[str, Aspect]
    ) -> Iterator[_Refusal]:
        """Reasons why a group may not gain this kind of green in this second."""
        conflicts = self._junction.conflicts
        gain = Gain.PROTECTION if self._past[name].aspect in GREENS else Gain.GREEN
        for foe in self._foes[name]:
            theirs = GREEN_KIND.get(granted[foe])
            promised = granted[foe] is Aspect.RED_AMBER
            least = theirs or GreenKind.PERMISSIVE
            if (theirs or promised) and exclude(foe, least, name, kind, conflicts):
                yield "conflicting-greens", f"{foe} is green, or about to be."
            if theirs is None:
                end, step = self._past[foe].green_end_if(granted[foe], self._second), gain
            elif conflicts.gives_way(foe, name):
                end = self._past[foe].protected_end_if(granted[foe], self._second)
                step = Gain.GREEN_BESIDE
            else:
                continue
            if end is not None:
                yield from self._too_early(step, foe, name, self._second - end)

    def _against_red_amber(self, name: str, granted: Mapping[str, Aspect]) -> Iterator[_Refusal]:
        """Reasons why a group may not be promised green in this second.

        Red-amber cannot be taken back, so the green at its latest end must be sure.
        """
        conflicts = self._junction.conflicts
        latest = self._latest_green(name, self._second)
        for foe in self._foes[name]:
            theirs = GREEN_KIND.get(granted[foe])
            hard = conflicts.between(foe, name) is Conflict.HARD
            if theirs is not None and exclude(foe, theirs, name, GreenKind.PERMISSIVE, conflicts):
                yield "conflicting-greens", f"{foe} is green."
            elif granted[foe] is Aspect.RED_AMBER and hard:
                yield "conflicting-greens", f"{foe} is about to be green."
            elif theirs is None:
                end = self._past[foe].green_end_if(granted[foe], self._second)
                if end is not None:
                    yield from self._too_early(Gain.GREEN, foe, name, latest - end)
            elif conflicts.gives_way(foe, name):
                end = self._past[foe].protected_end_if(granted[foe], self._second)
                if end is not None:
                    yield from self._too_early(Gain.GREEN_BESIDE, foe, name, latest - end)

    def _too_early(self, gain: Gain, ending: str, starting: str, gap_s: int) -> Iterator[_Refusal]:
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
