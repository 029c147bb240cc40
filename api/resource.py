"""What every resource has in common: the guard, the login in its description, its problems."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer

from signalctl.api.guarded_route import GuardedRoute
from signalctl.api.problems import MEDIA_TYPE, Problem
from signalctl.api.roles import V1

# For the OpenAPI document only: the guard of each route does the work.
_BEARER: Final = HTTPBearer(auto_error=False, description="session token or API key")
_PROBLEM: Final = f"#/components/schemas/{Problem.__name__}"
_WORDS: Final = {
    401: "Nobody is logged in",
    403: "The user may not do this",
    404: "There is no such thing",
    405: "Not possible here",
    409: "It was changed meanwhile, or is not in the state for this",
    412: "If-Match is missing",
    413: "Too large",
    422: "It cannot be accepted",
    429: "Too often",
    503: "The database or a part of the service is not ready",
}


def resource(path: str, tag: str, *, is_public: bool = False) -> APIRouter:
    """A router for the resource at a path below the API's version."""
    responses: dict[int | str, dict[str, Any]] = {
        status: {
            "description": words,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
            },
        }
        for status, words in _WORDS.items()
    }
    return APIRouter(
        prefix=f"{V1}{path}" if not is_public else path,
        tags=[tag],
        route_class=GuardedRoute,
        responses=responses,
        dependencies=[] if is_public else [Depends(_BEARER)],
    )
