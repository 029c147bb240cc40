"""A devices list for emulated controllers: one for each junction, on ports in a row."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from signalctl.controllers.device.ntcip1202.profile import Credentials
from signalctl.domain.errors import InputError
from signalctl.files.devices_file import DeviceList, check_devices
from signalctl.workflow.devices.credentials import credentials_of
from signalctl.workflow.source import open_source

SHIPPED_COMMUNITY: Final = "private"
"""The community with write access that SNMP devices are shipped with: no secret."""

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


def emulated_street(
    network: Path,
    protocol: str,
    junctions: Sequence[str] | None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    credentials: str = "",
    commissioned: Sequence[Path] = (),
    written_to: Path | None = None,
) -> DeviceList:
    """The list for these junctions of a network (None: all), fit to be written to a file.

    Paths are made relative to the file's folder. NTCIP controllers without credentials of
    the user's refer to a file of their own beside it (`emulated_credentials`). Raises
    InputError for junctions that there are not.
    """
    found = open_source(network).network
    wanted = list(found.junctions) if junctions is None else list(junctions)
    if not wanted:
        raise InputError("The network has no signal-controlled junction.", where=str(network))
    twice = sorted({j for j in wanted if wanted.count(j) > 1})
    if twice:
        raise InputError(f"Junction {twice[0]} is listed twice.", where="--junction")
    for junction in wanted:
        found.junction(junction)
    folder = (written_to.parent if written_to is not None else Path()).resolve()
    if protocol == "ntcip1202" and not credentials:
        stem = written_to.stem if written_to is not None else "emulated"
        credentials = f"file:{stem}.credentials.json"
    elif credentials.startswith("file:"):
        credentials = f"file:{_relative(Path(credentials[5:]).expanduser(), folder)}"
    listed = emulated_list(
        _relative(network, folder),
        protocol,
        wanted,
        host=host,
        port=port,
        credentials=credentials,
        commissioned=[str(_relative(plans, folder)) for plans in commissioned],
    )
    listed._source = written_to if written_to is not None else Path("devices.yaml")
    return listed


def emulated_credentials(devices: DeviceList, written_to: Path | None) -> Credentials | None:
    """What emulated NTCIP controllers let their centre in with when the user has not said it.

    The community that makers ship; with a devices file it is written beside it, for its
    owner alone, unless it is there already. None where the user's own credentials hold.
    """
    stem = written_to.stem if written_to is not None else "emulated"
    reference = f"file:{stem}.credentials.json"
    if not any(getattr(entry, "credentials", "") == reference for entry in devices.devices):
        return None
    if written_to is not None:
        path = written_to.parent / f"{stem}.credentials.json"
        if path.exists():
            return credentials_of(reference, written_to.parent, where=str(path))
        write_private(path, json.dumps({"community": SHIPPED_COMMUNITY}) + "\n")
    return Credentials(community=SHIPPED_COMMUNITY)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise InputError(f"Cannot write: {error.strerror}.", where=str(path)) from error


def _relative(path: Path, folder: Path) -> Path:
    return Path(os.path.relpath(path.resolve(), folder))
