"""What an optimisation has to say, as plain values for people and programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from signalctl.domain.junction import Junction
from signalctl.optimiser.search.point import JunctionPoint
from signalctl.optimiser.stage_design.report import label_of, permissive_in_words, stages_of
from signalctl.sim.statistics import PairedDifference
from signalctl.workflow.optimise.junctions import PlannedJunction, skeleton_hash
from signalctl.workflow.optimise.optimise import Outcome
from signalctl.workflow.optimise.session import Finalist
from signalctl.workflow.race.confirm import Trial
from signalctl.workflow.race.standing import Standing

REPORT_SCHEMA = "signalctl/optimise/1"


def report(outcome: Outcome) -> dict[str, Any]:
    """The JSON document that is promised to programs; tables for people read it too."""
    problem, state = outcome.problem, outcome.state
    request = problem.request
    shown = outcome.answer or outcome.best
    return {
        "schema": REPORT_SCHEMA,
        "scenario": problem.source.scenario.name if problem.source.scenario else "",
        "output": str(request.output),
        "better_plan_found": outcome.answer is not None,
        "limits_held": outcome.limits_held,
        "verdict": verdict(outcome),
        "objective": str(request.objective.aim),
        "limits": _limits(outcome),
        "model": {
            "shipped": problem.shipped_value,
            "plan": None if shown is None else shown.entrant.model_value,
            "vehicles": len(problem.due),
            "evaluations": state.evaluations,
        },
        "race": {
            "standings": [_standing(each) for each in outcome.raced.standings],
            "shipped": None if outcome.raced.shipped is None else _standing(outcome.raced.shipped),
            "trust": state.trust,
            "trust_of_plans": state.trust_of,
        },
        "confirmation": None
        if outcome.confirmation is None
        else {
            "answer": outcome.confirmation.answer or "shipped",
            "trials": [_trial(each) for each in outcome.confirmation.trials],
        },
        "junctions": [] if shown is None else _junctions(outcome, shown),
        "kept": dict(problem.kept),
        "searched": list(outcome.raced.told),
        "notes": list(outcome.notes),
        "budget_s": None if request.evaluations else request.budget_s,
        "spent_s": outcome.spent_s,
        "rounds": state.rounds,
        "round_log": [asdict(each) for each in outcome.raced.rounds],
        "runs": outcome.runs,
        "run_s": outcome.run_s,
        "resumed": outcome.is_resumed,
    }


def verdict(outcome: Outcome) -> str:
    """The outcome in a sentence or two."""
    trial = outcome.trial
    limits = "" if outcome.limits_held else " A queue limit is not held."
    if trial is None and outcome.state.refusal:
        return f"The shipped plan stands. {outcome.state.refusal}{limits}"
    if trial is None:
        return f"No plan was ahead of the shipped one in the race: the shipped plan stands.{limits}"
    if not trial.is_better:
        return f"The shipped plan stands. {trial.reason}{limits}"
    second = outcome.confirmation is not None and not outcome.confirmation.trials[0].is_better
    runner_up = " (the runner-up: the race's winner failed on fresh seeds)" if second else ""
    return f"A better plan was found{runner_up}. {trial.reason}{limits}"


def _limits(outcome: Outcome) -> list[dict[str, Any]]:
    trial = outcome.trial
    return [
        {
            "edge": edge,
            "limit_m": limit_m,
            "longest_m": None if trial is None else trial.own.queues_m[edge],
            "shipped_longest_m": None if trial is None else trial.shipped.queues_m[edge],
        }
        for edge, limit_m in outcome.problem.request.objective.queue_limits_m.items()
    ]


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "plan": standing.entrant,
        "seeds": list(standing.seeds),
        "values": list(standing.values),
        "total_delay_s": list(standing.delay_s),
        "score": standing.score,
        "unfinished": standing.unfinished,
        "collisions": standing.collisions,
        "emergency_stops": standing.emergency_stops,
        "emergency_brakings": standing.emergency_brakings,
        "excess_m": standing.excess_m,
        "faults": list(standing.faults),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "plan": trial.entrant,
        "better": trial.is_better,
        "reason": trial.reason,
        "seeds": list(trial.own.seeds),
        "own": _standing(trial.own),
        "shipped": _standing(trial.shipped),
        "objective": _difference(trial.value),
        "total_delay_s": _difference(trial.delay),
    }


def _difference(difference: PairedDifference) -> dict[str, Any]:
    interval = difference.interval
    return {
        "mean": difference.mean,
        "median": difference.median,
        "interval": None if interval is None else list(interval),
        "relative": difference.relative,
        "pairs": difference.seeds,
    }


def _junctions(outcome: Outcome, finalist: Finalist) -> list[dict[str, Any]]:
    plans = finalist.entrant.plans.plans if finalist.entrant.plans is not None else {}
    return [
        _junction(outcome.problem.planned[junction_id], finalist.point[junction_id])
        for junction_id in plans
    ]


def _junction(each: PlannedJunction, point: JunctionPoint) -> dict[str, Any]:
    junction, program = each.junction, point.skeleton.program(point.lengths)
    shipped = each.shipped.program
    design = each.designs.get(skeleton_hash(point.skeleton))
    permissive = design.made_permissive if design is not None else ()
    before = () if shipped is None else stages_of(shipped, junction)
    after = stages_of(program, junction)
    return {
        "id": junction.id,
        "cycle_s": {"before": each.shipped.cycle_s, "after": point.cycle_s},
        "offset_s": {"before": each.shipped.offset_s, "after": point.offset_s},
        "stages": {"before": _stage_list(before, junction), "after": _stage_list(after, junction)},
        "stage_lengths_s": list(point.lengths),
        "design": point.skeleton.label,
        "dropped": list(design.dropped) if design is not None else [],
        "made_permissive": list(permissive),
        "told": list(permissive_in_words(permissive, junction)),
        "veto": ",".join(f"{junction.id}:{group}" for group in permissive),
    }


def _stage_list(stages: Any, junction: Junction) -> list[str]:
    return label_of(stages, junction).split(" | ") if stages else []
