"""Attempts as processes of this machine."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from signalctl.domain.errors import SignalctlError
from signalctl.sim.attempts import Ended, Task
from signalctl.sim.run import Prepared, RunningRun
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.variants import Variant

_LOOK_EVERY_S: Final = 0.02


class LocalPlace:
    """At most `jobs` simulations side by side. Closing it ends those that still run."""

    def __init__(
        self, ready: Prepared, jobs: int, limits: RunLimits, keep_outputs: Path | None
    ) -> None:
        self._ready = ready
        self._jobs = jobs
        self._limits = limits
        self._keep_outputs = keep_outputs
        self._running: list[tuple[Task, RunningRun]] = []

    @property
    def room(self) -> int:
        """How many more attempts it takes now."""
        return self._jobs - len(self._running)

    def start(self, task: Task) -> None:
        """Begin an attempt in a process of its own."""
        kept = self._keep_outputs
        run = RunningRun(
            self._ready,
            task.variant,
            task.seed,
            keep_outputs=outputs_of(kept, task.variant, task.seed) if kept else None,
            limits=self._limits,
            stop_above_vehicle_s=task.stop_above_vehicle_s(),
        )
        self._running.append((task, run))

    def ended(self, wait_s: float) -> Sequence[Ended]:
        """Attempts that are over, their processes and folders gone."""
        until_s = time.monotonic() + wait_s
        while not (over := [pair for pair in self._running if pair[1].is_over]):
            if time.monotonic() >= until_s:
                return ()
            time.sleep(_LOOK_EVERY_S)
        found = []
        for task, run in over:
            try:
                found.append(Ended(task=task, answer=run.answer()))
            except SignalctlError as error:
                found.append(Ended(task=task, error=error))
            finally:
                run.clear()
                self._running.remove((task, run))
        return found

    def close(self) -> None:
        """End every attempt that still runs."""
        for _, run in self._running:
            run.clear()
        self._running.clear()


def outputs_of(root: Path, variant: Variant, seed: int) -> Path:
    """VARIANT/seed-N, whatever a person called the variant."""
    return root / re.sub(r"[^\w.-]|^\.+", "_", variant.name) / f"seed-{seed}"
