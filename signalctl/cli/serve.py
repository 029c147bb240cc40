"""signalctl serve: the service and the page, on embedded defaults."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import Cluster, Rules
from signalctl.cli.console import remark, say
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.api.serve_options import ServeOptions
    from signalctl.api.site_hold import Running


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen at")] = 8080,
    database: Annotated[
        str | None,
        typer.Option(help="URL of the database; default: $SIGNALCTL_DATABASE_URL, else SQLite"),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(help="folder with networks and devices; default: the shipped arterial"),
    ] = None,
    rules: Rules = "as-surveyed",
    cluster: Cluster = None,
    tls_cert: Annotated[Path | None, typer.Option(help="certificate chain, PEM")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="its private key, PEM")] = None,
    behind_proxy: Annotated[
        bool, typer.Option(help="a proxy on this machine ends TLS and names the client")
    ] = False,
    background: Annotated[
        bool, typer.Option("--background", help="start it, wait until it answers, and return")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="say whether the site's service runs, and where")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="end the site's service")] = False,
) -> int:
    """Serve the API and the page."""
    from signalctl.api.serve_options import ServeOptions

    if background + status + stop > 1:
        raise InputError("Only one of --background, --status and --stop can be done at a time.")
    if status:
        return _status(site)
    if stop:
        return _stop(site)
    options = ServeOptions(
        host=host,
        port=port,
        database=database,
        site=site,
        rules=rules,
        certificate=tls_cert,
        key=tls_key,
        behind_proxy=behind_proxy,
        cluster=cluster,
    )
    if background:
        return _background(options)
    from signalctl.api.server import serve as run

    run(options, remark)
    return 0


def _background(options: ServeOptions) -> int:
    from signalctl.api.background import begin, log_of

    service = begin(options, remark)
    here = f" --site {options.site}" if options.site else ""
    say()
    say(f"The page is at {service.url}")
    if not _has_users(options.database):
        there = " --database URL" if options.database else ""
        say("Nobody may sign in yet, and there is no default password. Make the first person:")
        say(f"    {_program()} user add NAME --role admin --role engineer{there}")
        say("and a second one who approves plans and sends them to the street:")
        say(f"    {_program()} user add NAME --role approver --role operator{there}")
    say(f"It goes on until {_program()} serve --stop{here}; its log is {log_of(options.site)}")
    return 0


def _status(site: Path | None) -> int:
    from signalctl.api.background import is_ready, log_of

    found = _running(site)
    if found is None:
        say("No service runs on this site.")
        return 1
    if not (found.url and is_ready(found)):
        say(f"A service (process {found.pid}) does not answer yet; its log: {log_of(site)}")
        return 1
    say(f"The page is at {found.url} (process {found.pid})")
    return 0


def _stop(site: Path | None) -> int:
    from signalctl.api.background import end

    found = end(site)
    if found is None:
        say("No service runs on this site.")
    else:
        say(f"The service (process {found.pid}) has ended.")
    return 0


def _running(site: Path | None) -> Running | None:
    from signalctl.api.site_hold import running
    from signalctl.workflow.service.site import default_folder

    return running(site or default_folder())


def _has_users(url: str | None) -> bool:
    from signalctl.store.database import Database
    from signalctl.store.users import Users

    with Database(url) as database:
        return bool(Users(database).page(limit=1))


def _program() -> str:
    """How the person called this program, so that the next command can be copied."""
    called = Path(sys.argv[0])
    return sys.argv[0] if called.name == "signalctl" else "signalctl"
