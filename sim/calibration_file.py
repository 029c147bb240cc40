"""Saturation flows and lost times lane by lane as CSV: measured ones, an engineer's own.

    lane,saturation_vph,start_up_s,end_gain_s
    main_0,1650,2.0,1.5

The first line names the columns; empty lines and lines that begin with # are skipped.
What was measured is written as rows, what was only inferred as such lines.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity, Origin
from signalctl.files.atomic import write_atomic
from signalctl.files.bounded import read_text

COLUMNS: Final = ("lane", "saturation_vph", "start_up_s", "end_gain_s")
MAX_BYTES: Final = 4_000_000
"""A file of 8000 lanes is below 0.4 MB."""
_RANGES: Final = {
    "saturation_vph": (100.0, 4000.0),
    "start_up_s": (-10.0, 20.0),
    "end_gain_s": (-10.0, 10.0),
}


def read_capacities(path: Path) -> FrozenMap[str, LaneCapacity]:
    """Lane id -> what the file gives it.

    Raises InputError, with file and line, for a file that cannot be read, other
    columns, a lane named twice, and figures that are none or out of all reason.
    """
    lines = read_text(path, MAX_BYTES).splitlines()
    rows = [
        (number, [cell.strip() for cell in next(csv.reader([line]), [])])
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not rows or tuple(rows[0][1]) != COLUMNS:
        raise InputError(
            "The first line does not name the columns.",
            where=f"{path}:{rows[0][0] if rows else 1}",
            remedy=f"Begin with {','.join(COLUMNS)}.",
        )
    found: dict[str, LaneCapacity] = {}
    for number, cells in rows[1:]:
        where = f"{path}:{number}"
        if len(cells) != len(COLUMNS) or not cells[0]:
            raise InputError(f"{len(COLUMNS)} cells were expected.", where=where)
        if cells[0] in found:
            raise InputError(f"Lane {cells[0]!r} is given twice.", where=where)
        values = {
            name: _figure(name, cell, where)
            for name, cell in zip(COLUMNS[1:], cells[1:], strict=True)
        }
        found[cells[0]] = LaneCapacity(lane_id=cells[0], samples=0, origin=Origin.GIVEN, **values)
    return FrozenMap(found)


def write_capacities(path: Path, lanes: Iterable[LaneCapacity]) -> None:
    """The file `read_capacities` reads; figures of lanes that were not measured, or that
    no reader would believe, are remarks.
    """
    lines = [",".join(COLUMNS)]
    for lane in sorted(lanes, key=lambda each: each.lane_id):
        row = (
            f"{_cell(lane.lane_id)},{lane.saturation_vph:.0f},"
            f"{lane.start_up_s:.1f},{lane.end_gain_s:.1f}"
        )
        is_known = lane.origin in (Origin.MEASURED, Origin.GIVEN) and _in_reason(lane)
        lines.append(row if is_known else f"# {lane.origin}: {row}")
    write_atomic(path, "\n".join(lines) + "\n")


def _in_reason(lane: LaneCapacity) -> bool:
    """Whether reading would take the figures as they are written."""
    return all(low <= getattr(lane, name) <= high for name, (low, high) in _RANGES.items())


def _cell(text: str) -> str:
    """A cell of the file, quoted where it must be."""
    if text.startswith("#") or any(mark in text for mark in ',"\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _figure(name: str, cell: str, where: str) -> float:
    low, high = _RANGES[name]
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InputError(f"{name} {cell!r} is no figure between {low:g} and {high:g}.", where=where)
    return value
