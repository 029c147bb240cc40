"""Where queues and halts are counted: lane-area detectors on the lanes of interest.

SUMO's own E2 detectors do the counting inside the simulator, which costs far less
than asking for every vehicle each second, and changes no vehicle's driving.

Source: SUMO user documentation, "Lanearea Detectors (E2)".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.networks.sumo_xml import elements, number

OUTPUT: Final = "detectors.out.xml"
PREFIX: Final = "signalctl."
"""Put before a lane's id, so that no detector of the scenario's own has the same name."""
REACH_M: Final = 500.0
"""How far upstream of a stop line a queue is followed."""
HALT_MPS: Final = 0.1
"""SUMO's halting speed, the one behind a trip's waitingCount."""
_ONE_INTERVAL_S: Final = 10_000_000
"""Longer than any run: one row for each detector."""
_ON_FOOT: Final = frozenset({"pedestrian", "wheelchair"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStretch:
    """Lanes in a row under one detector, upstream first; `edge_id` is the last one's edge."""

    lanes: tuple[str, ...]
    edge_id: str
    length_m: float
    end_m: float
    """Length of the last lane, where the detector ends."""
    signalled: bool
    """Whether it ends at a signal's stop line."""

    @property
    def id(self) -> str:
        """The detector's name: the last lane, and how many lanes are before it."""
        return f"{PREFIX}{self.lanes[-1]}" + "+" * (len(self.lanes) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a run counts: queues on stretches up to stop lines, stops on single lanes."""

    queues: tuple[LaneStretch, ...] = ()
    stops: tuple[LaneStretch, ...] = ()

    @property
    def detectors(self) -> tuple[LaneStretch, ...]:
        """Every stretch once, by id."""
        found = {stretch.id: stretch for stretch in (*self.queues, *self.stops)}
        return tuple(found[name] for name in sorted(found))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Watched:
        """What `dataclasses.asdict` made of it, back."""

        def stretches(part: str) -> tuple[LaneStretch, ...]:
            return tuple(LaneStretch(**{**s, "lanes": tuple(s["lanes"])}) for s in value[part])

        return cls(queues=stretches("queues"), stops=stretches("stops"))


def watch(
    net: Path,
    *,
    approaches: bool,
    stop_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
) -> Watched:
    """Queues on every edge fed into a signal (`approaches`) and on `queue_edges`, stops on
    every lane of `stop_edges`.

    A queue is followed upstream lane by lane, straight on, up to REACH_M or the
    next signal. Raises InputError when the network has no edge of one of those names.
    """
    lanes = _Lanes(net)
    for edge in sorted({*stop_edges, *queue_edges}):
        if edge not in lanes.of_edge:
            raise InputError(f"There is no edge {edge!r}.", where=str(net))
    queued = {*queue_edges, *({edge for edge, _ in lanes.signalled} if approaches else ())}
    return Watched(
        queues=tuple(
            lanes.stretch(lane, edge, REACH_M)
            for edge in sorted(queued & lanes.of_edge.keys())
            for lane in lanes.of_edge[edge]
        ),
        stops=tuple(
            lanes.stretch(lane, edge, 0.0)
            for edge in sorted(stop_edges)
            for lane in lanes.of_edge[edge]
        ),
    )


def detector_file(watched: Watched) -> str:
    """An additional file with the detectors; SUMO writes OUTPUT beside it."""
    lines = [_element(stretch) for stretch in watched.detectors]
    return "<additional>\n" + "\n".join(lines) + "\n</additional>\n"


def _element(stretch: LaneStretch) -> str:
    return (
        f"<laneAreaDetector id={quoteattr(stretch.id)} lanes={quoteattr(' '.join(stretch.lanes))} "
        f'pos="0" endPos="{stretch.end_m}" friendlyPos="true" freq="{_ONE_INTERVAL_S}" '
        f'file="{OUTPUT}" speedThreshold="{HALT_MPS}" timeThreshold="0"/>'
    )


class _Lanes:
    """Lanes for vehicles of a network, and which leads straight into which."""

    def __init__(self, net: Path) -> None:
        self.of_edge: dict[str, list[str]] = {}
        self.signalled: set[tuple[str, str]] = set()
        self._length_m: dict[str, float] = {}
        self._before: dict[str, list[tuple[str, bool]]] = {}
        for element in elements(net, ("edge", "connection")):
            if element.tag == "edge" and element.get("function", "normal") == "normal":
                self._add_edge(net, element)
            elif element.tag == "connection":
                self._add_connection(element)

    def _add_edge(self, net: Path, edge: etree._Element) -> None:
        lanes = [lane for lane in edge.iterchildren("lane") if not _on_foot_only(lane.get("allow"))]
        if lanes:
            self.of_edge[edge.get("id", "")] = [lane.get("id", "") for lane in lanes]
        for lane in lanes:
            self._length_m[lane.get("id", "")] = number(net, lane, "length")

    def _add_connection(self, connection: etree._Element) -> None:
        source, lane = connection.get("from", ""), connection.get("fromLane", "")
        if connection.get("tl"):
            self.signalled.add((source, lane))
        target = f"{connection.get('to', '')}_{connection.get('toLane', '')}"
        # Vehicles only: a walking area or a crossing has no queue.
        if not source.startswith(":") and connection.get("dir") != "t":
            straight = connection.get("dir") == "s"
            self._before.setdefault(target, []).append((f"{source}_{lane}", straight))

    def stretch(self, lane: str, edge: str, reach_m: float) -> LaneStretch:
        """The lane and those before it, as far as a queue may be followed."""
        found, length_m = [lane], self._length_m[lane]
        while length_m < reach_m:
            before = self._lane_before(found[0])
            if before is None or before in found:
                break
            found.insert(0, before)
            length_m += self._length_m[before]
        return LaneStretch(
            lanes=tuple(found),
            edge_id=edge,
            length_m=length_m,
            end_m=self._length_m[lane],
            signalled=(edge, lane.rpartition("_")[2]) in self.signalled,
        )

    def _lane_before(self, lane: str) -> str | None:
        """The only lane that leads here, or the only one straight on; None at a signal."""
        sources = [s for s in self._before.get(lane, ()) if s[0] in self._length_m]
        straight = [s for s in sources if s[1]] if len(sources) > 1 else sources
        if len(straight) != 1:
            return None
        before = straight[0][0]
        edge, _, index = before.rpartition("_")
        return None if (edge, index) in self.signalled else before


def _on_foot_only(allow: str | None) -> bool:
    return allow is not None and set(allow.split()) <= _ON_FOOT
