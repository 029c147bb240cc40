"""What a report looks like on the wire. Differences are after - before; less is better."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Interval = tuple[float, float] | None


class LineOut(BaseModel):
    """Means over the seeds, and the mean of the paired differences with its 95 % interval.

    `finding`: `none` where the interval contains 0 (no difference shown), `few` where it
    does not and the pairs are fewer than `least_pairs`, else `less` or `more`.
    """

    before: float
    after: float
    difference: float = Field(examples=[-1.5])
    interval: Interval = Field(examples=[[-2.1, -0.9]])
    pairs: int = Field(examples=[10])
    finding: Literal["less", "more", "none", "few"]


class SumOut(LineOut):
    """Summed over vehicles."""

    unit: str = Field(examples=["veh-h"])


class TotalOut(SumOut):
    """A measure of the whole network."""

    measure: str = Field(examples=["total_delay"])


class ModeOut(TotalOut):
    """Vehicles of one mode; of pedestrians the time they stand and wait."""

    mode: str = Field(examples=["bus"])
    due: int


class ApproachOut(LineOut):
    """An approach of a signal: delay of a vehicle on the way to its stop line, and their sum."""

    junction: str = Field(examples=["J4"])
    edge: str
    name: str
    from_: str = Field(alias="from", examples=["W"], description="compass: where it comes from")
    unit: str
    vehicles: float
    sum: SumOut


class EffectsOut(BaseModel):
    """Approaches by the size of their summed change; with `elsewhere` (between signals) and
    `outside` (never let in) they add up to the network's total delay."""

    pairs: int
    least_pairs: int
    due: int
    is_lower_bound: bool
    totals: list[TotalOut]
    modes: list[ModeOut]
    approaches: list[ApproachOut]
    elsewhere: SumOut | None
    outside: SumOut | None


class ReportJobOut(BaseModel):
    """The job that made the runs."""

    id: str
    number: int
    kind: str
    ordered_by: str
    ordered_at: datetime
    ended_at: datetime | None


class ReportNetworkOut(BaseModel):
    """The network as its file was."""

    id: str
    sha256: str


class BeforeOut(BaseModel):
    """What the change is held against."""

    kind: Literal["plan", "peer"]
    name: str
    plan: str | None
    number: int | None
    hash: str | None


class DecisionLineOut(BaseModel):
    """A decision about just this content of the plan."""

    state: str
    by: str
    at: datetime
    reason: str


class AfterOut(BaseModel):
    """The plan that is judged; `plan` is null for a draft that was only tried."""

    plan: str | None
    number: int | None
    version: int | None
    name: str
    hash: str
    authors: list[str]
    state: str | None
    is_current: bool
    decisions: list[DecisionLineOut]


class WordsOut(BaseModel):
    """Sentences in both languages."""

    en: list[str]
    zh: list[str]


class ReportDifferenceOut(BaseModel):
    """The change in words; `seconds` is how many group seconds differ."""

    words: WordsOut
    seconds: int
    unread: list[str]


class ReportCertificatesOut(BaseModel):
    """How many junctions' plans hold a certificate, and whose word stands behind them."""

    junctions: int
    certified: int
    issued_by: list[str]
    approved_by: list[str]


class ReportOut(BaseModel):
    """One change on one page."""

    job: ReportJobOut
    network: ReportNetworkOut
    junctions: list[str]
    scenario: dict[str, Any]
    seeds: list[int]
    sumo_version: str
    signalctl_version: str
    rules: dict[str, str]
    before: BeforeOut
    after: AfterOut
    difference: ReportDifferenceOut
    effects: EffectsOut
    certificates: ReportCertificatesOut
