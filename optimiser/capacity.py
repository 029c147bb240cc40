"""What the greens of a program carry: capacity of each group, and the critical chain.

Everything is said in *capacity seconds*: the seconds of full saturation flow a
group gets in a cycle. With flow ratio y and cycle C, a group's degree of
saturation is y C / capacity seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.optimiser.delay import (
    AMBER_USE_S,
    SATURATION_FLOW_VPH,
    SNEAKERS_PER_CYCLE,
    STARTUP_LOSS_S,
    gap_acceptance_share,
)
from signalctl.optimiser.lengths import Floats
from signalctl.optimiser.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Capacity seconds as constants + weights @ lengths of the stretchable steps.

    One row for each of `group_ids`.
    """

    group_ids: tuple[str, ...]
    weights: Floats
    constants: Floats

    def seconds(self, lengths: Floats) -> Floats:
        """Capacity seconds; `lengths` (steps, candidates) -> (groups, candidates)."""
        found: Floats = np.maximum(self.constants[:, None] + self.weights @ lengths, 1e-3)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Critical groups in order with their flow ratios' sum Y and lost time L (s)."""

    flow_ratio: float
    lost_time_s: float
    groups: tuple[str, ...]


def capacities(
    program: Program,
    junction: Junction,
    cut: Sequence[Step],
    shares: Mapping[str, float],
) -> Capacity:
    """Capacity of the groups in `shares`, permissive greens reduced by their share.

    Protected green counts in full, less `STARTUP_LOSS_S` once for each span of
    green, plus `AMBER_USE_S` where amber follows. Permissive green counts by its
    share (`permissive_share`), plus the sneakers at its end.
    """
    weights, constants = _rows(program, cut, shares)
    for row, (group, share) in enumerate(shares.items()):
        constants[row] += _at_the_ends(group, share, program, junction)
    return Capacity(group_ids=tuple(shares), weights=weights, constants=constants)


def green_rows(
    program: Program, cut: Sequence[Step], group_ids: Sequence[str]
) -> tuple[Floats, Floats]:
    """Shown green (s) of groups as weights @ stretchable lengths + constants."""
    return _rows(program, cut, dict.fromkeys(group_ids, 1.0))


def _rows(
    program: Program, cut: Sequence[Step], shares: Mapping[str, float]
) -> tuple[Floats, Floats]:
    number = {s.start_s: n for n, s in enumerate(s for s in cut if s.stretchable)}
    weights, constants = np.zeros((len(shares), len(number))), np.zeros(len(shares))
    for row, (group, share) in enumerate(shares.items()):
        for step in cut:
            aspect = program.aspect(group, step.start_s)
            if aspect not in GREENS:
                continue
            weight = 1.0 if aspect is Aspect.PROTECTED else share
            if step.start_s in number:
                weights[row, number[step.start_s]] = weight
            else:
                constants[row] += weight * step.length_s
    return weights, constants


def permissive_share(
    group: str,
    program: Program,
    junction: Junction,
    flows: Mapping[str, float],
    volumes_vph: Mapping[str, float],
) -> float:
    """Share of saturation flow a group's permissive green keeps under this program.

    By `gap_acceptance_share` against the vehicle groups it gives way to that are
    green with it; 1 where it gives way to pedestrians alone, whose numbers
    nobody knows here.
    """
    own = program.seconds[group]
    at = [t for t in range(program.cycle_s) if own[t] == Aspect.PERMISSIVE]
    opposing_vph, ratio, green = 0.0, 0.0, 1.0
    vehicles = False
    for foe in sorted(junction.conflicts.foes(group)):
        if junction.group(foe).kind in (GroupKind.PEDESTRIAN, GroupKind.UNUSED):
            continue
        text = program.seconds[foe]
        if not junction.conflicts.gives_way(group, foe) or not any(text[t] in GREENS for t in at):
            continue
        vehicles = True
        flow = flows.get(foe, 0.0)
        opposing_vph += volumes_vph.get(foe, flow * SATURATION_FLOW_VPH)
        foe_green = sum(letter in GREENS for letter in text) / program.cycle_s
        if flow - foe_green > ratio - green:
            ratio, green = flow, foe_green
    return gap_acceptance_share(opposing_vph, ratio, green) if vehicles else 1.0


