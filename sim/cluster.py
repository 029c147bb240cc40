"""A Dask cluster to run experiments on: connected to, checked, and let go.

Whoever may submit to a Dask scheduler may run any code on its workers: use it
within a network you trust, or with TLS (tls://, certificates by Dask's own
configuration).
"""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import InputError, SimulationError
from signalctl.sim.cluster_place import ClusterPlace, wrong_release
from signalctl.sim.cluster_task import difference, releases
from signalctl.sim.run import Prepared
from signalctl.sim.run_limits import RunLimits

LOCAL: Final = "local"
"""Instead of an address: a cluster of this machine, for as long as it is needed."""
ANSWER_S: Final = 10
"""How long a scheduler may take to answer, and its first worker to show up."""
_ADDRESS: Final = re.compile(
    r"(?:(?:tcp|tls|ws|wss)://)?(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})"
)


_LAST_PORT: Final = 65535


class Cluster:
    """A connection to a scheduler whose workers have our releases."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def place(
        self, ready: Prepared, jobs: int | None, limits: RunLimits, keep_outputs: Path | None
    ) -> ClusterPlace:
        """A place for attempts of one scenario, at most `jobs` at a time."""
        return ClusterPlace(self._client, self.name, ready, jobs, limits, keep_outputs)

    def check(self) -> None:
        """Raises SimulationError when there is no worker, or one of another release."""
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError as error:
            raise SimulationError(
                f"The Dask scheduler at {self.name} has no worker.",
                remedy=f"Start one: dask worker {self.name}",
            ) from error
        here = releases()
        for worker, there in sorted(self._client.run(releases, on_error="return").items()):
            if not isinstance(there, dict):
                raise SimulationError(
                    f"Worker {worker} of {self.name} cannot load signalctl: {there}.",
                    remedy=f"Install signalctl {here['signalctl']} there.",
                )
            if differs := difference(here, there):
                raise wrong_release(worker, differs)


@contextmanager
def connected(address: str, jobs: int | None = None) -> Iterator[Cluster]:
    """A connection to the scheduler at `address`, or to a cluster of our own (`local`).

    A local cluster has `jobs` workers (default: one a core) and ends with the
    block. Raises InputError for something that is no address, SimulationError when
    nobody answers there, no worker is there, or one is of another release.
    """
    if address != LOCAL:
        with _quiet_dask(), _client(address) as client:
            cluster = Cluster(client, address)
            cluster.check()
            yield cluster
        return
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        with _deaf_to_interrupts():
            own = stack.enter_context(
                LocalCluster(
                    n_workers=jobs or os.cpu_count() or 1,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    # The simulations are processes of their own: nothing grows in a worker.
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                )
            )
            client = stack.enter_context(Client(own, set_as_default=False))
        yield Cluster(client, LOCAL)


@contextmanager
def _quiet_dask() -> Iterator[None]:
    """Dask's own log is silent in this block: what matters is raised as one sentence."""
    # Its loggers exist, each with a level of its own, once it is imported.
    import distributed  # noqa: F401

    names = sorted(n for n in logging.root.manager.loggerDict if n.startswith("distributed"))
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Threads and processes begun in this block never hear of Ctrl-C, which is for us alone.

    A Ctrl-C meanwhile waits for the block's end.
    """
    # Started later, it would open the ears of the thread that starts it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _client(address: str) -> Any:
    """A client of the scheduler at an address."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or int(parts["port"]) > _LAST_PORT:
        raise InputError(
            f"{address!r} is no address of a Dask scheduler.",
            where="--cluster",
            remedy="Write tcp://HOST:PORT, or local.",
        )
    from distributed import Client

    try:
        # Dask knocks for its whole patience where nobody listens: knock once first.
        place = (parts["host"].strip("[]"), int(parts["port"]))
        socket.create_connection(place, timeout=ANSWER_S).close()
        return Client(address, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no answer in time"
        raise SimulationError(
            f"No Dask scheduler answers at {address} ({reason}).",
            remedy="Start one with `dask scheduler`, or correct --cluster.",
        ) from error
