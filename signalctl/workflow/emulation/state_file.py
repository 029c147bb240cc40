"""The memory of emulated controllers in a file: what outlasts a loss of power.

What a controller holds follows from its objects, so only these are written; a slot
whose writing was cut is written as such. JSON, whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Final

from signalctl.controllers.device.emulator.memory import TORN, Kept
from signalctl.controllers.device.gbt20999.agent_memory import KEPT_CLASSES
from signalctl.controllers.device.gbt20999.dictionary import entry_of
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.domain.errors import InputError, Refused
from signalctl.files.atomic import write_atomic
from signalctl.workflow.emulation.bodies import Body, GbtBody

STATE_SCHEMA: Final = "signalctl/emulated-memory/1"
MOST_BYTES: Final = 256 * 1024 * 1024
_GBT: Final = "gbt"


class StateFile:
    """The memory of all controllers of a street, in one file."""

    def __init__(self, path: Path, bodies: Mapping[str, Body]) -> None:
        self._path: Final = path
        self._bodies: Final = bodies
        self._saved: dict[str, object] = {}
        self._found: Final = _read(path)

    def restore(self) -> None:
        """Fill the controllers' memory from the file, if there is one.

        A device that the file does not know starts as new. Raises InputError, naming the
        device, for a file that is none of ours.
        """
        for device_id, held in self._found.items():
            body = self._bodies.get(device_id)
            if body is None:
                continue
            where = f"{self._path}: device {device_id}"
            if not isinstance(held, dict) or held.get("protocol") != body.entry.protocol:
                raise InputError(
                    "The kept memory is of another protocol.",
                    where=where,
                    remedy="Give another --state file, or remove this one.",
                )
            try:
                _fill(body, held)
            except (KeyError, ValueError, TypeError, IndexError, Refused) as error:
                raise InputError("The kept memory cannot be read.", where=where) from error
            body.runs = f"goes on from {self._path}"

    def restore_clocks(self, now_s: int) -> None:
        """Set the clocks of restored controllers as wrong as they were; the clock ran on."""
        for device_id, held in self._found.items():
            body = self._bodies.get(device_id)
            if body is not None and held.get("clock_error_s"):
                body.controller.set_clock(now_s + int(held["clock_error_s"]))

    def save(self, now_s: int) -> None:
        """Write the file if anything changed."""
        marks = {device_id: _mark(body) for device_id, body in self._bodies.items()}
        if marks == self._saved:
            return
        document = {
            "schema": STATE_SCHEMA,
            "devices": {
                **{k: v for k, v in self._found.items() if k not in self._bodies},
                **{device_id: _document(body, now_s) for device_id, body in self._bodies.items()},
            },
        }
        write_atomic(self._path, json.dumps(document, separators=(",", ":")) + "\n")
        self._saved = dict(marks)


def _mark(body: Body) -> tuple[int, ...]:
    controller = body.controller
    return controller.memory.version, controller.utc_offset_s, controller.backup_s


def _document(body: Body, now_s: int) -> dict[str, Any]:
    controller = body.controller
    memory = controller.memory
    return {
        "protocol": body.entry.protocol,
        "utc_offset_s": controller.utc_offset_s,
        "backup_s": controller.backup_s,
        "clock_error_s": controller.clock_s - now_s,
        "torn": [slot for slot in memory.slots if memory.held(slot) is TORN],
        "objects": [[_key(key), *_value(value)] for key, value in memory.objects.items()],
    }


def _key(key: Hashable) -> list[int | str]:
    if not isinstance(key, tuple):
        raise TypeError(key)
    return list(key)


def _value(value: Kept) -> tuple[str, Any]:
    if isinstance(value, bytes):
        return "octets", value.hex()
    if isinstance(value, tuple):
        return "numbers", list(value)
    return ("text" if isinstance(value, str) else "number"), value


def _kept(kind: str, value: Any) -> Kept:
    if kind == "octets":
        return bytes.fromhex(value)
    if kind == "numbers":
        return tuple(int(item) for item in value)
    return str(value) if kind == "text" else int(value)


def _fill(body: Body, held: Mapping[str, Any]) -> None:
    controller = body.controller
    objects = {tuple(key): _kept(kind, value) for key, kind, value in held["objects"]}
    rows: dict[tuple[int, int], list[tuple[Any, bytes]]] = {}
    for key, value in objects.items():
        if isinstance(body, GbtBody) and key[0] == _GBT and key[1] in KEPT_CLASSES:
            id_ = item_id(*key[1:])
            data = entry_of(id_).encode(value) if isinstance(value, int) else value
            if not isinstance(data, bytes):
                raise TypeError(key)
            rows.setdefault((key[1], key[4]), []).append((id_, data))
        else:
            controller.memory.keep(key, value)
    if isinstance(body, GbtBody):
        agent = body.objects()
        for row in rows.values():
            agent.write(row)
    for slot in held["torn"]:
        controller.memory.write_slot(int(slot), TORN)
    controller.set_utc_offset(int(held["utc_offset_s"]))
    controller.set_backup(int(held["backup_s"]))


def _read(path: Path) -> dict[str, Any]:
    """The devices of a state file, none where there is no file yet."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("The file is too large for kept memory.", where=str(path))
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"Cannot read: {error.strerror}.", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            "This is no kept memory of emulated controllers.", where=str(path)
        ) from error
    devices = document.get("devices") if isinstance(document, dict) else None
    if not isinstance(devices, dict) or document.get("schema") != STATE_SCHEMA:
        raise InputError("This is no kept memory of emulated controllers.", where=str(path))
    return devices
