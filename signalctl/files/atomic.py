"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signalctl.domain.errors import InputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block succeeds.

    The temporary file keeps the target's suffix, for writers that choose their
    format by it. On any failure the target is untouched and the temporary file
    gone. Raises InputError when the place cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}.", suffix="".join(path.suffixes) or ".tmp"
        )
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error
    temporary = Path(name)
    try:
        # mkstemp makes private files; what we write is an ordinary file of the user's.
        temporary.chmod(0o666 & ~_umask())
        yield temporary
        with temporary.open("rb") as done:
            os.fsync(done.fileno())
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write `data` (text as UTF-8) to `path`, whole or not at all.

    Raises InputError when the place cannot be written (no folder, no right,
    disk full); the old content then stands.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def require_writable(path: Path | None) -> None:
    """Raise InputError where `path` could not be written; long work asks before it begins.

    None, for no file asked for, can be.
    """
    if path is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.")
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"Cannot write: {error.strerror or error}.",
        where=str(path),
        remedy="Check the folder, its rights and the free space; nothing was changed.",
    )
