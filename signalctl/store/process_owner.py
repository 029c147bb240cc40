"""Who holds a lease: one process of one host, told from a later one with the same number.

    push 7f3a by process 4711 on centre-2 (started 1839204, system 0f6c…/4026531836)

Linux tells when a process started (ticks since the system did), which start of the
system that is, and in which world of process numbers (a container has its own). Only
where all three can be compared is an owner ever called dead; else its lease ends by time.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_OWNER: Final = re.compile(
    r"(?P<task>.*) by process (?P<pid>\d+) on (?P<host>\S+)"
    r"(?: \(started (?P<started>\d+), system (?P<system>\S+)\))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOwner:
    """A task of a process; its text is what `Leases` takes as owner."""

    task: str
    pid: int
    host: str
    started: int | None
    """Clock ticks from the start of the system to that of the process; None where unknown."""
    system: str | None
    """Start of the system and world of process numbers; None where unknown."""

    def __str__(self) -> str:
        known = (
            ""
            if self.started is None or self.system is None
            else f" (started {self.started}, system {self.system})"
        )
        return f"{self.brief}{known}"

    @property
    def brief(self) -> str:
        """What a person wants to know of it."""
        return f"{self.task} by process {self.pid} on {self.host}"

    @classmethod
    def of_text(cls, text: str) -> Self | None:
        """The owner of a text; None for an owner that is no process."""
        found = _OWNER.fullmatch(text)
        if found is None:
            return None
        started = found["started"]
        return cls(
            task=found["task"],
            pid=int(found["pid"]),
            host=found["host"],
            started=None if started is None else int(started),
            system=found["system"],
        )

    def is_dead(self) -> bool:
        """Whether the process is known to have ended; False where that cannot be known."""
        if self.started is None or self.system is None or self.system != _system():
            return False
        # The number of an ended process may be another's by now, which started later.
        return _started(self.pid) != self.started


def this_process(task: str) -> str:
    """The owner text of a task of this process, such as `push 7f3a`: one text for each task."""
    pid = os.getpid()
    return str(
        ProcessOwner(
            task=task,
            pid=pid,
            host=re.sub(r"\s", "-", socket.gethostname()) or "unknown-host",
            started=_started(pid),
            system=_system(),
        )
    )


def _started(pid: int) -> int | None:
    """Start of a process in ticks, None when there is none or it ended and was not yet reaped."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # proc(5): the command in brackets may hold anything, so count from the last bracket;
    # state is field 3 and starttime field 22.
    fields = stat[stat.rfind(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _system() -> str | None:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return None
