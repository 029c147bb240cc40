"""Plan files and saved versions: what comes from a desk and goes back to one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.guarded_route import new_id
from signalctl.api.resource import resource
from signalctl.api.routes.plan_models import Document, PlanName, PlanOut
from signalctl.api.routes.plans import PlanId, told
from signalctl.api.service import now, service_of, user_of
from signalctl.files.plan_file import dump_plans, plan_set_document, plans_of_text
from signalctl.files.plan_json import plan_set_from_json

router = resource("/plans", "plans")

MEDIA_TYPE: Final = "application/yaml"
_MOST_TEXT: Final = 500_000
"""Characters of an uploaded plan file, some hundred junctions; reading it takes seconds."""

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


class PlanFileIn(BaseModel):
    """A plan file as `signalctl` writes it; `file` is what refusals call it."""

    model_config = ConfigDict(extra="forbid")
    network: Annotated[str, StringConstraints(max_length=64)] = Field(examples=["arterial"])
    text: Annotated[str, StringConstraints(max_length=_MOST_TEXT)] = Field(
        examples=["schema: signalctl/plan/1\nname: evening peak\n..."]
    )
    file: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "plans.yaml"
    name: PlanName | None = Field(default=None, description="instead of the name in the file")
    based_on: Annotated[str, StringConstraints(max_length=64)] | None = None


class SavedVersionOut(BaseModel):
    """One saved version with its document."""

    version: int
    hash: str
    author: str
    at: datetime
    document: Document


@router.post("/files", status_code=201)
def upload_plan_file(request: Request, response: Response, plan: PlanFileIn) -> PlanOut:
    """Keep a plan file as a new draft. What is wrong with it is told with its line."""
    service = service_of(request)
    read_plans = plans_of_text(plan.text, plan.file)
    document = plan_set_document(read_plans)
    read = service.desk.create(
        id=new_id(request),
        network=plan.network,
        name=plan.name or read_plans.name,
        document=document,
        based_on=plan.based_on,
        author=user_of(request).name,
        at=now(),
    )
    response.headers["Location"] = f"/api/v1/plans/{read.stored.id}"
    return told(service, response, read, "created")


@router.get(
    "/{plan_id}/file",
    response_class=Response,
    responses={
        200: {
            "description": "the plan file, as `signalctl` reads it",
            "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
        }
    },
)
def download_plan_file(
    request: Request,
    plan_id: PlanId,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """The plan, or one of its saved versions, as the YAML file that `signalctl` reads."""
    plans = service_of(request).desk.plans
    stored = plans.read(plan_id)
    saved = plans.version(plan_id, version or stored.version)
    comment = (
        f"{stored.name}, plan {stored.number} version {saved.version} of network "
        f"{stored.network}, saved by {saved.author}\n{saved.hash}"
    )
    text = dump_plans(plan_set_from_json(saved.document), comment)
    name = f"plan-{stored.number}-v{saved.version}.yaml"
    return Response(
        text,
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "ETag": f'"{saved.hash}"',
        },
    )


@router.get("/{plan_id}/versions/{version}")
def read_version(request: Request, plan_id: PlanId, version: Version) -> SavedVersionOut:
    """One saved version: give its document to `POST /plans` to begin a draft from it."""
    saved = service_of(request).desk.plans.version(plan_id, version)
    return SavedVersionOut(
        version=saved.version,
        hash=saved.hash,
        author=saved.author,
        at=saved.at,
        document=saved.document,
    )
