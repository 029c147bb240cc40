"""What a green wave is worth in delay, estimated from its bands.

Not a simulation: it ranks cycles, whose bands and delays pull in opposite
directions. A short cycle delays everybody less at random arrivals; a long one
carries a wider band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signalctl.optimiser.splits import GroupDelay


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveStop:
    """A stop line of a direction after its first: what arrives there with the wave.

    `group` and `before` are (junction id, group id) here and at the stop line
    before; `band_s` is the band between the two.
    """

    group: tuple[str, str]
    before: tuple[str, str]
    band_s: float


def progression_factor(on_green: float, green_ratio: float, saturation: float) -> float:
    """Factor on uniform delay when the share `on_green` of arrivals meets green.

    HCM 6th, eq. 19-28 (with y' = min(1, x) g/C):
    PF = (1 - P)/(1 - g/C) (1 - y')/(1 - min(1, x) P) (1 + y' (1 - P C/g)/(1 - g/C)),
    1 at random arrivals (P = g/C), 0 when everybody meets green.
    """
    if not 0 < green_ratio < 1:
        return 1.0
    x = min(1.0, saturation)
    y = x * green_ratio
    p = min(max(on_green, 0.0), 1.0)
    factor = (1 - p) / (1 - green_ratio) * (1 - y) / max(1 - x * p, 1e-9)
    factor *= 1 + y * (1 - p / green_ratio) / (1 - green_ratio)
    return max(factor, 0.0)


def wave_delay(
    groups: Mapping[tuple[str, str], GroupDelay], stops: Sequence[WaveStop], cycle_s: int
) -> float:
    """Mean delay of all vehicles at the wave's junctions, s per vehicle and junction.

    Of the vehicles that come from the stop line before, those that fit the band
    (band over effective green there) meet green; all others arrive at random.
    Groups that no wave reaches keep their delay at random arrivals.
    """
    factors: dict[tuple[str, str], float] = {}
    for stop in stops:
        here, before = groups.get(stop.group), groups.get(stop.before)
        if here is None or before is None or here.volume_vph <= 0:
            continue
        with_wave = min(1.0, before.volume_vph / here.volume_vph)
        fits = min(1.0, stop.band_s / max(before.green_ratio * cycle_s, 1.0))
        share = with_wave * fits
        on_green = share + (1 - share) * here.green_ratio
        factors[stop.group] = progression_factor(on_green, here.green_ratio, here.saturation)
    volume = sum(group.volume_vph for group in groups.values())
    delay = sum(
        group.volume_vph * (group.delay_s - (1 - factors.get(key, 1.0)) * group.uniform_s)
        for key, group in groups.items()
    )
    return delay / volume if volume else 0.0
