"""Turning flows at signals from a SUMO demand: vehicles an hour by link, group and lane.

Every vehicle is counted at every signal of its route, whenever it would get
there: only departures inside the period matter (a peak that travels is not
followed). The flow of a movement is spread over its lanes so that the lanes of
the approach are loaded as evenly as the lane markings allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.networks.demand import Demand, Way, read_demand
from signalctl.networks.driving import EVERYWHERE, DrivingGraph, Step, way_to
from signalctl.networks.lane_choice import Stream, spread
from signalctl.networks.network import Network

SATURATION_VPH: Final = 1860.0
"""Saturation flow of one lane straight on, veh/h: SUMO's default car at 50 km/h with 1 s
steps (measured on an oversaturated lane, headways of queue positions 6 to 20)."""

EQUIVALENTS: Final[Mapping[str, float]] = FrozenMap(
    {"s": 1.0, "l": 1.05, "L": 1.05, "r": 1.18, "R": 1.18, "t": 1.18}
)
"""Through equivalents of a turning vehicle: HCM 2010, eq. 18-5: protected left 1.05, right
1.18. A u-turn, which HCM leaves open, counts as the tighter right turn."""

PCU: Final[Mapping[str, float]] = FrozenMap(
    {
        "truck": 2.3,
        "trailer": 2.3,
        "bus": 2.0,
        "coach": 2.0,
        "tram": 2.0,
        "delivery": 1.5,
        "motorcycle": 0.4,
        "moped": 0.4,
        "bicycle": 0.2,
    }
)
"""Passenger car units by SUMO class, others 1: Kimber, McDonald & Hounsell (1986), TRRL
Research Report 67: heavy 2.3, bus 2.0, medium commercial 1.5, motorcycle 0.4, cycle 0.2
(trams, not in the source, like buses)."""

SHORT_SHARE: Final = 0.75
"""Departures over less than this share of the period are remarked upon."""

LEAST_PCU_H: Final = 1e-6
"""Shares of a lane below this are rounding."""

FlowRatios: TypeAlias = FrozenMap[str, float]
"""Group id -> critical flow ratio y = q/s, the largest of its lanes; 0 without traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFlow:
    """Demand on one signalled lane.

    `pcu_h`: passenger car units an hour; `through_pcu_h` the same with turning
    vehicles as through equivalents, to be set against a through saturation
    flow. `group_ids` are the groups whose green this lane uses.
    """

    junction_id: str
    lane_id: str
    group_ids: tuple[str, ...]
    pcu_h: float
    through_pcu_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningFlows:
    """Flows of a period at every signal.

    `links`: (junction id, link index) -> veh/h; `groups`: (junction id, group
    id) -> veh/h; `movements`: (from edge, to edge) over a signal -> veh/h.
    """

    begin_s: float
    end_s: float
    links: FrozenMap[tuple[str, int], float]
    groups: FrozenMap[tuple[str, str], float]
    movements: FrozenMap[tuple[str, str], float]
    lanes: tuple[LaneFlow, ...]
    notes: tuple[str, ...] = ()

    def lane_flows(self, junction_id: str) -> tuple[LaneFlow, ...]:
        """Lanes of one junction that carry traffic, by id."""
        return tuple(lane for lane in self.lanes if lane.junction_id == junction_id)


def turning_flows(
    network: Network,
    route_files: Sequence[Path],
    begin_s: float,
    end_s: float,
    additionals: Sequence[Path] = (),
    *,
    pcu: Mapping[str, float] = PCU,
    ignore_route_errors: bool = True,
) -> TurningFlows:
    """Flows at every signal from the vehicles departing in [begin_s, end_s).

    Trips without a route take the fastest way of an empty network, as SUMO's
    routers do up to near ties; ways chosen because of traffic are not foreseen.
    Routes over unknown or unconnected edges are left out and noted, as SUMO does
    with --ignore-route-errors; with `ignore_route_errors` False the first one is
    an InputError. Also raises InputError for files that cannot be read.
    """
    for v_class, units in pcu.items():
        if not units > 0:
            raise InputError(f"A {v_class} cannot count as {units:g} passenger car units.")
    demand = read_demand(route_files, begin_s, end_s, additionals)
    counter = _Counter(network, ignore_route_errors)
    for way, vehicles in demand.vehicles.items():
        counter.count(way, vehicles)
    return _flows(network, demand, counter, pcu)


