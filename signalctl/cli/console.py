"""What the command line says: tables for people, one JSON document for programs.

Results go to standard output, progress and remarks to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from signalctl.domain.errors import SafetyViolation, SignalctlError


def say(text: str = "") -> None:
    """One line of the result."""
    sys.stdout.write(text + "\n")


def remark(text: str) -> None:
    """A remark beside the result, on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def emit_json(document: Mapping[str, Any]) -> None:
    """The one JSON document of a command."""
    say(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """A table; columns that hold only numbers are set flush right."""
    drawn = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, heading in enumerate(headings):
        cells = [row[i] for row in rows]
        numeric = all(isinstance(cell, (int, float)) or _number(str(cell)) for cell in cells)
        drawn.add_column(heading, justify="right" if numeric and cells else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        # A pipe or a file has no width: nothing may be folded or cut.
        console = Console(file=sys.stdout, highlight=False, markup=False, width=240)
    console.print(drawn)


@contextmanager
def progress(label: str) -> Iterator[Reporter]:
    """A progress bar on standard error; plain lines where that is no terminal."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield Reporter(label, None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield Reporter(label, bars)


class Reporter:
    """Called with (done, total, what): moves the bar or prints a line each tenth."""

    def __init__(self, label: str, bars: Progress | None) -> None:
        self._label = label
        self._bars = bars
        self._task = bars.add_task(label, total=None) if bars is not None else None
        self._tenth = -1

    def __call__(self, done: int, total: int, what: str = "") -> None:
        """`done` of `total` pieces are done; `what` names the one that was last."""
        text = f"{self._label}: {what}" if what else self._label
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total, description=text)
            return
        tenth = 10 * done // max(total, 1)
        if tenth != self._tenth:
            self._tenth = tenth
            remark(f"{text} ({done}/{total})")


def complain(error: SignalctlError, *, as_json: bool) -> None:
    """An error as one sentence on standard error, and as JSON where asked."""
    remark(f"signalctl: {error}")
    findings = error.findings if isinstance(error, SafetyViolation) else ()
    if as_json:
        document: dict[str, Any] = {
            "error": {
                "code": error.code,
                "message": error.message,
                "where": error.where,
                "remedy": error.remedy,
            }
        }
        if findings:
            document["error"]["findings"] = [finding_json(f) for f in findings]
        emit_json(document)


def finding_json(finding: Any) -> dict[str, Any]:
    """A finding of the rules as JSON."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "junction": finding.junction_id,
        "groups": list(finding.groups),
        "second": finding.second,
        "message": finding.message,
        "source": finding.source,
        "remedy": finding.remedy,
    }


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return "-" if value is None else str(value)


def _number(text: str) -> bool:
    return text in ("", "-") or text.replace(".", "", 1).lstrip("+-").isdigit()
