"""Per-link bands (MULTIBAND), exactly, by dynamic programming over whole seconds.

Each link has a band of its own in each direction, centred on a line of
progression that runs through the whole arterial; a link's band is as wide as
the greens at both its ends allow around the line. Source of the model: Gartner,
Assmann, Lasaga & Hou 1991 (MULTIBAND): maximise sum a_i b_i + a'_i b'_i.

As for one band, the only number that couples neighbours is the phase between
the outbound and the inbound line; the state adds the widths (u, v) that a signal
leaves around both lines, v the most that its greens allow with u. With G(u, v)
the best value of all states at least so wide, the next signal's states gain

    max over u <= U, v <= V of  G(u, v) + a u + a' v

because min(u, U) is u for some state at least so wide: running maxima do what a
search over all pairs of states would, so the work is O(n C g^2).
The greens around a line w seconds after a green's start allow widths up to
min(2 w + 1, 2 (g - w)): centred to within half a second, so that every whole
width can be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.domain.errors import InputError
from signalctl.optimiser.arterial import ArterialLink, ArterialProblem, Direction
from signalctl.optimiser.tick_arterial import Pair, TickArterial, tick_arterial

Table: TypeAlias = npt.NDArray[Any]

State: TypeAlias = tuple[Table, Table]
"""Widest inbound width and best value, both by [outbound width, phase]."""

_NEVER = -(2**30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePassage:
    """Where both progression lines pass each signal (whole seconds, not wrapped), and widths there.

    `widths[i]`: outbound and inbound width that signal i has to leave around the lines.
    """

    outbound: tuple[int, ...]
    inbound: tuple[int, ...]
    widths: tuple[tuple[int, int], ...]
    value: float


def line_width(w: int, green: int) -> int:
    """The widest band around a line that passes w seconds into a green."""
    return min(2 * w + 1, 2 * (green - w))


def whole_second_arterial(problem: ArterialProblem) -> TickArterial:
    """The problem on the grid of whole seconds.

    Raises SolveError for a signal without green, InputError for two fixed offsets.
    """
    arterial = tick_arterial(problem, 1)
    if len(arterial.fixed) > 1:
        fixed = ", ".join(problem.signals[i].id for i in sorted(arterial.fixed))
        raise InputError(
            "Per-link bands can keep the offset of one signal only.",
            where=f"signals {fixed}",
            remedy="Free all but one of them, or ask for one band through all signals.",
        )
    return arterial


def best_lines(problem: ArterialProblem, arterial: TickArterial) -> LinePassage | None:
    """The progression lines of the best weighted sum of link bands; None: no line passes."""
    size = arterial.size
    weights = [_weights(problem, link) for link in problem.links]
    whole = all(float(w).is_integer() for pair in weights for w in pair)
    dtype = np.dtype(np.int32 if whole and _largest_sum(weights, size) < 2**29 else np.float64)
    free = [
        max((p[d] for pairs in arterial.pairs for p in pairs if p[d] < size), default=size)
        for d in (1, 3)
    ]
    states: list[State] = []
    for i, pairs in enumerate(arterial.pairs):
        widest = _widest(pairs, size, free)
        value = np.zeros(widest.shape, dtype=dtype)
        if i:
            value = _driven(states[-1], widest, arterial, i - 1, weights[i - 1])
        states.append((widest, np.where(widest < 0, _NEVER, value).astype(dtype)))
    last = states[-1][1]
    u, phase = divmod(int(np.argmax(last)), size)
    if last[u, phase] <= _NEVER // 2:
        return None
    return _traced(states, arterial, weights, u, phase)


def _weights(problem: ArterialProblem, link: ArterialLink) -> tuple[float, float]:
    wanted: tuple[Direction, ...] = problem.directions
    return (
        link.outbound_weight if "outbound" in wanted else 0.0,
        link.inbound_weight if "inbound" in wanted else 0.0,
    )


def _largest_sum(weights: list[tuple[float, float]], size: int) -> float:
    return sum(a + c for a, c in weights) * size


def _widest(pairs: tuple[Pair, ...], size: int, free: list[int]) -> Table:
    """The widest inbound band by [outbound width, phase]; -1 where there is none.

    Where a direction does not stop, its width is the widest it has anywhere.
    """
    length = max(free[0] if p[1] == size else p[1] for p in pairs)
    most = np.full((length + 1, size), -1, dtype=np.int32)
    u = np.arange(length + 1)[:, None]
    for s, g, t, h, _ in pairs:
        if g == size or h == size:
            rows = (free[0] if g == size else g) + 1
            np.maximum(most[:rows], free[1] if h == size else h, out=most[:rows])
            continue
        rows = g + 1
        # The outbound line may pass from `first` to `last`; the inbound one `ahead` of it.
        first, last = u[:rows] // 2, g - (u[:rows] + 1) // 2
        phase = (np.arange(size) - (t - s)) % size
        for ahead in (phase, phase - size):
            at = np.clip(h // 2, ahead + first, ahead + last)
            width = np.minimum(2 * at + 1, 2 * (h - at))
            np.maximum(most[:rows], np.where(at < 0, -1, width), out=most[:rows])
    for k in range(length - 1, -1, -1):
        np.maximum(most[k], most[k + 1], out=most[k])
    return np.maximum(most, -1)


def _driven(
    state: State,
    widest: Table,
    arterial: TickArterial,
    i: int,
    weights: tuple[float, float],
) -> Table:
    """Best values at the next signal, whose `widest` is given, link i's bands counted."""
    before, value = state
    size = arterial.size
    link = arterial.links[i]
    shape = (before.shape[0], max(int(before.max()), 0) + 1, size)
    table = np.full(shape, _NEVER, dtype=value.dtype)
    u, phase = np.nonzero(before >= 0)
    table[u, before[u, phase], phase] = value[u, phase]
    # At least so wide.
    for k in range(shape[0] - 2, -1, -1):
        np.maximum(table[k], table[k + 1], out=table[k])
    rows, columns = min(shape[0], widest.shape[0]), min(shape[1], max(int(widest.max()), 0) + 1)
    table = table[:rows]
    for k in range(shape[1] - 2, -1, -1):
        np.maximum(table[:, k], table[:, k + 1], out=table[:, k])
    table = _spread(
        np.roll(table[:, :columns], -(link.outbound + link.inbound) % size, axis=2),
        min(link.outbound_spread + link.inbound_spread, size - 1),
    )
    # As wide as asked, or less.
    gain = np.arange(rows)[:, None] * weights[0] + np.arange(columns)[None, :] * weights[1]
    table += gain[:, :, None].astype(table.dtype)
    for k in range(1, rows):
        np.maximum(table[k], table[k - 1], out=table[k])
    for k in range(1, columns):
        np.maximum(table[:, k], table[:, k - 1], out=table[:, k])
    u = np.minimum(np.arange(widest.shape[0]), rows - 1)[:, None]
    v = np.clip(widest, 0, columns - 1)
    reached: Table = table[u, v, np.arange(size)[None, :]]
    return reached


