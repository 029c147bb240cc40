"""A process that asks SUMO, as its asker sees it: begun in the nursery, followed, ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from signalctl.domain.errors import SimulationError
from signalctl.sim.sumo_options import sumo_environment

STDERR: Final = "stderr.txt"
"""File in the folder with what SUMO and Python say on the way."""
MOST_BYTES: Final = 64
LOST: Final = -1
"""Status of a process whose end nobody could tell, because the nursery itself has ended."""
_STOP: Final = b"stop"
_TRIES: Final = 2


class Nursling:
    """A process in which a module's `main(folder)` runs, with libsumo loaded."""

    def __init__(self, module: str, folder: Path, *handles: int) -> None:
        """Begin it. `handles` are file descriptors that it gets as further arguments.

        Raises SimulationError when no process can be started.
        """
        self._status: int | None = None
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = json.dumps({"module": module, "folder": str(folder.absolute())})
        try:
            with theirs:
                _NURSERY.ask(asked.encode(), [theirs.fileno(), *handles])
        except BaseException:
            self._socket.close()
            raise

    def poll(self) -> int | None:
        """Its exit status, -n when signal n ended it; None while it runs."""
        if self._status is None:
            with suppress(BlockingIOError):
                self._hear(socket.MSG_DONTWAIT)
        return self._status

    def wait(self, timeout_s: float | None = None) -> int:
        """Its exit status, once it has ended. Raises TimeoutError when that takes longer."""
        if self._status is None:
            self._socket.settimeout(timeout_s)
            self._hear()
        assert self._status is not None
        return self._status

    def stop(self) -> None:
        """End it now, if it still runs, with anything it started."""
        if self._status is None:
            # It may end at this moment by itself.
            with suppress(OSError):
                self._socket.send(_STOP)
            self.wait()

    def _hear(self, flags: int = 0) -> None:
        try:
            told = self._socket.recv(MOST_BYTES, flags).decode()
        except ConnectionError:
            told = ""
        self._status = int(told) if told else LOST
        self._socket.close()


class _Nursery:
    """This process's nursery, started when the first run is asked for, and again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._of = 0

    def ask(self, message: bytes, handles: list[int]) -> None:
        """Send a message with file descriptors."""
        with self._lock:
            if self._of != os.getpid():
                # A fork has it from its parent, whose it stays.
                self._control = self._process = None
            for _ in range(_TRIES):
                if self._control is None:
                    self._start()
                assert self._control is not None
                try:
                    socket.send_fds(self._control, [message], handles)
                except OSError:
                    self._control.close()
                    self._control = None
                else:
                    return
        raise SimulationError(
            "The process that begins simulations ends as soon as it is started.",
            remedy="Reinstall the packages libsumo and sumo.",
        )

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # numpy, which libsumo loads, would start threads that no fork has.
            environment = {**sumo_environment(dict(os.environ)), "OPENBLAS_NUM_THREADS": "1"}
            if self._process is not None:
                self._process.wait()
            self._process = subprocess.Popen(  # noqa: S603 - our own module, a number
                [sys.executable, "-m", "signalctl.sim.nursery", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=(theirs.fileno(),),
                # Ctrl-C at the terminal reaches us alone; we end the runs.
                start_new_session=True,
            )
        self._control, self._of = ours, os.getpid()


_NURSERY: Final = _Nursery()
