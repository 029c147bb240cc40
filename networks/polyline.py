"""Plane geometry of lanes: lengths, headings, where two paths cross or come nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from signalctl.networks.roads import Point, Polyline

STEP_M: Final = 0.5
"""Sampling step where two paths do not cross."""


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
    """Least distance of two paths, m, and where: all (m along a, m along b) within 0.1 m of it.

    Sampled every STEP_M; the ends are among the samples.
    """
    samples_a, samples_b = along(a), along(b)
    near: list[tuple[float, float, float]] = [
        (math.dist(p, q), at_a, at_b) for at_a, p in samples_a for at_b, q in samples_b
    ]
    least = min(distance for distance, _, _ in near)
    return least, [(at_a, at_b) for distance, at_a, at_b in near if distance <= least + 0.1]


def along(path: Polyline, step_m: float = STEP_M) -> list[tuple[float, Point]]:
    """Points of a path with their distance from its start, at most step_m apart."""
    if not path:
        return []
    points = [(0.0, path[0])]
    done = 0.0
    for p, q in pairwise(path):
        gap = math.dist(p, q)
        pieces = max(1, math.ceil(gap / step_m))
        for i in range(1, pieces + 1):
            t = i / pieces
            points.append((done + gap * t, (p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t)))
        done += gap
    return points
