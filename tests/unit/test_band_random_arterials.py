"""200 random arterials of one family: the sweeps against MAXBAND as a MILP, and brute force."""

import itertools
import random
from dataclasses import replace

import pytest

from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import (
    ArterialLink,
    ArterialProblem,
    ArterialSignal,
    Candidate,
    Direction,
    Objective,
    TravelTime,
    Windows,
)
from signalctl.optimiser.band_instances import RandomArterial
from signalctl.optimiser.band_milp import maxband_milp
from signalctl.optimiser.band_timing import LinkTimes, measure_band
from signalctl.optimiser.bandwidth import best_bands, pareto_front
from signalctl.optimiser.continuous_band import continuous_bound_s

OBJECTIVES = (
    Objective(),
    Objective(outbound=2, inbound=1),
    Objective(outbound=1, inbound=3),
    Objective(mode="sum"),
    Objective(outbound=1, inbound=1.5, mode="sum"),
)


def street(seed: int) -> tuple[ArterialProblem, Objective]:
    """One of the family: 4 to 6 signals, fixed speed or a range, any objective."""
    rng = random.Random(seed)
    arterial = RandomArterial(
        rng.randint(4, 6),
        seed,
        speeds_mps=rng.choice([(13.5, 13.5), (13.5, 13.5), (12.0, 15.0), (11.0, 16.0)]),
        tenths=rng.random() < 0.5,
    )
    return arterial.at(rng.randint(60, 120)), rng.choice(OBJECTIVES)


@pytest.mark.parametrize("batch", range(20))
def test_continuous_sweep_equals_maxband_milp(batch: int) -> None:
    for seed in range(batch * 10, batch * 10 + 10):
        problem, objective = street(seed)
        bound = continuous_bound_s(problem, objective, precision_s=1e-7)
        try:
            milp = maxband_milp(problem, objective)
        except SolveError:
            # No two lines pass all signals in any ratio.
            assert bound < 1e-6, f"seed {seed}"
            continue
        assert milp.proved, f"seed {seed}"
        assert bound == pytest.approx(milp.value_s, abs=2e-5), f"seed {seed}"


def hampered(seed: int) -> tuple[ArterialProblem, Objective]:
    """The same family with fixed offsets, queues, and directions that do not stop."""
    problem, objective = street(seed)
    rng = random.Random(seed)
    some_free = rng.random() < 0.3
    signals = []
    for signal in problem.signals:
        candidates = tuple(
            replace(
                c,
                outbound=None if some_free and rng.random() < 0.2 else c.outbound,
                inbound=None if some_free and rng.random() < 0.2 else c.inbound,
            )
            for c in signal.candidates
        )
        signals.append(
            replace(
                signal,
                candidates=candidates,
                fixed_offset_s=rng.randrange(problem.cycle_s) if rng.random() < 0.3 else None,
                outbound_queue_s=rng.choice([0.0, 0.0, 2.5]),
                inbound_queue_s=rng.choice([0.0, 0.0, 3.0]),
            )
        )
    return replace(problem, signals=tuple(signals)), objective


@pytest.mark.parametrize("batch", range(8))
def test_whole_second_plan_equals_milp_with_whole_offsets(batch: int) -> None:
    for seed in range(1000 + batch * 3, 1003 + batch * 3):
        problem, objective = hampered(seed)
        result = best_bands(problem, objective)
        try:
            milp = maxband_milp(problem, objective, whole_offsets=True)
        except SolveError:
            assert result.value_s == 0, f"seed {seed}"
            continue
        assert milp.proved, f"seed {seed}"
        assert result.value_s - 1e-5 <= milp.value_s <= result.bound_s + 1e-5, f"seed {seed}"
        assert result.value_s >= milp.value_s - result.tolerance_s - 1e-5, f"seed {seed}"


def small(seed: int, *, tenths: bool) -> ArterialProblem:
    """Two to four signals at a short cycle, any windows, fixed travel times."""
    rng = random.Random(seed)
    cycle = rng.randint(10, 16)
    signals = []
    for i in range(rng.randint(2, 4)):
        candidates = []
        for label in ("a", "b")[: rng.randint(1, 2)]:
            sides: list[Windows | None] = []
            for _ in range(2):
                start, length = rng.randrange(cycle), rng.randint(3, cycle - 3)
                windows: Windows = ((start, start + length),)
                if cycle % 2 == 0 and rng.random() < 0.2:
                    half = cycle // 2
                    windows = ((start, start + 3), (start + half, start + half + 3))
                sides.append(None if rng.random() < 0.1 else windows)
            candidates.append(Candidate(label=label, outbound=sides[0], inbound=sides[1]))
        signals.append(ArterialSignal(id=f"S{i}", candidates=tuple(candidates)))
    links = []
    for _ in signals[1:]:
        there, back = (rng.uniform(2, 20) for _ in range(2))
        if tenths:
            there, back = round(there, 1), round(back, 1)
        links.append(ArterialLink(outbound=TravelTime.fixed(there), inbound=TravelTime.fixed(back)))
    return ArterialProblem(cycle_s=cycle, signals=tuple(signals), links=tuple(links))


def all_pairs(problem: ArterialProblem) -> set[tuple[float, float]]:
    """Widths of both bands under every choice and every set of whole-second offsets."""
    times = LinkTimes(
        outbound=tuple(link.outbound.lo_s for link in problem.links),
        inbound=tuple(link.inbound.lo_s for link in problem.links),
    )
    found = set()
    options = [
        [(c, o) for c in range(len(s.choices)) for o in range(problem.cycle_s)]
        for s in problem.signals[1:]
    ]
    directions: tuple[Direction, Direction] = ("outbound", "inbound")
    for first in range(len(problem.signals[0].choices)):
        for rest in itertools.product(*options):
            placed = [(first, 0), *rest]
            out, back = (measure_band(problem, d, placed, times).width_s for d in directions)
            found.add((out, back))
    return found


def score(objective: Objective, out: float, back: float) -> float:
    high = max(objective.outbound, objective.inbound)
    a, c = objective.outbound / high, objective.inbound / high
    return a * out + c * back if objective.mode == "sum" else min(out / a, back / c)


@pytest.mark.parametrize("seed", range(12))
def test_brute_force_finds_nothing_better(seed: int) -> None:
    problem = small(seed, tenths=seed % 3 != 0)
    if len(problem.signals) == 4:
        problem = ArterialProblem(
            cycle_s=problem.cycle_s, signals=problem.signals[:3], links=problem.links[:2]
        )
    pairs = all_pairs(problem)
    for objective in OBJECTIVES:
        best = max(score(objective, *pair) for pair in pairs)
        result = best_bands(problem, objective)
        assert result.value_s <= best + 1e-6
        assert result.value_s >= best - result.tolerance_s - 1e-6
        assert best <= result.bound_s + 1e-6
    if seed % 3:
        whole = {(int(out + 1e-6), int(back + 1e-6)) for out, back in pairs}
        front = {
            p for p in whole if not any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in whole)
        }
        assert set(pareto_front(problem)) == front
