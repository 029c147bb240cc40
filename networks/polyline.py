"""Plane geometry of lanes: lengths, headings, where two paths cross or come nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from signalctl.networks.roads import Point, Polyline

NEAR_M: Final = 0.1
"""Places whose distance differs by less are equally near."""


def length_m(path: Polyline) -> float:
    """Length of a polyline, m."""
    return sum(math.dist(a, b) for a, b in pairwise(path))


def joined(shapes: Sequence[Polyline]) -> Polyline:
    """One polyline from consecutive ones, doubled points dropped."""
    points: list[Point] = []
    for shape in shapes:
        for point in shape:
            if not points or math.dist(points[-1], point) > 1e-6:
                points.append(point)
    return tuple(points)


def heading(path: Polyline, *, at_end: bool) -> float | None:
    """Direction of travel at the path's start or end, radians; None for a point."""
    pairs = list(pairwise(path))
    for a, b in reversed(pairs) if at_end else pairs:
        if math.dist(a, b) > 0.1:
            return math.atan2(b[1] - a[1], b[0] - a[0])
    return None


def turned(before: float, after: float) -> float:
    """Signed turn from one direction to another, degrees in (-180, 180]; left is positive."""
    degrees = math.degrees(after - before) % 360.0
    return degrees - 360.0 if degrees > 180.0 else degrees


def turning(path: Polyline) -> float:
    """By how many degrees a path turns from start to end, 0 to 180."""
    first, last = heading(path, at_end=False), heading(path, at_end=True)
    return 0.0 if first is None or last is None else abs(turned(first, last))


def crossings_of(a: Polyline, b: Polyline) -> list[tuple[float, float, float]]:
    """Where two paths cross: (m along a, m along b, angle between them in radians)."""
    found = []
    done_a = 0.0
    for p, q in pairwise(a):
        done_b = 0.0
        for r, s in pairwise(b):
            cut = _cut(p, q, r, s)
            if cut is not None:
                found.append(
                    (done_a + cut[0] * math.dist(p, q), done_b + cut[1] * math.dist(r, s), cut[2])
                )
            done_b += math.dist(r, s)
        done_a += math.dist(p, q)
    return found


def _cut(p: Point, q: Point, r: Point, s: Point) -> tuple[float, float, float] | None:
    """Crossing of two segments as shares of each and the angle; None without or if parallel."""
    ux, uy = q[0] - p[0], q[1] - p[1]
    vx, vy = s[0] - r[0], s[1] - r[1]
    cross = ux * vy - uy * vx
    norm = math.hypot(ux, uy) * math.hypot(vx, vy)
    if norm == 0.0 or abs(cross) < 1e-6 * norm:
        return None
    wx, wy = r[0] - p[0], r[1] - p[1]
    t, u = (wx * vy - wy * vx) / cross, (wx * uy - wy * ux) / cross
    if not (0.0 <= t <= 1.0 and 0.0 <= u <= 1.0):
        return None
    return t, u, math.asin(min(abs(cross) / norm, 1.0))


def nearest(a: Polyline, b: Polyline) -> tuple[float, list[tuple[float, float]]]:
    """Least distance of two paths that do not cross, m, and where they come so near.

    The places are (m along a, m along b), all within NEAR_M of the least. Between
    segments that do not cross an end is always among the nearest points, and a
    stretch side by side is bounded by such ends.
    """
    places = [(d, at_a, at_b) for d, at_a, at_b in _from_ends(a, b)]
    places += [(d, at_a, at_b) for d, at_b, at_a in _from_ends(b, a)]
    least = min(distance for distance, _, _ in places)
    return least, [(at_a, at_b) for distance, at_a, at_b in places if distance <= least + NEAR_M]


def _from_ends(a: Polyline, b: Polyline) -> list[tuple[float, float, float]]:
    """For each point of `a` and segment of `b`: (distance, m along a, m along b)."""
    segments = []
    done_b = 0.0
    for r, s in pairwise(b):
        segments.append((r, s, done_b))
        done_b += math.dist(r, s)
    found = []
    at_a = 0.0
    for i, p in enumerate(a):
        at_a += math.dist(a[i - 1], p) if i else 0.0
        for r, s, start in segments:
            vx, vy = s[0] - r[0], s[1] - r[1]
            square = vx * vx + vy * vy
            t = ((p[0] - r[0]) * vx + (p[1] - r[1]) * vy) / square if square > 0.0 else 0.0
            t = min(max(t, 0.0), 1.0)
            foot = (r[0] + t * vx, r[1] + t * vy)
            found.append((math.dist(p, foot), at_a, start + t * math.sqrt(square)))
    return found
