"""What counts mean on a network: vehicles over a movement or along an edge, slice by slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from signalctl.domain.errors import InputError
from signalctl.files.counts import PASSENGER, DetectorCount, TurningCount
from signalctl.networks.driving import EVERYWHERE, DrivingGraph
from signalctl.networks.network import Network
from signalctl.networks.sumo_xml import elements, text

Place: TypeAlias = tuple[str, ...]
"""(edge,) for an edge, (from edge, to edge) for a movement."""

WORDS: Final[Mapping[str, str]] = {
    "left": "lL",
    "l": "lL",
    "through": "s",
    "straight": "s",
    "s": "s",
    "right": "rR",
    "r": "rR",
    "u-turn": "t",
    "uturn": "t",
    "t": "t",
}
CLASSES: Final = frozenset(
    [
        "passenger",
        "private",
        "taxi",
        "bus",
        "coach",
        "delivery",
        "truck",
        "trailer",
        "motorcycle",
        "moped",
        "bicycle",
        "scooter",
        "emergency",
        "authority",
        "army",
        "vip",
        "hov",
        "evehicle",
        "tram",
        "custom1",
        "custom2",
    ]
)
"""SUMO's classes of road vehicles, from its user documentation, "Vehicle Classes"."""
_DETECTOR_TAGS: Final = ("e1Detector", "inductionLoop", "instantInductionLoop", "laneAreaDetector")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCount:
    """Vehicles of a class seen at a place in [begin_s, end_s)."""

    place: Place
    v_class: str
    begin_s: float
    end_s: float
    vehicles: float
    where: str


def movement_counts(network: Network, counts: Sequence[TurningCount]) -> tuple[PlaceCount, ...]:
    """Turning counts by the edges they lead from and to.

    Counts of one movement and interval in several lines (lanes, classes of one
    name) add up. Raises InputError, with file and line, for a junction, edge, side
    or turn that is not there, and for a turn that could be several.
    """
    graphs: dict[str, DrivingGraph] = {}
    found = []
    for count in counts:
        if count.v_class not in CLASSES:
            raise InputError(
                f"There is no vehicle class {count.v_class!r}.",
                where=count.where,
                remedy=f"SUMO knows {', '.join(sorted(CLASSES))}.",
            )
        graph = graphs.setdefault(count.v_class, DrivingGraph(network.roads, count.v_class))
        found.append(
            PlaceCount(
                place=_movement(network, graph, count),
                v_class=count.v_class,
                begin_s=count.begin_s,
                end_s=count.end_s,
                vehicles=count.vehicles,
                where=count.where,
            )
        )
    return _summed(found)


def edge_counts(
    network: Network, counts: Sequence[DetectorCount], additionals: Sequence[Path] = ()
) -> tuple[tuple[PlaceCount, ...], tuple[str, ...]]:
    """Counts by edge, and remarks on what could not be used.

    Lanes make up an edge when all of its lanes for cars are counted in the same
    interval; an edge counted in part is left out and remarked upon. Detectors are
    looked up in `additionals`. Raises InputError, with file and line, for a place
    that is not there or counted twice.
    """
    lane_of = _detector_lanes(additionals)
    by_lane: dict[tuple[str, float, float], dict[str, DetectorCount]] = defaultdict(dict)
    found = []
    lanes = network.roads.lanes
    for count in counts:
        if count.kind == "edge":
            _edge(network, count.id, count.where)
            found.append(_at_edge(count.id, count, count.vehicles))
            continue
        lane = count.id
        if count.kind == "detector":
            if count.id not in lane_of:
                raise InputError(
                    f"There is no detector {count.id!r}.",
                    where=count.where,
                    remedy="Give the SUMO configuration whose additional files hold it, or "
                    "name lanes or edges.",
                )
            lane = lane_of[count.id]
        if lane not in lanes:
            raise InputError(f"There is no lane {lane!r}.", where=count.where)
        edge = lane.rpartition("_")[0]
        seen = by_lane[edge, count.begin_s, count.end_s]
        if lane in seen:
            raise InputError(
                f"Lane {lane!r} is counted twice in this interval.",
                where=count.where,
                remedy=f"The other count is at {seen[lane].where}.",
            )
        seen[lane] = count
    notes: dict[str, None] = {}
    for (edge, _, _), seen in by_lane.items():
        needed = {
            lane.id for lane in network.roads.edges[edge].lanes if lane.allows(PASSENGER)
        } or {lane.id for lane in network.roads.edges[edge].lanes}
        if needed <= seen.keys():
            first = next(iter(seen.values()))
            found.append(_at_edge(edge, first, sum(c.vehicles for c in seen.values())))
        else:
            missing = ", ".join(sorted(needed - seen.keys()))
            notes[f"Edge {edge} is left out: its lanes {missing} are not counted."] = None
    return _once(found), tuple(notes)


