"""signalctl serve: the service and the page, on embedded defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import Cluster, Rules
from signalctl.cli.console import remark


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
) -> int:
    """Serve the API and the page."""
    from signalctl.api.server import ServeOptions
    from signalctl.api.server import serve as run

    run(
        ServeOptions(
            host=host,
            port=port,
            database=database,
            site=site,
            rules=rules,
            certificate=tls_cert,
            key=tls_key,
            behind_proxy=behind_proxy,
            cluster=cluster,
        ),
        remark,
    )
    return 0
