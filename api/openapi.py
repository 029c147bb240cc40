"""The OpenAPI document of the service."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from signalctl.api.openapi_examples import add_examples
from signalctl.api.problems import Problem
from signalctl.api.resource import resource


def describe(app: FastAPI) -> None:
    """Add the document and its address to an application that has all its routes."""
    router = resource("/openapi.json", "health")

    @router.get("", include_in_schema=False)
    def openapi(request: Request) -> JSONResponse:
        """What this is."""
        return JSONResponse(request.app.openapi())

    app.router.routes.extend(router.routes)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's own way


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        reference = "#/components/schemas/{model}"
        problem = Problem.model_json_schema(ref_template=reference)
        schemas |= problem.pop("$defs", {})
        schemas[Problem.__name__] = problem
        add_examples(document)
        app.openapi_schema = document
    return app.openapi_schema
