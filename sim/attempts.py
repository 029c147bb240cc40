"""Runs until each has its record or has failed for good: one way here and on a cluster.

A `Place` executes attempts; what an attempt means is decided here. A run counts
once: an attempt that ends after its run was settled is ignored.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from signalctl.domain.errors import InputError, SignalctlError, SimulationError
from signalctl.sim.run_process import Answer, RunDied, RunStopped
from signalctl.sim.variants import Variant

_LOOK_EVERY_S: Final = 0.1
_MAX_NAMED: Final = 10
"""Failures named in full in one message."""


class Cancelled(SimulationError):
    """The experiment was cancelled; every run was ended and nothing half-written left."""

    code = "cancelled"


def _unbounded() -> None:
    """No run is given up unless somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run to be made.

    `stop_above_vehicle_s` is asked when it begins: see `RunOrder`.
    """

    variant: Variant
    seed: int
    stop_above_vehicle_s: Callable[[], float | None] = _unbounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt that is over: with an answer, or with what went wrong."""

    task: Task
    answer: Answer | None = None
    error: SignalctlError | None = None


class Place(Protocol):
    """Where attempts are executed. Whoever opened it closes it, which ends all of them."""

    @property
    def room(self) -> int:
        """How many more attempts it takes now."""

    def start(self, task: Task) -> None:
        """Begin an attempt. Raises SignalctlError when the place itself is gone."""

    def ended(self, wait_s: float) -> Sequence[Ended]:
        """Attempts that are over, each told once; waits so long for the first of them."""


def _nobody_asked(task: Task) -> None:
    """Runs without a bound are never given up."""


def run_all(
    place: Place,
    tasks: Sequence[Task],
    attempts: int,
    is_cancelled: Callable[[], bool],
    finish: Callable[[Task, Answer], None],
    given_up: Callable[[Task], None] = _nobody_asked,
) -> None:
    """Execute every task at a place; `finish` gets each one's answer once, `given_up`
    those that their bound has stopped.

    An attempt whose process died is repeated up to `attempts` in all. What fails
    for good does not stop the others, except that an input SUMO refuses is not
    shown to it again with other seeds; in the end all failures are raised as one
    InputError or SimulationError. Raises Cancelled when `is_cancelled` said so.
    """
    waiting = deque(tasks)
    unsettled = {id(task) for task in tasks}
    died: Counter[int] = Counter()
    failures: list[SignalctlError] = []
    refused: set[str] = set()
    while unsettled:
        if is_cancelled():
            raise Cancelled("The experiment was cancelled.")
        while waiting and place.room > 0:
            task = waiting.popleft()
            if task.variant.name in refused:
                unsettled.discard(id(task))
            else:
                place.start(task)
        if not unsettled:
            break
        for end in place.ended(_LOOK_EVERY_S):
            task = end.task
            if id(task) not in unsettled:
                continue
            if end.answer is not None:
                unsettled.discard(id(task))
                finish(task, end.answer)
                continue
            if isinstance(end.error, RunStopped):
                unsettled.discard(id(task))
                given_up(task)
                continue
            died[id(task)] += isinstance(end.error, RunDied)
            if isinstance(end.error, RunDied) and died[id(task)] < attempts:
                waiting.appendleft(task)
                continue
            unsettled.discard(id(task))
            if isinstance(end.error, InputError):
                refused.add(task.variant.name)
            failures.append(_failed(end, died[id(task)]))
    if failures:
        raise _together(failures, len(tasks))


def _failed(end: Ended, died: int) -> SignalctlError:
    """The error of a run that gets no other attempt."""
    error = end.error or SimulationError("A run ended without a reason.")
    if died < 2:
        return error
    return SimulationError(f"{error.message} It was tried {died} times.", where=error.where)


def _together(failures: Sequence[SignalctlError], total: int) -> SignalctlError:
    """All failures as one error, the user's mistakes first."""
    ordered = sorted(failures, key=lambda error: not isinstance(error, InputError))
    first = ordered[0]
    if len(ordered) == 1:
        return first
    kind = InputError if isinstance(first, InputError) else SimulationError
    named = [f"({n}) {error}" for n, error in enumerate(ordered[:_MAX_NAMED], start=1)]
    if len(ordered) > _MAX_NAMED:
        named.append(f"and {len(ordered) - _MAX_NAMED} more")
    return kind(
        f"{len(ordered)} of {total} runs failed: {'; '.join(named)}.",
        remedy="The other runs are finished; with a cache they are kept.",
    )
