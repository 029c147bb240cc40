"""Drafts that are not saved: their diagram, findings and moves, for who is editing."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

from signalctl.api.problems import FindingOut
from signalctl.api.resource import resource
from signalctl.api.routes.diagram_models import DiagramOut, MovesOut
from signalctl.api.routes.plan_models import DraftIn, DraftMoveIn
from signalctl.api.service import service_of
from signalctl.workflow.service.unrolled import finding_json

router = resource("/drafts", "plans")


class DraftDiagramOut(DiagramOut):
    """A diagram, with what the rules say of the draft."""

    findings: list[FindingOut]


@router.post("/diagram", response_model=DraftDiagramOut)
def draft_diagram(request: Request, draft: DraftIn) -> JSONResponse:
    """The diagram and the findings of a draft; nothing is saved."""
    desk = service_of(request).desk
    diagram = desk.diagram_of(draft.network, draft.document)
    found = desk.draft(draft.network, draft.document).findings
    return JSONResponse({**diagram, "findings": [finding_json(each) for each in found]})


@router.post("/moves", response_model=MovesOut)
def draft_moves(request: Request, draft: DraftMoveIn) -> JSONResponse:
    """The move table of a handle of a draft; nothing is saved."""
    return JSONResponse(
        service_of(request).desk.moves_of(
            draft.network, draft.document, draft.junction, draft.handle
        )
    )
