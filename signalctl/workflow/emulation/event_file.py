"""High-resolution events of a street as one growing table that signal performance tools read."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from signalctl.controllers.device.emulator.events import HEADER, csv_of
from signalctl.domain.errors import InputError
from signalctl.workflow.emulation.street import Street


class EventFile:
    """Appends each second's events of all controllers; whole lines, flushed each second."""

    def __init__(self, path: Path, street: Street) -> None:
        self._path: Final = path
        self._street: Final = street
        self._told: Final[dict[str, int]] = {}
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Begin the file anew. Raises InputError for a place that cannot be written."""
        try:
            self._file = self._path.open("w", encoding="utf-8", newline="\n")
            self._file.write(HEADER + "\n")
        except OSError as error:
            raise InputError(
                f"Cannot write: {error.strerror}.", where=str(self._path), remedy="--events FILE."
            ) from error
        self._street.on_second.append(self.note)
        self.note(self._street.now_s)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left."""
        self._street.on_second.remove(self.note)
        if self._file is not None:
            self._file.close()
            self._file = None

    def note(self, _second: int) -> None:
        """Write the events that are new."""
        if self._file is None:
            return
        for device_id, controller in self._street.controllers.items():
            events = controller.log.since(self._told.get(device_id, 0))
            if events:
                self._told[device_id] = events[-1].number
                self._file.write(csv_of(events, device_id).split("\n", 1)[1])
        self._file.flush()
