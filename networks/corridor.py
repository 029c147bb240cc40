"""Corridors: from junctions, from an edge path, or found and ranked.

A corridor's outbound direction passes its junctions in the order given, inbound
the way back through the same junctions in reverse. Each direction is what a car
drives: its edges, the stop lines it meets, the distances between them measured
stop line to stop line over the nodes, and the progression speeds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.networks.arteries import Arteries
from signalctl.networks.corridor_directions import FoundCorridor, both_ways, junctions_met
from signalctl.networks.corridor_drive import sharp_turns, way_of, why_another_street
from signalctl.networks.corridor_search import (
    SOME_LIGHTS,
    Chain,
    chain_from,
    lights_on,
    steps_on,
    way_between,
    way_through,
)
from signalctl.networks.flows import TurningFlows
from signalctl.networks.network import Network

MAX_GAP_M: Final = 1200.0
"""Signals further apart than this start another arterial: the platoon has spread. The MUTCD
asks for coordination within half a mile (800 m); half as much again is our choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCorridor:
    """A found arterial with its rank among all of a network.

    `score` orders them: with flows the vehicles an hour that pass on from one
    light to the next, summed over links and both directions (each may be saved
    a stop); without, the through lanes times speed (m/s) of the links, summed
    likewise. `through_vph` is the mean through flow at a stop line, None
    without flows.
    """

    corridor: Corridor
    score: float
    through_vph: float | None
    length_m: float
    notes: tuple[str, ...] = ()


def corridor_from_junctions(
    network: Network, ids: Sequence[str], speed_mps: float | None = None
) -> FoundCorridor:
    """The corridor through junctions in the given order, both directions.

    `speed_mps` is the progression speed of every link; without it each link
    gets the speed that its edges' limits give over the driven way.
    A signal that is not listed but lies on the way is an InputError naming it,
    pedestrian lights included: an unlisted light stops the platoon like any
    other. Only rail crossings and rail signals are passed.
    Also raises InputError for fewer than two junctions, repeated ones, unknown
    ids (with close matches), and lights that no drivable way joins. Without a
    way back inbound is None, and a note says why. A junction whose lights stand
    on one carriageway only is met in that direction alone, with a note.
    """
    return corridor_on(Arteries(network), ids, speed_mps)


def corridor_on(
    arteries: Arteries, ids: Sequence[str], speed_mps: float | None = None
) -> FoundCorridor:
    """`corridor_from_junctions` on prepared roads."""
    _check_ids(arteries.network, ids)
    _check_speed(speed_mps)
    try:
        return both_ways(arteries, tuple(ids), way_of(arteries, ids), speed_mps)
    except InputError as error:
        refusal = error
    found: list[tuple[int, FoundCorridor]] = []
    for prices in SOME_LIGHTS:
        try:
            way = way_of(arteries, ids, prices)
        except InputError:
            continue
        candidate = both_ways(arteries, tuple(ids), way, speed_mps)
        # A light of one carriageway only must at least be met in its own direction.
        met = [set(junctions) for junctions in junctions_met(candidate.corridor).values()]
        if len(met[0]) >= 2 and set().union(*met) == set(ids):
            directions = candidate.corridor.directions.values()
            turns = sum(len(sharp_turns(arteries, d.edges)) for d in directions)
            found.append((turns, candidate))
    if not found:
        raise refusal
    return min(found, key=lambda pair: pair[0])[1]


def corridor_from_edges(
    network: Network, from_edge: str, to_edge: str, speed_mps: float | None = None
) -> FoundCorridor:
    """The corridor along the fastest way between two edges, straight on preferred.

    Its junctions are all lights on that way. Raises InputError for unknown
    edges, edges no car may use, edges that are not connected, and a way with
    fewer than two lights or one light met twice.
    """
    arteries = Arteries(network)
    graph = arteries.graph
    for edge_id in (from_edge, to_edge):
        if edge_id not in network.roads.edges:
            raise InputError(
                f"There is no edge {edge_id!r} in the network.",
                remedy=_close(edge_id, [e for e in network.roads.edges if not e.startswith(":")]),
            )
        if not graph.usable(edge_id):
            raise InputError(f"Edge {edge_id!r} is closed to cars: no corridor can run there.")
    _check_speed(speed_mps)
    way = way_between(graph, from_edge, to_edge)
    if way is None:
        raise InputError(
            f"No drivable way leads from edge {from_edge!r} to edge {to_edge!r}.",
            remedy="Swap them if the street is one-way, or name other edges.",
        )
    ids = lights_on(arteries, way)
    if len(ids) < 2:
        met = f"only the signal {ids[0]}" if ids else "no signal"
        raise InputError(
            f"The way from edge {from_edge!r} to edge {to_edge!r} meets {met}.",
            remedy="A corridor needs two signals at least: name edges further apart.",
        )
    _check_ids(network, ids)
    return both_ways(arteries, ids, way, speed_mps)


