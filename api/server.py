"""The server: the site opened, its first plan made, and uvicorn around the application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from signalctl.api.app import create_app
from signalctl.api.service import Service
from signalctl.api.settings import Settings
from signalctl.domain.errors import InputError
from signalctl.rules.registry import profile
from signalctl.store.database import Database
from signalctl.workflow.service.first_plans import first_plans
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import default_folder, open_site

_GRACE_S = 5
"""How long open answers may take when the server is told to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What `signalctl serve` was told. `database` is a URL, None for the default one."""

    host: str
    port: int
    database: str | None = None
    site: Path | None = None
    rules: str = "as-surveyed"
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    cluster: str | None = None


def serve(options: ServeOptions, say: Callable[[str], None]) -> None:
    """Serve until told to end; `say` is given what the person at the terminal should know.

    Raises InputError for a site, database, certificate or address that cannot be used.
    """
    if (options.certificate is None) != (options.key is None):
        raise InputError(
            "TLS takes a certificate and its key.", remedy="Give --tls-cert and --tls-key."
        )
    say("Opening the site...")
    with Database(options.database) as database:
        site = open_site(options.site or default_folder())
        desk = PlanDesk(database, site, profile(options.rules))
        for read in first_plans(desk):
            say(f"First plan of {read.stored.network}: {read.stored.name}")
        is_https = options.certificate is not None
        settings = replace(Settings(), https=is_https or options.behind_proxy)
        service = Service.of(database, desk, settings, cluster=options.cluster)
        if not service.users.page(limit=1):
            say("Nobody may log in yet: signalctl user add NAME --role admin makes the first user.")
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
        scheme = "https" if is_https else "http"
        say(f"signalctl is at {scheme}://{options.host}:{options.port}/ (Ctrl-C ends it)")
        _run(options, service)


def _run(options: ServeOptions, service: Service) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(service),
            host=options.host,
            port=options.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=options.behind_proxy,
            forwarded_allow_ips="127.0.0.1" if options.behind_proxy else None,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.key,
            timeout_graceful_shutdown=_GRACE_S,
            h11_max_incomplete_event_size=32 * 1024,
        )
    )
    try:
        server.run()
    except OSError as error:
        raise InputError(
            f"The server cannot start: {error.strerror}.",
            where=f"{options.host}:{options.port}",
            remedy="Choose another --port, or check the certificate.",
        ) from error
