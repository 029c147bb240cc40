"""Green waves on real networks, judged in SUMO: the table of docs/results.md.

    python -m bench.corpus [--seeds N] [--only NAME,...] [--write docs/results.md]

Every network of the corpus and every shipped one that has two or more coordinated
junctions in a row: `greenwave --auto` (stage sequence free), then `compare` against
the shipped programs and SUMO's own tools on the same seeds. Finished runs are kept
in out/bench, so that an interrupted bench goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.errors import SignalctlError
from signalctl.networks.shipped import SHIPPED, build
from signalctl.rules.registry import profile
from signalctl.sim.statistics import spread
from signalctl.workflow import manifest
from signalctl.workflow.bench.rows import HEAVY_VEHICLE_S
from signalctl.workflow.judge import Conditions, Verdict, judge, simulate
from signalctl.workflow.source import Source, open_scenario
from signalctl.workflow.wave.greenwave import Wave, WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out" / "bench"
CORPUS = Path(os.environ.get("SIGNALCTL_CORPUS", ROOT.parent / "shared" / "corpus"))
PEERS = ("shipped", "sumo-tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network's line; `said` replaces the figures where there are none."""

    name: str
    said: str = ""
    wave: Wave | None = None
    verdict: Verdict | None = None


def scenarios() -> list[tuple[str, Path]]:
    """Name and configuration of every scenario at hand."""
    found = [(f.parent.name, f) for f in sorted(CORPUS.glob("*/scenario.sumocfg"))]
    if not found:
        sys.stderr.write(f"{CORPUS} holds no scenario: only the shipped networks are run.\n")
    for network in SHIPPED:
        built = build(network.name, OUT / network.name)
        found += [(f"{network.name}/{key}", path) for key, path in built.scenarios.items()]
    return found


def with_manifest(source: Source, config: Path) -> Source:
    """The source with the options that a corpus manifest asks for beside its configuration."""
    return manifest.with_manifest(source, manifest.read_manifest(config))


def measured(name: str, config: Path, seeds: int) -> Row:
    """The green wave of one scenario and what SUMO says of it."""
    rules = profile("as-surveyed")
    try:
        source = with_manifest(open_scenario(config), config)
        request = WaveRequest(cycles=range(60, 121), sequence="optimise", profile=rules)
        wave = wave_for(source, CorridorChoice(), request)
        look = Conditions(seeds=1, profile=rules, cache=OUT / "runs")
        shipped = simulate(source, None, look).result.records[0][0].measures
        # A jammed network takes minutes a run.
        jams = shipped.total_delay_s * shipped.due > HEAVY_VEHICLE_S
        conditions = Conditions(seeds=1 if jams else seeds, profile=rules, cache=OUT / "runs")
        return Row(name=name, wave=wave, verdict=judge(source, wave.plans, PEERS, conditions))
    except SignalctlError as error:
        return Row(name=name, said=error.message)


def line(row: Row) -> str:
    """One line of the table, in Markdown."""
    if row.wave is None or row.verdict is None:
        return f"| {row.name} | {row.said} | | | | | | |"
    wave, result = row.wave, row.verdict.result
    cells = [row.name, f"{len(wave.corridor.junction_ids)} junctions, {wave.result.cycle_s} s"]
    bands = [f"{wave.bands[d].width_s:.0f}" if d in wave.bands else "-" for d in WAYS]
    cells.append(" / ".join(bands))
    for variant in (*PEERS, "plans"):
        measures = [record.measures for record in result.records_of(variant)]
        delay = spread([m.total_delay_s for m in measures]).median
        left = sum(m.unfinished for m in measures)
        cells.append(f"{delay:.1f}" + (f" (+{left} unfinished)" if left else ""))
    shipped = row.verdict.comparisons[0]
    interval = shipped.total_delay_s.interval
    between = "one seed" if interval is None else f"{interval[0]:+.1f} .. {interval[1]:+.1f}"
    cells.append(f"{shipped.total_delay_s.mean:+.1f} ({between})")
    stops = shipped.corridor_stops
    # In a jam nobody moves, so nobody stops: such counts do not compare.
    share = stops.relative if stops is not None and not shipped.is_lower_bound else None
    cells.append("-" if share is None else f"{100 * share:+.0f} %")
    return f"| {' | '.join(cells)} |"


WAYS = ("outbound", "inbound")
HEAD = (
    "| scenario | corridor, cycle | bands out / in, s | shipped, s/veh | SUMO tools, s/veh | "
    "green wave, s/veh | green wave - shipped, s/veh (95 %) | corridor stops |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the bench and print the table; `--write FILE` puts it into a document."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--write", type=Path, help="Markdown file to write the table to")
    options = parser.parse_args(arguments)
    wanted = {name for name in options.only.split(",") if name}
    OUT.mkdir(parents=True, exist_ok=True)
    print(HEAD)
    lines, notes = [], []
    for name, config in scenarios():
        if wanted and name not in wanted:
            continue
        started = time.perf_counter()
        row = measured(name, config, options.seeds)
        lines.append(line(row))
        print(lines[-1], flush=True)
        if row.verdict is not None:
            notes += [
                f"* {name}, {variant.name}: {note}"
                for variant in row.verdict.result.variants
                for note in variant.notes
            ]
        sys.stderr.write(f"{name}: {time.perf_counter() - started:.0f} s\n")
    if options.write is not None:
        options.write.write_text(document(lines, notes, options.seeds), encoding="utf-8")


def document(lines: Sequence[str], notes: Sequence[str], seeds: int) -> str:
    """The page of results."""
    return "\n".join(
        [
            "# Results on real networks",
            "",
            f"Made by `python -m bench.corpus --seeds {seeds} --write docs/results.md`: for each "
            "scenario",
            "`greenwave --auto --sequence optimise --cycle 60..120`, then `compare` with the same "
            "seeds on all sides.",
            "Delay is total delay as in [measures](measures.md), median over seeds; unfinished "
            "vehicles are summed over",
            "seeds and make the figure a lower bound. Only the corridor's junctions get new plans; "
            "SUMO's tools retime",
            "every light. A single corridor's green wave is not what a saturated grid needs: the "
            "rows show that too.",
            f"{seeds} seeds; networks that jam under their shipped programs have one.",
            "",
            HEAD,
            *lines,
            "",
            *(["Notes:", "", *notes, ""] if notes else []),
        ]
    )


if __name__ == "__main__":
    main()
