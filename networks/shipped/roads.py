"""The sources of a benchmark network: nodes, edges, connections, crossings, stages.

What netconvert compiles. Coordinates in m, x east and y north, right-hand traffic.
Where an edge has a sidewalk it is lane 0, and vehicle lanes count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.shipped.demand import Demand

LANE_WIDTH_M = 3.2
SIDEWALK_WIDTH_M = 2.5
CROSSING_WIDTH_M = 4.0
URBAN_SPEED_MPS = 13.89


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A point where edges meet; `signal` makes it a traffic-light junction."""

    id: str
    x_m: float
    y_m: float
    signal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A one-way road of `lanes` vehicle lanes.

    The lanes lie to the right of the line from node to node, `median_m` away
    from it: a median that a turn pocket may later use.
    """

    id: str
    start: str
    end: str
    lanes: int
    speed_mps: float = URBAN_SPEED_MPS
    priority: int = 1
    sidewalk: bool = True
    median_m: float = 0.0
    shape_m: tuple[tuple[float, float], ...] = ()

    @property
    def first_lane(self) -> int:
        """Index of the rightmost vehicle lane."""
        return 1 if self.sidewalk else 0

    @property
    def last_lane(self) -> int:
        """Index of the leftmost vehicle lane."""
        return self.first_lane + self.lanes - 1


@dataclass(frozen=True, slots=True)
class Connection:
    """A lane of one edge leads to a lane of the next."""

    start: str
    end: str
    start_lane: int
    end_lane: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A signalised pedestrian crossing over the given edges at a node."""

    node: str
    edges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageSource:
    """Movements (edge, next edge) and crossings (their edges) green together."""

    movements: tuple[tuple[str, str], ...]
    crossings: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class BusStop:
    """A stop on the rightmost vehicle lane of an edge."""

    id: str
    edge: str
    start_m: float
    end_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything a benchmark network is made of.

    `stages` gives each signal's stages in order. The shipped program is timed
    for the demand named `design`.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    connections: tuple[Connection, ...]
    crossings: tuple[Crossing, ...]
    stages: FrozenMap[str, tuple[StageSource, ...]]
    demand: FrozenMap[str, Demand]
    design: str = "peak"
    stops: tuple[BusStop, ...] = ()
