"""The uncoordinated programs: each junction alone, at its own best cycle and splits.

What a careful engineer leaves behind who has counted the turns at every junction
but never looked along the street: for each junction by itself the whole-second
cycle and splits with the least HCM control delay, all offsets 0. Coordination
has to beat this, not a straw man.

Sources: control delay d1 + d2 of HCM 2010, equations 18-20 and 18-45 (pretimed,
k = 0.5, I = 1, T = 1 h, random arrivals, PF = 1); saturation flow of permissive
lefts by gap acceptance as in HCM 2000 chapter 16, appendix C (critical gap 4.5 s,
follow-up 2.5 s). Saturation flow 1860 veh/h/lane is SUMO's default car's at 50 km/h
with a step of 1 s; start-up loss and used amber cancel, so effective green is the
displayed green.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from signalctl.domain.errors import SimulationError
from signalctl.networks.shipped.lights import CrossingLink, Light
from signalctl.networks.shipped.roads import StageSource

SATURATION_VPH = 1860.0
AMBER_S = 3
ALL_RED_S = 2
MIN_GREEN_S = 7
WALK_S = 7
WALKING_SPEED_MPS = 1.2
CYCLES_S = range(50, 96)
"""Longer ones make pedestrians wait and starve shared lanes with permissive turns. On
the arterial in the peak, SUMO, mean of two seeds, total delay per vehicle: this limit
110.4 s; limits of 80, 90, 120 s 116.4, 116.2, 113.9 s; a common cycle without offsets of
90 s 113.2 s, of 94 s 109.0 s. So the shipped programs are a fair start, within 2 % of
the best of these."""

_CRITICAL_GAP_S = 4.5
_FOLLOW_UP_S = 2.5
_PROTECTED_LEFT = 1.05
_RIGHT = 1.18
"""Through-car equivalents (HCM adjustment factors 0.95 and 0.85)."""


@dataclass(frozen=True, slots=True)
class LaneGroup:
    """Lanes of an approach that share movements, and the stages they are green in.

    `flow_vph` in vehicles; `demand_vph` the same in through-car equivalents.
    """

    approach: str
    turns: str
    lanes: int
    flow_vph: float
    demand_vph: float
    stages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignalTiming:
    """A junction's stages in seconds, and how full each lane group is under them."""

    cycle_s: int
    greens_s: tuple[int, ...]
    groups: tuple[LaneGroup, ...]

    def saturation(self, group: LaneGroup) -> float:
        """Demand to capacity (v/c) of a lane group."""
        return group.demand_vph / _capacity_vph(group, self.greens_s, self.cycle_s)

    @property
    def critical(self) -> LaneGroup:
        """The fullest lane group."""
        return max(self.groups, key=self.saturation)


def interstage_s() -> int:
    """Seconds between the green of one stage and the next."""
    return AMBER_S + ALL_RED_S


def clearance_s(crossing: CrossingLink) -> int:
    """Pedestrian clearance: the crossing's length at 1.2 m/s, rounded up."""
    return math.ceil(crossing.length_m / WALKING_SPEED_MPS)


def stage_links(light: Light, stage: StageSource) -> frozenset[int]:
    """Link indices green in a stage; raises SimulationError for an unknown movement."""
    green: set[int] = set()
    for movement in stage.movements:
        found = [link.index for link in light.links if (link.start, link.end) == movement]
        if not found:
            raise SimulationError(f"There is no movement {movement}.", where=f"junction {light.id}")
        green.update(found)
    for edges in stage.crossings:
        walks = [walk.index for walk in light.crossings if walk.edges == frozenset(edges)]
        if not walks:
            raise SimulationError(f"There is no crossing {edges}.", where=f"junction {light.id}")
        green.update(walks)
    return frozenset(green)


def lane_groups(
    light: Light, stages: Sequence[StageSource], flows_vph: Mapping[tuple[str, str], float]
) -> tuple[LaneGroup, ...]:
    """The lane groups of a signal with their demand under the given turn flows (veh/h)."""
    greens = [stage_links(light, stage) for stage in stages]
    groups: list[LaneGroup] = []
    for approach in sorted({link.start for link in light.links}):
        for lanes in _sharing_lanes(light, approach):
            links = [k for k in light.links if k.start == approach and k.lane in lanes]
            ends = sorted({link.end for link in links})
            served = tuple(
                k for k, green in enumerate(greens) if any(x.index in green for x in links)
            )
            demand = sum(
                flows_vph.get((approach, end), 0.0)
                * _equivalent(light, greens, flows_vph, (approach, end))
                for end in ends
            )
            groups.append(
                LaneGroup(
                    approach=approach,
                    turns="".join(sorted({link.turn for link in links})),
                    lanes=len(lanes),
                    flow_vph=sum(flows_vph.get((approach, end), 0.0) for end in ends),
                    demand_vph=demand,
                    stages=served,
                )
            )
    return tuple(groups)


def _sharing_lanes(light: Light, approach: str) -> list[frozenset[int]]:
    """Lanes of an approach, together where they share a movement."""
    components: list[tuple[set[int], set[str]]] = []
    for link in light.links:
        if link.start != approach:
            continue
        lanes, ends = {link.lane}, {link.end}
        rest = []
        for other in components:
            if other[0] & lanes or other[1] & ends:
                lanes |= other[0]
                ends |= other[1]
            else:
                rest.append(other)
        components = [*rest, (lanes, ends)]
    return [frozenset(lanes) for lanes, _ in sorted(components, key=lambda c: min(c[0]))]


