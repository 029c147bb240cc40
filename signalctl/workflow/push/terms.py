"""How long a push waits, how often it looks, and how many devices it drives at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from signalctl.domain.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The patience of a push; all times in seconds of the machine's clock.

    `readings` consecutive readings, `poll_s` apart, show that a device truly runs a
    plan; within `watch_s` of its activation they must have come. `look_s` is how long
    a device that went silent in the middle of a deed is asked again before the push is
    given up, `undo_s` how long undoing one device is tried. Silent devices are asked
    again after `wait_s`, doubled each time up to `longest_wait_s`. An unended push is
    finished by a later process only within `finish_s` of its beginning; an older one
    is undone.
    """

    at_once: int = 20
    readings: int = 3
    poll_s: float = 1.0
    watch_s: float = 300.0
    look_s: float = 60.0
    undo_s: float = 120.0
    wait_s: float = 1.0
    longest_wait_s: float = 15.0
    finish_s: float = 3600.0

    def __post_init__(self) -> None:
        positive = (self.poll_s, self.watch_s, self.wait_s, self.longest_wait_s)
        if min(positive) <= 0 or min(self.look_s, self.undo_s, self.finish_s) < 0:
            raise InputError(
                "A push needs time: every wait is more than 0 s.",
                where="--watch",
                remedy="Give the seconds in which a device must run its plan, such as 300.",
            )
        if self.at_once < 1 or self.readings < 1:
            raise InputError("At least one device at once and one reading are needed.")

    @property
    def lease(self) -> timedelta:
        """How long a lease on a device is asked for; it is renewed three times within."""
        return timedelta(seconds=90)
