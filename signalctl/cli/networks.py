"""signalctl networks: the benchmark networks that ship with the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson
from signalctl.cli.console import emit_json, say, table

networks = typer.Typer(help="The benchmark networks that ship with signalctl.")
app.add_typer(networks, name="networks", no_args_is_help=True)


@networks.command("list")
def list_networks(
    as_json: AsJson = False,
) -> int:
    """Name the networks and their scenarios."""
    from signalctl.networks.shipped import SHIPPED

    if as_json:
        emit_json(
            {
                "networks": [
                    {"name": each.name, "what": each.what, "scenarios": list(each.scenarios)}
                    for each in SHIPPED
                ]
            }
        )
    else:
        table(
            ("name", "scenarios", "what"),
            [(each.name, ", ".join(each.scenarios), each.what) for each in SHIPPED],
        )
    return 0


@networks.command("build")
def build_network(
    name: Annotated[str, typer.Argument(help="name, see: signalctl networks list")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="folder to make; default: ./NAME")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Build a network, its demand and its scenarios with SUMO's netconvert."""
    from signalctl.networks.shipped import build

    built = build(name, output if output is not None else Path(name))
    if as_json:
        emit_json(
            {
                "folder": str(built.folder),
                "network": str(built.net),
                "scenarios": {key: str(path) for key, path in built.scenarios.items()},
            }
        )
    else:
        say(f"{built.net}")
        for path in built.scenarios.values():
            say(f"{path}")
    return 0
