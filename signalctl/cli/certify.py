"""signalctl certify: plans that pass every rule, and what SUMO says of them, on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, By, Cache, Jobs, PlanFile, Rules
from signalctl.cli.console import emit_json, progress, say, table

if TYPE_CHECKING:
    from signalctl.domain.certificate import Certificate


@app.command()
def certify(
    plans: PlanFile,
    network: Annotated[
        Path | None, typer.Option(help="network the plans belong to; nothing is simulated")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="SUMO configuration or scenario file to simulate the plans in together"),
    ] = None,
    rules: Rules = "as-surveyed",
    seeds: Annotated[int, typer.Option(min=2, max=1000, help="number of seeds: 1, 2, ...")] = 3,
    by: By = None,
    jobs: Jobs = None,
    cache: Cache = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="file; default: beside PLANS, .certificates.json"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Certify plans that pass every rule, with a simulation of them as evidence if wanted."""
    from datetime import UTC, datetime

    from signalctl.domain.errors import InputError
    from signalctl.files.certificate_file import (
        certificate_document,
        certificates_path,
        write_certificates,
    )
    from signalctl.files.plan_file import read_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.certify import certify as certified
    from signalctl.workflow.certify import user_name
    from signalctl.workflow.source import open_scenario, open_source

    if network is not None and scenario is None:
        source = replace(open_source(network), scenario=None)
    elif scenario is not None and network is None:
        source = open_scenario(scenario)
    else:
        raise InputError(
            "Plans are certified for one network.",
            where="--network, --scenario",
            remedy="Give --network NET, or --scenario SUMOCFG to simulate them too.",
        )
    judged_by = profile(rules)
    with progress("certify") as report:
        certificates = certified(
            read_plans(plans),
            source,
            judged_by,
            issued_by=by if by is not None else user_name(),
            now=datetime.now(UTC),
            seeds=seeds,
            jobs=jobs,
            cache=cache,
            progress=report,
        )
    path = output or certificates_path(plans)
    write_certificates(path, plans, certificates)
    if as_json:
        emit_json(
            {
                "plans": str(plans),
                "written": str(path),
                "certificates": [certificate_document(each) for each in certificates],
            }
        )
        return 0
    _show(certificates)
    say(f"{len(certificates)} plans certified under {judged_by.name}: {path}")
    return 0


def _show(certificates: tuple[Certificate, ...]) -> None:
    evidence = certificates[0].evidence if certificates else None
    if evidence is None:
        return
    table(
        ("measure", "median", "mean, 95 % interval"),
        [
            (name, f"{each.median:.2f}", f"{each.low:.2f} .. {each.high:.2f}")
            for name, each in evidence.measures.items()
        ],
        title=f"{evidence.scenario}, {len(evidence.seeds)} seeds",
    )
