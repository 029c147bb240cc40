"""Plans: written, read, compared, submitted, withdrawn, approved or rejected."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from signalctl.api.guarded_route import new_id
from signalctl.api.problems import Refusal
from signalctl.api.resource import resource
from signalctl.api.routes.diagram_models import DiagramOut, MovesOut
from signalctl.api.routes.plan_models import (
    DifferenceOut,
    EditIn,
    PapersOut,
    PlanIn,
    PlanLine,
    PlanOut,
    PlanPage,
    ReasonIn,
    VersionOut,
    plan_line,
    plan_out,
)
from signalctl.api.routes.street import street_of
from signalctl.api.service import Service, now, service_of, user_of
from signalctl.store.plans import PlanState
from signalctl.workflow.service.plan_desk import PlanRead

router = resource("/plans", "plans")

RUNNING: Final = "running"

PlanId = Annotated[str, Path(max_length=64)]
After = Annotated[str, Query(pattern=r"^\d{1,18}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]
OneVersion = Annotated[int, Field(ge=1, le=2**31 - 1)] | None
IfMatch = Annotated[str | None, Header(description='the ETag that was read: "<hash>"')]


@router.get("")
def list_plans(
    request: Request, state: PlanState | None = None, after: After = "0", limit: Limit = 100
) -> PlanPage:
    """Plans by number."""
    found = service_of(request).desk.plans.page(state, int(after), limit + 1)
    lines = [PlanLine(**plan_line(each)) for each in found[:limit]]
    return PlanPage(items=lines, next=str(lines[-1].number) if len(found) > limit else None)


@router.post("", status_code=201)
def create_plan(request: Request, response: Response, plan: PlanIn) -> PlanOut:
    """Keep a new draft. One that breaks a rule is refused with every finding."""
    service = service_of(request)
    read = service.desk.create(
        id=new_id(request),
        network=plan.network,
        name=plan.name,
        document=plan.document,
        based_on=plan.based_on,
        author=user_of(request).name,
        at=now(),
    )
    response.headers["Location"] = f"/api/v1/plans/{read.stored.id}"
    return told(service, response, read, "created")


@router.get("/{plan_id}", response_model=PlanOut)
def read_plan(request: Request, plan_id: PlanId) -> Response:
    """One plan; its ETag is what an edit must send as If-Match."""
    service = service_of(request)
    stored = service.desk.plans.read(plan_id)
    # Every edit and every decision has a moment of its own, so this names what is answered.
    mark = (plan_id, str(stored.version), stored.state, stored.changed_at.isoformat())

    def make() -> tuple[str, bytes]:
        read = service.desk.read(plan_id)
        out = plan_out(read, service.desk.plans.decisions(plan_id))
        return f'"{read.stored.hash}"', out.model_dump_json().encode()

    etag, body = service.texts.get(mark, make)
    return Response(body, media_type="application/json", headers={"ETag": etag})


@router.put("/{plan_id}")
def edit_plan(
    request: Request, response: Response, plan_id: PlanId, edit: EditIn, if_match: IfMatch = None
) -> PlanOut:
    """Save a new version of a plan. An illegal second is never saved, a stale edit neither."""
    service = service_of(request)
    read = service.desk.edit(
        plan_id,
        expected_hash=_expected(if_match),
        document=edit.document,
        author=user_of(request).name,
        at=now(),
    )
    return told(service, response, read, "edited")


@router.get("/{plan_id}/versions")
def list_versions(request: Request, plan_id: PlanId) -> list[VersionOut]:
    """Every saved version: by whom and when."""
    return [
        VersionOut(version=version, hash=hash, author=author, at=at)
        for version, hash, author, at in service_of(request).desk.plans.versions(plan_id)
    ]


@router.get("/{plan_id}/diff", response_model=DifferenceOut)
def diff_plan(
    request: Request,
    plan_id: PlanId,
    to: Annotated[
        str,
        Query(max_length=64, description="id of the other plan, or `running`: what devices run"),
    ],
    version: Annotated[OneVersion, Query(description="of this plan; else as it is")] = None,
    to_version: Annotated[OneVersion, Query(description="of the other; else as it is")] = None,
) -> JSONResponse:
    """What this plan, or one of its versions, changes against another one."""
    service = service_of(request)
    if to != RUNNING:
        return JSONResponse(service.desk.diff(plan_id, to, version, to_version))
    readings = street_of(service).readings
    running = {r.entry.junction: r.plan for r in readings if r.plan is not None}
    return JSONResponse(service.desk.diff_running(plan_id, running))


@router.get("/{plan_id}/certificates")
def list_certificates(request: Request, plan_id: PlanId) -> list[PapersOut]:
    """What was proven of each junction's plan, by which rules and runs, and who approved it."""
    return [PapersOut(**each) for each in service_of(request).desk.papers(plan_id)]


