"""Traffic counts as engineers have them: turning counts at junctions, counts of detectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.files.counts_table import Row, read_table

TURNING_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "junction": ("junction id", "node", "intersection"),
    "from": ("approach", "from edge", "from approach"),
    "to": ("movement", "to edge", "turn", "direction"),
    "begin": ("start", "from time", "begin s"),
    "end": ("until", "to time", "end s"),
    "vehicles": ("count", "volume", "veh"),
    "class": ("vclass", "vehicle class", "type"),
}
DETECTOR_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "detector": ("detector id",),
    "lane": ("lane id",),
    "edge": ("edge id",),
    "begin": ("start", "begin s"),
    "end": ("until", "end s"),
    "count": ("vehicles", "volume", "veh"),
}
PASSENGER: Final = "passenger"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningCount:
    """Vehicles of a class that turned at a junction in [begin_s, end_s).

    `approach` is an edge id or a side as `signalctl inspect` names it (`N`, `SW2`);
    `turn` an edge id or left, through, right, u-turn. `junction` may be empty where
    both are edges.
    """

    junction: str
    approach: str
    turn: str
    begin_s: float
    end_s: float
    vehicles: float
    v_class: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorCount:
    """Vehicles that passed a detector, a lane or an edge (`kind`) in [begin_s, end_s)."""

    kind: str
    id: str
    begin_s: float
    end_s: float
    vehicles: float
    where: str


def read_turning_counts(path: Path) -> tuple[TurningCount, ...]:
    """Turning counts of a CSV table, in file order. Raises InputError with file and line."""
    counts = []
    for row in read_table(path, TURNING_COLUMNS, optional=("junction", "class")):
        begin_s, end_s = _span(row)
        counts.append(
            TurningCount(
                junction=row.cells.get("junction", ""),
                approach=row.text("from"),
                turn=row.text("to"),
                begin_s=begin_s,
                end_s=end_s,
                vehicles=row.count("vehicles"),
                v_class=row.cells.get("class") or PASSENGER,
                where=row.where,
            )
        )
    return tuple(counts)


def read_detector_counts(path: Path) -> tuple[DetectorCount, ...]:
    """Counts of detectors, lanes or edges in a CSV table, in file order.

    One of the columns detector, lane and edge is filled in each line. Raises
    InputError with file and line.
    """
    counts = []
    for row in read_table(path, DETECTOR_COLUMNS, optional=("detector", "lane", "edge")):
        named = [kind for kind in ("detector", "lane", "edge") if row.cells.get(kind)]
        if len(named) != 1:
            raise InputError(
                f"The line names {' and '.join(named) or 'no place'}.",
                where=row.where,
                remedy="Fill one of the columns detector, lane and edge.",
            )
        begin_s, end_s = _span(row)
        counts.append(
            DetectorCount(
                kind=named[0],
                id=row.cells[named[0]],
                begin_s=begin_s,
                end_s=end_s,
                vehicles=row.count("count"),
                where=row.where,
            )
        )
    return tuple(counts)


def _span(row: Row) -> tuple[float, float]:
    begin_s, end_s = row.time_s("begin"), row.time_s("end")
    if end_s <= begin_s:
        raise InputError(
            f"The interval ends at {row.cells['end']}, not after its begin {row.cells['begin']}.",
            where=row.where,
        )
    return begin_s, end_s
