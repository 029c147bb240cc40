"""The server: the site opened, its first plan made, and uvicorn around the application."""

from __future__ import annotations

import gc
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import uvicorn

from signalctl.api.app import create_app
from signalctl.api.listening import bound, url_of
from signalctl.api.serve_options import ServeOptions
from signalctl.api.service import Service
from signalctl.api.settings import Settings
from signalctl.api.site_hold import hold
from signalctl.domain.errors import InputError
from signalctl.files.devices_file import read_devices
from signalctl.rules.registry import profile
from signalctl.store.database import Database
from signalctl.workflow.service.emulated_site import emulated_site
from signalctl.workflow.service.first_plans import first_plans
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import default_folder, open_site
from signalctl.workflow.service.street_orders import StreetPlace

_IDLE_S = 30
"""How long a page's connection stays open between two questions."""
_GRACE_S = 5
"""How long open answers may take when the server is told to end."""


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
    folder = options.site or default_folder()
    # The door before the house: nothing is begun behind a port that is another's.
    with hold(folder) as held, bound(options.host, options.port) as listens:
        signal.signal(signal.SIGTERM, _end)
        say("Opening the site...")
        with Database(options.database) as database:
            site = open_site(folder)
            desk = PlanDesk(database, site, profile(options.rules))
            for read in first_plans(desk):
                say(f"First plan of {read.stored.network}: {read.stored.name}")
            is_https = options.certificate is not None
            settings = replace(Settings(), https=is_https or options.behind_proxy)
            service = Service.of(
                database, desk, settings, cluster=options.cluster, place=street_place(desk)
            )
            if not service.users.page(limit=1):
                say(
                    "Nobody may log in yet: signalctl user add NAME --role admin makes the "
                    "first user."
                )
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
            config = config_of(options, service)
            url = url_of("https" if is_https else "http", options.host, listens)
            say(f"signalctl is at {url} (Ctrl-C ends it)")
            held.tell(url)
            # What is there by now stays. Looking through it for garbage takes more than a tenth
            # of a second, in which nobody is answered.
            gc.collect()
            gc.freeze()
            try:
                Server(service, config).run([listens])
            except OSError as error:
                raise InputError(
                    f"The service cannot listen: {error.strerror}.",
                    where=url,
                    remedy="Choose another --port.",
                ) from error


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


def config_of(options: ServeOptions, service: Service) -> uvicorn.Config:
    """uvicorn's settings, its TLS tried. Raises InputError for a certificate it cannot use."""
    config = uvicorn.Config(
        create_app(service),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=options.behind_proxy,
        forwarded_allow_ips="127.0.0.1" if options.behind_proxy else None,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
        # Nobody is there to type one: a key with a password is refused, not asked about.
        ssl_keyfile_password="none" if options.key else None,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=32 * 1024,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise InputError(
            f"The certificate and its key cannot be used: {error.strerror or error}.",
            where=f"{options.certificate}, {options.key}",
            remedy="Both are PEM files, and the key is the certificate's, without a password.",
        ) from error
    return config


def _end(_number: int, _frame: object) -> NoReturn:
    """SIGTERM ends the service as Ctrl-C does, whatever it is at; with exit code 0."""
    raise SystemExit(0)
