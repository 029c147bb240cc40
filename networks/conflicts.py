"""Conflicts between signal groups, from the right-of-way matrices of a light's nodes.

SUMO's request bits say for each pair of links whether their paths meet (foes) and
who would give way without a light (response). With a light, giving way is a
legitimate permissive green only in the cases listed in `_lawful_yield`, and where
a shipped program itself shows it; crossing traffic of different streets is a
hard conflict although the bits always name one side as yielding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.junction import ConflictMatrix, Movement, SignalGroup
from signalctl.networks.groups import MOVEMENTS, lamps_of, side_angle
from signalctl.networks.roads import Connection, RoadGraph

_GIVING_WAY: Final = frozenset({Aspect.PERMISSIVE.value, Aspect.AFTER_STOP.value})
_HAS_WAY: Final = frozenset(aspect.value for aspect in GREENS)
_OPPOSITE_DEG: Final = 60.0
"""Approaches within this angle of straight opposition face each other, unless their
through movements cross: at skewed junctions only that tells oncoming from crossing."""
_TURNS: Final = frozenset({Movement.LEFT, Movement.RIGHT, Movement.U_TURN})


_FACING_DEG: Final = 20.0
"""Ways straight on within this of opposite directions follow one street."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """The conflict matrix of a light and remarks for people."""

    matrix: ConflictMatrix
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    """One connection of the light with everything its conflicts depend on."""

    index: int
    connection: Connection
    node_id: str
    request: int
    movement: Movement
    angle: float
    crossing: frozenset[str] | None
    """Edges a crossing leads over; None for vehicles."""


@dataclass(frozen=True, slots=True)
class _Site:
    """What the judgement of a pair rests on besides the two links.

    `states` are the distinct states of all shipped programs; `crossing` the
    pairs of approaches whose through movements cross.
    """

    left_hand: bool
    states: tuple[str, ...]
    crossing: frozenset[frozenset[str]]

    @property
    def near_side(self) -> Movement:
        """The turn that crosses no other stream of its road."""
        return Movement.LEFT if self.left_hand else Movement.RIGHT

    @property
    def far_side(self) -> Movement:
        """The turn across oncoming traffic."""
        return Movement.RIGHT if self.left_hand else Movement.LEFT

    def opposite(self, a: _Link, b: _Link) -> bool:
        """Whether two approaches face each other."""
        apart = abs((a.angle - b.angle + 180) % 360 - 180)
        pair = frozenset((a.connection.from_edge, b.connection.from_edge))
        return 180 - apart <= _OPPOSITE_DEG and pair not in self.crossing


@dataclass(slots=True)
class _Verdicts:
    hard: set[tuple[str, str]] = field(default_factory=set)
    yields: set[tuple[str, str]] = field(default_factory=set)


def group_conflicts(
    roads: RoadGraph,
    light_id: str,
    groups: Sequence[SignalGroup],
    columns: Sequence[Sequence[str]] = (),
) -> Conflicts:
    """Hard and yielding conflicts between the groups of a light.

    `columns` are the shipped programs by link index as in signal_groups. A pair
    of groups is hard when any pair of its links is. Pairs of links at different
    nodes of a joined light have no common request bits and are no conflict.
    """
    links, notes = _links(roads, light_id)
    pairs = [(a, b) for a, b in combinations(links, 2) if _meet(roads, a, b)]
    site = _Site(
        left_hand=roads.left_hand,
        states=tuple(_distinct_states(columns)),
        crossing=frozenset(
            frozenset((a.connection.from_edge, b.connection.from_edge))
            for a, b in pairs
            if a.movement is b.movement is Movement.THROUGH
        ),
    )
    group_of = {index: group.id for group in groups for index in group.links}
    verdicts = _Verdicts()
    faults: set[tuple[str, str]] = set()
    oncoming: set[tuple[str, str]] = set()
    merging: set[tuple[str, str]] = set()
    for a, b in pairs:
        group_a, group_b = group_of[a.index], group_of[b.index]
        if group_a == group_b:
            continue
        requests = roads.nodes[a.node_id].requests
        response = _response(a, b, requests[a.request].response, requests[b.request].response)
        turns = _oncoming_turns(site, a, b) and _shown_protected(site, a, b)
        if turns or (_oncoming_throughs(a, b) and _green_together(site, a, b)):
            oncoming.add((min(group_a, group_b), max(group_a, group_b)))
            continue
        first = _who_yields(site, a, b, response)
        if first is None:
            verdicts.hard.add((group_a, group_b))
            if _green_together(site, a, b):
                faults.add((group_a, group_b))
        else:
            if first is _near_side_merge(site, a, b) and _shown_protected(site, a, b):
                merging.add((group_a, group_b))
            verdicts.yields.add((group_a, group_b) if first is a else (group_b, group_a))
    order = {group.id: number for number, group in enumerate(groups)}
    hard = {tuple(sorted(pair, key=order.__getitem__)) for pair in verdicts.hard}
    both = hard | {(b, a) for a, b in hard}
    for told, noted in (
        ("Shown green together by a shipped program although they conflict", faults),
        (
            "Facing each other and shown green together by a shipped program, so taken as free of "
            "conflict although their drawn paths touch",
            {pair for pair in oncoming if pair not in both},
        ),
        ("Protected by a shipped program beside traffic it joins, taken as giving way", merging),
    ):
        if noted:
            listed = (" / ".join(sorted(pair, key=order.__getitem__)) for pair in noted)
            notes.append(f"{told}: {', '.join(sorted(set(listed)))}.")
    if len({link.node_id for link in links}) > 1:
        notes.append(
            "The light controls several nodes; signals at different nodes are taken as free of "
            "conflict with each other, as the network says nothing of such pairs."
        )
    return Conflicts(
        matrix=ConflictMatrix(
            hard=frozenset((a, b) for a, b in hard),
            yields=frozenset(pair for pair in verdicts.yields if pair not in both),
        ),
        notes=tuple(notes),
    )


def _links(roads: RoadGraph, light_id: str) -> tuple[list[_Link], list[str]]:
    links: list[_Link] = []
    lost: list[int] = []
    for connection in lamps_of(roads, light_id):
        index, at = connection.link_index, roads.request_of(connection)
        if index is None:
            continue
        if at is None or at[1] not in roads.nodes[at[0]].requests:
            lost.append(index)
            continue
        crossing = roads.crossing_of(connection)
        links.append(
            _Link(
                index=index,
                connection=connection,
                node_id=at[0],
                request=at[1],
                movement=Movement.CROSSING
                if crossing is not None
                else MOVEMENTS.get(connection.direction, Movement.THROUGH),
                angle=side_angle(roads, connection.from_edge) if crossing is None else 0.0,
                crossing=None if crossing is None else frozenset(crossing.crossed),
            )
        )
    notes = []
    if lost:
        notes.append(
            f"The network gives no right of way for link indices "
            f"{', '.join(map(str, sorted(lost)))}; their conflicts are not known."
        )
    return links, notes


def _meet(roads: RoadGraph, a: _Link, b: _Link) -> bool:
    """Whether the paths of two links cross or merge, by the matrix of their common node."""
    if a.node_id != b.node_id:
        return False
    requests = roads.nodes[a.node_id].requests
    return b.request in requests[a.request].foes or a.request in requests[b.request].foes


def _response(
    a: _Link, b: _Link, response_a: frozenset[int], response_b: frozenset[int]
) -> _Link | None:
    """Which of two links gives way by the matrix; None when neither or both would."""
    a_yields, b_yields = b.request in response_a, a.request in response_b
    if a_yields == b_yields:
        return None
    return a if a_yields else b


def _who_yields(site: _Site, a: _Link, b: _Link, response: _Link | None) -> _Link | None:
    """The link that may give way to the other under green; None when none may."""
    lawful = _lawful_yield(site, a, b, response)
    if lawful is not None:
        return lawful
    merge = _near_side_merge(site, a, b)
    if merge is not None and _green_together(site, a, b):
        return merge
    shown = [one for one, other in ((a, b), (b, a)) if _gives_way(site, one, other)]
    if len(shown) == 1:
        return shown[0]
    return response if shown else None


def _lawful_yield(site: _Site, a: _Link, b: _Link, response: _Link | None) -> _Link | None:
    """Who gives way in the cases where green together is common practice.

    Turning traffic to pedestrians on the road it turns into; left and u-turns
    to oncoming traffic; a near-side turn to traffic of the road it joins; and
    links of one approach among each other (RiLSA 2015 on conditionally
    compatible movements; FHWA Signal Timing Manual 2nd ed., 4.4 permissive lefts).
    """
    if a.crossing is not None or b.crossing is not None:
        if a.crossing is not None and b.crossing is not None:
            return None
        vehicle, walker = (b, a) if a.crossing is not None else (a, b)
        turns_over = vehicle.connection.to_edge in (walker.crossing or ())
        return vehicle if vehicle.movement in _TURNS and turns_over else None
    if a.connection.from_edge == b.connection.from_edge:
        return response if response is not None else _turning(a, b)
    if site.opposite(a, b):
        return _oncoming_yield(a, b, site.far_side)
    merging = a.connection.to_edge == b.connection.to_edge
    turning = (site.near_side, Movement.U_TURN)
    if merging and response is not None and response.movement in turning:
        return response
    return None


def _near_side_merge(site: _Site, a: _Link, b: _Link) -> _Link | None:
    """The near-side turn that joins the road of the other link; None in all other cases."""
    if a.connection.to_edge != b.connection.to_edge or a.crossing or b.crossing:
        return None
    turning = [link for link in (a, b) if link.movement is site.near_side]
    return turning[0] if len(turning) == 1 else None


def _oncoming_turns(site: _Site, a: _Link, b: _Link) -> bool:
    """Two turns across the road that face each other (dual lefts, NEMA phases 1 and 5)."""
    return (
        a.crossing is None
        and b.crossing is None
        and a.movement is b.movement is site.far_side
        and a.connection.to_edge != b.connection.to_edge
        and site.opposite(a, b)
    )


def _oncoming_throughs(a: _Link, b: _Link) -> bool:
    """Two ways straight on along one street in opposite directions (tracks drawn across)."""
    apart = abs((a.angle - b.angle + 180) % 360 - 180)
    return (
        a.crossing is None
        and b.crossing is None
        and a.movement is b.movement is Movement.THROUGH
        and 180 - apart <= _FACING_DEG
    )


def _oncoming_yield(a: _Link, b: _Link, far: Movement) -> _Link | None:
    """Between links that face each other the one that turns across, or back, gives way."""
    rank = {Movement.U_TURN: 2, far: 1}
    rank_a, rank_b = rank.get(a.movement, 0), rank.get(b.movement, 0)
    if rank_a == rank_b:
        return None
    return a if rank_a > rank_b else b


def _turning(a: _Link, b: _Link) -> _Link | None:
    """Of two links of one approach the one that turns; None when both or none do."""
    a_turns, b_turns = a.movement in _TURNS, b.movement in _TURNS
    if a_turns == b_turns:
        return None
    return a if a_turns else b


def _distinct_states(columns: Sequence[Sequence[str]]) -> list[str]:
    """Every state the programs show, each once: evidence without going through all seconds."""
    return ["".join(s) for s in sorted({s for links in columns for s in zip(*links, strict=True)})]


def _gives_way(site: _Site, yielding: _Link, other: _Link) -> bool:
    """Whether a program shows the yielding link permissive while the other is green."""
    return any(s[yielding.index] in _GIVING_WAY and s[other.index] in _HAS_WAY for s in site.states)


def _green_together(site: _Site, a: _Link, b: _Link) -> bool:
    return any(s[a.index] in _HAS_WAY and s[b.index] in _HAS_WAY for s in site.states)


def _shown_protected(site: _Site, a: _Link, b: _Link) -> bool:
    return any(s[a.index] == s[b.index] == Aspect.PROTECTED.value for s in site.states)
