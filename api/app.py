"""The application: resources, guards, problems and the page put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import signalctl
from signalctl.api.guarded_route import GuardedRoute
from signalctl.api.metrics import CountRequests
from signalctl.api.middleware import BodyLimit, NoNul, SafeHeaders
from signalctl.api.openapi import describe
from signalctl.api.problems import tell_problems
from signalctl.api.roles import ACCESS
from signalctl.api.routes import (
    account,
    alarms,
    audit,
    drafts,
    events,
    health,
    jobs,
    lockouts,
    networks,
    plan_files,
    plans,
    sessions,
    street,
    users,
)
from signalctl.api.service import Service
from signalctl.api.static_page import serve_page

_RESOURCES = (
    sessions.router,
    networks.router,
    plans.router,
    plan_files.router,
    drafts.router,
    jobs.router,
    street.devices,
    street.pushes,
    alarms.router,
    audit.router,
    users.router,
    account.router,
    lockouts.router,
    events.router,
    health.router,
)


def create_app(service: Service) -> FastAPI:
    """The application around a service, which it starts and closes.

    Raises RuntimeError when a route and the table of roles do not know each other.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(
        title="signalctl",
        version=signalctl.__version__,
        summary="Signal timing plans: written, judged, approved, pushed and watched.",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    tell_problems(app)
    for router in _RESOURCES:
        # Not include_router: what it leaves in `routes` differs between FastAPI's releases,
        # and the table of roles must see every route.
        app.router.routes.extend(router.routes)
    describe(app)
    _check_access(app)
    serve_page(app)
    app.add_middleware(NoNul)
    app.add_middleware(BodyLimit, most_bytes=service.settings.body_bytes)
    app.add_middleware(CountRequests, metrics=service.metrics)
    app.add_middleware(SafeHeaders, https=service.settings.https)
    return app


def guarded_routes(app: FastAPI) -> list[GuardedRoute]:
    """Every route that the table of roles decides on."""
    return [route for route in app.routes if isinstance(route, GuardedRoute)]


def _check_access(app: FastAPI) -> None:
    known = {(m, route.path_format) for route in guarded_routes(app) for m in route.methods or ()}
    others = [route for route in app.routes if not isinstance(route, GuardedRoute)]
    unlike = known ^ set(ACCESS)
    if unlike or others:
        raise RuntimeError(
            f"routes and the table of roles differ: {sorted(unlike)}, without a guard: {others}"
        )
