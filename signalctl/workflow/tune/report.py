"""What tuning has to say, as plain values for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from signalctl.sim.statistics import PairedDifference
from signalctl.workflow.tune.one_second_text import in_words
from signalctl.workflow.tune.runs import TuneConditions
from signalctl.workflow.tune.session import refused_json, trial_json
from signalctl.workflow.tune.trying import Answer, verdict
from signalctl.workflow.tune.tune import Tuned


def answer_json(answer: Answer, conditions: TuneConditions) -> dict[str, Any]:
    """The answer to --try as the JSON document promised to programs."""
    return {
        "changes": [in_words(change) for change in answer.changes],
        "objective": str(conditions.objective.aim),
        "unit": conditions.unit,
        "least_gain": conditions.least_gain,
        "verdict": verdict(answer, conditions),
        "same_lamps": answer.same_lamps,
        "difference": _difference(answer.difference),
        "total_delay_s": _difference(answer.delay),
        "harm": answer.harm,
        "approaches": [asdict(effect) for effect in answer.effects],
        "seeds": list(answer.seeds),
        "notes": list(answer.notes),
    }


def tuned_json(tuned: Tuned, conditions: TuneConditions) -> dict[str, Any]:
    """A session as the JSON document promised to programs."""
    found = tuned.confirmation
    return {
        "objective": str(conditions.objective.aim),
        "unit": conditions.unit,
        "least_gain": conditions.least_gain,
        "ended": str(tuned.ended),
        "changed": sorted(
            j for j, plan in tuned.plans.plans.items() if plan != tuned.given.plans[j]
        ),
        "tests": [trial_json(trial) for trial in tuned.trials],
        "refused": [refused_json(each) for each in tuned.refused],
        "untried": tuned.untried,
        "confirmation": None
        if found is None
        else {
            "difference": _difference(found.difference),
            "total_delay_s": _difference(found.delay),
            "given": found.given,
            "tuned": found.tuned,
            "harm": found.harm,
            "holds": found.holds,
            "kept": not found.refutes,
            "seeds": list(found.seeds),
        },
    }


def _difference(difference: PairedDifference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    return {
        "mean": difference.mean,
        "interval": None if difference.interval is None else list(difference.interval),
        "seeds": difference.seeds,
    }
