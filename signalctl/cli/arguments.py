"""Arguments and options that mean the same in every verb."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="one JSON document on standard output")
]
Rules: TypeAlias = Annotated[str, typer.Option(help="gb, fhwa, rilsa or as-surveyed")]
AllowUnsafe: TypeAlias = Annotated[
    bool, typer.Option("--allow-unsafe", help="go on although the plans break safety rules")
]
PlanFile: TypeAlias = Annotated[Path, typer.Argument(metavar="PLANS", help="plan file")]
NetworkOf: TypeAlias = Annotated[
    Path,
    typer.Option("--network", help="network, SUMO configuration or scenario the plans belong to"),
]
AnySource: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="NET|SUMOCFG", help="network, SUMO configuration or scenario file"),
]
ScenarioFile: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="SUMOCFG|SCENARIO", help="SUMO configuration or scenario file"),
]
By: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="who says so; default: the user of this machine")
]
OutputFile: TypeAlias = Annotated[
    Path, typer.Option("-o", "--output", help="file to write, whole or not at all")
]
Seeds: TypeAlias = Annotated[int, typer.Option(min=1, max=1000, help="number of seeds: 1, 2, ...")]
Jobs: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=256, help="runs side by side; default: one a core")
]
Cluster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="run on a Dask cluster: its scheduler's address, such as tcp://host:8786, "
        "or local; default: processes of this machine",
    ),
]
KeepOutputs: TypeAlias = Annotated[
    Path | None, typer.Option("--keep-outputs", help="folder for SUMO's raw outputs")
]
Cache: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="folder of finished runs: an interrupted command goes on where it was"),
]