@router.get("/{plan_id}/diagram", response_model=DiagramOut)
def plan_diagram(request: Request, plan_id: PlanId) -> Response:
    """The time-space diagram as data; all seconds are system seconds."""
    service = service_of(request)
    stored = service.desk.plans.read(plan_id)

    def make() -> tuple[str, bytes]:
        # By the version that was read: the plan may be another one by now.
        document = service.desk.plans.document(plan_id, stored.version)
        drawn = service.desk.diagram_of(stored.network, document)
        return "", bytes(JSONResponse(drawn).body)

    _, body = service.texts.get((stored.network, stored.hash, "diagram"), make)
    return Response(body, media_type="application/json")


@router.get("/{plan_id}/moves", response_model=MovesOut)
def plan_moves(
    request: Request,
    plan_id: PlanId,
    junction: Annotated[str, Query(max_length=512, examples=["J4"])],
    handle: Annotated[str, Query(max_length=1_100, examples=["offset"])],
) -> JSONResponse:
    """The move table of a handle: `offset`, `stage:A|B`, `phase:2|3`, `barrier:1`, `end:1|G2` ...

    docs/api.md lists them all.
    """
    return JSONResponse(service_of(request).desk.moves(plan_id, junction, handle))


@router.post("/{plan_id}/submit")
def submit_plan(
    request: Request, response: Response, plan_id: PlanId, if_match: IfMatch = None
) -> PlanOut:
    """Ask for approval of the plan as it is."""
    return _decide(request, response, plan_id, PlanState.SUBMITTED, "", if_match)


@router.post("/{plan_id}/withdraw")
def withdraw_plan(
    request: Request,
    response: Response,
    plan_id: PlanId,
    why: ReasonIn,
    if_match: IfMatch = None,
) -> PlanOut:
    """Take a submitted plan back to a draft."""
    return _decide(request, response, plan_id, PlanState.DRAFT, why.reason, if_match)


@router.post("/{plan_id}/approve")
def approve_plan(
    request: Request,
    response: Response,
    plan_id: PlanId,
    why: ReasonIn,
    if_match: IfMatch = None,
) -> PlanOut:
    """Approve a submitted plan; never by one of its authors."""
    return _decide(request, response, plan_id, PlanState.APPROVED, why.reason, if_match)


@router.post("/{plan_id}/reject")
def reject_plan(
    request: Request,
    response: Response,
    plan_id: PlanId,
    why: ReasonIn,
    if_match: IfMatch = None,
) -> PlanOut:
    """Send a submitted plan back."""
    return _decide(request, response, plan_id, PlanState.REJECTED, why.reason, if_match)


def _decide(
    request: Request,
    response: Response,
    plan_id: str,
    state: PlanState,
    reason: str,
    if_match: str | None,
) -> PlanOut:
    service = service_of(request)
    read = service.desk.decide(
        plan_id,
        state,
        by=user_of(request).name,
        reason=reason,
        at=now(),
        hash=None if if_match is None else _expected(if_match),
    )
    return told(service, response, read, state.value)


def _expected(if_match: str | None) -> str:
    if if_match is None:
        raise Refusal(
            412,
            "E-412",
            "An edit must say which version it is of.",
            remedy='Send If-Match: "<hash>" with the ETag of the plan as it was read.',
        )
    return if_match.strip().removeprefix("W/").strip('"')


def told(
    service: Service, response: Response, read: PlanRead, happened: str | None = None
) -> PlanOut:
    """A plan as an answer with its ETag; `happened` is told to everybody who listens."""
    stored = read.stored
    response.headers["ETag"] = f'"{stored.hash}"'
    if happened is not None:
        event: dict[str, Any] = {
            "id": stored.id,
            "happened": happened,
            "state": stored.state,
            "version": stored.version,
            "hash": stored.hash,
        }
        service.hub.publish("plan", event)
    return plan_out(read, service.desk.plans.decisions(stored.id))
