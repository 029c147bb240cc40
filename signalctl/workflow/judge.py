"""SUMO as judge: plans against what there is, on the same demand and seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.files.plan_file import PlanSet, read_plans
from signalctl.rules.registry import Profile
from signalctl.sim.experiment import (
    Comparison,
    ExperimentResult,
    Progress,
    compare,
    run_experiment,
)
from signalctl.sim.variants import Variant, plans, shipped
from signalctl.workflow.export import export_sumo
from signalctl.workflow.peers import PEERS, peer
from signalctl.workflow.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How to run: seeds 1..n, how many at a time, where, and where raw outputs and records
    are kept.

    `cluster` is a Dask scheduler's address, `local`, or None for processes of this machine.
    """

    seeds: int
    jobs: int | None = None
    cluster: str | None = None
    keep_outputs: Path | None = None
    cache: Path | None = None
    profile: Profile
    allow_unsafe: bool = False
    edge_delays: bool = False
    """Whether to measure where delay arises, as a report needs it (signalctl.workflow.report)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the runs said; `comparison` is first variant against the last one."""

    result: ExperimentResult
    comparisons: tuple[Comparison, ...]


def simulate(
    source: Source,
    plan_set: PlanSet | None,
    conditions: Conditions,
    progress: Progress | None = None,
) -> Verdict:
    """Run the scenario with the plans, or as shipped, over the seeds."""
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        if plan_set is None:
            variants = [shipped()]
        else:
            variants = [_plan_variant(source, "plans", plan_set, Path(folder), conditions)]
        corridor = plan_set.corridor if plan_set is not None else None
        return Verdict(
            result=_run(source, variants, corridor, conditions, progress), comparisons=()
        )


def judge(
    source: Source,
    plan_set: PlanSet,
    against: Sequence[str],
    conditions: Conditions,
    progress: Progress | None = None,
) -> Verdict:
    """Compare plans with peers on the same seeds; each comparison is plans - peer.

    `against` names peers (signalctl.workflow.peers) or another plan file.
    Raises InputError for an unknown peer or plans that do not fit, SafetyViolation
    for an unsafe plan.
    """
    with _peers(source, against, conditions) as peers, tempfile.TemporaryDirectory() as folder:
        own = _plan_variant(source, "plans", plan_set, Path(folder), conditions)
        result = _run(source, [*peers, own], plan_set.corridor, conditions, progress)
        return Verdict(
            result=result,
            comparisons=tuple(compare(result, peer.name, own.name) for peer in peers),
        )


@contextmanager
def _peers(
    source: Source, against: Sequence[str], conditions: Conditions
) -> Iterator[list[Variant]]:
    with tempfile.TemporaryDirectory(prefix="signalctl-") as temporary:
        found: list[Variant] = []
        for number, name in enumerate(against):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            if name in PEERS:
                found.append(peer(name, source, folder, conditions.profile.name))
            elif name.lower().endswith((".yaml", ".yml")):
                other = read_plans(Path(name))
                found.append(_plan_variant(source, Path(name).stem, other, folder, conditions))
            else:
                raise InputError(
                    f"There is nothing called {name!r} to compare with.",
                    where="--against",
                    remedy=f"Name {', '.join(PEERS)} or a plan file.",
                )
        yield found


def _plan_variant(
    source: Source, name: str, plan_set: PlanSet, folder: Path, conditions: Conditions
) -> Variant:
    additional = folder / "plans.add.xml"
    export_sumo(
        plan_set,
        source.network,
        additional,
        conditions.profile,
        allow_unsafe=conditions.allow_unsafe,
    )
    return plans(name, additional)


def _run(
    source: Source,
    variants: Sequence[Variant],
    corridor: Corridor | None,
    conditions: Conditions,
    progress: Progress | None,
) -> ExperimentResult:
    assert source.scenario is not None
    edges: set[str] = set()
    if corridor is not None:
        edges = {edge for way in corridor.directions.values() for edge in way.edges}
    return run_experiment(
        source.scenario,
        variants,
        range(1, conditions.seeds + 1),
        jobs=conditions.jobs,
        cluster=conditions.cluster,
        corridor_edges=edges,
        progress=progress,
        keep_outputs=conditions.keep_outputs,
        cache=conditions.cache,
        edge_delays=conditions.edge_delays,
    )
