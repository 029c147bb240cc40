"""How good stage sets are, thousands at once: least delay over cycles and splits.

A screen, not a judge: HCM delay of bundles with permissive capacity and splits
near equal saturation. It shortlists stage sets; plans are judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from signalctl.domain.junction import GroupKind
from signalctl.optimiser.delay import (
    SATURATION_FLOW_VPH,
    control_delay,
    gap_acceptance_share,
)
from signalctl.optimiser.lengths import Floats, Ints
from signalctl.optimiser.stage_design.problem import Flags, StageProblem

CYCLES_S: Final = (30, 36, 42, 50, 60, 72, 86, 104, 125, 150)
"""Cycles that are tried, s."""
PERIOD_H: Final = 0.25
_LOADED: Final = 0.85
"""Degree of saturation at which opposing greens are thought to run."""
_SNEAKERS_S: Final = 2.0
"""Capacity seconds a cycle of a permissive turn however dense the other side is: one
vehicle (HCM 6th, 31-4, has two; one stands in the junction in small ones)."""
_LOST_S: Final = 1.0
"""Start-up loss less the amber driven as green, for each span of green: of the 2 s of
amber HCM counts, SUMO's drivers use about one, for they stop where they can."""
_AS_GOOD: Final = 1.05
"""Of cycles whose delays differ by less than this factor the shortest is taken."""
_ROUNDS: Final = 16
_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """One stage set at its best cycle: order of its stages, delay and green of each.

    `delay_s` is per vehicle; without any flow it is the shortest cycle instead.
    `greens_s` are the seconds of each stage in `order`, interstages not counted.
    """

    order: tuple[int, ...]
    delay_s: float
    cycle_s: int
    greens_s: tuple[float, ...]


def carried(problem: StageProblem, stages: Sequence[frozenset[int]]) -> Floats:
    """What a second of each stage carries of each bundle, 0 to 1; shape (stages, bundles).

    1 while all groups of the bundle's cluster are green and protected; less for
    permissive turns and for who shares their lane; while only a part of the
    cluster is green, that part's share of its traffic, for the others block it.
    """
    found = np.zeros((len(stages), len(problem.bundles)))
    for k, stage in enumerate(stages):
        green = problem.groups_of(stage)
        for cluster in problem.clusters:
            volume = sum(problem.volume_vph[b] for b in cluster)
            inside = [b for b in cluster if b in stage]
            if not inside:
                continue
            # Time for one vehicle of the lane in units of a free one: turners take longer.
            effort = 1.0
            for b in inside:
                for group in problem.bundles[b]:
                    share = permissive_share(problem, group, green)
                    part = problem.volumes_vph.get(group, 0.0) / volume if volume else 1.0
                    if share < 1.0:
                        effort += part * (1.0 / max(share, _LEAST_SHARE) - 1.0)
            for b in inside:
                whole = len(inside) == len(cluster) or not volume
                part = 1.0 if whole else problem.volume_vph[b] / volume
                found[k, b] = max(part / effort, _LEAST_SHARE)
    return found


def scores(
    problem: StageProblem,
    stages: Sequence[frozenset[int]],
    sets: Sequence[tuple[int, ...]],
    lead_s: Ints,
    *,
    orders: bool = True,
) -> list[Score]:
    """The score of each stage set, in the sets' order.

    `lead_s` are the interstage lengths (stages, stages). Each set gets its order
    with the least lost time; with `orders` False it keeps the order it has.
    """
    worth = carried(problem, stages)
    green = green_flags(problem, stages)
    found: list[Score | None] = [None] * len(sets)
    for n in sorted({len(one) for one in sets}):
        places = [i for i, one in enumerate(sets) if len(one) == n]
        chosen = np.array([sets[i] for i in places], dtype=np.int64)
        if orders:
            chosen = least_lost_order(chosen, lead_s)
        for i, score in zip(places, _scored(problem, chosen, worth, green, lead_s), strict=True):
            found[i] = score
    return [score for score in found if score is not None]


