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


class TimedOut(BaseModel):
    """A junction: when it starts, and what each group shows when.

    `zero_s` is the system second of the plan's own second 0.
    """

    junction: str
    name: str
    offset_s: int
    offset_point: str
    cycle_s: int
    zero_s: int
    stages: list[StageOut]
    aspects: dict[str, list[tuple[int, int, str]]]


class RowOut(TimedOut):
    """A junction of the corridor, and where it lies."""

    distance_m: float
    travel_s: BothWays
    progression: GroupsBothWays


class DiagramOut(BaseModel):
    """A time-space diagram; `cycle_s` is null where the junctions have several cycles.

    `beside` are the plan's junctions that are not on the corridor: all where it has none.
    """

    cycle_s: int | None
    directions: list[DirectionOut]
    rows: list[RowOut]
    beside: list[TimedOut]
    bands: BandsOut
    delay_s_per_vehicle: Delays | None
    estimate: bool


class CandidateOut(BaseModel):
    """A place a handle may take: its second, and its value as the handle counts it.

    The rest is what a plan would get there: `splits_s` by stage or phase and `start_s` of a
    boundary or barrier, `window_s` of a green window, `offsets_s` of junctions that move
    together. `aspects` are the groups that do not show the same at every place, in system
    time; `zero_s` is the system second of the plan's own second 0.
    """

    second: int
    value: int
    ok: bool
    rules: list[str]
    message: str
    findings: list[FindingOut]
    band: BothWays
    delay: Delays | None
    splits_s: dict[str, int] | None = None
    start_s: int | None = None
    window_s: tuple[int, int] | None = None
    offsets_s: dict[str, int] | None = None
    zero_s: int | None = None
    aspects: dict[str, list[tuple[int, int, str]]] | None = None


class MovesOut(BaseModel):
    """The move table of a handle of the plan with this hash."""

    base_hash: str
    junction: str
    handle: str
    now: int
    value: int
    candidates: list[CandidateOut]
