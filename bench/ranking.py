"""Does the queue model rank plans as SUMO does?  The table of docs/model.md.

    python -m bench.ranking [--plans N] [--only NAME,...] [--sumo-only] [--keep]
                            [--calibrated] [--write docs/model.md]

Random safe plans of each network (see bench/random_plans.py): SUMO's total delay with
one seed against the model's. Runs are kept in out/bench/ranking, so that a stopped
bench goes on where it was; with `--keep` in bench/published too, for other machines.
With `--calibrated` the model takes the saturation flows that `signalctl calibrate` measures,
and the table has a section of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from bench.corpus import OUT, scenarios, with_manifest
from bench.document import write_section
from bench.kept_runs import keep_ranking, lay_ranking
from bench.random_plans import Choices, RandomPlan, choices, plan_from_json
from bench.ranking_runs import Judged, JudgedPlans
from signalctl.domain.errors import SignalctlError
from signalctl.domain.lane_capacity import LaneCapacity, Origin
from signalctl.files.atomic import write_atomic
from signalctl.networks.flows import flow_ratios, turning_flows
from signalctl.networks.network import Network
from signalctl.optimiser.signal_table import SignalTable
from signalctl.optimiser.splits import worksheet
from signalctl.rules.registry import profile
from signalctl.sim.calibration import calibrated
from signalctl.sim.variants import shipped
from signalctl.workflow.source import open_scenario
from signalctl.workflow.traffic_model import queue_models, traffic_of

FOLDER: Final = OUT / "ranking"
SEED: Final = 1
OTHER_SEED: Final = 2
HEAVY_CPU_S: Final = 15.0
"""Networks for which one run of SUMO takes longer are judged on their first minutes alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How well an estimate ranks plans; regrets are relative to the best plan's delay."""

    spearman: float
    spearman_best_half: float
    regret_first: float
    regret_five: float
    level: float
    """Median of estimate / SUMO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network's figures."""

    name: str
    plans: int
    minutes: float
    delay_range_s: tuple[float, float]
    model: Ranking
    hcm: Ranking
    noise: float | None
    """Spearman of a second seed with the first over the plans that have both."""
    model_ms: float
    sumo_ms: float
    kept: tuple[str, ...]


def ranking(sumo: Sequence[float], estimate: Sequence[float]) -> Ranking:
    """Compare an estimate of plans with SUMO's figures, both in s per vehicle."""
    truth, guess = np.asarray(sumo), np.asarray(estimate)
    order = np.argsort(guess, kind="stable")
    best = truth.min()
    half = truth <= np.median(truth)
    return Ranking(
        spearman=_spearman(truth, guess),
        spearman_best_half=_spearman(truth[half], guess[half]),
        regret_first=float(truth[order[0]] / best - 1.0),
        regret_five=float(truth[order[:5]].min() / best - 1.0),
        level=float(np.median(guess / truth)),
    )


def _spearman(a: Any, b: Any) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b).statistic)


