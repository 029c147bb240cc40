"""Intergreens from geometry, against sums done by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import ConflictMatrix, GroupKind, Movement, SignalGroup
from signalctl.networks.intergreen import geometric_intergreens
from signalctl.networks.polyline import crossings_of, nearest, turned, turning
from signalctl.networks.roads import (
    CROSSING,
    INTERNAL,
    NORMAL,
    WALKINGAREA,
    Connection,
    Edge,
    Lane,
    Location,
    Polyline,
    RoadGraph,
)


def _edge(edge_id: str, shape: Polyline, function: str = NORMAL, width_m: float = 3.2) -> Edge:
    length_m = sum(math.dist(a, b) for a, b in pairwise(shape))
    lane = Lane(
        id=f"{edge_id}_0",
        edge_id=edge_id,
        index=0,
        length_m=length_m,
        speed_mps=13.89,
        width_m=width_m,
        shape=shape,
    )
    return Edge(
        id=edge_id,
        from_node="N",
        to_node="N",
        function=function,
        speed_mps=13.89,
        length_m=length_m,
        priority=1,
        lanes=(lane,),
        type="",
        shape=shape,
    )


def _graph(paths: dict[str, tuple[Polyline, str]], strip: Polyline | None = None) -> RoadGraph:
    """One light; link i drives the i-th path: name -> (shape over the node, direction)."""
    edges: dict[str, Edge] = {}
    connections = []
    for link, (name, (shape, direction)) in enumerate(paths.items()):
        (x0, y0), (x1, y1) = shape[0], shape[-1]
        edges[f"{name}-in"] = _edge(f"{name}-in", ((x0 - 1.0, y0), (x0, y0)))
        beyond = (x1, y1 + 1.0) if direction == "l" else (x1 + 1.0, y1)
        edges[f"{name}-out"] = _edge(f"{name}-out", ((x1, y1), beyond))
        edges[f":{name}"] = _edge(f":{name}", shape, INTERNAL)
        connections.append(
            Connection(
                from_edge=f"{name}-in",
                to_edge=f"{name}-out",
                from_lane=0,
                to_lane=0,
                via=f":{name}_0",
                tl="J",
                link_index=link,
                direction=direction,
                state="M",
            )
        )
    if strip is not None:
        edges[":w"] = _edge(":w", (strip[0], strip[0]), WALKINGAREA)
        edges[":c"] = _edge(":c", strip, CROSSING, width_m=4.0)
        connections.append(
            Connection(
                from_edge=":w",
                to_edge=":c",
                from_lane=0,
                to_lane=0,
                via=None,
                tl="J",
                link_index=len(paths),
                direction="s",
                state="M",
            )
        )
    return RoadGraph(
        version="1.20",
        left_hand=False,
        location=Location(),
        edges=FrozenMap(edges),
        nodes=FrozenMap({}),
        connections=tuple(connections),
    )


def _group(
    group_id: str, link: int, kind: GroupKind = GroupKind.VEHICLE, amber_s: int = 3
) -> SignalGroup:
    return SignalGroup(
        id=group_id,
        kind=kind,
        approach=group_id,
        movements=(Movement.THROUGH,),
        links=(link,),
        amber_s=amber_s,
    )


HARD_AB = ConflictMatrix(hard=frozenset({("a", "b")}))
EASTWARD: Polyline = ((0.0, 0.0), (30.0, 0.0))
NORTHWARD: Polyline = ((20.0, -10.0), (20.0, 15.0))


def test_two_streams_straight_across() -> None:
    roads = _graph({"a": (EASTWARD, "s"), "b": (NORTHWARD, "s")})
    matrix = geometric_intergreens(roads, "J", [_group("a", 0), _group("b", 1)], HARD_AB)
    # a clears 20 m: 3 + (20 + 6) / 10 = 5.6 s; b enters 10 m at 40 km/h: 0.9 s -> 4.7
    assert matrix.get("a", "b") == 5
    # b clears 10 m: 3 + 16 / 10 = 4.6 s; a enters 20 m: 1.8 s -> 2.8, not below the amber
    assert matrix.get("b", "a") == 3


def test_intergreen_is_never_below_the_amber_of_the_ending_group() -> None:
    roads = _graph({"a": (EASTWARD, "s"), "b": (NORTHWARD, "s")})
    groups = [_group("a", 0, amber_s=3), _group("b", 1, amber_s=5)]
    assert geometric_intergreens(roads, "J", groups, HARD_AB).get("b", "a") == 5


def test_giving_way_pairs_get_both_orders_and_others_none() -> None:
    roads = _graph({"a": (EASTWARD, "s"), "b": (NORTHWARD, "s"), "c": (NORTHWARD, "s")})
    conflicts = ConflictMatrix(yields=frozenset({("a", "b")}))
    groups = [_group("a", 0), _group("b", 1), _group("c", 2)]
    matrix = geometric_intergreens(roads, "J", groups, conflicts)
    assert set(matrix.seconds) == {("a", "b"), ("b", "a")}


def test_tight_turns_clear_more_slowly_than_wide_ones() -> None:
    def left(radius_m: float) -> Polyline:
        return tuple(
            (
                radius_m * math.sin(math.radians(d)),
                radius_m - radius_m * math.cos(math.radians(d)),
            )
            for d in range(0, 91, 10)
        )

    needed = {}
    for radius_m in (9.5, 10.5):
        turn = left(radius_m)
        end = turn[-1]
        across: Polyline = ((end[0] - 5.0, end[1] - 0.1), (end[0] + 5.0, end[1] - 0.1))
        roads = _graph({"a": (turn, "l"), "b": (across, "s")})
        matrix = geometric_intergreens(roads, "J", [_group("a", 0), _group("b", 1)], HARD_AB)
        needed[radius_m] = matrix.get("a", "b")
    # 9.5 m: 14.9 m of path, 2 + 20.9 / 5 - 0.4 = 5.7 s; 10.5 m: 16.5 m, 2 + 22.5 / 7 - 0.4 = 4.8
    assert needed == {9.5: 6, 10.5: 5}


def test_pedestrians_clear_to_the_far_kerb_and_may_step_out_at_once() -> None:
    # A strip 4 m wide across the exit at x = 28, 12 m from kerb to kerb; the lane at y = 0.
    roads = _graph({"a": (EASTWARD, "s")}, strip=((28.0, -2.0), (28.0, 10.0)))
    groups = [_group("a", 0), _group("b", 1, GroupKind.PEDESTRIAN, amber_s=0)]
    matrix = geometric_intergreens(roads, "J", groups, HARD_AB)
    # Vehicle clears the strip: 3 + (28 + 2 + 6) / 10 = 6.6 s; the pedestrian enters the lane
    # 2 - 1.275 m from the kerb at 1.5 m/s: 0.5 s -> 6.1
    assert matrix.get("a", "b") == 7
    # Pedestrian from the far kerb: 10 + 1.275 m at 1.2 m/s = 9.4 s; the vehicle needs
    # 26 m to the strip: 2.3 s -> 7.1
    assert matrix.get("b", "a") == 8


def test_cyclists_on_the_carriageway_count_when_asked() -> None:
    long: Polyline = ((0.0, 0.0), (60.0, 0.0))
    far: Polyline = ((50.0, -10.0), (50.0, 15.0))
    roads = _graph({"a": (long, "s"), "b": (far, "s")})
    groups = [_group("a", 0), _group("b", 1)]
    cars = geometric_intergreens(roads, "J", groups, HARD_AB)
    mixed = geometric_intergreens(roads, "J", groups, HARD_AB, cycles_among_vehicles=True)
    # cars 3 + 56 / 10 - 0.9 = 7.7; cycles 1 + 50 / 4 - 0.9 = 12.6
    assert (cars.get("a", "b"), mixed.get("a", "b")) == (8, 13)


def test_a_cycle_group_clears_without_length_and_a_tram_with_much() -> None:
    roads = _graph({"a": (EASTWARD, "s"), "b": (NORTHWARD, "s")})
    cycle = [_group("a", 0, GroupKind.CYCLE), _group("b", 1)]
    # 1 + 20 / 4 - 0.9 = 5.1
    assert geometric_intergreens(roads, "J", cycle, HARD_AB).get("a", "b") == 6
    tram = [_group("a", 0, GroupKind.TRAM), _group("b", 1)]
    # From rest, 35 m at 1 m/s2: 8.4 s; at speed 5.0 + 35 / 13.89 = 7.5 s; less 0.9 s -> 7.5
    assert geometric_intergreens(roads, "J", tram, HARD_AB).get("a", "b") == 8


def test_a_lamp_no_road_uses_gets_its_amber() -> None:
    roads = _graph({"a": (EASTWARD, "s")})
    groups = [_group("a", 0), _group("b", 7, GroupKind.UNUSED)]
    assert geometric_intergreens(roads, "J", groups, HARD_AB).get("a", "b") == 3


def test_merging_streams_meet_where_they_come_together() -> None:
    ramp: Polyline = ((10.0, -10.0), (20.0, -3.0), (30.0, 0.0))
    roads = _graph({"a": (EASTWARD, "s"), "b": (ramp, "s")})
    matrix = geometric_intergreens(roads, "J", [_group("a", 0), _group("b", 1)], HARD_AB)
    ramp_m = math.hypot(10, 7) + math.hypot(10, 3)
    assert matrix.get("a", "b") == math.ceil(3 + 36 / 10 - ramp_m / (40 / 3.6))


def test_plane_geometry() -> None:
    assert crossings_of(EASTWARD, NORTHWARD) == [pytest.approx((20.0, 10.0, math.pi / 2))]
    beside: Polyline = ((5.0, 2.0), (15.0, 2.0))
    distance, places = nearest(EASTWARD, beside)
    assert distance == pytest.approx(2.0)
    assert (5.0, 0.0) in places
    assert (15.0, 10.0) in places
    assert turned(math.radians(170), math.radians(-170)) == pytest.approx(20.0)
    assert turning(EASTWARD) == 0.0
