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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import (
    AMBERS,
    GREENS,
    RESTS,
    UNSIGNALISED,
    Aspect,
    GreenKind,
)
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.rules.gains import Gains, Refusal
from signalctl.rules.lamp_memory import LampMemory
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import (
    amber_range_s,
    min_green_s,
    red_amber_range_s,
)

GUARDED: Final = frozenset(
    {
        "conflicting-greens",
        "intergreen",
        "intergreen-unknown",
        "protection",
        "minimum-green",
        "minimum-walk",
        "amber",
        "red-amber",
        "succession",
        "pedestrian-clearance",
    }
)
"""Rules that the guard keeps: a program that breaks one cannot be shown as it stands."""


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
        self._groups: Final = {g.id: g for g in junction.groups if g.kind is not GroupKind.UNUSED}
        self._past: Final = {name: LampMemory(g.rest) for name, g in self._groups.items()}
        self._gains: Final = Gains(junction, profile, self._groups, self._past)
        self._second = 0
        self._steady: Granted | None = None
        self._steady_wish: FrozenMap[str, Aspect] | None = None
        self._held_s = 0
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
        if self._steady is not None and requested is self._steady_wish:
            # Nothing new is asked for and nothing runs out by itself: no rule to look up.
            self._held_s += 1
            return self._steady
        self._record_held()
        for name in requested:
            self._junction.group(name)
        if not self._second:
            self._begin(requested)
        wanted = {name: requested.get(name, past.aspect) for name, past in self._past.items()}
        granted: dict[str, Aspect] = {}
        wishes: dict[str, Aspect] = {}
        refusals: dict[str, Refusal] = {}
        for name, want in wanted.items():
            granted[name], refusal = self._without_gain(name, want)
            if refusal is None and (granted[name] is not want or self._promise_due(name)):
                wishes[name], refusal = self._wish(name, want)
            if refusal is not None:
                refusals[name] = refusal
        refusals |= self._settle(wishes, granted)
        shown = FrozenMap(
            {
                group.id: granted.get(group.id, requested.get(group.id, Aspect.RED))
                for group in self._junction.groups
            }
        )
        self._record(shown)
        self._keep_steady(requested, shown, wanted)
        return Granted(
            aspects=shown,
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

    def _keep_steady(
        self,
        requested: Mapping[str, Aspect],
        shown: FrozenMap[str, Aspect],
        wanted: Mapping[str, Aspect],
    ) -> None:
        """Remember a request that was granted whole and would be granted again as it stands.

        Only one that nobody can change meanwhile; greens and rests have no longest time here.
        """
        lasts = isinstance(requested, FrozenMap) and all(
            shown[name] is want and (want in GREENS or want in RESTS)
            for name, want in wanted.items()
        )
        self._steady = Granted(aspects=shown, withheld=()) if lasts else None
        self._steady_wish = requested if isinstance(requested, FrozenMap) else None

    def _record_held(self) -> None:
        """Record the seconds that were granted without a look at the rules."""
        for past in self._past.values():
            past.run_s += self._held_s
        self._second += self._held_s
        self._held_s = 0

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

    def _without_gain(self, name: str, want: Aspect) -> tuple[Aspect, Refusal | None]:
        """Next aspect of a group if it gains nothing; its refusal, None if it may still gain.

        (aspect, None) with an aspect that is not the wanted one means: ask `_wish`.
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

    def _from_green(self, name: str, now: Aspect, want: Aspect) -> tuple[Aspect, Refusal | None]:
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
        if not self._gains.may_end(name, self._second):
            return now, ("intergreen", f"A group in conflict with {name} is in red-amber.")
        if want in RESTS and amber_range_s(group, self._limits)[0]:
            return Aspect.AMBER, ("amber", f"{name} ends by amber.")
        return want, None

    def _from_amber(self, name: str, now: Aspect, want: Aspect) -> tuple[Aspect, Refusal | None]:
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

    def _promise_due(self, name: str) -> bool:
        """Whether the longest red-amber is over."""
        past = self._past[name]
        most_s = red_amber_range_s(self._groups[name], self._limits)[1]
        return past.aspect is Aspect.RED_AMBER and past.run_s >= most_s

    def _wish(self, name: str, want: Aspect) -> tuple[Aspect, Refusal | None]:
        """The aspect to try for a group that wants more than it has, and why not the wanted one."""
        past = self._past[name]
        least_s, most_s = red_amber_range_s(self._groups[name], self._limits)
        if past.aspect is Aspect.RED_AMBER:
            if past.run_s < least_s:
                return past.aspect, ("red-amber", f"{name} must show {least_s} s of red-amber.")
            if want in GREENS:
                return want, None
            return Aspect.PROTECTED, ("succession", f"Green follows the red-amber of {name}.")
        if past.aspect in RESTS and want is Aspect.RED_AMBER and not most_s:
            return past.aspect, ("red-amber", "The profile has no red-amber.")
        if past.aspect in RESTS and want in GREENS and least_s:
            return Aspect.RED_AMBER, ("red-amber", f"{name} starts by {least_s} s of red-amber.")
        return want, None

    def _settle(
        self, wishes: Mapping[str, Aspect], granted: dict[str, Aspect]
    ) -> dict[str, Refusal]:
        """Grant as many wishes as go together, in place; the refusals of the others.

        All are tried at once, because two groups that may be green together can
        need each other's start (a turn that yields starts with its oncoming
        traffic). While some do not go, the last of them gives in; promises made
        by red-amber come first, then the junction's order.
        """
        without = dict(granted)
        order = sorted(wishes, key=lambda n: self._past[n].aspect is not Aspect.RED_AMBER)
        granted.update(wishes)
        refusals: dict[str, Refusal] = {}
        while True:
            against = {
                name: refusal
                for name in order
                if granted[name] is not without[name]
                and (refusal := self._gains.against(name, granted[name], granted, self._second))
            }
            if not against:
                break
            name = next(reversed(against))
            refusals.setdefault(name, against[name])
            promised = self._past[name].aspect is Aspect.RED_AMBER
            may_yield = promised and granted[name] is Aspect.PROTECTED
            granted[name] = Aspect.PERMISSIVE if may_yield else without[name]
        # What gave in to somebody who then gave in as well has a second chance.
        for name in (name for name in order if name in refusals):
            promised = self._past[name].aspect is Aspect.RED_AMBER
            for aspect in (wishes[name], Aspect.PERMISSIVE) if promised else (wishes[name],):
                refused = granted[name] is without[name]
                if refused and not self._gains.against(name, aspect, granted, self._second):
                    granted[name] = aspect
        return refusals
