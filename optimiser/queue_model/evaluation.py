"""What one run of the queue model says of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """Measures of one run; means over all `due` vehicles, as in docs/measures.md.

    `blocking_per_vehicle` is how often one came to stand in a node across the paths of
    others, for want of room behind it: what gridlocks begin with.
    `link_delay_s` is vehicle-seconds lost in waiting for each link of the traffic,
    `link_vehicles` how many took it, `edge_queue_m` the longest standing queue of
    each edge's lanes. `stopped_early` says that the run was given up because its
    delay passed the bound it was given: means are then lower bounds.
    """

    due: int
    unfinished: int
    never_inserted: int
    total_delay_s: float
    person_delay_s: float
    stops_per_vehicle: float
    blocking_per_vehicle: float
    link_delay_s: Floats
    link_vehicles: Floats
    edge_queue_m: Floats
    stopped_early: bool = False
