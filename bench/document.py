"""Tables of a bench in a document: each between two marks, made anew in place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from signalctl.files.atomic import write_atomic


def write_section(path: Path, name: str, command: str, lines: Sequence[str]) -> None:
    """Replace what stands between a bench's marks, or append it; the file is written whole.

    `name` is the bench's module, `command` what prints `lines`. Raises InputError when
    the file cannot be written.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = "\n".join([begin, f"Made by `{command}`.", "", *lines, end])
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if begin in text and end in text:
        text = text[: text.index(begin)] + section + text[text.index(end) + len(end) :]
    else:
        text = f"{text.rstrip()}\n\n{section}\n".lstrip()
    write_atomic(path, text)
