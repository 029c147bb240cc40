"""The work of each kind of job, in the process of the job."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import InputError
from signalctl.files.certificate_file import certificate_document
from signalctl.files.plan_file import PlanSet, plan_set_document, write_plans
from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import profile
from signalctl.rules.version import rules_version
from signalctl.sim.result_json import result_to_json
from signalctl.workflow.certify import certify
from signalctl.workflow.jobs.order import (
    OPTIONS,
    CertifyOptions,
    CompareOptions,
    JobKind,
    JobOrder,
    OptimiseOptions,
    SimulateOptions,
    TrajectoriesOptions,
    TryOptions,
)
from signalctl.workflow.jobs.tune_work import objective_of, tune_plan
from signalctl.workflow.jobs.wave_work import find_green_wave
from signalctl.workflow.jobs.whole_plan import whole_plan
from signalctl.workflow.judge import Conditions, Verdict, judge, simulate
from signalctl.workflow.report.effects import verdict_effects
from signalctl.workflow.service.trajectories import trajectories_document
from signalctl.workflow.source import Source, open_scenario

Progress = Callable[[int, int, str], None]

KEPT_TRAJECTORIES: Final = "kept-trajectories"


def do(order: JobOrder, folder: Path, progress: Progress) -> dict[str, Any]:
    """Do a job and say what came of it; simulated runs are kept in `folder` and not repeated.

    Raises the errors of the work itself.
    """
    options = OPTIONS[order.kind].model_validate(order.options)
    source = open_scenario(Path(order.scenario_path))
    return _WORK[order.kind](order, options, source, folder, progress)


def _simulate(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, SimulateOptions)
    plans = None if order.document is None else _plans(order.document)
    return _told(simulate(source, plans, _conditions(order, options.seeds, folder), progress))


def _compare(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, CompareOptions)
    return _against(order, options.seeds, source, folder, progress, order.other, order.document)


def _try(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, TryOptions)
    return _against(
        order, options.seeds, source, folder, progress, order.document, options.document
    )


def _against(
    order: JobOrder,
    seeds: int,
    source: Source,
    folder: Path,
    progress: Progress,
    base: Mapping[str, Any] | None,
    own: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The plan `own` judged against the plan `base`, or the peer that the order names."""
    with tempfile.TemporaryDirectory(prefix="signalctl-job-") as scratch:
        peer = order.options.get("against", "shipped")
        if base is not None:
            path = Path(scratch) / "before.yaml"
            write_plans(path, _plans(base))
            peer = str(path)
        conditions = replace(_conditions(order, seeds, folder), edge_delays=True)
        verdict = judge(source, _plans(own), [peer], conditions, progress)
        return {
            **_told(verdict),
            "effects": verdict_effects(source, verdict),
            "rules": {"profile": order.rules, "version": rules_version(conditions.profile)},
        }


def _optimise(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, OptimiseOptions)
    from signalctl.optimiser.search.space import Keep
    from signalctl.optimiser.stage_design.permission import TurnRule
    from signalctl.workflow.optimise.optimise import optimise
    from signalctl.workflow.optimise.report import report
    from signalctl.workflow.optimise.request import OptimiseRequest
    from signalctl.workflow.optimise.session import shipped_plans

    request = OptimiseRequest(
        objective=objective_of(options.objective, options.limits),
        profile=profile(order.rules),
        output=folder / "plans.yaml",
        budget_s=float(options.budget_s),
        keep=frozenset(Keep(each) for each in options.keep),
        corridor=options.corridor,
        turns=TurnRule.MAY_YIELD if options.turns == "yielding" else TurnRule.AS_SHIPPED,
        may_yield=options.may_yield,
        protected_only=options.protected_only,
        cycles=range(options.cycles[0], options.cycles[1] + 1),
        jobs=order.processes or 1,
        cluster=order.cluster,
        seed=options.seed,
        evaluations=options.evaluations,
    )
    outcome = optimise(source, request, progress)
    plans = outcome.plans if outcome.answer is not None else None
    if plans is not None and order.document is not None:
        plans = whole_plan(plans, shipped_plans(outcome.problem), _plans(order.document))
    return {
        "report": {**report(outcome), "output": ""},
        "document": None if plans is None else plan_set_document(plans),
    }


def _trajectories(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, TrajectoriesOptions)
    return trajectories_document(
        _plans(order.document),
        source,
        profile(order.rules),
        seed=options.seed,
        warm_up_s=options.warm_up_s,
        cycles=options.cycles,
        # Beside the jobs' own folders, which end with them: equal orders share what they saw.
        kept=folder.parent / KEPT_TRAJECTORIES,
        progress=progress,
    )


def _certify(
    order: JobOrder, options: Any, source: Source, folder: Path, progress: Progress
) -> dict[str, Any]:
    assert isinstance(options, CertifyOptions)
    certificates = certify(
        _plans(order.document),
        source,
        profile(order.rules),
        issued_by=order.actor,
        now=datetime.now(UTC),
        seeds=options.seeds,
        jobs=order.processes,
        cache=folder,
        progress=progress,
    )
    return {"certificates": [certificate_document(each) for each in certificates]}


_WORK: Final[dict[JobKind, Callable[[JobOrder, Any, Source, Path, Progress], dict[str, Any]]]] = {
    JobKind.SIMULATE: _simulate,
    JobKind.COMPARE: _compare,
    JobKind.TRY: _try,
    JobKind.OPTIMISE: _optimise,
    JobKind.TUNE: tune_plan,
    JobKind.TRAJECTORIES: _trajectories,
    JobKind.GREENWAVE: find_green_wave,
    JobKind.CERTIFY: _certify,
}


def _plans(document: Mapping[str, Any] | None) -> PlanSet:
    if document is None:
        raise InputError("This job needs a plan.", remedy="Name one in `plan`.")
    return plan_set_from_json(document)


def _conditions(order: JobOrder, seeds: int, folder: Path) -> Conditions:
    return Conditions(
        seeds=seeds,
        jobs=order.processes,
        cluster=order.cluster,
        cache=folder,
        profile=profile(order.rules),
    )


def _told(verdict: Verdict) -> dict[str, Any]:
    document = result_to_json(verdict.result, *verdict.comparisons[:1])
    document["comparisons"] = [
        result_to_json(verdict.result, each)["comparison"] for each in verdict.comparisons
    ]
    return document
