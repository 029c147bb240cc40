"""The server: the site opened, its first plan made, and uvicorn around the application."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from signalctl.api.app import create_app
from signalctl.api.service import Service
from signalctl.api.settings import Settings
from signalctl.domain.errors import InputError
from signalctl.files.devices_file import read_devices
from signalctl.rules.registry import profile
from signalctl.store.database import Database
from signalctl.workflow.service.emulated_site import emulated_site
from signalctl.workflow.service.first_plans import first_plans
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import default_folder, open_site
from signalctl.workflow.service.street_desk import StreetPlace

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


class Server(uvicorn.Server):
    """uvicorn, ending event streams first: they would never end by themselves."""

    def __init__(self, service: Service, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        self._service.hub.close()
        await super().shutdown(sockets)


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
        service = Service.of(
            database, desk, settings, cluster=options.cluster, place=street_place(desk)
        )
        if not service.users.page(limit=1):
            say("Nobody may log in yet: signalctl user add NAME --role admin makes the first user.")
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
        scheme = "https" if is_https else "http"
        say(f"signalctl is at {scheme}://{options.host}:{options.port}/ (Ctrl-C ends it)")
        _run(options, service)


def street_place(desk: PlanDesk) -> StreetPlace | None:
    """The devices of a site: those of its devices.yaml, else emulated ones at its first network.

    Raises InputError for a devices file that does not fit the site.
    """
    site = desk.site
    first = next(iter(site.networks.values()))
    file = site.folder / "devices.yaml"
    if not file.exists():
        plans = desk.plans.page(limit=1)
        commissioned = desk.read(plans[0].id).unrolled.plans if plans else None
        emulated = emulated_site(site, first, desk.profile.name, commissioned)
        return StreetPlace(network=first, devices=emulated.devices, emulated=emulated)
    devices = read_devices(file)
    wanted = devices.network_path.resolve()
    for network in site.networks.values():
        if wanted in {network.net.resolve(), *(p.resolve() for p in network.scenarios.values())}:
            return StreetPlace(network=network, devices=devices)
    raise InputError(
        f"The devices stand in {devices.network}, which is none of the site's networks.",
        where=str(file),
        remedy="Name a network of the site's networks folder.",
    )


def _run(options: ServeOptions, service: Service) -> None:
    server = Server(
        service,
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
        ),
    )
    try:
        server.run()
    except OSError as error:
        raise InputError(
            f"The server cannot start: {error.strerror}.",
            where=f"{options.host}:{options.port}",
            remedy="Choose another --port, or check the certificate.",
        ) from error
