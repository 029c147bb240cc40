"""Fuzzing what comes over the wire: python -m bench.street_fuzz --minutes 10.

A seeded fuzzer that spoils messages of real calls: bytes at random, and whole messages
that add up and say something else. Every target has the same share of the time. A case
must end within LONGEST_S with nothing but what is promised, and memory must not grow
with the cases: more than MOST_GROWTH_MB after the first tenth of the time is a failure.
A failing case is written to out/bench/fuzz, and `--case FILE` meets it again.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final

from bench.fuzz_targets import Case, Target, open_targets

OUT: Final = Path(__file__).resolve().parents[1] / "out" / "bench" / "fuzz"
LONGEST_S: Final = 20.0
MOST_GROWTH_MB: Final = 64.0
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Hang(Exception):
    """A case did not end."""


@dataclass(slots=True)
class Score:
    """What became of one target."""

    cases: int = 0
    longest_s: float = 0.0
    grown_mb: float = 0.0
    failures: int = 0


def memory_mb() -> float:
    """What the process holds now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Raises Hang in whatever runs for longer, a loop without end included."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise Hang(f"A case took more than {seconds:g} s.")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def meet(target: Target, case: Case, score: Score) -> bool:
    """Meet one case; whether it ended as promised. What went wrong is printed and kept."""
    begun_s = time.monotonic()
    try:
        with _bounded(LONGEST_S):
            await target.meet(case)
    except Exception:  # noqa: BLE001  (whatever leaves a target is what is looked for)
        score.failures += 1
        name = f"{target.name.replace(' ', '-')}-{case.seed}.case"
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / name).write_text(f"{target.name}\n{case.seed}\n{case.data.hex()}\n")
        sys.stderr.write(f"{target.name}: {OUT / name}\n{traceback.format_exc()}\n")
        return False
    finally:
        score.cases += 1
        score.longest_s = max(score.longest_s, time.monotonic() - begun_s)
    return True


def drawn(target: Target, number: int, seed: int) -> Case:
    """Case `number` of a target: the same for the same seed."""
    random = Random(f"{seed} {target.name} {number}")
    return Case(target.draw(random), random.getrandbits(32))


async def fuzz(
    seconds: float, seed: int, only: Sequence[str] = (), *, most_cases: int = 0
) -> dict[str, Score]:
    """Meet cases for so long, or so many of each target; the scores."""
    scores: dict[str, Score] = {}
    async with AsyncExitStack() as stack:
        targets = [t for t in await open_targets(stack) if not only or t.name in only]
        for target in targets:
            score = scores[target.name] = Score()
            begun_s, share_s = time.monotonic(), seconds / len(targets)
            settled: float | None = None
            while True:
                spent_s = time.monotonic() - begun_s
                enough = score.cases >= most_cases if most_cases else spent_s >= share_s
                if enough or score.failures >= 10:
                    break
                if settled is None and spent_s >= share_s / 10:
                    settled = memory_mb()
                await meet(target, drawn(target, score.cases, seed), score)
            score.grown_mb = memory_mb() - settled if settled is not None else 0.0
    return scores


async def _again(path: Path) -> int:
    name, seed, data = path.read_text().splitlines()
    async with AsyncExitStack() as stack:
        found = [t for t in await open_targets(stack) if t.name == name]
        good = await meet(found[0], Case(bytes.fromhex(data), int(seed)), Score())
    print("It ends as promised." if good else "It fails.")
    return 0 if good else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a target; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.street_fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], help="names of targets")
    parser.add_argument("--case", type=Path, help="a kept case, to be met again")
    options = parser.parse_args(arguments)
    if options.case:
        return asyncio.run(_again(options.case))
    scores = asyncio.run(fuzz(60 * options.minutes, options.seed, options.only))
    print("| target | cases | failures | longest case s | memory grown MB |")
    print("| --- | --- | --- | --- | --- |")
    for name, score in scores.items():
        print(
            f"| {name} | {score.cases} | {score.failures} | {score.longest_s:.2f} "
            f"| {score.grown_mb:.1f} |"
        )
    bad = any(s.failures or s.grown_mb > MOST_GROWTH_MB for s in scores.values())
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
