"""What a strategy sees and says: an observation in, a request out, once a second.

A strategy knows one junction (its site) and what its detectors report; it knows no
simulator and moves no lamp. What it requests reaches the lamps only through the
guard (signalctl.rules.guard), which may delay or refuse it, so a strategy looks at
what is shown and never trusts that its last request came true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction

State = FrozenMap[str, Aspect]
"""What each group of a junction shows: group id -> aspect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A way through the junction: whose lamps rule it, and its lanes before and after."""

    group: str
    entry: str
    exit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a strategy knows of its junction beforehand.

    `states` are the steady states of the junction's own program, in its order: the
    ways to show green that somebody has answered for.
    """

    junction: Junction
    passages: tuple[Passage, ...]
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class LaneCount:
    """Vehicles (on a walking area: people) on the watched stretch of a lane, and
    how many of them stand."""

    present: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is known of a junction in one second.

    `second` is the whole second now beginning, on any clock that counts on; `shown`
    what the lamps showed in the one before; `entries` and `exits` what is on the
    lanes of the site's passages, up to the stop line and beyond the junction.
    """

    second: int
    shown: Mapping[str, Aspect]
    entries: Mapping[str, LaneCount]
    exits: Mapping[str, LaneCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a strategy wants shown, and why, in words for people.

    It names the state to reach; amber, red-amber and intergreens on the way there
    are the guard's to make.
    """

    aspects: State
    reason: str


class Strategy(Protocol):
    """Decides for one junction. It may remember; give it every second, in order."""

    def step(self, observation: Observation) -> Request:
        """The request for the second now beginning."""
        ...
