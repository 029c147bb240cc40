"""What a job is told: kind, plan, scenario and options, everything that its process needs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


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
    GREENWAVE = "greenwave"
    """The widest two-way green wave of a corridor, proven, in the plan's place."""
    TUNE = "tune"
    """The plan moved second by second, each move judged in SUMO."""
    CERTIFY = "certify"
    """The plan's certificates, with a simulation of it as evidence."""


JunctionId = Annotated[str, Field(min_length=1, max_length=512)]
Seeds = Annotated[int, Field(ge=1, le=100)]
_Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
_Cycle: TypeAlias = Annotated[int, Field(ge=10, le=600)]
_FEW: Final = Field(max_length=500)


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SimulateOptions(_Options):
    """Seeds 1 to `seeds`."""

    seeds: Seeds = 5


class CompareOptions(_Options):
    """`against`: `shipped` or another peer (workflow.peers), or the id of another plan."""

    seeds: Annotated[int, Field(ge=2, le=100)] = 5
    against: Annotated[str, Field(max_length=64)] = "shipped"


class TryOptions(_Options):
    """`document`: the plan with the change that is asked about."""

    document: dict[str, Any]
    seeds: Annotated[int, Field(ge=2, le=100)] = 5


class _Aim(_Options):
    """What is made small, and the longest queues allowed (m, by edge)."""

    objective: Literal["delay", "person-delay", "stops", "balanced"] = "delay"
    limits: Annotated[dict[_Name, Annotated[float, Field(gt=0, le=100_000)]], _FEW] = {}
    budget_s: Annotated[int, Field(ge=10, le=3_600)] = 120


class OptimiseOptions(_Aim):
    """How long to seek, what to keep as it is, and what may be changed.

    `corridor` names the junctions to plan, `auto` those of the most important arterial,
    null all. `turns` says which turns may be permissive; `protected_only` and `may_yield`
    are groups as JUNCTION:GROUP. `cycles` are the shortest and the longest cycle, s.
    """

    evaluations: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    keep: frozenset[Literal["cycle", "stages", "offsets"]] = frozenset()
    turns: Literal["shipped", "yielding"] = "shipped"
    protected_only: Annotated[tuple[_Name, ...], _FEW] = ()
    may_yield: Annotated[tuple[_Name, ...], _FEW] = ()
    corridor: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=500)] | None = None
    cycles: tuple[_Cycle, _Cycle] = (30, 120)
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1001

    @model_validator(mode="after")
    def _cycles_in_order(self) -> Self:
        if self.cycles[0] > self.cycles[1]:
            raise ValueError("the shortest cycle is longer than the longest")
        return self


class TuneOptions(_Aim):
    """Junctions to tune (null: all), seconds a move, most seeds a test may take.

    `least_gain` is what a second must gain to be worth having, s (or stops) a vehicle;
    null is 0.1 s or 0.01 stops.
    """

    junctions: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=500)] | None = None
    step_s: Annotated[int, Field(ge=1, le=60)] = 1
    seeds: Annotated[int, Field(ge=3, le=1_000)] = 30
    least_gain: Annotated[float, Field(gt=0, lt=1_000)] | None = None


class TrajectoriesOptions(_Options):
    """`document`: a draft in the plan's place. Drawn are `cycles` after the warm-up."""

    document: dict[str, Any] | None = None
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1
    warm_up_s: Annotated[int, Field(ge=0, le=7_200)] = 900
    cycles: Annotated[int, Field(ge=1, le=6)] = 3


class GreenWaveOptions(_Options):
    """Junctions in outbound order; `per_link`: a band for each link in place of a through one."""

    junctions: Annotated[tuple[JunctionId, ...], Field(min_length=2, max_length=60)]
    cycle_from_s: Annotated[int, Field(ge=20, le=300)] = 60
    cycle_to_s: Annotated[int, Field(ge=20, le=300)] = 120
    per_link: bool = False
    sequence: Literal["keep", "optimise"] = "keep"


class CertifyOptions(_Options):
    """Seeds of the evidence."""

    seeds: Annotated[int, Field(ge=2, le=100)] = 3


OPTIONS: dict[JobKind, type[_Options]] = {
    JobKind.SIMULATE: SimulateOptions,
    JobKind.COMPARE: CompareOptions,
    JobKind.TRY: TryOptions,
    JobKind.OPTIMISE: OptimiseOptions,
    JobKind.TRAJECTORIES: TrajectoriesOptions,
    JobKind.GREENWAVE: GreenWaveOptions,
    JobKind.TUNE: TuneOptions,
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
