"""Tuning as a job: a plan moved second by second, each move judged in SUMO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.plan_file import plan_set_document, write_plans
from signalctl.files.plan_json import plan_set_from_json
from signalctl.optimiser.objective import Aim, Objective
from signalctl.rules.registry import profile
from signalctl.workflow.jobs.order import JobOrder, TuneOptions
from signalctl.workflow.source import Source

_GIVEN, _TUNED = "given.yaml", "tuned.yaml"


def objective_of(aim: str, limits: Mapping[str, float]) -> Objective:
    """What to make small, holding queues (m) on edges."""
    return Objective(aim=Aim(aim), queue_limits_m=FrozenMap(limits))


def tune_plan(
    order: JobOrder,
    options: Any,
    source: Source,
    folder: Path,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """`tuned` as `signalctl tune --json`, and `document`: the tuned plan, null when it stands.

    Begun again, its tests are made again from runs that are kept in `folder`.
    """
    assert isinstance(options, TuneOptions)
    # Imported here: they load the queue model, which few jobs need.
    from signalctl.workflow.tune.report import tuned_json
    from signalctl.workflow.tune.runs import PairedRuns, TuneConditions, usual_least_gain
    from signalctl.workflow.tune.screen import open_screen
    from signalctl.workflow.tune.session import Workplace
    from signalctl.workflow.tune.tune import Listener, TuneRequest, check, tune

    if order.document is None:
        raise InputError("This job needs a plan.", remedy="Name one in `plan`.")
    given, budget_s = plan_set_from_json(order.document), options.budget_s
    write_plans(folder / _GIVEN, given)
    workplace = Workplace(given=folder / _GIVEN, output=folder / _TUNED)
    objective = objective_of(options.objective, options.limits)
    conditions = TuneConditions(
        profile=profile(order.rules),
        objective=objective,
        least_gain=options.least_gain or usual_least_gain(objective),
        seeds=options.seeds,
        jobs=order.processes,
        cluster=order.cluster,
        cache=workplace.runs,
    )
    request = TuneRequest(
        junctions=options.junctions, step_s=options.step_s, budget_s=float(budget_s)
    )
    check(source, given, request, conditions)
    workplace.open()

    def tell(used_s: float, what: str) -> None:
        progress(min(round(used_s), budget_s), budget_s, what)

    screen = open_screen(source, objective, conditions.jobs, lambda what: tell(0.0, what))
    with PairedRuns(source, conditions) as runs:
        tuned = tune(
            runs,
            given,
            request,
            workplace=workplace,
            screen=screen,
            listener=Listener(progress=tell),
        )
    changed = tuned.plans.plans != given.plans
    return {
        "tuned": tuned_json(tuned, conditions),
        "document": plan_set_document(tuned.plans) if changed else None,
    }
