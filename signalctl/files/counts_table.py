"""Tables that people export from spreadsheets and counters: delimiter and header found strictly.

A file is UTF-8 text (with or without a byte order mark), its first line names the
columns. The delimiter is the one of , ; tab and | that the header holds; no other
guessing. Lines that are empty or begin with # are left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.files.bounded import read_text

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_CELL: Final = 1000
_DELIMITERS: Final = ",;\t|"
_CLOCK: Final = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: column -> text, and where it stands."""

    cells: Mapping[str, str]
    where: str

    def text(self, column: str) -> str:
        """A cell that must not be empty. Raises InputError."""
        found = self.cells.get(column, "")
        if not found:
            raise InputError(f"There is no {column}.", where=self.where, remedy="Fill the cell.")
        return found

    def time_s(self, column: str) -> float:
        """A time in s from seconds, HH:MM or HH:MM:SS. Raises InputError."""
        written = self.text(column)
        clock = _CLOCK.fullmatch(written)
        if clock is not None:
            return 3600.0 * int(clock[1]) + 60.0 * int(clock[2]) + float(clock[3] or 0)
        found = _number(written)
        if found is None or found < 0:
            raise InputError(
                f"{column} {written!r} is no time.",
                where=self.where,
                remedy="Write seconds, HH:MM or HH:MM:SS.",
            )
        return found

    def count(self, column: str) -> float:
        """A number of vehicles, at least 0. Raises InputError."""
        written = self.text(column)
        found = _number(written)
        if found is None or found < 0:
            raise InputError(
                f"{column} {written!r} is no number of vehicles.",
                where=self.where,
                remedy="Write a number from 0, decimals with a point.",
            )
        return found


def read_table(
    path: Path, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()
) -> list[Row]:
    """Rows of a table by our names of columns: name -> the headings it goes by.

    Headings count without regard to case, spaces and underscores. Every column that
    is not `optional` must be there and no other. Raises InputError with file and line.
    """
    lines = read_text(path, MAX_BYTES, remedy="Export the counts as UTF-8 CSV.").splitlines()
    numbered = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not numbered:
        raise InputError("The table is empty.", where=str(path))
    first, header = numbered[0]
    where = f"{path}:{first}"
    delimiter = _delimiter(header, where)
    names = _names(_cells(header, delimiter, where), columns, where)
    missing = [name for name in columns if name not in names and name not in optional]
    if missing:
        raise InputError(
            f"The header has no column {' and no '.join(missing)}.",
            where=where,
            remedy="Columns are "
            + ", ".join(n + (" (optional)" if n in optional else "") for n in columns)
            + ".",
        )
    rows = []
    for number, line in numbered[1:]:
        here = f"{path}:{number}"
        cells = _cells(line, delimiter, here)
        if len(cells) != len(names):
            raise InputError(
                f"The line has {len(cells)} cells, the header has {len(names)}.", where=here
            )
        rows.append(Row(cells=dict(zip(names, cells, strict=True)), where=here))
    if not rows:
        raise InputError("The table has a header and no line below it.", where=where)
    return rows


def _delimiter(header: str, where: str) -> str:
    found = [mark for mark in _DELIMITERS if mark in header]
    if len(found) != 1:
        raise InputError(
            "The header's cells are not parted by one of , ; tab or |."
            if not found
            else "The header holds several marks that may part cells.",
            where=where,
            remedy="Part all cells by commas.",
        )
    return found[0]


def _names(header: Sequence[str], columns: Mapping[str, Sequence[str]], where: str) -> list[str]:
    known = {_plain(heading): name for name, all_ in columns.items() for heading in (name, *all_)}
    names = []
    for heading in header:
        name = known.get(_plain(heading))
        if name is None:
            raise InputError(
                f"There is no column {heading!r}.",
                where=where,
                remedy=f"Columns are {', '.join(columns)}.",
            )
        if name in names:
            raise InputError(f"Two columns say {name}.", where=where, remedy="Keep one of them.")
        names.append(name)
    return names


def _cells(line: str, delimiter: str, where: str) -> list[str]:
    try:
        cells = next(csv.reader(io.StringIO(line), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise InputError(f"The line's quotes do not match: {error}.", where=where) from error
    if any(len(cell) > MAX_CELL for cell in cells):
        raise InputError(f"A cell is longer than {MAX_CELL} characters.", where=where)
    return [cell.strip() for cell in cells]


def _plain(heading: str) -> str:
    return re.sub(r"[\s_-]+", "", heading).lower()


def _number(written: str) -> float | None:
    if not re.fullmatch(r"[+-]?\d+(?:\.\d+)?", written):
        return None
    found = float(written)
    return found if math.isfinite(found) else None
