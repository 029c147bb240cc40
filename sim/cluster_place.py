"""Attempts as tasks of a Dask cluster."""

from __future__ import annotations

import math
import queue
import time
import uuid
import warnings
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from distributed import CancelledError, KilledWorker

from signalctl.domain.errors import InputError, SignalctlError, SimulationError
from signalctl.files.atomic import write_atomic
from signalctl.sim.attempts import Ended, Task
from signalctl.sim.attempts_local import outputs_of
from signalctl.sim.cluster_files import content_hash, packed
from signalctl.sim.cluster_task import execute, hand_out, releases
from signalctl.sim.run import Prepared, run_order
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_process import Answer, RunDied, RunStopped

_AHEAD: Final = 2
"""Attempts handed over for each place of a worker, so that none waits for the wire."""
_LOOK_EVERY_S: Final = 5.0
LOST_S: Final = 60.0
"""A cluster without any worker for so long is given up."""
_FETCH_S: Final = 60.0


class ClusterPlace:
    """Attempts of one scenario on a cluster. Closing it cancels those that still run."""

    def __init__(
        self,
        client: Any,
        name: str,
        ready: Prepared,
        jobs: int | None,
        limits: RunLimits,
        keep_outputs: Path | None,
    ) -> None:
        self._client = client
        self._name = name
        self._ready = ready
        self._jobs = jobs
        self._limits = limits
        self._keep_outputs = keep_outputs
        self._releases = releases()
        self._running: dict[str, tuple[Any, Task]] = {}
        self._contents: dict[str, Any] = {}
        self._paths: dict[str, Path] = {}
        self._over: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._threads = 0
        self._looked_s = self._manned_s = -math.inf

    @property
    def room(self) -> int:
        """How many more attempts it takes now."""
        self._look()
        return (self._jobs or _AHEAD * self._threads) - len(self._running)

    def start(self, task: Task) -> None:
        """Hand an attempt to the scheduler."""
        order = run_order(
            self._ready,
            task.variant,
            task.seed,
            stop_above_vehicle_s=task.stop_above_vehicle_s(),
        )
        files = {str(path): content_hash(path) for path in order.files}
        self._paths.update((files[str(path)], path) for path in order.files)
        request = {
            "releases": self._releases,
            "order": order.to_json(),
            "files": files,
            "limits": asdict(self._limits),
            "keep": self._keep_outputs is not None,
        }
        sent = sorted(set(files.values()) & self._contents.keys())
        key = f"signalctl-run-{uuid.uuid4().hex}"
        try:
            future = self._client.submit(
                execute,
                request,
                sent,
                *(self._contents[each] for each in sent),
                key=key,
                pure=False,
            )
        except (OSError, RuntimeError) as error:
            raise self._gone() from error
        self._running[key] = (future, task)
        future.add_done_callback(lambda done: self._over.put(done.key))

    def ended(self, wait_s: float) -> Sequence[Ended]:
        """Attempts that are over."""
        self._look()
        keys: list[str] = []
        with suppress(queue.Empty):
            keys.append(self._over.get(timeout=wait_s))
            while True:
                keys.append(self._over.get_nowait())
        found = []
        for key in keys:
            if key in self._running:
                future, task = self._running.pop(key)
                end = self._end(future, task)
                if end is not None:
                    found.append(end)
        return found

    def close(self) -> None:
        """Cancel what still runs; the workers end its simulations."""
        futures = [future for future, _ in self._running.values()]
        self._running.clear()
        if futures and self._client.status == "running":
            self._client.cancel(futures, force=True)

    def _end(self, future: Any, task: Task) -> Ended | None:
        """What became of an attempt; None when it was handed over once more with its files."""
        where = f"{self._ready.scenario.name}, {task.variant.name}, seed {task.seed}"
        if future.status == "cancelled":
            self._must_run()
            died = f"The cluster {self._name} lost the run."
            return Ended(task=task, error=RunDied(died, where=where))
        if future.status == "error":
            return Ended(task=task, error=self._fault(future, where))
        try:
            reply = future.result(timeout=_FETCH_S)
        except (OSError, TimeoutError, CancelledError) as error:
            self._must_run()
            lost = f"The answer was lost on its way: {error!r}."
            return Ended(task=task, error=RunDied(lost, where=where))
        if "refused" in reply:
            raise wrong_release(reply["worker"], reply["refused"])
        if "lacks" in reply:
            self._send(reply["lacks"])
            self.start(task)
            return None
        if "cancelled" in reply:
            gone = "The worker stopped before the run was done."
            return Ended(task=task, error=RunDied(gone, where=where))
        if "answer" not in reply:
            return Ended(task=task, error=_error_of(reply))
        if self._keep_outputs is not None:
            self._keep(reply["outputs"], outputs_of(self._keep_outputs, task.variant, task.seed))
        return Ended(task=task, answer=Answer.from_json(reply["answer"]))

    def _fault(self, future: Any, where: str) -> SignalctlError:
        """An error that Dask reports, not our task."""
        error = future.exception()
        if isinstance(error, KilledWorker):
            return RunDied("Every worker that tried the run was lost.", where=where)
        return SimulationError(
            f"The run failed on the cluster {self._name}: {error!r}.", where=where
        )

    def _send(self, hashes: Sequence[str]) -> None:
        """Put files on the cluster as tasks, which outlive the worker that holds them."""
        for each in hashes:
            if each not in self._contents:
                content = packed(self._paths[each])
                with warnings.catch_warnings():
                    # Dask would rather have large data read by the workers; they cannot.
                    warnings.simplefilter("ignore", UserWarning)
                    self._contents[each] = self._client.submit(
                        hand_out, content, key=f"signalctl-file-{each}"
                    )

    def _keep(self, outputs: dict[str, bytes], folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Outputs cannot be kept: {error.strerror or error}.", where=str(folder)
            ) from error
        for name, content in sorted(outputs.items()):
            # The name comes from another machine: only its last part counts.
            write_atomic(folder / Path(name).name, zlib.decompress(content))

    def _look(self) -> None:
        """Count the workers now and then. Raises SimulationError when the cluster is gone."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._must_run()
        try:
            self._threads = sum(self._client.nthreads().values())
        except OSError as error:
            raise self._gone() from error
        now_s = self._looked_s = time.monotonic()
        if self._threads or math.isinf(self._manned_s):
            self._manned_s = now_s
        if now_s - self._manned_s > LOST_S:
            raise SimulationError(
                f"The cluster {self._name} has had no worker for {LOST_S:g} s.",
                remedy="Start workers and run again; with a cache, finished runs are kept.",
            )

    def _must_run(self) -> None:
        if self._client.status != "running":
            raise self._gone()

    def _gone(self) -> SimulationError:
        return SimulationError(
            f"The Dask scheduler at {self._name} was lost.",
            remedy="Start it and run again; with a cache, finished runs are kept.",
        )


def _error_of(reply: dict[str, Any]) -> SignalctlError:
    """The error that a worker's own reply states."""
    where = f"{reply['where']}, worker {reply['worker']}"
    if "stopped" in reply:
        return RunStopped(reply["stopped"], where=where)
    if "died" in reply:
        return RunDied(reply["died"], where=where)
    kind = InputError if reply["is_input"] else SimulationError
    return kind(reply["failed"], where=where, remedy=reply["remedy"])


def wrong_release(worker: str, differs: str) -> SimulationError:
    """The refusal of a worker whose numbers would not be comparable."""
    return SimulationError(
        f"Worker {worker} has {differs}, and results differ by release.",
        remedy="Install the same releases on every machine.",
    )
