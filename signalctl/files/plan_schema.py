"""The form of a plan file, `schema: signalctl/plan/1`, field by field.

pydantic models for the edge only; `plan_file` turns them into domain types.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from signalctl.domain.aspect import GreenKind
from signalctl.domain.plan import ReferencePoint

PLAN_SCHEMA = "signalctl/plan/1"

MAX_CYCLE_S = 3_600
"""Longer cycles than an hour are a slip of the pen; the rules' own limits are far lower."""

Second = Annotated[int, Field(strict=True, ge=0, le=2 * MAX_CYCLE_S)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=2 * MAX_CYCLE_S)]
Identifier = Annotated[str, Field(min_length=1, max_length=512)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StageModel(_Strict):
    """A stage: its split and the groups that are green in it."""

    id: Identifier
    split_s: Seconds = Field(description="from this stage's change to the next one's, s")
    protected: tuple[Identifier, ...] = ()
    permissive: tuple[Identifier, ...] = ()


class StagesModel(_Strict):
    """Stages in order; the first one's change happens at second start_s."""

    start_s: Second = 0
    sequence: Annotated[tuple[StageModel, ...], Field(min_length=1)]


class PhaseModel(_Strict):
    """A NEMA phase of a ring; the split contains amber and red clearance."""

    number: Annotated[int, Field(strict=True, ge=1, le=255)]
    split_s: Seconds
    protected: tuple[Identifier, ...] = ()
    permissive: tuple[Identifier, ...] = ()
    amber_s: Second = 3
    red_clearance_s: Second = 1
    walks: tuple[Identifier, ...] = ()
    walk_s: Second = 0


class RingBarrierModel(_Strict):
    """sections[i][ring] is the phase order of a ring between two barriers."""

    start_s: Second = 0
    sections: Annotated[tuple[tuple[tuple[PhaseModel, ...], ...], ...], Field(min_length=1)]


class OffsetModel(_Strict):
    """System seconds, modulo the cycle, at which the reference point happens."""

    seconds: Second
    point: ReferencePoint = ReferencePoint.CYCLE_START
    group: Identifier | None = None


class PlanModel(_Strict):
    """One junction's plan, in exactly one of the forms."""

    junction: Identifier
    junction_hash: str | None = Field(
        default=None, description="fingerprint of the junction the plan was made for"
    )
    name: Identifier
    cycle_s: Seconds
    offset: OffsetModel
    stages: StagesModel | None = None
    ring_barrier: RingBarrierModel | None = None
    windows: dict[Identifier, tuple[tuple[Second, Seconds, GreenKind], ...]] | None = Field(
        default=None, description="group: [[start_s, end_s, kind], ...]"
    )
    lamps: dict[Identifier, str] | None = Field(
        default=None, description="group: letters with run lengths, such as 'r10 G35 y3 r12'"
    )

    @model_validator(mode="after")
    def _one_form(self) -> PlanModel:
        forms = [self.stages, self.ring_barrier, self.windows, self.lamps]
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give exactly one of stages, ring_barrier, windows, lamps")
        return self


class StopLineModel(_Strict):
    """A stop line of the green wave."""

    junction: Identifier
    group: Identifier
    position_m: float


class ProgressionModel(_Strict):
    """One direction: stop lines in order of travel, speeds between them."""

    stop_lines: Annotated[tuple[StopLineModel, ...], Field(min_length=1)]
    speeds_kmh: tuple[Annotated[float, Field(gt=0, le=300)], ...]
    edges: tuple[str, ...] = ()


class CorridorModel(_Strict):
    """The corridor the plans coordinate."""

    name: Identifier
    junctions: tuple[Identifier, ...]
    outbound: ProgressionModel
    inbound: ProgressionModel | None = None


class NetworkModel(_Strict):
    """The network the plans were made for."""

    file: str
    sha256: str | None = None


class PlanFileModel(_Strict):
    """A plan file: plans of one network that belong together."""

    schema_: Literal["signalctl/plan/1"] = Field(alias="schema")
    name: Identifier
    network: NetworkModel
    corridor: CorridorModel | None = None
    plans: Annotated[tuple[PlanModel, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _each_junction_once(self) -> PlanFileModel:
        seen: set[str] = set()
        for plan in self.plans:
            if plan.junction in seen:
                raise ValueError(f"junction {plan.junction!r} has two plans")
            seen.add(plan.junction)
        return self


def plan_json_schema() -> dict[str, Any]:
    """The published JSON Schema of plan files."""
    return PlanFileModel.model_json_schema(by_alias=True)
