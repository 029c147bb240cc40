"""signalctl audit: the log of every change, and whether anybody has changed the log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson
from signalctl.cli.console import emit_json, say, table


@app.command()
def audit(
    verify: Annotated[
        bool, typer.Option("--verify", help="check the chain, and the journal against it")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="with --verify: a hash noted elsewhere must be in it"),
    ] = None,
    after: Annotated[int, typer.Option(min=0, help="entries after this number")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="entries at most")] = 50,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="database; default: SIGNALCTL_DATABASE_URL, or the user's own file"
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the audit log, or check it; exit 1 when something in it was changed."""
    from signalctl.store.agreement import disagreements
    from signalctl.store.audit import Audit
    from signalctl.store.database import Database

    with Database(database) as opened:
        log = Audit(opened)
        if not verify:
            entries = log.entries(after, limit)
            if as_json:
                emit_json(
                    {"entries": [{**asdict(each), "at": each.at.isoformat()} for each in entries]}
                )
                return 0
            table(
                ("number", "at", "who", "what", "of", "why"),
                [
                    (
                        each.sequence,
                        f"{each.at:%Y-%m-%d %H:%M:%S}",
                        each.actor,
                        each.action,
                        each.subject,
                        each.reason,
                    )
                    for each in entries
                ],
            )
            return 0
        broken = log.verify(expect)
        differ = () if broken is not None else disagreements(opened)
        head = log.head() if broken is None else None
    if as_json:
        emit_json(
            {
                "ok": broken is None and not differ,
                "broken": None if broken is None else asdict(broken),
                "disagreements": list(differ),
                "entries": None if head is None else head.sequence,
                "head": None if head is None else head.hash,
            }
        )
    elif broken is not None:
        say(f"The audit log is broken at entry {broken.sequence}: {broken.message}")
    else:
        for sentence in differ:
            say(sentence)
        if not differ:
            many = "no entry yet" if head is None else f"{head.sequence} entries, head {head.hash}"
            say(f"The audit log is whole: {many}.")
    return 1 if broken is not None or differ else 0