def least_lost_order(sets: Ints, lead_s: Ints) -> Ints:
    """Each row in the cyclic order with the least sum of interstages; ties by number."""
    n = sets.shape[1]
    turns = np.array([(0, *rest) for rest in permutations(range(1, n))], dtype=np.int64)
    ordered = sets[:, turns]
    lost = lead_s[ordered, np.roll(ordered, -1, axis=2)].sum(axis=2)
    best: Ints = ordered[np.arange(len(sets)), np.argmin(lost, axis=1)]
    return best


def second_order(order: Sequence[int], lead_s: Ints) -> tuple[int, ...] | None:
    """The cyclic order with the least lost time after the given one; None for two stages."""
    first, *rest = order
    others = [(first, *turn) for turn in permutations(rest) if turn != tuple(rest)]
    if not others:
        return None
    return min(
        others,
        key=lambda turn: (sum(int(lead_s[turn[k - 1], a]) for k, a in enumerate(turn)), turn),
    )


def green_flags(problem: StageProblem, stages: Sequence[frozenset[int]]) -> Flags:
    """Which groups are green in which stage; shape (stages, groups)."""
    found = np.zeros((len(stages), len(problem.junction.group_ids)), dtype=bool)
    number = {g: i for i, g in enumerate(problem.junction.group_ids)}
    for k, stage in enumerate(stages):
        found[k, [number[g] for g in problem.groups_of(stage)]] = True
    return found


def permissive_share(problem: StageProblem, group: str, green: frozenset[str]) -> float:
    """Share of saturation flow a group keeps beside the groups it gives way to."""
    junction = problem.junction
    foes = [
        b
        for a, b in problem.yields
        if a == group and b in green and junction.group(b).kind is not GroupKind.PEDESTRIAN
    ]
    if group not in green or not foes:
        return 1.0
    ratio = max(problem.ratios.get(foe, 0.0) for foe in foes)
    volume = sum(
        problem.volumes_vph.get(foe, problem.ratios.get(foe, 0.0) * SATURATION_FLOW_VPH)
        for foe in foes
    )
    return gap_acceptance_share(volume, ratio, min(1.0, max(0.35, ratio / _LOADED)))


def _scored(
    problem: StageProblem, chosen: Ints, worth: Floats, green: Flags, lead_s: Ints
) -> list[Score]:
    """Scores of sets of one size, given as rows in their order."""
    count = len(chosen)
    lost = lead_s[np.roll(chosen, 1, axis=1), chosen].astype(float)
    least = _least_greens(problem, chosen, green, lead_s)
    weight = worth[chosen]
    ratio = problem.ratio
    busy = ratio > 0
    best_delay = np.full(count, np.inf)
    best_cycle = np.zeros(count, dtype=np.int64)
    best_greens = least.copy()
    shortest = lost.sum(axis=1) + least.sum(axis=1)
    if not busy.any():
        return [
            Score(
                order=tuple(int(k) for k in row),
                delay_s=float(s),
                cycle_s=int(s),
                greens_s=tuple(float(v) for v in g),
            )
            for row, s, g in zip(chosen, shortest, least, strict=True)
        ]
    volume = np.where(problem.volume_vph > 0, problem.volume_vph, ratio * SATURATION_FLOW_VPH)
    volume = np.where(busy, volume, 0.0)[busy]
    part = weight[:, :, busy]
    sneaking = np.where((part > 0).any(axis=1) & (part.max(axis=1) < 1.0), _SNEAKERS_S, 0.0)
    spans = (part > 0) & ~(np.roll(part, 1, axis=1) > 0)
    sneaking -= np.where(spans, part * _LOST_S, 0.0).sum(axis=1)
    shape = np.maximum((part * ratio[busy]).max(axis=2), 0.01)
    for cycle in CYCLES_S:
        spare = cycle - lost.sum(axis=1)
        fits = spare >= least.sum(axis=1) - 1e-9
        if not fits.any():
            continue
        greens = _balanced(shape, part, ratio[busy], least, spare, sneaking)
        shape = np.maximum(greens, 0.01)
        seconds = np.maximum(np.einsum("snb,sn->sb", part, greens) + sneaking, 1e-3)
        x = ratio[busy] * cycle / seconds
        share = np.minimum(seconds / cycle, 1.0)
        flow = volume / ratio[busy]
        delay = control_delay(cycle, share, x, share * flow, PERIOD_H)
        mean = np.where(fits, delay @ volume / volume.sum(), np.inf)
        better = mean < best_delay / _AS_GOOD
        best_delay = np.where(better, mean, best_delay)
        best_cycle = np.where(better, cycle, best_cycle)
        best_greens = np.where(better[:, None], greens, best_greens)
    return [
        Score(
            order=tuple(int(k) for k in row),
            delay_s=float(d),
            cycle_s=int(c),
            greens_s=tuple(float(v) for v in g),
        )
        for row, d, c, g in zip(chosen, best_delay, best_cycle, best_greens, strict=True)
    ]