def flows_of_ways(
    network: Network, vehicles: Mapping[Way, float], begin_s: float, end_s: float
) -> TurningFlows:
    """Flows from vehicles by way that depart in [begin_s, end_s), found elsewhere than in files."""
    counter = _Counter(network, ignore_route_errors=True)
    for way, number in vehicles.items():
        counter.count(way, number)
    demand = Demand(
        begin_s=begin_s, end_s=end_s, first_s=begin_s, last_s=end_s, vehicles=dict(vehicles)
    )
    return _flows(network, demand, counter, PCU)


def flow_ratios(
    flows: TurningFlows, junction: Junction, saturation_vph: float = SATURATION_VPH
) -> FlowRatios:
    """Critical flow ratio of every group of a junction, for Webster's and HCM's splits.

    A lane shared by several groups (a lane for two lamps) counts for each. The
    ratio holds for protected greens: a left turn through gaps needs more.
    """
    if not saturation_vph > 0:
        raise InputError(f"A saturation flow of {saturation_vph:g} veh/h is not possible.")
    ratios = dict.fromkeys(junction.group_ids, 0.0)
    for lane in flows.lane_flows(junction.id):
        for group_id in lane.group_ids:
            if group_id in ratios:
                ratios[group_id] = max(ratios[group_id], lane.through_pcu_h / saturation_vph)
    return FrozenMap(ratios)


class _Counter:
    """Vehicles by signalled movement and class, and what could not be counted."""

    def __init__(self, network: Network, ignore_route_errors: bool) -> None:
        self.network = network
        self.vehicles: dict[tuple[str, str], dict[str, float]] = {}
        self.routed = 0.0
        self._lost: dict[str, tuple[float, str]] = {}
        self._ignore = ignore_route_errors
        self._graphs: dict[str, DrivingGraph] = {}
        self._trees: dict[tuple[str, str], dict[str, str | None]] = {}

    def graph(self, v_class: str) -> DrivingGraph:
        """The roads as this class drives them."""
        return self._graphs.setdefault(v_class, DrivingGraph(self.network.roads, v_class))

    def count(self, way: Way, vehicles: float) -> None:
        """Add a way's vehicles to each signalled movement on it."""
        for edge in way.edges:
            if edge not in self.network.roads.edges:
                self._lose("on edges the network does not have", vehicles, edge)
                return
        edges = way.edges if way.complete else self._routed(way, vehicles)
        if edges is None:
            return
        graph = self.graph(way.v_class)
        broken = ""
        for pair in pairwise(edges):
            # A route may use what its class must not (SUMO only warns): then by any lane.
            step = graph.step(*pair) or self.graph(EVERYWHERE).step(*pair)
            if step is None:
                broken = broken or f"{pair[0]} -> {pair[1]}"
            elif step.tl in self.network.junctions:
                classes = self.vehicles.setdefault(pair, {})
                classes[way.v_class] = classes.get(way.v_class, 0.0) + vehicles
        if broken:
            self._lose("whose route has a gap, counted up to and after it", vehicles, broken)

    def _routed(self, way: Way, vehicles: float) -> tuple[str, ...] | None:
        edges = way.edges[:1]
        for start, end in pairwise(way.edges):
            tree = self._trees.get((way.v_class, start))
            if tree is None:
                tree = self._trees[way.v_class, start] = self.graph(way.v_class).fastest_from(start)
            leg = way_to(tree, end)
            if leg is None:
                self._lose("between edges no way joins", vehicles, f"{start} -> {end}")
                return None
            edges += leg[1:]
        self.routed += vehicles
        return edges

    def _lose(self, why: str, vehicles: float, example: str) -> None:
        if not self._ignore:
            raise InputError(
                f"The demand holds vehicles {why} ({example}).",
                remedy="Correct the routes, or ignore route errors as SUMO can.",
            )
        lost, first = self._lost.get(why, (0.0, example))
        self._lost[why] = (lost + vehicles, first)

    def notes(self) -> list[str]:
        """What was assumed and what was left out."""
        notes = []
        if self.routed:
            notes.append(
                f"{self.routed:.0f} vehicles have no route; they are counted on the fastest way "
                "by free-flow time."
            )
        for why, (lost, example) in sorted(self._lost.items()):
            notes.append(f"{lost:.0f} vehicles {why} (as {example}).")
        return notes