def rank_corridors(
    network: Network,
    flows: TurningFlows | None = None,
    limit: int = 10,
    *,
    speed_mps: float | None = None,
) -> tuple[RankedCorridor, ...]:
    """Arterials of a network, best first: the longest rows of lights met straight on.

    A row ends where the next light is more than MAX_GAP_M away or the street
    ends. Rows contained in longer ones are left out; rows that share a part
    (forks) all stand. Empty when no two lights lie in a row.
    """
    _check_speed(speed_mps)
    arteries = Arteries(network)
    rows = [(_with_lights_of_way_back(arteries, c), c.edges) for c in _longest_chains(arteries)]
    ranked: dict[frozenset[str], RankedCorridor] = {}
    for ids, way in sorted(rows, key=lambda row: -len(row[0])):
        # Both carriageways of one street are two rows and one corridor.
        if not any(kept.issuperset(ids) for kept in ranked):
            found = both_ways(arteries, ids, way, speed_mps)
            ranked[frozenset(ids)] = _ranked(arteries, found, flows)
    best = sorted(
        ranked.values(),
        key=lambda r: (-r.score, -len(r.corridor.junction_ids), r.corridor.junction_ids),
    )
    return tuple(best[:limit])


def _longest_chains(arteries: Arteries) -> list[Chain]:
    """Rows of two lights or more that no other row holds, in either direction."""
    graph = arteries.graph
    chains: dict[tuple[str, ...], Chain] = {}
    for edge_id in sorted(graph.steps):
        step = graph.straight_on(edge_id)
        if step is None or arteries.light(step) is None:
            continue
        chain = chain_from(arteries, step, MAX_GAP_M)
        known = chains.get(chain.ids)
        if len(chain.ids) >= 2 and (known is None or len(chain.edges) > len(known.edges)):
            chains[chain.ids] = chain
    longest: list[Chain] = []
    for ids in sorted(chains, key=lambda ids: (-len(ids), ids)):
        if not any(_holds(kept.ids, ids) or _holds(kept.ids[::-1], ids) for kept in longest):
            longest.append(chains[ids])
    return longest


def _with_lights_of_way_back(arteries: Arteries, chain: Chain) -> tuple[str, ...]:
    """A row's lights, and those that stand only on the other carriageway, in their places."""
    near = arteries.around(chain.ids)
    for prices in SOME_LIGHTS:
        back = way_through(arteries, chain.ids[::-1], prices, near)
        if isinstance(back, int) or why_another_street(arteries, chain.edges, back):
            continue
        homeward = lights_on(arteries, back)[::-1]
        known = [junction for junction in homeward if junction in chain.ids]
        in_order = known == [junction for junction in chain.ids if junction in known]
        if in_order and len(set(homeward)) == len(homeward):
            return _merged(chain.ids, homeward)
    return chain.ids


def _merged(ids: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """`ids` with the missing `others` put in, each after the one it follows there."""
    merged = list(ids)
    place = 0
    for junction in others:
        if junction not in merged:
            merged.insert(place, junction)
        place = merged.index(junction) + 1
    return tuple(merged)


def _holds(row: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(row[i : i + len(part)] == part for i in range(len(row) - len(part) + 1))


def _ranked(arteries: Arteries, found: FoundCorridor, flows: TurningFlows | None) -> RankedCorridor:
    score = 0.0
    through: list[float] = []
    for direction in found.corridor.directions.values():
        steps = [
            s for s in steps_on(arteries.graph, direction.edges) if arteries.light(s) is not None
        ]
        if flows is not None:
            vph = [flows.movements.get((s.from_edge, s.to_edge), 0.0) for s in steps]
            through.extend(vph)
            score += sum(min(pair) for pair in pairwise(vph))
        else:
            lanes = [len({c.from_lane for c in s.connections}) for s in steps]
            score += sum(n * v for n, v in zip(lanes[1:], direction.speeds_mps, strict=True))
    return RankedCorridor(
        corridor=found.corridor,
        score=score,
        through_vph=sum(through) / len(through) if flows is not None and through else None,
        length_m=found.length_m,
        notes=found.notes,
    )


def _check_ids(network: Network, ids: Sequence[str]) -> None:
    for junction_id in ids:
        if junction_id not in network.junctions:
            raise InputError(
                f"There is no signal-controlled junction {junction_id!r}.",
                remedy=_remedy(network, junction_id),
            )
    if len(ids) < 2:
        raise InputError("A corridor needs two junctions at least.")
    twice = sorted({a for a in ids if list(ids).count(a) > 1})
    if twice:
        raise InputError(f"Junction {twice[0]} stands twice in the corridor.")


def _check_speed(speed_mps: float | None) -> None:
    if speed_mps is not None and not 0.0 < speed_mps < 100.0:
        raise InputError(f"A progression speed of {speed_mps:g} m/s is not possible.")


def _remedy(network: Network, wanted: str) -> str:
    """Where a wrong junction id may have come from: a node's id, or a slip of the pen."""
    for edge in network.roads.entering(wanted):
        lights = [c.tl for c in network.roads.outgoing(edge.id) if c.tl in network.junctions]
        if lights:
            return f"Node {wanted} is controlled by the light {lights[0]}: use that id."
    if wanted in network.roads.nodes:
        return f"Node {wanted} has no signals."
    return _close(wanted, network.junctions)


def _close(wanted: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    close += [name for name in names if wanted and wanted in name and name not in close][:3]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(names[:8])}{'...' if len(names) > 8 else ''}."
