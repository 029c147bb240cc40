"""Input files of runs on other machines: known by content, sent only where they are missing."""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

from signalctl.domain.errors import SimulationError
from signalctl.files.atomic import write_atomic
from signalctl.networks.sumo_xml import sha256_of

STORE = "signalctl-files"
"""Folder in a worker's scratch space."""


def content_hash(path: Path) -> str:
    """SHA-256 of a file, read again only when the file has changed. Raises InputError."""
    try:
        state = path.stat()
    except OSError:
        return sha256_of(path)
    return _hash_of_state(path, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=4096)
def _hash_of_state(path: Path, _size: int, _changed_ns: int, _inode: int) -> str:
    return sha256_of(path)


def packed(path: Path) -> bytes:
    """A file's content for the wire. Raises SimulationError."""
    try:
        return zlib.compress(path.read_bytes(), level=1)
    except OSError as error:
        raise SimulationError(
            f"Cannot send: {error.strerror or error}.", where=str(path)
        ) from error


class Store:
    """Files that came over the wire, in a folder, each under its hash."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / STORE

    def place_of(self, path: Path, expected: str, sent: bytes | None) -> Path | None:
        """Where this machine has the file: at the same path, in the store, or as sent now.

        None when it is nowhere. What was sent is kept only if its hash is the
        expected one; raises SimulationError otherwise.
        """
        kept = self._folder / expected / path.name
        for place in (path, kept):
            if place.is_file() and content_hash(place) == expected:
                return place
        if sent is None:
            return None
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, zlib.decompress(sent))
        if content_hash(kept) != expected:
            kept.unlink()
            raise SimulationError(
                "The file that arrived is not the one that was hashed.",
                where=str(path),
                remedy="It changed during the experiment: start again.",
            )
        return kept
