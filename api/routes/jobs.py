"""Jobs: ordered, watched, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signalctl.api.guarded_route import new_id
from signalctl.api.resource import resource
from signalctl.api.routes.report_models import ReportOut
from signalctl.api.service import service_of, user_of
from signalctl.store.jobs import Job, JobState, Wanted
from signalctl.workflow.jobs.order import JobKind
from signalctl.workflow.service.report_desk import report

router = resource("/jobs", "jobs")

JobId = Annotated[str, Path(max_length=64)]
_Id = Annotated[str, StringConstraints(max_length=64)]


class JobIn(BaseModel):
    """An order. `network` is needed only without a plan; `scenario` by name, else the first."""

    model_config = ConfigDict(extra="forbid")
    kind: JobKind
    plan: _Id | None = None
    network: _Id | None = Field(default=None, examples=["arterial"])
    scenario: _Id | None = Field(default=None, examples=["peak"])
    options: dict[str, Any] = Field(default={}, examples=[{"seeds": 5}])


class ProgressOut(BaseModel):
    """How far: `done` of `total` pieces, and what was last."""

    done: int
    total: int
    text: str


class JobErrorOut(BaseModel):
    """Why it failed."""

    code: str
    message: str
    where: str
    remedy: str
    rules: list[str] = []


class JobLine(BaseModel):
    """A job without its result."""

    id: str
    number: int
    kind: JobKind
    state: JobState
    plan: str | None
    plan_hash: str | None
    network: str
    scenario: str
    options: dict[str, Any]
    progress: ProgressOut
    attempts: int
    actor: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: JobErrorOut | None


class JobOut(JobLine):
    """A job; `result` by kind, null until it is done."""

    result: Any


class JobPage(BaseModel):
    """Jobs, the newest first; `next` is what to give as `after`, null at the end."""

    items: list[JobLine]
    next: str | None


def job_line(job: Job) -> JobLine:
    """A job as the lists and events tell it."""
    options = {name: value for name, value in job.order["options"].items() if name != "document"}
    return JobLine(
        id=job.id,
        number=job.number,
        kind=JobKind(job.kind),
        state=job.state,
        plan=job.order["plan"],
        plan_hash=job.order["plan_hash"],
        network=job.order["network"],
        scenario=job.order["scenario"],
        options=options,
        progress=ProgressOut(done=job.done, total=job.total, text=job.text),
        attempts=job.attempts,
        actor=job.actor,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        error=None if job.error is None else JobErrorOut(**job.error),
    )


@router.get("")
def list_jobs(
    request: Request,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    plan: Annotated[str | None, Query(max_length=64, description="only jobs of this plan")] = None,
    kind: JobKind | None = None,
    state: JobState | None = None,
    actor: Annotated[str | None, Query(max_length=200, description="only this user's")] = None,
) -> JobPage:
    """Jobs, the newest first."""
    before = None if after is None else int(after)
    wanted = Wanted(plan=plan, kind=kind, state=state, actor=actor)
    found = service_of(request).jobs.runner.jobs.page(before, limit + 1, wanted)
    items = [job_line(each) for each in found[:limit]]
    return JobPage(items=items, next=str(items[-1].number) if len(found) > limit else None)


@router.post("", status_code=202)
def order_job(request: Request, response: Response, job: JobIn) -> JobOut:
    """Order a job; it is queued on the disk when this answers."""
    ordered = service_of(request).jobs.order(
        id=new_id(request),
        kind=job.kind,
        plan=job.plan,
        network=job.network,
        scenario=job.scenario,
        options=job.options,
        actor=user_of(request).name,
    )
    response.headers["Location"] = f"/api/v1/jobs/{ordered.id}"
    return _told(ordered)


@router.get("/{job_id}")
def read_job(request: Request, job_id: JobId) -> JobOut:
    """One job with its result."""
    return _told(service_of(request).jobs.runner.jobs.read(job_id))


@router.get("/{job_id}/report")
def job_report(request: Request, job_id: JobId) -> ReportOut:
    """Who gains and who loses by a change, with intervals: of a finished compare or try job."""
    service = service_of(request)
    job = service.jobs.runner.jobs.read(job_id)
    return ReportOut.model_validate(report(job, service.desk))


@router.post("/{job_id}/cancel")
def cancel_job(request: Request, job_id: JobId) -> JobOut:
    """End a job before its time."""
    return _told(service_of(request).jobs.runner.cancel(job_id, user_of(request).name))


def _told(job: Job) -> JobOut:
    return JobOut(**job_line(job).model_dump(), result=job.result)