def _at_the_ends(group: str, share: float, program: Program, junction: Junction) -> float:
    """Capacity seconds lost and won where the group's spans of green begin and end."""
    c = program.cycle_s
    amber_s = junction.group(group).amber_s
    total = 0.0
    for start, end in program.green_spans(group):
        if end - start >= c:
            continue
        opening, closing = program.aspect(group, start), program.aspect(group, end - 1)
        total -= STARTUP_LOSS_S * (1.0 if opening is Aspect.PROTECTED else share)
        if closing is Aspect.PROTECTED:
            total += min(AMBER_USE_S, amber_s)
        elif share < 1.0:
            total += SNEAKERS_PER_CYCLE * 3600.0 / SATURATION_FLOW_VPH
        else:
            total += min(AMBER_USE_S, amber_s)
    return total


def critical_chain(
    program: Program,
    junction: Junction,
    cut: Sequence[Step],
    flows: Mapping[str, float],
    shares: Mapping[str, float],
) -> Chain | None:
    """The groups that fill the cycle one after another with the largest sum of flow ratios.

    A chain goes from the end of one group's green to the start of another's with
    only fixed steps between, once around the cycle. A group without flow costs
    its minimum green as lost time, a permissive one more flow ratio by its share.
    None when no chain closes.
    """
    links = _links(program, junction, flows, shares)
    stretch = [step.start_s for step in cut if step.stretchable]
    c = program.cycle_s
    after: dict[_Link, list[tuple[_Link, int]]] = {
        link: [
            (other, gap)
            for other in links
            for gap in [(other.start_s - link.start_s - link.length_s) % c]
            if not any((t - link.start_s - link.length_s) % c < gap for t in stretch)
        ]
        for link in links
    }
    found = [_chain_from(first, links, after, c) for first in links]
    closed = [chain for chain in found if chain is not None]
    return max(closed, key=lambda chain: (chain.flow_ratio, chain.lost_time_s), default=None)


@dataclass(frozen=True, slots=True)
class _Link:
    """A span of green with the flow ratio it serves and the time it loses."""

    start_s: int
    length_s: int
    group: str
    flow_ratio: float
    lost_s: float


def _links(
    program: Program, junction: Junction, flows: Mapping[str, float], shares: Mapping[str, float]
) -> list[_Link]:
    links = []
    for group in junction.groups:
        own = [s for s in program.green_spans(group.id) if s[1] - s[0] < program.cycle_s]
        shown = sum(end - start for start, end in own)
        share = shares.get(group.id, 1.0)
        for start, end in own:
            letters = [program.aspect(group.id, t) for t in range(start, end)]
            protected = sum(letter is Aspect.PROTECTED for letter in letters)
            worth = (protected + share * (len(letters) - protected)) / len(letters)
            ratio = flows.get(group.id, 0.0) * (end - start) / shown
            if ratio > 0:
                lost_s = STARTUP_LOSS_S - min(AMBER_USE_S, group.amber_s)
            else:
                lost_s = min(group.min_green_s, end - start)
            links.append(_Link(start, end - start, group.id, ratio / max(worth, 0.05), lost_s))
    return sorted(links, key=lambda link: (link.start_s, link.group))


def _chain_from(
    first: _Link,
    links: Sequence[_Link],
    after: Mapping[_Link, Sequence[tuple[_Link, int]]],
    c: int,
) -> Chain | None:
    """Best chain that begins with a link and comes back to it after exactly one cycle."""
    reached = {first: Chain(flow_ratio=first.flow_ratio, lost_time_s=first.lost_s, groups=())}
    best: Chain | None = None
    for link in sorted(links, key=lambda link: (link.start_s - first.start_s) % c):
        if link not in reached:
            continue
        so_far = reached[link]
        groups = (*so_far.groups, link.group)
        end = (link.start_s - first.start_s) % c + link.length_s
        for other, gap in after[link]:
            if end + gap == c and other == first:
                closed = Chain(
                    flow_ratio=so_far.flow_ratio,
                    lost_time_s=so_far.lost_time_s + gap,
                    groups=groups,
                )
                best = closed if best is None else _larger(best, closed)
            elif end + gap < c:
                grown = Chain(
                    flow_ratio=so_far.flow_ratio + other.flow_ratio,
                    lost_time_s=so_far.lost_time_s + gap + other.lost_s,
                    groups=groups,
                )
                reached[other] = _larger(reached[other], grown) if other in reached else grown
    return best


def _larger(a: Chain, b: Chain) -> Chain:
    return b if (b.flow_ratio, b.lost_time_s) > (a.flow_ratio, a.lost_time_s) else a