def _equivalent(
    light: Light,
    greens: Sequence[frozenset[int]],
    flows_vph: Mapping[tuple[str, str], float],
    movement: tuple[str, str],
) -> float:
    """Through cars that one vehicle of a movement counts for."""
    by_index = {link.index: link for link in light.links}
    links = [link for link in light.links if (link.start, link.end) == movement]
    if links[0].turn == "r":
        return _RIGHT
    if links[0].turn != "l":
        return 1.0
    opposing: set[tuple[str, str]] = set()
    for link in links:
        for green in greens:
            if link.index in green:
                foes = light.yields_to[link.index] & green & by_index.keys()
                opposing |= {(by_index[foe].start, by_index[foe].end) for foe in foes}
    flow = sum(flows_vph.get(foe, 0.0) for foe in sorted(opposing))
    if flow <= 0.0:
        return _PROTECTED_LEFT
    gaps = math.exp(-flow * _CRITICAL_GAP_S / 3600)
    permissive_vph = flow * gaps / (1 - math.exp(-flow * _FOLLOW_UP_S / 3600))
    return max(_PROTECTED_LEFT, SATURATION_VPH / permissive_vph)


def best_timing(
    light: Light, stages: Sequence[StageSource], flows_vph: Mapping[tuple[str, str], float]
) -> SignalTiming:
    """Cycle and splits of least control delay for a junction alone.

    For each whole-second cycle the greens grow from the last cycle's by one second
    where it helps most, then seconds move between stages while that helps.
    """
    groups = lane_groups(light, stages, flows_vph)
    minimum = [_minimum_green_s(light, stage) for stage in stages]
    lost_s = interstage_s() * len(stages)
    greens = list(minimum)
    best: tuple[float, int, tuple[int, ...]] | None = None
    while sum(greens) + lost_s <= max(CYCLES_S):
        cycle_s = sum(greens) + lost_s
        if cycle_s >= min(CYCLES_S):
            greens = _exchanged(groups, greens, minimum, cycle_s)
            candidate = (_delay(groups, greens, cycle_s), cycle_s, tuple(greens))
            best = candidate if best is None else min(best, candidate)
        grown = [[g + (k == i) for k, g in enumerate(greens)] for i in range(len(greens))]
        greens = min(grown, key=lambda g: _delay(groups, g, cycle_s + 1))
    if best is None:
        raise SimulationError("The stages do not fit the cycle.", where=f"junction {light.id}")
    return SignalTiming(best[1], best[2], groups)


def _exchanged(
    groups: Sequence[LaneGroup], greens: list[int], minimum: list[int], cycle_s: int
) -> list[int]:
    """Greens after moving single seconds between stages until nothing improves."""
    current = _delay(groups, greens, cycle_s)
    while True:
        moves = [
            [g + (k == gain) - (k == give) for k, g in enumerate(greens)]
            for give in range(len(greens))
            for gain in range(len(greens))
            if give != gain and greens[give] > minimum[give]
        ]
        scored = min(((_delay(groups, move, cycle_s), move) for move in moves), default=None)
        if scored is None or scored[0] >= current - 1e-9:
            return greens
        current, greens = scored


def _minimum_green_s(light: Light, stage: StageSource) -> int:
    """Shortest green: the vehicle minimum, or walk and clearance of its crossings.

    Pedestrians may still clear the crossing in the amber and all-red that follow:
    no vehicle that would meet them starts before those end.
    """
    walks = [w for w in light.crossings if w.edges in {frozenset(c) for c in stage.crossings}]
    need = [WALK_S + clearance_s(walk) - interstage_s() for walk in walks]
    return max([MIN_GREEN_S, *need])


def _green_s(group: LaneGroup, greens_s: Sequence[int]) -> int:
    """Green of a group; it runs on through the interstage between two of its stages."""
    number = len(greens_s)
    joins = sum(1 for k in group.stages if (k + 1) % number in group.stages)
    if len(group.stages) == number:
        return sum(greens_s) + interstage_s() * number
    return sum(greens_s[k] for k in group.stages) + interstage_s() * joins


def _capacity_vph(group: LaneGroup, greens_s: Sequence[int], cycle_s: int) -> float:
    return group.lanes * SATURATION_VPH * _green_s(group, greens_s) / cycle_s


def _delay(groups: Iterable[LaneGroup], greens_s: Sequence[int], cycle_s: int) -> float:
    """Vehicle-seconds of HCM control delay an hour."""
    total = 0.0
    for group in groups:
        capacity = _capacity_vph(group, greens_s, cycle_s)
        share = _green_s(group, greens_s) / cycle_s
        x = group.demand_vph / capacity
        uniform = 0.5 * cycle_s * (1 - share) ** 2 / (1 - min(1.0, x) * share)
        overflow = 900 * ((x - 1) + math.sqrt((x - 1) ** 2 + 4 * x / capacity))
        total += group.flow_vph * (uniform + overflow)
    return total
