"""Cyclic flow profiles: what an offset does to delay and stops, in microseconds.

The TRANSYT family: each stop line has a profile of arrivals over the cycle, a
vertical queue turns it into departures, and platoons disperse on their way to the
next stop line (D. I. Robertson, TRANSYT: a traffic network study tool, RRL Report
LR 253, 1969). For interactive estimates below saturation; queues have no length
here, so spillback is not seen (the queue model sees it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from signalctl.domain.errors import InputError
from signalctl.optimiser.profile_kernel import Tables, evaluate_many, evaluate_some

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

DISPERSION: Final = 0.35
"""Robertson's alpha: moderate friction (TRANSYT-7F: 0.25 light, 0.35 moderate, 0.50 heavy)."""
HEAD_SHARE: Final = 0.8
"""Robertson's beta: the head of a platoon takes this share of the mean travel time."""
PERIOD_H: Final = 0.25
"""Period over which flows hold, for the random and oversaturation delay (HCM: 15 min)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """Vehicles that come from another stop line: its id, veh/h, free travel time in s."""

    stop_line: str
    flow_vph: float
    travel_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLink:
    """Traffic towards one stop line.

    `flow_vph` is all of it; what the feeders do not bring arrives evenly. `greens`
    are effective greens as (start_s, end_s) after second 0 of the junction's
    program, an end past the cycle running on into the next.
    """

    id: str
    junction_id: str
    flow_vph: float
    saturation_vph: float
    greens: tuple[tuple[float, float], ...]
    feeders: tuple[Feeder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProfileEstimate:
    """Estimate of one set of offsets; arrays are by link, profiles veh/s by second of the cycle.

    `uniform_s` and `random_s` are s per vehicle, `stops` per vehicle. Above a
    `saturation` of 1 the profiles are those of the flow that gets through.
    """

    uniform_s: Floats
    random_s: Floats
    stops: Floats
    saturation: Floats
    arrivals: Floats
    departures: Floats
    delay_s: float
    """Mean over all vehicles at all stop lines, s."""
    stops_per_vehicle: float


class FlowProfiles:
    """A corridor or network of stop lines at a common cycle, ready for any offsets.

    Links stand in the direction of travel: a feeder that stands behind the link it
    feeds (the closing of a loop) counts as an even flow.
    """

    def __init__(
        self, cycle_s: int, links: Sequence[ProfileLink], *, period_h: float = PERIOD_H
    ) -> None:
        """Raises InputError for links that do not fit together."""
        if cycle_s < 1 or not links or not period_h > 0:
            raise InputError("Flow profiles need a cycle, a period and a link.")
        self.cycle_s = cycle_s
        self.links = tuple(links)
        self.junction_ids = tuple(sorted({link.junction_id for link in links}))
        places = {link.id: place for place, link in enumerate(links)}
        if len(places) < len(links):
            raise InputError("Two links have one id.")
        self._flows_vph = np.array([link.flow_vph for link in links])
        self._tables = _tables(self.cycle_s, self.links, places, self.junction_ids)
        self._random_s = _random_delay_s(self._flows_vph, self._capacity_vph(), period_h)
        self._downstream = {
            junction: _downstream(self.links, places, junction) for junction in self.junction_ids
        }
        self._offsets = np.zeros(len(self.junction_ids), dtype=np.int64)
        shape = (len(links), cycle_s)
        self._arrivals, self._departures = np.zeros(shape), np.zeros(shape)
        self._uniform, self._stopped = np.zeros(len(links)), np.zeros(len(links))
        self._evaluate(np.arange(len(links)))

    def estimate(self, offsets_s: Mapping[str, int] | None = None) -> ProfileEstimate:
        """The estimate at these offsets (s by junction; others stay as they are).

        Only links of junctions that moved, and those downstream, are evaluated anew.
        Raises InputError for an unknown junction.
        """
        touched: set[int] = set()
        for junction, offset_s in sorted((offsets_s or {}).items()):
            if junction not in self._downstream:
                raise InputError(f"There is no junction {junction!r} in these profiles.")
            place = self.junction_ids.index(junction)
            if self._offsets[place] != offset_s % self.cycle_s:
                self._offsets[place] = offset_s % self.cycle_s
                touched.update(self._downstream[junction])
        if touched:
            self._evaluate(np.array(sorted(touched)))
        return self._told()

    @property
    def offsets_s(self) -> dict[str, int]:
        """The offsets of the last estimate, s by junction."""
        return {j: int(o) for j, o in zip(self.junction_ids, self._offsets, strict=True)}

    def delays_s(self, offsets_s: Ints) -> Floats:
        """Mean delay, s per vehicle, of many sets of offsets: shape (plans, junctions in order)."""
        uniform = evaluate_many(self._tables, np.asarray(offsets_s, dtype=np.int64) % self.cycle_s)
        served = max(float(self._flows_vph.sum()), 1e-9)
        found: Floats = (uniform @ self._flows_vph + self._random_s @ self._flows_vph) / served
        return found

    def _evaluate(self, which: Ints) -> None:
        evaluate_some(
            self._tables,
            self._offsets,
            which,
            self._arrivals,
            self._departures,
            self._uniform,
            self._stopped,
        )

    def _capacity_vph(self) -> Floats:
        rates = self._tables
        found: Floats = 3600.0 * rates.saturation * rates.greens.sum(axis=1) / self.cycle_s
        return found

    def _told(self) -> ProfileEstimate:
        flows, capacity = self._flows_vph, self._capacity_vph()
        served = max(float(flows.sum()), 1e-9)
        return ProfileEstimate(
            uniform_s=self._uniform.copy(),
            random_s=self._random_s.copy(),
            stops=self._stopped.copy(),
            saturation=flows / np.maximum(capacity, 1e-9),
            arrivals=self._arrivals.copy(),
            departures=self._departures.copy(),
            delay_s=float((self._uniform + self._random_s) @ flows) / served,
            stops_per_vehicle=float(self._stopped @ flows) / served,
        )


def _tables(
    cycle_s: int,
    links: Sequence[ProfileLink],
    places: Mapping[str, int],
    junction_ids: Sequence[str],
) -> Tables:
    even = np.zeros(len(links))
    pointers, sources, shares, lags, smooth = [0], [], [], [], []
    for place, link in enumerate(links):
        _check(link, places)
        if link.flow_vph + 1e-6 < sum(feeder.flow_vph for feeder in link.feeders):
            raise InputError("The feeders bring more than the link's flow.", where=link.id)
        even[place] = link.flow_vph / 3600.0
        for feeder in link.feeders:
            source = places[feeder.stop_line]
            if source >= place or links[source].flow_vph <= 0:
                continue
            even[place] -= feeder.flow_vph / 3600.0
            sources.append(source)
            shares.append(feeder.flow_vph / links[source].flow_vph)
            lags.append(round(HEAD_SHARE * feeder.travel_s) % cycle_s)
            smooth.append(1.0 / (1.0 + DISPERSION * HEAD_SHARE * feeder.travel_s))
        pointers.append(len(sources))
    greens = np.array([_green(cycle_s, link) for link in links])
    # The first second without green after one with; 0 where there is none.
    ends = np.argmax((greens <= 0.0) & (np.roll(greens, 1, axis=1) > 0.0), axis=1)
    return Tables(
        greens=greens,
        ends=ends.astype(np.int64),
        saturation=np.array([link.saturation_vph / 3600.0 for link in links]),
        flow=np.array([link.flow_vph / 3600.0 for link in links]),
        even=np.maximum(even, 0.0),
        junction=np.array([junction_ids.index(k.junction_id) for k in links], dtype=np.int64),
        pointers=np.array(pointers, dtype=np.int64),
        sources=np.array(sources, dtype=np.int64),
        shares=np.array(shares, dtype=np.float64),
        lags=np.array(lags, dtype=np.int64),
        smooth=np.array(smooth, dtype=np.float64),
    )


def _check(link: ProfileLink, places: Mapping[str, int]) -> None:
    if not 0 <= link.flow_vph < np.inf or not 0 < link.saturation_vph < np.inf:
        raise InputError("A link needs a flow of 0 or more and a saturation flow.", where=link.id)
    for feeder in link.feeders:
        if feeder.stop_line not in places:
            raise InputError(f"There is no stop line {feeder.stop_line!r}.", where=link.id)
        if not 0 <= feeder.flow_vph < np.inf or not 0 <= feeder.travel_s < np.inf:
            raise InputError("A feeder needs a flow and a travel time.", where=link.id)


def _green(cycle_s: int, link: ProfileLink) -> Floats:
    for start_s, end_s in link.greens:
        if not 0 <= end_s - start_s <= cycle_s:
            raise InputError(f"A green from {start_s:g} to {end_s:g} s is none.", where=link.id)
    return _green_shares(cycle_s, link.greens)


@lru_cache(maxsize=4096)
def _green_shares(cycle_s: int, greens: tuple[tuple[float, float], ...]) -> Floats:
    """Share of each second of the program that is effective green; not to be changed."""
    found = np.zeros(cycle_s)
    for start_s, end_s in greens:
        for second in range(int(np.floor(start_s)), int(np.ceil(end_s))):
            found[second % cycle_s] += min(end_s, second + 1) - max(start_s, second)
    return np.minimum(found, 1.0)


def _random_delay_s(flows_vph: Floats, capacity_vph: Floats, period_h: float) -> Floats:
    """Random and oversaturation delay d2, s (HCM 6th eq. 19-26, k = 0.5, I = 1)."""
    capacity = np.maximum(capacity_vph, 1e-9)
    x = flows_vph / capacity
    over = x - 1.0
    root = np.sqrt(over**2 + 4.0 * x / (capacity * period_h))
    found: Floats = 900.0 * period_h * (over + root)
    return np.where(flows_vph > 0, found, 0.0)


def _downstream(
    links: Sequence[ProfileLink], places: Mapping[str, int], junction: str
) -> tuple[int, ...]:
    """Links at a junction and those that platoons from there reach."""
    found = {place for place, link in enumerate(links) if link.junction_id == junction}
    for place, link in enumerate(links):
        if any(
            places[feeder.stop_line] in found and places[feeder.stop_line] < place
            for feeder in link.feeders
        ):
            found.add(place)
    return tuple(sorted(found))
