"""What a SUMO demand asks for: how many vehicles of which class on which way.

Reads vehicles, trips, flows and routes (plain, by id, or by distribution) from
route and additional files, streaming and without keeping a tree. Nothing is
routed here: a trip stays a trip.

Source of the elements: SUMO user documentation, "Definition of Vehicles, Vehicle
Types, and Routes" and its schema routes_file.xsd.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.networks.sumo_xml import at, elements, number, text, whole

MAX_BYTES: Final = 4_000_000_000
"""A route file that unpacks to more is refused: no demand we know reaches a tenth."""
MAX_REPEATS: Final = 1000
"""Laps of a repeated route that are counted."""

_TAGS: Final = (
    "vType",
    "vTypeDistribution",
    "route",
    "routeDistribution",
    "interval",
    "flow",
    "vehicle",
    "trip",
    "person",
    "personFlow",
    "container",
    "containerFlow",
)

_CLASS_OF_DEFAULT_TYPE: Final = {
    "DEFAULT_BIKETYPE": "bicycle",
    "DEFAULT_TAXITYPE": "taxi",
    "DEFAULT_RAILTYPE": "rail",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the network as the demand states it.

    `complete` says that `edges` is the whole route; otherwise they are origin,
    intermediate edges and destination of a trip still to be routed.
    """

    edges: tuple[str, ...]
    v_class: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Vehicles departing in [begin_s, end_s): way -> number (may be fractional).

    `first_s` and `last_s` bound the departures found; both are begin_s without any.
    """

    begin_s: float
    end_s: float
    first_s: float
    last_s: float
    vehicles: dict[Way, float]
    notes: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        """Length of the period, h."""
        return (self.end_s - self.begin_s) / 3600.0


def read_demand(
    route_files: Sequence[Path],
    begin_s: float,
    end_s: float,
    additionals: Sequence[Path] = (),
) -> Demand:
    """Demand of SUMO route files (and the additionals with their types) in a period.

    Counts departures in [begin_s, end_s); where a vehicle is at what time later is
    not followed. Flows by probability or exponential period count by expectation.
    Raises InputError for a missing, broken or hostile file and an empty period.
    """
    if not end_s > begin_s:
        raise InputError(
            f"The demand period from {begin_s:g} to {end_s:g} s is empty.",
            remedy="Give an end after the begin.",
        )
    reader = _Reader(begin_s, end_s)
    for path in (*additionals, *route_files):
        reader.file(path)
    return reader.result()


class _Asked(NamedTuple):
    """Vehicles of one kind: a type, and a route by its edges or by id, resolved at the end."""

    type_id: str
    edges: tuple[str, ...] = ()
    complete: bool = False
    route_id: str = ""


@dataclass(slots=True)
class _Reader:
    begin_s: float
    end_s: float
    classes: dict[str, str] = field(default_factory=lambda: dict(_CLASS_OF_DEFAULT_TYPE))
    type_mix: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    route_mix: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    asked: dict[_Asked, float] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    first_s: float = math.inf
    last_s: float = -math.inf

    def file(self, path: Path) -> None:
        """Read one file; its elements are forgotten as soon as they are used."""
        stream = elements(path, _TAGS, max_bytes=MAX_BYTES)
        next(stream, None)
        for element in stream:
            if element.tag == "interval":
                span = (_time(path, element, "begin", 0.0), _time(path, element, "end", math.inf))
                for flow in element.iterchildren("flow"):
                    self._ask(path, flow, self._flow_vehicles(path, flow, span))
            else:
                self._element(path, element)

    def _element(self, path: Path, element: etree._Element) -> None:
        match element.tag:
            case "vType":
                self._vehicle_type(element)
            case "vTypeDistribution":
                self._type_mix(path, element)
            case "route":
                self.routes[text(path, element, "id")] = _edges(path, element)
            case "routeDistribution":
                self._route_mix(path, element, text(path, element, "id"))
            case "flow":
                self._ask(path, element, self._flow_vehicles(path, element, (0.0, math.inf)))
            case "vehicle" | "trip":
                depart = text(path, element, "depart")
                if depart in ("triggered", "containerTriggered", "split"):
                    self.skipped[f"{element.tag}s that wait for a passenger or a split"] += 1
                    return
                at_s = self.begin_s
                if depart != "begin":
                    at_s = _time(path, element, "depart", self.begin_s)
                inside = self.begin_s <= at_s < self.end_s
                if inside:
                    self._departs(at_s, at_s)
                self._ask(path, element, 1.0 if inside else 0.0)
            case _:
                self.skipped[f"{element.tag} elements"] += 1

    def _vehicle_type(self, element: etree._Element) -> str:
        name = element.get("id", "")
        self.classes[name] = element.get("vClass", "passenger")
        return name

    def _type_mix(self, path: Path, element: etree._Element) -> None:
        mix = _listed(path, element, "vTypes")
        for child in element.iterchildren("vType"):
            name = child.get("refId") or self._vehicle_type(child)
            mix.append((name, number(path, child, "probability", 1.0)))
        self.type_mix[text(path, element, "id")] = mix

    def _route_mix(self, path: Path, element: etree._Element, name: str) -> None:
        mix = _listed(path, element, "routes")
        for index, child in enumerate(element.iterchildren("route")):
            ref = child.get("refId")
            if ref is None:
                ref = child.get("id") or f"{name}#{index}"
                self.routes[ref] = _edges(path, child)
            mix.append((ref, number(path, child, "probability", 1.0)))
        self.route_mix[name] = mix

    def _ask(self, path: Path, element: etree._Element, vehicles: float) -> None:
        if vehicles <= 0:
            return
        type_id = element.get("type", "DEFAULT_VEHTYPE")
        route = element.find("route")
        mix = element.find("routeDistribution")
        if route is not None and route.get("edges"):
            asked = _Asked(type_id, _edges(path, route), complete=True)
        elif mix is not None:
            name = f"#{len(self.route_mix)}"
            self._route_mix(path, mix, name)
            asked = _Asked(type_id, route_id=name)
        elif element.get("route"):
            asked = _Asked(type_id, route_id=element.get("route", ""))
        elif element.get("from") and element.get("to"):
            ends = (element.get("from", ""), *element.get("via", "").split(), element.get("to", ""))
            asked = _Asked(type_id, ends)
        else:
            self.skipped[f"{element.tag}s between districts or junctions"] += 1
            return
        self.asked[asked] = self.asked.get(asked, 0.0) + vehicles

    def _departs(self, first_s: float, last_s: float) -> None:
        self.first_s, self.last_s = min(self.first_s, first_s), max(self.last_s, last_s)

    def _flow_vehicles(
        self, path: Path, element: etree._Element, span: tuple[float, float]
    ) -> float:
        """Departures of a flow inside the period."""
        begin = _time(path, element, "begin", span[0])
        end = _time(path, element, "end", span[1])
        count = number(path, element, "number") if "number" in element.attrib else math.inf
        gap, random = _headway(path, element)
        if math.isinf(gap) and math.isfinite(count) and math.isfinite(end) and count > 0:
            gap = (end - begin) / count
        if math.isinf(gap) or not gap > 0:
            if not self.begin_s <= begin < self.end_s or math.isinf(count):
                return 0.0
            self._departs(begin, begin)
            return count
        if math.isfinite(count):
            end = min(end, begin + count * gap)
        low, high = max(begin, self.begin_s), min(end, self.end_s)
        if high <= low:
            return 0.0
        self._departs(low, high)
        if random:
            return (high - low) / gap
        # Departures at begin + k * gap; the tolerance keeps gaps like 3600/325 whole.
        first = math.ceil((low - begin) / gap - 1e-9)
        last = math.ceil((high - begin) / gap - 1e-9)
        return float(last - first)

    def result(self) -> Demand:
        """Resolve types and routes named by id; what cannot be resolved is noted."""
        vehicles: dict[Way, float] = {}
        for asked, count in self.asked.items():
            routes = self._route_shares(asked)
            if not routes:
                self.skipped[f"vehicles on the unknown route {asked.route_id!r}"] += round(count)
            for v_class, class_share in self._class_shares(asked.type_id):
                for edges, complete, route_share in routes:
                    way = Way(edges, v_class, complete)
                    number = count * class_share * route_share
                    vehicles[way] = vehicles.get(way, 0.0) + number
        notes = tuple(f"{n} {what} are not counted." for what, n in sorted(self.skipped.items()))
        return Demand(
            begin_s=self.begin_s,
            end_s=self.end_s,
            first_s=self.first_s if vehicles else self.begin_s,
            last_s=self.last_s if vehicles else self.begin_s,
            vehicles=vehicles,
            notes=notes,
        )

    def _class_shares(self, type_id: str) -> list[tuple[str, float]]:
        mix = self.type_mix.get(type_id, [(type_id, 1.0)])
        total = sum(share for _, share in mix) or 1.0
        return [(self.classes.get(name, "passenger"), share / total) for name, share in mix]

    def _route_shares(self, asked: _Asked) -> list[tuple[tuple[str, ...], bool, float]]:
        if not asked.route_id:
            return [(asked.edges, asked.complete, 1.0)]
        mix = self.route_mix.get(asked.route_id, [(asked.route_id, 1.0)])
        known = [(self.routes[name], share) for name, share in mix if name in self.routes]
        total = sum(share for _, share in known) or 1.0
        return [(edges, True, share / total) for edges, share in known]


def _headway(path: Path, element: etree._Element) -> tuple[float, bool]:
    """Mean time between departures of a flow (inf: not stated), and whether it is random."""
    period = element.get("period")
    per_s = 0.0
    random = False
    if "vehsPerHour" in element.attrib:
        per_s = number(path, element, "vehsPerHour") / 3600.0
    elif "perHour" in element.attrib:
        per_s = number(path, element, "perHour") / 3600.0
    elif "probability" in element.attrib:
        per_s, random = number(path, element, "probability"), True
    elif period is not None and period.startswith("exp("):
        per_s, random = _float(path, element, period[4:].rstrip(")")), True
    elif period is not None:
        gap = _time(path, element, "period", math.inf)
        per_s = 1.0 / gap if gap > 0 else 0.0
    return (1.0 / per_s if per_s > 0 else math.inf), random


def _listed(path: Path, element: etree._Element, attribute: str) -> list[tuple[str, float]]:
    """Members of a distribution written as `a b` with `probabilities`."""
    names = element.get(attribute, "").split()
    shares = [_float(path, element, p) for p in element.get("probabilities", "").split()]
    if shares and len(shares) != len(names):
        raise InputError(
            f"{len(names)} {attribute} have {len(shares)} probabilities.", where=at(path, element)
        )
    return list(zip(names, shares or [1.0] * len(names), strict=True))


def _edges(path: Path, route: etree._Element) -> tuple[str, ...]:
    times = 1 + min(max(whole(path, route, "repeat", 0), 0), MAX_REPEATS)
    return tuple(route.get("edges", "").split()) * times


def _time(path: Path, element: etree._Element, name: str, default: float) -> float:
    """Seconds from `12.5`, `HH:MM:SS` or `D:HH:MM:SS`."""
    written = element.get(name)
    if written is None:
        return default
    parts = written.split(":")
    if len(parts) not in (1, 3, 4):
        raise InputError(f"{name}={written!r} is no time.", where=at(path, element))
    weights = (1.0, 60.0, 3600.0, 86400.0)
    values = [_float(path, element, part) for part in reversed(parts)]
    return sum(value * weight for value, weight in zip(values, weights, strict=False))


def _float(path: Path, element: etree._Element, written: str) -> float:
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise InputError(f"{written!r} is no number.", where=at(path, element))
    return value