def _flows(
    network: Network, demand: Demand, counter: _Counter, pcu: Mapping[str, float]
) -> TurningFlows:
    approaches: dict[str, list[tuple[Step, str, float]]] = {}
    for pair, classes in sorted(counter.vehicles.items()):
        for v_class, vehicles in sorted(classes.items()):
            step = counter.graph(v_class).step(*pair) or counter.graph(EVERYWHERE).step(*pair)
            if step is not None:
                vph = vehicles / demand.hours
                approaches.setdefault(pair[0], []).append((step, v_class, vph))
    links: dict[tuple[str, int], float] = {}
    lane_flows: list[LaneFlow] = []
    for edge_id, movements in sorted(approaches.items()):
        lane_ids = [lane.id for lane in network.roads.edges[edge_id].lanes]
        for lane, load in sorted(_loads(movements, pcu).items()):
            for link, vph in load.links_vph.items():
                key = (load.junction_id, link)
                links[key] = links.get(key, 0.0) + vph
            junction = network.junctions[load.junction_id]
            lane_flows.append(
                LaneFlow(
                    junction_id=junction.id,
                    lane_id=lane_ids[lane],
                    group_ids=tuple(
                        g.id for g in junction.groups if load.links_vph.keys() & set(g.links)
                    ),
                    pcu_h=load.pcu_h,
                    through_pcu_h=load.through_pcu_h,
                )
            )
    return TurningFlows(
        begin_s=demand.begin_s,
        end_s=demand.end_s,
        links=FrozenMap(sorted(links.items())),
        groups=FrozenMap(_by_group(network, links)),
        movements=FrozenMap(
            {
                pair: sum(classes.values()) / demand.hours
                for pair, classes in sorted(counter.vehicles.items())
            }
        ),
        lanes=tuple(lane_flows),
        notes=(*demand.notes, *_period_notes(demand), *counter.notes()),
    )


def _period_notes(demand: Demand) -> tuple[str, ...]:
    """A remark where departures fill the period badly, so that its mean misleads."""
    if not demand.vehicles:
        return ("No vehicle departs in the period.",)
    if demand.last_s - demand.first_s >= SHORT_SHARE * (demand.end_s - demand.begin_s):
        return ()
    return (
        f"All departures lie between {demand.first_s:.0f} and {demand.last_s:.0f} s; flows are "
        f"means over {demand.begin_s:.0f} to {demand.end_s:.0f} s and understate that time.",
    )


@dataclass(slots=True)
class _LaneLoad:
    """What one lane of an approach has to carry, and its vehicles by link index."""

    junction_id: str
    pcu_h: float = 0.0
    through_pcu_h: float = 0.0
    links_vph: dict[int, float] = field(default_factory=dict)


def _loads(
    movements: Sequence[tuple[Step, str, float]], pcu: Mapping[str, float]
) -> dict[int, _LaneLoad]:
    """Loads of an approach's lanes by lane index, from (step, class, veh/h) of its movements."""
    equivalent = {
        step.to_edge: EQUIVALENTS.get(step.connections[0].direction, 1.0)
        for step, _, _ in movements
    }
    shares = spread(
        [
            Stream(
                key=(step.to_edge, v_class),
                load=vph * pcu.get(v_class, 1.0) * equivalent[step.to_edge],
                lanes=tuple(sorted({c.from_lane for c in step.connections})),
            )
            for step, v_class, vph in movements
        ]
    )
    loads: dict[int, _LaneLoad] = {}
    for step, v_class, _ in movements:
        for lane, through_pcu_h in shares[step.to_edge, v_class].items():
            if through_pcu_h <= LEAST_PCU_H:
                # A movement that keeps off a lane does not need the lane's green.
                continue
            ways = [c for c in step.connections if c.from_lane == lane]
            load = loads.setdefault(lane, _LaneLoad(step.tl or ""))
            pcu_h = through_pcu_h / equivalent[step.to_edge]
            load.pcu_h += pcu_h
            load.through_pcu_h += through_pcu_h
            # A lane that may be left into several lanes of the same road has a link for each.
            for link in (c.link_index for c in ways):
                if link is not None:
                    vph = pcu_h / pcu.get(v_class, 1.0) / len(ways)
                    load.links_vph[link] = load.links_vph.get(link, 0.0) + vph
    return loads


def _by_group(
    network: Network, links: Mapping[tuple[str, int], float]
) -> dict[tuple[str, str], float]:
    group_of = {
        (junction.id, link): group.id
        for junction in network.junctions.values()
        for group in junction.groups
        for link in group.links
    }
    groups: dict[tuple[str, str], float] = {}
    for (junction_id, link), vph in sorted(links.items()):
        if (junction_id, link) in group_of:
            key = (junction_id, group_of[junction_id, link])
            groups[key] = groups.get(key, 0.0) + vph
    return groups
