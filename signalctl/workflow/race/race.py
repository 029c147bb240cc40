"""Finalists race in SUMO: all with one seed, the better half with more, the best with many.

Every run of one seed has the same demand and random numbers whatever the plan
(common random numbers), so standings compare like with like. Source of the scheme:
successive halving (Karnin, Koren and Somekh 2013; Jamieson and Talwalkar 2016).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.optimiser.objective import Objective
from signalctl.rules.registry import Profile
from signalctl.sim.experiment import Cancelled, Experiments
from signalctl.sim.measures import Measures
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant, plans, shipped
from signalctl.workflow.export import export_sumo
from signalctl.workflow.race.standing import (
    Standing,
    lock_up_cost,
    standing,
    unseen_lock_up,
)

SHIPPED: Final = "shipped"
RUNS_FOLDER: Final = "runs"
TLS_FOLDER: Final = "tls"

HOPELESS: Final = 1.3
HOPELESS_S: Final = 10.0
"""A run that has stood for 1.3 times the best total delay and 10 s more wins no race,
whatever is made small: who stands long stops often too."""

Told = Callable[[str], None]
"""Called with what was run last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A plan in the race; `plans` None is the scenario as it ships.

    `model_value` is the objective as the queue model sees it, None when it was not
    asked.
    """

    name: str
    plans: PlanSet | None
    model_value: float | None = None
    label: str = ""


def entrant(plan_set: PlanSet, model_value: float | None, label: str = "") -> Entrant:
    """An entrant named by the content of its plans, so that runs are found again."""
    name = fingerprint(plan_set.plans).removeprefix("sha256:")[:12]
    return Entrant(name=name, plans=plan_set, model_value=model_value, label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where and how the race is run. `cluster` is a Dask scheduler's address.

    With `gives_up` hopeless runs end early; which ones depends on what ended before.
    """

    scenario: Scenario
    network: Network
    profile: Profile
    objective: Objective
    folder: Path
    jobs: int
    cluster: str | None = None
    gives_up: bool = True


