"""The cycles of a network: the common one, who runs at half or double, and all at another."""

from __future__ import annotations

from collections.abc import Iterable

from signalctl.optimiser.search.space import Choice, Keep, Space, State


def common_cycle_s(space: Space, state: State) -> int:
    """The cycle most of the demand meets, at half or double cycle counted with the whole."""
    load: dict[int, float] = {}
    for j, choice in enumerate(state):
        cycle_s = space.cycle_s(j, choice)
        load[cycle_s] = load.get(cycle_s, 0.0) + space.load_vps(j) + 1e-6
    return max(
        load,
        key=lambda c: (load[c] + 0.5 * (load.get(2 * c, 0.0) + load.get(c // 2, 0.0)), -c),
    )


def retimed(
    space: Space, state: State, cycle_s: int, junctions: Iterable[int] | None = None
) -> State | None:
    """The state with its common cycle changed, as little else as can be.

    Junctions at half or double cycle stay so, those with a cycle of their own keep it.
    Where a design is too long for the new cycle the junction takes the best-ranked one
    that is not. Differences of offsets between neighbours stay in seconds, because
    travel times do. `junctions` restricts it to a few, all of which get the cycle.
    None when a junction cannot follow.
    """
    old_s = common_cycle_s(space, state)
    chosen = set(space.movable) & set(space.movable if junctions is None else junctions)
    found = list(state)
    for j in sorted(chosen):
        own_s = space.cycle_s(j, state[j])
        if own_s == old_s or junctions is not None:
            target_s = cycle_s
        elif 2 * own_s == old_s:
            if cycle_s % 2:
                return None
            target_s = cycle_s // 2
        elif own_s == 2 * old_s:
            target_s = 2 * cycle_s
        else:
            continue
        choice = at_cycle(space, j, state[j], target_s)
        if choice is None and junctions is None:
            choice = at_cycle(space, j, state[j], 2 * target_s)
        if choice is None:
            return None
        found[j] = choice
    if Keep.OFFSETS in space.keep:
        return tuple(found)
    return _with_differences(space, state, found)


def at_cycle(space: Space, j: int, choice: Choice, cycle_s: int) -> Choice | None:
    """A choice at another cycle: the same design, else the best-ranked that fits; or None."""
    if cycle_s not in space.cycles:
        return None
    lengths = space.scaled(j, choice, cycle_s)
    if lengths is not None:
        return Choice(choice.design, lengths, choice.offset_s % cycle_s)
    if Keep.STAGES in space.keep:
        return None
    for design in space.ranks[j]:
        lengths = space.by_flow(j, design, cycle_s)
        if lengths is not None:
            return Choice(design, lengths, choice.offset_s % cycle_s)
    return None


def _with_differences(space: Space, old: State, new: list[Choice]) -> State:
    """Offsets of the new choices so that neighbours stand to each other as before, in s."""
    placed: dict[int, int] = {}
    for root in range(len(new)):
        if root in placed:
            continue
        placed[root] = new[root].offset_s
        waiting = [root]
        while waiting:
            here = waiting.pop(0)
            for there in space.neighbours[here]:
                if there in placed:
                    continue
                cycle_s = space.cycle_s(there, old[there])
                apart_s = (old[there].offset_s - old[here].offset_s) % cycle_s
                if 2 * apart_s > cycle_s:
                    apart_s -= cycle_s
                placed[there] = placed[here] + apart_s
                waiting.append(there)
    movable = set(space.movable)
    return tuple(
        choice._replace(offset_s=placed[j] % space.cycle_s(j, choice)) if j in movable else old[j]
        for j, choice in enumerate(new)
    )
