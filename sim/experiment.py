"""Seeds x variants in parallel processes: the comparison everything is judged by.

Every variant gets the same seeds, so that differences pair up. Results do not
depend on the number of processes or on their order.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError, SimulationError
from signalctl.sim.record import RunRecord
from signalctl.sim.record_cache import RecordCache
from signalctl.sim.run import Prepared, RunDied, RunningRun, prepared
from signalctl.sim.scenario import Scenario
from signalctl.sim.statistics import PairedDifference, paired_difference
from signalctl.sim.variants import Variant

_LOOK_EVERY_S: Final = 0.02
_ATTEMPTS: Final = 2

Progress = Callable[[int, int, str], None]
"""(runs done, runs in all, what was done last)."""


class Cancelled(SimulationError):
    """The experiment was cancelled; every run was ended and nothing half-written left."""

    code = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResult:
    """Records of every variant and seed; `records[variant][i]` belongs to `seeds[i]`."""

    scenario: Scenario
    seeds: tuple[int, ...]
    variants: tuple[Variant, ...]
    records: tuple[tuple[RunRecord, ...], ...]

    def records_of(self, variant: str) -> tuple[RunRecord, ...]:
        """The records of a variant by its name, in seed order. Raises InputError."""
        for known, records in zip(self.variants, self.records, strict=True):
            if known.name == variant:
                return records
        raise InputError(
            f"There is no variant {variant!r}.",
            remedy=f"There are {', '.join(v.name for v in self.variants)}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Variant `other` against variant `base` on the same seeds: other - base."""

    base: str
    other: str
    total_delay_s: PairedDifference
    person_delay_s: PairedDifference
    stops_per_vehicle: PairedDifference
    corridor_stops: PairedDifference | None
    is_lower_bound: bool
    """Whether either side left vehicles unfinished, whose delay is not fully counted."""


def run_experiment(
    scenario: Scenario,
    variants: Sequence[Variant],
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    keep_outputs: Path | None = None,
    cache: Path | None = None,
) -> ExperimentResult:
    """Run every variant with every seed, at most `jobs` (default: all cores) at a time.

    A run whose process dies is tried once more. `keep_outputs` gets a folder
    VARIANT/seed-N for each run; `cache` is a folder where finished records are
    kept and found again, so that an interrupted experiment goes on where it was.
    Raises InputError when SUMO refuses an input, SimulationError when a run
    fails, Cancelled when `is_cancelled` said so. However it ends, Ctrl-C included,
    no process and no temporary file is left.
    """
    _check(variants, seeds, jobs)
    tasks = [(variant, seed) for seed in seeds for variant in variants]
    done: dict[tuple[str, int], RunRecord] = {}
    with prepared(
        scenario,
        corridor_edges=corridor_edges,
        queue_edges=queue_edges,
        approaches=approaches,
    ) as ready:
        shelf = RecordCache(cache, ready) if cache is not None else None
        waiting: list[tuple[Variant, int]] = []
        for variant, seed in tasks:
            # Kept outputs must be made: a record from the shelf has none.
            found = shelf.get(variant, seed) if shelf and keep_outputs is None else None
            if found is None:
                waiting.append((variant, seed))
            else:
                done[variant.name, seed] = found
                _tell(progress, len(done), len(tasks), variant, seed)
        _run_all(
            ready,
            waiting,
            jobs or os.cpu_count() or 1,
            is_cancelled or (lambda: False),
            keep_outputs,
            lambda record, variant, seed: _finish(
                record, variant, seed, done, shelf, progress, len(tasks)
            ),
        )
    return ExperimentResult(
        scenario=scenario,
        seeds=tuple(seeds),
        variants=tuple(variants),
        records=tuple(tuple(done[v.name, seed] for seed in seeds) for v in variants),
    )


def compare(result: ExperimentResult, base: str, other: str) -> Comparison:
    """Paired differences other - base, both by variant name. Raises InputError."""
    left = [record.measures for record in result.records_of(base)]
    right = [record.measures for record in result.records_of(other)]

    def paired(name: str) -> PairedDifference:
        return paired_difference(
            [getattr(m, name) for m in left], [getattr(m, name) for m in right]
        )

    watched = all(m.corridor_stops is not None for m in (*left, *right))
    return Comparison(
        base=base,
        other=other,
        total_delay_s=paired("total_delay_s"),
        person_delay_s=paired("person_delay_s"),
        stops_per_vehicle=paired("stops_per_vehicle"),
        corridor_stops=paired("corridor_stops") if watched else None,
        is_lower_bound=any(m.unfinished or m.unmeasured for m in (*left, *right)),
    )


def _check(variants: Sequence[Variant], seeds: Sequence[int], jobs: int | None) -> None:
    names = [variant.name for variant in variants]
    if not variants or not seeds:
        raise InputError("An experiment needs a variant and a seed.")
    if len(set(names)) < len(names):
        raise InputError(f"Two variants have one name: {', '.join(names)}.")
    if len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) >= 2**31:
        raise InputError("Seeds must be different whole numbers from 0 to 2147483647.")
    if jobs is not None and jobs < 1:
        raise InputError(f"{jobs} processes cannot run anything.", remedy="Give --jobs 1 or more.")


def _run_all(
    ready: Prepared,
    tasks: list[tuple[Variant, int]],
    jobs: int,
    is_cancelled: Callable[[], bool],
    keep_outputs: Path | None,
    finish: Callable[[RunRecord, Variant, int], None],
) -> None:
    waiting = [(variant, seed, 1) for variant, seed in reversed(tasks)]
    with ExitStack() as all_runs:
        running: list[tuple[RunningRun, int]] = []
        while waiting or running:
            if is_cancelled():
                raise Cancelled("The experiment was cancelled.")
            while waiting and len(running) < jobs:
                variant, seed, attempt = waiting.pop()
                folder = _folder(keep_outputs, variant, seed) if keep_outputs else None
                run = all_runs.enter_context(RunningRun(ready, variant, seed, keep_outputs=folder))
                running.append((run, attempt))
            over = [pair for pair in running if pair[0].is_over]
            for run, attempt in over:
                running.remove((run, attempt))
                try:
                    record = run.record()
                except RunDied:
                    if attempt >= _ATTEMPTS:
                        raise
                    waiting.append((run.variant, run.seed, attempt + 1))
                else:
                    finish(record, run.variant, run.seed)
                finally:
                    run.clear()
            if not over:
                time.sleep(_LOOK_EVERY_S)


def _folder(root: Path, variant: Variant, seed: int) -> Path:
    """VARIANT/seed-N, whatever a person called the variant."""
    return root / re.sub(r"[^\w.-]|^\.+", "_", variant.name) / f"seed-{seed}"


def _finish(
    record: RunRecord,
    variant: Variant,
    seed: int,
    done: dict[tuple[str, int], RunRecord],
    shelf: RecordCache | None,
    progress: Progress | None,
    total: int,
) -> None:
    done[variant.name, seed] = record
    if shelf is not None:
        shelf.put(variant, seed, record)
    _tell(progress, len(done), total, variant, seed)


def _tell(progress: Progress | None, done: int, total: int, variant: Variant, seed: int) -> None:
    if progress is not None:
        progress(done, total, f"{variant.name}, seed {seed}")
