"""From a network to a two-way green wave: splits, sequence, cycle, offsets, proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from signalctl.domain.band import Band, widest_band
from signalctl.domain.corridor import Corridor, Progression
from signalctl.domain.errors import InputError
from signalctl.domain.expand import timed
from signalctl.domain.fingerprint import junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import Program
from signalctl.files.plan_file import KMH_PER_MPS, PlanSet, kmh
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.networks.network import Network
from signalctl.optimiser.arterial import ArterialResult, Objective
from signalctl.optimiser.bandwidth import pareto_front
from signalctl.optimiser.mend import mended
from signalctl.optimiser.sequence import variants
from signalctl.optimiser.splits import Worksheet
from signalctl.rules.registry import Profile
from signalctl.workflow.wave.cycle import Aim, BandResult, admitted_cycles, best_wave, no_cycle
from signalctl.workflow.wave.signals import (
    SignalFlows,
    SpeedRange,
    WaveSignal,
    arterial_problem,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRequest:
    """What a user asks of a green wave.

    `speeds` in m/s, slowest and fastest; None: 90 to 100 % of each link's limit.
    `weights` outbound to inbound. `aim` decides between cycles; None: delay where
    demand is known, else band. `profile` None: judge by no rule (the user's own flag).
    """

    cycles: range
    speeds: SpeedRange | None = None
    weights: tuple[float, float] = (1.0, 1.0)
    per_link: bool = False
    sequence: Literal["keep", "optimise"] = "keep"
    aim: Aim | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A green wave: plans, programs in system time, bands, proof and worksheets.

    `front` holds every pair of widths (outbound, inbound) at this cycle that no
    other dominates, whole seconds, among the candidates that were offered.
    """

    corridor: Corridor
    plans: PlanSet
    programs: FrozenMap[str, Program]
    bands: FrozenMap[str, Band]
    result: BandResult
    front: tuple[tuple[int, int], ...]
    sequences: FrozenMap[str, str]
    worksheets: FrozenMap[str, Worksheet]
    notes: tuple[str, ...]


def green_wave(
    network: Network,
    corridor: Corridor,
    request: WaveRequest,
    flows: TurningFlows | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Wave:
    """The best green wave of a corridor, proven within whole seconds.

    Raises SolveError when no cycle of the range lets every junction keep its
    minimums and the rules; InputError when a junction has no program to start
    from.
    """
    corridor = _as_written(corridor)
    signals = [
        wave_signal(network, junction_id, corridor, request, flows)
        for junction_id in corridor.junction_ids
    ]
    cycles, notes = admitted_cycles(signals, request.cycles, progress)
    while True:
        result = _solve(signals, corridor, request, flows, cycles)
        # Judged one by one: the wave is sought again without what broke a rule.
        unsafe = [
            signal.forbid_if_unsafe(
                result.cycle_s, signal.timed(result.cycle_s)[timing.candidate_index]
            )
            for signal, timing in zip(signals, result.signals, strict=True)
        ]
        if not any(unsafe):
            front: tuple[tuple[int, int], ...] = ()
            chosen = arterial_problem(signals, corridor, request.speeds)(result.cycle_s)
            if chosen is not None and corridor.inbound is not None:
                front = pareto_front(chosen)
            return _wave(network, corridor, signals, result, front, tuple(notes))
        cycles = [c for c in cycles if all(signal.offers(c) for signal in signals)]
        if not cycles:
            raise no_cycle(signals, request.cycles)


def _solve(
    signals: Sequence[WaveSignal],
    corridor: Corridor,
    request: WaveRequest,
    flows: TurningFlows | None,
    cycles: Sequence[int],
) -> BandResult:
    weights = _link_weights(corridor, flows) if request.per_link else None
    return best_wave(
        arterial_problem(signals, corridor, request.speeds, weights),
        cycles,
        Objective(outbound=request.weights[0], inbound=request.weights[1]),
        per_link=request.per_link,
        aim="delay" if flows is not None and request.aim is None else request.aim or "band",
        signals=signals,
        corridor=corridor,
    )


def _as_written(corridor: Corridor) -> Corridor:
    """The corridor with speeds and positions as a plan file keeps them.

    What is optimised must be what is read back: two decimals of km/h and metres.
    """

    def rounded(progression: Progression) -> Progression:
        return replace(
            progression,
            speeds_mps=tuple(kmh(speed) / KMH_PER_MPS for speed in progression.speeds_mps),
            stop_lines=tuple(
                replace(line, position_m=round(line.position_m, 2))
                for line in progression.stop_lines
            ),
        )

    return replace(
        corridor,
        outbound=rounded(corridor.outbound),
        inbound=None if corridor.inbound is None else rounded(corridor.inbound),
    )


def wave_signal(
    network: Network,
    junction_id: str,
    corridor: Corridor,
    request: WaveRequest,
    flows: TurningFlows | None = None,
) -> WaveSignal:
    """A junction of the corridor, ready to be timed at any cycle.

    Its shipped program is mended first, where that takes no judgement.
    Raises InputError when there is no program to start from.
    """
    junction = network.junction(junction_id)
    shipped = network.default_program(junction_id)
    if shipped is None or shipped.program is None:
        reason = shipped.reason if shipped is not None else "the network ships none."
        raise InputError(
            f"There is no program to start from: {reason}",
            where=f"junction {junction_id}",
            remedy="Leave the junction out of the corridor or give it a fixed-time program.",
        )
    base = mended(shipped.program, junction)
    bases = [("as shipped", base.program)]
    if request.sequence == "optimise":
        bases = [
            (variant.label, variant.program)
            for variant in variants(base.program, junction, request.profile)
        ]
    demand = None
    if flows is not None:
        demand = SignalFlows(
            ratios=flow_ratios(flows, junction),
            volumes_vph={g: flows.groups.get((junction_id, g), 0.0) for g in junction.group_ids},
        )
    return WaveSignal(junction, corridor, bases, demand, request.profile, base.notes)


def _link_weights(
    corridor: Corridor, flows: TurningFlows | None
) -> Mapping[str, tuple[float, ...]]:
    """Weight of each link's band: the volume of the wave's group at its far end.

    Source: Gartner et al. 1991 (MULTIBAND), weights by link volume with p = 1.
    """
    if flows is None:
        return {}
    weights: dict[str, tuple[float, ...]] = {}
    n = len(corridor.junction_ids)
    for direction, progression in corridor.directions.items():
        volume = {
            line.junction_id: flows.groups.get((line.junction_id, line.group_id), 0.0)
            for line in progression.stop_lines
        }
        ends = corridor.junction_ids[1:] if direction == "outbound" else corridor.junction_ids[:-1]
        row = [volume.get(junction, 0.0) for junction in ends]
        peak = max(row, default=0.0)
        weights[direction] = tuple(max(v / peak, 0.01) for v in row) if peak else (1.0,) * (n - 1)
    return weights


def _wave(
    network: Network,
    corridor: Corridor,
    signals: Sequence[WaveSignal],
    result: BandResult,
    front: tuple[tuple[int, int], ...],
    notes: tuple[str, ...],
) -> Wave:
    plans = {}
    programs = {}
    sequences = {}
    sheets = {}
    for signal, timing in zip(signals, result.signals, strict=True):
        chosen = signal.timed(result.cycle_s)[timing.candidate_index]
        plan = signal.plan(chosen.program, timing.offset_s)
        plans[signal.junction.id] = plan
        programs[signal.junction.id] = timed(plan, signal.junction)
        sequences[signal.junction.id] = chosen.label
        notes += signal.notes
        sheet = signal.worksheet(chosen.program)
        if sheet is not None:
            sheets[signal.junction.id] = sheet
            notes += tuple(f"{signal.junction.id}: {note}" for note in sheet.notes)
    corridor = _with_speeds(corridor, result)
    bands = {
        direction: widest_band(progression, programs, result.cycle_s)
        for direction, progression in corridor.directions.items()
    }
    return Wave(
        corridor=corridor,
        plans=PlanSet(
            name=f"{corridor.name}: green wave at {result.cycle_s} s",
            network_file=network.path.name,
            network_sha256=network.sha256,
            corridor=corridor,
            plans=FrozenMap(plans),
            junction_hashes=FrozenMap(
                {s.junction.id: junction_fingerprint(s.junction) for s in signals}
            ),
        ),
        programs=FrozenMap(programs),
        bands=FrozenMap(bands),
        result=result,
        front=front,
        sequences=FrozenMap(sequences),
        worksheets=FrozenMap(sheets),
        notes=notes,
    )


def _with_speeds(corridor: Corridor, result: BandResult) -> Corridor:
    """The corridor at the speeds the engine chose, as a plan file keeps them."""
    times: dict[str, Sequence[float]] = {}
    if isinstance(result, ArterialResult):
        for direction, band in (("outbound", result.outbound), ("inbound", result.inbound)):
            if band is not None:
                times[direction] = band.link_times_s
    else:
        times["outbound"] = [band.travel_time_s for band in result.outbound]
        times["inbound"] = [band.travel_time_s for band in result.inbound]

    def at_chosen(progression: Progression, direction: str) -> Progression:
        link_s = times.get(direction)
        if not link_s:
            return progression
        order = corridor.junction_ids
        number = {junction: i for i, junction in enumerate(order)}
        speeds = list(progression.speeds_mps)
        lines = progression.stop_lines
        # A junction's later stop lines keep the speed between them; links take the chosen time.
        firsts = [
            i
            for i, line in enumerate(lines)
            if i == 0 or line.junction_id != lines[i - 1].junction_id
        ]
        for a, b in pairwise(firsts):
            low, high = sorted((number[lines[a].junction_id], number[lines[b].junction_id]))
            wanted_s = sum(link_s[low:high])
            kept_s = progression.travel_times_s[b] - progression.travel_times_s[a]
            if wanted_s > 0 and abs(wanted_s - kept_s) > 1e-6:
                for i in range(a, b):
                    speeds[i] = kmh(speeds[i] * kept_s / wanted_s) / KMH_PER_MPS
        return replace(progression, speeds_mps=tuple(speeds))

    return replace(
        corridor,
        outbound=at_chosen(corridor.outbound, "outbound"),
        inbound=None if corridor.inbound is None else at_chosen(corridor.inbound, "inbound"),
    )
