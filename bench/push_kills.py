"""Pushes killed at random moments: what runs afterwards, and whether the records are sound.

    python -m bench.push_kills [--kills 200] [--devices 20] [--seed N]

Emulated controllers, half of each protocol, live in a process of their own. A second
process pushes a new plan to all of them and is killed (SIGKILL) at a random moment: at or
shortly after any of its moves, each as likely as the other, so that every step is met
however busy the machine is. A third resumes, and is itself killed now and then. Afterwards
the emulators are asked what they really hold and run: all the old plan or all the new one,
whole; and the journal must say the same, and the chain of the audit log must hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.push_street import SLOTS, Kind, device_of, plan, street_of
from signalctl.controllers.device.device import Device
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import PushState, Step
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.push import Order, Records, Terms, push, resume, unended

SECOND_S: Final = 0.05
TERMS: Final = Terms(readings=2, poll_s=0.1, watch_s=30, look_s=20, undo_s=60, wait_s=0.1)
ENDED, FAILED = 0, 9
RESUME_KILLED: Final = 0.25
"""Share of the kills after which the resuming process is killed too."""


@dataclass
class Figures:
    """What the kills led to."""

    kills: int = 0
    resume_kills: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    """The furthest step of any device when the push was killed."""
    results: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def said(self) -> str:
        """The figures for people."""
        steps = ", ".join(f"{step} {n}" for step, n in sorted(self.steps.items()))
        results = ", ".join(f"{word} {n}" for word, n in sorted(self.results.items()))
        return (
            f"{self.kills} pushes killed ({self.resume_kills} resumes too); furthest step then: "
            f"{steps}; afterwards: {results}; {len(self.wrong)} wrong."
        )


def kinds_of(count: int) -> dict[str, Kind]:
    """So many devices, of both protocols by turns."""
    return {f"K{n:02d}": (Kind.GBT, Kind.NTCIP)[n % 2] for n in range(count)}


def numbered(device_id: str, kind: Kind, number: int) -> TimingPlan:
    """The plan of the n-th push: no two that follow each other are alike."""
    return plan(device_id, kind, f"push-{number}", 15 + number % 11, number % 40)


async def emulate(count: int) -> None:
    """The emulators' process: ports on the first line, then an answer for each line asked."""
    async with street_of(kinds_of(count), second_s=SECOND_S) as street:
        _answer({i: place.port for i, place in street.places.items()})
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            found = {}
            for device_id, place in street.places.items():
                state = place.controller.state
                held = None if state.slot is None else place.controller.memory.held(state.slot)
                whole = fingerprint(held) if isinstance(held, TimingPlan) else ""
                found[device_id] = [str(state.mode), state.slot, whole]
            _answer(found)


