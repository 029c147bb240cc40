"""From colours to lamps: which green gives way, which amber keeps its right of way.

A wire tells one green, one amber and one red for each signal group. What kind of green
it is stands in the plan that the controller runs: the second of its cycle is found from
the colours, as far as they and the seconds before tell it. Colours that are in no
second of the plan (a transition, free operation, no plan at all) are read by the set of
greens, and last by the conflicts of the junction: who has to give way to another green
does so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from signalctl.domain.aspect import AMBERS, GREENS, RESTS, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program

Colours = Mapping[str, Aspect | None]
"""Signal group -> colour as `Device.lamps` tells it: PROTECTED for any green, None for unknown."""


class Known(StrEnum):
    """Whence the kinds of green in a second are known."""

    PLAN = "plan"
    """The colours are those of a second of the plan."""
    GREENS = "greens"
    """The greens are those of a second of the plan, other colours are not."""
    CONFLICTS = "conflicts"
    """From the conflicts of the junction alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettered:
    """The lamps of one second. `places` are the seconds of the plan it may be."""

    aspects: FrozenMap[str, Aspect]
    known: Known
    places: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Wired:
    """A junction with the program its controller runs, as the wire shows it.

    `program` None: nothing is known of what it runs.
    """

    junction: Junction
    program: Program | None
    _groups: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _seconds: tuple[FrozenMap[str, Aspect], ...] = field(init=False, repr=False, compare=False)
    _by_colours: dict[str, frozenset[int]] = field(init=False, repr=False, compare=False)
    _by_greens: dict[str, frozenset[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        colours: dict[str, set[int]] = {}
        greens: dict[str, set[int]] = {}
        seconds = []
        groups = self.junction.group_ids
        for second in range(self.program.cycle_s if self.program is not None else 0):
            assert self.program is not None  # it has a cycle
            shown = [self.program.aspect(group, second) for group in groups]
            seconds.append(FrozenMap(dict(zip(groups, shown, strict=True))))
            colours.setdefault(_colours(shown), set()).add(second)
            greens.setdefault(_greens(shown), set()).add(second)
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "_seconds", tuple(seconds))
        object.__setattr__(self, "_by_colours", {k: frozenset(v) for k, v in colours.items()})
        object.__setattr__(self, "_by_greens", {k: frozenset(v) for k, v in greens.items()})

    def lettered(self, told: Colours, before: Lettered | None, passed_s: int = 1) -> Lettered:
        """The lamps behind the colours `told`.

        `before` is what was read `passed_s` seconds earlier, None for nothing. Where the
        colours leave more than one second of the plan, and these differ in the kind of
        a green, the green is taken to give way.
        """
        groups = self._groups
        shown = [told.get(group) for group in groups]
        program = self.program
        if program is None:
            return self._by_conflicts(told)
        if None in shown:
            places = self._matching(shown)
        else:
            places = self._by_colours.get(_colours(shown), frozenset())
        if places:
            if before is not None:
                came = {(second + passed_s) % program.cycle_s for second in before.places}
                places = places & came or places
            return Lettered(aspects=self._at(places), known=Known.PLAN, places=places)
        similar = self._by_greens.get(_greens(shown), frozenset()) if None not in shown else None
        plain = self._by_conflicts(told)
        if not similar or not any(aspect in GREENS for aspect in shown):
            return plain
        kinds = {
            group: _careful((program.aspect(group, s) for s in similar), Aspect.RED)
            for group in groups
            if told[group] in GREENS
        }
        return Lettered(aspects=FrozenMap({**plain.aspects, **kinds}), known=Known.GREENS)

    def _at(self, places: frozenset[int]) -> FrozenMap[str, Aspect]:
        """What the plan shows in a second that is one of these."""
        if len(places) == 1:
            return self._seconds[next(iter(places))]
        return FrozenMap(
            {
                group.id: _careful((self._seconds[s][group.id] for s in places), group.rest)
                for group in self.junction.groups
            }
        )

    def _matching(self, shown: list[Aspect | None]) -> frozenset[int]:
        """Seconds that show these colours, whatever the groups do that are not told."""
        if self.program is None or all(aspect is None for aspect in shown):
            return frozenset()
        text = "".join("?" if aspect is None else _COLOUR[aspect] for aspect in shown)
        return frozenset(
            second
            for state, seconds in self._by_colours.items()
            if all(have in (want, "?") for want, have in zip(state, text, strict=True))
            for second in seconds
        )

    def _by_conflicts(self, told: Colours) -> Lettered:
        green = [group for group in self.junction.group_ids if told.get(group) in GREENS]
        conflicts = self.junction.conflicts
        aspects: dict[str, Aspect] = {}
        for group in self.junction.groups:
            aspect = told.get(group.id)
            if aspect in GREENS:
                gives_way = any(conflicts.gives_way(group.id, other) for other in green)
                aspects[group.id] = Aspect.PERMISSIVE if gives_way else Aspect.PROTECTED
            elif aspect is None or aspect in RESTS:
                aspects[group.id] = group.rest
            else:
                aspects[group.id] = aspect
        return Lettered(aspects=FrozenMap(aspects), known=Known.CONFLICTS)


_COLOUR: Final = {
    **dict.fromkeys(GREENS, "g"),
    **dict.fromkeys(AMBERS, "y"),
    **dict.fromkeys(RESTS, "r"),
    Aspect.RED_AMBER: "u",
    Aspect.FLASHING: "o",
    Aspect.OFF: "O",
}
_MOST_CAREFUL_FIRST: Final = (Aspect.RED, Aspect.AMBER, Aspect.PERMISSIVE)


def _colours(shown: Iterable[Aspect | None]) -> str:
    return "".join("?" if aspect is None else _COLOUR[aspect] for aspect in shown)


def _greens(shown: Iterable[Aspect | None]) -> str:
    return "".join("g" if aspect in GREENS else "-" for aspect in shown)


def _careful(aspects: Iterable[Aspect], otherwise: Aspect) -> Aspect:
    """The one that all say, else the one among them that claims least."""
    found = set(aspects)
    if len(found) == 1:
        return found.pop()
    return next((aspect for aspect in _MOST_CAREFUL_FIRST if aspect in found), otherwise)