class Bench:
    """One network: its plans, SUMO's runs, the model."""

    def __init__(
        self, name: str, config: Path, minutes: float | None = None, *, is_calibrated: bool = False
    ) -> None:
        self.is_calibrated = is_calibrated
        source = with_manifest(open_scenario(config), config)
        assert source.scenario is not None
        self.name = name
        self.network: Network = source.network
        self.scenario = source.scenario
        if minutes is not None:
            end_s = min(self.scenario.end_s, self.scenario.begin_s + 60.0 * minutes)
            self.scenario = replace(self.scenario, end_s=end_s)
        self.minutes = (self.scenario.end_s - self.scenario.begin_s) / 60.0
        self.flows = turning_flows(
            self.network,
            self.scenario.routes,
            self.scenario.begin_s,
            self.scenario.end_s,
            self.scenario.additionals,
        )
        self.file = FOLDER / name.replace("/", "-")
        self.judged = JudgedPlans(self.file.with_suffix(".json"), self.scenario, self.network)

    @property
    def drawn(self) -> Path:
        """The plans that were drawn."""
        return self.file.with_suffix(".drawn.json")

    @cached_property
    def choices(self) -> Choices:
        """What plans are drawn from; takes seconds, and is not needed for plans on disk."""
        return choices(self.network, self.flows, profile("as-surveyed"))

    def plan(self, number: int) -> RandomPlan:
        """Plan `number`: drawn once and kept, so that another design engine changes nothing."""
        path = self.drawn
        drawn = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if str(number) not in drawn:
            drawn[str(number)] = self.choices.plan(number).to_json()
            write_atomic(path, json.dumps(drawn))
        return plan_from_json(drawn[str(number)])

    @property
    def is_heavy(self) -> bool:
        """Whether SUMO takes long for a plan."""
        return self.judged.judge(self.plan(0), SEED).cpu_s > HEAVY_CPU_S

    def model(self) -> Callable[[Mapping[str, SignalTable]], float]:
        """Total delay of a plan by the queue model."""
        from signalctl.sim.due_vehicles import due_vehicles, on_routes_under

        with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
            due = due_vehicles(self.scenario, Path(folder))
            if any(vehicle.picks_route for vehicle in due):
                due = on_routes_under(self.scenario, due, shipped(), Path(folder) / "ways")
        traffic = traffic_of(self.network, self.scenario, due, self.capacities())
        (queues,) = queue_models(self.network, self.scenario, (traffic,))
        return lambda tables: queues.run(tables).total_delay_s

    def capacities(self) -> dict[str, LaneCapacity]:
        """What was measured of lanes, none unless the bench is to use it."""
        if not self.is_calibrated:
            return {}
        lanes = calibrated(self.scenario, self.network, FOLDER / "calibration").lanes
        return {lane.lane_id: lane for lane in lanes.values() if lane.origin is Origin.MEASURED}

    def hcm(self, plan: RandomPlan) -> float:
        """Sum over junctions of HCM control delay at random arrivals, s per vehicle due."""
        total_s = 0.0
        for junction_id, timing in plan.timings.items():
            junction = self.network.junctions[junction_id]
            volumes = {g: vph for (j, g), vph in self.flows.groups.items() if j == junction_id}
            ratios = flow_ratios(self.flows, junction)
            if any(ratios.values()):
                sheet = worksheet(timing.program, junction, ratios, volumes_vph=volumes)
                total_s += sheet.delay_s * sum(volumes.values())
        return total_s / max(1.0, sum(self.flows.groups.values()))


def measured(bench: Bench, numbers: Sequence[int], noise: int, tell: Callable[[str], None]) -> Row:
    """Run SUMO where it has not been, the model on every plan, and compare."""
    plans = [bench.plan(number) for number in numbers]
    runs: list[Judged] = []
    for plan in plans:
        runs.append(bench.judged.judge(plan, SEED))
        tell(f"{bench.name} {plan.name}: {runs[-1].total_delay_s:.1f} s")
    others = [bench.judged.judge(plan, OTHER_SEED) for plan in plans[:noise]]
    delay = bench.model()
    tables = [plan.tables(bench.network) for plan in plans]
    delay(tables[0])
    begun = time.process_time()
    estimates = [delay(each) for each in tables]
    model_ms = 1000.0 * (time.process_time() - begun) / len(plans)
    sumo = [run.total_delay_s for run in runs]
    document = {
        plan.name: {
            "cycle_s": plan.cycle_s,
            "designs": {j: t.design for j, t in plan.timings.items()},
            "sumo_s": run.total_delay_s,
            "unfinished": run.unfinished,
            "model_s": estimate,
        }
        for plan, run, estimate in zip(plans, runs, estimates, strict=True)
    }
    write_atomic(
        FOLDER / f"{bench.name.replace('/', '-')}.plans.json", json.dumps(document, indent=1)
    )
    return Row(
        name=bench.name,
        plans=len(plans),
        minutes=bench.minutes,
        delay_range_s=(min(sumo), max(sumo)),
        model=ranking(sumo, estimates),
        hcm=ranking(sumo, [bench.hcm(plan) for plan in plans]),
        noise=_spearman(np.array(sumo[:noise]), np.array([o.total_delay_s for o in others])),
        model_ms=model_ms,
        sumo_ms=1000.0 * float(np.mean([run.cpu_s for run in runs])),
        kept=tuple(sorted(bench.network.junctions.keys() - plans[0].timings.keys())),
    )


