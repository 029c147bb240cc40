"""signalctl approve: a second person's word that certified plans may go to the street."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, By, PlanFile
from signalctl.cli.console import emit_json, say


@app.command()
def approve(
    plans: PlanFile,
    reason: Annotated[str, typer.Option(help="why the plans may go to the street")],
    by: By = None,
    certificates: Annotated[
        Path | None,
        typer.Option(help="file of certificates; default: beside PLANS, .certificates.json"),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="database; default: SIGNALCTL_DATABASE_URL, or the user's own file"
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Approve certified plans; who issued a certificate cannot approve it."""
    from datetime import UTC, datetime

    from signalctl.files.certificate_file import certificates_path, read_certificates
    from signalctl.files.plan_file import read_plans
    from signalctl.store.database import Database
    from signalctl.workflow.approve import approve as approved
    from signalctl.workflow.certify import user_name

    plan_set = read_plans(plans)
    held = read_certificates(certificates or certificates_path(plans))
    name = by if by is not None else user_name()
    with Database(database) as opened:
        hashes = approved(plan_set, held, opened, by=name, reason=reason, now=datetime.now(UTC))
        place = opened.shown
    if as_json:
        emit_json({"plans": str(plans), "by": name, "approved": list(hashes), "database": place})
    else:
        say(f"{len(hashes)} plans approved by {name}, kept in {place}.")
    return 0
