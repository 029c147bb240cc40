"""What an attempt means: counted once, repeated when it died, never a reason to lose others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError, SignalctlError, SimulationError
from signalctl.sim.attempts import Cancelled, Ended, Task, run_all
from signalctl.sim.cluster_files import Store, content_hash, packed
from signalctl.sim.measures import Measures
from signalctl.sim.run_process import Answer, RunDied
from signalctl.sim.variants import shipped


def answer(seed: int) -> Answer:
    return Answer(
        measures=Measures.__new__(Measures),
        sumo_version=str(seed),
        warnings=(),
        warning_count=0,
        wall_s=0.0,
        simulated_s=0.0,
    )


class Paper:
    """A place that answers from a script: task and number of the attempt -> what ends."""

    def __init__(self, script: Callable[[Task, int], list[Ended]], room: int = 2) -> None:
        self._script = script
        self._most = room
        self._begun: deque[tuple[Task, int]] = deque()
        self.started: list[tuple[str, int]] = []

    @property
    def room(self) -> int:
        return self._most - len(self._begun)

    def start(self, task: Task) -> None:
        name = (task.variant.name, task.seed)
        self.started.append(name)
        self._begun.append((task, self.started.count(name)))

    def ended(self, wait_s: float) -> Sequence[Ended]:
        return self._script(*self._begun.popleft()) if self._begun else ()


def made(
    script: Callable[[Task, int], list[Ended]], tasks: Sequence[Task], attempts: int = 3
) -> tuple[list[tuple[str, int]], Paper, SignalctlError | None]:
    done: list[tuple[str, int]] = []
    place = Paper(script)
    try:
        run_all(
            place,
            tasks,
            attempts,
            lambda: False,
            lambda task, _: done.append((task.variant.name, task.seed)),
        )
    except SignalctlError as error:
        return done, place, error
    return done, place, None


def tasks(*names: str, seeds: int = 3) -> list[Task]:
    return [Task(variant=shipped(n), seed=s) for s in range(1, seeds + 1) for n in names]


def good(task: Task) -> Ended:
    return Ended(task=task, answer=answer(task.seed))


def test_an_attempt_that_ends_twice_counts_once() -> None:
    done, _, error = made(lambda task, _: [good(task), good(task)], tasks("a"))
    assert error is None
    assert done == [("a", 1), ("a", 2), ("a", 3)]


def test_a_late_failure_of_a_finished_run_is_ignored() -> None:
    late = [Ended(task=t, error=SimulationError("late")) for t in tasks("a", seeds=1)]

    def script(task: Task, _: int) -> list[Ended]:
        return [good(task), Ended(task=task, error=late[0].error)]

    done, _, error = made(script, tasks("a"))
    assert error is None
    assert len(done) == 3


def test_what_died_is_repeated_and_the_rest_is_kept() -> None:
    def script(task: Task, attempt: int) -> list[Ended]:
        if task.seed == 2:
            return [Ended(task=task, error=RunDied(f"died {attempt}.", where="here"))]
        return [good(task)]

    done, place, error = made(script, tasks("a"))
    assert sorted(done) == [("a", 1), ("a", 3)]
    assert place.started.count(("a", 2)) == 3
    assert isinstance(error, SimulationError)
    assert str(error) == "here: died 3. It was tried 3 times."


def test_all_failures_are_named_and_an_input_is_refused_once() -> None:
    def script(task: Task, _: int) -> list[Ended]:
        if task.variant.name == "bad":
            return [Ended(task=task, error=InputError("no such lane."))]
        if task.seed == 3:
            return [Ended(task=task, error=SimulationError("it jammed."))]
        return [good(task)]

    done, place, error = made(script, tasks("bad", "fine", seeds=3))
    assert done == [("fine", 1), ("fine", 2)]
    assert place.started.count(("bad", 3)) == 0
    assert isinstance(error, InputError)
    assert "no such lane" in str(error)
    assert "it jammed" in str(error)


def test_cancelling_stops_at_once() -> None:
    place = Paper(lambda task, _: [good(task)])
    with pytest.raises(Cancelled):
        run_all(place, tasks("a"), 1, lambda: True, lambda task, _: None)
    assert place.started == []


def test_files_are_kept_by_content_and_checked(tmp_path: Path) -> None:
    source = tmp_path / "client" / "net.net.xml"
    source.parent.mkdir()
    source.write_text("<net/>")
    name, expected, sent = Path("/nowhere/net.net.xml"), content_hash(source), packed(source)
    store = Store(tmp_path / "scratch")
    assert store.place_of(source, expected, None) == source
    assert store.place_of(name, expected, None) is None
    kept = store.place_of(name, expected, sent)
    assert kept is not None
    assert kept.read_text() == "<net/>"
    assert store.place_of(name, expected, None) == kept
    with pytest.raises(SimulationError, match="not the one that was hashed"):
        store.place_of(name, "0" * 64, sent)
    kept.write_text("spoilt")
    assert store.place_of(name, expected, None) is None
    # The same path with other content is not the file that is meant.
    source.write_text("<net version='2'/>")
    assert store.place_of(source, expected, None) is None
