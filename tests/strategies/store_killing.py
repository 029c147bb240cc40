"""A writer of the store that is killed again and again; run as a program of its own.

    python store_killing.py URL ROUNDS SEED

Each round forks a writer that appends to the log and takes a push through its steps,
telling each thing on a pipe once the call has returned. It is killed (SIGKILL) at a
random moment soon after one of its first words. Then the database is opened and looked at. Prints
one JSON document.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from typing import Any

from stored_pushes import NOON, small_push

from signalctl.domain.push import PushState, Step
from signalctl.store.agreement import disagreements
from signalctl.store.audit import Audit, Entry
from signalctl.store.database import Database
from signalctl.store.journal import Journal

STEPS = (Step.SNAPSHOT, Step.WRITING, Step.WRITTEN, Step.ACTIVATING, Step.RUNNING)


def write_on_and_on(url: str, round_number: int, pipe: int) -> None:
    """Write until killed; what is told on the pipe has returned."""

    def tell(*words: str) -> None:
        os.write(pipe, (" ".join(words) + "\n").encode())

    database = Database(url)
    audit, journal = Audit(database), Journal(database)
    for number in range(10**6):
        name = f"{round_number}-{number}"
        audit.append(
            actor="a", action="word", subject=name, reason="", before=None, after=name, at=NOON
        )
        tell("word", name)
        journal.begin(small_push(name))
        tell("push-begin", name)
        for step in STEPS:
            for device in ("a", "b"):
                journal.note(name, device, step, at=NOON)
                tell("push-step", name, device, step)
        journal.end(name, PushState.DONE, at=NOON)
        tell("push-end", name)


def as_told(entry: Entry) -> str:
    """An entry in the words of the writer."""
    after: Any = entry.after
    match entry.action:
        case "word" | "push-begin":
            return f"{entry.action} {entry.subject.removeprefix('push ')}"
        case "push-step":
            push, device = entry.subject.removeprefix("push ").split(" device ")
            return f"push-step {push} {device} {after['step']}"
        case other:
            return f"{other} {entry.subject.removeprefix('push ')}"


def one_round(url: str, number: int, words: int, pause_s: float) -> list[str]:
    """What a writer told that was killed a moment after so many words, however slow it is."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            write_on_and_on(url, number, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as told:
        first = [told.readline() for _ in range(words)]
        time.sleep(pause_s)
        os.kill(child, signal.SIGKILL)
        lines = [*first, *told]
    status = os.waitpid(child, 0)[1]
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise RuntimeError("the writer ended before it was killed")
    # A pipe takes short writes whole: each line was told.
    return [line.strip() for line in lines]


def main(url: str, rounds: int, seed: int) -> dict[str, int]:
    """Kill, look, and count; raises at the first thing that is not as it must be."""
    chance = random.Random(seed)
    Database(url).close()
    told = unsaid = middle = 0
    for number in range(rounds):
        said = one_round(url, number, chance.randint(1, 20), chance.uniform(0, 0.01))
        with Database(url) as database:
            audit = Audit(database)
            broken = audit.verify()
            differing = disagreements(database)
            if broken is not None or differing:
                raise RuntimeError(f"after kill {number}: {broken} {differing}")
            found: list[str] = []
            while page := audit.entries(after=told + unsaid + len(found)):
                found += [as_told(entry) for entry in page]
            middle += len(Journal(database).open()) > 0
        # All that returned, in its order, and at most the one that was on its way.
        if found[: len(said)] != said or len(found) - len(said) not in (0, 1):
            raise RuntimeError(f"after kill {number}: told {said[-3:]}, found {found[-3:]}")
        told += len(said)
        unsaid += len(found) - len(said)
    return {"kills": rounds, "told": told, "unsaid": unsaid, "pushes left open": middle}


if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
