"""The command tree that every verb's file registers itself on."""

from __future__ import annotations

import typer

import signalctl
from signalctl.cli.console import say

app = typer.Typer(
    name="signalctl",
    help="From a road network to a proven signal timing plan, judged in SUMO.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        say(f"signalctl {signalctl.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Say the version and leave."
    ),
) -> None:
    """From a road network to a proven signal timing plan, judged in SUMO."""
