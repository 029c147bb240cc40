"""How the model's functions become machine code, and where that is kept.

Numba keys kept code by the source of the one function, not of those it calls. So the
folder's name carries a hash of everything the code is made from: after an update
of any of these files the code is made anew, once, and never taken from an older
version.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
import numpy as np

from signalctl.optimiser import signal_table

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def sources_hash() -> str:
    """Hash of all the code is made from: this package, the lamps' codes, numba, numpy."""
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for path in (*sorted(Path(__file__).parent.glob("*.py")), Path(signal_table.__file__)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def kept_in() -> Path | None:
    """Folder for machine code: NUMBA_CACHE_DIR, else one of the user's; None when there is none.

    Never beside the sources, which may be read-only, and never in a folder that others
    may write to: what is found there is run.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        top = Path(given)
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        try:
            top = Path(caches) if caches else Path.home() / ".cache"
        except RuntimeError:
            return None
    folder = top.absolute() / f"signalctl-queue-model-{sources_hash()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def compiled(function: _Function) -> _Function:
    """Compile a function that only compiled ones call: it becomes part of them.

    Truly so: a call would copy the whole state's descriptors, a kilobyte, each time, which
    took more than half of all time.
    """
    made: _Function = numba.njit(forceinline=True, **_OPTIONS)(function)
    return made


def entry(function: _Function) -> _Function:
    """Compile a function that Python calls, and keep the code for other processes.

    Without a folder for it, it is compiled in each process.
    """
    folder = kept_in()
    if folder is None:
        alone: _Function = numba.njit(**_OPTIONS)(function)
        return alone
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        made: _Function = numba.njit(cache=True, **_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    return made
