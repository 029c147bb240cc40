"""A question to SUMO answered by a module of ours in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from signalctl.domain.errors import SimulationError
from signalctl.sim.sumo_options import sumo_environment


def answer_of(module: str, folder: Path, result: str, timeout_s: float, where: str) -> Any:
    """What `python -m module folder` leaves as JSON in the folder's file `result`.

    `module` reads its request from the folder. An answer of an earlier run is not
    taken for this one's. Raises SimulationError when it does not end in time or
    leaves no answer.
    """
    path = folder / result
    path.unlink(missing_ok=True)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, arguments from a file
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env=sumo_environment(dict(os.environ)),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SimulationError(
            f"{module} did not end within {timeout_s:g} s.", where=where
        ) from error
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise SimulationError(
            " ".join([f"{module} ended with status {done.returncode} without an answer.", *last]),
            where=where,
        ) from None
