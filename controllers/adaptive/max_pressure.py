"""Max-pressure: serve the state whose green relieves most.

The pressure of a passage is what stands before it less what stands behind it, within
the reach of the detectors; that of a state is the sum over the passages it makes
green. Source: Varaiya (2013), Max pressure control of a network of signalized
intersections, Transportation Research C 36, eq. 5-7, with counts of vehicles present
for queues and equal saturation flows.

Two orders. *Acyclic*, as in the paper: any state may follow any other. *Cyclic*: the
program's order is kept; when another state has more pressure, the next one in the
order that anybody waits for follows. A state is kept for `decision_s` before it is
judged again. Nobody waits for ever: a group that was red for `longest_wait_s` while
somebody stands there is served next, by the state of most pressure that does so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.adaptive.strategy import Observation, Passage, Request, Site, State
from signalctl.domain.aspect import GREENS
from signalctl.domain.errors import InputError

_PATIENCE_S: Final = 30
"""A state that the guard does not let through in this time is judged as if it were
shown: longer than any amber and intergreen together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPressureSettings:
    """Least time of a state, longest wait of anybody standing, and the order of states."""

    decision_s: int = 10
    longest_wait_s: int = 120
    cyclic: bool = False

    def __post_init__(self) -> None:
        if self.decision_s < 1 or self.longest_wait_s < self.decision_s:
            raise InputError(
                f"Decisions every {self.decision_s} s and waits up to {self.longest_wait_s} s "
                "do not go together.",
                remedy="Decide every second or less often, and at least once in a longest wait.",
            )


class MaxPressure:
    """Max-pressure at one junction."""

    def __init__(self, site: Site, settings: MaxPressureSettings) -> None:
        """Raises InputError for a site without any state."""
        if not site.states:
            raise InputError(
                "There is no state to choose from.", where=f"junction {site.junction.id}"
            )
        self._states: Final = site.states
        self._served: Final = tuple(_served(state, site.passages) for state in site.states)
        self._settings: Final = settings
        self._present = 0
        self._asked_at: int | None = None
        self._reached_at: int | None = None
        self._last_green: Final[dict[str, int]] = {}
        self._reason = "It is the first state."

    def step(self, observation: Observation) -> Request:
        """Stay, or ask for another state once the present one had its time."""
        now = observation.second
        if self._asked_at is None:
            self._asked_at = now
            self._last_green.update(dict.fromkeys(observation.shown, now))
        for group, aspect in observation.shown.items():
            if aspect in GREENS:
                self._last_green[group] = now
        if self._reached_at is None and self._is_reached(observation):
            self._reached_at = now - 1
        if self._reached_at is not None and now - self._reached_at >= self._settings.decision_s:
            self._decide(observation)
        return Request(aspects=self._states[self._present], reason=self._reason)

    def _is_reached(self, observation: Observation) -> bool:
        wanted = self._states[self._present]
        assert self._asked_at is not None
        late = observation.second - self._asked_at >= _PATIENCE_S
        return late or all(
            observation.shown[group] is aspect
            for group, aspect in wanted.items()
            if aspect in GREENS
        )

    def _decide(self, observation: Observation) -> None:
        now = observation.second
        pressures = [_pressure(served, observation) for served in self._served]
        best = max(range(len(pressures)), key=lambda n: (pressures[n], n == self._present, -n))
        chosen, reason = best, f"Pressure {pressures[best]}, the highest."
        if self._settings.cyclic and best != self._present:
            chosen = self._next_waited_for(observation, best)
            reason = f"Next in order that anybody waits for; pressure {pressures[chosen]}."
        overdue = self._overdue(observation)
        if overdue is not None:
            chosen, reason = overdue
        self._reason = reason
        if chosen == self._present:
            self._reached_at = now
            return
        self._present, self._asked_at, self._reached_at = chosen, now, None

    def _next_waited_for(self, observation: Observation, best: int) -> int:
        count = len(self._states)
        for step in range(1, count):
            state = (self._present + step) % count
            if state == best or self._relieves(state, observation):
                return state
        return best

    def _relieves(self, state: int, observation: Observation) -> bool:
        """Whether the state would give green to somebody standing at red."""
        return any(
            observation.shown[passage.group] not in GREENS
            and observation.entries[passage.entry].waiting
            for passage in self._served[state]
        )

    def _overdue(self, observation: Observation) -> tuple[int, str] | None:
        """The state with most pressure among those that serve who stands longest, if too long."""
        red_s = {
            passage.group: observation.second - self._last_green[passage.group]
            for served in self._served
            for passage in served
            if observation.entries[passage.entry].waiting
        }
        group = max(red_s, key=lambda g: (red_s[g], g), default=None)
        if group is None or red_s[group] < self._settings.longest_wait_s:
            return None
        serving = [n for n, state in enumerate(self._states) if state[group] in GREENS]
        chosen = max(serving, key=lambda n: (_pressure(self._served[n], observation), -n))
        return chosen, f"{group} has been red for {red_s[group]} s, and somebody stands there."


def _served(state: State, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    return tuple(passage for passage in passages if state[passage.group] in GREENS)


def _pressure(served: Sequence[Passage], observation: Observation) -> int:
    return sum(
        observation.entries[passage.entry].present - observation.exits[passage.exit].present
        for passage in served
    )
