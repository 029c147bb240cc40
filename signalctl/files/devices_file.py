"""Devices files: which controller stands at which junction, and how it is spoken to.

A secret never stands in one: credentials are named, `env:NAME` or `file:PATH`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from signalctl.domain.errors import InputError
from signalctl.files.atomic import write_atomic
from signalctl.files.devices_schema import (
    DEVICES_SCHEMA,
    DeviceEntry,
    DeviceList,
    GbtEntry,
    NtcipEntry,
    devices_json_schema,
)
from signalctl.files.yaml_document import dump_yaml, line_of, read_yaml

__all__ = [
    "DEVICES_SCHEMA",
    "DeviceEntry",
    "DeviceList",
    "GbtEntry",
    "NtcipEntry",
    "check_devices",
    "devices_json_schema",
    "dump_devices",
    "read_devices",
    "write_devices",
]

REFERENCES: Final = ("env:", "file:")
_SECRETS: Final = frozenset(
    {
        "community",
        "password",
        "passphrase",
        "secret",
        "key",
        "user",
        "authentication_key",
        "privacy_key",
        "read_community",
        "write_community",
    }
)
_REMEDY: Final = "See docs/devices.md for the fields."
_SENTENCES: Final = {
    "extra_forbidden": "is no field of a device",
    "missing": "is missing",
    "union_tag_invalid": "must be ntcip1202 or gbt20999",
    "union_tag_not_found": "is missing",
}
"""pydantic's error types in our words."""


def read_devices(path: Path) -> DeviceList:
    """The devices of a file. Raises InputError with file, line and field, secrets unquoted."""
    document = read_yaml(path, DEVICES_SCHEMA)
    _refuse_secrets(path, document)
    try:
        found = DeviceList.model_validate(_plain(document))
    except ValidationError as error:
        raise _sentence(path, document, error) from None
    found._source = path
    for number, entry in enumerate(found.devices):
        entry._line = line_of(document, ("devices", number))
    check_devices(found)
    return found


def check_devices(devices: DeviceList) -> None:
    """Raises InputError where two entries contradict each other: ids, junctions, addresses."""
    ids: dict[str, DeviceEntry] = {}
    junctions: dict[str, DeviceEntry] = {}
    addresses: dict[tuple[object, ...], DeviceEntry] = {}
    sockets: dict[tuple[object, ...], DeviceEntry] = {}
    for entry in devices.devices:
        other = ids.setdefault(entry.id, entry)
        if other is not entry:
            raise _twice(devices, entry, other, f"Two devices are called {entry.id}.")
        other = junctions.setdefault(entry.junction, entry)
        if other is not entry:
            raise _twice(
                devices, entry, other, f"Junction {entry.junction} has two devices: {other.id} too."
            )
        if entry.port == 0:
            continue
        socket = (entry.way == "udp", entry.host, entry.port)
        other = sockets.setdefault(socket, entry)
        if other.protocol != entry.protocol:
            raise _twice(
                devices,
                entry,
                other,
                f"{entry.id} and {other.id} share the address {entry.address}, but not a protocol.",
            )
        numbers = (entry.controller, entry.junction_number) if isinstance(entry, GbtEntry) else ()
        other = addresses.setdefault((*socket, *numbers), entry)
        if other is not entry:
            numbered = " with the same controller and junction number" if numbers else ""
            raise _twice(
                devices,
                entry,
                other,
                f"{entry.id} and {other.id} share the address {entry.address}{numbered}.",
            )


def write_devices(path: Path, devices: DeviceList, comment: str = "") -> None:
    """Write a devices file whole or not at all; `comment` leads it."""
    write_atomic(path, dump_devices(devices, comment))


def dump_devices(devices: DeviceList, comment: str = "") -> str:
    """The text of a devices file: what is not said in it has its default."""
    document: dict[str, Any] = {
        "schema": DEVICES_SCHEMA,
        "network": devices.network,
        "rules": devices.rules,
        "approval": devices.approval,
    }
    if devices.commissioned:
        document["commissioned"] = list(devices.commissioned)
    document["devices"] = [_entry_document(entry) for entry in devices.devices]
    return dump_yaml(document, comment)


def _entry_document(entry: DeviceEntry) -> dict[str, Any]:
    said = entry.model_dump(mode="json", exclude_defaults=True)
    first = {"id": entry.id, "junction": entry.junction, "protocol": entry.protocol}
    return first | {"address": entry.address} | said


def _twice(devices: DeviceList, entry: DeviceEntry, other: DeviceEntry, message: str) -> InputError:
    where = f"{devices.source}:{entry.line}" if devices.source is not None else "devices"
    first = f" The first one is in line {other.line}." if other.line else ""
    return InputError(message, where=where, remedy=f"Change one of them.{first}")


def _refuse_secrets(path: Path, document: Mapping[str, Any]) -> None:
    """What looks like a secret is refused before anything could print it."""
    entries = document.get("devices")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, Mapping):
            continue
        named = entry.get("credentials")
        clear = [key for key in entry if str(key).lower() in _SECRETS]
        if named is not None and not (isinstance(named, str) and named.startswith(REFERENCES)):
            clear.append("credentials")
        if clear:
            raise InputError(
                f"device {entry.get('id', number + 1)}: {clear[0]} is written in clear; secrets "
                "never stand in a devices file.",
                where=f"{path}:{line_of(document, ('devices', number, clear[0]))}",
                remedy="Write credentials: env:NAME or credentials: file:PATH, and change the "
                "secret: it has been in a file.",
            )


def _sentence(path: Path, document: Mapping[str, Any], error: ValidationError) -> InputError:
    """The first thing wrong, with its line; the value itself is not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    more = error.error_count() - 1
    keys = [key for key in first["loc"] if key not in ("ntcip1202", "gbt20999")]
    device, fields = "", keys
    if len(keys) >= 2 and keys[0] == "devices" and isinstance(keys[1], int):
        entry = document["devices"][keys[1]]
        name = entry.get("id") if isinstance(entry, Mapping) else None
        device = f"device {name or keys[1] + 1}: "
        fields = keys[2:]
    field = ".".join(str(key) for key in fields)
    if first["type"].startswith("union_tag"):
        field = "protocol"
    said = _SENTENCES.get(first["type"])
    if said is None:
        said = first["msg"].removeprefix("Value error, ")
        field = field and f"{field}:"
    counted = f" ({more} more like this)" if more else ""
    return InputError(
        f"{device}{field} {said}.".replace("  ", " ") + counted,
        where=f"{path}:{line_of(document, keys)}",
        remedy=_REMEDY,
    )


def _plain(value: Any) -> Any:
    """The document without ruamel's own types, which pydantic's strict numbers refuse."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
