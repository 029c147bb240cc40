"""What a job is told: kind, plan, scenario and options, everything that its process needs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class JobKind(StrEnum):
    """What can be ordered."""

    SIMULATE = "simulate"
    """The plan in its scenario over some seeds."""
    COMPARE = "compare"
    """The plan against the shipped programs, or another plan, on the same seeds."""
    TRY = "try"
    """A draft against the plan it was made from: what does this second do?"""
    OPTIMISE = "optimise"
    """A better plan for the scenario, sought on a model and judged in SUMO."""
    TRAJECTORIES = "trajectories"
    """Vehicles of one run of a draft or the plan, for the time-space diagram."""
    CERTIFY = "certify"
    """The plan's certificates, with a simulation of it as evidence."""


Seeds = Annotated[int, Field(ge=1, le=100)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SimulateOptions(_Options):
    """Seeds 1 to `seeds`."""

    seeds: Seeds = 5


class CompareOptions(_Options):
    """`against`: `shipped`, or the id of another plan."""

    seeds: Annotated[int, Field(ge=2, le=100)] = 5
    against: Annotated[str, Field(max_length=64)] = "shipped"


class TryOptions(_Options):
    """`document`: the plan with the change that is asked about."""

    document: dict[str, Any]
    seeds: Annotated[int, Field(ge=2, le=100)] = 5


class OptimiseOptions(_Options):
    """How long to seek, and what to keep as it is."""

    budget_s: Annotated[int, Field(ge=10, le=3_600)] = 120
    evaluations: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    keep: frozenset[str] = frozenset()
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1001


class TrajectoriesOptions(_Options):
    """`document`: a draft in the plan's place. Drawn are `cycles` after the warm-up."""

    document: dict[str, Any] | None = None
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1
    warm_up_s: Annotated[int, Field(ge=0, le=7_200)] = 900
    cycles: Annotated[int, Field(ge=1, le=6)] = 3


class CertifyOptions(_Options):
    """Seeds of the evidence."""

    seeds: Annotated[int, Field(ge=2, le=100)] = 3


OPTIONS: dict[JobKind, type[_Options]] = {
    JobKind.SIMULATE: SimulateOptions,
    JobKind.COMPARE: CompareOptions,
    JobKind.TRY: TryOptions,
    JobKind.OPTIMISE: OptimiseOptions,
    JobKind.TRAJECTORIES: TrajectoriesOptions,
    JobKind.CERTIFY: CertifyOptions,
}


class JobOrder(BaseModel):
    """An order as it lies in the database and goes to the job's process.

    `document` and `other` are whole plans, so that a later edit changes nothing of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: JobKind
    network: str
    scenario: str
    scenario_path: str
    plan: str | None = None
    plan_hash: str | None = None
    document: dict[str, Any] | None = None
    other: dict[str, Any] | None = None
    rules: str
    actor: str
    options: dict[str, Any]
    cluster: str | None = None
    processes: int | None = None
