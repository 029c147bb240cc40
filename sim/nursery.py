"""The process whose children are simulations: `python -m signalctl.sim.nursery FD`.

Loading libsumo takes most of a second, more than a small network takes to simulate; and a
run must have a process of its own (`signalctl.sim.worker`). So one process loads it and
forks for every run, and for every other question to SUMO. It simulates nothing itself. `FD`
is its end of a socket: each message that comes there names a module and a folder, and brings
the socket by which the child is followed (`signalctl.sim.nursling`). When who asks is gone,
so are the children and this process.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import libsumo  # noqa: F401 - loaded once, for all that are forked

import signalctl.sim.worker  # noqa: F401 - as above
from signalctl.sim.nursling import STDERR

MOST_BYTES: Final = 65_536
"""A message is shorter."""


class Nursery:
    """Forks children as it is asked to, tells what became of them, ends those nobody follows."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._follower: dict[int, socket.socket] = {}
        """Of each child that has not ended, by process id."""
        self._looked_at: Final = selectors.DefaultSelector()
        self._looked_at.register(control, selectors.EVENT_READ)
        # A child's end wakes the selector.
        wakes, woken = socket.socketpair()
        for end in (wakes, woken):
            end.setblocking(False)
        self._woken = woken
        self._wakes = wakes
        self._looked_at.register(woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Until who asks is gone."""
        while True:
            for key, _ in self._looked_at.select():
                if key.fileobj is self._control:
                    if not self._begin():
                        self._end_all()
                        return
                elif key.fileobj is self._woken:
                    with suppress(BlockingIOError):
                        self._woken.recv(MOST_BYTES)
                elif key.data in self._follower:
                    # It says stop, or nobody is there any more.
                    with suppress(OSError):
                        self._follower[key.data].recv(MOST_BYTES)
                    self._kill(key.data)
            self._bury()

    def _begin(self) -> bool:
        """Begin the child that is asked for; False when nobody asks any more."""
        try:
            message, handles, _, _ = socket.recv_fds(self._control, MOST_BYTES, 2)
        except OSError:
            return False
        if not message:
            return False
        follower = socket.socket(fileno=handles[0])
        others = handles[1:]
        try:
            pid = os.fork()
        except OSError:
            # No memory or no process is left: its socket's end tells who asked.
            pid = None
        if pid == 0:
            follower.close()
            self._close()
            _run(json.loads(message), others)
        for handle in others:
            os.close(handle)
        if pid is None:
            follower.close()
        else:
            self._follower[pid] = follower
            self._looked_at.register(follower, selectors.EVENT_READ, pid)
        return True

    def _bury(self) -> None:
        """Tell of every child that has ended how it did."""
        while self._follower:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            follower = self._follower.pop(pid)
            self._looked_at.unregister(follower)
            # Who has turned away need not be told.
            with suppress(OSError):
                follower.send(str(os.waitstatus_to_exitcode(status)).encode())
            follower.close()

    def _kill(self, pid: int) -> None:
        """End a child now, with anything it started; it has not been waited for, so it is it."""
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        # Before it has a group of its own.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self._follower:
            self._kill(pid)

    def _close(self) -> None:
        """In a child: what is the parent's alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._looked_at.close()
        for end in (self._control, self._woken, self._wakes, *self._follower.values()):
            end.close()


def _run(asked: Mapping[str, str], handles: Sequence[int]) -> NoReturn:
    """The child's whole life: `main(folder, *handles)` of a module."""
    status: int | None = 1
    try:
        os.setsid()
        folder = Path(asked["folder"])
        errors = os.open(folder / STDERR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(errors, 2)
        status = import_module(asked["module"]).main(folder, *handles)
    except BaseException:  # noqa: BLE001 - told where its last words are read, then it ends
        traceback.print_exc()
    finally:
        # Whatever happens, no child may go on as the nursery.
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status or 0)


def main() -> None:
    """Serve the socket whose number is the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    # What is loaded stays: no collection in a child should touch, and so copy, its pages.
    gc.collect()
    gc.freeze()
    nursery = Nursery(control)
    nursery.serve()


if __name__ == "__main__":
    main()
