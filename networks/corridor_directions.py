"""Both directions of a corridor: the way back to a way there, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError
from signalctl.networks.arteries import Arteries
from signalctl.networks.corridor_drive import progression, way_of, why_another_street
from signalctl.networks.corridor_search import ALL_LIGHTS, SOME_LIGHTS, lights_on


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCorridor:
    """A corridor and what a person should know about it (why it has no way back...)."""

    corridor: Corridor
    notes: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Outbound distance from first to last stop line, m."""
        return self.corridor.outbound.stop_lines[-1].position_m


def both_ways(
    arteries: Arteries, ids: tuple[str, ...], way: tuple[str, ...], speed_mps: float | None
) -> FoundCorridor:
    """The corridor of an outbound way, its way back found, with notes on both."""
    notes: list[str] = []
    back, why = _way_back(arteries, ids, way)
    if back is None:
        notes.append(f"There is no inbound direction: {why}")
    corridor = Corridor(
        name=_name(arteries, way, ids),
        junction_ids=ids,
        outbound=progression(arteries, way, speed_mps, notes),
        inbound=None if back is None else progression(arteries, back, speed_mps, notes),
    )
    for name, met in junctions_met(corridor).items():
        notes.extend(
            f"No signal of junction {j} stands on the {name} way." for j in ids if j not in met
        )
    return FoundCorridor(corridor=corridor, notes=tuple(dict.fromkeys(notes)))


def _way_back(
    arteries: Arteries, ids: tuple[str, ...], there: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, str]:
    """The way back along the same street, or None and why: all lights first, then most."""
    why = ""
    for prices in (ALL_LIGHTS, *SOME_LIGHTS):
        try:
            back = way_of(arteries, ids[::-1], prices)
        except InputError as error:
            why = why or error.message
            continue
        met = lights_on(arteries, back)
        reason = why_another_street(arteries, there, back)
        if not reason and len(met) >= max(2.0, len(ids) / 2):
            return back, ""
        why = why or f"{reason or 'the way back meets too few of the junctions'}."
    return None, why


def junctions_met(corridor: Corridor) -> dict[str, list[str]]:
    """Junctions whose stop lines each direction meets."""
    return {
        name: [line.junction_id for line in direction.stop_lines]
        for name, direction in corridor.directions.items()
    }


def _name(arteries: Arteries, way: Sequence[str], ids: Sequence[str]) -> str:
    """The street's name when most of the way has one, else its first and last junction."""
    edges = arteries.network.roads.edges
    metres: dict[str, float] = {}
    for edge_id in way:
        metres[edges[edge_id].name] = metres.get(edges[edge_id].name, 0.0) + edges[edge_id].length_m
    best = max(sorted(metres), key=lambda name: metres[name])
    return best or f"{ids[0]} - {ids[-1]}"
