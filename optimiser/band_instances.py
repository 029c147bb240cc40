"""Arterials with known answers, and random families: for tests and benches.

Every figure of an instance stands with its source. Times are in seconds; greens
that are shares of the cycle stay real numbers here, as published.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from signalctl.optimiser.arterial import (
    ArterialLink,
    ArterialProblem,
    ArterialSignal,
    Candidate,
    TravelTime,
)


def plain_arterial(
    cycle_s: int,
    green_shares: Sequence[float],
    spacings_m: Sequence[float],
    slow_mps: float,
    fast_mps: float | None = None,
) -> ArterialProblem:
    """Signals with one green, the same in both directions, and no turning stages."""
    signals = []
    for i, share in enumerate(green_shares):
        green = round(share * cycle_s, 9)
        windows = ((0.0, green),)
        candidate = Candidate(label="only", outbound=windows, inbound=windows)
        signals.append(ArterialSignal(id=f"S{i + 1}", candidates=(candidate,)))
    times = [TravelTime.at_speed(length, slow_mps, fast_mps) for length in spacings_m]
    return ArterialProblem(
        cycle_s=cycle_s,
        signals=tuple(signals),
        links=tuple(ArterialLink(outbound=t, inbound=t) for t in times),
    )


def textbook_eight(cycle_s: int = 80, speed_mps: float = 12.5) -> ArterialProblem:
    """T1: eight signals, Chinese traffic-control textbooks (by the hand method 30.5 %)."""
    shares = (0.55, 0.60, 0.65, 0.65, 0.60, 0.65, 0.70, 0.50)
    return plain_arterial(cycle_s, shares, (350, 400, 160, 540, 280, 280, 270), speed_mps)


LITTLE_SHARES = (0.53, 0.60, 0.60, 0.53, 0.52, 0.58, 0.60, 0.60, 0.60, 0.58)


def little_ten(cycle_s: int = 55) -> ArterialProblem:
    """T2: ten signals, Little 1966, as in LINDO's model library (no speed-change limit)."""
    spacings = (168, 213, 335, 213, 244, 198, 122, 213, 137)
    return plain_arterial(cycle_s, LITTLE_SHARES, spacings, 13.4, 17.9)


def morgan_little_ten(cycle_s: int = 65, speed_fps: float = 50.0) -> ArterialProblem:
    """T3: the same street in feet with one fixed speed, after Morgan & Little 1964."""
    spacings = (550, 700, 1100, 700, 800, 650, 400, 700, 450)
    return plain_arterial(cycle_s, LITTLE_SHARES, spacings, speed_fps)


def almere_seven(cycle_s: int = 66) -> ArterialProblem:
    """T4: Almere, seven signals with left-turn stages and queue advances.

    Red shares r and left greens l as printed in the repository Gerben6/MAXBAND_MILP.
    """
    red = (0.586, 0.585, 0.621, 0.566, 0.647, 0.495, 0.497)
    red_in = (0.619, 0.589, 0.680, 0.576, 0.482, 0.520, 0.557)
    left = (0.103, 0.101, 0.113, 0.095, 0.0, 0.091, 0.084)
    left_in = (0.104, 0.104, 0.106, 0.099, 0.429, 0.099, 0.097)
    queue = (0.0, 0.030, 0.023, 0.044, 0.038, 0.069, 0.035)
    queue_in = (0.024, 0.038, 0.019, 0.044, 0.020, 0.025, 0.0)
    c = cycle_s
    signals = tuple(
        ArterialSignal(
            id=f"A{i + 1}",
            candidates=tuple(
                _shifted(label, start * c, (1 - red[i]) * c, (1 - red_in[i]) * c)
                for label, start in _centre_offsets(red[i], red_in[i], left[i], left_in[i])
            ),
            outbound_queue_s=queue[i] * c,
            inbound_queue_s=queue_in[i] * c,
        )
        for i in range(7)
    )
    times = [
        TravelTime.at_speed(d, 30 / 3.6, 50 / 3.6)
        for d in (374.0, 265.0, 277.0, 305.0, 260.0, 270.0)
    ]
    return ArterialProblem(
        cycle_s=c,
        signals=signals,
        links=tuple(ArterialLink(outbound=t, inbound=t) for t in times),
    )


