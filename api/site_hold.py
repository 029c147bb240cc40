"""One service for each site: a lock that its process holds, with where it answers.

Two services on one site would take up each other's jobs and poll each device twice. The
lock ends with its process, however that ends, so that nothing old is ever in the way.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from signalctl.domain.errors import InputError

_FILE: Final = "service.lock"
_PATIENCE_S: Final = 1.0
"""Who asks whether the lock is held holds it for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The service that holds a site; `url` is empty until it listens."""

    pid: int
    url: str


class Hold:
    """A site in the hands of this process."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def tell(self, url: str) -> None:
        """Let others know where this service answers."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps({"pid": os.getpid(), "url": url}))
        self._file.flush()


@contextmanager
def hold(site: Path) -> Iterator[Hold]:
    """Hold a site as long as the block runs.

    Raises InputError when another service holds it, or its folder cannot be used.
    """
    with _opened(site) as file:
        give_up = time.monotonic() + _PATIENCE_S
        while not _locked(file, fcntl.LOCK_EX):
            if time.monotonic() > give_up:
                other = running(site)
                place = f" at {other.url} (process {other.pid})" if other and other.url else ""
                raise InputError(
                    f"A service runs on this site already{place}.",
                    where=str(site),
                    remedy="signalctl serve --stop ends it; --site FOLDER takes another site.",
                )
            time.sleep(0.05)
        held = Hold(file)
        held.tell("")
        try:
            yield held
        finally:
            file.truncate(0)


def running(site: Path) -> Running | None:
    """The service that holds a site, None when there is none. Raises InputError."""
    if not (site / _FILE).exists():
        return None
    with _opened(site) as file:
        if _locked(file, fcntl.LOCK_SH):
            return None
        try:
            found = json.loads(file.read())
            return Running(pid=int(found["pid"]), url=str(found["url"]))
        except (ValueError, KeyError, TypeError):
            # It holds the lock and is about to write.
            return Running(pid=0, url="")


@contextmanager
def _opened(site: Path) -> Iterator[TextIO]:
    try:
        site.mkdir(parents=True, exist_ok=True)
        file = (site / _FILE).open("a+", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The site's folder cannot be used: {error.strerror}.",
            where=str(site),
            remedy="Give --site FOLDER one that can be written.",
        ) from error
    with file:
        file.seek(0)
        yield file


def _locked(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
