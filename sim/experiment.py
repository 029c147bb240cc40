"""Seeds x variants side by side: the comparison everything is judged by.

Every variant gets the same seeds, so that differences pair up. Results do not
depend on where they are made, how many at a time, or in which order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from signalctl.domain.errors import InputError
from signalctl.sim.attempts import Cancelled, Task, run_all
from signalctl.sim.attempts_local import LocalPlace
from signalctl.sim.record import RunRecord
from signalctl.sim.record_cache import RecordCache
from signalctl.sim.run import prepared, record_of
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_process import Answer
from signalctl.sim.scenario import Scenario
from signalctl.sim.statistics import PairedDifference, paired_difference
from signalctl.sim.variants import Variant

if TYPE_CHECKING:
    from signalctl.sim.cluster import Cluster
    from signalctl.sim.cluster_place import ClusterPlace

__all__ = [
    "Cancelled",
    "Comparison",
    "ExperimentResult",
    "Experiments",
    "Progress",
    "compare",
    "run_experiment",
]

Progress = Callable[[int, int, str], None]
"""(runs done, runs in all, what was done last)."""


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


class Experiments:
    """A scenario made ready once, to be run again and again with other variants and seeds.

    Use it as a context: leaving it ends every process and removes temporary files.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        jobs: int | None = None,
        cluster: str | Cluster | None = None,
        corridor_edges: Collection[str] = (),
        queue_edges: Collection[str] = (),
        approaches: bool = True,
        edge_delays: bool = False,
        cache: Path | None = None,
        limits: RunLimits | None = None,
    ) -> None:
        """Arguments as `run_experiment` has them. Raises InputError for jobs below 1."""
        if jobs is not None and jobs < 1:
            raise InputError(
                f"{jobs} processes cannot run anything.", remedy="Give --jobs 1 or more."
            )
        self.scenario = scenario
        self._jobs = jobs
        self._cluster = cluster
        self._corridor_edges = corridor_edges
        self._queue_edges = queue_edges
        self._approaches = approaches
        self._edge_delays = edge_delays
        self._cache = cache
        self._limits = limits or RunLimits()
        self._stack = ExitStack()

    def __enter__(self) -> Experiments:
        with ExitStack() as stack:
            self._ready = stack.enter_context(
                prepared(
                    self.scenario,
                    corridor_edges=self._corridor_edges,
                    queue_edges=self._queue_edges,
                    approaches=self._approaches,
                    edge_delays=self._edge_delays,
                )
            )
            self._shelf = RecordCache(self._cache, self._ready) if self._cache else None
            self._connection: Cluster | None = None
            if isinstance(self._cluster, str):
                from signalctl.sim.cluster import connected

                self._connection = stack.enter_context(connected(self._cluster, self._jobs))
            else:
                self._connection = self._cluster
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def run(
        self,
        variants: Sequence[Variant],
        seeds: Sequence[int],
        *,
        progress: Progress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        keep_outputs: Path | None = None,
    ) -> ExperimentResult:
        """Every variant with every seed; see `run_experiment`."""
        done, _ = self._done(variants, seeds, progress, is_cancelled, keep_outputs, None)
        return ExperimentResult(
            scenario=self.scenario,
            seeds=tuple(seeds),
            variants=tuple(variants),
            records=tuple(tuple(done[v.name, seed] for seed in seeds) for v in variants),
        )

    def run_bounded(
        self,
        variants: Sequence[Variant],
        seeds: Sequence[int],
        bound_vehicle_s: Callable[[int], float | None],
        *,
        progress: Progress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        remembers: bool = False,
    ) -> frozenset[tuple[str, int]]:
        """The same, with hopeless runs given up; tells which (variant name, seed).

        `bound_vehicle_s` is asked with the seed when a run begins: once vehicles have
        stood for longer in all, the run ends without a record. The others are in the
        cache, where `known` finds them. With `remembers` it is kept there too which run
        was given up at which bound, and none is begun that would be at this one.
        """
        _, given_up = self._done(
            variants, seeds, progress, is_cancelled, None, bound_vehicle_s, remembers
        )
        return given_up

    def _done(
        self,
        variants: Sequence[Variant],
        seeds: Sequence[int],
        progress: Progress | None,
        is_cancelled: Callable[[], bool] | None,
        keep_outputs: Path | None,
        bound_vehicle_s: Callable[[int], float | None] | None,
        remembers: bool = False,
    ) -> tuple[dict[tuple[str, int], RunRecord], frozenset[tuple[str, int]]]:
        """Records by variant name and seed, and what was given up."""
        _check(variants, seeds)
        bounds: dict[tuple[str, int], float | None] = {}

        def bound(variant: str, seed: int) -> float | None:
            found = None if bound_vehicle_s is None else bound_vehicle_s(seed)
            bounds[variant, seed] = found
            return found

        tasks = [
            Task(
                variant=variant, seed=seed, stop_above_vehicle_s=partial(bound, variant.name, seed)
            )
            for seed in seeds
            for variant in variants
        ]
        stopped: set[tuple[str, int]] = set()
        done: dict[tuple[str, int], RunRecord] = {}

        def tell(task: Task) -> None:
            if progress is not None:
                progress(
                    len(done) + len(stopped), len(tasks), f"{task.variant.name}, seed {task.seed}"
                )

        waiting: list[Task] = []
        for task in tasks:
            # Kept outputs must be made: a record from the shelf has none.
            shelf = self._shelf if keep_outputs is None else None
            found = shelf.get(task.variant, task.seed) if shelf else None
            above = bound(task.variant.name, task.seed) if remembers and shelf else None
            if found is not None:
                done[task.variant.name, task.seed] = found
            elif shelf and above is not None and shelf.is_above(task.variant, task.seed, above):
                stopped.add((task.variant.name, task.seed))
            else:
                waiting.append(task)
                continue
            tell(task)

        def finish(task: Task, answer: Answer) -> None:
            record = record_of(self._ready, task.variant, task.seed, answer)
            if self._shelf is not None:
                self._shelf.put(task.variant, task.seed, record)
            done[task.variant.name, task.seed] = record
            tell(task)

        def give_up(task: Task) -> None:
            above = bounds.get((task.variant.name, task.seed))
            if remembers and self._shelf is not None and above is not None:
                self._shelf.put_above(task.variant, task.seed, above)
            stopped.add((task.variant.name, task.seed))
            tell(task)

        if waiting:
            with closing(self._place(keep_outputs)) as place:
                cancelled = is_cancelled or (lambda: False)
                run_all(place, waiting, self._limits.attempts, cancelled, finish, give_up)
        return done, frozenset(stopped)

    def known(self, variant: Variant, seed: int) -> RunRecord | None:
        """The record of an equal run from the cache; None when there is none."""
        return self._shelf.get(variant, seed) if self._shelf is not None else None

    def _place(self, keep_outputs: Path | None) -> LocalPlace | ClusterPlace:
        if self._connection is not None:
            return self._connection.place(self._ready, self._jobs, self._limits, keep_outputs)
        jobs = self._jobs or os.cpu_count() or 1
        return LocalPlace(self._ready, jobs, self._limits, keep_outputs)


