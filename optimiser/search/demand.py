"""What the traffic of a period says before any plan is run: who loads what, who is next to whom.

Also the same period with a little more or less traffic, so that a plan is not chosen
that works for one demand only.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import Traffic
from signalctl.optimiser.lengths import Ints

COUPLING_M = 400.0
"""Distance over which coupling of two signals falls to half: platoons spread out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoad:
    """The demand of a signal group: of all its lanes, and of the busiest one, veh/s."""

    total_vps: float
    busiest_lane_vps: float


def group_loads(traffic: Traffic) -> FrozenMap[tuple[str, str], GroupLoad]:
    """Load of each (junction id, group id) that somebody's route passes.

    A route goes from edge to edge; who has several links to choose from is spread
    over them evenly.
    """
    turns = _turns(traffic)
    ways: dict[tuple[int, int], list[int]] = {}
    for i, link in enumerate(traffic.links):
        turn = (traffic.lanes[link.from_lane].edge, traffic.lanes[link.to_lane].edge)
        if turn in turns:
            ways.setdefault(turn, []).append(i)
    period_s = traffic.end_s - traffic.begin_s
    lanes: dict[tuple[str, str], dict[int, float]] = {}
    for turn, links in sorted(ways.items()):
        each = turns[turn] / len(links) / period_s
        for i in links:
            link = traffic.links[i]
            if link.junction_id is not None and link.group_id is not None:
                key = (link.junction_id, link.group_id)
                of_group = lanes.setdefault(key, {})
                of_group[link.from_lane] = of_group.get(link.from_lane, 0.0) + each
    return FrozenMap(
        {
            key: GroupLoad(total_vps=sum(found.values()), busiest_lane_vps=max(found.values()))
            for key, found in lanes.items()
        }
    )


def link_owners(traffic: Traffic, junction_ids: Sequence[str]) -> Ints:
    """For each link the place of its signal among the ids; their number where none owns it."""
    place = {junction_id: i for i, junction_id in enumerate(junction_ids)}
    elsewhere = len(junction_ids)
    return np.array(
        [place.get(link.junction_id or "", elsewhere) for link in traffic.links], dtype=np.int64
    )


def neighbours(
    traffic: Traffic, junction_ids: Sequence[str]
) -> FrozenMap[str, tuple[tuple[str, float], ...]]:
    """For each junction those that routes reach next, strongest coupling first.

    Coupling is vehicles between the two, both ways, over 1 + distance / 400 m: the
    product of volume and closeness that coordination groups are commonly cut by
    (coupling index; FHWA Signal Timing Manual 2nd ed., 7.3).
    """
    known = set(junction_ids)
    at_end: dict[tuple[int, int], str] = {}
    for link in traffic.links:
        if link.junction_id in known and link.junction_id is not None:
            turn = (traffic.lanes[link.from_lane].edge, traffic.lanes[link.to_lane].edge)
            at_end[turn] = link.junction_id
    length_m = _edge_lengths(traffic)
    vehicles = Counter(trip.route for trip in traffic.trips)
    coupling: dict[tuple[str, str], float] = {}
    for route, count in sorted(vehicles.items()):
        last, far_m = None, 0.0
        edges = traffic.routes[route]
        for turn in pairwise(edges):
            far_m += length_m[turn[0]]
            here = at_end.get(turn)
            if here is None:
                continue
            if last is not None and last != here:
                pair = (min(last, here), max(last, here))
                coupling[pair] = coupling.get(pair, 0.0) + count / (1.0 + far_m / COUPLING_M)
            last, far_m = here, 0.0
    found: dict[str, list[tuple[str, float]]] = {junction_id: [] for junction_id in junction_ids}
    for (a, b), strength in coupling.items():
        found[a].append((b, strength))
        found[b].append((a, strength))
    return FrozenMap(
        {
            junction_id: tuple(sorted(others, key=lambda other: (-other[1], other[0])))
            for junction_id, others in found.items()
        }
    )


def perturbed(traffic: Traffic, seed: int, share: float) -> Traffic:
    """The traffic with `share` more vehicles (fewer if negative), e.g. 0.1 or -0.1.

    Vehicles to leave out, or to follow by one more on the same route, are drawn
    without repetition; a doubled vehicle departs at another moment of the same five
    minutes. Raises InputError for a share outside -0.9..1.
    """
    if not -0.9 <= share <= 1.0:
        raise InputError(
            f"A demand cannot be changed by {share:.0%} here.", remedy="Use -0.9 to 1."
        )
    draw = random.Random(f"{seed}/{share}")  # noqa: S311 - a sample, not a secret
    n = len(traffic.trips)
    chosen = set(draw.sample(range(n), round(abs(share) * n)))
    if share < 0:
        trips = [trip for i, trip in enumerate(traffic.trips) if i not in chosen]
    else:
        last_s = max(traffic.begin_s, traffic.end_s - 1.0)
        trips = list(traffic.trips)
        for i in sorted(chosen):
            at_s = traffic.trips[i].depart_s + draw.uniform(-150.0, 150.0)
            at_s = float(round(min(max(at_s, traffic.begin_s), last_s)))
            trips.append(replace(traffic.trips[i], depart_s=at_s))
        trips.sort(key=lambda trip: trip.depart_s)
    return replace(traffic, trips=tuple(trips))


def _turns(traffic: Traffic) -> Mapping[tuple[int, int], int]:
    """Vehicles of the period by (edge, next edge)."""
    vehicles = Counter(trip.route for trip in traffic.trips)
    turns: Counter[tuple[int, int]] = Counter()
    for route, count in vehicles.items():
        edges = traffic.routes[route]
        for turn in pairwise(edges):
            turns[turn] += count
    return turns


def _edge_lengths(traffic: Traffic) -> dict[int, float]:
    found: dict[int, float] = dict.fromkeys(range(len(traffic.edges)), 0.0)
    for lane in traffic.lanes:
        found[lane.edge] = max(found[lane.edge], lane.length_m)
    return found
