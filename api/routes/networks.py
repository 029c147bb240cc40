"""Networks of the site: lanes, junctions, corridors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from signalctl.api.resource import resource
from signalctl.api.service import service_of
from signalctl.workflow.service.network_view import network_document, network_line

router = resource("/networks", "networks")

NetworkId = Annotated[str, Path(max_length=64, examples=["arterial"])]


class CorridorOut(BaseModel):
    """A corridor: its junctions in outbound order."""

    name: str
    junctions: list[str]


class _Network(BaseModel):
    id: str
    name: str
    corridors: list[CorridorOut]
    scenarios: list[str]


class NetworkLine(_Network):
    """A network by name; `junctions` is how many are signalised."""

    junctions: int


class LaneOut(BaseModel):
    """A lane's centre line, metres, x east, y north."""

    id: str
    edge: str
    width_m: float
    points: list[list[float]]


class GroupOut(BaseModel):
    """A signal group; `turn` in the travel sense of its approach."""

    id: str
    kind: str
    label: str
    from_edge: str
    turn: str
    min_green_s: int
    amber_s: int
    red_amber_s: int
    crossing_m: float | None


class ConflictsOut(BaseModel):
    """Pairs never green together, and pairs of which the first gives way."""

    hard: list[list[str]]
    yields: list[list[str]]


class JunctionOut(BaseModel):
    """A signalised junction. `intergreen_s[a][b]`: from the end of a to the start of b."""

    id: str
    name: str
    x: float
    y: float
    shape: list[list[float]]
    signalised: bool
    groups: list[GroupOut]
    intergreen_s: dict[str, dict[str, int]]
    conflicts: ConflictsOut
    notes: list[str]


class NetworkOut(_Network):
    """The whole network with its signalised junctions."""

    junctions: list[JunctionOut]
    sha256: str
    lefthand: bool
    bounds: list[float]
    lanes: list[LaneOut]
    notes: list[str]


@router.get("")
def list_networks(request: Request) -> list[NetworkLine]:
    """The networks of the site."""
    site = service_of(request).desk.site
    return [NetworkLine(**network_line(each)) for each in site.networks.values()]


@router.get("/{network_id}", response_model=NetworkOut)
def read_network(request: Request, network_id: NetworkId) -> JSONResponse:
    """One network with the geometry to draw it."""
    found: dict[str, Any] = network_document(service_of(request).desk.site.network(network_id))
    return JSONResponse(found)
