"""A plan for the whole network at one cycle, junction by junction, in a few runs each.

Every design of a junction is run once in the network, with lengths by flow, before
anything is climbed; only the best few are looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from signalctl.optimiser.search.climb import Standing
from signalctl.optimiser.search.moves import FAR, Moves
from signalctl.optimiser.search.scorer import Score, Scorer
from signalctl.optimiser.search.space import Choice, Keep, Space, State

SHORTLIST: Final = 6
"""Designs of a junction that are looked at again at other cycles."""
_NEAR: Final = 1.5
"""Runs are given up above so many times the best value: what is worse needs no rank."""


def cycles_to_try(space: Space, state: State) -> tuple[int, ...]:
    """Cycles around which plans are built: from the shortest that the junctions allow.

    Steps of about a sixth, because delay is flat in the cycle near its optimum
    (Webster 1958: within 10-20 % from three quarters to one and a half of it).
    """
    needs = []
    for j, choice in enumerate(state):
        designs = [choice.design] if Keep.STAGES in space.keep else range(len(space.designs[j]))
        needs.append(min(space.designs[j][d].shortest_cycle_s for d in designs))
    low, high = space.cycles[0], space.cycles[-1]
    # One junction that needs long may run at double cycle: the median one decides.
    low = min(max(low, sorted(needs)[len(needs) // 2]), high)
    found = []
    at = float(low)
    while at <= high:
        near = min(space.cycles, key=lambda c: (abs(c - at), c % 2, c))
        if near not in found:
            found.append(near)
        at = max(at * 7 / 6, at + 1)
    if high not in found:
        found.append(high)
    return tuple(found)


def at_all_junctions(space: Space, state: State, cycle_s: int) -> State | None:
    """The state's designs at a cycle with lengths by flow; double cycle where it must be.

    Junctions whose design fits neither take the best-ranked that does. None when one
    can follow in no way.
    """
    found = list(state)
    for j in space.movable:
        choice = None
        for target_s in (cycle_s, 2 * cycle_s):
            choice = choice or _by_flow(space, j, state[j], target_s)
        if choice is None:
            return None
        found[j] = choice
    return tuple(found)


def constructed(
    space: Space,
    scorer: Scorer,
    moves: Moves,
    at: Standing,
    cycle_s: int | None,
    *,
    shortlist: bool,
) -> Standing:
    """The best design of each junction at a cycle, busiest junction first, then once more.

    `cycle_s` None keeps each junction's own. With `shortlist` only the designs that
    ranked best before are tried; without it their ranks are set anew.
    """
    n_first = SHORTLIST if shortlist else None
    at = _sweep(space, scorer, at, cycle_s, n_first, set_ranks=not shortlist)
    if len(space.movable) > 1:
        at = _sweep(space, scorer, at, cycle_s, 2, set_ranks=False, moves=moves)
    return at


def _sweep(
    space: Space,
    scorer: Scorer,
    at: Standing,
    cycle_s: int | None,
    n_first: int | None,
    *,
    set_ranks: bool,
    moves: Moves | None = None,
) -> Standing:
    for j in by_delay(space, at.score):
        own_s = space.cycle_s(j, at.state[j])
        targets = [own_s] if cycle_s is None else _targets(space, cycle_s)
        choices = _choices(space, j, at.state[j], targets, n_first)
        if moves is not None and moves.has_free_offset(j):
            far = [m.choice for m in moves.offsets(j, at.state[j]) if m.kind == FAR]
            choices += far
        states = [(*at.state[:j], choice, *at.state[j + 1 :]) for choice in choices]
        scores = scorer.score(states, at.score.value * (_NEAR if set_ranks else 1.0))
        order = sorted(range(len(states)), key=lambda i: (scores[i].value, i))
        if set_ranks:
            ranked = list(dict.fromkeys(choices[i].design for i in order))
            space.ranks[j] = ranked + [d for d in space.ranks[j] if d not in ranked]
        if order and scores[order[0]].is_exact and scores[order[0]].value < at.score.value:
            at = Standing(states[order[0]], scores[order[0]])
    return at


def by_delay(space: Space, score: Score) -> list[int]:
    """Movable junctions, the one with most delay first."""
    delay = score.delay_s
    return sorted(space.movable, key=lambda j: (-float(delay[j]) if delay is not None else 0.0, j))


def _targets(space: Space, cycle_s: int) -> list[int]:
    found = [cycle_s]
    if cycle_s % 2 == 0 and cycle_s // 2 in space.cycles:
        found.append(cycle_s // 2)
    return found


def _choices(
    space: Space, j: int, now: Choice, targets: Sequence[int], n_first: int | None
) -> list[Choice]:
    designs = [now.design] if Keep.STAGES in space.keep else space.ranks[j][:n_first]
    found = []
    for target_s in targets:
        for design in designs:
            lengths = space.by_flow(j, design, target_s)
            if lengths is not None:
                found.append(Choice(design, lengths, now.offset_s % target_s))
    return found


def _by_flow(space: Space, j: int, choice: Choice, cycle_s: int) -> Choice | None:
    if cycle_s not in space.cycles:
        return None
    designs = [choice.design]
    if Keep.STAGES not in space.keep:
        designs += space.ranks[j]
    for design in designs:
        lengths = space.by_flow(j, design, cycle_s)
        if lengths is not None:
            return Choice(design, lengths, choice.offset_s % cycle_s)
    return None
