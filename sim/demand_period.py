"""The demand of a period: what departs at or after its end is not due.

SUMO has no option to stop demand and run on, so files with later departures are
copied without them. Files that end in time are used as they are.

Source of the elements: SUMO user documentation, "Definition of Vehicles, Vehicle
Types, and Routes", flows: exactly two of end, number and rate decide the third.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.networks.sumo_xml import at, elements
from signalctl.sim.scenario import Scenario, time_s

MAX_BYTES: Final = 4_000_000_000
"""A demand file that unpacks to more is refused."""
_SINGLES: Final = ("vehicle", "trip", "person", "container")
_FLOWS: Final = ("flow", "personFlow", "containerFlow")
_RATES: Final = ("period", "vehsPerHour", "personsPerHour", "perHour", "probability")
_TIMELESS: Final = frozenset({"triggered", "containerTriggered", "split", "now"})
"""Departures decided by another road user's: they follow it out of the demand."""


def demand_within(scenario: Scenario, folder: Path) -> dict[Path, Path]:
    """Route and additional files -> the file to use, cut to the demand's end.

    Cut copies are written to `folder`. Raises InputError for a file that cannot
    be read or holds a departure that is no time.
    """
    chosen: dict[Path, Path] = {}
    for number, path in enumerate((*scenario.routes, *scenario.additionals)):
        late = any(_ends_late(path, el, scenario.end_s) for el in demand_elements(path))
        chosen[path] = _cut(path, folder / f"demand{number}.xml", scenario.end_s) if late else path
    return chosen


def last_departure_s(files: tuple[Path, ...], begin_s: float) -> float:
    """Second of the last departure of a demand that ends by itself.

    Raises InputError for a flow without an end and for files without demand.
    """
    last = -math.inf
    for path in files:
        for element in demand_elements(path):
            if element.tag in _FLOWS:
                end_s = _flow_end_s(path, element, begin_s)
                if not math.isfinite(end_s):
                    raise InputError(
                        f"Flow {element.get('id')!r} has no end, and neither has the scenario.",
                        where=at(path, element),
                        remedy="Give the scenario an end.",
                    )
                last = max(last, end_s)
            else:
                depart_s = _depart_s(path, element)
                last = max(last, depart_s if depart_s is not None else -math.inf)
    if last <= begin_s:
        raise InputError(
            "The scenario has no end, and no demand to tell it.",
            where=", ".join(map(str, files)),
            remedy="Give the scenario an end.",
        )
    return last


def demand_elements(path: Path) -> Iterator[etree._Element]:
    """Vehicles, trips, flows and their like under the root of a file.

    Raises InputError for a file that cannot be read.
    """
    stream = elements(path, (*_SINGLES, *_FLOWS), max_bytes=MAX_BYTES)
    next(stream, None)
    yield from stream


def _depart_s(path: Path, element: etree._Element) -> float | None:
    """When it departs; None when another road user decides."""
    written = element.get("depart", element.get("begin", "0"))
    if written in _TIMELESS or written == "begin":
        return None
    return time_s(written, at(path, element))


def _flow_begin_s(path: Path, element: etree._Element) -> float:
    return time_s(element.get("begin", "0"), at(path, element))


def _flow_end_s(path: Path, element: etree._Element, begin_s: float) -> float:
    """When a flow ends; infinite when nothing ends it."""
    if "end" in element.attrib:
        return time_s(element.get("end", ""), at(path, element))
    period_s = _period_s(path, element)
    if "number" in element.attrib and period_s is not None:
        first = _flow_begin_s(path, element) if "begin" in element.attrib else begin_s
        return first + (_number(path, element) - 1) * period_s
    return math.inf


def _period_s(path: Path, element: etree._Element) -> float | None:
    """Fixed headway of a flow, None when it is random or follows from its number."""
    for name in ("vehsPerHour", "personsPerHour", "perHour"):
        if name in element.attrib:
            rate = _float(path, element, name)
            return 3600.0 / rate if rate > 0 else None
    written = element.get("period")
    if written is None or written.startswith(("exp(", "repeat(")):
        return None
    return time_s(written, at(path, element))


def _number(path: Path, element: etree._Element) -> float:
    return _float(path, element, "number")


def _float(path: Path, element: etree._Element, name: str) -> float:
    try:
        return float(element.get(name, ""))
    except ValueError:
        raise InputError(
            f"Attribute {name}={element.get(name)!r} is no number.", where=at(path, element)
        ) from None


def _ends_late(path: Path, element: etree._Element, end_s: float) -> bool:
    if element.tag in _FLOWS:
        return _flow_end_s(path, element, 0.0) > end_s
    depart_s = _depart_s(path, element)
    return depart_s is not None and depart_s >= end_s


def _cut(path: Path, copy: Path, end_s: float) -> Path:
    """A copy of a demand file without what is due at or after `end_s`."""
    raw = path.open("rb")
    with raw, copy.open("wb") as out:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        source = gzip.GzipFile(fileobj=raw) if packed else raw
        out.write(b"<additional>\n" if _is_additional(path) else b"<routes>\n")
        # Entities, DTDs and sizes were judged when the file was scanned.
        parsed = etree.iterparse(
            source, events=("end",), resolve_entities=False, no_network=True, huge_tree=False
        )
        for _, element in parsed:
            parent = element.getparent()
            if parent is None or parent.getparent() is not None:
                continue
            if _keep(path, element, end_s):
                out.write(etree.tostring(element, with_tail=False) + b"\n")
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
        out.write(b"</additional>\n" if _is_additional(path) else b"</routes>\n")
    return copy


def _is_additional(path: Path) -> bool:
    root = next(elements(path, (), max_bytes=MAX_BYTES))
    return root.tag != "routes"


def _keep(path: Path, element: etree._Element, end_s: float) -> bool:
    """Whether the element stays; a flow that runs on is ended in place."""
    if element.tag in _SINGLES:
        return not _ends_late(path, element, end_s)
    if element.tag not in _FLOWS or not _ends_late(path, element, end_s):
        return True
    begin_s = _flow_begin_s(path, element)
    if begin_s >= end_s:
        return False
    if "number" in element.attrib:
        if "end" in element.attrib:
            headway_s = (_flow_end_s(path, element, 0.0) - begin_s) / _number(path, element)
            if not any(rate in element.attrib for rate in _RATES):
                element.set("period", repr(headway_s))
        del element.attrib["number"]
    element.set("end", repr(end_s))
    return True
