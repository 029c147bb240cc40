"""The journal of pushes, telling whoever listens of every note once it is on the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from signalctl.domain.errors import InputError
from signalctl.domain.push import Push, PushState, Step
from signalctl.store.database import Database
from signalctl.store.journal import Journal


class ToldJournal(Journal):
    """A journal that calls `told` with the id of a push after every change of it."""

    def __init__(self, database: Database, told: Callable[[str], None]) -> None:
        super().__init__(database)
        self._told = told

    def find(self, push_id: str) -> Push | None:
        """A push as it stands, None for an unknown id."""
        try:
            return self.read(push_id)
        except InputError:
            return None

    def begin(self, push: Push) -> None:
        """See Journal."""
        super().begin(push)
        self._told(push.id)

    def note(self, push_id: str, device_id: str, step: Step, **noted: Any) -> None:
        """See Journal."""
        super().note(push_id, device_id, step, **noted)
        self._told(push_id)

    def end(self, push_id: str, state: PushState, **noted: Any) -> None:
        """See Journal."""
        super().end(push_id, state, **noted)
        self._told(push_id)
