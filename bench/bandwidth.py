"""The band engines against the clock and against the MILP: python -m bench.bandwidth.

Targets: 40 signals, 61 cycles, four sequences at 80 % of them, proved in 0.1 s;
per-link bands of 40 signals at one cycle in 0.1 s. The MILP solves the same
arterial in the same run, at the one cycle the engine found best, and is given a
time limit; where it reaches it, the ratio is a lower bound. Fixed speeds on a long
street may let no line through all greens both ways: then proving that is timed.
Times are CPU seconds of all threads: the waiting time on an idle machine for the
engines, which use one thread, and independent of what else runs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import process_time
from typing import TypeVar

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import Objective
from signalctl.optimiser.band_instances import RandomArterial
from signalctl.optimiser.band_milp import maxband_milp, multiband_milp
from signalctl.optimiser.bandwidth import best_cycle, pareto_front
from signalctl.optimiser.link_bands import best_link_bands

CYCLES = range(60, 121)
SPEEDS = {"13.5 m/s": (13.5, 13.5), "12..15 m/s": (12.0, 15.0), "11..16 m/s": (11.0, 16.0)}
LINK_CYCLE_S = 90

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured case. Times in s; `ratio` is MILP time over engine time."""

    case: str
    signals: int
    speed: str
    seed: int
    engine_s: float
    milp_s: float | None
    milp_proved: bool
    ratio: float | None
    value_s: float
    bound_s: float
    milp_value_s: float | None


def timed(work: Callable[[], T], repeats: int) -> tuple[T, float]:
    """The result and the shortest of several runs, the one least disturbed by other work."""
    spent = []
    for _ in range(repeats):
        begin = process_time()
        result = work()
        spent.append(process_time() - begin)
    return result, min(spent)


def one_band(signals: int, speed: str, seed: int, repeats: int, limit_s: float) -> Line:
    """One band through all signals, every cycle of the range."""
    street = RandomArterial(signals, seed, speeds_mps=SPEEDS[speed])
    problems = {cycle_s: street.at(cycle_s) for cycle_s in CYCLES}
    result, engine_s = timed(lambda: best_cycle(problems.get, CYCLES), repeats)
    value = milp_s = None
    proved = False
    if limit_s > 0:
        begin = process_time()
        try:
            milp = maxband_milp(problems[result.cycle_s], Objective(), time_limit_s=limit_s)
            value, proved = milp.value_s, milp.proved
        except SolveError:
            value = None
        milp_s = process_time() - begin
    return Line(
        case=f"one band, {len(CYCLES)} cycles",
        signals=signals,
        speed=speed,
        seed=seed,
        engine_s=engine_s,
        milp_s=milp_s,
        milp_proved=proved,
        ratio=milp_s / engine_s if milp_s else None,
        value_s=result.value_s,
        bound_s=result.bound_s,
        milp_value_s=value,
    )


def link_bands(signals: int, speed: str, seed: int, repeats: int, limit_s: float) -> Line:
    """A band for each link at one cycle."""
    problem = RandomArterial(signals, seed, speeds_mps=SPEEDS[speed]).at(LINK_CYCLE_S)

    def bound() -> float | None:
        try:
            return best_link_bands(problem).bound_s
        except SolveError:
            return None

    reached, engine_s = timed(bound, repeats)
    if reached is None:
        limit_s = 0.0
    value = milp_s = None
    proved = False
    if limit_s > 0:
        begin = process_time()
        try:
            milp = multiband_milp(problem, time_limit_s=limit_s)
            value, proved = milp.value_s, milp.proved
        except SolveError:
            value = None
        milp_s = process_time() - begin
    return Line(
        case=f"per-link bands, {LINK_CYCLE_S} s"
        if reached is not None
        else "per-link: no line fits",
        signals=signals,
        speed=speed,
        seed=seed,
        engine_s=engine_s,
        milp_s=milp_s,
        milp_proved=proved,
        ratio=milp_s / engine_s if milp_s else None,
        value_s=reached or 0.0,
        bound_s=reached or 0.0,
        milp_value_s=value,
    )


def front(signals: int, speed: str, seed: int, repeats: int) -> Line:
    """The whole Pareto front between the directions at one cycle."""
    problem = RandomArterial(signals, seed, speeds_mps=SPEEDS[speed]).at(LINK_CYCLE_S)
    points, engine_s = timed(lambda: pareto_front(problem), repeats)
    return Line(
        case=f"Pareto front, {LINK_CYCLE_S} s",
        signals=signals,
        speed=speed,
        seed=seed,
        engine_s=engine_s,
        milp_s=None,
        milp_proved=False,
        ratio=None,
        value_s=float(len(points)),
        bound_s=float(len(points)),
        milp_value_s=None,
    )


def run(sizes: list[int], seeds: list[int], repeats: int, limit_s: float) -> list[Line]:
    """All cases, printed as they come."""
    head = f"{'case':24}{'n':>4} {'speed':11}{'seed':>4}{'engine s':>10}{'MILP s':>9}{'ratio':>8}"
    print(f"{head}{'value':>10}{'bound':>10}{'MILP value':>12}")
    lines = []
    for n in sizes:
        for speed in SPEEDS:
            for seed in seeds:
                for line in (
                    one_band(n, speed, seed, repeats, limit_s),
                    link_bands(n, speed, seed, repeats, limit_s),
                    front(n, speed, seed, repeats),
                ):
                    lines.append(line)
                    print(_text(line), flush=True)
    return lines


def _text(line: Line) -> str:
    over = "" if line.milp_proved else ">"
    milp = f"{over}{line.milp_s:.2f}" if line.milp_s is not None else "-"
    ratio = f"{over}{line.ratio:.0f}" if line.ratio is not None else "-"
    value = f"{line.milp_value_s:.3f}" if line.milp_value_s is not None else "-"
    return (
        f"{line.case:24}{line.signals:4} {line.speed:11}{line.seed:4}{line.engine_s:10.4f}"
        f"{milp:>9}{ratio:>8}{line.value_s:10.3f}{line.bound_s:10.3f}{value:>12}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Command line; `argv` None: the process's own arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, nargs="+", default=[10, 40])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--milp-limit", type=float, default=20.0, help="s; 0 leaves the MILP out")
    parser.add_argument("--json", action="store_true", help="also print all lines as JSON")
    options = parser.parse_args(argv)
    lines = run(options.signals, options.seeds, options.repeats, options.milp_limit)
    if options.json:
        print(json.dumps([asdict(line) for line in lines]))


if __name__ == "__main__":
    main()
