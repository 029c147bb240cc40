"""What a bench is asked and what it finds: settings, one row a scenario, one line a variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Final

from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.stage_design.permission import TurnRule
from signalctl.rules.registry import Profile
from signalctl.sim.record import RunRecord
from signalctl.sim.statistics import PairedDifference, Spread, paired_difference, spread
from signalctl.workflow.manifest import Manifest
from signalctl.workflow.peers import FIXED_TIME

PLAN: Final = "plan"
"""Name of the planned variant in every row."""
ACTUATED: Final = "actuated"
HEAVY_VEHICLE_S: Final = 1_500_000.0
"""Delay of all vehicles together from which a network is heavy: 400 vehicles in queue
throughout an hour. Runs take minutes there."""
FAR_WORSE: Final = 2.0
FAR_WORSE_S: Final = 10.0
"""A peer's run in a trial ends once its vehicles have stood for twice the plan's delay and
10 s more: that it is beaten is certain by then, and jammed runs take minutes."""


class Planner(StrEnum):
    """Who makes the plan that is benched."""

    OPTIMISE = "optimise"
    GREEN_WAVE = "green-wave"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """How a bench runs.

    `seeds` are 1..n; heavy networks get `heavy_seeds` of them, and `heavy_budget_s` for
    planning where it is given; `budgets_s` are scenarios' own. `folder` keeps runs,
    peers and plans, so that an interrupted bench goes on; `replan` makes plans anew, as
    a changed optimiser needs. With `evaluations` planning is counted in runs of the model
    instead of seconds, and comes to the same plan every time. `robust` adds demand
    10 % less and more, and fresh seeds.
    """

    peers: tuple[str, ...]
    folder: Path
    profile: Profile
    seeds: int = 5
    heavy_seeds: int = 1
    planner: Planner = Planner.OPTIMISE
    budget_s: float = 300.0
    heavy_budget_s: float | None = None
    budgets_s: FrozenMap[str, float] = field(default_factory=lambda: FrozenMap({}))
    evaluations: int | None = None
    turns: TurnRule = TurnRule.AS_SHIPPED
    replan: bool = False
    robust: bool = False
    jobs: int | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchEntry:
    """A scenario to bench, not read yet."""

    name: str
    configuration: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantLine:
    """One variant's figures over the seeds; `failed` says why there are none.

    `unfinished` and the counts after it are sums over seeds. `wall_s` is computing
    time, the only figure a repetition changes. `given_up` runs were ended once far
    worse than the plan: their delay is a lower bound, and their counts are not known.
    """

    name: str
    delays_s: tuple[float, ...] = ()
    unfinished: int = 0
    teleports: int = 0
    emergency_brakings: int = 0
    emergency_stops: int = 0
    collisions: int = 0
    wall_s: float = 0.0
    notes: tuple[str, ...] = ()
    failed: str = ""
    given_up: int = 0
    median_brakings: float = 0.0
    """Emergency brakings of a run, by the median over the seeds; and collisions below."""
    median_collisions: float = 0.0

    @classmethod
    def of(
        cls,
        name: str,
        records: Sequence[RunRecord],
        notes: Sequence[str],
        above_s: Sequence[float] = (),
    ) -> VariantLine:
        """The figures of finished runs, and `above_s` what those given up had passed."""
        measures = [record.measures for record in records]
        return cls(
            name=name,
            delays_s=(*(m.total_delay_s for m in measures), *above_s),
            given_up=len(above_s),
            unfinished=sum(m.unfinished for m in measures),
            teleports=sum(m.teleports for m in measures),
            emergency_brakings=sum(m.emergency_brakings for m in measures),
            emergency_stops=sum(m.emergency_stops for m in measures),
            collisions=sum(m.collisions for m in measures),
            median_brakings=_median([m.emergency_brakings for m in measures]),
            median_collisions=_median([m.collisions for m in measures]),
            wall_s=math.fsum(record.wall_s for record in records),
            notes=tuple(notes),
        )

    @property
    def delay(self) -> Spread | None:
        """Spread of the total delay over seeds, None when there are no runs."""
        return spread(self.delays_s) if self.delays_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """How the plan came about; `failed` says why there is none."""

    planner: Planner
    seconds: float = 0.0
    evaluations: int | None = None
    shipped_stands: bool = False
    notes: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A robustness trial: what was changed, and every fixed-time variant under it."""

    what: str
    seeds: tuple[int, ...]
    lines: tuple[VariantLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One scenario's result; `failed` replaces the figures where nothing could be run."""

    entry: BenchEntry
    seeds: tuple[int, ...] = ()
    heavy: bool = False
    period_s: tuple[float, float] = (0.0, 0.0)
    step_s: float = 1.0
    due: int = 0
    sumo_version: str = ""
    lines: tuple[VariantLine, ...] = ()
    planning: Planning | None = None
    trials: tuple[Trial, ...] = ()
    failed: str = ""

    def line(self, name: str) -> VariantLine | None:
        """A variant that has figures, by name."""
        return next((x for x in self.lines if x.name == name and x.delays_s), None)

    @property
    def best_fixed(self) -> VariantLine | None:
        """The fixed-time peer with the fewest unfinished, then the least median delay."""
        return best([x for x in self.lines if x.name in FIXED_TIME])

    @property
    def best_peer(self) -> VariantLine | None:
        """The best peer of any kind, by the same order."""
        return best([x for x in self.lines if x.name != PLAN])

    def ratio_to(self, peer: VariantLine | None) -> float | None:
        """Median delay of the plan over that of a peer; None without either."""
        own = self.line(PLAN)
        if own is None or peer is None or own.delay is None or peer.delay is None:
            return None
        return own.delay.median / peer.delay.median if peer.delay.median else None

    def difference_to(self, peer: VariantLine | None) -> PairedDifference | None:
        """Plan - peer on the same seeds; None without either."""
        own = self.line(PLAN)
        if own is None or peer is None or len(own.delays_s) != len(peer.delays_s):
            return None
        return paired_difference(peer.delays_s, own.delays_s)


def _median(counts: Sequence[int]) -> float:
    return float(median(counts)) if counts else 0.0


def best(lines: Sequence[VariantLine]) -> VariantLine | None:
    """Fewest unfinished vehicles first, because they make a delay a lower bound; then delay.

    Runs given up come last: what they would have left is not known.
    """
    run = [(x.given_up, x.unfinished, x.delay.median, x) for x in lines if x.delay is not None]
    return min(run, key=lambda found: found[:3])[3] if run else None


def geometric_mean(ratios: Sequence[float | None]) -> tuple[float, int] | None:
    """Geometric mean of the ratios that are known, and how many they are; None without any."""
    known = [ratio for ratio in ratios if ratio is not None and ratio > 0]
    if not known:
        return None
    return math.exp(math.fsum(map(math.log, known)) / len(known)), len(known)