def run_experiment(
    scenario: Scenario,
    variants: Sequence[Variant],
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    cluster: str | Cluster | None = None,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
    edge_delays: bool = False,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    keep_outputs: Path | None = None,
    cache: Path | None = None,
    limits: RunLimits | None = None,
) -> ExperimentResult:
    """Run every variant with every seed, at most `jobs` at a time.

    Without `cluster`, runs are processes of this machine, `jobs` by default one a
    core. `cluster` is the address of a Dask scheduler (tcp://host:8786), or `local`
    for one of its own with `jobs` workers; the numbers are the same bit for bit. The
    direct way is the default because a Dask cluster takes 1.5 to 3 s to start and stop,
    more than many a run, and gives one machine nothing that it lacks.

    A run that dies or hangs is tried again (`limits`). One that fails for good does
    not stop the others: they are finished and cached before the error names every
    failure. `keep_outputs` gets a folder VARIANT/seed-N for each run; `cache` is a
    folder where finished records are kept and found again, so that an interrupted
    experiment goes on where it was.
    Raises InputError when SUMO refuses an input, SimulationError when a run fails or
    the cluster cannot be used, Cancelled when `is_cancelled` said so. However it
    ends, Ctrl-C included, no process and no temporary file is left.
    """
    _check(variants, seeds)
    with Experiments(
        scenario,
        jobs=jobs,
        cluster=cluster,
        corridor_edges=corridor_edges,
        queue_edges=queue_edges,
        approaches=approaches,
        edge_delays=edge_delays,
        cache=cache,
        limits=limits,
    ) as experiments:
        return experiments.run(
            variants,
            seeds,
            progress=progress,
            is_cancelled=is_cancelled,
            keep_outputs=keep_outputs,
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


def _check(variants: Sequence[Variant], seeds: Sequence[int]) -> None:
    names = [variant.name for variant in variants]
    if not variants or not seeds:
        raise InputError("An experiment needs a variant and a seed.")
    if len(set(names)) < len(names):
        raise InputError(f"Two variants have one name: {', '.join(names)}.")
    if len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) >= 2**31:
        raise InputError("Seeds must be different whole numbers from 0 to 2147483647.")
