"""The certificate of a plan: what was checked, under which rules, on what evidence.

It speaks of one plan at one junction by their fingerprints: a changed second, or a
changed junction, and it no longer fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A measured figure: median over the seeds, and the 95 % interval of the mean."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Simulation of the plans together: which scenario, which seeds, what was measured.

    `measures` by name with unit (`total_delay_s`, `stops`, `unfinished`, ...).
    """

    scenario: str
    scenario_hash: str
    seeds: tuple[int, ...]
    measures: FrozenMap[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One plan at one junction passed a rule set without an error."""

    junction_id: str
    plan_hash: str
    junction_hash: str
    rules: str
    rules_version: str
    issued_at: datetime
    issued_by: str
    evidence: Evidence | None = None

    @property
    def hash(self) -> str:
        """Fingerprint of everything it says."""
        return fingerprint(
            {
                "junction": self.junction_id,
                "plan": self.plan_hash,
                "junction_hash": self.junction_hash,
                "rules": self.rules,
                "version": self.rules_version,
                "at": self.issued_at.isoformat(),
                "by": self.issued_by,
                "evidence": self.evidence,
            }
        )


def matches(certificate: Certificate, plan: TimingPlan, junction: Junction) -> bool:
    """Whether it speaks of this very plan at this very junction."""
    return (
        certificate.junction_id == junction.id == plan.junction_id
        and certificate.plan_hash == fingerprint(plan)
        and certificate.junction_hash == junction_fingerprint(junction)
    )
