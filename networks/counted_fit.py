"""Vehicles whose routes reproduce counts, and how well they do.

The number of vehicles on each candidate route maximises the likelihood of the
counts as Poisson numbers, by the expectation-maximisation iteration that starts
from the weights beforehand and keeps every number positive:

    x_r <- x_r * mean over the counted places p of r of ( c_p / sum_q x_q a_pq )

Source: Shepp and Vardi (1982), Maximum likelihood reconstruction for emission
tomography, IEEE Trans. Medical Imaging 1(2), eq. 2.13; the same iteration is
known for trip matrices from counts. Whole vehicles follow by systematic sampling
(Madow 1949), which keeps the sums of neighbouring routes within one vehicle.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from signalctl.networks.counted_places import Place, PlaceCount
from signalctl.networks.counted_routes import ONE_END_INSIDE, Candidate, Route, candidates
from signalctl.networks.network import Network

ROUNDS: Final = 3000
GOOD_GEH: Final = 5.0
"""UK TAG unit M3.1 (2020), table 2: GEH below 5 for more than 85 % of counts."""
_CLOSE: Final = 0.002
"""Counts met within this share end the iteration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A vehicle: when it departs, its class, its route edge by edge."""

    depart_s: float
    v_class: str
    edges: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFit:
    """What was counted at a place in a slice, and what the vehicles make of it."""

    place: Place
    v_class: str
    begin_s: float
    end_s: float
    counted: float
    modelled: float

    @property
    def geh(self) -> float:
        """GEH statistic of the hourly flows: sqrt(2 (m - c)^2 / (m + c))."""
        per_hour = 3600.0 / (self.end_s - self.begin_s)
        counted, modelled = self.counted * per_hour, self.modelled * per_hour
        if counted + modelled <= 0:
            return 0.0
        return math.sqrt(2.0 * (modelled - counted) ** 2 / (modelled + counted))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDemand:
    """Vehicles by departure, and the fit of every count in every slice."""

    begin_s: float
    end_s: float
    vehicles: tuple[Sampled, ...]
    fits: tuple[CountFit, ...]
    notes: tuple[str, ...]

    @property
    def good_share(self) -> float:
        """Share of counts with a GEH below 5; 1 without any count."""
        return sum(fit.geh < GOOD_GEH for fit in self.fits) / len(self.fits) if self.fits else 1.0


def counted_demand(
    network: Network, counts: Sequence[PlaceCount], begin_s: float, end_s: float, seed: int
) -> CountedDemand:
    """Vehicles that depart in [begin_s, end_s) and reproduce the counts.

    A count that spans several slices (intervals between any two counts' ends) is
    taken as an even flow. A vehicle counts in the slice in which it departs: the
    time to get to a place is neglected, so slices should be longer than trips.
    """
    slices = sliced(counts, begin_s, end_s)
    random_ = random.Random(seed)  # noqa: S311 - repeatable, no secret
    vehicles: list[Sampled] = []
    fits: list[CountFit] = []
    inside = 0
    for v_class in sorted({count.v_class for count in counts}):
        own = {span: _of_class(found, v_class) for span, found in slices.items()}
        total: dict[Place, float] = {}
        for found in own.values():
            for place, number in found.items():
                total[place] = total.get(place, 0.0) + number
        routes = candidates(network, v_class, total, random_)
        ends = _ends(routes)
        for (low_s, high_s), found in own.items():
            if not found:
                continue
            numbers = _whole(_fitted(routes, found), random_)
            met: dict[Place, int] = dict.fromkeys(found, 0)
            for route, number in zip(routes, numbers, strict=True):
                inside += number * (route.edges[0] not in ends[0] or route.edges[-1] not in ends[1])
                for place in route.places if number else ():
                    if place in met:
                        met[place] += number
                vehicles += [
                    Sampled(
                        depart_s=math.floor(random_.uniform(low_s, high_s) * 10) / 10,
                        v_class=v_class,
                        edges=route.edges,
                    )
                    for _ in range(number)
                ]
            fits += [
                CountFit(
                    place=place,
                    v_class=v_class,
                    begin_s=low_s,
                    end_s=high_s,
                    counted=counted,
                    modelled=met[place],
                )
                for place, counted in sorted(found.items())
            ]
    vehicles.sort(key=lambda v: (v.depart_s, v.v_class, v.edges))
    notes = []
    if inside:
        notes.append(
            f"{inside} of {len(vehicles)} vehicles begin or end inside the network, where no "
            "likelier way meets the counts."
        )
    return CountedDemand(
        begin_s=begin_s,
        end_s=end_s,
        vehicles=tuple(vehicles),
        fits=tuple(fits),
        notes=tuple(notes),
    )


def sliced(
    counts: Sequence[PlaceCount], begin_s: float, end_s: float
) -> dict[tuple[float, float], dict[tuple[Place, str], float]]:
    """(begin, end) of each slice -> (place, class) -> vehicles, without what lies outside."""
    inside = [c for c in counts if c.begin_s < end_s and c.end_s > begin_s]
    cuts = {begin_s, end_s, *(min(max(t, begin_s), end_s) for c in inside for t in _span(c))}
    found: dict[tuple[float, float], dict[tuple[Place, str], float]] = {}
    for low_s, high_s in pairwise(sorted(cuts)):
        here = found.setdefault((low_s, high_s), {})
        for count in inside:
            if count.begin_s <= low_s and high_s <= count.end_s:
                share = (high_s - low_s) / (count.end_s - count.begin_s)
                key = (count.place, count.v_class)
                here[key] = here.get(key, 0.0) + count.vehicles * share
    return found


def _span(count: PlaceCount) -> tuple[float, float]:
    return count.begin_s, count.end_s


def _of_class(found: Mapping[tuple[Place, str], float], v_class: str) -> dict[Place, float]:
    return {place: vehicles for (place, each), vehicles in found.items() if each == v_class}


def _ends(routes: Sequence[Candidate]) -> tuple[set[str], set[str]]:
    """Edges where the likely routes begin and where they end: the ends of the network."""
    whole = [route.edges for route in routes if route.weight > ONE_END_INSIDE]
    return {edges[0] for edges in whole}, {edges[-1] for edges in whole}


def _fitted(routes: Sequence[Candidate], counts: Mapping[Place, float]) -> Any:
    """Vehicles on each route (n,), fractions included."""
    import numpy as np
    from scipy.sparse import csr_array

    places = sorted(counts)
    index = {place: i for i, place in enumerate(places)}
    cells = [(index[p], r) for r, route in enumerate(routes) for p in route.places if p in index]
    rows, columns = (np.array([cell[i] for cell in cells], dtype=np.intp) for i in (0, 1))
    passes = csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(places), len(routes)))
    counted = np.array([counts[place] for place in places])
    touches: Any = passes.sum(axis=0)
    vehicles = np.array([route.weight for route in routes]) * (touches > 0)
    flows = passes @ vehicles
    vehicles *= counted.sum() / max(flows.sum(), 1e-12)
    back = passes.T.tocsr()
    least = 1e-12
    for _ in range(ROUNDS):
        flows = passes @ vehicles
        if np.all(np.abs(flows - counted) <= np.maximum(_CLOSE * counted, 0.05)):
            break
        vehicles *= (back @ (counted / np.maximum(flows, least))) / np.maximum(touches, 1.0)
    return vehicles


def _whole(vehicles: Any, random_: random.Random) -> list[int]:
    """Whole numbers with the same running sum, rounded at a random phase."""
    passed, numbers = random_.random(), []
    for each in vehicles:
        after = passed + float(each)
        numbers.append(math.floor(after) - math.floor(passed))
        passed = after
    return numbers
