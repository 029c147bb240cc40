"""What a push tells while it goes on: one word for each deed, one line for each change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from signalctl.domain.push import Step


class Deed(StrEnum):
    """What is being done to a device; several deeds may lie in one noted step."""

    SNAPSHOT = "snapshot"
    WRITE = "write"
    READ_BACK = "read back"
    CHECK = "check"
    """Looked at once more, before the first device of the push is activated."""
    ACTIVATE = "activate"
    WATCH = "watch"
    UNDO = "undo"
    RECOVER = "recover"
    """Read by a later process, which decides from what it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A device comes to a deed, or to a step; told after it was noted, before it is done."""

    device_id: str
    junction_id: str
    step: Step
    deed: Deed | None = None
    """The deed that begins now; None when a step is reached."""
    message: str = ""


Report = Callable[[Moved], None]
"""Is told of every move, in the order in which they happen."""


def silent(_: Moved) -> None:
    """Tells nobody."""
