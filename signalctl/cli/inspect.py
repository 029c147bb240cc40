"""signalctl inspect: what is there, and everything unusual about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AnySource, AsJson, Rules
from signalctl.cli.console import emit_json, say, table


@app.command()
def inspect(
    source: AnySource,
    junction: Annotated[str | None, typer.Option(help="only this junction, in full")] = None,
    rules: Rules = "as-surveyed",
    as_json: AsJson = False,
) -> int:
    """Show junctions, groups, conflicts, intergreens, programs and everything unusual."""
    from signalctl.rules.registry import profile
    from signalctl.workflow.inspect import inspect_source

    document = inspect_source(source, junction, profile(rules))
    if as_json:
        emit_json(document)
    elif junction is None:
        _overview(document)
    else:
        for each in document["junctions"]:
            _one(each)
    return 0


def _overview(document: dict[str, Any]) -> None:
    table(
        ("junction", "groups", "hard", "yields", "programs", "cycle s", "findings", "notes"),
        [
            (
                each["id"],
                len(each["groups"]),
                sum(c["kind"] == "hard" for c in each["conflicts"]),
                sum(c["kind"] == "yields" for c in each["conflicts"]),
                ", ".join(f"{p['id']} ({p['type']})" for p in each["programs"]) or "none",
                ", ".join(str(p["cycle_s"]) for p in each["programs"] if p["cycle_s"]),
                sum(len(p.get("findings", ())) for p in each["programs"]),
                len(each["notes"]),
            )
            for each in document["junctions"]
        ],
    )
    for note in document["notes"]:
        say(f"note: {note}")
    say("signalctl inspect NET --junction ID shows one junction in full.")


def _one(junction: dict[str, Any]) -> None:
    say(f"Junction {junction['id']}")
    table(
        ("group", "kind", "approach", "movement", "links"),
        [
            (g["id"], g["kind"], g["approach"], g["movement"], " ".join(map(str, g["links"])))
            for g in junction["groups"]
        ],
    )
    for conflict in junction["conflicts"]:
        a, b = conflict["groups"]
        if conflict["kind"] == "hard":
            say(f"hard     {a} x {b}")
        else:
            say(f"yields   {a} gives way to {b}")
    table(
        ("ends", "starts", "intergreen s", "source"),
        [(i["ending"], i["starting"], i["seconds"], i["source"]) for i in junction["intergreens"]],
    )
    for program in junction["programs"]:
        cycle = f"{program['cycle_s']} s" if program["cycle_s"] else "no fixed cycle"
        say(
            f"program {program['id']}: {program['type']}, {cycle}, offset {program['offset_s']} s"
            + (f"; {program['reason']}" if program.get("reason") else "")
        )
        for finding in program.get("findings", ()):
            say(f"  {finding['rule']} ({finding['severity']}): {finding['message']}")
    for note in junction["notes"]:
        say(f"note: {note}")
