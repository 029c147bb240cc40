"""The left turns of one street: leading, lagging, or one of each.

A street is a stretch of stages in a row that serve two opposing approaches and
nobody else's vehicles, with protected left turns of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, GroupKind, Junction, Movement
from signalctl.domain.plan import Stage

Block: TypeAlias = tuple[Stage, ...]
"""A stage with those glued behind it: crossings clearing, all-red."""

LONGEST_INTERSTAGE_S = 5
"""A stage this short in which greens only end is the way to the next one, no stage."""

_LEFTS = frozenset({Movement.LEFT, Movement.U_TURN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Two opposing approaches: vehicles and crossings of their stages, and the time.

    `lefts` (protected), `gaps` (those lefts that also turn through gaps) and
    `ahead` (everything else) map each approach to groups and their green.
    `walks` are the crossings, `clearing_s` how long they clear while the street
    goes on, `left_s` the longest protected left, `total_s` the time of all stages.
    """

    approaches: tuple[str, str]
    lefts: Mapping[str, FrozenMap[str, GreenKind]]
    gaps: Mapping[str, FrozenMap[str, GreenKind]]
    ahead: Mapping[str, FrozenMap[str, GreenKind]]
    walks: FrozenMap[str, GreenKind]
    clearing_s: int
    left_s: int
    total_s: int


def glued(stages: Sequence[Stage], junction: Junction) -> list[Block]:
    """Stages as blocks that move as one: what only ends a stage stays behind it.

    That is clearing of crossings, all-red, and short interstages.
    """
    blocks: list[list[Stage]] = []
    for stage in stages:
        if blocks and _belongs_to(blocks[-1][-1], stage, junction):
            blocks[-1].append(stage)
        else:
            blocks.append([stage])
    if len(blocks) > 1 and _belongs_to(blocks[-1][-1], blocks[0][0], junction):
        blocks[-1] += blocks.pop(0)
    return [tuple(block) for block in blocks]


def street_of(blocks: Sequence[Block], junction: Junction) -> Street | None:
    """The street these blocks in a row serve, or None when they serve no such thing."""
    stages = [stage for block in blocks for stage in block]
    shown: dict[str, dict[str, GreenKind]] = {}
    walks: dict[str, GreenKind] = {}
    for stage in stages:
        for name, kind in stage.greens.items():
            group = junction.group(name)
            if group.kind is GroupKind.PEDESTRIAN:
                walks[name] = kind
                continue
            of_approach = shown.setdefault(group.approach, {})
            if of_approach.get(name) is not GreenKind.PROTECTED:
                of_approach[name] = kind
    if len(shown) != 2:
        return None
    a, b = sorted(shown)
    lefts = {x: _part(shown[x], junction, lefts=True) for x in (a, b)}
    ahead = {x: _part(shown[x], junction, lefts=False) for x in (a, b)}
    if not all(lefts.values()) or not all(ahead.values()):
        return None
    turning = [kind for x in (a, b) for kind in lefts[x].values()]
    if any(kind is not GreenKind.PROTECTED for kind in turning):
        return None
    gaps = {
        x: FrozenMap(
            {
                group: GreenKind.PERMISSIVE
                for group in lefts[x]
                if any(s.greens.get(group) is GreenKind.PERMISSIVE for s in stages)
            }
        )
        for x in (a, b)
    }
    if _clash(ahead[a], ahead[b], junction) or _clash(lefts[a], lefts[b], junction):
        return None
    left_s = max(
        sum(s.split_s for s in stages if any(s.greens.get(g) is kind for g, kind in one.items()))
        for one in lefts.values()
    )
    clearing_s = sum(
        stage.split_s
        for block in blocks
        for before, stage in pairwise(block)
        if stage.greens and _only_walks_end(before, stage, junction)
    )
    return Street(
        approaches=(a, b),
        lefts=lefts,
        gaps=gaps,
        ahead=ahead,
        walks=FrozenMap(walks),
        clearing_s=clearing_s,
        left_s=left_s,
        total_s=sum(stage.split_s for stage in stages),
    )


