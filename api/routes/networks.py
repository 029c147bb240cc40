"""Networks of the site: lanes, junctions, corridors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from signalctl.api.resource import resource
from signalctl.api.service import service_of
from signalctl.files.plan_file import corridor_document
from signalctl.networks.corridor import corridor_from_junctions
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


class PickedCorridorOut(BaseModel):
    """A corridor as a plan file says it, its length, and what should be known of it."""

    corridor: dict[str, Any]
    length_m: float
    notes: list[str]


@router.get("/{network_id}/corridor")
def pick_corridor(
    request: Request,
    network_id: NetworkId,
    junction: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=512)]],
        Query(min_length=2, max_length=60, description="in outbound order", examples=["J1"]),
    ],
) -> PickedCorridorOut:
    """The corridor through junctions in this order: both ways' stop lines and speeds."""
    network = service_of(request).desk.site.network(network_id).network
    found = corridor_from_junctions(network, junction)
    return PickedCorridorOut(
        corridor=corridor_document(found.corridor),
        length_m=round(found.length_m, 1),
        notes=list(found.notes),
    )


@router.get("/{network_id}", response_model=NetworkOut)
def read_network(request: Request, network_id: NetworkId) -> JSONResponse:
    """One network with the geometry to draw it."""
    found: dict[str, Any] = network_document(service_of(request).desk.site.network(network_id))
    return JSONResponse(found)
