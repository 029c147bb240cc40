"""What diagrams and move tables look like on the wire."""

from __future__ import annotations

from pydantic import BaseModel

from signalctl.api.problems import FindingOut


class BandOut(BaseModel):
    """A through band: its front at the first stop line; `binding` are the lines that limit it."""

    start_s: float
    width_s: float
    binding: list[int]


class LinkBandOut(BaseModel):
    """The band from one junction to the next; `start_s` at the first."""

    from_: str
    to: str
    direction: str
    start_s: float
    width_s: float

    model_config = {"alias_generator": lambda name: name.rstrip("_"), "populate_by_name": True}


class BandsOut(BaseModel):
    """Bands both ways; null where there is no common cycle or no such direction."""

    outbound: BandOut | None
    inbound: BandOut | None
    links: list[LinkBandOut]


class DirectionOut(BaseModel):
    """A direction of the corridor."""

    id: str
    length_m: float


class StageOut(BaseModel):
    """A stage; its change begins at system second `start_s`."""

    id: str
    split_s: int
    start_s: int
    greens: dict[str, str]


class BothWays(BaseModel):
    """A figure each way."""

    outbound: float | None
    inbound: float | None


class Delays(BothWays):
    """Estimated mean delay of a vehicle at a junction, s."""

    all: float | None


class GroupsBothWays(BaseModel):
    """Groups whose green carries the band, each way."""

    outbound: list[str]
    inbound: list[str]


class RowOut(BaseModel):
    """A junction: where it lies, when it starts, and what each group shows when."""

    junction: str
    name: str
    distance_m: float
    offset_s: int
    offset_point: str
    cycle_s: int
    stages: list[StageOut]
    travel_s: BothWays
    aspects: dict[str, list[tuple[int, int, str]]]
    progression: GroupsBothWays


class DiagramOut(BaseModel):
    """A time-space diagram; `cycle_s` is null where the junctions have several cycles."""

    cycle_s: int | None
    directions: list[DirectionOut]
    rows: list[RowOut]
    bands: BandsOut
    delay_s_per_vehicle: Delays | None
    estimate: bool


class CandidateOut(BaseModel):
    """A second a handle may take; `splits_s` and `start_s` are what a boundary would write."""

    second: int
    ok: bool
    rules: list[str]
    message: str
    findings: list[FindingOut]
    band: BothWays
    delay: Delays | None
    splits_s: dict[str, int] | None = None
    start_s: int | None = None


class MovesOut(BaseModel):
    """The move table of a handle of the plan with this hash."""

    base_hash: str
    junction: str
    handle: str
    now: int
    candidates: list[CandidateOut]