def patterns(street: Street, junction: Junction) -> dict[str, tuple[Block, ...]]:
    """Orders of a street's left turns, by name, as blocks.

    The stage of both throughs with its crossings stands between leading and
    lagging lefts; of one of each, every left goes with its own through. Lefts
    that may also turn through gaps do so beside both throughs, save the leading
    one of lead-lag: its amber would come while oncoming traffic keeps green.
    """
    a, b = street.approaches
    both = _stage("both lefts", {**street.lefts[a], **street.lefts[b]}, street.left_s)
    alone = {
        x: _stage(f"{x} alone", _with_own_through(street, x, junction), street.left_s)
        for x in (a, b)
    }

    def through(left_stages: int, after: Stage, *gaps_of: str) -> Block:
        least = max(street.clearing_s + 5, 10)
        split_s = max(street.total_s - left_stages * street.left_s, least)
        greens = {**street.ahead[a], **street.ahead[b]}
        for approach in gaps_of:
            greens |= street.gaps[approach]
        stages = []
        if street.clearing_s:
            split_s -= street.clearing_s
            stages.append(_stage("clearance", greens, street.clearing_s))
        stages.insert(0, _stage("through", {**greens, **street.walks}, split_s))
        return (*stages, *_change(greens, after, junction))

    named = [*street.lefts[a], *street.lefts[b]]
    proper = [g for g in named if Movement.LEFT in junction.group(g).movements]
    names = f"({', '.join(proper or named)})"
    nobody = _stage("next street", {}, 1)
    return {
        f"both lead {names}": ((both,), through(1, nobody, a, b)),
        f"both lag {names}": (through(1, both, a, b), (both,)),
        f"lead-lag {names}": ((alone[a],), through(2, alone[b], b), (alone[b],)),
        f"lag-lead {names}": ((alone[b],), through(2, alone[a], a), (alone[a],)),
    }


def _change(greens: Mapping[str, GreenKind], after: Stage, junction: Junction) -> Block:
    """The interstage in which lefts go on through gaps until they are protected."""
    turning = [g for g, kind in after.greens.items() if greens.get(g) not in (None, kind)]
    if not turning:
        return ()
    stay = {g: kind for g, kind in greens.items() if g in after.greens}
    waits = [junction.intergreens.get(end, g) for end in greens if end not in stay for g in turning]
    wait_s = max((wait for wait in waits if wait is not None), default=0)
    return (_stage("change", stay, wait_s),) if wait_s else ()


def renumbered(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """The stages named 1, 2, ... in order."""
    return tuple(replace(stage, id=str(n)) for n, stage in enumerate(stages, start=1))


def _belongs_to(before: Stage, stage: Stage, junction: Junction) -> bool:
    """Whether a stage does nothing but end some of the greens before it."""
    if any(before.greens.get(group) is not kind for group, kind in stage.greens.items()):
        return False
    short = stage.split_s <= LONGEST_INTERSTAGE_S
    return not stage.greens or short or _only_walks_end(before, stage, junction)


def _only_walks_end(before: Stage, stage: Stage, junction: Junction) -> bool:
    ended = set(before.greens) - set(stage.greens)
    return all(junction.group(g).kind is GroupKind.PEDESTRIAN for g in ended)


def _part(
    shown: Mapping[str, GreenKind], junction: Junction, *, lefts: bool
) -> FrozenMap[str, GreenKind]:
    return FrozenMap(
        {
            group: kind
            for group, kind in sorted(shown.items())
            if (set(junction.group(group).movements) <= _LEFTS) is lefts
        }
    )


def _with_own_through(street: Street, approach: str, junction: Junction) -> dict[str, GreenKind]:
    """A left with what its own approach may show beside it."""
    greens = dict(street.lefts[approach])
    for group, kind in street.ahead[approach].items():
        if not _clash(greens, {group: kind}, junction):
            greens[group] = kind
    return greens


def _clash(a: Iterable[str], b: Iterable[str], junction: Junction) -> bool:
    return any(junction.conflicts.between(x, y) is Conflict.HARD for x in a for y in b)


def _stage(name: str, greens: Mapping[str, GreenKind], split_s: int) -> Stage:
    return Stage(id=name, split_s=split_s, greens=FrozenMap(greens))
