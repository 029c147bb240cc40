"""Simulations that run on this machine, as the system's list of processes has them."""

from __future__ import annotations

from pathlib import Path

NURSERY = b"signalctl.sim.nursery"


def simulations() -> dict[int, int]:
    """Process ids of all simulations, each with that of the process it runs for."""
    nurseries = {pid: parent for pid in _processes() if (parent := _parent_in_nursery(pid))}
    return {pid: nurseries[parent] for pid, parent in nurseries.items() if parent in nurseries}


def folder_of(simulation: int) -> Path | None:
    """Where it leaves what it has to say; None when it is gone, or has not begun."""
    try:
        said = Path(f"/proc/{simulation}/fd/2").readlink()
    except OSError:
        return None
    return said.parent


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent_in_nursery(pid: int) -> int | None:
    """The parent of a nursery, or of one of its children; None for any other process."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    return int(status[1]) if NURSERY in command else None
