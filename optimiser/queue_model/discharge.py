"""Lanes whose saturation flow and lost time are known, in place of the drivers' formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from signalctl.domain.lane_capacity import LaneCapacity
from signalctl.domain.traffic import Traffic
from signalctl.optimiser.queue_model.parameters import Parameters
from signalctl.optimiser.queue_model.state import Floats, Records

_FADING_GAPS: Final = 3
"""Headways before the 4th front, by which start-up loss is told (`LaneCapacity`)."""


def take_capacities(
    kind_links: Records, traffic: Traffic, kind_of: Sequence[int], parameters: Parameters
) -> None:
    """Fit headways, start and use of the amber of lanes with a capacity, in place.

    `kind_links` has a row a kind of vehicle and a column a link, `kind_of` the kind of each
    trip. Headways keep their ratio from vehicle to vehicle; their mean over those that drive
    over the lane's links becomes the lane's. Whole vehicles do not fit into the end of a
    green: on average half a headway is left over, so the amber that is used is the end gain
    and that half.
    """
    known = {number: own.capacity for number, own in enumerate(traffic.lanes) if own.capacity}
    if not known:
        return
    weights = _weights(len(kind_links), traffic, kind_of)
    links_of: dict[int, list[int]] = {}
    for number, link in enumerate(traffic.links):
        if link.from_lane in known and link.junction_id is not None:
            links_of.setdefault(link.from_lane, []).append(number)
    for lane, links in links_of.items():
        if weights[:, links].any():
            _fit(kind_links, links, weights[:, links], known[lane], parameters)


def _weights(kinds: int, traffic: Traffic, kind_of: Sequence[int]) -> Floats:
    """Vehicles of each kind over each link, shared by the links between two edges alike."""
    drives = Counter(
        (kind, pair)
        for trip, kind in zip(traffic.trips, kind_of, strict=True)
        for pair in pairwise(traffic.routes[trip.route])
    )
    ends = [
        (traffic.lanes[link.from_lane].edge, traffic.lanes[link.to_lane].edge)
        for link in traffic.links
    ]
    beside = Counter(ends)
    found = np.zeros((kinds, len(ends)))
    for kind in range(kinds):
        found[kind] = [drives[kind, pair] / beside[pair] for pair in ends]
    return found


def _fit(
    kind_links: Records,
    links: Sequence[int],
    weights: Floats,
    capacity: LaneCapacity,
    parameters: Parameters,
) -> None:
    own = kind_links[:, links]
    ratio = capacity.headway_s / float(np.average(own["headway_s"], weights=weights))
    fading = sum(parameters.start_up_ratio**k for k in range(_FADING_GAPS))
    # The 4th front is at react + 3 headways + what the start costs each of them.
    start_s = (capacity.start_up_s + capacity.headway_s - parameters.react_s) / fading
    amber_s = max(0.0, capacity.end_gain_s + capacity.headway_s / 2.0)
    for name in ("headway_s", "yielding_s"):
        own[name] *= ratio
    for name in ("start_up_s", "yielding_start_s"):
        own[name] = max(0.0, start_s)
    own["amber_in_queue_s"] = amber_s
    own["amber_s"] = np.maximum(own["amber_s"], amber_s)
    kind_links[:, links] = own
