"""What a tuning session leaves on disk beside its output, whole at every moment.

Runs are kept by what decides them, so the same command given again makes its tests
again without simulating, and goes on where it was stopped. The journal is for people.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from signalctl.domain.errors import InputError
from signalctl.files.atomic import write_atomic
from signalctl.files.plan_edit import edit_plans
from signalctl.files.plan_file import PlanSet
from signalctl.workflow.tune.moves import RefusedMove
from signalctl.workflow.tune.one_second_text import in_words
from signalctl.workflow.tune.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where a session writes: the tuned plan file, and its folder of runs and journal."""

    given: Path
    output: Path

    @property
    def folder(self) -> Path:
        """The folder beside the output."""
        return self.output.with_name(self.output.name + ".work")

    @property
    def runs(self) -> Path:
        """Finished runs."""
        return self.folder / "runs"

    def open(self) -> None:
        """Make the folder; raises InputError where that cannot be."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Cannot keep the session's state: {error.strerror or error}.",
                where=str(self.folder),
            ) from error

    def write_plans(self, plans: PlanSet) -> None:
        """The plan file with these plans, its comments kept."""
        edit_plans(self.given, self.output, plans.plans)

    def write_journal(self, trials: list[Trial], refused: list[RefusedMove]) -> None:
        """Everything decided so far."""
        document = {
            "tests": [trial_json(trial) for trial in trials],
            "refused": [refused_json(each) for each in refused],
        }
        write_atomic(self.folder / "journal.json", json.dumps(document, indent=1))


def trial_json(trial: Trial) -> dict[str, Any]:
    """A test as JSON values."""
    return {
        "change": in_words(trial.change),
        **{
            key: value
            for key, value in asdict(trial).items()
            if key not in ("change", "outcome", "interval")
        },
        "junction": trial.change.junction_id,
        "outcome": str(trial.outcome),
        "interval": None if trial.interval is None else list(trial.interval),
    }


def refused_json(refused: RefusedMove) -> dict[str, Any]:
    """A move that breaks a rule as JSON values."""
    return {
        "change": in_words(refused.change),
        "junction": refused.change.junction_id,
        "rule": refused.rule,
        "second": refused.second,
        "why": refused.why,
    }
