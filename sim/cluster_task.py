"""What a Dask worker does for one run: files, process, watch, answer.

Requests and replies are plain values, so that a worker of another release can
still say that it is one. A reply is a mapping with one of the keys answer, lacks
(hashes of files to be sent), died, stopped, failed, refused or cancelled.
"""

from __future__ import annotations

import tempfile
import time
import zlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from signalctl import __version__
from signalctl.domain.errors import InputError, SignalctlError
from signalctl.sim.cluster_files import Store
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_order import RunOrder
from signalctl.sim.run_process import RunDied, RunProcess, RunStopped

_LOOK_EVERY_S: Final = 0.1


def releases() -> dict[str, str]:
    """What decides a run's numbers on this machine: package -> release."""
    found = {"signalctl": __version__}
    for package in ("eclipse-sumo", "libsumo"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def difference(here: dict[str, str], there: dict[str, str]) -> str:
    """In words, how another machine's releases differ; empty when they do not."""
    return ", ".join(
        f"{package} {there.get(package, 'missing')} instead of {release}"
        for package, release in sorted(here.items())
        if there.get(package, "missing") != release
    )


def hand_out(content: bytes) -> bytes:
    """A file's content, as a task that Dask repeats when the worker that holds it is lost."""
    return content


def execute(request: dict[str, Any], hashes: list[str], *contents: bytes) -> dict[str, Any]:
    """Make one run and reply. `contents` are packed files, `hashes` their SHA-256."""
    from distributed import get_worker

    worker = get_worker()
    differs = difference(request["releases"], releases())
    if differs:
        return {"refused": differs, "worker": worker.address}
    try:
        store = Store(Path(worker.local_directory))
        sent = dict(zip(hashes, contents, strict=True))
        places: dict[Path, Path] = {}
        lacks = []
        for name, expected in sorted(request["files"].items()):
            place = store.place_of(Path(name), expected, sent.get(expected))
            if place is None:
                lacks.append(expected)
            else:
                places[Path(name)] = place
        if lacks:
            return {"lacks": lacks}
        order = RunOrder.from_json(request["order"]).moved(places)
        return _run(order, RunLimits(**request["limits"]), bool(request["keep"]), worker)
    except RunStopped as error:
        return {"stopped": error.message, "where": error.where, "worker": worker.address}
    except RunDied as error:
        return {"died": error.message, "where": error.where, "worker": worker.address}
    except SignalctlError as error:
        return {
            "failed": error.message,
            "where": error.where,
            "remedy": error.remedy,
            "is_input": isinstance(error, InputError),
            "worker": worker.address,
        }


def _run(order: RunOrder, limits: RunLimits, keep: bool, worker: Any) -> dict[str, Any]:
    key = worker.get_current_task()
    with tempfile.TemporaryDirectory(prefix="signalctl-kept-") as kept:
        outputs = Path(kept) if keep else None
        with RunProcess(order, limits=limits, keep_outputs=outputs) as run:
            while not run.is_over:
                if not _is_wanted(worker, key):
                    return {"cancelled": True}
                time.sleep(_LOOK_EVERY_S)
            answer = run.answer()
        return {
            "answer": answer.to_json(),
            "outputs": {
                file.name: zlib.compress(file.read_bytes(), level=1)
                for file in sorted(Path(kept).iterdir())
            },
        }


def _is_wanted(worker: Any, key: str) -> bool:
    """Whether anybody still waits for the task.

    Dask does not stop a running task, but the worker is told when its last client
    has cancelled it, left, or been lost; its state machine shows that.
    """
    task = worker.state.tasks.get(key)
    return worker.status.name == "running" and task is not None and task.state == "executing"
