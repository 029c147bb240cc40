"""Which cycle the wave gets: those every junction can run, and of them the best.

Two aims are known. *band*: the largest band as a share of the cycle, the classic
one, all that can be said without demand; it favours long cycles. *delay*: the least
estimated delay of all vehicles at the corridor's junctions, each cycle with its own
best wave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, TypeAlias

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import SolveError
from signalctl.optimiser.arterial import (
    ArterialProblem,
    ArterialResult,
    CycleRow,
    LinkBandResult,
    Objective,
)
from signalctl.optimiser.bandwidth import best_bands, best_cycle
from signalctl.optimiser.link_bands import best_cycle_link_bands, best_link_bands
from signalctl.optimiser.progression import WaveStop, wave_delay
from signalctl.workflow.wave.signals import WaveSignal

MAX_SATURATION = 0.95
"""Cycles at which a junction's splits leave a degree of saturation above this are not
admitted while others are: a wave past a growing queue is worth nothing."""

Aim: TypeAlias = Literal["band", "delay"]
BandResult: TypeAlias = ArterialResult | LinkBandResult
Problem: TypeAlias = Callable[[int], ArterialProblem | None]


def admitted_cycles(
    signals: Sequence[WaveSignal],
    cycles: range,
    progress: Callable[[int, int, str], None] | None,
) -> tuple[list[int], list[str]]:
    """Cycles every junction can run, and of those the ones that carry the demand."""
    able: dict[int, float] = {}
    for done, cycle_s in enumerate(cycles):
        if progress is not None:
            progress(done, len(cycles), f"splits at {cycle_s} s")
        timed_here = [signal.timed(cycle_s) for signal in signals]
        if all(timed_here):
            able[cycle_s] = max(min(c.saturation for c in candidates) for candidates in timed_here)
    if not able:
        raise no_cycle(signals, cycles)
    carrying = [c for c, x in able.items() if x <= MAX_SATURATION]
    if carrying:
        return carrying, []
    least = min(able, key=lambda c: able[c])
    return [least], [
        f"No cycle of the range carries the demand: the least degree of saturation is "
        f"{able[least]:.2f}, at {least} s, which is taken."
    ]


def no_cycle(signals: Sequence[WaveSignal], cycles: range) -> SolveError:
    """The error that says why no cycle of the range can be run."""
    last = max((c for signal in signals for c in signal.refusals), default=cycles[-1])
    reasons = [s.refusals[last] for s in signals if last in s.refusals and not s.offers(last)]
    return SolveError(
        f"No cycle of {cycles[0]} to {cycles[-1]} s lets every junction keep its minimums and the "
        f"rules. At {last} s: {reasons[0] if reasons else 'no junction is ready'}",
        remedy="Allow other cycles, leave the junction out, or name other --rules.",
    )


def best_wave(
    problem: Problem,
    cycles: Sequence[int],
    objective: Objective,
    *,
    per_link: bool,
    aim: Aim,
    signals: Sequence[WaveSignal],
    corridor: Corridor,
) -> BandResult:
    """The bands of the best cycle. Raises SolveError when no cycle has any.

    Under *band* the proof spans the cycles; under *delay* each cycle's bands are
    proven on their own, and the estimate chooses among them.
    """
    if aim == "band" and per_link:
        return best_cycle_link_bands(problem, cycles)
    if aim == "band":
        return best_cycle(problem, cycles, objective=objective)
    best: tuple[float, BandResult] | None = None
    rows: list[CycleRow] = []
    refused: SolveError | None = None
    for cycle_s in cycles:
        arterial = problem(cycle_s)
        if arterial is None:
            rows.append(CycleRow(cycle_s=cycle_s, status="not admitted"))
            continue
        try:
            found = best_link_bands(arterial) if per_link else best_bands(arterial, objective)
        except SolveError as error:
            refused = error
            rows.append(CycleRow(cycle_s=cycle_s, status="no green", note=error.message))
            continue
        delay_s = estimated_delay_s(found, signals, corridor)
        rows.append(replace(found.cycles[0], note=f"estimated delay {delay_s:.1f} s/veh"))
        if best is None or delay_s < best[0]:
            best = (delay_s, found)
    if best is None:
        raise refused or SolveError("No cycle admits a band.")
    return replace(best[1], cycles=tuple(rows))


def estimated_delay_s(
    result: BandResult, signals: Sequence[WaveSignal], corridor: Corridor
) -> float:
    """Mean delay of a wave by HCM with progression, s per vehicle and junction."""
    groups = {
        (signal.junction.id, group): delay
        for signal, timing in zip(signals, result.signals, strict=True)
        for group, delay in signal.timed(result.cycle_s)[timing.candidate_index].groups.items()
    }
    return wave_delay(groups, _stops(result, corridor), result.cycle_s)


def _stops(result: BandResult, corridor: Corridor) -> list[WaveStop]:
    place = {junction: i for i, junction in enumerate(corridor.junction_ids)}
    widths = _link_widths(result)
    stops = []
    for direction, progression in corridor.directions.items():
        lines = progression.stop_lines
        for before, here in pairwise(lines):
            low, high = sorted((place[before.junction_id], place[here.junction_id]))
            between = widths[direction][low:high] or widths[direction][low : low + 1]
            stops.append(
                WaveStop(
                    group=(here.junction_id, here.group_id),
                    before=(before.junction_id, before.group_id),
                    band_s=min(between, default=0.0),
                )
            )
    return stops


def _link_widths(result: BandResult) -> Mapping[str, Sequence[float]]:
    """Width of the band on each link, outbound order, by direction."""
    if isinstance(result, LinkBandResult):
        return {
            "outbound": [band.width_s for band in result.outbound],
            "inbound": [band.width_s for band in result.inbound],
        }
    links = len(result.signals) - 1
    return {
        direction: [band.width_s if band is not None else 0.0] * links
        for direction, band in (("outbound", result.outbound), ("inbound", result.inbound))
    }
