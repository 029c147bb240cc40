"""Who travels where: streams of vehicles and walkers, and their departures.

Departures are spread over the period as a Poisson process of given total, from a
fixed seed: the same demand always gives the same vehicles in the same order.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from signalctl.networks.shipped.xml_text import Attributes, element

PERIOD_S = 3600


@dataclass(frozen=True, slots=True)
class Stream:
    """Vehicles an hour along a route (edge ids)."""

    route: tuple[str, ...]
    vph: float


@dataclass(frozen=True, slots=True)
class WalkStream:
    """Pedestrians an hour from one edge's sidewalk to another's."""

    start: str
    end: str
    per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BusLine:
    """A bus every `headway_s` along a route, stopping in bays for `dwell_s` (from, to)."""

    id: str
    route: tuple[str, ...]
    stops: tuple[str, ...]
    headway_s: int = 300
    first_s: int = 30
    dwell_s: tuple[int, int] = (12, 22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One hour of traffic."""

    seed: int
    cars: tuple[Stream, ...]
    walkers: tuple[WalkStream, ...] = ()
    buses: tuple[BusLine, ...] = ()


def turn_flows(demand: Demand) -> dict[tuple[str, str], float]:
    """Vehicles an hour over every (edge, next edge), cars and buses."""
    flows: defaultdict[tuple[str, str], float] = defaultdict(float)
    buses = (Stream(line.route, PERIOD_S / line.headway_s) for line in demand.buses)
    for stream in (*demand.cars, *buses):
        for pair in zip(stream.route, stream.route[1:], strict=False):
            flows[pair] += stream.vph
    return dict(flows)


def routes_xml(demand: Demand) -> str:
    """The SUMO route file of a demand: explicit vehicles and persons by departure."""
    rng = random.Random(demand.seed)  # noqa: S311 (traffic, not a secret)
    entries = [*_cars(demand.cars, rng), *_buses(demand.buses, rng), *_walkers(demand.walkers, rng)]
    entries.sort(key=lambda entry: entry[0])  # stable: equal departures keep their order
    # Everything SUMO does not get told stays at its default for passenger cars.
    types = [element("vType", {"id": "car"})]
    if demand.buses:
        types.append(element("vType", {"id": "bus", "vClass": "bus"}))
    return element("routes", {}, [*types, *(text for _, text in entries)]) + "\n"


def _cars(streams: Iterable[Stream], rng: random.Random) -> list[tuple[float, str]]:
    """Per origin: a Poisson process whose vehicles draw their routes without replacement."""
    origins: defaultdict[str, list[Stream]] = defaultdict(list)
    for stream in streams:
        origins[stream.route[0]].append(stream)
    entries: list[tuple[float, str]] = []
    for origin in sorted(origins):
        group = origins[origin]
        counts = _whole([stream.vph * PERIOD_S / 3600 for stream in group])
        routes = [s.route for s, n in zip(group, counts, strict=True) for _ in range(n)]
        rng.shuffle(routes)
        times = sorted(_instant(rng) for _ in routes)
        for number, (time, route) in enumerate(zip(times, routes, strict=True)):
            attributes: Attributes = {
                "id": f"{origin}.{number}",
                "type": "car",
                "depart": f"{time:.1f}",
                "departLane": "best",
                "departSpeed": "max",
            }
            path = element("route", {"edges": " ".join(route)})
            entries.append((time, element("vehicle", attributes, [path])))
    return entries


def _buses(lines: Iterable[BusLine], rng: random.Random) -> list[tuple[float, str]]:
    entries: list[tuple[float, str]] = []
    for line in lines:
        for number, depart_s in enumerate(range(line.first_s, PERIOD_S, line.headway_s)):
            children = [element("route", {"edges": " ".join(line.route)})]
            children += [
                element(
                    "stop",
                    {"busStop": stop, "duration": rng.randint(*line.dwell_s), "parking": "true"},
                )
                for stop in line.stops
            ]
            attributes: Attributes = {
                "id": f"{line.id}.{number}",
                "type": "bus",
                "depart": f"{depart_s:.1f}",
                "departLane": "best",
                "departSpeed": "max",
            }
            entries.append((float(depart_s), element("vehicle", attributes, children)))
    return entries


def _walkers(streams: Iterable[WalkStream], rng: random.Random) -> list[tuple[float, str]]:
    entries: list[tuple[float, str]] = []
    ordered = list(streams)
    counts = _whole([stream.per_hour * PERIOD_S / 3600 for stream in ordered])
    for stream, count in zip(ordered, counts, strict=True):
        for number, time in enumerate(sorted(_instant(rng) for _ in range(count))):
            walk = element("walk", {"from": stream.start, "to": stream.end})
            name = f"walk.{stream.start}.{stream.end}.{number}"
            entries.append((time, element("person", {"id": name, "depart": f"{time:.1f}"}, [walk])))
    return entries


def _instant(rng: random.Random) -> float:
    """A moment of the period in whole tenths of a second."""
    return rng.randrange(PERIOD_S * 10) / 10


def _whole(values: list[float]) -> list[int]:
    """Whole numbers of the same total, by largest remainder."""
    floors = [int(value) for value in values]
    missing = round(sum(values)) - sum(floors)
    by_rest = sorted(range(len(values)), key=lambda i: (floors[i] - values[i], i))
    for i in by_rest[:missing]:
        floors[i] += 1
    return floors
