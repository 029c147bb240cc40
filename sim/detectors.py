"""Where queues and halts are counted: one lane-area detector on each watched lane.

SUMO's own E2 detectors do the counting inside the simulator, which costs far less
than asking for every vehicle each second, and changes no vehicle's driving.

Source: SUMO user documentation, "Lanearea Detectors (E2)".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from signalctl.domain.errors import InputError
from signalctl.networks.sumo_xml import elements, number

OUTPUT: Final = "detectors.out.xml"
PREFIX: Final = "signalctl."
"""Put before a lane's id, so that no detector of the scenario's own has the same name."""
_ONE_INTERVAL_S: Final = 10_000_000
"""Longer than any run: one row for each detector."""
HALT_MPS: Final = 0.1
"""SUMO's halting speed, the one behind a trip's waitingCount."""
_ON_FOOT: Final = frozenset({"pedestrian", "wheelchair"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedLane:
    """A lane with a detector over its whole length."""

    id: str
    edge_id: str
    length_m: float
    signalled: bool
    """Whether the lane ends at a signal's stop line."""


def watched_lanes(
    net: Path, *, approaches: bool, edges: Collection[str] = ()
) -> tuple[WatchedLane, ...]:
    """Lanes that carry vehicles on every edge fed into a signal, and on `edges`.

    Raises InputError when the network has no edge of one of those names.
    """
    lanes: dict[str, list[tuple[str, float]]] = {}
    signalled: set[tuple[str, str]] = set()
    for element in elements(net, ("edge", "connection")):
        if element.tag == "edge" and element.get("function", "normal") == "normal":
            lanes[element.get("id", "")] = [
                (lane.get("id", ""), number(net, lane, "length"))
                for lane in element.iterchildren("lane")
                if not _on_foot_only(lane.get("allow"))
            ]
        elif element.tag == "connection" and element.get("tl"):
            signalled.add((element.get("from", ""), element.get("fromLane", "")))
    for edge in sorted(edges):
        if edge not in lanes:
            raise InputError(f"There is no edge {edge!r}.", where=str(net))
    fed = {edge for edge, _ in signalled} if approaches else set()
    return tuple(
        WatchedLane(
            id=lane,
            edge_id=edge,
            length_m=length_m,
            signalled=(edge, lane.rpartition("_")[2]) in signalled,
        )
        for edge in sorted(lanes.keys() & (fed | set(edges)))
        for lane, length_m in lanes[edge]
    )


def detector_file(lanes: Iterable[WatchedLane]) -> str:
    """An additional file with the lanes' detectors; SUMO writes OUTPUT beside it."""
    lines = [
        f"<laneAreaDetector id={quoteattr(PREFIX + lane.id)} lane={quoteattr(lane.id)} "
        f'pos="0" endPos="{lane.length_m}" friendlyPos="true" '
        f'freq="{_ONE_INTERVAL_S}" file="{OUTPUT}" speedThreshold="{HALT_MPS}" timeThreshold="0"/>'
        for lane in lanes
    ]
    return "<additional>\n" + "\n".join(lines) + "\n</additional>\n"


def _on_foot_only(allow: str | None) -> bool:
    return allow is not None and set(allow.split()) <= _ON_FOOT