HEAD: Final = (
    "| scenario | minutes of demand | plans | SUMO, s/veh | Spearman all / best half "
    "| another seed | regret first / best of 5, % | model / SUMO | HCM: Spearman all / best half, "
    "regret of 5, % | ms a plan: model, SUMO | ratio |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def line(row: Row) -> str:
    """One line of the table, in Markdown."""
    model, hcm = row.model, row.hcm
    cells = [
        row.name,
        f"{row.minutes:.0f}",
        str(row.plans),
        f"{row.delay_range_s[0]:.0f}-{row.delay_range_s[1]:.0f}",
        f"**{model.spearman:.2f} / {model.spearman_best_half:.2f}**",
        "-" if row.noise is None or np.isnan(row.noise) else f"{row.noise:.2f}",
        f"{100 * model.regret_first:.1f} / {100 * model.regret_five:.1f}",
        f"{model.level:.2f}",
        f"{hcm.spearman:.2f} / {hcm.spearman_best_half:.2f}, {100 * hcm.regret_five:.1f}",
        f"{row.model_ms:.1f}, {row.sumo_ms:.0f}",
        f"{row.sumo_ms / row.model_ms:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the bench and print the table; `--write FILE` puts it into a document."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--plans", type=int, default=100)
    parser.add_argument("--noise", type=int, default=0, help="plans to run with a second seed")
    parser.add_argument(
        "--heavy-minutes",
        type=float,
        default=15.0,
        help=f"demand of networks for which one run takes SUMO over {HEAVY_CPU_S:g} s",
    )
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--shipped-stages", action="store_true", help="no other stage designs")
    parser.add_argument("--sumo-only", action="store_true", help="only make the runs")
    parser.add_argument("--keep", action="store_true", help="keep plans and runs for others")
    parser.add_argument("--calibrated", action="store_true", help="with measured lanes")
    parser.add_argument("--write", type=Path, help="Markdown file to write the table to")
    options = parser.parse_args(arguments)
    wanted = {name for name in options.only.split(",") if name}
    FOLDER.mkdir(parents=True, exist_ok=True)
    lay_ranking(FOLDER)

    def tell(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    lines, rows = [HEAD], []
    print(HEAD)
    for name, config in scenarios():
        if wanted and name not in wanted:
            continue
        step = 2 if options.shipped_stages else 1
        numbers = range(0, options.plans * step, step)
        try:
            bench = Bench(name, config, is_calibrated=options.calibrated)
            if bench.is_heavy:
                bench = Bench(name, config, options.heavy_minutes, is_calibrated=options.calibrated)
            if options.sumo_only:
                for number in numbers:
                    run = bench.judged.judge(bench.plan(number), SEED)
                    tell(f"{name} {run.plan}: {run.total_delay_s:.1f} s, {run.cpu_s:.1f} s CPU")
            row = None if options.sumo_only else measured(bench, numbers, options.noise, tell)
        except SignalctlError as error:
            tell(f"{name}: {error}")
            continue
        if options.keep:
            keep_ranking([bench.file.with_suffix(".json"), bench.drawn])
        if row is not None:
            rows.append(row)
            lines.append(line(row))
            print(lines[-1], flush=True)
    if rows:
        document = [asdict(row) for row in rows]
        write_atomic(OUT / "ranking.json", json.dumps(document, indent=1))
        write_atomic(OUT / "ranking.md", "\n".join(lines) + "\n")
    if options.write is not None:
        command = f"python -m bench.ranking --plans {options.plans}"
        command += f" --noise {options.noise}" if options.noise else ""
        command += f" --only {options.only}" if options.only else ""
        command += " --calibrated" if options.calibrated else ""
        section = "bench.ranking calibrated" if options.calibrated else "bench.ranking"
        write_section(options.write, section, command, lines)


if __name__ == "__main__":
    main()
