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
from signalctl.networks.groups import MOVEMENTS, side_angle
from signalctl.networks.roads import Connection, RoadGraph

_GIVING_WAY: Final = frozenset({Aspect.PERMISSIVE.value, Aspect.AFTER_STOP.value})
_HAS_WAY: Final = frozenset(aspect.value for aspect in GREENS)
_OPPOSITE_DEG: Final = 60.0
"""Approaches within this angle of straight opposition face each other."""
_TURNS: Final = frozenset({Movement.LEFT, Movement.RIGHT, Movement.U_TURN})


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
    group_of = {index: group.id for group in groups for index in group.links}
    verdicts = _Verdicts()
    faults: set[tuple[str, str]] = set()
    for a, b in combinations(links, 2):
        group_a, group_b = group_of[a.index], group_of[b.index]
        if group_a == group_b or a.node_id != b.node_id:
            continue
        requests = roads.nodes[a.node_id].requests
        if b.request not in requests[a.request].foes and a.request not in requests[b.request].foes:
            continue
        response = _response(a, b, requests[a.request].response, requests[b.request].response)
        first = _who_yields(roads, a, b, response, columns)
        if first is None:
            verdicts.hard.add((group_a, group_b))
            if any(_both(column, a.index, b.index, _HAS_WAY) for column in columns):
                faults.add((group_a, group_b))
        else:
            verdicts.yields.add((group_a, group_b) if first is a else (group_b, group_a))
    order = {group.id: number for number, group in enumerate(groups)}
    hard = {tuple(sorted(pair, key=order.__getitem__)) for pair in verdicts.hard}
    both = hard | {(b, a) for a, b in hard}
    for one, other in sorted({tuple(sorted(f, key=order.__getitem__)) for f in faults}):
        notes.append(
            f"A shipped program shows {one} and {other} green together although they conflict."
        )
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
    for connection in roads.of_light(light_id):
        if connection.link_index is None:
            continue
        at = roads.request_of(connection)
        if at is None or at[1] not in roads.nodes[at[0]].requests:
            lost.append(connection.link_index)
            continue
        crossing = roads.crossing_of(connection)
        links.append(
            _Link(
                index=connection.link_index,
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


def _response(
    a: _Link, b: _Link, response_a: frozenset[int], response_b: frozenset[int]
) -> _Link | None:
    """Which of two links gives way by the matrix; None when neither or both would."""
    a_yields, b_yields = b.request in response_a, a.request in response_b
    if a_yields == b_yields:
        return None
    return a if a_yields else b


def _who_yields(
    roads: RoadGraph,
    a: _Link,
    b: _Link,
    response: _Link | None,
    columns: Sequence[Sequence[str]],
) -> _Link | None:
    """The link that may give way to the other under green; None when none may."""
    lawful = _lawful_yield(roads, a, b, response)
    if lawful is not None:
        return lawful
    shown = [
        one
        for one, other in ((a, b), (b, a))
        if any(_gives_way(column, one.index, other.index) for column in columns)
    ]
    if len(shown) == 1:
        return shown[0]
    return response if shown else None


def _lawful_yield(roads: RoadGraph, a: _Link, b: _Link, response: _Link | None) -> _Link | None:
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
    far, near = (
        (Movement.RIGHT, Movement.LEFT) if roads.left_hand else (Movement.LEFT, Movement.RIGHT)
    )
    if _opposite(a, b):
        return _oncoming_yield(a, b, far)
    merging = a.connection.to_edge == b.connection.to_edge
    if merging and response is not None and response.movement in (near, Movement.U_TURN):
        return response
    return None


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


def _opposite(a: _Link, b: _Link) -> bool:
    apart = abs((a.angle - b.angle + 180) % 360 - 180)
    return 180 - apart <= _OPPOSITE_DEG


def _gives_way(column: Sequence[str], yielding: int, other: int) -> bool:
    """Whether a program shows the yielding link permissive while the other is green."""
    return any(
        one in _GIVING_WAY and two in _HAS_WAY
        for one, two in zip(column[yielding], column[other], strict=True)
    )


def _both(column: Sequence[str], a: int, b: int, letters: frozenset[str]) -> bool:
    return any(
        one in letters and two in letters for one, two in zip(column[a], column[b], strict=True)
    )
