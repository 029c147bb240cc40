"""Heights in a time-space diagram: one height for each stop line of both directions.

Distance runs upward along the outbound direction. Positions of the inbound
direction are measured along its own path, which need not be as long: junctions
that both directions pass lie at one height, the mean of the two measures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signalctl.domain.corridor import Corridor, Progression, StopLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the diagram: a junction, its height, and the groups that carry the wave."""

    junction_id: str
    height_m: float
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heights:
    """Rows from the lowest to the highest, and the way from positions to heights.

    For each direction, in order of travel of its stop lines: `order` has the
    indices of their rows, `knots` their (position_m along the direction, height_m).
    """

    rows: tuple[Row, ...]
    order: Mapping[str, tuple[int, ...]]
    knots: Mapping[str, tuple[tuple[float, float], ...]]

    def at(self, direction: str, position_m: float) -> float:
        """Height (m) of a position along a direction.

        Linear between stop lines, and to scale beyond the first and the last.
        """
        knots = self.knots[direction]
        places = [place for place, _ in knots]
        i = bisect_right(places, position_m)
        if i == 0 or i == len(knots) or len(knots) == 1:
            place, height = knots[0] if i == 0 else knots[-1]
            sign = 1.0 if direction == "outbound" else -1.0
            return height + sign * (position_m - place)
        (p0, h0), (p1, h1) = knots[i - 1], knots[i]
        return h0 + (h1 - h0) * (position_m - p0) / (p1 - p0)


def heights(corridor: Corridor) -> Heights:
    """The rows of a corridor's diagram; a one-way corridor has outbound heights alone."""
    lines: dict[str, dict[tuple[str, int], StopLine]] = {"outbound": {}}
    for i, line in enumerate(corridor.outbound.stop_lines):
        lines["outbound"][_key(corridor.outbound, i)] = line
    if corridor.inbound is not None:
        lines["inbound"] = _backward(corridor.inbound)
    height_of = _mean_heights(lines)
    order = sorted(height_of, key=lambda key: (height_of[key], key))
    rows = tuple(
        Row(
            junction_id=key[0],
            height_m=height_of[key],
            groups={way: own[key].group_id for way, own in lines.items() if key in own},
        )
        for key in order
    )
    travelled = {
        way: [key for _, key in sorted((line.position_m, key) for key, line in own.items())]
        for way, own in lines.items()
    }
    return Heights(
        rows=rows,
        order={way: tuple(order.index(key) for key in keys) for way, keys in travelled.items()},
        knots={
            way: tuple((lines[way][key].position_m, height_of[key]) for key in keys)
            for way, keys in travelled.items()
        },
    )


def _mean_heights(
    lines: Mapping[str, Mapping[tuple[str, int], StopLine]],
) -> dict[tuple[str, int], float]:
    """Height of each stop line: outbound position, mirrored inbound position, or their mean."""
    forward, backward = lines["outbound"], lines.get("inbound", {})
    both = [forward[k].position_m + backward[k].position_m for k in forward if k in backward]
    everything = [line.position_m for own in lines.values() for line in own.values()]
    mirror_m = sum(both) / len(both) if both else max(everything)
    found: dict[tuple[str, int], float] = {}
    for key in {**forward, **backward}:
        measures = [own[key].position_m for own in (forward,) if key in own]
        measures += [mirror_m - own[key].position_m for own in (backward,) if key in own]
        found[key] = sum(measures) / len(measures)
    return found


def label_places(heights_: Sequence[float], least_gap: float) -> list[float]:
    """Places for labels of ascending heights, at least `least_gap` apart, close to them.

    Labels that would collide are spread evenly about their common middle.
    """
    clusters: list[list[float]] = []
    for height in heights_:
        clusters.append([height])
        while (
            len(clusters) > 1
            and _first(clusters[-1], least_gap) < _last(clusters[-2], least_gap) + least_gap
        ):
            clusters[-2:] = [clusters[-2] + clusters[-1]]
    return [
        _first(cluster, least_gap) + k * least_gap
        for cluster in clusters
        for k in range(len(cluster))
    ]


def _first(cluster: Sequence[float], gap: float) -> float:
    return sum(cluster) / len(cluster) - gap * (len(cluster) - 1) / 2


def _last(cluster: Sequence[float], gap: float) -> float:
    return sum(cluster) / len(cluster) + gap * (len(cluster) - 1) / 2


def _key(progression: Progression, index: int) -> tuple[str, int]:
    """A junction and which of its stop lines in a row, counted outbound."""
    junction = progression.stop_lines[index].junction_id
    before = [line.junction_id for line in progression.stop_lines[:index]]
    return junction, before.count(junction)


def _backward(inbound: Progression) -> dict[tuple[str, int], StopLine]:
    found: dict[tuple[str, int], StopLine] = {}
    seen: dict[str, int] = {}
    for line in reversed(inbound.stop_lines):
        count = seen.get(line.junction_id, 0)
        seen[line.junction_id] = count + 1
        found[(line.junction_id, count)] = line
    return found
