"""A question to SUMO answered by a module of ours in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from signalctl.domain.errors import SimulationError
from signalctl.sim.nursling import STDERR, Nursling


def answer_of(module: str, folder: Path, result: str, timeout_s: float, where: str) -> Any:
    """What `main(folder)` of a module leaves as JSON in the folder's file `result`.

    It reads its request from the folder. An answer of an earlier run is not
    taken for this one's. Raises SimulationError when it does not end in time or
    leaves no answer.
    """
    path = folder / result
    path.unlink(missing_ok=True)
    process = Nursling(module, folder)
    try:
        status = process.wait(timeout_s)
    except TimeoutError as error:
        raise SimulationError(
            f"{module} did not end within {timeout_s:g} s.", where=where
        ) from error
    finally:
        process.stop()
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = (folder / STDERR).read_text(encoding="utf-8", errors="replace")
        last = [line for line in said.splitlines() if line.strip()][-1:]
        raise SimulationError(
            " ".join([f"{module} ended with status {status} without an answer.", *last]),
            where=where,
        ) from None
