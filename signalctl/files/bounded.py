"""Text files that people hand us, read up to a bound."""

from __future__ import annotations

from pathlib import Path

from signalctl.domain.errors import InputError


def read_text(path: Path, most_bytes: int, *, remedy: str = "") -> str:
    """The UTF-8 text of a file, without a byte order mark, its lines ended by \\n.

    No more than `most_bytes` are held, whatever kind of file it is and however it grows
    meanwhile. Raises InputError for a file that is missing, unreadable, larger, or no
    UTF-8; `remedy` is what to do when it is missing or no text.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise InputError("There is no such file.", where=where, remedy=remedy) from error
    except OSError as error:
        raise InputError(f"Cannot read: {error.strerror or error}.", where=where) from error
    if len(data) > most_bytes:
        raise InputError(f"The file is larger than {_size(most_bytes)}.", where=where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("The file is not UTF-8 text.", where=where, remedy=remedy) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _size(count: int) -> str:
    return f"{count // 2**20} MB" if count >= 2**20 else f"{count // 2**10} kB"