def _answer(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


class Emulators:
    """The other process, as seen from here."""

    def __init__(self, count: int) -> None:
        self._process: Final = subprocess.Popen(
            [sys.executable, "-m", "bench.push_kills", "--emulate", str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports: Final[dict[str, int]] = self._read()

    def running(self) -> dict[str, tuple[str, int | None, str]]:
        """Mode, slot and fingerprint of the plan that each controller really runs."""
        assert self._process.stdin is not None
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return {i: (mode, slot, whole) for i, (mode, slot, whole) in self._read().items()}

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found: dict[str, Any] = json.loads(line)
        return found


class Killing:
    """Pushes to one street of emulators, killed and resumed."""

    def __init__(self, emulators: Emulators, count: int, url: str, seed: int) -> None:
        self._emulators: Final = emulators
        self._kinds: Final = kinds_of(count)
        self._url: Final = url
        self._random: Final = random.Random(seed)
        self._number = 0
        self._runs = 0
        """The push whose plans run."""
        self.figures: Final = Figures()

    def whole(self) -> int:
        """One push that nobody kills; the moves it made. Raises RuntimeError if it fails."""
        self._number += 1
        child = Child(self._push)
        moves = child.moves()
        if child.ended() != ENDED:
            raise RuntimeError("A push that nobody disturbed was not done.")
        self._must_run(self._number)
        self._runs = self._number
        return moves

    def kill(self, moves: int) -> None:
        """One push, killed at a random one of so many moves, resumed, and judged."""
        before = self._runs
        self._number += 1
        Child(self._push).killed_after(self._random.randint(0, moves), self._pause_s())
        self.figures.kills += 1
        self.figures.steps[self._furthest()] += 1
        if self._random.random() < RESUME_KILLED:
            self.figures.resume_kills += 1
            Child(self._resume).killed_after(self._random.randint(0, moves // 2), self._pause_s())
        if Child(self._resume).ended() != ENDED:
            self.figures.wrong.append(f"Push {self._number}: resuming failed.")
        self._judge(before)

    def _pause_s(self) -> float:
        """From a move to the kill: what lies between two moves is hit too."""
        return self._random.choice((0.0, self._random.uniform(0, 0.03)))

    def _push(self, told: int) -> int:
        async def pushing(devices: Mapping[str, Device], records: Records) -> int:
            orders = []
            for device_id, kind in self._kinds.items():
                new = numbered(device_id, kind, self._number)
                orders.append(
                    Order(
                        device_id=device_id,
                        plan=new,
                        plan_hash=fingerprint(new),
                        certificate_hash="sha256:bench",
                        slots=SLOTS,
                    )
                )
            done = await push(
                orders,
                devices,
                records,
                actor="bench",
                reason=str(self._number),
                terms=TERMS,
                report=lambda _: _tell(told),
            )
            return ENDED if done.state is PushState.DONE else FAILED

        return self._with_devices(pushing)

    def _resume(self, told: int) -> int:
        async def resuming(devices: Mapping[str, Device], records: Records) -> int:
            ended = await resume(devices, records, terms=TERMS, report=lambda _: _tell(told))
            doubtful = [push.message for push in ended if push.state is PushState.IN_DOUBT]
            for message in doubtful:
                sys.stderr.write(message + "\n")
            return FAILED if doubtful or unended(records.journal) else ENDED

        return self._with_devices(resuming)

    def _with_devices(self, act: Callable[[Mapping[str, Device], Records], Any]) -> int:
        async def whole() -> int:
            devices = {
                i: device_of(i, kind, self._emulators.ports[i], timeout_s=3.0, attempts=4)
                for i, kind in self._kinds.items()
            }
            with Database(self._url) as database:
                records = Records(journal=Journal(database), leases=Leases(database))
                try:
                    return int(await act(devices, records))
                finally:
                    for device in devices.values():
                        await device.close()

        return asyncio.run(whole())

    def _furthest(self) -> str:
        order = list(Step)
        with Database(self._url) as database:
            newest = Journal(database).history(limit=1)[0]
        if newest.reason != str(self._number):
            return "not begun"
        if newest.state is not PushState.OPEN:
            return f"ended {newest.state}"
        return str(max((item.step for item in newest.devices), key=order.index))

    def _judge(self, before: int) -> None:
        with Database(self._url) as database:
            newest = Journal(database).history(limit=1)[0]
            broken = Audit(database).verify()
        noted = newest.state if newest.reason == str(self._number) else PushState.UNDONE
        if broken is not None:
            self.figures.wrong.append(f"Push {self._number}: audit {broken.message}")
        runs = self._numbers((before, self._number))
        if noted is PushState.DONE and runs == {self._number}:
            self.figures.results["all new"] += 1
            self._runs = self._number
        elif noted is PushState.UNDONE and runs == {before}:
            self.figures.results["all old"] += 1
        else:
            self.figures.wrong.append(f"Push {self._number} is {noted}, devices run {runs}.")

    def _must_run(self, number: int) -> None:
        if self._numbers((number,)) != {number}:
            raise RuntimeError(f"Not every device runs plan {number}.")

    def _numbers(self, known: tuple[int, ...]) -> set[int | None]:
        """Which of the known pushes' plans the devices run, whole; None for anything else."""
        found: set[int | None] = set()
        for device_id, (_, slot, held) in self._emulators.running().items():
            kind = self._kinds[device_id]
            device = device_of(device_id, kind, 1, timeout_s=1, attempts=1)
            matching = [
                number
                for number in known
                if slot is not None
                and fingerprint(device.as_held(slot, numbered(device_id, kind, number))) == held
            ]
            found.add(matching[0] if matching else None)
        return found


class Child:
    """A process of its own that does something, and tells each move through a pipe."""

    def __init__(self, act: Callable[[int], int]) -> None:
        sys.stdout.flush()
        self._pipe, told = os.pipe()
        self._pid: Final = os.fork()
        if self._pid:
            os.close(told)
            return
        code = FAILED
        try:
            os.close(self._pipe)
            code = act(told)
        except Exception:  # noqa: BLE001  (whatever it is, the parent counts it)
            traceback.print_exc(limit=-3)
        finally:
            os._exit(code)

    def moves(self) -> int:
        """How many moves it makes until it ends."""
        count = 0
        while told := os.read(self._pipe, 4096):
            count += len(told)
        return count

    def ended(self) -> int:
        """Its exit code."""
        self.moves()
        os.close(self._pipe)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def killed_after(self, moves: int, pause_s: float) -> None:
        """SIGKILL after so many moves and a pause, if it has not ended by then."""
        for _ in range(moves):
            if not os.read(self._pipe, 1):
                break
        time.sleep(pause_s)
        os.kill(self._pid, signal.SIGKILL)
        self.ended()


def _tell(told: int) -> None:
    os.write(told, b".")


def kills(count: int, devices: int, *, seed: int = 1, folder: Path) -> Figures:
    """Kill so many pushes to so many devices. Raises RuntimeError when none works at all."""
    emulators = Emulators(devices)
    try:
        killing = Killing(emulators, devices, f"sqlite:///{folder}/kills.db", seed)
        moves = killing.whole()
        for number in range(count):
            killing.kill(moves)
            if (number + 1) % 20 == 0:
                sys.stderr.write(killing.figures.said() + "\n")
        return killing.figures
    finally:
        emulators.close()


def main() -> None:
    """Kill, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, prog="bench.push_kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--emulate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.emulate:
        asyncio.run(emulate(options.emulate))
        return
    begun = time.monotonic()
    # SIGKILL loses nothing that a system keeps in memory: the disk is not what is shown here.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        found = kills(options.kills, options.devices, seed=options.seed, folder=Path(folder))
    print(found.said())
    for sentence in found.wrong:
        print(sentence)
    print(f"{options.devices} devices, seed {options.seed}, {time.monotonic() - begun:.0f} s.")
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
