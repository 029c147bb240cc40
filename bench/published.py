"""The bench of the corpus as it is published: docs/bench.md and docs/bench-yielding.md.

    python -m bench.published [--only NAME,...] [--turns shipped|yielding] [--robust]
                              [--every-peer] [--replan] [--keep] [--write]

Lays the runs and plans that are kept in bench/published into out/bench, benches every
scenario with five seeds, and plans where no plan is kept. `--keep` puts plans and runs
back, one folder a scenario; `--write` makes the documents anew: of all scenarios their
tables and picture, with `--robust` or `--every-peer` that section alone, of those asked
for. Figures of every seed land in out/bench/corpus-TURNS.json. Without anything kept it
is five hours of two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Final

from bench.corpus import CORPUS, OUT, ROOT
from bench.document import write_section
from bench.kept_runs import keep, lay
from signalctl.cli.console import progress
from signalctl.domain.frozen import FrozenMap
from signalctl.files.atomic import write_atomic
from signalctl.optimiser.stage_design.permission import TurnRule
from signalctl.rules.registry import profile
from signalctl.workflow.bench.as_json import result_json
from signalctl.workflow.bench.bench import DEFAULT_PEERS, Suite, bench, suite_entries
from signalctl.workflow.bench.claims import claims, trial_claims
from signalctl.workflow.bench.picture import draw
from signalctl.workflow.bench.rows import BenchRow, BenchSettings
from signalctl.workflow.bench.table import page

PEERS: Final = ("shipped", "actuated", "sumo-tools")
BUDGET_S: Final = 300.0
BUDGETS_S: Final = FrozenMap(
    {
        "a10_koenigswusterhausen": 900.0,
        "berlin_doerpfeld": 360.0,
        "ingolstadt21": 900.0,
        "monaco_ma2c": 900.0,
    }
)
"""Where a run takes long for its size, or the issue is a network of many junctions."""
DOCS: Final = ROOT / "docs"
TURNS: Final = {
    "shipped": (TurnRule.AS_SHIPPED, "bench"),
    "yielding": (TurnRule.MAY_YIELD, "bench-yielding"),
}
"""Rule of permissive turns and name of the document and its picture, by the option's word."""
PARTS: Final = {"robust": "## Other demand, fresh seeds", "every-peer": "## Delay"}
"""Heading of the tables that go into a section of their own, by the option that asks for it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Bench what is asked; keep and write where that is asked too."""
    parser = argparse.ArgumentParser(prog="python -m bench.published", description=__doc__)
    parser.add_argument("--only", default="", help="scenarios, several by comma")
    parser.add_argument("--turns", choices=sorted(TURNS), help="only these; default: both")
    parser.add_argument("--robust", action="store_true", help="other demands, fresh seeds")
    parser.add_argument("--every-peer", action="store_true", help="adaptive ones as well")
    parser.add_argument("--replan", action="store_true", help="plan anew")
    parser.add_argument("--keep", action="store_true", help="keep runs and plans")
    parser.add_argument("--write", action="store_true", help="write the documents")
    options = parser.parse_args(arguments)
    if not CORPUS.is_dir():
        sys.stderr.write(f"No corpus at {CORPUS}: nothing to bench.\n")
        return 1
    names = tuple(name for name in options.only.split(",") if name)
    is_part = options.robust or options.every_peer
    if options.write and names and not is_part:
        parser.error("--write makes tables of all scenarios: leave --only out.")
    entries = suite_entries(Suite.CORPUS, OUT, CORPUS, names)
    lay(entries, OUT)
    for word in [options.turns] if options.turns else TURNS:
        peers = DEFAULT_PEERS if options.every_peer else PEERS
        settings = settings_of(word, peers, robust=options.robust, replan=options.replan)
        rows = []
        result = OUT / f"corpus-{word}.json"
        with progress(f"bench, turns {word}") as report:
            for row in bench(entries, settings, report):
                rows.append(row)
                write_atomic(result, json.dumps(result_json(rows, settings), indent=1) + "\n")
                if options.keep:
                    keep([row.entry], OUT)
        if options.write and is_part:
            for option, heading in PARTS.items():
                if getattr(options, option.replace("-", "_")):
                    write_part(word, rows, settings, option, heading)
        elif options.write:
            write(word, rows, settings, f"python -m bench.published --turns {word} --write")
        for row in rows:
            print(f"{row.entry.name}, turns {word}: {told(row)}")
        for claim in claims(rows):
            if claim.said:
                print(f"turns {word}: {claim.said}")
    return 0


def settings_of(word: str, peers: tuple[str, ...], *, robust: bool, replan: bool) -> BenchSettings:
    """How the published bench runs, by the word of the turns."""
    return BenchSettings(
        peers=peers,
        folder=OUT,
        profile=profile("as-surveyed"),
        heavy_seeds=5,
        budget_s=BUDGET_S,
        budgets_s=BUDGETS_S,
        turns=TURNS[word][0],
        replan=replan,
        robust=robust,
    )


def write(word: str, rows: Sequence[BenchRow], settings: BenchSettings, command: str) -> None:
    """The document's tables and its picture."""
    name = TURNS[word][1]
    written = page(rows, settings, command).splitlines()
    # The document has a title of its own, and says by which command its tables were made.
    begin = next(i for i, line in enumerate(written) if line.startswith("Made by")) + 1
    write_section(DOCS / f"{name}.md", f"bench.published {word}", command, written[begin:])
    draw(rows, DOCS / "pictures" / f"{name}.png")


def write_part(
    word: str, rows: Sequence[BenchRow], settings: BenchSettings, option: str, heading: str
) -> None:
    """One of the document's sections, of the scenarios of these rows."""
    only = ",".join(row.entry.name for row in rows)
    command = f"python -m bench.published --turns {word} --{option} --only {only} --write"
    written = page(rows, settings, command).splitlines()
    begin = written.index(heading) + 2
    end = next(i for i, line in enumerate(written[begin:], begin) if line.startswith("## "))
    path = DOCS / f"{TURNS[word][1]}.md"
    section = written[begin : end - 1]
    if option == "robust":
        section += ["", *(f"* {claim.said}" for claim in trial_claims(rows) if claim.said)]
    write_section(path, f"bench.published {word} {option}", command, section)


def told(row: BenchRow) -> str:
    """A row in a sentence."""
    ratio, best = row.ratio_to(row.best_fixed), row.best_fixed
    if row.failed or ratio is None or best is None:
        return row.failed or "no plan"
    return f"{ratio:.3f} of {best.name}"


if __name__ == "__main__":
    sys.exit(main())
