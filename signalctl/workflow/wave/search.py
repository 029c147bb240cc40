"""A green wave for the corridor a user named, or for the best one that can be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError, SolveError
from signalctl.networks.corridor import (
    corridor_from_edges,
    corridor_from_junctions,
    rank_corridors,
)
from signalctl.networks.flows import TurningFlows, turning_flows
from signalctl.workflow.source import Source, open_source
from signalctl.workflow.wave.greenwave import Wave, WaveRequest, green_wave, wave_signal

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorChoice:
    """How the user named the corridor: junctions, first and last edge, or not at all."""

    junctions: tuple[str, ...] | None = None
    edges: tuple[str, str] | None = None

    @classmethod
    def of(
        cls,
        *,
        junctions: tuple[str, ...] | None,
        from_edge: str | None,
        to_edge: str | None,
        auto: bool,
    ) -> CorridorChoice:
        """The choice of the three options; raises InputError unless it is exactly one."""
        by_edges = from_edge is not None or to_edge is not None
        if (junctions is not None) + by_edges + auto != 1:
            raise InputError(
                "The corridor must be named in exactly one way.",
                remedy="Give --corridor J1,J2,... or --from EDGE --to EDGE or --auto.",
            )
        if not by_edges:
            return cls(junctions=junctions)
        if from_edge is None or to_edge is None:
            raise InputError("--from and --to go together.", remedy="Give both edges.")
        return cls(edges=(from_edge, to_edge))


def find_wave(
    path: Path, choice: CorridorChoice, request: WaveRequest, progress: Progress | None = None
) -> Wave:
    """Read the source, find the corridor and its green wave.

    Without a named corridor the arterials are tried from the most important one
    down; each that allows no wave is noted with the reason.
    """
    source = open_source(path)
    return wave_for(source, choice, request, progress)


def wave_for(
    source: Source, choice: CorridorChoice, request: WaveRequest, progress: Progress | None = None
) -> Wave:
    """`find_wave` on a source that has been read."""
    network = source.network
    flows = demand_flows(source)
    if choice.junctions is not None:
        found = corridor_from_junctions(network, choice.junctions)
    elif choice.edges is not None:
        found = corridor_from_edges(network, *choice.edges)
    else:
        return _best_of_ranked(source, request, flows, progress)
    wave = green_wave(network, found.corridor, request, flows, progress)
    return replace(wave, notes=(*_flow_notes(flows), *found.notes, *wave.notes))


def _best_of_ranked(
    source: Source,
    request: WaveRequest,
    flows: TurningFlows | None,
    progress: Progress | None,
) -> Wave:
    ranked = rank_corridors(source.network, flows)
    if not ranked:
        raise SolveError(
            "No two signals of the network lie in a row.",
            where=str(source.network.path),
            remedy="A green wave needs two coordinated junctions at least.",
        )
    skipped: list[str] = []
    for candidate in ranked:
        corridor, reasons = _usable(source, candidate.corridor, request)
        skipped += reasons
        if corridor is None:
            continue
        try:
            wave = green_wave(source.network, corridor, request, flows, progress)
        except (SolveError, InputError) as error:
            skipped.append(f"Corridor {corridor.name} was passed over: {error}")
            continue
        return replace(wave, notes=(*_flow_notes(flows), *skipped, *candidate.notes, *wave.notes))
    raise SolveError(
        f"None of the {len(ranked)} corridors found allows a green wave. {skipped[0]}",
        where=str(source.network.path),
        remedy="Name a corridor with --corridor, or allow other cycles with --cycle.",
    )


def _usable(
    source: Source, corridor: Corridor, request: WaveRequest
) -> tuple[Corridor | None, list[str]]:
    """The corridor, or the longest part of it whose junctions all have a safe program.

    None where no two such junctions lie in a row; reasons name what was left out.
    """
    cycles = sorted(
        {request.cycles[0], request.cycles[len(request.cycles) // 2], request.cycles[-1]}
    )
    runs: list[list[str]] = [[]]
    reasons: list[str] = []
    keep = replace(request, sequence="keep")
    for junction_id in corridor.junction_ids:
        try:
            signal = wave_signal(source.network, junction_id, corridor, keep)
            reason = signal.why_unusable(cycles[::-1])
        except InputError as error:
            reason = str(error)
        if reason:
            reasons.append(f"Junction {junction_id} was left out of {corridor.name}: {reason}")
            runs.append([])
        else:
            runs[-1].append(junction_id)
    longest = max(runs, key=len)
    if len(longest) == len(corridor.junction_ids):
        return corridor, []
    if len(longest) < 2:
        return None, reasons
    return corridor_from_junctions(source.network, longest).corridor, reasons


def demand_flows(source: Source) -> TurningFlows | None:
    """Turning flows of the scenario's period; None for a bare network."""
    scenario = source.scenario
    if scenario is None:
        return None
    return turning_flows(
        source.network,
        scenario.routes,
        scenario.begin_s,
        scenario.end_s,
        scenario.additionals,
    )


def _flow_notes(flows: TurningFlows | None) -> tuple[str, ...]:
    return flows.notes if flows is not None else ("No demand is known: splits are kept.",)
