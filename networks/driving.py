"""The roads as one class of vehicle can drive them: steps from edge to edge, fastest ways."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from signalctl.networks.polyline import heading, turned
from signalctl.networks.roads import NORMAL, Connection, Lane, RoadGraph

STRAIGHT_ON_DEGREES: Final = 45.0
"""A step that turns by less goes straight on; netconvert's own limit for `s` is similar."""
ONLY_WAY_DEGREES: Final = 100.0
"""A road without junctions goes on round a bend of this much; more turns it back."""
EVERYWHERE: Final = "ignoring"
"""SUMO's class that no lane keeps out."""
GIVE_WAY_S: Final = 1.5
TURN_BACK_S: Final = 5.0
"""Time SUMO's routers add where an unsignalised step gives way (default of the option
weights.minor-penalty) and where it turns back (weights.turnaround-penalty)."""
_SLOWEST_MPS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one edge to the next over a node.

    `connections` are the parallel lanes' ways, by lane; `crossing_m` and
    `crossing_s` length and free-flow time over the node; `degrees` the signed
    turn (left positive) from the end of the one edge to the start of the other.
    `tl` is the light it passes, if any; `u_turn` says that it turns back.
    """

    from_edge: str
    to_edge: str
    connections: tuple[Connection, ...]
    crossing_m: float
    crossing_s: float
    degrees: float
    tl: str | None
    u_turn: bool

    @property
    def penalty_s(self) -> float:
        """What a router adds to the free-flow time of this step, s."""
        if self.u_turn:
            return TURN_BACK_S
        # SUMO writes links with right of way, and those of lights, in capitals.
        gives_way = self.tl is None and not self.connections[0].state.isupper()
        return GIVE_WAY_S if gives_way else 0.0


@dataclass(frozen=True)
class DrivingGraph:
    """Steps between the ordinary edges of a network for one SUMO vehicle class."""

    roads: RoadGraph
    v_class: str = "passenger"

    @cached_property
    def steps(self) -> Mapping[str, tuple[Step, ...]]:
        """Steps that leave each edge, by target id."""
        found: dict[tuple[str, str], list[Connection]] = {}
        for connection in self.roads.connections:
            if self._drivable(connection):
                key = (connection.from_edge, connection.to_edge)
                found.setdefault(key, []).append(connection)
        steps: dict[str, list[Step]] = {}
        for (source, target), connections in sorted(found.items()):
            steps.setdefault(source, []).append(self._step(source, target, connections))
        return {source: tuple(out) for source, out in steps.items()}

    @cached_property
    def steps_into(self) -> Mapping[str, tuple[Step, ...]]:
        """Steps that lead into each edge, by source id."""
        found: dict[str, list[Step]] = {}
        for out in self.steps.values():
            for step in out:
                found.setdefault(step.to_edge, []).append(step)
        return {target: tuple(into) for target, into in found.items()}

    def step(self, from_edge: str, to_edge: str) -> Step | None:
        """The step between two edges; None where this class cannot take it."""
        return next((s for s in self.steps.get(from_edge, ()) if s.to_edge == to_edge), None)

    def run_s(self, edge_id: str) -> float:
        """Free-flow time along an edge at its limit, s."""
        edge = self.roads.edges[edge_id]
        return edge.length_m / max(edge.speed_mps, _SLOWEST_MPS)

    def usable(self, edge_id: str) -> bool:
        """Whether the edge is an ordinary one with a lane for this class."""
        edge = self.roads.edges.get(edge_id)
        return (
            edge is not None
            and edge.function == NORMAL
            and any(self._open(lane) for lane in edge.lanes)
        )

    def fastest_from(self, from_edge: str) -> dict[str, str | None]:
        """The tree of fastest ways from an edge in an empty network: edge -> the edge before it.

        Times at the limits, with the penalties of SUMO's routers for giving way.
        """
        before: dict[str, str | None] = {}
        queue: list[tuple[float, str, str]] = [(0.0, from_edge, "")]
        while queue:
            cost, edge, via = heapq.heappop(queue)
            if edge in before:
                continue
            before[edge] = via or None
            for step in self.steps.get(edge, ()):
                if step.to_edge not in before:
                    after = cost + step.crossing_s + step.penalty_s + self.run_s(step.to_edge)
                    heapq.heappush(queue, (after, step.to_edge, edge))
        return before

    def least_bent(self, edge_id: str) -> Step | None:
        """The step off an edge that looks most like the road's continuation; no u-turn.

        The same street name wins, then SUMO's `s`, then the least turn.
        """
        steps = [s for s in self.steps.get(edge_id, ()) if not s.u_turn]
        return min(steps, key=self._bend) if steps else None

    def straight_on(self, edge_id: str) -> Step | None:
        """The step by which the road goes on; None where it ends or turns away.

        A step goes on when it turns by STRAIGHT_ON_DEGREES at most, keeps the
        street's name, or is the only way and no hairpin (ONLY_WAY_DEGREES).
        """
        best = self.least_bent(edge_id)
        if best is None or self._goes_on(best):
            return best
        only = sum(not s.u_turn for s in self.steps.get(edge_id, ())) == 1
        return best if only and abs(best.degrees) <= ONLY_WAY_DEGREES else None

    def straight_back(self, edge_id: str) -> Step | None:
        """The step whose straight-on continuation is this edge, the least bent one."""
        into = [s for s in self.steps_into.get(edge_id, ()) if self.straight_on(s.from_edge) == s]
        return min(into, key=self._bend) if into else None

    def _same_name(self, step: Step) -> bool:
        a, b = self.roads.edges[step.from_edge].name, self.roads.edges[step.to_edge].name
        return bool(a) and a == b

    def _goes_on(self, step: Step) -> bool:
        return abs(step.degrees) <= STRAIGHT_ON_DEGREES or self._same_name(step)

    def _bend(self, step: Step) -> tuple[bool, bool, bool, float, str, str]:
        straight = any(c.direction == "s" for c in step.connections)
        return (
            abs(step.degrees) > 2 * STRAIGHT_ON_DEGREES,
            not self._same_name(step),
            not straight,
            abs(step.degrees),
            step.from_edge,
            step.to_edge,
        )

    def _drivable(self, connection: Connection) -> bool:
        if not (self.usable(connection.from_edge) and self.usable(connection.to_edge)):
            return False
        source = self.roads.edges[connection.from_edge].lanes
        target = self.roads.edges[connection.to_edge].lanes
        return (
            connection.from_lane < len(source)
            and connection.to_lane < len(target)
            and self._open(source[connection.from_lane])
            and self._open(target[connection.to_lane])
        )

    def _open(self, lane: Lane) -> bool:
        return self.v_class == EVERYWHERE or lane.allows(self.v_class)

    def _step(self, source: str, target: str, connections: Sequence[Connection]) -> Step:
        ordered = tuple(sorted(connections, key=lambda c: (c.from_lane, c.to_lane)))
        lanes = self.roads.internal_path(ordered[0])
        crossing_s = sum(lane.length_m / max(lane.speed_mps, _SLOWEST_MPS) for lane in lanes)
        first, last = self.roads.edges[source], self.roads.edges[target]
        arriving = heading(first.lanes[ordered[0].from_lane].shape, at_end=True)
        leaving = heading(last.lanes[ordered[0].to_lane].shape, at_end=False)
        unknown = arriving is None or leaving is None
        return Step(
            from_edge=source,
            to_edge=target,
            connections=ordered,
            crossing_m=sum(lane.length_m for lane in lanes),
            crossing_s=crossing_s,
            degrees=0.0 if unknown else turned(arriving or 0.0, leaving or 0.0),
            tl=next((c.tl for c in ordered if c.tl is not None), None),
            u_turn=all(c.direction == "t" for c in ordered),
        )


def way_to(before: Mapping[str, str | None], to_edge: str) -> tuple[str, ...] | None:
    """The way to an edge in a tree of `fastest_from`; None when it is not reached."""
    if to_edge not in before:
        return None
    way = [to_edge]
    while (previous := before[way[-1]]) is not None:
        way.append(previous)
    return tuple(reversed(way))