class Track:
    """SUMO runs of entrants by name and seed, each made once and kept on disk.

    A context: leaving it removes temporary files. Runs never made are missing in
    `measures`; a deadline is no error.
    """

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.measures: dict[str, dict[int, Measures]] = {}
        self.runs_made = 0
        self.hopeless: dict[tuple[str, int], float] = {}
        """Runs given up, by name and seed: more than so much total delay, s per vehicle."""
        self._wall_s: dict[bool, list[float]] = {True: [], False: []}
        """Of the shipped plan (True) and of others, which may jam less."""
        self._begun_s: float | None = None
        self._stack = ExitStack()
        self._experiments: Experiments | None = None

    def __enter__(self) -> Track:
        conditions = self.conditions
        try:
            (conditions.folder / TLS_FOLDER).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The work folder cannot be made: {error.strerror or error}.",
                where=str(conditions.folder),
            ) from error
        self._experiments = self._stack.enter_context(
            Experiments(
                conditions.scenario,
                jobs=conditions.jobs,
                cluster=conditions.cluster,
                queue_edges=sorted(conditions.objective.queue_limits_m),
                approaches=False,
                cache=conditions.folder / RUNS_FOLDER,
            )
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def run_s(self) -> float:
        """Wall seconds of a run of a plan, of the shipped one before others ran; 0 before any.

        While the first one is under way what it has taken so far.
        """
        seen = self._wall_s[False] or self._wall_s[True]
        if seen:
            return math.fsum(seen) / len(seen)
        return 0.0 if self._begun_s is None else time.monotonic() - self._begun_s

    @property
    def has_raced(self) -> bool:
        """Whether a plan other than the shipped one has run here."""
        return bool(self._wall_s[False])

    def seconds_for(self, runs: int, shipped: int = 0) -> float:
        """Wall seconds of so many runs, `shipped` of them the shipped plan's, side by side."""
        seen = self._wall_s[True]
        shipped_s = math.fsum(seen) / len(seen) if seen else self.run_s
        work_s = (runs - shipped) * self.run_s + shipped * shipped_s
        # Not all processes are busy all the time, but one run keeps one busy.
        return max(work_s / self.conditions.jobs, self.run_s if runs else 0.0)

    def has(self, name: str, seeds: Sequence[int]) -> bool:
        """Whether an entrant has run with all the seeds."""
        return set(seeds) <= set(self.measures.get(name, {}))

    def is_hopeless(self, name: str, seeds: Sequence[int]) -> bool:
        """Whether an entrant was given up with one of the seeds."""
        return any((name, seed) in self.hopeless for seed in seeds)

    def run(
        self,
        entrants: Sequence[Entrant],
        seeds: Sequence[int],
        *,
        until_s: float | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        told: Told | None = None,
        is_bounded: bool = False,
        against: str | None = None,
    ) -> None:
        """Run what has not been run yet; stop at `until_s` (time.monotonic) without complaint.

        The same when `is_cancelled` says so. With `is_bounded` a run is given up when
        it is certain to be far worse than the best with its seed, or than the entrant
        `against`, and never tried again.

        Raises SafetyViolation for an unsafe plan, and what a run raises.
        """
        assert self._experiments is not None

        def is_over() -> bool:
            late = until_s is not None and time.monotonic() > until_s
            return late or (is_cancelled is not None and is_cancelled())

        variants = {each.name: self.variant(each) for each in entrants}
        self._collect(variants, seeds)
        self._begun_s = self._begun_s or time.monotonic()
        # Entrants that lack the same seeds go together, so that pairs are complete early.
        missing: dict[tuple[int, ...], list[Variant]] = {}
        for name, variant in variants.items():
            lacking = tuple(
                s
                for s in seeds
                if s not in self.measures[name] and not (is_bounded and (name, s) in self.hopeless)
            )
            if lacking:
                missing.setdefault(lacking, []).append(variant)
        for lacking, together in sorted(missing.items()):

            def heard(_done: int, _total: int, what: str) -> None:
                # The bound of what begins next follows the best so far.
                self.runs_made += self._collect(variants, seeds)
                if told is not None:
                    told(what)

            try:
                if is_bounded:
                    stopped = self._experiments.run_bounded(
                        together,
                        lacking,
                        partial(self._bound_vehicle_s, against),
                        progress=heard,
                        is_cancelled=is_over,
                    )
                    for name, seed in stopped:
                        self.hopeless[name, seed] = self._best_s(against, seed)
                    self.runs_made += len(stopped)
                else:
                    self._experiments.run(together, lacking, progress=heard, is_cancelled=is_over)
            except Cancelled:
                break
            finally:
                self.runs_made += self._collect(variants, seeds)

    def _best_s(self, of: str | None, seed: int) -> float:
        """The least total delay of all runs with a seed that left fewest unfinished, s/veh.

        Of one entrant's run where it is named.
        """
        known = list(self.measures.values()) if of is None else [self.measures[of]]
        runs = [own[seed] for own in known if seed in own]
        return min(runs, key=lambda m: (m.unfinished, m.total_delay_s)).total_delay_s

    def _bound_vehicle_s(self, of: str | None, seed: int) -> float | None:
        """Vehicle-seconds of standing after which a run with a seed is hopeless."""
        known = list(self.measures.values()) if of is None else [self.measures[of]]
        due = next((own[seed].due for own in known if seed in own), None)
        if due is None:
            return None
        return due * (HOPELESS * self._best_s(of, seed) + HOPELESS_S)

    def variant(self, each: Entrant) -> Variant:
        """What an entrant is to SUMO; its programs are written on the way."""
        if each.plans is None:
            return shipped()
        path = self.conditions.folder / TLS_FOLDER / f"{each.name}.add.xml"
        if not path.exists():
            export_sumo(each.plans, self.conditions.network, path, self.conditions.profile)
        return plans(each.name, path)

    def _collect(self, variants: Mapping[str, Variant], seeds: Sequence[int]) -> int:
        """Take what lies on disk; how many runs that were not known before."""
        assert self._experiments is not None
        found = 0
        for name, variant in variants.items():
            known = self.measures.setdefault(name, {})
            for seed in seeds:
                record = None if seed in known else self._experiments.known(variant, seed)
                if record is not None:
                    known[seed] = record.measures
                    self._wall_s[name == SHIPPED].append(record.wall_s)
                    found += 1
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A stage of the race: the seeds everybody in it has run with, and who goes on."""

    seeds: int
    share: float = 1.0
    at_least: int = 2
    at_most: int = 1_000

    def goes_on(self, entrants: int) -> int:
        """How many of so many entrants enter this rung."""
        return min(entrants, self.at_most, max(self.at_least, math.ceil(entrants * self.share)))


RUNGS: Final = (Rung(seeds=1), Rung(seeds=3, share=0.5, at_least=3), Rung(seeds=8, at_most=3))
"""One seed for all, two more for the better half, five more for the best three."""


def runs_of_race(entrants: int, rungs: Sequence[Rung] = RUNGS) -> int:
    """Runs of a race among so many entrants and the shipped plan."""
    runs, before = 0, 0
    for rung in rungs:
        entrants = rung.goes_on(entrants)
        runs += (entrants + 1) * (rung.seeds - before)
        before = rung.seeds
    return runs


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceResult:
    """Standings, the best first; who went further stands before who dropped out.

    `shipped` is the shipped plan's standing over the winner's seeds. `is_complete`
    is False when time ran out before the last rung.
    """

    standings: tuple[Standing, ...]
    shipped: Standing | None
    is_complete: bool
    first_values: Mapping[str, float] = field(default_factory=dict)
    """Objective of everybody with the seeds of the first rung; of who was given up a figure
    above all others."""


def race(
    track: Track,
    entrants: Sequence[Entrant],
    base: Entrant,
    seeds: Sequence[int],
    *,
    rungs: Sequence[Rung] = RUNGS,
    until_s: float | None = None,
    told: Told | None = None,
    join: Callable[[], None] | None = None,
    must: int = 0,
    holder: str | None = None,
) -> RaceResult:
    """Race the entrants against each other; `base`, the shipped plan, runs along.

    Time may run out at any moment: then the last rung that everybody of it ran
    decides. Entrants with faults go on only while nobody without is left. Runs begin in
    the order of the entrants; those far worse than the best so far are given up.
    The first `must` entrants run with the first seed whatever the time, and so does `base`.
    `holder`, who won before, goes on whoever has luck with the first seeds.
    `join` waits for runs of the shipped plan that are under way elsewhere.
    """
    given = track.conditions
    running = {each.name: each for each in entrants if each.name != base.name}
    out: list[list[Standing]] = []
    shipped_standing: Standing | None = None
    first: dict[str, float] = {}
    complete = True
    for rung in rungs:
        used = list(seeds[: rung.seeds])
        names = [s.entrant for s in out[-1]] if out else list(running)
        going_on = rung.goes_on(len(names))
        chosen = [running[n] for i, n in enumerate(names) if i < going_on or n == holder]
        if not out and must:
            track.run(chosen[:must], used[:1], told=told, is_bounded=given.gives_up)
        track.run(chosen, used, until_s=until_s, told=told, is_bounded=given.gives_up)
        if join is not None:
            join()
        if not out and must:
            track.run([base], used[:1], told=told)
        track.run([base], used, until_s=until_s, told=told)
        done = [seed for seed in used if track.has(base.name, [seed])]
        done = _common(track, [each.name for each in chosen], done)
        ran = [each.name for each in chosen if done and track.has(each.name, done)]
        if not ran or (out and len(done) <= len(out[-1][0].seeds)):
            complete = False
            break
        # Which runs may show one depends on time: not where numbers are to be the same.
        lock_up = lock_up_cost(track.measures, given.objective) if given.gives_up else 0.0
        standings = sorted(
            (_standing(track, name, base, done, lock_up) for name in ran), key=lambda s: s.order
        )
        shipped_standing = _standing(track, base.name, base, done, lock_up)
        if not out:
            first = {s.entrant: s.values[0] for s in (*standings, shipped_standing)}
            given_up = [each.name for each in chosen if (each.name, done[0]) in track.hopeless]
            # Nobody knows how much worse they are: they share the last rank.
            first |= dict.fromkeys(given_up, HOPELESS * max(first.values()))
        else:
            out[-1] = [s for s in out[-1] if s.entrant not in ran]
        out.append(standings)
        complete = complete and len(done) == len(used) and len(ran) == len(chosen)
    return RaceResult(
        standings=tuple(s for rung_standings in reversed(out) for s in rung_standings),
        shipped=shipped_standing,
        is_complete=complete,
        first_values=first,
    )


def _standing(
    track: Track, name: str, base: Entrant, seeds: Sequence[int], lock_up: float
) -> Standing:
    """A standing after seeds that all have run with; its other runs say how sure that is."""
    runs, objective = track.measures, track.conditions.objective
    given_up = {seed for other, seed in list(track.hopeless) if other == name}
    unseen = unseen_lock_up(lock_up, runs[name], given_up, seeds, objective)
    return standing(name, runs[name], runs[base.name], seeds, objective, unseen)


def _common(track: Track, names: Sequence[str], seeds: Sequence[int]) -> list[int]:
    """The seeds that everybody has who has any; at least the first seed's runners count."""
    if not seeds:
        return []
    runners = [
        name for name in names if track.has(name, seeds[:1]) and not track.is_hopeless(name, seeds)
    ]
    return [seed for seed in seeds if all(track.has(name, [seed]) for name in runners)]
