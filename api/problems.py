"""Every error as a problem document (RFC 9457) that says what, where and what to do."""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from signalctl.domain.errors import (
    DeviceError,
    InputError,
    NotExpressible,
    SafetyViolation,
    SignalctlError,
    SolveError,
)
from signalctl.store.refusals import Missing, NotBySame, Repeated, Stale, WrongState
from signalctl.workflow.service.unrolled import finding_json

MEDIA_TYPE: Final = "application/problem+json"
_LOG: Final = logging.getLogger("signalctl.api")
_STATUS: Final[tuple[tuple[type[SignalctlError], int], ...]] = (
    (Missing, 404),
    (Stale, 409),
    (WrongState, 409),
    (Repeated, 409),
    (NotBySame, 403),
    (SafetyViolation, 422),
    (NotExpressible, 422),
    (InputError, 422),
    (SolveError, 422),
    (DeviceError, 409),
)
_TITLES: Final = {
    400: "Not understood",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "In conflict with what is there",
    412: "A condition is missing",
    413: "Too large",
    415: "Not this kind of content",
    422: "Cannot be accepted",
    429: "Too many requests",
    500: "An error of the service",
    503: "Not ready",
}


class FindingOut(BaseModel):
    """What a rule says of a plan: where, when, by which rule and what to do."""

    junction: str
    second: int | None
    groups: list[str]
    rule: str
    severity: str
    message: str
    remedy: str
    source: str


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(examples=["urn:signalctl:problem:E-409"])
    title: str = Field(examples=["In conflict with what is there"])
    status: int = Field(examples=[409])
    detail: str = Field(
        examples=["Li saved version 13 of this plan while you worked on an earlier one."]
    )
    code: str = Field(examples=["E-409"])
    where: str = Field(examples=["plan 5f0c"])
    remedy: str = Field(examples=["Read it again and compare."])
    findings: list[FindingOut] | None = Field(default=None, examples=[None])


class Refusal(Exception):
    """The door itself refuses: no name, no right, too many, too large."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        remedy: str = "",
        where: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        self.document = problem(status, code, detail, remedy=remedy, where=where)


def problem(
    status: int, code: str, detail: str, *, remedy: str = "", where: str = ""
) -> dict[str, Any]:
    """A problem document."""
    return {
        "type": f"urn:signalctl:problem:{code}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
        "where": where,
        "remedy": remedy,
    }


def answer(
    status: int, document: dict[str, Any], headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document as a response."""
    return JSONResponse(document, status, headers, media_type=MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Turn every error that leaves a handler into a problem document."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(SignalctlError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return answer(error.status, error.document, error.headers)


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SignalctlError)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
    if status == 503:
        _LOG.error("%s %s: %s", request.method, request.url.path, error)
    document = problem(status, error.code, error.message, remedy=error.remedy, where=error.where)
    if isinstance(error, SafetyViolation):
        document["findings"] = [finding_json(each) for each in error.findings]
    return answer(status, document)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place, *fields = [str(part) for part in first["loc"]]
    more = len(error.errors()) - 1
    detail = f"{first['msg']}." + (f" ({more} more like this)" if more else "")
    where = f"{place}: {'.'.join(fields)}" if fields else place
    return answer(422, problem(422, "bad-request", detail, where=where))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "not-possible", 413: "too-large"}.get(
        error.status_code, "bad-request"
    )
    remedy = "See /api/v1/openapi.json for what there is." if error.status_code == 404 else ""
    document = problem(
        error.status_code, code, str(error.detail), where=request.url.path, remedy=remedy
    )
    return answer(error.status_code, document, dict(error.headers or {}))


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    # The sentence that leaves the house tells nothing of its inside; the log tells all.
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(500, problem(500, "bug", "The service failed; its log says how."))
