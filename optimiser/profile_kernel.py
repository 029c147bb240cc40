"""Flow profiles, the compiled part: dispersion and vertical queues, second by second."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled when first called, kept on disk; types stay what they were."""
    made = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function)
    return cast("Callable[P, R]", made)


class Tables(NamedTuple):
    """Links by place; feeders of link i are those from pointers[i] to pointers[i + 1].

    `greens` (links, cycle) are shares of a second in program time, `ends` seconds
    without green that follow one, rates veh/s, `shares` of the source's departures,
    `lags` s, `smooth` Robertson's F.
    """

    greens: Floats
    ends: Ints
    saturation: Floats
    flow: Floats
    even: Floats
    junction: Ints
    pointers: Ints
    sources: Ints
    shares: Floats
    lags: Ints
    smooth: Floats


@compiled
def disperse(source: Floats, share: float, lag: int, smooth: float, into: Floats) -> None:
    """Add the dispersed platoons of a source: q'(t) = F q(t - lag) + (1 - F) q'(t - 1).

    Robertson (1969); around the cycle, its value at second 0 from the geometric sum.
    """
    cycle = len(source)
    keep = 1.0 - smooth
    value = 0.0
    at = cycle - lag if lag else 0
    for _ in range(cycle):
        value = smooth * source[at] + keep * value
        at = at + 1 if at + 1 < cycle else 0
    value /= 1.0 - keep**cycle
    for second in range(cycle):
        value = smooth * source[at] + keep * value
        at = at + 1 if at + 1 < cycle else 0
        into[second] += share * value


@compiled
def queue_over(
    queue: float, comes: float, serves: float, lasts_s: float
) -> tuple[float, float, float, float]:
    """A queue over a stretch of even rates: (queue after, out, delay, stopped)."""
    rest = queue + (comes - serves) * lasts_s
    if rest >= 0.0:
        return rest, serves * lasts_s, 0.5 * (queue + rest) * lasts_s, comes * lasts_s
    # Gone within the stretch, on a straight line.
    gone_s = queue / (serves - comes)
    return 0.0, queue + comes * lasts_s, 0.5 * queue * gone_s, comes * gone_s


@compiled
def serve(
    arrivals: Floats, green: Floats, begin: int, offset: int, rate: float, departures: Floats
) -> tuple[float, float]:
    """A vertical queue around the cycle: departures, and (delay, stops) per vehicle.

    Begins at program second `begin`, where a green has ended, without a queue. Where
    one is left after a cycle, a second round is the steady one: below saturation the
    queue has been empty within the first. A second with part green begins with it
    where the green ends and ends with it where the green begins.
    """
    cycle = len(arrivals)
    queue = lost = stopped = came = 0.0
    for turn in range(2):
        if turn and queue <= 0.0:
            break
        lost = stopped = came = 0.0
        at = begin
        second = (begin + offset) % cycle
        before = green[at - 1]
        for _ in range(cycle):
            comes, share = arrivals[second], green[at]
            at = at + 1 if at + 1 < cycle else 0
            if share <= 0.0 or share >= 1.0:
                queue, out, lost_now, stopped_now = queue_over(queue, comes, rate * share, 1.0)
            else:
                first_s, first, then = 1.0 - share, 0.0, rate
                if before > 0.0:
                    first_s, first, then = share, rate, 0.0
                queue, out, lost_now, stopped_now = queue_over(queue, comes, first, first_s)
                queue, more, lost_more, stopped_more = queue_over(queue, comes, then, 1.0 - first_s)
                out += more
                lost_now += lost_more
                stopped_now += stopped_more
            departures[second] = out
            second = second + 1 if second + 1 < cycle else 0
            lost += lost_now
            stopped += stopped_now
            came += comes
            before = share
    if came <= 0.0:
        return 0.0, 0.0
    return lost / came, stopped / came


@compiled
def one_link(
    tables: Tables, offsets: Ints, link: int, arrivals: Floats, departures: Floats
) -> tuple[float, float]:
    """Arrivals of a link from its feeders, then its queue; (uniform delay, stops)."""
    own, cycle = arrivals[link], arrivals.shape[1]
    own[:] = tables.even[link]
    for feeder in range(tables.pointers[link], tables.pointers[link + 1]):
        disperse(
            departures[tables.sources[feeder]],
            tables.shares[feeder],
            tables.lags[feeder],
            tables.smooth[feeder],
            own,
        )
    green = 0.0
    came = 0.0
    for second in range(cycle):
        green += tables.greens[link, second]
        came += own[second]
    room = tables.saturation[link] * green
    if came > room:
        # What does not get through is the oversaturation delay's matter.
        for second in range(cycle):
            own[second] *= room / came
    return serve(
        own,
        tables.greens[link],
        tables.ends[link],
        offsets[tables.junction[link]],
        tables.saturation[link],
        departures[link],
    )


@compiled
def evaluate_some(
    tables: Tables,
    offsets: Ints,
    which: Ints,
    arrivals: Floats,
    departures: Floats,
    uniform: Floats,
    stopped: Floats,
) -> None:
    """Evaluate these links, given in the direction of travel, in place."""
    for link in which:
        uniform[link], stopped[link] = one_link(tables, offsets, link, arrivals, departures)


@compiled
def evaluate_many(tables: Tables, offsets: Ints) -> Floats:
    """Uniform delay, s per vehicle: shape (plans, links) for offsets (plans, junctions)."""
    plans, links = offsets.shape[0], tables.greens.shape[0]
    arrivals = np.zeros(tables.greens.shape)
    departures = np.zeros(tables.greens.shape)
    found = np.zeros((plans, links))
    for plan in range(plans):
        for link in range(links):
            found[plan, link] = one_link(tables, offsets[plan], link, arrivals, departures)[0]
    return found
