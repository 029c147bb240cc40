"""The space that is searched, with its points as small tuples that compare fast.

A state is one `Choice` for each junction, in order of junction id. What a choice
may be depends on the junction's designs and on what the engineer wants kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import Traffic
from signalctl.optimiser.lengths import feasible_lengths
from signalctl.optimiser.search.demand import GroupLoad, group_loads, link_owners, neighbours
from signalctl.optimiser.search.flow_lengths import flow_lengths
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint
from signalctl.optimiser.signal_table import SignalTable
from signalctl.optimiser.skeleton import Skeleton

_KEPT_TABLES: Final = 20_000


class Keep(StrEnum):
    """What of the first start every junction must keep."""

    CYCLE = "cycle"
    STAGES = "stages"
    OFFSETS = "offsets"


class Choice(NamedTuple):
    """One junction: which of its designs, lengths of its open steps, offset (s)."""

    design: int
    lengths: tuple[int, ...]
    offset_s: int


State: TypeAlias = tuple[Choice, ...]


class Space:
    """Designs, flows and neighbours of the junctions that are searched."""

    def __init__(
        self,
        traffic: Traffic,
        skeletons: Mapping[str, Sequence[Skeleton]],
        *,
        keep: frozenset[Keep],
        only: frozenset[str] | None,
        cycles: range,
    ) -> None:
        """Raises InputError for a junction without skeleton or an unknown one in `only`."""
        self.ids = tuple(sorted(skeletons))
        self.designs = [list(skeletons[junction_id]) for junction_id in self.ids]
        self.keep = keep
        self.cycles = cycles
        for junction_id, designs in zip(self.ids, self.designs, strict=True):
            if not designs:
                raise InputError("There is nothing to choose.", where=f"junction {junction_id}")
        unknown = sorted((only or frozenset()) - set(self.ids))
        if unknown:
            raise InputError(
                f"There is no junction {unknown[0]!r} to search.",
                remedy=f"Known ones: {', '.join(self.ids[:20])}.",
            )
        self.movable = tuple(
            j for j, junction_id in enumerate(self.ids) if only is None or junction_id in only
        )
        place = {junction_id: j for j, junction_id in enumerate(self.ids)}
        self.neighbours = [
            tuple(place[other] for other, _ in found)
            for found in neighbours(traffic, self.ids).values()
        ]
        self.ranks = [list(range(len(designs))) for designs in self.designs]
        self.owners = link_owners(traffic, self.ids)
        self._loads: list[dict[str, GroupLoad]] = [{} for _ in self.ids]
        for (junction_id, group_id), load in group_loads(traffic).items():
            if junction_id in place:
                self._loads[place[junction_id]][group_id] = load
        self._tables: dict[tuple[int, Choice], SignalTable] = {}
        self._flow_lengths: dict[tuple[int, int, int], tuple[int, ...] | None] = {}

    def skeleton(self, j: int, choice: Choice) -> Skeleton:
        """The skeleton of a choice at junction number `j`."""
        return self.designs[j][choice.design]

    def cycle_s(self, j: int, choice: Choice) -> int:
        """The cycle of a choice at junction number `j`."""
        return sum(choice.lengths) + self.skeleton(j, choice).fixed_s

    def tables(self, state: State) -> dict[str, SignalTable]:
        """The lamps of a state."""
        if len(self._tables) > _KEPT_TABLES:
            self._tables.clear()
        found = {}
        for j, choice in enumerate(state):
            table = self._tables.get((j, choice))
            if table is None:
                table = self.skeleton(j, choice).table(choice.lengths, choice.offset_s)
                self._tables[j, choice] = table
            found[self.ids[j]] = table
        return found

    def state_of(self, point: Mapping[str, JunctionPoint]) -> State:
        """The state of a point; skeletons not known yet join the junction's designs.

        Raises InputError when the point leaves out a junction or breaks a minimum.
        """
        choices = []
        for j, junction_id in enumerate(self.ids):
            each = point.get(junction_id)
            where = f"junction {junction_id}"
            if each is None:
                raise InputError("A start says nothing of this junction.", where=where)
            design = self._design_of(j, each.skeleton)
            if len(each.lengths) != len(each.skeleton.stretchable):
                raise InputError(
                    f"{len(each.lengths)} lengths do not fit {len(each.skeleton.stretchable)} "
                    "open steps.",
                    where=where,
                )
            choices.append(Choice(design, each.lengths, each.offset_s % each.cycle_s))
        return tuple(choices)

    def point_of(self, state: State) -> NetworkPoint:
        """A state in the words of everybody else."""
        return FrozenMap(
            {
                self.ids[j]: JunctionPoint(
                    skeleton=self.skeleton(j, choice),
                    lengths=choice.lengths,
                    offset_s=choice.offset_s,
                )
                for j, choice in enumerate(state)
            }
        )

    def by_flow(self, j: int, design: int, cycle_s: int) -> tuple[int, ...] | None:
        """Lengths by flow of a design at a cycle; None when it cannot run at it."""
        key = (j, design, cycle_s)
        if key not in self._flow_lengths:
            self._flow_lengths[key] = flow_lengths(self.designs[j][design], cycle_s, self._loads[j])
        return self._flow_lengths[key]

    def scaled(self, j: int, choice: Choice, cycle_s: int) -> tuple[int, ...] | None:
        """A choice's lengths in the same proportions at another cycle; None when too short."""
        skeleton = self.skeleton(j, choice)
        if self.cycle_s(j, choice) == cycle_s:
            return choice.lengths
        if not choice.lengths or cycle_s < skeleton.shortest_cycle_s:
            return None
        lengths = in_proportion(choice.lengths, cycle_s - skeleton.fixed_s)
        if lengths is not None and skeleton.is_feasible(lengths):
            return lengths
        return raised(skeleton, choice.lengths, cycle_s)

    def feasible(self, j: int, choice: Choice) -> bool:
        """Whether a choice keeps every minimum."""
        return min(choice.lengths, default=1) >= 1 and self.skeleton(j, choice).is_feasible(
            choice.lengths
        )

    def load_vps(self, j: int) -> float:
        """Demand of all groups of a junction, veh/s."""
        return sum(load.total_vps for load in self._loads[j].values())

    def _design_of(self, j: int, skeleton: Skeleton) -> int:
        for i, known in enumerate(self.designs[j]):
            if known is skeleton or known.base == skeleton.base:
                return i
        self.designs[j].append(skeleton)
        self.ranks[j].append(len(self.ranks[j]))
        return len(self.designs[j]) - 1


def in_proportion(shares: Sequence[int], total_s: int) -> tuple[int, ...] | None:
    """Whole seconds summing to a total, as the shares stand to each other.

    Largest remainders first. None when one would fall below 1 s.
    """
    scale = total_s / sum(shares)
    exact = [share * scale for share in shares]
    found = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in order[: total_s - sum(found)]:
        found[i] += 1
    return tuple(found) if min(found) >= 1 else None


def raised(skeleton: Skeleton, shares: Sequence[int], cycle_s: int) -> tuple[int, ...] | None:
    """Lengths that keep every minimum first and share out what is left; None when too short."""
    n = len(skeleton.stretchable)
    total_s = cycle_s - skeleton.fixed_s
    least, _ = feasible_lengths(n, total_s, skeleton.bounds)
    if least is None:
        return None
    # On the way from the proportions to lengths that are certain to do, the first that does.
    wanted = in_proportion(shares, total_s) or tuple(least)
    for part in range(1, 8):
        mixed = [(8 - part) * want + part * sure for want, sure in zip(wanted, least, strict=True)]
        found = in_proportion(mixed, total_s)
        if found is not None and skeleton.is_feasible(found):
            return found
    return tuple(least)
