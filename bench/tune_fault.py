"""Does `tune` find seconds stolen from the stage that limits a junction, and give them back?

    python -m bench.tune_fault [--period 900] [--budget 15min] [--stolen 1,2,3]
                               [--write docs/optimise.md]

On the shipped arterial's peak a green wave is planned, seconds are stolen from the left
turns that limit J3, and the junction is tuned. Told are the seconds given back, by how
many tests, and what fresh seeds say of it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from bench.document import write_section
from signalctl.cli.aim_options import parse_budget
from signalctl.files.plan_file import read_plans, write_plans
from signalctl.networks.shipped import build
from signalctl.rules.registry import profile
from signalctl.workflow.source import open_scenario
from signalctl.workflow.tune.one_second_text import in_words, parse_changes
from signalctl.workflow.tune.runs import PairedRuns, TuneConditions
from signalctl.workflow.tune.screen import open_screen
from signalctl.workflow.tune.session import Workplace, trial_json
from signalctl.workflow.tune.trial import Trial
from signalctl.workflow.tune.trying import with_changes
from signalctl.workflow.tune.tune import Listener, Tuned, TuneRequest, tune
from signalctl.workflow.wave.greenwave import WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

OUT = Path("out/bench/tune_fault")
JUNCTION, GIVER, TAKER = "J3", "8", "2"


def main() -> None:
    """Plant faults of each size, tune, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--period", type=int, default=900, help="seconds of the peak")
    parser.add_argument("--budget", default="15min", help="time for each fault")
    parser.add_argument("--stolen", default="1,2", help="seconds stolen, each a fault")
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--write", type=Path, help="Markdown file to write the tests to")
    asked = parser.parse_args()
    rules = profile("as-surveyed")
    OUT.mkdir(parents=True, exist_ok=True)
    built = build("arterial", OUT / "arterial")
    peak = open_scenario(built.scenarios["peak"])
    wave = wave_for(
        peak, CorridorChoice(), WaveRequest(cycles=range(91, 92), profile=rules), None
    ).plans
    part = built.folder / "part.yaml"
    part.write_text(
        "schema: signalctl/scenario/1\nname: part of the peak\nnetwork: net.net.xml\n"
        "routes: [peak.rou.xml]\nadditionals: [stops.add.xml]\nbegin_s: 0\n"
        f"end_s: {asked.period}\n"
    )
    source = open_scenario(part)
    conditions = TuneConditions(profile=rules, jobs=asked.jobs, cache=OUT / "runs")
    rows, lines = [], []
    for stolen in (int(text) for text in asked.stolen.split(",")):
        words = f"{JUNCTION}: stage {GIVER} -{stolen}, stage {TAKER} +{stolen}"
        changes = parse_changes(words, wave.plans, source.network.junctions)
        given = OUT / f"stolen-{stolen}.yaml"
        write_plans(given, with_changes(wave, changes, source.network, rules), words)
        started = time.perf_counter()
        place = Workplace(given=given, output=OUT / f"tuned-{stolen}.yaml")
        place.open()
        with PairedRuns(source, conditions) as runs:
            tuned = tune(
                runs,
                read_plans(given),
                TuneRequest(junctions=(JUNCTION,), budget_s=parse_budget(asked.budget)),
                workplace=place,
                screen=open_screen(source, conditions.objective, asked.jobs),
                listener=Listener(told=lambda t: print(" ", in_words(t.change), t.outcome, t.why)),
            )
        back = sum(t.change.parts.get(GIVER, 0) for t in tuned.accepted)
        confirmed = tuned.confirmation
        rows.append(
            {
                "stolen_s": stolen,
                "given_back_s": back,
                "tests": [trial_json(trial) for trial in tuned.trials],
                "ended": str(tuned.ended),
                "fresh_difference_s": None if confirmed is None else confirmed.difference.mean,
                "fresh_interval_s": None if confirmed is None else confirmed.difference.interval,
                "wall_s": time.perf_counter() - started,
            }
        )
        lines += [*told(stolen, back, tuned), ""]
        print("\n".join(told(stolen, back, tuned)))
    (OUT / "results.json").write_text(json.dumps(rows, indent=1))
    if asked.write is not None:
        command = f"python -m bench.tune_fault --period {asked.period} --budget {asked.budget}"
        write_section(
            asked.write, "bench.tune_fault", f"{command} --stolen {asked.stolen}", lines[:-1]
        )


def told(stolen: int, back: int, tuned: Tuned) -> list[str]:
    """One fault in Markdown: what came of it, and a row for each test."""
    fresh = "no second was accepted"
    if tuned.confirmation is not None:
        found = tuned.confirmation.difference
        fresh = f"fresh seeds {found.mean:+.1f} s/veh ({_in_words(found.interval)})"
    title = (
        f"{stolen} s stolen from stage {GIVER} of {JUNCTION}: {back} s given back, "
        f"{len(tuned.accepted)} of {len(tuned.trials)} tests accepted, {fresh}."
    )
    head = ["| test | s/veh | 95 % | seeds | |", "| --- | --- | --- | --- | --- |"]
    return [title, "", *head, *(_row(trial) for trial in tuned.trials)]


def _row(trial: Trial) -> str:
    said = f"{trial.outcome}: {trial.why}"
    return (
        f"| {in_words(trial.change)} | {trial.mean:+.1f} | {_in_words(trial.interval)} "
        f"| {trial.seeds} | {said} |"
    )


def _in_words(interval: tuple[float, float] | None) -> str:
    return "-" if interval is None else f"{interval[0]:+.1f} .. {interval[1]:+.1f}"


if __name__ == "__main__":
    main()
