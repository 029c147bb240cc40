"""The drivable roads of a network with its lights, prepared once for many corridors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from signalctl.networks.driving import DrivingGraph, Step
from signalctl.networks.network import Network
from signalctl.networks.roads import Point

MARGIN_M: Final = 600.0
MARGIN_SHARE: Final = 0.4
"""How far round its lights a corridor's ways are looked for: this, or this share of their
extent if that is more. A longer way round would be another street anyway."""


class Arteries:
    """Steps a class of vehicle can drive, each with the light it obeys."""

    def __init__(self, network: Network, v_class: str = "passenger") -> None:
        self.network = network
        self.graph = DrivingGraph(network.roads, v_class)

    def light(self, step: Step) -> str | None:
        """The junction whose signal a step obeys; None at rail crossings and rail signals."""
        return self._light_of.get((step.from_edge, step.to_edge))

    def steps_over(self, junction_id: str) -> tuple[Step, ...]:
        """Steps over a junction's stop lines."""
        return self._over.get(junction_id, ())

    def around(self, ids: Sequence[str]) -> frozenset[str]:
        """Edges that end within reach of the lights (MARGIN_M, MARGIN_SHARE)."""
        ends = [self._end(s.from_edge) for j in ids for s in self.steps_over(j)]
        if not ends:
            return frozenset()
        (x0, x1), (y0, y1) = ((min(axis), max(axis)) for axis in zip(*ends, strict=True))
        margin_m = max(MARGIN_M, MARGIN_SHARE * math.hypot(x1 - x0, y1 - y0))
        return frozenset(
            edge
            for edge, (x, y) in self._ends.items()
            if x0 - margin_m <= x <= x1 + margin_m and y0 - margin_m <= y <= y1 + margin_m
        )

    @cached_property
    def _light_of(self) -> Mapping[tuple[str, str], str]:
        return {
            (step.from_edge, step.to_edge): step.tl
            for out in self.graph.steps.values()
            for step in out
            if step.tl is not None and step.tl in self.network.junctions
        }

    @cached_property
    def _over(self) -> Mapping[str, tuple[Step, ...]]:
        found: dict[str, list[Step]] = {}
        for out in self.graph.steps.values():
            for step in out:
                junction_id = self.light(step)
                if junction_id is not None:
                    found.setdefault(junction_id, []).append(step)
        return {junction_id: tuple(steps) for junction_id, steps in found.items()}

    @cached_property
    def _ends(self) -> Mapping[str, Point]:
        edges = {*self.graph.steps, *self.graph.steps_into}
        return {edge: self._end(edge) for edge in sorted(edges)}

    def _end(self, edge_id: str) -> Point:
        shape = self.network.roads.edges[edge_id].lanes[0].shape
        return shape[-1] if shape else (0.0, 0.0)
