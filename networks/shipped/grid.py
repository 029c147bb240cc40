"""The grid: 6 x 6 signals, uneven blocks, two main streets each way.

Columns A to F from west to east, rows 1 to 6 from south to north. Columns B and E
and rows 2 and 5 are main streets: two lanes each way with left-turn pockets, and
protected lefts where they meet. The other streets have one lane each way.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from signalctl.domain.frozen import FrozenMap
from signalctl.networks.shipped.demand import Demand, Stream
from signalctl.networks.shipped.roads import Node, Sources
from signalctl.networks.shipped.streets import Street, StreetMap

_COLUMNS = {"A": 0.0, "B": 180.0, "C": 430.0, "D": 610.0, "E": 880.0, "F": 1080.0}
_ROWS = {"1": 0.0, "2": 210.0, "3": 390.0, "4": 650.0, "5": 850.0, "6": 1120.0}
_MAIN = frozenset("BE25")
_STUB_M = 250.0
_POCKET_M = 60.0

# Peak flows into the grid (veh/h) at the south and west ends, and at the north and east.
_MAIN_VPH = (1050.0, 840.0)
_MINOR_VPH = (210.0, 170.0)
_THROUGH = 0.6
_MAIN_WEIGHT = 3.0
_OFFPEAK = 0.6


def grid() -> Sources:
    """The sources of the grid with its peak and off-peak demand."""
    streets = _streets()
    stages = {
        column + row: streets.stages(
            column + row,
            protected=frozenset({"EW", "NS"}) if {column, row} <= _MAIN else frozenset(),
        )
        for column in _COLUMNS
        for row in _ROWS
    }
    trips = _trips()
    return Sources(
        nodes=tuple(streets.nodes),
        edges=tuple(streets.edges),
        connections=tuple(streets.connections),
        crossings=tuple(streets.crossings),
        stages=FrozenMap(stages),
        demand=FrozenMap(
            {
                "peak": _demand(streets, trips, seed=3, share=1.0),
                "offpeak": _demand(streets, trips, seed=4, share=_OFFPEAK),
            }
        ),
    )


def _lines() -> dict[str, tuple[str, ...]]:
    """The nodes along each street: rows from west to east, columns from south to north."""
    lines = {r: (f"west{r}", *(c + r for c in _COLUMNS), f"east{r}") for r in _ROWS}
    lines |= {c: (f"south{c}", *(c + r for r in _ROWS), f"north{c}") for c in _COLUMNS}
    return lines


def _streets() -> StreetMap:
    west, east = min(_COLUMNS.values()) - _STUB_M, max(_COLUMNS.values()) + _STUB_M
    south, north = min(_ROWS.values()) - _STUB_M, max(_ROWS.values()) + _STUB_M
    nodes = [
        Node(id=c + r, x_m=x_m, y_m=y_m, signal=True)
        for c, x_m in _COLUMNS.items()
        for r, y_m in _ROWS.items()
    ]
    for r, y_m in _ROWS.items():
        nodes.append(Node(id=f"west{r}", x_m=west, y_m=y_m))
        nodes.append(Node(id=f"east{r}", x_m=east, y_m=y_m))
    for c, x_m in _COLUMNS.items():
        nodes.append(Node(id=f"south{c}", x_m=x_m, y_m=south))
        nodes.append(Node(id=f"north{c}", x_m=x_m, y_m=north))
    streets = [
        Street(
            a=a,
            b=b,
            lanes=2 if name in _MAIN else 1,
            pocket_m=_POCKET_M if name in _MAIN else 0.0,
            priority=3 if name in _MAIN else 1,
            sidewalk=False,
        )
        for name, line in _lines().items()
        for a, b in pairwise(line)
    ]
    return StreetMap(tuple(nodes), tuple(streets))


def _trips() -> dict[tuple[str, ...], float]:
    """Peak trips (veh/h) by nodes: straight through, or one turn into a crossing street.

    Turning traffic prefers main streets by `_MAIN_WEIGHT`.
    """
    trips: defaultdict[tuple[str, ...], float] = defaultdict(float)
    lines = _lines()
    for name, line in lines.items():
        flows = _MAIN_VPH if name in _MAIN else _MINOR_VPH
        for chain, vph in ((line, flows[0]), (line[::-1], flows[1])):
            trips[chain] += vph * _THROUGH
            crossing = [other for other in lines if other.isdigit() != name.isdigit()]
            weight = {other: _MAIN_WEIGHT if other in _MAIN else 1.0 for other in crossing}
            for other in crossing:
                vph_there = vph * (1 - _THROUGH) * weight[other] / sum(weight.values())
                corner = (other + name) if name.isdigit() else (name + other)
                before = chain[: chain.index(corner)]
                for way in (lines[other], lines[other][::-1]):
                    trips[(*before, *way[way.index(corner) :])] += vph_there / 2
    return dict(trips)


def _demand(
    streets: StreetMap, trips: dict[tuple[str, ...], float], *, seed: int, share: float
) -> Demand:
    cars = tuple(Stream(streets.route(*nodes), vph * share) for nodes, vph in trips.items())
    return Demand(seed=seed, cars=cars)