def _spread(table: Table, spread: int) -> Table:
    """The maximum over phases up to `spread` above, circular."""
    done = 0
    while done < spread:
        more = min(done + 1, spread - done)
        wider = np.empty_like(table)
        np.maximum(table[..., :-more], table[..., more:], out=wider[..., :-more])
        np.maximum(table[..., -more:], table[..., :more], out=wider[..., -more:])
        table = wider
        done += more
    return table


def _traced(
    states: list[State],
    arterial: TickArterial,
    weights: list[tuple[float, float]],
    u: int,
    phase: int,
) -> LinePassage:
    """The states that led to the best value, backwards."""
    size = arterial.size
    value = float(states[-1][1][u, phase])
    v = int(states[-1][0][u, phase])
    widths = [(u, v)]
    # Travel ticks chosen on each link, last first.
    drives: list[tuple[int, int]] = []
    for i in range(len(states) - 2, -1, -1):
        link = arterial.links[i]
        a, c = weights[i]
        spread = min(link.outbound_spread + link.inbound_spread, size - 1)
        phases = (phase + link.outbound + link.inbound + np.arange(spread + 1)) % size
        widest, best = (array[:, phases] for array in states[i])
        gain = (a * np.minimum(np.arange(len(best)), u))[:, None] + c * np.minimum(widest, v)
        total = np.where(widest < 0, float(_NEVER), best + gain)
        reached = total.max(axis=0)
        fine = np.flatnonzero(reached >= reached.max() - 1e-6)
        # Of equally good travel times the middle of the range.
        extra = int(fine[np.argmin(np.abs(2 * fine - spread))])
        phase = int(phases[extra])
        u = int(np.argmax(total[:, extra]))
        v = int(states[i][0][u, phase])
        widths.append((u, v))
        slower = round(extra * link.outbound_spread / spread) if spread else 0
        slower = max(min(slower, link.outbound_spread, extra), extra - link.inbound_spread)
        drives.append((link.outbound + slower, link.inbound + extra - slower))
    x, y = [0], [phase]
    for out, back in reversed(drives):
        x.append(x[-1] + out)
        y.append(y[-1] - back)
    return LinePassage(
        outbound=tuple(x), inbound=tuple(y), widths=tuple(reversed(widths)), value=value
    )
