"""What plans look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.problems import FindingOut
from signalctl.store.plans import Decision, PlanState, StoredPlan
from signalctl.workflow.service.plan_desk import PlanRead
from signalctl.workflow.service.unrolled import finding_json

Document = Annotated[
    dict[str, Any],
    Field(description="a plan file as JSON: schema signalctl/plan/1, see docs/plan-file.md"),
]
Run = tuple[int, int, str]
Words = Annotated[str, StringConstraints(max_length=2_000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
PlanName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanIn(_In):
    """A new plan."""

    network: Annotated[str, StringConstraints(max_length=64)] = Field(examples=["arterial"])
    name: PlanName = Field(examples=["evening peak"])
    document: Document
    based_on: Annotated[str, StringConstraints(max_length=64)] | None = None


class EditIn(_In):
    """The whole plan as it shall be."""

    document: Document


class ReasonIn(_In):
    """Why."""

    reason: Reason = Field(examples=["looked at every junction"])


class DraftIn(_In):
    """A draft that is not saved."""

    network: Annotated[str, StringConstraints(max_length=64)] = Field(examples=["arterial"])
    document: Document


class DraftMoveIn(DraftIn):
    """A handle of a draft that is not saved."""

    junction: Annotated[str, StringConstraints(max_length=512)]
    handle: Annotated[str, StringConstraints(max_length=1_100)] = Field(examples=["offset"])


class PlanLine(BaseModel):
    """A plan without its document."""

    id: str
    number: int
    version: int
    name: str
    network: str
    state: PlanState
    hash: str
    authors: list[str]
    created_at: datetime
    changed_at: datetime
    based_on: str | None


class PlanPage(BaseModel):
    """Plans by number; `next` is what to give as `after`, null at the end."""

    items: list[PlanLine]
    next: str | None


class DecisionOut(BaseModel):
    """A step of its way, of which hash, by whom, why: `draft` is a submission withdrawn."""

    hash: str
    state: PlanState
    by: str
    at: datetime
    reason: str


class PlanOut(PlanLine):
    """A plan with its document and what the rules say of it."""

    document: Document
    findings: list[FindingOut]
    decisions: list[DecisionOut]


class VersionOut(BaseModel):
    """One saved version."""

    version: int
    hash: str
    author: str
    at: datetime


class IntervalOut(BaseModel):
    """A measured figure: median over the seeds, and the 95 % interval of the mean."""

    median: float
    low: float
    high: float


class EvidenceOut(BaseModel):
    """The runs behind a certificate; `measures` by name with unit."""

    scenario: str
    scenario_hash: str
    seeds: list[int]
    measures: dict[str, IntervalOut]


class CertificateOut(BaseModel):
    """What a plan passed; `current` when under the rules of today."""

    hash: str
    rules: str
    rules_version: str
    current: bool
    issued_at: datetime
    issued_by: str
    evidence: EvidenceOut | None


class ApprovalOut(BaseModel):
    """A person's word that the junction's plan may run."""

    by: str
    at: datetime
    reason: str


class PapersOut(BaseModel):
    """Certificates and approvals of one junction's plan, the newest first."""

    junction: str
    plan_hash: str
    certificates: list[CertificateOut]
    approvals: list[ApprovalOut]


class SecondOut(BaseModel):
    """A system second of the cycle in which a group shows something else."""

    junction: str
    group: str
    second: int
    was: str
    now: str


class GroupShownOut(BaseModel):
    """Runs `[from_s, to_s, letter]` over the cycle before and after; null for no such group."""

    was: list[Run] | None
    now: list[Run] | None


class ShownOut(BaseModel):
    """What the groups of a junction that differ show."""

    was_cycle_s: int
    now_cycle_s: int
    groups: dict[str, GroupShownOut]


class DifferenceOut(BaseModel):
    """A difference second by second, and in sentences by language; `shown` by junction.

    `unread` (against what runs): junctions whose running plan is not known.
    """

    seconds: list[SecondOut]
    shown: dict[str, ShownOut]
    words: dict[str, list[str]]
    unread: list[str] = []


def plan_line(stored: StoredPlan) -> dict[str, Any]:
    """The fields of a `PlanLine`."""
    return {
        "id": stored.id,
        "number": stored.number,
        "version": stored.version,
        "name": stored.name,
        "network": stored.network,
        "state": stored.state,
        "hash": stored.hash,
        "authors": list(stored.authors),
        "created_at": stored.created_at,
        "changed_at": stored.changed_at,
        "based_on": stored.based_on,
    }


def plan_out(read: PlanRead, decisions: tuple[Decision, ...]) -> PlanOut:
    """A plan as it goes out."""
    return PlanOut(
        **plan_line(read.stored),
        document=read.document,
        findings=[FindingOut(**finding_json(each)) for each in read.unrolled.findings],
        decisions=[
            DecisionOut(
                hash=each.hash, state=each.state, by=each.by, at=each.at, reason=each.reason
            )
            for each in decisions
        ],
    )
