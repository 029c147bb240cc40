"""Whether the service lives, is ready, and how it fares."""

from __future__ import annotations

from typing import Literal

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

import signalctl
from signalctl.api.resource import resource
from signalctl.api.service import service_of

router = resource("", "health", is_public=True)


class HealthOut(BaseModel):
    """It lives."""

    status: Literal["ok"]
    version: str


class ReadyOut(BaseModel):
    """It can answer: its database does."""

    status: Literal["ready"]


@router.get("/health")
async def health() -> HealthOut:
    """The process lives and its event loop turns."""
    return HealthOut(status="ok", version=signalctl.__version__)


@router.get("/ready")
def ready(request: Request) -> ReadyOut:
    """The database answers; 503 when it does not."""
    service_of(request).audit.head()
    return ReadyOut(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Figures for Prometheus; it logs in with an API key as bearer token."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
