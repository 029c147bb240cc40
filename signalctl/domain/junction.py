"""A signal-controlled junction: its signal groups, conflicts and intergreens.

What the roads look like is not here (that is `networks`); this is what a signal
controller must know to be safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap


class GroupKind(StrEnum):
    """Who obeys the lamps of a signal group."""

    VEHICLE = "vehicle"
    PEDESTRIAN = "pedestrian"
    CYCLE = "cycle"
    BUS = "bus"
    TRAM = "tram"
    UNUSED = "unused"
    """A link index that the program names but no road uses; kept, never judged."""


class Movement(StrEnum):
    """Direction a group's traffic takes, in the travel sense of its approach."""

    THROUGH = "through"
    LEFT = "left"
    RIGHT = "right"
    U_TURN = "u-turn"
    CROSSING = "crossing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalGroup:
    """Lamps that always show the same.

    `links` are SUMO link indices. `movements` holds more than one member when
    movements share a lane and therefore their lamps. `red_amber_s` precedes
    green, `amber_s` follows it; both are 0 for pedestrians. `rest` is what the
    group shows without right of way (red, or a green-arrow plate).
    `crossing_m` is the walking distance of a pedestrian group.
    """

    id: str
    kind: GroupKind
    approach: str
    movements: tuple[Movement, ...]
    links: tuple[int, ...]
    min_green_s: int = 5
    amber_s: int = 3
    red_amber_s: int = 0
    rest: Aspect = Aspect.RED
    crossing_m: float | None = None

    @property
    def movement(self) -> str:
        """The movements in one word, for people: `through`, `through+right`."""
        return "+".join(self.movements)


class Conflict(StrEnum):
    """How two signal groups stand to each other when both are green."""

    NONE = "none"
    YIELDS = "yields"
    """Allowed together while the one that gives way is green permissively."""
    HARD = "hard"
    """Never green together."""


@dataclass(frozen=True)
class ConflictMatrix:
    """Which pairs of signal groups exclude each other.

    `hard` holds unordered pairs (in either order, both are found); `yields`
    holds (who gives way, to whom).
    """

    hard: frozenset[tuple[str, str]] = frozenset()
    yields: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def _hard(self) -> frozenset[tuple[str, str]]:
        return self.hard | {(b, a) for a, b in self.hard}

    @cached_property
    def _foes(self) -> dict[str, frozenset[str]]:
        foes: dict[str, set[str]] = {}
        for a, b in self.hard | self.yields:
            foes.setdefault(a, set()).add(b)
            foes.setdefault(b, set()).add(a)
        return {group: frozenset(others) for group, others in foes.items()}

    def between(self, a: str, b: str) -> Conflict:
        """The conflict between two groups, whichever is named first."""
        if (a, b) in self._hard:
            return Conflict.HARD
        if (a, b) in self.yields or (b, a) in self.yields:
            return Conflict.YIELDS
        return Conflict.NONE

    def gives_way(self, a: str, b: str) -> bool:
        """Whether a permissive green of `a` gives way to `b`."""
        return (a, b) in self.yields

    def foes(self, group: str) -> frozenset[str]:
        """Every group in any conflict, hard or yielding, with `group`."""
        return self._foes.get(group, frozenset())


@dataclass(frozen=True, slots=True)
class IntergreenMatrix:
    """Seconds from the end of green of one group to the start of green of another.

    Ending group first, starting group second; amber and red-amber lie inside.
    A missing pair means no intergreen is known, never zero.
    Source of the term: RiLSA 2015, 2.4 (Zwischenzeit).
    """

    seconds: FrozenMap[tuple[str, str], int] = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        for (ending, starting), value in self.seconds.items():
            if value < 0 or ending == starting:
                raise InputError(
                    f"Intergreen {ending} -> {starting} is {value} s.",
                    remedy="Intergreens are at least 0 s and join two different groups.",
                )

    def get(self, ending: str, starting: str) -> int | None:
        """Intergreen in s, or None where the pair has none."""
        return self.seconds.get((ending, starting))

    @classmethod
    def of(cls, seconds: Mapping[tuple[str, str], int]) -> IntergreenMatrix:
        """A matrix from {(ending, starting): seconds}."""
        return cls(FrozenMap(seconds))


@dataclass(frozen=True)
class Junction:
    """One signal-controlled junction, as its controller sees it.

    `notes` are remarks of the reader for people: everything unusual it met.
    """

    id: str
    groups: tuple[SignalGroup, ...]
    conflicts: ConflictMatrix = ConflictMatrix()
    intergreens: IntergreenMatrix = IntergreenMatrix()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = [group.id for group in self.groups]
        links = [link for group in self.groups for link in group.links]
        if len(set(ids)) != len(ids) or len(set(links)) != len(links):
            raise InputError(
                "Two signal groups share an id or a link.",
                where=f"junction {self.id}",
                remedy="Give each group its own id and each link one group.",
            )
        known = set(ids)
        pairs: Iterable[tuple[str, str]] = (
            self.conflicts.hard | self.conflicts.yields | set(self.intergreens.seconds)
        )
        for pair in sorted(pairs):
            if not known.issuperset(pair):
                raise InputError(
                    f"Conflict or intergreen {pair[0]} / {pair[1]} names an unknown group.",
                    where=f"junction {self.id}",
                )

    @cached_property
    def _by_id(self) -> dict[str, SignalGroup]:
        return {group.id: group for group in self.groups}

    @property
    def group_ids(self) -> tuple[str, ...]:
        """Ids of all groups in the junction's order."""
        return tuple(group.id for group in self.groups)

    def group(self, group_id: str) -> SignalGroup:
        """The group with this id; raises InputError for an unknown one."""
        found = self._by_id.get(group_id)
        if found is None:
            raise InputError(
                f"There is no signal group {group_id!r}.",
                where=f"junction {self.id}",
                remedy=f"Known groups: {', '.join(self.group_ids)}.",
            )
        return found
