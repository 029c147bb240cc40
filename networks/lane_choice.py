"""How the traffic of an approach spreads over its lanes: as evenly as the markings allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MAX_ROUNDS: Final = 200
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Traffic with one choice of lanes: a key for the caller, its load, the lanes open to it."""

    key: tuple[str, str]
    load: float
    lanes: tuple[int, ...]


def spread(streams: Sequence[Stream]) -> dict[tuple[str, str], dict[int, float]]:
    """Load of each stream on each of its lanes.

    Minimises the sum of squared lane loads, the evenest spread there is, by
    filling one stream after the other into the lanes as the rest leaves them
    (block coordinate descent, which converges for this convex problem).
    """
    shares = {s.key: {lane: s.load / len(s.lanes) for lane in s.lanes} for s in streams}
    totals: dict[int, float] = {}
    for by_lane in shares.values():
        for lane, load in by_lane.items():
            totals[lane] = totals.get(lane, 0.0) + load
    scale = max(sum(totals.values()), 1.0)
    for _ in range(MAX_ROUNDS):
        moved = 0.0
        for stream in streams:
            own = shares[stream.key]
            rest = {lane: totals[lane] - own[lane] for lane in stream.lanes}
            new = _filled(rest, stream.load)
            for lane in stream.lanes:
                moved = max(moved, abs(new[lane] - own[lane]))
                totals[lane] = rest[lane] + new[lane]
            shares[stream.key] = new
        if moved <= _TOLERANCE * scale:
            break
    return shares


def _filled(rest: Mapping[int, float], load: float) -> dict[int, float]:
    """Pour a load over lanes that already carry `rest`, up to one level."""
    order = sorted(rest, key=lambda lane: (rest[lane], lane))
    level, below = 0.0, 0.0
    for count, lane in enumerate(order, start=1):
        below += rest[lane]
        level = (load + below) / count
        if count == len(order) or level <= rest[order[count]]:
            break
    return {lane: max(level - rest[lane], 0.0) for lane in rest}
