"""A devices list for emulated controllers: one for each junction, on ports in a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from signalctl.domain.errors import InputError
from signalctl.files.devices_file import DeviceList, check_devices

PROTOCOLS = ("ntcip1202", "gbt20999")
FIRST_PORTS = {"ntcip1202": 10161, "gbt20999": 20999}
MOST_PORT = 65_535


def emulated_list(
    network: Path,
    protocol: str,
    junctions: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    credentials: str = "",
    rules: str = "as-surveyed",
    commissioned: Sequence[str] = (),
    settings: dict[str, Any] | None = None,
) -> DeviceList:
    """A device with the junction's id for each junction, from `port` on; port 0 takes free ones.

    `settings` are further fields of every entry. Raises InputError for ports past the
    end and for ids that no device can have.
    """
    first = FIRST_PORTS[protocol] if port is None else port
    if first and first + len(junctions) - 1 > MOST_PORT:
        raise InputError(
            f"{len(junctions)} ports from {first} on do not exist.",
            where="--port",
            remedy="Begin at a lower port.",
        )
    shown = f"[{host}]" if ":" in host else host
    way = "udp://" if protocol == "gbt20999" else ""
    entries = []
    for number, junction in enumerate(junctions):
        entry: dict[str, Any] = {
            "id": device_id(junction),
            "junction": junction,
            "protocol": protocol,
            "address": f"{way}{shown}:{first + number if first else 0}",
            **(settings or {}),
        }
        if protocol == "ntcip1202":
            entry["credentials"] = credentials
        else:
            entry.setdefault("controller", number + 1)
        entries.append(entry)
    found = DeviceList.model_validate(
        {
            "schema": "signalctl/devices/1",
            "network": str(network),
            "rules": rules,
            "commissioned": list(commissioned),
            "devices": entries,
        }
    )
    check_devices(found)
    return found


def device_id(junction: str) -> str:
    """The junction's id with only the letters that a device's may have."""
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "_.:#-") else "-" for c in junction)
    return (letters if letters[:1].isalnum() else f"J{letters}")[:64]