def _at_edge(edge: str, count: DetectorCount, vehicles: float) -> PlaceCount:
    return PlaceCount(
        place=(edge,),
        v_class=PASSENGER,
        begin_s=count.begin_s,
        end_s=count.end_s,
        vehicles=vehicles,
        where=count.where,
    )


def _movement(network: Network, graph: DrivingGraph, count: TurningCount) -> Place:
    sources = _sources(network, count)
    if count.turn in network.roads.edges:
        into = [s for s in sources if graph.step(s, count.turn)]
        targets = [(s, count.turn) for s in into]
    else:
        letters = WORDS.get(count.turn.lower())
        if letters is None:
            raise InputError(
                f"{count.turn!r} is neither an edge nor a turn.",
                where=count.where,
                remedy="Write an edge id, or left, through, right or u-turn.",
            )
        targets = [
            (source, step.to_edge)
            for source in sources
            for step in graph.steps.get(source, ())
            if step.connections[0].direction in letters
        ]
    if len(targets) == 1:
        return targets[0]
    if targets:
        raise InputError(
            f"{count.turn!r} from {count.approach} may lead to "
            f"{', '.join(target for _, target in targets)}.",
            where=count.where,
            remedy="Write the edge it leads to.",
        )
    ways = sorted({step.to_edge for source in sources for step in graph.steps.get(source, ())})
    raise InputError(
        f"No {count.v_class} can go {count.turn!r} from {count.approach}.",
        where=count.where,
        remedy=f"It leads to {', '.join(ways) or 'nothing'}.",
    )


def _sources(network: Network, count: TurningCount) -> list[str]:
    """Edges that an approach names: itself, or a junction's side."""
    junction = None
    if count.junction:
        junction = network.junctions.get(count.junction)
        if junction is None and count.junction not in network.roads.nodes:
            raise InputError(f"There is no junction {count.junction!r}.", where=count.where)
    if count.approach in network.roads.edges:
        _edge(network, count.approach, count.where)
        return [count.approach]
    groups = junction.groups if junction is not None else ()
    sides: dict[str, list[str]] = {}
    for group in groups:
        if not group.id.endswith("crossing"):
            sides.setdefault(group.id.partition("-")[0], []).extend(group.approach.split())
    if count.approach in sides:
        return sorted(set(sides[count.approach]))
    remedy = f"Sides of {count.junction} are {', '.join(sides)}." if sides else ""
    raise InputError(
        f"There is no edge or approach {count.approach!r}.",
        where=count.where,
        remedy=remedy or "Write the id of the edge that leads to the junction.",
    )


def _edge(network: Network, edge: str, where: str) -> None:
    if not DrivingGraph(network.roads, EVERYWHERE).usable(edge):
        raise InputError(f"There is no road {edge!r}.", where=where)


def _summed(counts: Sequence[PlaceCount]) -> tuple[PlaceCount, ...]:
    """Counts of one place, class and interval as one."""
    sums: dict[tuple[Place, str, float, float], PlaceCount] = {}
    for count in counts:
        key = (count.place, count.v_class, count.begin_s, count.end_s)
        vehicles = count.vehicles + (sums[key].vehicles if key in sums else 0.0)
        sums[key] = PlaceCount(
            place=count.place,
            v_class=count.v_class,
            begin_s=count.begin_s,
            end_s=count.end_s,
            vehicles=vehicles,
            where=sums[key].where if key in sums else count.where,
        )
    return tuple(sums.values())


def _once(counts: Sequence[PlaceCount]) -> tuple[PlaceCount, ...]:
    seen: dict[tuple[Place, float, float], PlaceCount] = {}
    for count in counts:
        key = (count.place, count.begin_s, count.end_s)
        if key in seen:
            raise InputError(
                f"Edge {count.place[0]!r} is counted twice in this interval.",
                where=count.where,
                remedy=f"The other count is at {seen[key].where}.",
            )
        seen[key] = count
    return tuple(seen.values())


def _detector_lanes(additionals: Sequence[Path]) -> dict[str, str]:
    found = {}
    for path in additionals:
        stream = elements(path, _DETECTOR_TAGS)
        next(stream, None)
        for element in stream:
            if element.get("lane"):
                found[text(path, element, "id")] = element.get("lane", "")
    return found