def _least_greens(problem: StageProblem, chosen: Ints, green: Flags, lead_s: Ints) -> Floats:
    """Least seconds of each stage: minimum greens of who is green in it alone, and walking."""
    groups = problem.junction.groups
    needed = np.array([float(g.min_green_s) for g in groups])
    own = green[chosen]
    after = np.roll(own, -1, axis=1)
    alone = own & ~np.roll(own, 1, axis=1) & ~after
    found: Floats = np.maximum((alone * needed).max(axis=2), 1.0)
    walkers = np.array([g.kind is GroupKind.PEDESTRIAN for g in groups])
    if walkers.any():
        clears = _clearing_s(problem)
        ends = own & ~after & walkers
        leads = lead_s[chosen, np.roll(chosen, -1, axis=1)]
        gained = after & ~own
        early = np.zeros(chosen.shape)
        for w in np.flatnonzero(walkers):
            wait = (gained * clears[w]).max(axis=2) - leads
            early = np.maximum(early, np.where(ends[:, :, w], np.maximum(wait, 0), 0))
        walk = (ends * np.where(walkers, needed, 0.0)).max(axis=2)
        found = np.maximum(found, np.where(early > 0, walk + early, 0.0))
    return found


def _clearing_s(problem: StageProblem) -> Floats:
    """Intergreens (s) between all groups, 0 where there is none; (groups, groups)."""
    junction = problem.junction
    ids = junction.group_ids
    return np.array([[float(junction.intergreens.get(a, b) or 0) for b in ids] for a in ids])


def _balanced(
    shape: Floats, part: Floats, ratio: Floats, least: Floats, spare: Floats, sneaking: Floats
) -> Floats:
    """Greens (sets, stages) near equal saturation that sum to the spare time.

    Each round a stage grows by the saturation of its most loaded bundle and all
    are brought back to the sum, least greens kept.
    """
    greens = _to_sum(shape, least, spare)
    for _ in range(_ROUNDS):
        seconds = np.maximum(np.einsum("snb,sn->sb", part, greens) + sneaking, 1e-3)
        load = ratio / seconds
        worst = load.max(axis=1, keepdims=True)
        pull = (part * (load / worst)[:, None, :] ** 3).max(axis=2)
        greens = _to_sum(greens * (0.6 + 0.8 * pull), least, spare)
    return greens


def _to_sum(greens: Floats, least: Floats, spare: Floats) -> Floats:
    """Greens scaled to a sum with least values kept (three rounds suffice for five stages)."""
    found = np.maximum(greens, least)
    for _ in range(3):
        free = found > least + 1e-9
        kept = np.where(free, 0.0, least).sum(axis=1)
        moving = np.where(free, found, 0.0).sum(axis=1)
        factor = np.where(moving > 0, (spare - kept) / np.maximum(moving, 1e-9), 1.0)
        found = np.maximum(np.where(free, found * factor[:, None], least), least)
    # What the rounds left over or took too much of falls to the longest stage.
    rows = np.arange(len(found))
    longest = found.argmax(axis=1)
    found[rows, longest] = np.maximum(
        found[rows, longest] + spare - found.sum(axis=1), least[rows, longest]
    )
    return found