def _centre_offsets(
    red: float, red_in: float, left: float, left_in: float
) -> list[tuple[str, float]]:
    """Start of inbound green less start of outbound green, as a share of the cycle.

    Little, Kelson & Gartner 1981: red centres lie Delta = ((2d - 1) l - (2d' - 1) l') / 2
    apart, Delta running from the inbound red's centre to the outbound red's.
    """
    patterns = []
    for label, d, d_in in (
        ("outbound left leads", 0, 1),
        ("inbound left leads", 1, 0),
        ("both lead", 0, 0),
        ("both lag", 1, 1),
    ):
        delta = ((2 * d - 1) * left - (2 * d_in - 1) * left_in) / 2
        patterns.append((label, -delta + red_in / 2 - red / 2))
    return patterns


def _shifted(label: str, start_in: float, green: float, green_in: float) -> Candidate:
    return Candidate(
        label=label, outbound=((0.0, green),), inbound=((start_in, start_in + green_in),)
    )


def alternate(signals: int, cycle_s: int, spacing_s: float, share: float = 0.5) -> ArterialProblem:
    """T5: equal spacing, in seconds of travel; the classic alternate and simultaneous systems."""
    return plain_arterial(cycle_s, [share] * signals, [spacing_s] * (signals - 1), 1.0)


def progression_example(cycle_s: int = 60) -> ArterialProblem:
    """T7: the eight-signal worked example of a public signal progression page (30 mph)."""
    shares = (0.50, 0.66, 0.52, 0.75, 0.75, 0.50, 0.66, 0.50)
    spacings = (1320, 1320, 990, 660, 990, 1320, 1320)
    return plain_arterial(cycle_s, shares, spacings, 44.0)


class RandomArterial:
    """T6: a random arterial, one problem per cycle; the same seed gives the same street.

    Spacing 150 to 700 m; at `turning` of the signals two left-turn stages of 10
    to 20 % of the cycle each with all four sequences; through greens of 30 to
    50 % with the rings balanced, in whole seconds. `tenths` rounds travel times to
    tenths of a second.
    """

    def __init__(
        self,
        signals: int,
        seed: int,
        *,
        speeds_mps: tuple[float, float] = (13.5, 13.5),
        turning: float = 0.8,
        tenths: bool = False,
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - a test street, not a secret
        self._shares = [
            (
                rng.random() < turning,
                rng.uniform(0.10, 0.20),
                rng.uniform(0.10, 0.20),
                rng.uniform(0.30, 0.50),
            )
            for _ in range(signals)
        ]
        slow, fast = speeds_mps
        self._links = []
        for _ in range(signals - 1):
            time = TravelTime.at_speed(rng.uniform(150, 700), slow, fast)
            if tenths:
                time = TravelTime(lo_s=round(time.lo_s, 1), hi_s=round(time.hi_s, 1))
            weights = rng.randint(1, 9), rng.randint(1, 9)
            self._links.append(
                ArterialLink(
                    outbound=time,
                    inbound=time,
                    outbound_weight=weights[0],
                    inbound_weight=weights[1],
                )
            )

    def at(self, cycle_s: int) -> ArterialProblem:
        """The street at one cycle."""
        signals = []
        for i, (turns, left, left_in, through) in enumerate(self._shares):
            l_out, l_in = (round(x * cycle_s) if turns else 0 for x in (left, left_in))
            # Ring 1: outbound through, inbound left; ring 2: inbound through, outbound left.
            g = round(through * cycle_s) + max(l_out - l_in, 0)
            h = g + l_in - l_out
            sequences = [("no turns", 0, 0)]
            if turns:
                sequences = [
                    ("both lead", l_in, l_out),
                    ("both lag", 0, 0),
                    ("outbound left leads", 0, l_out),
                    ("inbound left leads", l_in, 0),
                ]
            signals.append(
                ArterialSignal(
                    id=f"R{i + 1}",
                    candidates=tuple(
                        Candidate(label=label, outbound=((a, a + g),), inbound=((b, b + h),))
                        for label, a, b in sequences
                    ),
                )
            )
        return ArterialProblem(cycle_s=cycle_s, signals=tuple(signals), links=tuple(self._links))
